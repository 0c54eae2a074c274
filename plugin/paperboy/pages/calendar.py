"""Months as tables of weeks, and the editions in them."""

from __future__ import annotations

import calendar
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Day(Struct, frozen=True, kw_only=True):
    """One day of a month; `address` leads to its edition, if it has one."""

    day: date
    address: str = ""
    papers: int = 0
    complete: bool = True


def months(days: Iterable[date]) -> list[tuple[date, list[date]]]:
    """The months of some days, newest first, each as its first day with its days in order."""
    grouped = groupby(sorted(days), key=lambda day: day.replace(day=1))
    return [(first, list(found)) for first, found in grouped][::-1]


def weeks(first: date, editions: Mapping[date, Day]) -> list[list[Day | None]]:
    """A month as weeks from Monday to Sunday; `None` where a day belongs to another month."""
    return [
        [editions.get(day, Day(day=day)) if day.month == first.month else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
