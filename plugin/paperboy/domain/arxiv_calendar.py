"""arXiv's calendar of announcements and holidays, in US Eastern dates.

Submissions close at 14:00 from Monday to Friday. What closes on a day is mailed at 20:00 (Friday's on Sunday)
and stands under the date of the next weekday; a day without mailing passes its submissions on to the next one,
and leaves the next weekday without a listing. https://info.arxiv.org/help/availability.html
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection

EASTERN: Final = ZoneInfo("America/New_York")
"""The clock of arXiv's announcements."""

PUBLISHED: Final = {
    year: frozenset(date(year, month, day) for month, day in days)
    for year, days in {
        2024: (
            (1, 1), (1, 15), (5, 22), (6, 19), (7, 4), (9, 2), (10, 8), (11, 28), (12, 25), (12, 26), (12, 31),
        ),
        2025: ((1, 1), (1, 20), (6, 19), (7, 4), (9, 1), (11, 27), (12, 25), (12, 30)),
        2026: ((1, 1), (1, 19), (6, 19), (7, 3), (9, 7), (11, 26), (12, 25), (12, 29), (12, 31)),
    }.items()
}  # fmt: skip
"""Days without a mailing by year, as arXiv has published them; it may declare more."""

_MONDAY, _THURSDAY = 1, 4
_SATURDAY, _SUNDAY = 6, 7

_FRIDAY = 5
_CLOSES = 14
_READY = time(0, 30)
"""The feed of a date appears at midnight; half an hour later it is there."""


def is_weekday(day: date) -> bool:
    """Whether a day is one from Monday to Friday: arXiv lists on no other."""
    return day.isoweekday() <= _FRIDAY


@lru_cache(maxsize=100)
def holidays(year: int) -> frozenset[date]:
    """The days of a year without a mailing: as arXiv has published them, else by its custom.

    The custom is that of its lists since 2024: New Year's Day, Martin Luther King Day, Juneteenth, Independence Day,
    Labor Day, Thanksgiving and Christmas. One on a weekend is kept on the nearest weekday (the 3rd of July 2026).
    Up to three more between Christmas and New Year change from year to year and are in no rule; where arXiv's listing
    has nothing for such a day, its word is taken.
    """
    if year in PUBLISHED:
        return PUBLISHED[year]
    fixed = ((1, 1), (6, 19), (7, 4), (12, 25))
    days = {_observed(date(year, month, day)) for month, day in fixed} | {_observed(date(year + 1, 1, 1))}
    days |= {_nth(year, 1, _MONDAY, 3), _nth(year, 9, _MONDAY, 1), _nth(year, 11, _THURSDAY, 4)}
    return frozenset(day for day in days if day.year == year)


def _observed(day: date) -> date:
    return day + timedelta(days={_SATURDAY: -1, _SUNDAY: 1}.get(day.isoweekday(), 0))


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.isoweekday()) % 7 + 7 * (number - 1))


def _is_holiday(day: date) -> bool:
    return day in holidays(day.year)


def is_expected(day: date) -> bool:
    """Whether arXiv's calendar has a listing under a date.

    It is for knowing a quiet day when one is seen, never for not asking: arXiv's own listing decides.
    """
    return is_weekday(day) and not _is_holiday(weekday_before(day))


def weekday_before(day: date) -> date:
    """The last day from Monday to Friday before a date: the one whose submissions its listing holds."""
    day -= timedelta(days=1)
    while not is_weekday(day):
        day -= timedelta(days=1)
    return day


def next_expected(day: date, quiet: Collection[date] = ()) -> date:
    """The first date after a day that has a listing.

    Arguments:
        day: Any date.
        quiet: Dates that are known to have none, beside those that the calendar knows.
    """
    day += timedelta(days=1)
    while day in quiet or not is_expected(day):
        day += timedelta(days=1)
    return day


def announcement_day(submitted: datetime, quiet: Collection[date] = ()) -> date:
    """The date under which arXiv lists what was sent in at a moment, if no moderator held it back.

    Arguments:
        submitted: The moment, with its time zone.
        quiet: Dates that are known to have no listing, beside those that the calendar knows.
    """
    day = _scheduled(submitted.astimezone(EASTERN).replace(minute=0, second=0, microsecond=0, tzinfo=None))
    return next_expected(day, quiet) if day in quiet else day


@lru_cache(maxsize=100_000)
def _scheduled(hour: datetime) -> date:
    """The listing's date for what was sent in within an hour, Eastern; all deadlines are on the hour."""
    closing = hour.date() if hour.hour < _CLOSES else hour.date() + timedelta(days=1)
    while not is_weekday(closing) or _is_holiday(closing):
        closing += timedelta(days=1)
    listed = closing + timedelta(days=1)
    while not is_weekday(listed):
        listed += timedelta(days=1)
    return listed


def newest_due(now: datetime) -> date:
    """The newest date whose edition everybody has had a day to fetch.

    Arguments:
        now: This moment, with a time zone.
    """
    day = weekday_before(now.astimezone(EASTERN).date())
    while not is_expected(day):
        day = weekday_before(day)
    return day


def ready(day: date) -> datetime:
    """The moment from which a date's feed and listing can be asked for."""
    return datetime.combine(day, _READY, EASTERN)
