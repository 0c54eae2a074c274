"""What a build notes for the next one, in the folder of everything that can be rebuilt.

A file of the archive that has the size and the time of change of the last build is not read again.
"""

from __future__ import annotations

import logging
import os
import time
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct

from paperboy.domain.errors import ArchiveError
from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

log = logging.getLogger(__name__)

Value = TypeVar("Value")
Summary = TypeVar("Summary")

_JUST_NOW = 2_000_000_000
"""Nanoseconds: a file that changed so lately may change again without a new time."""


class KnownDay(Struct, Generic[Summary], frozen=True):
    """A day as an earlier build saw it: its files with size and time of change, and its summary.

    `touched` is a hash of what contributors wrote for it, `digest` one of all that it is made of, `search` one of
    all that the search knows of its papers.
    """

    files: dict[str, tuple[int, int]]
    digest: str
    summary: Summary
    touched: str = ""
    search: str = ""


class _Index(Struct, Generic[Summary]):
    key: str = ""
    days: dict[date, KnownDay[Summary]] = {}


def load_days(
    place: Path,
    kind: type[Summary],
    key: str,
    held: Iterable[date],
    look: Callable[[date, KnownDay[Summary] | None], KnownDay[Summary]],
    *,
    may_lack: bool = False,
) -> dict[date, KnownDay[Summary]]:
    """Look at all days of an archive, with what an earlier build noted of each.

    Arguments:
        place: Where that is noted.
        kind: What sums up a day.
        key: A hash of the options and of paperboy: what was noted under another one is not used.
        held: The days, oldest first.
        look: Looks at one day.
        may_lack: Whether a day that cannot be read at all is left out, with a warning.

    Raises:
        ArchiveError: A day cannot be read at all.
    """
    index = read_notes(place, _Index[kind])  # type: ignore[valid-type]  # known when it runs
    before = index.days if index is not None and index.key == key else {}
    found: dict[date, KnownDay[Summary]] = {}
    for day in held:
        try:
            found[day] = look(day, before.get(day))
        except ArchiveError as error:
            if not may_lack:
                raise
            log.warning("%s. The site is built without what it holds of %s", error, day)
    now = {day: msgspec.structs.replace(known, files=trusted_files(known.files)) for day, known in found.items()}
    if now != before:
        write_notes(place, _Index(key, now))
    return found


def file_stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """The files of a folder, with size and time of change in nanoseconds."""
    with os.scandir(folder) as entries:
        found = {entry.name: entry.stat() for entry in entries if not entry.name.startswith(".")}
    return {name: (file.st_size, file.st_mtime_ns) for name, file in sorted(found.items())}


def trusted_files(found: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """What a later build may rely on: not the times of files of which one has changed just now."""
    newest = max((changed for _, changed in found.values()), default=0)
    return {} if newest > time.time_ns() - _JUST_NOW else found


def read_notes(place: Path, kind: type[Value]) -> Value | None:
    """What an earlier build has noted; nothing where it cannot be read."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def write_notes(place: Path, value: object) -> None:
    """Note something for a later build."""
    try:
        atomic_files.write(place, msgspec.json.encode(value), durable=False)
    except OSError as error:
        log.warning("%s cannot be written (%s); the next build takes longer", place, error)
