from __future__ import annotations

from datetime import date

from paperboy.pipeline.fetch.days import days_to_fetch

WEDNESDAY = date(2026, 6, 3)


def day(number: int) -> date:
    return date(2026, 6, number)


def test_a_missing_day_is_asked_for_even_when_others_are_settled() -> None:
    assert days_to_fetch(day(3), {day(2): True}, 14) == [day(3)]


def test_nothing_is_asked_when_every_day_is_settled() -> None:
    assert days_to_fetch(day(3), {day(2): True, day(3): True}, 14) == []


def test_an_incomplete_day_is_asked_for_again_oldest_first() -> None:
    held = {day(1): False, day(2): True, day(3): False}

    assert days_to_fetch(day(3), held, 14) == [day(1), day(3)]


def test_missed_weekdays_are_caught_up_and_weekends_are_not_asked_for() -> None:
    # Wednesday the 3rd is held; the next build is on Tuesday the 9th.
    assert days_to_fetch(day(9), {day(3): True}, 14) == [day(4), day(5), day(8), day(9)]


def test_days_before_the_first_edition_are_not_missed() -> None:
    assert days_to_fetch(day(3), {day(3): True}, 14) == []


def test_nothing_older_than_the_window_is_asked_for() -> None:
    held = {day(1): False}

    assert days_to_fetch(day(30), held, 2) == [date(2026, 6, 29), date(2026, 6, 30)]


def test_always_asks_for_a_settled_day_again() -> None:
    assert days_to_fetch(day(3), {day(3): True}, 14, always=True) == [day(3)]
