"""What has no translation yet, day by day: papers of editions, and papers that others noticed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from paperboy.domain.papers import ANNOUNCE_TYPES
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paperboy.domain.config import Options
    from paperboy.domain.edition import Edition, Translation
    from paperboy.domain.papers import Announcement
    from paperboy.domain.signals import Featured

    Lacking = Callable[[Options, Edition], list[Announcement]]
    """What of a day is to be translated, most wanted first."""


class DateSpan(NamedTuple):
    """Dates from the first to the last, both counted; without either, the recent ones."""

    first: date | None = None
    last: date | None = None

    def editions(self, options: Options) -> list[date]:
        """The editions within it, the newest first."""
        return self._within(archive.days(options.archive), options)

    def turns(self, options: Options) -> list[tuple[date, Lacking]]:
        """The days within it, the newest first, and what of each: all editions come before what others noticed."""
        featured = self._within(archive.featured_days(options.archive), options)
        return [*((day, of_edition) for day in self.editions(options)), *((day, of_featured) for day in featured)]

    def _within(self, days: list[date], options: Options) -> list[date]:
        first, last = self
        if first is None and last is None:
            known = [*archive.days(options.archive), *archive.featured_days(options.archive)]
            newest = max((day for day in known if _is_over(day, options)), default=date.max)
            first = newest - timedelta(days=options.catch_up_days)
        found = [day for day in days if _is_over(day, options) and (first or day) <= day <= (last or day)]
        return found[::-1]


RECENT = DateSpan()
"""The last `catch_up_days` days."""


def of_edition(options: Options, edition: Edition) -> list[Announcement]:
    """The papers of an edition that have no translation yet; new ones first, for a budget may end the run."""
    missing = [paper for paper in shown(options, edition) if not _is_done(paper, edition.translations.get(paper.id))]
    return sorted(missing, key=lambda paper: (ANNOUNCE_TYPES.index(paper.announce_type), paper.id))


def of_featured(options: Options, edition: Edition) -> list[Announcement]:
    """The papers featured on the date that have no translation in its folder, by votes."""
    own = {paper.id for paper in shown(options, edition)}
    found = edition.featured.papers if edition.featured else ()
    missing = [paper for paper in found if paper.id not in own and not is_translated(edition, paper.id)]
    missing.sort(key=lambda paper: (-paper.upvotes, paper.id))
    texts = texts_of(options, missing)
    return [texts[paper.id] for paper in missing]


def texts_of(options: Options, papers: Iterable[Featured]) -> dict[str, Announcement]:
    """What is to be translated of featured papers: the text of the edition that has one, else Hugging Face's.

    For the edition's own text the answer is on disk, mostly; without a version, its copy is this date's own.
    """
    found = {paper.id: paper for paper in papers}
    texts = {paper.id: paper.paper for paper in found.values()}
    for day in sorted({paper.edition for paper in found.values() if paper.edition}):
        announced = archive.read_announcements(options.archive, date.fromisoformat(day))
        texts |= {
            paper.id: msgspec.structs.replace(paper, version=None)
            for paper in announced
            if paper.id in found and found[paper.id].edition == day
        }
    return texts


def is_translated(edition: Edition, arxiv_id: str) -> bool:
    """Whether a paper has a translation in the folder of a date."""
    answer = edition.translations.get(arxiv_id)
    return answer is not None and answer.status == "ok"


def _is_over(day: date, options: Options) -> bool:
    """Whether the site is built for this day or a later one."""
    return options.date is None or day <= options.date


def shown(options: Options, edition: Edition) -> list[Announcement]:
    """The papers of an edition of the types that the site shows."""
    return [paper for paper in edition.announcements if paper.is_of(options.announce_types)]


def _is_done(paper: Announcement, answer: Translation | None) -> bool:
    return answer is not None and answer.status == "ok" and answer.version == paper.version
