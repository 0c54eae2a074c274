"""All generated pages of a site, as units that are made anew only when what they show has changed.

An edition's pages are one unit. What changes with every edition (home, calendars, feeds) is made each time,
from the newest editions and from summaries of all days.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy.pages import auditing, urls
from paperboy.pages.cards import by_section
from paperboy.pages.data import llms_txt
from paperboy.pages.editions import EditionPages
from paperboy.pages.feeds import ATOM, JSON, OPML, Entry, FeedWriter, Listed, category_name
from paperboy.pages.kit import DataFile, Kit, SiteOptions
from paperboy.pages.overview import Overview, calendars

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from paperboy.model import Edition
    from paperboy.pages.document import Document
    from paperboy.pages.summary import DaySummary


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
    yield from overview(kit, days, lambda: reversed(pages))
    for unit in calendars(kit, days):
        yield unit.make()
    for page in pages:
        yield from page.all()


def neighbours(days: Sequence[date]) -> dict[date, tuple[date | None, date | None]]:
    """For each date, those before and after it."""
    return {day: (before, after) for (before, day), (_, after) in pairwise(pairwise([None, *days, None])) if day}


def overview(
    kit: Kit,
    days: Sequence[DaySummary],
    newest: Callable[[], Iterable[EditionPages]],
    known: FeedEntries | None = None,
    older: Older = _ALL_IN_FULL,
    quiet: Collection[date] = (),
) -> Iterator[Document | DataFile]:
    """The pages and files that change with every edition.

    Arguments:
        kit: The site's tools.
        days: All editions in few words, oldest first.
        newest: Gives the pages of the editions, the newest first; as many are read as are needed.
        known: Entries of feeds that an earlier build has made; afterwards, those that this one has used.
        older: The dates that are no longer kept in full.
        quiet: Weekdays of which the archive knows that nothing was announced.
    """
    pages = Overview(kit, days, older.downloads)
    yield next(next(iter(newest())).day(urls.HOME)) if days else pages.empty()
    yield from pages.pages()
    yield from auditing.overview(kit, days, quiet, older.downloads)
    yield from _feeds(kit, newest, known or FeedEntries())
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


def _feeds(kit: Kit, newest: Callable[[], Iterable[EditionPages]], known: FeedEntries) -> Iterator[DataFile]:
    """The site's feed and that of each followed category, and where the site has an address their list."""
    options = kit.options
    writer = FeedWriter(
        kit.env,
        kit.words,
        site_name=options.site_name,
        site_url=options.site_url,
        directory_urls=options.directory_urls,
        known=known.entries,
    )
    feeds = {"": ""} | {urls.category(name): category_name(name, options.language) for name in options.categories}
    for path, name in feeds.items():
        category = path.removeprefix(urls.CATEGORIES).removesuffix("/")
        atom, json = writer.write(path, name, _newest(kit, newest(), category, known.stamps))
        yield DataFile(f"{path}{ATOM}", atom)
        yield DataFile(f"{path}{JSON}", json)
    known.entries = writer.entries
    if options.site_url:
        if options.signals:  # its file is made with its pages
            feeds[urls.TRENDING] = kit.words.gettext("Trending")
        yield DataFile(OPML, writer.opml(feeds))


def _newest(kit: Kit, editions: Iterable[EditionPages], category: str, stamps: Mapping[date, str]) -> Iterator[Listed]:
    """The papers of one category, or of all; newest edition first, in arXiv's order of sections."""
    for pages in editions:
        edition = pages.edition
        if category and category not in pages.followed:
            continue
        papers = edition.listed_in(category) if category else edition.announcements
        typed = [(paper, paper.listed[category] if category else paper.announce_type) for paper in papers]
        for section in by_section(typed, kit.options.announce_types).values():
            for paper, _ in section:
                yield Listed(
                    day=edition.date,
                    paper=paper,
                    translation=edition.translations.get(paper.id),
                    address=kit.link("", pages.places[paper.id], paper.id),
                    stamp=stamps.get(edition.date, ""),
                )
