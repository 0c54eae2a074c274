"""Fetches one announced day: feed, listing and API, reconciled and merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paperboy.domain import arxiv_calendar, taxonomy
from paperboy.domain.config import ArxivOptions
from paperboy.domain.errors import SourceError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.domain.papers import Announcement, AnnounceType, Record, Source
from paperboy.sources.arxiv import catchup_listing, rss_feed
from paperboy.sources.arxiv.api_completion import complete_from_api
from paperboy.sources.arxiv.reconciliation import count_fields, merge_records, reconcile, same_day
from paperboy.sources.arxiv.rss_feed import Feed
from paperboy.sources.http_client import SourceClient

if TYPE_CHECKING:
    from datetime import date

    from paperboy.domain.edition import Edition

_LONGEST_PAUSE = 3
"""Weekdays to go back for the announcement before one, over holidays."""

_MANY = 10
"""A category that announced so much the day before is asked again where it seems to announce nothing."""


class _SourceAnswers(Struct, kw_only=True):
    """The sources' records of one category on one day; `None` where a source did not serve it."""

    feed: Sequence[Record] | None = None
    listing: Sequence[Record] | None = None
    stated: Counts | None = None
    notes: list[str]


class _Before(Struct, frozen=True):
    """What one category announced right before a day; `certain` where the archive holds all of it."""

    types: Mapping[str, AnnounceType]
    certain: bool

    @classmethod
    def of(cls, previous: Edition | None, category: str) -> _Before:
        """As far as the archive knows."""
        if previous is None:
            return cls({}, certain=False)
        entry = previous.ledger.categories.get(category)
        return cls(_types(previous.announcements, category), entry is not None and entry.status == "complete")


class DaySources(Struct, frozen=True):
    """The sources of one build: the client, the addresses, and the feeds as they were served.

    `feeds` has for each category its feed, or why it was not served, or `None` where it is switched off.
    """

    client: SourceClient
    arxiv: ArxivOptions
    feeds: Mapping[str, Feed | SourceError | None]

    @property
    def date(self) -> date | None:
        """The date of the newest feed; `None` where none was served."""
        dates = [feed.date for feed in self.feeds.values() if isinstance(feed, Feed) and feed.date]
        return max(dates, default=None)


def read_feeds(client: SourceClient, arxiv: ArxivOptions, categories: Sequence[str]) -> DaySources:
    """Ask for the feed of each category; a failure is kept for the accounts of the day."""
    found: dict[str, Feed | SourceError | None] = {}
    for name in categories:
        try:
            found[name] = rss_feed.fetch_feed(client, arxiv.feed_url, name) if arxiv.feed_url else None
        except SourceError as error:
            found[name] = error
    return DaySources(client, arxiv, found)


def is_settled(ledger: Ledger | None, arxiv: ArxivOptions, categories: Sequence[str] = ()) -> bool:
    """Whether a day is complete, so that nothing more is asked for.

    Arguments:
        ledger: The accounts of the day, if it has any.
        arxiv: Which sources are switched on: what they cannot tell is not waited for.
        categories: Categories that must be there beside those in the ledger.
    """
    if ledger is not None and not ledger.announced:
        return not ledger.notes
    if ledger is None or any(name not in ledger.categories for name in categories):
        return False
    if ledger.unanswered and arxiv.api_url is not None:
        return False
    return all(_is_settled(entry, arxiv) for entry in ledger.categories.values())


def fetch_day(
    sources: DaySources,
    categories: Sequence[str],
    day: date,
    before: Edition,
    previous: Edition | None,
    *,
    always: bool = False,
) -> tuple[list[Announcement], Ledger]:
    """Fetch what a day still lacks, and merge it with what the archive holds.

    Arguments:
        sources: How arXiv is reached.
        categories: The followed categories.
        day: The announcement date.
        before: What the archive holds of the day, perhaps nothing. Nothing of it is dropped, save what was
            derived in a category that the listing now tells of.
        previous: The announcement right before, to recognise a stale source by; `None` where the archive
            does not hold it.
        always: Ask again for categories that are settled, too.

    Returns:
        The announcements of the day and its accounts; no announcement where arXiv made none, or where no
        source could be asked: the accounts' notes say which.
    """
    ledgers = dict(before.ledger.categories)
    known = {paper.id: paper for paper in before.announcements}
    listed: dict[str, dict[str, AnnounceType]] = {}
    told: dict[str, dict[Source, Record]] = {}
    for name in categories:
        entry = ledgers.get(name)
        if entry is not None and not always and _is_settled(entry, sources.arxiv):
            continue
        answers = _ask_listing(sources, name, day, _Before.of(previous, name))
        if entry is not None and entry.status == "derived":
            if answers.listing is None:
                continue
            known = dict(_without(known, name))
        held = _types(known.values(), name)
        types, made = reconcile(answers.feed, answers.listing, answers.stated, held, answers.notes)
        ledgers[name] = _doubted(made, entry, previous.ledger.categories.get(name) if previous else None)
        for arxiv_id, kind in types.items():
            listed.setdefault(arxiv_id, {})[name] = kind
        by_source: dict[Source, Sequence[Record] | None] = {
            "feed": answers.feed,
            "listing": answers.listing,
        }
        for source, records in by_source.items():
            for record in records or ():
                told.setdefault(record.id, {}).setdefault(source, record)
    papers = {
        arxiv_id: merge_records(arxiv_id, listed.get(arxiv_id, {}), told.get(arxiv_id, {}), known.get(arxiv_id))
        for arxiv_id in sorted(known.keys() | listed.keys())
    }
    unanswered, problem = complete_from_api(sources.client, sources.arxiv.api_url, day, papers)
    announcements = list(papers.values())
    for name, entry in ledgers.items():
        if _is_named(name, entry, announcements):
            ledgers[name] = structs.replace(entry, status="not reconciled")
    ledger = structs.replace(
        before.ledger,
        date=day.isoformat(),
        announced=True,
        categories={name: ledgers[name] for name in sorted(ledgers)},
        fields=count_fields(announcements),
        unanswered=unanswered,
        notes=(problem,) if problem else (),
    )
    return announcements, ledger


def _without(known: Mapping[str, Announcement], category: str) -> Iterator[tuple[str, Announcement]]:
    """What is held of a day beside one category's derived announcements, for which arXiv's own come now."""
    for arxiv_id, paper in known.items():
        listed = {name: kind for name, kind in paper.listed.items() if name != category}
        if listed:
            yield arxiv_id, structs.replace(paper, listed=listed)


def _doubted(made: CategoryLedger, held: CategoryLedger | None, previous: CategoryLedger | None) -> CategoryLedger:
    """Accept that nothing was announced at the second time, or when the feed agrees and little was expected."""
    if made.status != "complete" or made.held.total or (held is not None and held.stated == made.stated):
        return made
    if "feed" in made.sources and (previous is None or previous.held.total < _MANY):
        return made
    return structs.replace(made, status="not reconciled")


def _is_named(category: str, made: CategoryLedger, papers: Iterable[Announcement]) -> bool:
    """Whether a category is listed as empty although papers of that day name it.

    arXiv lists those in all their categories. One such paper may have got the category later.
    """
    if made.status != "complete" or made.held.total:
        return False
    everywhere = (paper for paper in papers if set(paper.listed.values()) != {"cross"})
    return sum(category in map(taxonomy.canonical, paper.categories) for paper in everywhere) > 1


def _ask_listing(sources: DaySources, category: str, day: date, before: _Before) -> _SourceAnswers:
    """Fetch one category's feed and listing without stale entries and those of other days."""
    told = _SourceAnswers(notes=[])
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
            page = catchup_listing.fetch_listing(sources.client, sources.arxiv.listing_url, category, day)
        except SourceError as error:
            told.notes.append(f"listing: {error}")
        else:
            told.listing, told.stated = page.records, page.stated
            told.notes += [f"listing: {problem}" for problem in page.problems]
    _drop_empty(told)
    _drop_stale(told, day, before.types)
    if told.listing and not before.certain and (told.feed is None or _differ(told.feed, told.listing)):
        # The archive cannot tell which is stale, if one is: the listing of the day before can.
        types = _listed_before(sources, category, day)
        if types is None:
            told.feed = told.listing = told.stated = None
            told.notes.append("listing: not taken, for nothing tells whether it is that of the day before")
        else:
            _drop_stale(told, day, types)
    return told


def _drop_empty(told: _SourceAnswers) -> None:
    """Where one source has announcements, an empty other one has failed."""
    if told.feed is not None and not told.feed and told.listing:
        told.feed = None
        told.notes.append("feed: it is empty, and the listing is not")
    elif told.listing is not None and not told.listing and told.feed:
        told.listing = told.stated = None
        told.notes.append("listing: it is empty, and the feed is not")


def _drop_stale(told: _SourceAnswers, day: date, previous: Mapping[str, AnnounceType]) -> None:
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
    return len(ids & others) * 2 < min(len(ids), len(others))


def _listed_before(sources: DaySources, category: str, day: date) -> dict[str, AnnounceType] | None:
    """What the listing shows for the announcement before a day; `None` where it cannot be asked."""
    if sources.arxiv.listing_url is None:
        return None
    earlier = day
    for _ in range(_LONGEST_PAUSE):
        earlier = arxiv_calendar.weekday_before(earlier)
        try:
            page = catchup_listing.fetch_listing(sources.client, sources.arxiv.listing_url, category, earlier)
        except SourceError:
            return None
        if page.records:
            return {record.id: record.announce_type for record in page.records if record.announce_type is not None}
    return {}


def _types(papers: Iterable[Announcement], category: str) -> dict[str, AnnounceType]:
    return {paper.id: paper.listed[category] for paper in papers if category in paper.listed}


def _is_settled(entry: CategoryLedger, arxiv: ArxivOptions) -> bool:
    return entry.status == "complete" or (entry.status != "incomplete" and arxiv.listing_url is None)
