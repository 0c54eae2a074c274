"""The archive: a day is a folder; read it, append to it, close it.

    <archive_dir>/2026/06/04/papers.jsonl                one announcement a line, sorted by id
                             translations.zh-CN.jsonl    one answer of a model a line
                             ledger.json                 the accounts of the day
                             signals.json                what the community shows of its papers
                             featured.json               what the community featured on the date
                             affiliations.json           the institutions that its papers name

Plain UTF-8, one JSON object a line, keys in the order of `paperboy.domain.model`. While a day is translated its
translations file is a journal: each answer is appended and flushed to the disk as it comes. All other
writing replaces a file atomically. Keys that this version does not know are kept; a `schema` number that
it does not know is an `ArchiveError`, and nothing is written.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import msgspec
from msgspec import Struct

from paperboy.domain.errors import ArchiveError
from paperboy.domain.model import (
    SCHEMA,
    AffiliationList,
    Announcement,
    CategoryLedger,
    Counts,
    Edition,
    FeaturedList,
    Id,
    Ledger,
    SignalList,
    Translation,
)
from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from paperboy.domain.model import AnnounceType

log = logging.getLogger(__name__)

PAPERS = "papers.jsonl"
LEDGER = "ledger.json"
FEATURED = "featured.json"


class LineSpan(NamedTuple):
    """Where a paper version's line stands: its first byte and its length."""

    id: str
    version: int | None
    start: int
    length: int


class _Identified(Struct, frozen=True):
    """As much of an announcement as says which paper it is of."""

    id: Id
    version: int | None
    schema: int = SCHEMA


_Document = TypeVar("_Document", Ledger, FeaturedList, SignalList, AffiliationList)
_Line = TypeVar("_Line", Announcement, Translation, Ledger, FeaturedList, SignalList, AffiliationList, _Identified)
_DOCUMENTS: dict[type[Struct], str] = {
    Ledger: LEDGER,
    FeaturedList: FEATURED,
    SignalList: "signals.json",
    AffiliationList: "affiliations.json",
}
"""The files that are one JSON object, by what they hold."""


class _Named(Struct):
    """As much of a line as tells whose it is."""

    id: str


def folder(root: Path, day: date) -> Path:
    """The folder of a day."""
    return root / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}"


def days(root: Path) -> list[date]:
    """The dates that have an edition in the archive, in order."""
    return days_with(root, PAPERS)


def known_days(root: Path) -> list[date]:
    """The dates of which the archive knows, those without an announcement too, in order."""
    return sorted({*days_with(root, PAPERS), *days_with(root, LEDGER)})


def featured_days(root: Path) -> list[date]:
    """The dates for which the archive holds what the community featured, in order."""
    return days_with(root, FEATURED)


def translated_days(root: Path, language: str) -> list[date]:
    """The dates that have answers of a model, in order; one without an edition may have some."""
    return days_with(root, translations(language))


def translations(language: str) -> str:
    """The name of the file that holds the answers in a language."""
    return f"translations.{language}.jsonl"


def days_with(root: Path, name: str) -> list[date]:
    """The dates whose folder holds a file of that name, in order."""
    found = []
    for path in root.glob(f"[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/{name}"):
        # A folder such as 2026/02/31 is nobody's day.
        with suppress(ValueError):
            found.append(date.fromisoformat("-".join(path.parts[-4:-1])))
    return sorted(found)


def read_announcements(root: Path, day: date) -> tuple[Announcement, ...]:
    """The announcements of a day; none where the day is not in the archive.

    Raises:
        ArchiveError: A line is not JSON, not an announcement, or of a newer schema.
    """
    return tuple(_read_lines(folder(root, day) / PAPERS, Announcement))


def read_ids(root: Path, day: date) -> frozenset[str]:
    """The ids of a day's announcements, without reading their texts; a line that has none is passed over."""
    found = set()
    for _, line in _split(folder(root, day) / PAPERS, torn=True):
        with suppress(msgspec.DecodeError):
            found.add(msgspec.json.decode(line, type=_Named).id)
    return frozenset(found)


def read_announcements_at(root: Path, day: date, places: Iterable[tuple[int, int]]) -> Iterator[Announcement]:
    """Single announcements of a day, by first byte and length, as `line_spans` gives them.

    Raises:
        ArchiveError: There is no announcement.
    """
    path = folder(root, day) / PAPERS
    try:
        with path.open("rb") as file:
            for start, length in places:
                file.seek(start)
                yield _decode(file.read(length), Announcement, f"{path}, byte {start}")
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error


def line_spans(root: Path, day: date) -> Iterator[LineSpan]:
    """Where each announcement of a day stands in its file.

    Raises:
        ArchiveError: A line is no announcement.
    """
    path = folder(root, day) / PAPERS
    start = 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        if line.strip():
            found = _decode(line, _Identified, f"{path}:{number}")
            yield LineSpan(found.id, found.version, start, len(line))
        start += len(line)


def write_announcements(root: Path, day: date, announcements: Iterable[Announcement]) -> None:
    """Replace the announcements of a day, sorted by id.

    Raises:
        ArchiveError: The file there is not readable by this version, or the disk refuses.
    """
    path = folder(root, day) / PAPERS
    list(_read_lines(path, Announcement))  # an unreadable file is never overwritten
    known = {line["id"]: line for line in _raw_lines(path)}
    rows = [
        _with_unknown_keys(announcement, known[announcement.id]) if announcement.id in known else announcement
        for announcement in sorted(announcements, key=lambda announcement: announcement.id)
    ]
    atomic_files.replace(path, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def read_ledger(root: Path, day: date) -> Ledger | None:
    """The accounts of a day; `None` where there are none.

    Raises:
        ArchiveError: The file is not a ledger, or of a newer schema.
    """
    return read(root, day, Ledger)


def write_ledger(root: Path, day: date, ledger: Ledger) -> None:
    """Replace the accounts of a day.

    Raises:
        ArchiveError: The file there is not readable by this version, or the disk refuses.
    """
    write(root, day, ledger)


def read(root: Path, day: date, kind: type[_Document]) -> _Document | None:
    """One of the day's files that are one object each; `None` where it is not there.

    Raises:
        ArchiveError: The file is not readable as that, or of a newer schema.
    """
    path = folder(root, day) / _DOCUMENTS[kind]
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    return _decode(data, kind, str(path))


def write(root: Path, day: date, document: _Document) -> None:
    """Replace one of the day's files that are one object each, where it says something else by now.

    Raises:
        ArchiveError: The file there is not readable by this version, or the disk refuses.
    """
    path = folder(root, day) / _DOCUMENTS[type(document)]
    before = b""
    row = msgspec.structs.asdict(document)
    if read(root, day, type(document)) is not None:
        before = path.read_bytes()
        known = msgspec.json.decode(before)
        row = _with_unknown_keys(document, known)
        if not isinstance(document, Ledger):
            papers = {paper["id"]: paper for paper in known["papers"]}
            row["papers"] = [_with_unknown_keys(paper, papers.get(paper.id)) for paper in document.papers]
    data = msgspec.json.format(msgspec.json.encode(row), indent=1) + b"\n"
    if data != before:
        atomic_files.replace(path, data)


def read_translations(root: Path, day: date, language: str) -> list[Translation]:
    """Every answer that is on disk for a day, in the order of the file; a torn last line is dropped.

    Raises:
        ArchiveError: A line is not JSON, not a translation, or of a newer schema.
    """
    return list(_read_lines(_translations(root, day, language), Translation, torn=True))


def close_translations(root: Path, day: date, language: str) -> None:
    """Turn the journal of a day into its final form: sorted by id, answers of one paper as they came.

    Raises:
        ArchiveError: The journal is not readable by this version, or the disk refuses.
    """
    path = _translations(root, day, language)
    if not path.exists():
        return
    list(_read_lines(path, Translation, torn=True))
    rows = sorted(_raw_lines(path, torn=True), key=lambda row: str(row["id"]))
    data = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    if data != path.read_bytes():
        atomic_files.replace(path, data)


def replace_translations(root: Path, day: date, language: str, answers: Sequence[Translation]) -> None:
    """Put another verdict beside each answer of a day: as many lines in the same order, atomically.

    Raises:
        ArchiveError: The file is not readable by this version, or the disk refuses.
    """
    path = _translations(root, day, language)
    known = list(_raw_lines(path, torn=True))
    rows = (_with_unknown_keys(answer, row) for answer, row in zip(answers, known, strict=True))
    atomic_files.replace(path, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def read_edition(root: Path, day: date, language: str) -> Edition:
    """A day as one piece, with the answers to show in a language.

    What stands beside the papers does not keep them from being read.

    Raises:
        ArchiveError: The announcements, the ledger or the translations of that day are not readable.
    """
    signals = _beside(root, day, SignalList)
    affiliations = _beside(root, day, AffiliationList)
    papers = read_announcements(root, day)
    return Edition(
        date=day,
        announcements=papers,
        ledger=read_ledger(root, day) or _unaccounted(day, papers),
        translations=to_show(read_translations(root, day, language)),
        signals={paper.id: paper for paper in signals.papers} if signals else {},
        institutions={paper.id: paper.institutions for paper in affiliations.papers} if affiliations else {},
        featured=_beside(root, day, FeaturedList),
    )


def _unaccounted(day: date, papers: Iterable[Announcement]) -> Ledger:
    """The accounts of papers whose ledger is not there: a build was killed before it wrote it."""
    types: dict[str, list[AnnounceType]] = {}
    for paper in papers:
        for name, kind in paper.listed.items():
            types.setdefault(name, []).append(kind)
    entries = {name: CategoryLedger(status="incomplete", held=Counts.of(types[name])) for name in sorted(types)}
    return Ledger(date=day.isoformat(), categories=entries)


def _beside(root: Path, day: date, kind: type[_Document]) -> _Document | None:
    try:
        return read(root, day, kind)
    except ArchiveError as error:
        log.warning("%s. The day is shown without it", error)
        return None


def to_show(answers: Iterable[Translation]) -> dict[str, Translation]:
    """For each paper the newest accepted answer, else the newest refused one."""
    shown: dict[str, Translation] = {}
    for answer in answers:
        if answer.status == "part":
            continue
        if answer.status == "ok" or answer.id not in shown or shown[answer.id].status == "failed":
            shown[answer.id] = answer
    return shown


class Journal:
    """The open translations file of one day: each answer is on disk before `append` returns.

    One `write` and one `fsync` a record: after a kill at any moment, every record whose `append` had
    returned is there, and at most the last line is torn, which the next reading drops.
    """

    def __init__(self, root: Path, day: date, language: str) -> None:
        self._path = _translations(root, day, language)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_files.mend_tail(self._path)
            self._file = self._path.open("ab", buffering=0)
            atomic_files.sync_folder(self._path.parent)
        except OSError as error:
            raise atomic_files.cannot_write(self._path, error) from error

    def append(self, translation: Translation) -> None:
        """Put one answer on disk.

        Raises:
            ArchiveError: The disk refuses; what was on it before stays.
        """
        try:
            self._file.write(msgspec.json.encode(translation) + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            raise atomic_files.cannot_write(self._path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _translations(root: Path, day: date, language: str) -> Path:
    return folder(root, day) / translations(language)


def _split(path: Path, *, torn: bool) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of a file; where a last line may be torn, one that is no JSON is left out."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    *lines, tail = data.split(b"\n")
    yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    if tail.strip():
        if torn and not atomic_files.is_json(tail):
            log.info("%s: the last line was cut off by a killed build and is dropped", path)
        else:
            yield len(lines) + 1, tail


def _read_lines(path: Path, kind: type[_Line], *, torn: bool = False) -> Iterator[_Line]:
    for number, line in _split(path, torn=torn):
        yield _decode(line, kind, f"{path}:{number}")


def _raw_lines(path: Path, *, torn: bool = False) -> Iterator[dict[str, Any]]:
    """The lines of a file that `_read_lines` has accepted, with every key that they hold."""
    for _, line in _split(path, torn=torn):
        yield msgspec.json.decode(line)


def _decode(data: bytes, kind: type[_Line], place: str) -> _Line:
    try:
        value = msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        schema = _schema_of(data)
        if schema not in (None, SCHEMA):
            raise _newer(place, schema) from None
        raise ArchiveError(
            f"{place}: not readable as {kind.__name__.lower().lstrip('_')}: {error}. Restore it from the archive's "
            "history, or delete it to have it fetched again; nothing was changed"
        ) from None
    if value.schema != SCHEMA:
        raise _newer(place, value.schema)
    return value


def _schema_of(data: bytes) -> object:
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None
    return value.get("schema") if isinstance(value, dict) else None


def _newer(place: str, schema: object) -> ArchiveError:
    return ArchiveError(
        f"{place}: schema {schema} is not known to this version of paperboy, which reads {SCHEMA}. "
        "Upgrade mkdocs-paperboy; nothing was changed"
    )


def _with_unknown_keys(value: Struct, known: dict[str, Any] | None) -> dict[str, Any]:
    """A value as a mapping, followed by the keys of its former line that this version has no name for."""
    row = msgspec.structs.asdict(value)
    unknown = {key: item for key, item in (known or {}).items() if key not in row}
    return row | unknown
