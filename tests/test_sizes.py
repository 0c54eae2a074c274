from __future__ import annotations

from datetime import date, timedelta

from paperboy.site.size_forecast import forecast


def days(count: int, papers: int) -> list[tuple[date, int]]:
    return [(date(2026, 6, 1) + timedelta(days=number), papers) for number in range(count)]


def test_a_site_is_full_when_its_papers_at_todays_rate_have_filled_the_rest() -> None:
    half = forecast(500_000, 1_000_000, days(28, 10))

    assert half.bytes_a_paper == 500_000 / 280
    assert half.papers_left == 280
    assert half.papers_a_day == 10
    assert half.full_on == date(2026, 6, 28) + timedelta(days=28)


def test_the_rate_is_that_of_the_last_four_weeks() -> None:
    assert forecast(1, 10, [*days(1, 9999), (date(2026, 12, 1), 28)]).papers_a_day == 1


def test_a_full_site_has_no_room_left() -> None:
    full = forecast(2_000, 1_000, days(5, 10))

    assert full.papers_left == 0
    assert full.full_on == date(2026, 6, 5)
    assert full.share == 2


def test_without_an_edition_nothing_is_foretold() -> None:
    empty = forecast(0, 1_000, [])

    assert empty.full_on is None
    assert empty.papers_left == 0


def test_a_tiny_rate_does_not_lead_beyond_the_calendar() -> None:
    assert forecast(1, 10**15, days(1, 1)).full_on == date.max
