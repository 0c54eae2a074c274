"""The summary of an edition, as pages of months, years and categories show it.

A site with years behind it is built from these alone; only the editions that have changed are read.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paperboy.domain.audit import CategoryAudit, of_edition
from paperboy.domain.ledger import CategoryLedger, TranslationLedger, state_of
from paperboy.site.html import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paperboy.domain.edition import Edition, Translation
    from paperboy.domain.ledger import DayState
    from paperboy.domain.papers import Announcement


_NOTHING = CategoryAudit()


class DaySummary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The summary of one edition.

    `papers` and `translated` count what the site shows. `places` has, by the page that holds their cards
    (relative to the folder of the day), the ids of its papers, separated by blanks; `topics` has by slug the ids
    that a topic has found. `audits` has what each category lacks, where it lacks something or is translated.
    `unreadable` counts lines of the archive that the day is shown without.
    """

    date: date
    papers: int
    translated: int
    categories: dict[str, CategoryLedger]
    account: TranslationLedger | None = None
    places: dict[str, str] = {}
    topics: dict[str, tuple[str, ...]] = {}
    audits: dict[str, CategoryAudit] = {}
    unreadable: int = 0

    @property
    def complete(self) -> bool:
        """Whether every category is known to be complete."""
        return self.state == "complete"

    @property
    def state(self) -> DayState:
        """How the day stands as a whole."""
        return state_of(self.categories.values())

    def page_of(self, arxiv_id: str) -> str | None:
        """The page that holds a paper's card; `None` where the edition has not got it."""
        pages = (page for page, ids in self.places.items() if arxiv_id in ids.split())
        return next((f"{urls.day(self.date)}{page}" for page in pages), None)


def summarise(
    edition: Edition,
    shown: Iterable[Announcement],
    language: str,
    places: Mapping[str, str],
    folder: str,
    topics: dict[str, tuple[str, ...]],
) -> DaySummary:
    """Say an edition in few words.

    Arguments:
        edition: The edition.
        shown: Those of its announcements that the site shows.
        language: The language of the translations to account for.
        places: The page of each paper's card, by arXiv id.
        folder: The page of the day, under which all of these lie.
        topics: The ids that each topic has found.
    """
    shown = list(shown)
    by_page: dict[str, list[str]] = {}
    for paper in shown:
        by_page.setdefault(places[paper.id].removeprefix(folder), []).append(paper.id)
    return DaySummary(
        date=edition.date,
        papers=len(shown),
        translated=sum(is_translated(edition, paper) for paper in shown),
        # The ids that a source lacked stand on the day's own pages.
        categories={
            name: msgspec.structs.replace(entry, only_feed=(), only_listing=(), notes=())
            for name, entry in edition.ledger.categories.items()
        },
        account=edition.ledger.translations.get(language),
        places={page: " ".join(ids) for page, ids in by_page.items()},
        topics=topics,
        audits={name: lacks for name, lacks in of_edition(edition, shown, language).items() if lacks != _NOTHING},
        unreadable=edition.unreadable,
    )


def is_translated(edition: Edition, paper: Announcement) -> bool:
    """Whether the paper has a translation that has passed its checks, or is a person's."""
    answer = edition.translations.get(paper.id)
    return answer is not None and is_whole(paper, answer)


def is_whole(paper: Announcement, answer: Translation) -> bool:
    """Whether an answer can be shown and lacks nothing; where people wrote a title alone, the abstract is missing."""
    return answer.status == "ok" and bool(answer.title) and bool(answer.abstract or not paper.abstract)
