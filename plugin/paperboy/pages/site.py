"""All generated pages of a site, as units that are made anew only when what they show has changed.

An edition's pages are one unit. What changes with every edition (home, calendars, feeds) is made each time,
from the newest editions and from summaries of all days.
"""

from __future__ import annotations

from datetime import date
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy.pages import auditing, permalinks, urls
from paperboy.pages.cards import by_section
from paperboy.pages.data import llms_txt
from paperboy.pages.editions import EditionPages
from paperboy.pages.feeds import ATOM, JSON, OPML, Entry, FeedWriter, Listed, category_name
from paperboy.pages.kit import DataFile, Kit, SiteOptions
from paperboy.pages.overview import Overview, calendars
from paperboy.pages.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from paperboy.model import Edition
    from paperboy.pages.document import Document
    from paperboy.pages.kit import Plan
    from paperboy.pages.summary import DaySummary


FEED_EDITIONS = 30
"""A feed goes no further back, or the feed of a quiet category would have a build read half a year for it."""


class Older(Struct, frozen=True):
    """The dates that are no longer kept in full, and those of them that have become a file for the month."""

    days: frozenset[date] = frozenset()
    downloads: frozenset[date] = frozenset()


_ALL_IN_FULL = Older()


def build_site(editions: Sequence[Edition], options: SiteOptions) -> Iterator[Document | DataFile]:
    """Make every generated page of a few editions at once.

    Arguments:
        editions: The editions of the site, oldest first.
        options: What to show and in which language.
    """
    kit = Kit(options)
    around = neighbours([edition.date for edition in editions])
    pages = [
        EditionPages(kit, edition, before=around[edition.date][0], after=around[edition.date][1])
        for edition in editions
    ]
    days = [page.summary() for page in pages]
    hits = {page.edition.date: page.hits for page in pages}
    topics = Topics(kit, days, hits.__getitem__)
    yield from overview(kit, days, lambda: reversed(pages), topics)
    for plan in plans(kit, days, topics):
        yield from plan.make()
    for page in pages:
        yield from page.all()


def plans(
    kit: Kit,
    days: Sequence[DaySummary],
    topics: Topics,
    quiet: Collection[date] = (),
    older: Older = _ALL_IN_FULL,
) -> Iterator[Plan]:
    """The pages above the editions that change with few of them: calendars, audits, topics, the files of links.

    Arguments:
        kit: The site's tools.
        days: All editions in few words, oldest first.
        topics: The pages of topics.
        quiet: Weekdays of which the archive knows that nothing was announced.
        older: The dates that are no longer kept in full.
    """
    yield from calendars(kit, days, quiet, older.downloads)
    yield from auditing.months(kit, days, quiet, older.downloads)
    yield from topics.plans()
    yield from permalinks.plans([day for day in days if day.date not in older.downloads])


def neighbours(days: Sequence[date]) -> dict[date, tuple[date | None, date | None]]:
    """For each date, those before and after it."""
    return {day: (before, after) for (before, day), (_, after) in pairwise(pairwise([None, *days, None])) if day}


def overview(
    kit: Kit,
    days: Sequence[DaySummary],
    newest: Callable[[], Iterable[EditionPages]],
    topics: Topics,
    *,
    known: FeedEntries | None = None,
    older: Older = _ALL_IN_FULL,
    quiet: Collection[date] = (),
) -> Iterator[Document | DataFile]:
    """The pages and files that change with every edition.

    Arguments:
        kit: The site's tools.
        days: All editions in few words, oldest first.
        newest: Gives the pages of the editions, the newest first; as many are read as are needed.
        topics: The pages of topics.
        known: Entries of feeds that an earlier build has made; afterwards, those that this one has used.
        older: The dates that are no longer kept in full.
        quiet: Weekdays of which the archive knows that nothing was announced.
    """
    pages = Overview(kit, days, older.downloads)
    yield next(next(iter(newest())).day(urls.HOME)) if days else pages.empty()
    yield from pages.pages()
    yield permalinks.page(kit, [day for day in days if day.date not in older.downloads])
    if kit.topics:
        yield topics.index()
    yield from auditing.overview(kit, days, quiet, older.downloads)
    yield from _feeds(kit, newest, topics, known or FeedEntries())
    options = kit.options
    whole = [day for day in days if day.date not in older.days]
    content = llms_txt(whole, options.categories, options.language, options.site_name, options.site_url)
    yield DataFile("llms.txt", content)


class FeedEntries:
    """Entries of feeds that go from one build to the next: `stamps` has a hash of each edition.

    Without a stamp, the entries of an edition are made anew.
    """

    def __init__(self, entries: Mapping[str, Entry] | None = None, stamps: Mapping[date, str] | None = None) -> None:
        self.entries = entries or {}
        self.stamps = stamps or {}


def _feeds(
    kit: Kit, newest: Callable[[], Iterable[EditionPages]], topics: Topics, known: FeedEntries
) -> Iterator[DataFile]:
    """The feeds of the site, of each followed category and of each topic, and their list if the site has an address."""
    options = kit.options
    writer = FeedWriter(
        kit.env,
        kit.words,
        site_name=options.site_name,
        site_url=options.site_url,
        directory_urls=options.directory_urls,
        known=known.entries,
    )
    feeds = feed_names(kit)
    for path, name in feeds.items():
        if path == urls.TRENDING:
            continue  # made beside its pages
        kind, _, of = path.rstrip("/").partition("/")
        papers = topics.listed(of) if f"{kind}/" == urls.TOPICS else _newest(kit, newest(), of, known.stamps)
        atom, json = writer.write(path, name, papers)
        yield DataFile(f"{path}{ATOM}", atom)
        yield DataFile(f"{path}{JSON}", json)
    known.entries = writer.entries
    if options.site_url:
        yield DataFile(OPML, writer.opml(feeds))


def feed_names(kit: Kit) -> dict[str, str]:
    """The folder of each feed of a site, with what it is of; the first is that of all papers."""
    options = kit.options
    return {
        urls.HOME: "",
        **{urls.category(name): category_name(name, options.language) for name in options.categories},
        **{urls.topic(topic.slug): topic.name for topic in options.topics},
        **({urls.TRENDING: kit.words.gettext("Trending")} if options.signals else {}),
    }


def _newest(kit: Kit, editions: Iterable[EditionPages], category: str, stamps: Mapping[date, str]) -> Iterator[Listed]:
    """The papers of one category, or of all; newest edition first, in arXiv's order of sections."""
    for pages in islice(editions, FEED_EDITIONS):
        edition = pages.edition
        if category and category not in pages.followed:
            continue
        papers = edition.listed_in(category) if category else edition.announcements
        typed = [(paper, paper.listed[category] if category else paper.announce_type) for paper in papers]
        for section in by_section(typed, kit.options.announce_types, edition.contributions).values():
            for paper, _ in section:
                if edition.hides(paper.id):
                    continue
                yield Listed(
                    day=edition.date,
                    paper=paper,
                    translation=edition.translations.get(paper.id),
                    address=kit.link("", pages.places[paper.id], paper.id),
                    stamp=stamps.get(edition.date, ""),
                )
