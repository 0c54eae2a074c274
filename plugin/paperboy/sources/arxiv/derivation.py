"""Derives announcements from the submission times of a paper's versions, all that arXiv's bulk data have.

The day of a version is that of arXiv's schedule. What the data cannot tell: when a paper was cross-listed
later, whether a moderator held it back, and the texts of all versions but the newest.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from paperboy.domain import arxiv_calendar, taxonomy
from paperboy.domain.papers import Announcement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from paperboy.domain.papers import AnnounceType, Record, Source
    from paperboy.sources.arxiv.oai_pmh import OaiVersion

LAST_LISTED = 5
"""arXiv's feed and listing leave out replacements by later versions."""


def derive_announcements(
    paper: Record,
    versions: Sequence[OaiVersion],
    followed: Collection[str],
    quiet: Collection[date],
    source: Source,
) -> Iterator[tuple[date, Announcement]]:
    """Each announcement of a paper in the followed categories, with its date, the oldest first.

    Arguments:
        paper: The paper in its newest version.
        versions: All its versions, the first one first.
        followed: The followed categories, by their canonical names.
        quiet: Dates that are known to have no listing, beside those that the calendar knows.
        source: Who told of it.

    Raises:
        ValueError: It has no version, or a time that is none.
    """
    names = [name for name in dict.fromkeys(map(taxonomy.canonical, paper.categories)) if name in followed]
    if not names:
        return
    if not versions:
        raise ValueError("it has no version")
    for day, version in _days(versions, quiet):
        yield (
            day,
            Announcement(
                id=paper.id,
                version=version.number,
                listed={name: _type(name, version.number, paper.primary_category) for name in sorted(names)},
                title=paper.title or "",
                abstract=paper.abstract or "",
                authors=paper.authors,
                authors_complete=paper.authors_complete,
                categories=paper.categories,
                primary_category=paper.primary_category,
                comment=paper.comment,
                journal_ref=paper.journal_ref,
                doi=paper.doi,
                submitted=versions[0].submitted,
                updated=version.submitted,
                text_version=None if version.number == versions[-1].number else versions[-1].number,
                sources=(source,),
            ),
        )


def _days(versions: Sequence[OaiVersion], quiet: Collection[date]) -> list[tuple[date, OaiVersion]]:
    """The day of each listed version; of several on one day, the last."""
    found: dict[date, OaiVersion] = {}
    first: date | None = None
    for version in versions:
        if version.number > LAST_LISTED:
            break
        day = arxiv_calendar.announcement_day(datetime.fromisoformat(version.submitted), quiet)
        if first is None:
            first = day
        elif day <= first:
            # Nobody can replace a paper that has not been announced.
            day = arxiv_calendar.next_expected(first, quiet)
        found[day] = version
    return sorted(found.items(), key=lambda item: item[0])


def _type(category: str, version: int, primary: str | None) -> AnnounceType:
    """The type in a category; an unknown primary category counts as this one."""
    home = primary is None or taxonomy.canonical(primary) == category
    if version == 1:
        return "new" if home else "cross"
    return "replace" if home else "replace-cross"
