"""The second stage: what the recent editions still lack in the reader's language."""

from __future__ import annotations

import logging
import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from paperboy import translation
from paperboy.contributions import glossary_file
from paperboy.domain.errors import ArchiveError, ModelError
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.domain.ledger import TranslationLedger
from paperboy.domain.signals import FeaturedList
from paperboy.pipeline import progress
from paperboy.pipeline.translate import backlog
from paperboy.pipeline.translate.backlog import RECENT
from paperboy.storage import archive, batch_records
from paperboy.storage.journal import Journal
from paperboy.storage.translation_memory import Memory
from paperboy.translation.outcome import Verdicts
from paperboy.translation.prompts.prompt import prepare
from paperboy.translation.record import days_refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from paperboy.domain.config import Options, Prices, TranslationOptions
    from paperboy.domain.edition import Edition, Translation
    from paperboy.domain.glossary import Glossary
    from paperboy.domain.papers import Announcement
    from paperboy.pipeline.translate.backlog import DateSpan, Lacking
    from paperboy.storage.batch_records import Waiting

log = logging.getLogger(__name__)

_CHARACTERS_OF_TEXT = 5
_CHARACTERS_OF_ANSWER = 4
_INSTRUCTIONS = 350
_SUMMARY = 60


class Access(NamedTuple):
    """That there is something to translate with: a key, or an address that wants none."""

    api_key: str | None


def access(options: Options) -> Access | None:
    """With what to translate; `None`, and a line in the log, where there is nothing."""
    wanted = options.translation
    api_key = (os.environ.get(wanted.api_key_env) or "").strip() or None
    if wanted.enabled is False:
        return None
    if api_key is None and wanted.base_url is None:
        # Without a key is a way to use paperboy; asking for translation and giving none is a mistake.
        log.log(
            logging.WARNING if wanted.enabled is True else logging.INFO,
            "no key in %s and no translation.base_url: papers stay in English, each marked as such",
            wanted.api_key_env,
        )
        return None
    return Access(api_key)


def needed_access(options: Options) -> Access:
    """As `access()`, where nothing can be done without.

    Raises:
        ModelError: There is nothing to translate with.
    """
    found = access(options)
    if found is None:
        raise ModelError(
            f"there is nothing to translate with: no key in {options.translation.api_key_env} and no "
            "translation.base_url, or translation.enabled is false"
        )
    return found


def translate_editions(
    options: Options,
    span: DateSpan = RECENT,
    *,
    also: Iterable[date] = (),
    answered_only: bool = False,
    retry: bool = False,
) -> TranslationOptions | None:
    """Translate what some editions still lack, the newest first, as far as the budget goes.

    What waits in a batch is left to it.

    Arguments:
        options: The plugin's options.
        span: The editions.
        also: Further ones, of which only papers are asked for that have got an answer, and no good one.
        answered_only: Whether to ask for such papers alone in all editions.
        retry: Whether to ask again for what was given up.

    Returns:
        The options with what is left of the budgets; `None` where asking ended before all was asked.
    """
    if access(options) is None:
        return None
    wanted = options.translation
    turns = [_Turn(day, what, answered_only) for day, what in span.turns(options)]
    days = {turn.day for turn in turns}
    turns += [
        _Turn(day, backlog.of_edition, answered_only=True) for day in sorted(also, reverse=True) if day not in days
    ]
    return _take(options, wanted, glossary_file.load_glossary(options), turns, retry=retry) if turns else wanted


def translate_turns(
    options: Options, wanted: TranslationOptions, terms: Glossary, turns: Iterable[tuple[date, Lacking]]
) -> TranslationOptions | None:
    """Translate what is given of some days, as far as the budget goes.

    Arguments:
        options: The plugin's options.
        wanted: The same with what is left of the build's budgets.
        terms: The glossary.
        turns: The days in their order, and what of each.

    Returns:
        The options with what is left of the budgets then; `None` where asking ended before all was asked.
    """
    return _take(options, wanted, terms, [_Turn(day, what, answered_only=False) for day, what in turns])


def _take(
    options: Options, wanted: TranslationOptions, terms: Glossary, turns: Iterable[_Turn], *, retry: bool = False
) -> TranslationOptions | None:
    found = access(options)
    if found is None:
        return None
    waiting = batch_records.waiting_questions(batch_records.read_batch(options.archive, wanted.language))
    with Memory(options.cache, options.archive, wanted.language) as memory:
        run = _Run(options, terms, found.api_key, memory, waiting, Verdicts(), retry)
        for turn in turns:
            try:
                spent, stopped = _translate_day(run, wanted, turn)
            except ArchiveError as error:
                log.warning("%s", error)
                continue
            wanted = reduced_budget(wanted, spent)
            if stopped or is_spent(wanted):
                return None
    return wanted


class _Turn(NamedTuple):
    """A day, and what of it is to be translated: all, or what was asked for before, in vain."""

    day: date
    what: Lacking
    answered_only: bool


class _Run(NamedTuple):
    """What all turns of a run share."""

    options: Options
    terms: Glossary
    api_key: str | None
    memory: Memory
    waiting: Waiting
    verdicts: Verdicts
    retry: bool


def _due(run: _Run, wanted: TranslationOptions, turn: _Turn, edition: Edition) -> list[Announcement]:
    """The papers that are to be asked for in a turn: none that waits in a batch."""
    missing = turn.what(run.options, edition)
    due = [paper for paper in missing if (paper.id, paper.version) not in run.waiting.papers]
    if not (run.waiting.keys or turn.answered_only):
        return due
    keys = [prepare(paper, wanted, run.terms).key for paper in due]
    known = run.memory.find(keys) if turn.answered_only else dict.fromkeys(keys)
    return [paper for paper, key in zip(due, keys, strict=True) if key in known and key not in run.waiting.keys]


def _translate_day(run: _Run, wanted: TranslationOptions, turn: _Turn) -> tuple[tuple[int, int], bool]:
    """Translate one day; gives the tokens spent (prompt, completion), and whether to stop asking."""
    options, terms, api_key, memory, *_ = run
    day = turn.day
    edition = archive.read_edition(options.archive, day, wanted.language)
    missing = _due(run, wanted, turn, edition)
    if not missing:
        if not is_accounted_for(edition, wanted.language):
            close(options, day, memory)
        return (0, 0), False
    _say_estimate(day, missing, wanted)
    with Journal(options.archive, day, wanted.language) as journal, progress.progress_bar(str(day)) as show:
        outcome = translation.translate(
            missing,
            options=wanted,
            glossary=terms,
            api_key=api_key,
            known=memory.find,
            record=journal.append,
            progress=show,
            cache_dir=options.cache,
            verdicts=run.verdicts,
            retry=run.retry,
        )
    close(options, day, memory)
    has_good = any(backlog.is_translated(edition, paper.id) for paper in edition.announcements)
    log_outcome(day, outcome, wanted, has_good=has_good)
    return (outcome.prompt_tokens, outcome.completion_tokens), outcome.stopped is not None


def is_accounted_for(edition: Edition, language: str) -> bool:
    """Whether the ledger knows of all translations; it does not if a build was killed after the last answer."""
    entry = edition.ledger.translations.get(language)
    translated = sum(backlog.is_translated(edition, paper.id) for paper in edition.announcements)
    return translated == (entry.translated if entry else 0)


def close(options: Options, day: date, memory: Memory) -> None:
    """Give the journal its final form, and the ledger its account."""
    archive.close_translations(options.archive, day, options.translation.language)
    memory.refresh()
    account(options, day)


def _say_estimate(day: date, papers: Sequence[Announcement], wanted: TranslationOptions) -> None:
    """What is about to be spent, at most: what is in the memory costs nothing."""
    prompt, completion = estimate(papers)
    cost = f", cost {wanted.prices.cost(prompt, completion):.2f}" if wanted.prices else ""
    log.info(
        "%s: %s papers to translate with %s, at most about %s tokens%s",
        day,
        len(papers),
        wanted.model,
        f"{prompt + completion:,}",
        cost,
    )


def log_outcome(
    what: date | str, outcome: translation.Outcome, wanted: TranslationOptions, *, has_good: bool = False
) -> None:
    """Log what became of the papers of a day, or of another run; `has_good` where the day had translations before."""
    refused = sum(outcome.refused.values()) + outcome.given_up
    prompt, completion = outcome.prompt_tokens, outcome.completion_tokens
    cost = f", cost {wanted.prices.cost(prompt, completion):.2f}" if wanted.prices else ""
    log.info(
        "%s: %s translated, %s from memory, %s refused, %s left; %s requests, %s tokens%s",
        what,
        outcome.translated,
        outcome.reused,
        refused,
        outcome.left,
        outcome.requests,
        f"{prompt + completion:,}",
        cost,
        extra={"outcome": outcome},
    )
    if outcome.terms_asked:
        log.info("%s: %s of %s terms of the glossary followed", what, outcome.terms_followed, outcome.terms_asked)
    if refused and not (outcome.translated or outcome.reused or outcome.stopped or has_good):
        names = _named(Counter(outcome.refused) + Counter(outcome.given_up_for))
        log.warning("%s: no paper was translated, and %s were refused (%s)", what, refused, names)
    if outcome.given_up:
        log.warning(
            "%s: %s papers are given up after bad answers on %s days (%s); `paperboy translate --retry` asks again",
            what,
            outcome.given_up,
            translation.GIVE_UP_AFTER,
            _named(outcome.given_up_for),
        )
    if outcome.stopped:
        log.warning("%s: translation stopped: %s. The rest stays in English until a later build", what, outcome.stopped)
    elif outcome.left:
        trouble = outcome.trouble or "no reason was given"
        log.warning("%s: %s papers got no answer (%s); a later build asks again", what, outcome.left, trouble)


def _named(faults: Mapping[str, int]) -> str:
    return ", ".join(f"{VALIDATION_ERRORS.get(name, name)}: {count}" for name, count in sorted(faults.items()))


def estimate(papers: Sequence[Announcement]) -> tuple[int, int]:
    """Tokens of the prompts and of the answers for some papers, at most about: one call each, none in memory.

    Measured with the tokenizers of OpenAI (`benchmarks/tokens.py`): 5.5 characters of an abstract are a token,
    the instructions with a text's terms are 320, and Chinese takes 1.15 times the tokens of its English; with
    a tokenizer of before 2024, 1.6 times.
    """
    sizes = [len(paper.title) + len(paper.abstract) for paper in papers]
    prompts = sum(size // _CHARACTERS_OF_TEXT + _INSTRUCTIONS for size in sizes)
    return prompts, sum(size // _CHARACTERS_OF_ANSWER + _SUMMARY for size in sizes)


def regate(options: Options) -> None:
    """Judge every answer in the archive again, by today's checks and glossary; nothing is asked or paid.

    What passes now is published by the next build, what fails now is asked for again within the limits.
    """
    language = options.translation.language
    rows = glossary_file.load_glossary(options)
    for day in archive.translated_days(options.archive, language):
        try:
            featured = archive.read(options.archive, day, FeaturedList)
            papers = backlog.texts_of(options, featured.papers if featured else ())
            papers |= {paper.id: paper for paper in archive.read_announcements(options.archive, day)}
            before = archive.read_translations(options.archive, day, language)
            after = translation.revalidate(papers, before, options.translation, rows)
            if after != before:
                archive.replace_translations(options.archive, day, language, after)
                account(options, day)
        except ArchiveError as error:
            log.warning("%s", error)
            continue
        changes = Counter((old.status, new.status) for old, new in zip(before, after, strict=True))
        log.info(
            "%s: %s answers judged again; %s pass now, %s are refused now",
            day,
            len(before),
            changes["failed", "ok"],
            changes["ok", "failed"],
        )


def reduced_budget(wanted: TranslationOptions, spent: tuple[int, int]) -> TranslationOptions:
    """The options with what is left of the build's budgets, some tokens (prompt, completion) being spent."""
    if wanted.max_tokens_per_build is not None:
        left = max(0, wanted.max_tokens_per_build - sum(spent))
        wanted = msgspec.structs.replace(wanted, max_tokens_per_build=left)
    if wanted.max_cost_per_build is not None and wanted.prices is not None:
        rest = max(0.0, wanted.max_cost_per_build - wanted.prices.cost(*spent))
        wanted = msgspec.structs.replace(wanted, max_cost_per_build=rest)
    return wanted


def is_spent(wanted: TranslationOptions) -> bool:
    """Whether nothing is left of a budget."""
    return wanted.max_tokens_per_build == 0 or wanted.max_cost_per_build == 0


def account(options: Options, day: date) -> None:
    """Bring the ledger's account of the translations in line with the answers on disk.

    The other half of the ledger, what arXiv announced, is written by the fetch alone: where there is no ledger
    yet, none is begun. What else was featured on the date counts for the cost, but not as a paper of the edition.
    """
    papers = archive.read_ids(options.archive, day)
    ledger = archive.read_ledger(options.archive, day)
    if not papers or ledger is None or not ledger.categories:
        return
    language = options.translation.language
    answers = archive.read_translations(options.archive, day, language)
    shown = {arxiv_id: answer for arxiv_id, answer in archive.to_show(answers).items() if arxiv_id in papers}
    failed = _by_fault(shown.values())
    accepted = [answer for answer in shown.values() if answer.status == "ok"]
    refused_once = {answer.id for answer in answers if answer.status == "failed"}
    prompt = sum(answer.prompt_tokens for answer in answers)
    completion = sum(answer.completion_tokens for answer in answers)
    prices = options.translation.prices
    entry = TranslationLedger(
        model=options.translation.model,
        prompt_version=translation.PROMPT_VERSION,
        translated=len(accepted),
        untranslated=len(papers) - len(accepted),
        failed=failed,
        faults=_by_fault(answers),
        repaired=sum(answer.id in refused_once for answer in accepted),
        requests=sum(answer.prompt_tokens + answer.completion_tokens > 0 for answer in answers),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=round(_cost(prices, answers), 6) if prices else None,
        terms=(sum(answer.terms[0] for answer in accepted), sum(answer.terms[1] for answer in accepted)),
        given_up=_by_fault(_given_up(shown.values(), answers)),
    )
    translations = {**ledger.translations, language: entry}
    archive.write_ledger(options.archive, day, msgspec.structs.replace(ledger, translations=translations))


def _given_up(shown: Iterable[Translation], answers: Sequence[Translation]) -> list[Translation]:
    """Of the answers that are shown, those whose question is asked no more."""
    by_key: dict[str, list[Translation]] = {}
    for answer in answers:
        by_key.setdefault(answer.key, []).append(answer)
    return [answer for answer in shown if days_refused(by_key[answer.key]) >= translation.GIVE_UP_AFTER]


def _cost(prices: Prices, answers: Iterable[Translation]) -> float:
    """What some answers cost, those that came in a batch at its price."""
    return sum(prices.cost(answer.prompt_tokens, answer.completion_tokens, batch=answer.batch) for answer in answers)


def _by_fault(answers: Iterable[Translation]) -> dict[str, int]:
    """Refused answers, counted by their first fault."""
    names = Counter(answer.faults[0] for answer in answers if answer.status == "failed" and answer.faults)
    return dict(sorted(names.items()))
