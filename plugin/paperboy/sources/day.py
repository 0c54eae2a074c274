"""One announced day: feed, listing and API asked, held against each other, and joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paperboy import schedule
from paperboy.config import Arxiv
from paperboy.errors import SourceError
from paperboy.model import Announcement, AnnounceType, CategoryLedger, Counts, Ledger, Record, Source
from paperboy.sources import api, feed, listing
from paperboy.sources.feed import Feed
from paperboy.sources.http import Courier
from paperboy.sources.reconcile import count_fields, merge, reconcile, same_day

if TYPE_CHECKING:
    from datetime import date

    from paperboy.model import Edition

_LONGEST_PAUSE = 3
"""Weekdays to go back for the announcement before one, over holidays."""


class _Told(Struct, kw_only=True):
    """What the sources say of one category on one day; `None` where a source did not serve it."""

    feed: Sequence[Record] | None = None
    listing: Sequence[Record] | None = None
    stated: Counts | None = None
    notes: list[str]


class Sources(Struct, frozen=True):
    """arXiv as one build sees it: how to ask, whom, and the feeds as they were served.

    `feeds` has for each category its feed, or why it was not served, or `None` where it is switched off.
    """

    courier: Courier
    arxiv: Arxiv
    feeds: Mapping[str, Feed | SourceError | None]

    @property
    def date(self) -> date | None:
        """The date of the newest feed; `None` where none was served."""
        dates = [feed.date for feed in self.feeds.values() if isinstance(feed, Feed) and feed.date]
        return max(dates, default=None)


def read_feeds(courier: Courier, arxiv: Arxiv, categories: Sequence[str]) -> Sources:
    """Ask for the feed of each category; a failure is kept for the accounts of the day."""
    found: dict[str, Feed | SourceError | None] = {}
    for name in categories:
        try:
            found[name] = feed.fetch(courier, arxiv.feed_url, name) if arxiv.feed_url else None
        except SourceError as error:
            found[name] = error
    return Sources(courier, arxiv, found)


def is_settled(ledger: Ledger | None, arxiv: Arxiv, categories: Sequence[str] = ()) -> bool:
    """Whether arXiv has nothing more to tell of a day.

    Arguments:
        ledger: The accounts of the day, if it has any.
        arxiv: Which sources are switched on: what they cannot tell is not waited for.
        categories: Categories that must be there beside those in the ledger.
    """
    if ledger is None or any(name not in ledger.categories for name in categories):
        return False
    if ledger.unanswered and arxiv.api_url is not None:
        return False
    return all(_is_settled(entry, arxiv) for entry in ledger.categories.values())


def fetch_day(
    sources: Sources,
    categories: Sequence[str],
    day: date,
    before: Edition,
    previous: Sequence[Announcement],
    *,
    always: bool = False,
) -> tuple[list[Announcement], Ledger]:
    """Ask for what one day still lacks, and join it with what the archive holds.

    Arguments:
        sources: How arXiv is reached.
        categories: The followed categories.
        day: The announcement date.
        before: What the archive holds of the day, perhaps nothing. Nothing of it is dropped.
        previous: The announcements of the edition before, to recognise a stale source by.
        always: Ask again for categories that are settled, too.

    Returns:
        The announcements of the day and its accounts; no announcement where arXiv made none, or where no
        source could be asked: the accounts' notes say which.
    """
    ledgers = dict(before.ledger.categories)
    listed: dict[str, dict[str, AnnounceType]] = {}
    told: dict[str, dict[Source, Record]] = {}
    for name in categories:
        entry = ledgers.get(name)
        if entry is not None and not always and _is_settled(entry, sources.arxiv):
            continue
        answers = _ask(sources, name, day, _types(previous, name))
        held = _types(before.announcements, name)
        types, ledgers[name] = reconcile(answers.feed, answers.listing, answers.stated, held, answers.notes)
        for arxiv_id, kind in types.items():
            listed.setdefault(arxiv_id, {})[name] = kind
        by_source: dict[Source, Sequence[Record] | None] = {
            "feed": answers.feed,
            "listing": answers.listing,
        }
        for source, records in by_source.items():
            for record in records or ():
                told.setdefault(record.id, {}).setdefault(source, record)
    known = {paper.id: paper for paper in before.announcements}
    papers = {
        arxiv_id: merge(arxiv_id, listed.get(arxiv_id, {}), told.get(arxiv_id, {}), known.get(arxiv_id))
        for arxiv_id in sorted(known.keys() | listed.keys())
    }
    unanswered, problem = _complete(sources, papers)
    announcements = list(papers.values())
    ledger = structs.replace(
        before.ledger,
        date=day.isoformat(),
        categories={name: ledgers[name] for name in sorted(ledgers)},
        fields=count_fields(announcements),
        unanswered=unanswered,
        notes=(problem,) if problem else (),
    )
    return announcements, ledger


def _ask(sources: Sources, category: str, day: date, previous: Mapping[str, AnnounceType]) -> _Told:
    """Take one category's feed and listing, and leave out what is stale or belongs to another day."""
    told = _Told(notes=[])
    served = sources.feeds.get(category)
    if isinstance(served, SourceError):
        told.notes.append(f"feed: {served}")
    elif served is not None and served.date == day:
        told.feed = served.records
        told.notes += [f"feed: {problem}" for problem in served.problems]
        if served.overfull:
            told.notes.append("feed: it is full; arXiv leaves out the lowest-numbered new papers")
    if sources.arxiv.listing_url is not None:
        try:
            page = listing.fetch(sources.courier, sources.arxiv.listing_url, category, day)
        except SourceError as error:
            told.notes.append(f"listing: {error}")
        else:
            told.listing, told.stated = page.records, page.stated
            told.notes += [f"listing: {problem}" for problem in page.problems]
    if told.feed and told.listing is not None and not previous and _differ(told.feed, told.listing):
        # Without an archive, the listing of the day before tells which of the two is stale.
        previous = _listed_before(sources, category, day)
    _drop_stale(told, day, previous)
    return told


def _drop_stale(told: _Told, day: date, previous: Mapping[str, AnnounceType]) -> None:
    """Recognise a source that shows the announcements of the day before under this date."""
    if told.feed is not None and same_day(told.feed, previous):
        told.feed = None
        told.notes.append(f"feed: it is stale: under {day} it repeats the announcements before that")
    if told.listing is not None and same_day(told.listing, previous):
        told.listing = told.stated = None
        told.notes.append(f"listing: it is stale: under {day} it repeats the announcements before that")


def _differ(one: Sequence[Record], other: Sequence[Record]) -> bool:
    """Whether two sources of one day share less than half of what the smaller one has."""
    ids, others = {record.id for record in one}, {record.id for record in other}
    return len(ids & others) * 2 < min(len(ids), len(others)) or not others


def _listed_before(sources: Sources, category: str, day: date) -> dict[str, AnnounceType]:
    """What the listing shows for the announcement before a day; nothing where it cannot be asked."""
    if sources.arxiv.listing_url is None:
        return {}
    earlier = day
    for _ in range(_LONGEST_PAUSE):
        earlier = schedule.weekday_before(earlier)
        try:
            page = listing.fetch(sources.courier, sources.arxiv.listing_url, category, earlier)
        except SourceError:
            return {}
        if page.records:
            return {record.id: record.announce_type for record in page.records if record.announce_type is not None}
    return {}


def _complete(sources: Sources, papers: dict[str, Announcement]) -> tuple[tuple[str, ...], str | None]:
    """Fill in from the API what feed and listing lack; which ids it did not return, and why if known."""
    wanted = [(paper.id, paper.version) for paper in papers.values() if "api" not in paper.sources]
    if sources.arxiv.api_url is None or not wanted:
        return (), None
    answer = api.fetch(sources.courier, sources.arxiv.api_url, wanted)
    for record in answer.records:
        paper = papers[record.id]
        papers[record.id] = merge(paper.id, paper.listed, {"api": record}, paper)
    return answer.unanswered, answer.problem


def _types(papers: Sequence[Announcement], category: str) -> dict[str, AnnounceType]:
    return {paper.id: paper.listed[category] for paper in papers if category in paper.listed}


def _is_settled(entry: CategoryLedger, arxiv: Arxiv) -> bool:
    return entry.status == "complete" or (entry.status == "not reconciled" and arxiv.listing_url is None)
