"""Calendars: months as tables of weeks, each day an edition, a quiet day or a missing one."""

from __future__ import annotations

import calendar
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from paperboy.domain import arxiv_calendar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

CalendarState = Literal["complete", "incomplete", "derived", "quiet", "missing", "weekend", "outside"]
"""`derived`: computed from the times of submission; `quiet`: a weekday on which arXiv announced nothing; `outside`:
before the first edition or after the newest."""


class CalendarDay(Struct, frozen=True, kw_only=True):
    """One day of a month; `address` leads to its edition, if it has one."""

    day: date
    state: CalendarState
    address: str = ""
    papers: int = 0


def calendar_months(days: Iterable[date]) -> list[tuple[date, list[date]]]:
    """The months of some days, newest first, each as its first day with its days in order."""
    grouped = groupby(sorted(days), key=lambda day: day.replace(day=1))
    return [(first, list(found)) for first, found in grouped][::-1]


def before(days: Iterable[date], newest: date | None, months: int | None) -> frozenset[date]:
    """The days before so many newest months.

    Arguments:
        days: Some days.
        newest: The newest edition, whose month is counted as one.
        months: How many months; `None` for all of them.
    """
    if months is None or newest is None:
        return frozenset()
    number = newest.year * 12 + newest.month
    return frozenset(day for day in days if number - (day.year * 12 + day.month) >= months)


def weeks(
    first: date, editions: Mapping[date, CalendarDay], quiet: Collection[date], span: tuple[date, date]
) -> list[list[CalendarDay | None]]:
    """A month as weeks from Monday to Sunday; `None` where a day belongs to another month.

    Arguments:
        first: The first day of the month.
        editions: The days that have an edition.
        quiet: Weekdays of which the archive knows that nothing was announced.
        span: The dates of the oldest and the newest edition.
    """
    return [
        [
            editions.get(day) or CalendarDay(day=day, state=_without(day, quiet, span))
            if day.month == first.month
            else None
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]


def _without(day: date, quiet: Collection[date], span: tuple[date, date]) -> CalendarState:
    """What a day without an edition is."""
    if not arxiv_calendar.is_weekday(day):
        return "weekend"
    if day in quiet or not arxiv_calendar.is_expected(day):
        return "quiet"
    return "missing" if span[0] < day < span[1] else "outside"
