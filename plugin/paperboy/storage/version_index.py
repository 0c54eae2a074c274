"""What a replacement replaced: the version before, found in the archive and noted beside the new one.

It is noted when a day is stored, so that a day's folder says all that its pages show. The note depends on
nothing but the archive: the same papers get the same notes, in whatever order their days were fetched.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import structs

from paperboy.domain.errors import ArchiveError
from paperboy.domain.papers import Previous
from paperboy.storage import archive
from paperboy.storage.day_index import AT_ONCE, DayIndex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from paperboy.domain.papers import Announcement

log = logging.getLogger(__name__)


class Versions(DayIndex):
    """Finds a paper's earlier announcement; to be used in a `with` block.

    Arguments:
        cache_dir: Where the index lies.
        root: The archive's folder.
    """

    FORMAT = 1
    TABLES = """
    CREATE TABLE row (
        id TEXT NOT NULL, version INTEGER, file INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
    );
    CREATE INDEX row_by_id ON row (id);
    CREATE INDEX row_by_file ON row (file);
    """

    def __init__(self, cache_dir: Path, root: Path) -> None:
        super().__init__(cache_dir / "papers.sqlite", root, archive.PAPERS)

    def before(self, ids: Iterable[str], day: date) -> dict[str, tuple[str, Announcement]]:
        """For each paper its newest announcement before a day, with the date; nothing for those without one."""
        # Beside a lone `max`, SQLite gives the columns of the row that has it.
        query = """
            SELECT max(file.path), start, length, row.id FROM row JOIN file ON file.id = row.file
            WHERE row.id IN ({marks}) AND file.path < ? GROUP BY row.id
        """
        return {paper.id: (other, paper) for other, paper in self._read(self._rows(query, ids, day))}

    def elsewhere(self, papers: Iterable[tuple[str, int | None]], day: date) -> dict[str, set[str]]:
        """For each paper the categories in which the archive has the same version under another date."""
        query = """
            SELECT file.path, start, length, row.id, version FROM row JOIN file ON file.id = row.file
            WHERE row.id IN ({marks}) AND file.path != ?
        """
        wanted = dict(papers)
        rows = [row for row in self._rows(query, wanted, day) if row[4] == wanted[row[3]]]
        found: dict[str, set[str]] = {}
        for _, paper in self._read(rows):
            found.setdefault(paper.id, set()).update(paper.listed)
        return found

    def _rows(self, query: str, ids: Iterable[str], day: date) -> Iterator[tuple[Any, ...]]:
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            marks = ", ".join("?" * len(part))
            yield from self._select(query.format(marks=marks), [*part, day.isoformat()])

    def _read(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, Announcement]]:
        """The announcements at some places, each with its date."""
        places: dict[str, list[tuple[int, int]]] = {}
        for day, start, length, *_ in rows:
            places.setdefault(day, []).append((start, length))
        for day, spans in places.items():
            try:
                for paper in archive.read_announcements_at(self._root, date.fromisoformat(day), sorted(spans)):
                    yield day, paper
            except ArchiveError as error:
                # A day that cannot be read is no reason to lose a later one.
                log.warning("%s", error)

    def _take_in(self, day: date, number: int | None) -> None:
        self._connection.executemany(
            "INSERT INTO row (id, version, file, start, length) VALUES (?, ?, ?, ?, ?)",
            (
                (place.id, place.version, number, place.start, place.length)
                for place in archive.line_spans(self._root, day)
            ),
        )


def with_previous(versions: Versions, day: date, papers: Sequence[Announcement]) -> list[Announcement]:
    """Note beside each paper of a day the version before, as the archive holds it."""
    known = versions.before((paper.id for paper in papers if paper.version != 1), day)
    return [_noted(paper, *known.get(paper.id, ("", None))) for paper in papers]


def settle_later_days(versions: Versions, root: Path, day: date, but: Collection[date] = ()) -> None:
    """Bring the notes of all later days in line with a day that has changed; one that fails is left as it is.

    Arguments:
        versions: The index of the archive.
        root: The archive's folder.
        day: The day.
        but: Later days that are in line already.
    """
    versions.refresh([day])
    for later in archive.days(root):
        if later <= day or later in but:
            continue
        try:
            papers = list(archive.read_announcements(root, later))
            noted = with_previous(versions, later, papers)
            if noted != papers:
                archive.write_announcements(root, later, noted)
                versions.refresh([later])
        except ArchiveError as error:
            log.warning("%s", error)


def _noted(paper: Announcement, day: str, before: Announcement | None) -> Announcement:
    previous = _previous(paper, day, before)
    return paper if paper.previous == previous else structs.replace(paper, previous=previous)


def _previous(paper: Announcement, day: str, before: Announcement | None) -> Previous | None:
    if before is None or paper.version is None or before.version is None or before.version >= paper.version:
        return None
    compared = _is_own_text(before) and _is_own_text(paper)
    return Previous(
        version=before.version,
        date=day,
        compared=compared,
        title=before.title if compared and _text_words(before.title) != _text_words(paper.title) else None,
        abstract=before.abstract if compared and _text_words(before.abstract) != _text_words(paper.abstract) else None,
    )


def _is_own_text(paper: Announcement) -> bool:
    """Whether the text is the announced version's, in TeX: the listing alone has Unicode in its place."""
    return paper.text_version is None and paper.sources != ("listing",)


def _text_words(text: str) -> list[str]:
    return text.split()
