"""Fetch, translate, publish: the only place that knows the order.

Both doors call these functions. `update()` brings the archive up to date, `publish()` makes the pages from
what the archive holds; a failure in the first never stops the second.
"""

from __future__ import annotations

import logging
import os
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import msgspec

from paperboy import archive, sources, translate
from paperboy.errors import ArchiveError
from paperboy.memory import Memory
from paperboy.model import Edition, Ledger, Translation, TranslationLedger
from paperboy.pages.site import SiteOptions, build_site
from paperboy.sources.http import Courier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from paperboy.config import Options, TranslationOptions
    from paperboy.model import Announcement
    from paperboy.pages.document import Document
    from paperboy.pages.site import DataFile

log = logging.getLogger(__name__)

EASTERN = ZoneInfo("America/New_York")
"""The clock of arXiv's announcements."""

_SATURDAY = 5


def update(options: Options) -> None:
    """Bring the archive up to date: fetch what is missing, translate what is not translated.

    Whatever fails is said in the log, and a later build goes on with it.
    """
    if options.fetch != "never":
        fetch(options)
    translate_editions(options)


def publish(options: Options, *, directory_urls: bool = True) -> Iterator[Document | DataFile]:
    """Make the site's pages and data files from the archive.

    Arguments:
        options: The plugin's options.
        directory_urls: Whether addresses end in a folder, as `use_directory_urls` in mkdocs.yml says.
    """
    editions = [
        edition
        for day in archive.days(options.archive)
        if options.date is None or day <= options.date
        if (edition := _readable(options, day)) is not None
    ]
    site = SiteOptions(
        categories=options.categories,
        announce_types=options.announce_types,
        language=options.translation.language,
        directory_urls=directory_urls,
    )
    if not editions:
        log.warning("the archive %s holds no edition; the site is built without one", options.archive)
    return build_site(editions, site)


def read_edition(options: Options, day: date) -> Edition:
    """One edition from the archive, with the answers to show in the site's language.

    Raises:
        ArchiveError: A file of that day is not readable.
    """
    answers = archive.read_translations(options.archive, day, options.translation.language)
    return Edition(
        date=day,
        announcements=archive.read_announcements(options.archive, day),
        ledger=archive.read_ledger(options.archive, day) or Ledger(date=day.isoformat()),
        translations=_to_show(answers),
    )


# Fetch


def fetch(options: Options) -> None:
    """Fetch the day that the site is built for, and the days before it that are missing or incomplete."""
    with Courier(options.sources.arxiv, options.cache) as courier:
        arxiv = sources.read_feeds(courier, options.sources.arxiv, options.categories)
        today = options.date or arxiv.date or datetime.now(EASTERN).date()
        held = _held(options, today)
        if not held:
            _fetch_newest(options, arxiv, today)
            return
        for day in days_to_fetch(today, held, options.catch_up_days, always=options.fetch == "always"):
            _fetch_day(options, arxiv, day)


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
        if day.weekday() < _SATURDAY and day not in held and known and day > min(known)
    ]
    unsettled = [day for day in known if day >= first and not held[day]]
    again = [today] if always and today in held and held[today] else []
    return sorted({*missing, *unsettled, *again})


def _fetch_newest(options: Options, arxiv: sources.Sources, today: date) -> None:
    """Fill an empty archive with the newest announced day, going back from today."""
    for number in range(options.catch_up_days + 1):
        day = today - timedelta(days=number)
        # A failure is no reason to publish an older day: the next build asks for this one again.
        if day.weekday() < _SATURDAY and _fetch_day(options, arxiv, day) != "not announced":
            return


def _fetch_day(options: Options, arxiv: sources.Sources, day: date) -> Literal["stored", "not announced", "failed"]:
    """Fetch one day into the archive."""
    try:
        announcements, ledger = sources.fetch_day(
            arxiv,
            options.categories,
            day,
            read_edition(options, day),
            _previous(options, day),
            always=options.fetch == "always",
        )
        if announcements:
            archive.write_announcements(options.archive, day, announcements)
            archive.write_ledger(options.archive, day, ledger)
    except ArchiveError as error:
        log.warning("%s", error)
        return "failed"
    _log_day(day, ledger, announced=bool(announcements))
    if announcements:
        return "stored"
    return "failed" if any(entry.notes for entry in ledger.categories.values()) else "not announced"


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
    if not announced and not any(entry.notes for entry in ledger.categories.values()):
        log.info("%s: no announcement", day)


def _held(options: Options, today: date) -> dict[date, bool]:
    """The days in the archive up to today, and whether there is nothing more to ask for each."""
    first = today - timedelta(days=options.catch_up_days)
    held = {}
    for day in archive.days(options.archive):
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


# Translate


def translate_editions(options: Options) -> None:
    """Translate what the recent editions still lack, the newest first, as far as the budget goes."""
    wanted = options.translation
    api_key = (os.environ.get(wanted.api_key_env) or "").strip() or None
    if wanted.enabled is False:
        return
    if api_key is None and wanted.base_url is None:
        # Without a key is a way to use paperboy; asking for translation and giving none is a mistake.
        log.log(
            logging.WARNING if wanted.enabled is True else logging.INFO,
            "no key in %s and no translation.base_url: papers stay in English, each marked as such",
            wanted.api_key_env,
        )
        return
    days = [day for day in archive.days(options.archive) if options.date is None or day <= options.date]
    if not days:
        return
    first = days[-1] - timedelta(days=options.catch_up_days)
    recent = [day for day in reversed(days) if day >= first]
    with Memory(options.cache, options.archive, wanted.language) as memory:
        for day in recent:
            try:
                wanted, stopped = _translate_day(options, wanted, api_key, day, memory)
            except ArchiveError as error:
                log.warning("%s", error)
                continue
            if stopped:
                return


def _translate_day(
    options: Options,
    wanted: TranslationOptions,
    api_key: str | None,
    day: date,
    memory: Memory,
) -> tuple[TranslationOptions, bool]:
    """Translate one edition; gives back what is left of the budget, and whether to stop asking."""
    edition = read_edition(options, day)
    missing = [
        paper
        for paper in edition.announcements
        if any(kind.partition("-")[0] in options.announce_types for kind in paper.listed.values())
        if not _is_done(paper, edition.translations.get(paper.id))
    ]
    if not missing:
        return wanted, False
    log.info("%s: translating %s of %s papers with %s", day, len(missing), len(edition.announcements), wanted.model)
    known = memory.find(translate.request_key(paper, wanted) for paper in missing)
    with archive.Journal(options.archive, day, wanted.language) as journal:
        outcome = translate.translate(missing, options=wanted, api_key=api_key, known=known, record=journal.append)
    archive.close_translations(options.archive, day, wanted.language)
    memory.refresh()
    _account(options, day)
    log.info(
        "%s: %s translated, %s refused, %s requests, %s tokens",
        day,
        outcome.translated,
        sum(outcome.refused.values()),
        outcome.requests,
        outcome.prompt_tokens + outcome.completion_tokens,
    )
    if outcome.stopped:
        log.warning("%s: translation stopped: %s. The rest stays in English until a later build", day, outcome.stopped)
    budget = wanted.max_tokens_per_build
    if budget is not None:
        left = budget - outcome.prompt_tokens - outcome.completion_tokens
        if left < 1:
            return wanted, True
        wanted = msgspec.structs.replace(wanted, max_tokens_per_build=left)
    return wanted, outcome.stopped is not None


def _account(options: Options, day: date) -> None:
    """Bring the ledger's account of the translations in line with the answers on disk."""
    ledger = archive.read_ledger(options.archive, day) or Ledger(date=day.isoformat())
    language = options.translation.language
    answers = archive.read_translations(options.archive, day, language)
    shown = _to_show(answers)
    failed: dict[str, int] = {}
    for answer in shown.values():
        if answer.status == "failed":
            name = answer.faults[0].partition(":")[0] if answer.faults else "unknown"
            failed[name] = failed.get(name, 0) + 1
    translated = sum(answer.status == "ok" for answer in shown.values())
    papers = len(archive.read_announcements(options.archive, day))
    entry = TranslationLedger(
        model=options.translation.model,
        prompt_version=translate.PROMPT_VERSION,
        translated=translated,
        untranslated=papers - translated,
        failed=dict(sorted(failed.items())),
        requests=sum(answer.prompt_tokens + answer.completion_tokens > 0 for answer in answers),
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
    )
    translations = {**ledger.translations, language: entry}
    archive.write_ledger(options.archive, day, msgspec.structs.replace(ledger, translations=translations))


def _to_show(answers: Sequence[Translation]) -> dict[str, Translation]:
    """For each paper the newest accepted answer, else the newest refused one."""
    shown: dict[str, Translation] = {}
    for answer in answers:
        if answer.status == "ok" or answer.id not in shown or shown[answer.id].status == "failed":
            shown[answer.id] = answer
    return shown


def _is_done(paper: Announcement, answer: Translation | None) -> bool:
    return answer is not None and answer.status == "ok" and answer.version == paper.version


# Read


def _readable(options: Options, day: date) -> Edition | None:
    try:
        return read_edition(options, day)
    except ArchiveError as error:
        log.warning("%s. The site is built without %s", error, day)
        return None
