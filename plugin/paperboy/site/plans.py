"""All generated pages of a site, as units that are made anew only when what they show has changed.

An edition's pages are one unit. What changes with every edition (home, calendars, feeds) is made each time,
from the newest editions and from summaries of all days.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.export.edition_json import llms_txt
from paperboy.site.html import urls
from paperboy.site.html.document import DataFile
from paperboy.site.pages import audit, permalinks
from paperboy.site.pages.edition import EditionPages
from paperboy.site.pages.feeds import Feeds
from paperboy.site.pages.overview import Overview, calendars
from paperboy.site.pages.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from paperboy.domain.edition import Edition
    from paperboy.site.html.document import Document, PagePlan
    from paperboy.site.views.day_summary import DaySummary


class OlderEdition(Struct, frozen=True):
    """The dates that are no longer kept in full, and those of them that have become a file for the month."""

    days: frozenset[date] = frozenset()
    downloads: frozenset[date] = frozenset()


_ALL_IN_FULL = OlderEdition()


def build_site(editions: Sequence[Edition], options: SiteOptions) -> Iterator[Document | DataFile]:
    """Make every generated page of a few editions at once.

    Arguments:
        editions: The editions of the site, oldest first.
        options: What to show and in which language.
    """
    context = SiteContext(options)
    around = neighbours([edition.date for edition in editions])
    pages = [
        EditionPages(context, edition, before=around[edition.date][0], after=around[edition.date][1])
        for edition in editions
    ]
    days = [page.summary() for page in pages]
    hits = {page.edition.date: page.hits for page in pages}
    topics = Topics(context, days, hits.__getitem__)
    by_date = {page.edition.date: page for page in pages}
    feeds = Feeds(context, days, by_date.__getitem__, topics, {})
    yield from overview_plan(context, days, by_date.__getitem__, topics, feeds)
    for plan in page_plans(context, days, topics, feeds):
        yield from plan.make()
    for page in pages:
        yield from page.all()


def page_plans(
    context: SiteContext,
    days: Sequence[DaySummary],
    topics: Topics,
    feeds: Feeds,
    quiet: Collection[date] = (),
    older: OlderEdition = _ALL_IN_FULL,
) -> Iterator[PagePlan]:
    """The pages above the editions that change with few of them: calendars, audits, topics, feeds, permalinks.

    Arguments:
        context: The site's tools.
        days: All editions in few words, oldest first.
        topics: The pages of topics.
        feeds: The feeds.
        quiet: Weekdays of which the archive knows that nothing was announced.
        older: The dates that are no longer kept in full.
    """
    yield from calendars(context, days, quiet, older.downloads)
    yield from audit.audit_months(context, days, quiet, older.downloads)
    yield from topics.plans()
    yield from feeds.plans()
    yield from permalinks.permalink_plans([day for day in days if day.date not in older.downloads])


def neighbours(days: Sequence[date]) -> dict[date, tuple[date | None, date | None]]:
    """For each date, those before and after it."""
    return {day: (before, after) for (before, day), (_, after) in pairwise(pairwise([None, *days, None])) if day}


def overview_plan(
    context: SiteContext,
    days: Sequence[DaySummary],
    pages_of: Callable[[date], EditionPages],
    topics: Topics,
    feeds: Feeds,
    *,
    older: OlderEdition = _ALL_IN_FULL,
    quiet: Collection[date] = (),
) -> Iterator[Document | DataFile]:
    """The pages and files that change with every edition.

    Arguments:
        context: The site's tools.
        days: All editions in few words, oldest first.
        pages_of: Gives the pages of the edition of a date.
        topics: The pages of topics.
        feeds: The feeds.
        older: The dates that are no longer kept in full.
        quiet: Weekdays of which the archive knows that nothing was announced.
    """
    pages = Overview(context, days, older.downloads)
    yield next(pages_of(days[-1].date).day(urls.HOME)) if days else pages.empty()
    yield from pages.pages()
    yield permalinks.permalink_page(context, [day for day in days if day.date not in older.downloads])
    if context.topics:
        yield topics.index()
    yield from audit.audit_overview(context, days, quiet, older.downloads)
    yield from feeds.opml()
    options = context.options
    whole = [day for day in days if day.date not in older.days]
    content = llms_txt(whole, options.categories, options.language, options.site_name, options.site_url)
    yield DataFile("llms.txt", content)
