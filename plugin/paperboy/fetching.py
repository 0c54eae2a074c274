"""The first stage: the days that are missing or incomplete, fetched into the archive."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from paperboy import archive, schedule, sources
from paperboy.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paperboy.config import Options
    from paperboy.model import Announcement, Ledger
    from paperboy.sources.http import Courier

log = logging.getLogger(__name__)


def fetch(options: Options, courier: Courier) -> date:
    """Fetch the day that the site is built for, and the days before it that are missing or incomplete.

    Returns:
        The day that the site is built for.
    """
    arxiv = sources.read_feeds(courier, options.sources.arxiv, options.categories)
    today = options.date or arxiv.date or datetime.now(schedule.EASTERN).date()
    held = _held(options, today)
    if not held:
        _fetch_newest(options, arxiv, today)
        return today
    for day in days_to_fetch(today, held, options.catch_up_days, always=options.fetch == "always"):
        _fetch_day(options, arxiv, day, today)
    return today


def days_to_fetch(today: date, held: Mapping[date, bool], catch_up_days: int, *, always: bool = False) -> list[date]:
    """The days to ask arXiv for, oldest first.

    They are the weekdays since the newest day held, and the days held that are not settled; neither
    further back than `catch_up_days`. arXiv announces on weekdays only; whether it did on one of
    them (holidays), its own listing says.

    Arguments:
        today: The day that the site is built for.
        held: The days in the archive, and whether each is settled.
        catch_up_days: How far back to look.
        always: Ask for `today` even if it is settled.
    """
    first = today - timedelta(days=catch_up_days)
    known = [day for day in held if day <= today]
    missing = [
        day
        for day in (first + timedelta(days=number) for number in range(catch_up_days + 1))
        if schedule.is_weekday(day) and day not in held and known and day > min(known)
    ]
    unsettled = [day for day in known if day >= first and not held[day]]
    again = [today] if always and today in held and held[today] else []
    return sorted({*missing, *unsettled, *again})


def _fetch_newest(options: Options, arxiv: sources.Sources, today: date) -> None:
    """Fill an empty archive with the newest announced day, going back from today."""
    for number in range(options.catch_up_days + 1):
        day = today - timedelta(days=number)
        # A failure is no reason to publish an older day: the next build asks for this one again.
        if schedule.is_weekday(day) and _fetch_day(options, arxiv, day, today) != "not announced":
            return


def _fetch_day(
    options: Options, arxiv: sources.Sources, day: date, today: date
) -> Literal["stored", "not announced", "failed"]:
    """Fetch one day into the archive.

    A past day on which arXiv's calendar and its listing agree that nothing was announced is noted in the
    archive, and not asked for again.
    """
    try:
        announcements, ledger = sources.fetch_day(
            arxiv,
            options.categories,
            day,
            archive.read_edition(options.archive, day, options.translation.language),
            _previous(options, day),
            always=options.fetch == "always",
        )
        if announcements:
            archive.write_announcements(options.archive, day, announcements)
            archive.write_ledger(options.archive, day, ledger)
        elif day < today and not schedule.is_expected(day) and not _failed(ledger):
            quiet = msgspec.structs.replace(ledger, announced=False, categories={})
            archive.write_ledger(options.archive, day, quiet)
    except ArchiveError as error:
        log.warning("%s", error)
        return "failed"
    _log_day(day, ledger, announced=bool(announcements))
    if announcements:
        return "stored"
    return "failed" if _failed(ledger) else "not announced"


def _failed(ledger: Ledger) -> bool:
    """Whether a source could not tell."""
    return any(entry.notes for entry in ledger.categories.values())


def _log_day(day: date, ledger: Ledger, *, announced: bool) -> None:
    """One line a category; a warning where a person or a later build has something to do."""
    for name, entry in ledger.categories.items():
        for note in entry.notes:
            log.warning("%s %s: %s", day, name, note)
        if not announced:
            continue
        stated = entry.stated.total if entry.stated else "?"
        line = f"{day} {name}: {entry.held.total} of {stated} announcements, {entry.status}"
        if entry.status == "incomplete":
            log.warning("%s (%s); the next build asks again", line, sources.shortfall(entry))
        else:
            log.info("%s", line)
    for note in ledger.notes:
        log.warning("%s: %s", day, note)
    if not announced and not _failed(ledger):
        log.info("%s: no announcement", day)


def _held(options: Options, today: date) -> dict[date, bool]:
    """The days in the archive up to today, and whether there is nothing more to ask for each."""
    first = today - timedelta(days=options.catch_up_days)
    held = {}
    for day in archive.known_days(options.archive):
        if day > today:
            continue
        settled = True
        if day >= first:
            try:
                ledger = archive.read_ledger(options.archive, day)
                settled = sources.is_settled(ledger, options.sources.arxiv, options.categories if day == today else ())
            except ArchiveError as error:
                log.warning("%s", error)
        held[day] = settled
    return held


def _previous(options: Options, day: date) -> Sequence[Announcement]:
    """The announcements of the newest day before another one, to recognise a stale source by."""
    earlier = [other for other in archive.days(options.archive) if other < day]
    return archive.read_announcements(options.archive, earlier[-1]) if earlier else ()
