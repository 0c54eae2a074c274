"""Lines and documents of the archive decoded: what cannot be read costs itself alone, with a warning.

A `schema` number that this version does not know is an error instead: nothing may be made of such a file, and
nothing of it is rewritten.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from paperboy.domain.errors import ArchiveError
from paperboy.domain.papers import SCHEMA
from paperboy.storage import atomic_files

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

_MOST_RECENT = 12
"""Files whose content is kept: those of the two days that a build is at."""
_Stamp = tuple[int, int, int, int, int]
_recent: OrderedDict[tuple[Path, type], tuple[_Stamp | None, Lines[Any]]] = OrderedDict()


class NewerSchemaError(ArchiveError):
    """The file was written by a later version of paperboy."""


class _Versioned(Protocol):
    @property
    def schema(self) -> int: ...


_Kind = TypeVar("_Kind", bound=_Versioned)


class Line(NamedTuple, Generic[_Kind]):
    """A line that could be read: its value, its bytes, and where it begins in the file."""

    value: _Kind
    raw: bytes
    start: int


class Lines(NamedTuple, Generic[_Kind]):
    """The lines of a file, those that cannot be read apart from the others."""

    read: list[Line[_Kind]]
    unreadable: list[bytes]


def read(path: Path, kind: type[_Kind], *, journal: bool = False) -> Lines[_Kind]:
    """Decode a file of one JSON object a line; none where there is no such file.

    Arguments:
        path: The file.
        kind: What each line holds.
        journal: Whether the file may end in a line that a kill has cut off, which is not counted as unreadable.

    Raises:
        ArchiveError: The file cannot be read from the disk, or a line has a newer schema.
    """
    if (kept := recent(path, kind)) is not None:
        return kept
    stamp = _stamp(path)
    found: Lines[_Kind] = Lines([], [])
    start = 0
    for number, line in enumerate(_bytes(path).splitlines(keepends=True), 1):
        text = line.rstrip(b"\n")
        if text.strip():
            try:
                found.read.append(Line(decode(text, kind, f"{path}:{number}"), text, start))
            except NewerSchemaError:
                raise
            except ArchiveError as error:
                if journal and text == line and not atomic_files.is_json(text):
                    log.info("%s: the last line was cut off by a killed build and is dropped", path)
                else:
                    found.unreadable.append(text)
                    _warn_once(f"{error}. The other lines are used, and the day counts as incomplete")
        start += len(line)
    _keep(path, kind, found, stamp)
    return found


def read_document(path: Path, kind: type[_Kind]) -> _Kind | None:
    """Decode a file that is one JSON object; `None` where there is no such file.

    Raises:
        ArchiveError: The file cannot be read from the disk, is not readable as that, or of a newer schema.
    """
    if (kept := recent(path, kind)) is not None:
        return kept.read[0].value
    stamp = _stamp(path)
    data = _bytes(path)
    if not data and stamp is None:
        return None
    value = decode(data, kind, str(path))
    _keep(path, kind, Lines([Line(value, data, 0)], []), stamp)
    return value


def replace(path: Path, values: Sequence[_Kind], rows: Sequence[Any] | None = None) -> None:
    """Replace a file of one JSON object a line, and keep what it holds for the next reading.

    Arguments:
        path: The file.
        values: What each line holds.
        rows: The lines to write for them, where these have more keys than the values.

    Raises:
        ArchiveError: The disk refuses.
    """
    lines: list[Line[_Kind]] = []
    start = 0
    for value, row in zip(values, values if rows is None else rows, strict=True):
        raw = msgspec.json.encode(row)
        lines.append(Line(value, raw, start))
        start += len(raw) + 1
    written = atomic_files.replace(path, b"".join(line.raw + b"\n" for line in lines))
    if lines:
        _keep(path, type(lines[0].value), Lines(lines, []), _stamp_of(written))


def replace_document(path: Path, value: _Kind, data: bytes) -> None:
    """Replace a file that is one JSON object, and keep what it holds for the next reading.

    Raises:
        ArchiveError: The disk refuses.
    """
    written = atomic_files.replace(path, data)
    _keep(path, type(value), Lines([Line(value, data, 0)], []), _stamp_of(written))


def _stamp(path: Path) -> _Stamp | None:
    """What another content of a file changes; `None` where there is no file."""
    try:
        return _stamp_of(path.stat())
    except OSError:
        return None


def _stamp_of(found: os.stat_result) -> _Stamp:
    """The time of the last change of any kind is among it: copies keep times of modification, and tools set them."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def recent(path: Path, kind: type[_Kind]) -> Lines[_Kind] | None:
    """What a file was found to hold, or written to hold, a moment ago, if nobody has changed it since."""
    kept = _recent.get((path, kind))
    if kept is None or kept[0] is None or kept[0] != _stamp(path):
        return None
    _recent.move_to_end((path, kind))
    return kept[1]


def _keep(path: Path, kind: type[_Kind], lines: Lines[_Kind], stamp: _Stamp | None) -> None:
    _recent[path, kind] = (stamp, lines)
    _recent.move_to_end((path, kind))
    while len(_recent) > _MOST_RECENT:
        _recent.popitem(last=False)


def decode(data: bytes, kind: type[_Kind], place: str) -> _Kind:
    """Decode one line or document.

    Raises:
        NewerSchemaError: It has a newer schema.
        ArchiveError: It cannot be read as that.
    """
    try:
        value = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        schema = _schema_of(data)
        if schema not in (None, SCHEMA):
            raise _newer(place, schema) from None
        raise ArchiveError(
            f"{place}: not readable as {kind.__name__.lower().lstrip('_')}: {error}. Restore it from the history of "
            "the archive's branch, or leave it: the next build asks for what is missing"
        ) from None
    if value.schema != SCHEMA:
        raise _newer(place, value.schema)
    return value


def set_aside(path: Path, lines: list[bytes]) -> None:
    """Keep unreadable lines in a hidden file beside the one that is about to be rewritten without them.

    Raises:
        ArchiveError: The disk refuses.
    """
    if lines:
        aside = path.with_name(f".{path.name}.unreadable")
        known = set(_bytes(aside).split(b"\n"))
        new = b"".join(line + b"\n" for line in lines if line not in known)
        if new:
            atomic_files.replace(aside, _bytes(aside) + new)


def with_unknown_keys(value: msgspec.Struct, known: dict[str, Any] | None) -> dict[str, Any]:
    """A value as a mapping, followed by the keys of its former line that this version has no name for."""
    row = {key: item for key, item in msgspec.structs.asdict(value).items() if item is not msgspec.UNSET}
    unknown = {key: item for key, item in (known or {}).items() if key not in value.__struct_fields__}
    return row | unknown


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error


def _schema_of(data: bytes) -> object:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return value.get("schema") if isinstance(value, dict) else None


def _newer(place: str, schema: object) -> NewerSchemaError:
    return NewerSchemaError(
        f"{place}: schema {schema} is not known to this version of paperboy, which reads {SCHEMA}. "
        "Upgrade mkdocs-paperboy; nothing was changed"
    )


@lru_cache(maxsize=1000)
def _warn_once(message: str) -> None:
    """A build reads a day several times, and its owner one warning."""
    log.warning("%s", message)
