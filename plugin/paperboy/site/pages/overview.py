"""The pages above the editions: home, categories, calendars, quality; made from summaries of the days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.domain.ledger import CategoryLedger
from paperboy.site.context import PLAIN, SiteContext
from paperboy.site.html import urls
from paperboy.site.html.document import Block, Document, Heading, PagePlan
from paperboy.site.pages import calendar
from paperboy.site.pages.condensed_edition import DOWNLOAD
from paperboy.site.views.day_summary import DaySummary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


NEWEST_ROWS = 60
"""Rows of a table with one row a date; older dates stand on a page for each year."""

_UNKNOWN = CategoryLedger(status="not reconciled")


class Overview:
    """Makes the pages above the editions.

    Arguments:
        context: The site's tools.
        days: The editions of the site in few words, oldest first.
        downloads: The dates whose pages have become a file for the month.
    """

    def __init__(
        self,
        context: SiteContext,
        days: Sequence[DaySummary],
        downloads: Collection[date] = (),
    ) -> None:
        self._context = context
        self._days = days
        self._downloads = downloads

    def pages(self) -> Iterator[Document]:
        """The pages that change with every edition."""
        yield self._archive()
        yield self._categories()
        yield self._quality()
        yield self._starred()
        if self._context.options.search:
            yield self._search()
        for name in self._context.options.categories:
            yield self._category(name)

    def empty(self) -> Document:
        """The home page of a site without an edition: what is missing for one."""
        title = self._context.words.gettext("Today")
        content = (Heading(1, title, "today"), self._context.part("empty"))
        return Document(path=urls.HOME, title=title, hide=PLAIN, listed=True, content=content)

    def _category(self, name: str) -> Document:
        """One category: the dates that it has, newest first."""
        path = urls.category(name)
        days = [day for day in self._days if name in day.categories]
        title = f"{name} {self._context.label(name)}"
        rows = [
            (day.date, self._context.link(path, urls.day_category(day.date, name)), day.categories[name])
            for day in reversed(days[-NEWEST_ROWS:])
            if day.date not in self._downloads
        ]
        heading = Heading(1, title, "category")
        note = self._context.note(self._context.about.get(name), path, "category")
        content = self._older(path, days, heading, *note, self._context.part("dates", rows))
        return Document(path=path, title=title, hide=PLAIN, content=content)

    def _categories(self) -> Document:
        """The followed categories with the counts of the newest edition."""
        title = self._context.words.gettext("Categories")
        newest = self._days[-1].categories if self._days else {}
        rows = [
            (
                name,
                self._context.label(name),
                self._context.link(urls.CATEGORIES, urls.category(name)),
                newest.get(name, _UNKNOWN),
            )
            for name in self._context.options.categories
        ]
        content = (Heading(1, title, "categories"), self._context.part("ledger", rows))
        return Document(path=urls.CATEGORIES, title=title, hide=PLAIN, listed=True, content=content)

    def _archive(self) -> Document:
        """The years and months that have editions."""
        title = self._context.words.gettext("Archive")
        papers = {day.date: day.papers for day in self._days}
        rows = [
            (
                self._context.words.year(year[0][0]),
                self._context.link(urls.ARCHIVE, urls.year(year[0][0])),
                [
                    (
                        self._context.words.month(first),
                        self._context.link(urls.ARCHIVE, urls.month(first)),
                        len(days),
                        sum(papers[day] for day in days),
                    )
                    for first, days in year
                ],
            )
            for _, found in groupby(calendar.calendar_months(papers), key=lambda month: month[0].year)
            if (year := list(found))
        ]
        links = (self._context.link(urls.ARCHIVE, urls.QUALITY), self._context.link(urls.ARCHIVE, urls.AUDIT))
        content = (Heading(1, title, "archive"), self._context.part("years", rows, *links))
        return Document(path=urls.ARCHIVE, title=title, hide=PLAIN, listed=True, content=content)

    def _quality(self) -> Document:
        """How the translations of each edition fared, newest first."""
        title = self._context.words.gettext("Quality of the translations")
        days = [day for day in self._days if day.account is not None]
        rows = [
            (day.date, self._context.link(urls.QUALITY, urls.day(day.date)), day.account)
            for day in reversed(days[-NEWEST_ROWS:])
            if day.date not in self._downloads
        ]
        content = self._older(
            urls.QUALITY, days, Heading(1, title, "quality"), self._context.part("quality", rows, VALIDATION_ERRORS)
        )
        return Document(path=urls.QUALITY, title=title, hide=PLAIN, content=content)

    def _older(self, path: str, days: Sequence[DaySummary], *content: Heading | Block) -> tuple[Heading | Block, ...]:
        """The content of a page with one row a date, and the months of the dates that are not on it."""
        rows = [
            (self._context.words.month(first), self._context.link(path, urls.month(first)), len(own))
            for first, own in _grouped(days[:-NEWEST_ROWS], _month_calendar)
        ]
        return (*content, self._context.part("further", rows[::-1])) if rows else content

    def _starred(self) -> Document:
        """The place where the reader's browser lists the papers that it keeps."""
        title = self._context.words.gettext("Starred papers")
        content = (Heading(1, title, "starred"), self._context.part("starred"))
        return Document(path=urls.STARRED, title=title, hide=PLAIN, content=content)

    def _search(self) -> Document:
        """The form of the search, and the place of its results."""
        title = self._context.words.gettext("Search")
        options = self._context.options
        rows = [(name, self._context.label(name)) for name in options.categories]
        content = (Heading(1, title, "search"), self._context.part("search", rows, options.language))
        return Document(path=urls.SEARCH, title=title, hide=PLAIN, content=content)


def calendars(
    context: SiteContext, days: Sequence[DaySummary], quiet: Collection[date] = (), downloads: Collection[date] = ()
) -> list[PagePlan]:
    """The calendars of all months and years that have editions.

    Arguments:
        context: The site's tools.
        days: All editions in few words, oldest first.
        quiet: Weekdays of which the archive knows that nothing was announced.
        downloads: The dates whose pages have become a file for the month.
    """
    if not days:
        return []
    first, last = days[0].date, days[-1].date
    found = []
    for make, path, groups in (
        (_month_page, urls.month, _grouped(days, _month_calendar)),
        (_year_page, urls.year, _grouped(days, _year_calendar)),
    ):
        for start, own in groups:
            end = own[-1].date
            around = sorted(day for day in quiet if path(day) == path(start))
            # A day without an edition is missing only between the first one and the last.
            span = (max(first, start), last if path(last) == path(start) else end.replace(month=12, day=31))
            files = sorted(day.date for day in own if day.date in downloads)
            content = (span, around, files, [(day.date, day.papers, day.state) for day in own])
            view = _View(context, own, around, files, span)
            found.append(PagePlan(name=path(start), content=content, make=partial(make, view)))
    return found


class _View(Struct, frozen=True):
    """The data of a calendar: editions, quiet days, days kept as files, and the first and last date."""

    context: SiteContext
    days: Sequence[DaySummary]
    quiet: Collection[date]
    downloads: Collection[date]
    span: tuple[date, date]

    def weeks(self, path: str, first: date, days: Sequence[DaySummary]) -> list[list[calendar.CalendarDay | None]]:
        """A month of the calendar on a page."""
        cells = {
            day.date: calendar.CalendarDay(
                day=day.date,
                address="" if day.date in self.downloads else self.context.link(path, urls.day(day.date)),
                papers=day.papers,
                state=day.state,
            )
            for day in days
        }
        return calendar.weeks(first, cells, self.quiet, self.span)


def _month_page(view: _View) -> Iterator[Document]:
    """One month as a calendar with counts."""
    context = view.context
    first = _month_calendar(view.days[0])
    path = urls.month(first)
    title = context.words.month(first)
    up = (context.words.year(first), context.link(path, urls.year(first)), "up")
    content: list[Heading | Block] = [
        Heading(1, title, "month"),
        context.part("neighbours", [up]),
        context.part("calendar", title, view.weeks(path, first, view.days), "counted"),
        context.part("legend"),
    ]
    if view.downloads:
        content.append(context.part("download", DOWNLOAD))
    yield Document(path=path, title=title, hide=PLAIN, content=tuple(content))


def _year_page(view: _View) -> Iterator[Document]:
    """One year as small calendars of its months."""
    context = view.context
    path = urls.year(view.days[0].date)
    title = context.words.year(view.days[0].date)
    months = [
        (context.words.month(first), context.link(path, urls.month(first)), view.weeks(path, first, own))
        for first, own in _grouped(view.days, _month_calendar)
    ]
    content = (Heading(1, title, "year"), context.part("year", months), context.part("legend"))
    yield Document(path=path, title=title, hide=PLAIN, content=content)


def _grouped(days: Sequence[DaySummary], start: Callable[[DaySummary], date]) -> list[tuple[date, list[DaySummary]]]:
    """Some days by month or year, each with its first day."""
    return [(first, list(own)) for first, own in groupby(days, key=start)]


def _month_calendar(day: DaySummary) -> date:
    return day.date.replace(day=1)


def _year_calendar(day: DaySummary) -> date:
    return day.date.replace(month=1, day=1)
