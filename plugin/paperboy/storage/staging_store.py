"""Announcements on their way into the archive, put down by date in files under `cache_dir`.

Bulk data come by modification or by id, and are more than fit in memory; the archive is written day by day.
Rows are appended in blocks, and a block that a kill cut off costs its last row alone: whoever puts rows down
puts those of an unfinished step down again.
"""

from __future__ import annotations

import shutil
from array import array
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paperboy.domain import arxiv_calendar
from paperboy.domain.papers import Announcement
from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

LONGEST_HELD = timedelta(days=60)
"""How long before a range papers count that moderators may have held back into it."""

_IN_MEMORY = 16 * 1024 * 1024
_SECONDS = 40
"""Bits for the seconds since 1970 in a number that sorts by id and then by time."""
_OLD_STYLE = "/"


class _Sent(Struct):
    """As much of a row as says when its paper was first sent in."""

    id: str
    version: int | None
    submitted: str | None


class StagingStore:
    """Rows by date, in a folder of their own.

    Arguments:
        folder: Where they lie; made when something is put down.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[date, list[bytes]] = {}
        self._held = 0

    def add(self, day: date, paper: Announcement) -> None:
        """Put one announcement down; it is on disk after the next `flush`."""
        row = msgspec.json.encode(paper)
        self._rows.setdefault(day, []).append(row)
        self._held += len(row)
        if self._held > _IN_MEMORY:
            self.flush()

    def flush(self) -> None:
        """Write what is still in memory."""
        for day, rows in self._rows.items():
            # A line break first: a row that a kill has cut off must not swallow the next one.
            atomic_files.append(self._path(day), b"\n" + b"\n".join(rows) + b"\n", durable=False)
        self._rows.clear()
        self._held = 0

    def days(self) -> list[date]:
        """The dates that have rows, in order."""
        return sorted(date.fromisoformat(path.stem) for path in self._folder.glob("*.jsonl"))

    def read(self, day: date) -> Iterator[Announcement]:
        """The announcements of a date, some perhaps more than once."""
        for line in self._lines(day):
            with suppress(msgspec.DecodeError):
                yield msgspec.json.decode(line, type=Announcement)

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def held_back(self, quiet: Collection[date]) -> dict[str, date]:
        """The papers that came later than arXiv's schedule has it, with the date on which they came.

        arXiv numbers the papers of a mailing in the order in which they were sent in. So a new paper that
        was sent in before one with a lower number had been held back, and came with the next paper that
        was not.
        """
        months: dict[str, array[int]] = {}
        for day in self.days():
            for line in self._lines(day):
                with suppress(msgspec.DecodeError):
                    row = msgspec.json.decode(line, type=_Sent)
                    if row.version == 1 and row.submitted and _OLD_STYLE not in row.id:
                        month, _, number = row.id.partition(".")
                        sent = int(datetime.fromisoformat(row.submitted).timestamp())
                        months.setdefault(month, array("q")).append(int(number) << _SECONDS | sent)
        return {
            f"{month}.{number:0{4 if month < '1501' else 5}}": day
            for month, packed in months.items()
            for number, day in _held_back(packed, quiet)
        }

    def _lines(self, day: date) -> Iterator[bytes]:
        with suppress(FileNotFoundError), self._path(day).open("rb") as file:
            yield from (line for line in file if len(line) > 1)

    def _path(self, day: date) -> Path:
        return self._folder / f"{day.isoformat()}.jsonl"


def _held_back(packed: array[int], quiet: Collection[date]) -> Iterator[tuple[int, date]]:
    """The numbers of one month's papers that were held back, with the dates on which they came."""
    papers = sorted(set(packed))
    latest = 0
    held = []
    for paper in papers:
        sent = paper & (1 << _SECONDS) - 1
        held.append(sent < latest)
        latest = max(latest, sent)
    following: date | None = None
    for paper, was_held in zip(reversed(papers), reversed(held), strict=True):
        moment = datetime.fromtimestamp(paper & (1 << _SECONDS) - 1, arxiv_calendar.EASTERN)
        own = arxiv_calendar.announcement_day(moment, quiet)
        if not was_held:
            following = own
        elif following is not None and following > own:
            yield paper >> _SECONDS, following
