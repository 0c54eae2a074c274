"""The first stage: the days that are missing or incomplete, fetched into the archive."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from paperboy import sources
from paperboy.domain import arxiv_calendar
from paperboy.domain.errors import ArchiveError
from paperboy.domain.ledger import Ledger
from paperboy.storage import archive
from paperboy.storage.version_index import Versions, settle_later_days, with_previous

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paperboy.domain.config import Options
    from paperboy.domain.edition import Edition
    from paperboy.sources.http_client import SourceClient

Outcome = Literal["stored", "not announced", "failed"]

ASKED_AGAIN = "arXiv's listing has no announcement, though its calendar has one; it is asked once more"
"""The note of a quiet day that nobody expected, until a second build has seen it."""

log = logging.getLogger(__name__)


def fetch_days(options: Options, client: SourceClient) -> date:
    """Fetch the day that the site is built for, and the days before it that are missing or incomplete.

    Returns:
        The day that the site is built for.
    """
    arxiv = sources.read_feeds(client, options.sources.arxiv, options.categories)
    today = options.date or arxiv.date or datetime.now(arxiv_calendar.EASTERN).date()
    held = _held_records(options, today)
    always = options.fetch == "always"
    days = days_to_fetch(today, held, options.catch_up_days, always=always) if held else _newest_first(options, today)
    outcomes = _fetch_days(options, arxiv, days, only_one=not held) if days else {}
    for day, outcome in outcomes.items():
        if outcome == "not announced" and day < today:
            _note_quiet_day(options, day)
    if "stored" not in outcomes.values() and options.date is None:
        _say_when_to_come_back(options, today, datetime.now(arxiv_calendar.EASTERN))
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
        if arxiv_calendar.is_weekday(day) and day not in held and known and day > min(known)
    ]
    unsettled = [day for day in known if day >= first and not held[day]]
    again = [today] if always and today in held and held[today] else []
    return sorted({*missing, *unsettled, *again})


def _newest_first(options: Options, today: date) -> list[date]:
    """The days to try for an empty archive, going back from today."""
    days = (today - timedelta(days=number) for number in range(options.catch_up_days + 1))
    return [day for day in days if arxiv_calendar.is_weekday(day)]


def _fetch_days(
    options: Options, arxiv: sources.DaySources, days: Sequence[date], *, only_one: bool
) -> dict[date, Outcome]:
    """Fetch days in the order given; only the first that is announced, where the site begins."""
    outcomes: dict[date, Outcome] = {}
    with Versions(options.cache, options.archive) as versions:
        for day in days:
            outcomes[day] = _fetch_day(options, arxiv, day, versions)
            # A failure is no reason to publish an older day first: the next build asks for this one again.
            if only_one and outcomes[day] != "not announced":
                break
    return outcomes


def _fetch_day(options: Options, arxiv: sources.DaySources, day: date, versions: Versions) -> Outcome:
    """Fetch one day into the archive."""
    root = options.archive
    try:
        announcements, ledger = sources.fetch_day(
            arxiv,
            options.categories,
            day,
            archive.read_edition(root, day, options.translation.language),
            _previous(options, day),
            always=options.fetch == "always",
        )
        if announcements:
            archive.write_announcements(root, day, with_previous(versions, day, announcements))
            settle_later_days(versions, root, day)
            # Last, for it says that nothing is left to do: after a kill before it, the day is done again.
            archive.write_ledger(root, day, ledger)
    except ArchiveError as error:
        log.warning("%s", error)
        return "failed"
    _log_day(day, ledger, announced=bool(announcements))
    if announcements:
        return "stored"
    return "failed" if _failed(ledger) else "not announced"


def _note_quiet_day(options: Options, day: date) -> None:
    """Note a past day without announcement in the archive, so that it is not asked for again.

    Where arXiv's calendar has none either, the listing's word is enough. Where the calendar has one, it may
    be a holiday that the calendar does not know: that is believed when a later day was announced and the
    listing has said so in two builds.
    """
    root = options.archive
    quiet = Ledger(date=day.isoformat(), announced=False)
    try:
        if not arxiv_calendar.is_expected(day):
            archive.write_ledger(root, day, quiet)
        elif archive.days(root)[-1:] > [day]:
            if archive.read_ledger(root, day) is None:
                quiet = msgspec.structs.replace(quiet, notes=(ASKED_AGAIN,))
            else:
                log.info("%s: no announcement, said twice: a holiday that the calendar did not know; noted", day)
            archive.write_ledger(root, day, quiet)
    except ArchiveError as error:
        log.warning("%s", error)


def _say_when_to_come_back(options: Options, today: date, now: datetime) -> None:
    """Say why nothing is new, and from when on a build finds the next edition."""
    days = [day for day in archive.days(options.archive) if day <= today]
    if days:
        log.info("%s", come_back(max(days[-1], today), now))


def come_back(newest: date, now: datetime) -> str:
    """Say when the edition after the newest one is there.

    Arguments:
        newest: The date up to which arXiv was asked.
        now: This moment, with a time zone.
    """
    following = arxiv_calendar.next_expected(newest)
    moment = arxiv_calendar.ready(following)
    if moment <= now:
        # It is late, or there is a holiday that the calendar does not know.
        return (
            f"arXiv has announced nothing after {newest}, though its calendar has an edition of {following}; "
            "build again in an hour, or from "
            f"{_clocks(arxiv_calendar.ready(arxiv_calendar.next_expected(now.date())))} on"
        )
    return (
        f"arXiv has announced nothing after {newest}; the next edition, dated {following}, "
        f"is there from {_clocks(moment)} on"
    )


def _clocks(moment: datetime) -> str:
    """A moment by this machine's clock and by arXiv's."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()} ({moment.astimezone(arxiv_calendar.EASTERN):%a %H:%M} US Eastern)"


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


def _held_records(options: Options, today: date) -> dict[date, bool]:
    """The days in the archive up to today, and whether there is nothing more to ask for each."""
    first = today - timedelta(days=options.catch_up_days)
    held = {}
    for day in archive.known_days(options.archive):
        if day > today:
            continue
        settled = True
        if day >= first:
            try:
                ledger = archive.read_accounts(options.archive, day)
                settled = sources.is_settled(ledger, options.sources.arxiv, options.categories if day == today else ())
            except ArchiveError as error:
                log.warning("%s", error)
        held[day] = settled
    return held


def _previous(options: Options, day: date) -> Edition | None:
    """The announcement right before a day; `None` where the archive does not hold it."""
    known = [other for other in archive.known_days(options.archive) if other < day]
    held = [other for other in archive.days(options.archive) if other < day]
    if not held:
        return None
    between = (held[-1] + timedelta(days=number) for number in range(1, (day - held[-1]).days))
    if any(arxiv_calendar.is_weekday(other) and other not in known for other in between):
        return None
    return archive.read_edition(options.archive, held[-1], options.translation.language)
