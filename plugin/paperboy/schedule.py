"""When arXiv announces: its calendar of mailings and holidays, in US Eastern dates.

Submissions close at 14:00 from Monday to Friday. What closes on a day is mailed at 20:00 (Friday's on Sunday)
and stands under the date of the next weekday; a day without mailing leaves the next weekday without a
listing. https://info.arxiv.org/help/availability.html
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EASTERN: Final = ZoneInfo("America/New_York")
"""The clock of arXiv's announcements."""

HOLIDAYS: Final = frozenset(
    date(2026, month, day)
    for month, day in ((1, 1), (1, 19), (6, 19), (7, 3), (9, 7), (11, 26), (12, 25), (12, 29), (12, 31))
)
"""Days without a mailing, as arXiv has published them; it may declare more."""

_FRIDAY = 5


def is_weekday(day: date) -> bool:
    """Whether a day is one from Monday to Friday: arXiv lists on no other."""
    return day.isoweekday() <= _FRIDAY


def is_expected(day: date) -> bool:
    """Whether arXiv's calendar has a listing under a date.

    It is for knowing a quiet day when one is seen, never for not asking: arXiv's own listing decides.
    """
    return is_weekday(day) and weekday_before(day) not in HOLIDAYS


def weekday_before(day: date) -> date:
    """The last day from Monday to Friday before a date: the one whose submissions its listing holds."""
    day -= timedelta(days=1)
    while not is_weekday(day):
        day -= timedelta(days=1)
    return day
