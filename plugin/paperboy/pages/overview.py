"""The pages above the editions: home, categories, calendars, quality; made from summaries of the days."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from paperboy.faults import FAULTS
from paperboy.model import CategoryLedger
from paperboy.pages import calendar, urls
from paperboy.pages.document import Block, Document, Heading
from paperboy.pages.kit import PLAIN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from paperboy.pages.kit import Kit
    from paperboy.pages.summary import DaySummary

NEWEST_ROWS = 60
"""Rows of a table with one row a date; older dates stand on a page for each year."""

_UNKNOWN = CategoryLedger(status="not reconciled")


class Overview:
    """Makes the pages above the editions.

    Arguments:
        kit: The site's tools.
        days: The editions of the site in few words, oldest first.
        quiet: Weekdays of which the archive knows that nothing was announced.
    """

    def __init__(self, kit: Kit, days: Sequence[DaySummary], quiet: Collection[date] = ()) -> None:
        self._kit = kit
        self._days = days
        self._quiet = quiet

    def pages(self) -> Iterator[Document]:
        """The pages that change with every edition."""
        yield self._archive()
        yield self._categories()
        yield from self._quality()
        yield self._starred()
        for name in self._kit.options.categories:
            yield from self._category(name)
        for days in _by_year(self._days):
            yield self._year(days)
        for _, own in groupby(self._days, key=lambda day: day.date.replace(day=1)):
            yield self._month(list(own))

    def empty(self) -> Document:
        """The home page of a site without an edition: what is missing for one."""
        title = self._kit.words.gettext("Today")
        content = (Heading(1, title, "today"), self._kit.part("empty"))
        return Document(path=urls.HOME, title=title, hide=PLAIN, listed=True, content=content)

    def _category(self, name: str) -> Iterator[Document]:
        """One category: the dates that it has, newest first."""
        path = urls.category(name)
        days = [day for day in self._days if name in day.categories]
        title = f"{name} {self._kit.label(name)}"

        def row(day: DaySummary, page: str) -> tuple[Any, ...]:
            return day.date, self._kit.link(page, urls.day_category(day.date, name)), day.categories[name]

        yield from self._dated("dates", path, title, "category", days, row)

    def _categories(self) -> Document:
        """The followed categories with the counts of the newest edition."""
        title = self._kit.words.gettext("Categories")
        newest = self._days[-1].categories if self._days else {}
        rows = [
            (
                name,
                self._kit.label(name),
                self._kit.link(urls.CATEGORIES, urls.category(name)),
                newest.get(name, _UNKNOWN),
            )
            for name in self._kit.options.categories
        ]
        content = (Heading(1, title, "categories"), self._kit.part("ledger", rows))
        return Document(path=urls.CATEGORIES, title=title, hide=PLAIN, listed=True, content=content)

    def _archive(self) -> Document:
        """The years and months that have editions."""
        title = self._kit.words.gettext("Archive")
        papers = {day.date: day.papers for day in self._days}
        rows = [
            (
                self._kit.words.year(year[0][0]),
                self._kit.link(urls.ARCHIVE, urls.year(year[0][0])),
                [
                    (
                        self._kit.words.month(first),
                        self._kit.link(urls.ARCHIVE, urls.month(first)),
                        len(days),
                        sum(papers[day] for day in days),
                    )
                    for first, days in year
                ],
            )
            for _, found in groupby(calendar.months(papers), key=lambda month: month[0].year)
            if (year := list(found))
        ]
        quality = self._kit.link(urls.ARCHIVE, urls.QUALITY)
        content = (Heading(1, title, "archive"), self._kit.part("years", rows, quality))
        return Document(path=urls.ARCHIVE, title=title, hide=PLAIN, listed=True, content=content)

    def _quality(self) -> Iterator[Document]:
        """How the translations of each edition fared, newest first."""
        title = self._kit.words.gettext("Quality of the translations")
        days = [day for day in self._days if day.account is not None]

        def row(day: DaySummary, page: str) -> tuple[Any, ...]:
            return day.date, self._kit.link(page, urls.day(day.date)), day.account

        yield from self._dated("quality", urls.QUALITY, title, "quality", days, row, FAULTS)

    def _dated(
        self, part: str, path: str, title: str, anchor: str, days: Sequence[DaySummary], row: Any, *more: Any
    ) -> Iterator[Document]:
        """A table with a row for each of the newest dates, and a page for each year that holds older ones."""
        older = [(own[0].date, own) for own in _by_year(days)] if len(days) > NEWEST_ROWS else []
        links = [(self._kit.words.year(first), self._kit.link(path, urls.older(path, first))) for first, _ in older]
        pages = [(path, title, list(days[-NEWEST_ROWS:]), links)]
        for first, own in older:
            pages.append((urls.older(path, first), f"{title} · {self._kit.words.year(first)}", own, []))
        for page, name, own, further in pages:
            rows = [row(day, page) for day in reversed(own)]
            content: list[Heading | Block] = [Heading(1, name, anchor), self._kit.part(part, rows, *more)]
            if further:
                content.append(self._kit.part("further", further))
            yield Document(path=page, title=name, hide=PLAIN, content=tuple(content))

    def _starred(self) -> Document:
        """The place where the reader's browser lists the papers that it keeps."""
        title = self._kit.words.gettext("Starred papers")
        content = (Heading(1, title, "starred"), self._kit.part("starred"))
        return Document(path=urls.STARRED, title=title, hide=PLAIN, content=content)

    def _month(self, days: Sequence[DaySummary]) -> Document:
        """One month as a calendar with counts."""
        first = days[0].date.replace(day=1)
        path = urls.month(first)
        title = self._kit.words.month(first)
        up = (self._kit.words.year(first), self._kit.link(path, urls.year(first)), "up")
        content = (
            Heading(1, title, "month"),
            self._kit.part("neighbours", [up]),
            self._kit.part("calendar", title, self._weeks(path, first, days), "counted"),
            self._kit.part("legend"),
        )
        return Document(path=path, title=title, hide=PLAIN, content=content)

    def _year(self, days: Sequence[DaySummary]) -> Document:
        """One year as twelve small calendars, or as many as it has editions for."""
        path = urls.year(days[0].date)
        title = self._kit.words.year(days[0].date)
        months = [
            (self._kit.words.month(first), self._kit.link(path, urls.month(first)), self._weeks(path, first, list(own)))
            for first, own in groupby(days, key=lambda day: day.date.replace(day=1))
        ]
        content = (Heading(1, title, "year"), self._kit.part("year", months), self._kit.part("legend"))
        return Document(path=path, title=title, hide=PLAIN, content=content)

    def _weeks(self, path: str, first: date, days: Sequence[DaySummary]) -> list[list[calendar.Day | None]]:
        cells = {
            day.date: calendar.Day(
                day=day.date,
                address=self._kit.link(path, urls.day(day.date)),
                papers=day.papers,
                state="complete" if day.complete else "incomplete",
            )
            for day in days
        }
        return calendar.weeks(first, cells, self._quiet, (self._days[0].date, self._days[-1].date))


def _by_year(days: Sequence[DaySummary]) -> list[list[DaySummary]]:
    """The days of each year, the newest year first."""
    return [list(own) for _, own in groupby(days, key=lambda day: day.date.year)][::-1]
