from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from paperboy.domain import arxiv_calendar
from paperboy.domain.audit import with_missing

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_listed_at_a_weekend() -> None:
    assert not arxiv_calendar.is_expected(date(2026, 6, 6))
    assert not arxiv_calendar.is_expected(date(2026, 6, 7))
    assert arxiv_calendar.is_expected(date(2026, 6, 8))


def test_the_weekday_after_a_holiday_has_no_listing() -> None:
    # The third of July was a Friday without mailing: the Monday after it is empty.
    assert arxiv_calendar.is_expected(date(2026, 7, 3))
    assert not arxiv_calendar.is_expected(date(2026, 7, 6))
    assert arxiv_calendar.is_expected(date(2026, 7, 7))


def test_the_custom_gives_the_holidays_that_arxiv_has_published() -> None:
    # What arXiv adds between Christmas and New Year, or once (the 8th of October 2024), is in no rule.
    more = {
        2024: {date(2024, 5, 22), date(2024, 10, 8), date(2024, 12, 26), date(2024, 12, 31)},
        2025: {date(2025, 12, 30)},
        2026: {date(2026, 12, 29), date(2026, 12, 31)},
    }

    for year, days in arxiv_calendar.PUBLISHED.items():
        published = arxiv_calendar.PUBLISHED.pop(year)
        arxiv_calendar.holidays.cache_clear()
        try:
            assert arxiv_calendar.holidays(year) == days - more[year]
        finally:
            arxiv_calendar.PUBLISHED[year] = published
            arxiv_calendar.holidays.cache_clear()


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2027, ["01-01", "01-18", "06-18", "07-05", "09-06", "11-25", "12-24", "12-31"]),
        (2028, ["01-17", "06-19", "07-04", "09-04", "11-23", "12-25"]),
    ],
)
def test_holidays_of_years_to_come_are_no_missing_days(year: int, days: list[str]) -> None:
    holidays = {date(2026, 12, 31), date(2027, 12, 31)} | {date.fromisoformat(f"{year}-{day}") for day in days}
    weekdays = [day for number in range(366) if (day := date(year, 1, 1) + timedelta(days=number)).year == year]
    weekdays = [day for day in weekdays if arxiv_calendar.is_weekday(day)]

    silent = {day for day in weekdays if not arxiv_calendar.is_expected(day)}

    assert silent == {day for day in weekdays if arxiv_calendar.weekday_before(day) in holidays}
    found = with_missing([], (), date(year, 1, 1), date(year, 12, 31))
    assert {day.date for day in found} == set(weekdays) - silent


def test_a_day_that_arxiv_says_was_empty_is_not_missing_whatever_the_calendar_says() -> None:
    declared = date(2027, 12, 29)
    assert arxiv_calendar.is_expected(declared)

    (day,) = with_missing([], {declared}, declared, declared)

    assert day.state == "quiet"


def test_an_edition_is_due_on_the_day_after_its_date() -> None:
    # Monday the 6th of July has no listing, and Friday the 3rd has one.
    for day, due in ((4, 3), (5, 3), (6, 3), (7, 3), (8, 7), (9, 8)):
        assert arxiv_calendar.newest_due(datetime(2026, 7, day, 12, tzinfo=UTC)) == date(2026, 7, due)


def test_the_calendar_is_that_of_the_announced_days_of_a_real_summer(shared: Path) -> None:
    sys.path.insert(0, str(shared / "replay"))
    from paperboy_replay.corpus import Corpus  # type: ignore[import-not-found]  # only where ../shared is

    week = shared / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
    announced = {day for day in Corpus.read([week]).days if day >= date(2026, 6, 8)}
    days = {date(2026, 6, 8) + timedelta(days=number) for number in range(26)}

    assert announced == {day for day in days if arxiv_calendar.is_expected(day)}
