from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

from paperboy.domain import arxiv_calendar

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


def test_the_calendar_is_that_of_the_announced_days_of_a_real_summer(shared: Path) -> None:
    sys.path.insert(0, str(shared / "replay"))
    from paperboy_replay.corpus import Corpus  # type: ignore[import-not-found]  # only where ../shared is

    week = shared / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
    announced = {day for day in Corpus.read([week]).days if day >= date(2026, 6, 8)}
    days = {date(2026, 6, 8) + timedelta(days=number) for number in range(26)}

    assert announced == {day for day in days if arxiv_calendar.is_expected(day)}
