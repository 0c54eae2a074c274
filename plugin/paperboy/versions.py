"""What a replacement replaced: the version before, found in the archive and noted beside the new one.

It is noted when a day is stored, so that a day's folder says all that its pages show. The note depends on
nothing but the archive: the same papers get the same notes, in whatever order their days were fetched.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

from msgspec import structs

from paperboy import archive
from paperboy.dayindex import AT_ONCE, DayIndex
from paperboy.errors import ArchiveError
from paperboy.model import Previous

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from paperboy.model import Announcement

log = logging.getLogger(__name__)


class Versions(DayIndex):
    """Finds a paper's earlier announcement; to be used in a `with` block.

    Arguments:
        cache_dir: Where the index lies.
        root: The archive's folder.
    """

    FORMAT = 1
    TABLES = """
    CREATE TABLE row (id TEXT NOT NULL, file INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL);
    CREATE INDEX row_by_id ON row (id);
    CREATE INDEX row_by_file ON row (file);
    """

    def __init__(self, cache_dir: Path, root: Path) -> None:
        super().__init__(cache_dir / "papers.sqlite", root, archive.PAPERS)

    def before(self, ids: Iterable[str], day: date) -> dict[str, tuple[str, Announcement]]:
        """For each paper its newest announcement before a day, with the date; nothing for those without one."""
        places: dict[str, list[tuple[int, int]]] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._base.execute(
                # Beside a lone `max`, SQLite gives the columns of the row that has it.
                "SELECT max(file.path), start, length FROM row JOIN file ON file.id = row.file "  # noqa: S608  marks
                f"WHERE row.id IN ({marks}) AND file.path < ? GROUP BY row.id",
                [*part, day.isoformat()],
            )
            for other, first, length in rows:
                places.setdefault(other, []).append((first, length))
        found: dict[str, tuple[str, Announcement]] = {}
        for other, spans in places.items():
            try:
                papers = archive.read_announcements_at(self._root, date.fromisoformat(other), sorted(spans))
                found |= {paper.id: (other, paper) for paper in papers}
            except ArchiveError as error:
                # A day that cannot be read is no reason to lose a later one.
                log.warning("%s", error)
        return found

    def _take_in(self, day: date, number: int | None) -> None:
        self._base.executemany(
            "INSERT INTO row (id, file, start, length) VALUES (?, ?, ?, ?)",
            ((arxiv_id, number, start, length) for arxiv_id, start, length in archive.places(self._root, day)),
        )


def with_previous(versions: Versions, day: date, papers: Sequence[Announcement]) -> list[Announcement]:
    """Note beside each paper of a day the version before, as the archive holds it."""
    known = versions.before((paper.id for paper in papers if paper.version != 1), day)
    return [structs.replace(paper, previous=_previous(paper, *known.get(paper.id, ("", None)))) for paper in papers]


def settle_later_days(versions: Versions, root: Path, day: date) -> None:
    """Bring the notes of all later days in line with a day that has changed; one that fails is left as it is."""
    versions.refresh([day])
    for later in archive.days(root):
        if later <= day:
            continue
        try:
            papers = list(archive.read_announcements(root, later))
            noted = with_previous(versions, later, papers)
            if noted != papers:
                archive.write_announcements(root, later, noted)
                versions.refresh([later])
        except ArchiveError as error:
            log.warning("%s", error)


def _previous(paper: Announcement, day: str, before: Announcement | None) -> Previous | None:
    if before is None or paper.version is None or before.version is None or before.version >= paper.version:
        return None
    compared = _is_own_text(before) and _is_own_text(paper)
    return Previous(
        version=before.version,
        date=day,
        compared=compared,
        title=before.title if compared and _words(before.title) != _words(paper.title) else None,
        abstract=before.abstract if compared and _words(before.abstract) != _words(paper.abstract) else None,
    )


def _is_own_text(paper: Announcement) -> bool:
    """Whether the text is the announced version's, in TeX: the listing alone has Unicode in its place."""
    return paper.text_version is None and paper.sources != ("listing",)


def _words(text: str) -> list[str]:
    return text.split()
