"""The second stage: what the recent editions still lack in the reader's language."""

from __future__ import annotations

import logging
import os
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from paperboy import archive, glossary, progress, translate
from paperboy.errors import ArchiveError
from paperboy.memory import Memory
from paperboy.model import ANNOUNCE_TYPES, FeaturedList, Ledger, TranslationLedger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from paperboy.config import Options, TranslationOptions
    from paperboy.glossary import Glossary
    from paperboy.model import Announcement, Edition, Featured, Translation

    Lacking = Callable[[Options, Edition], list[Announcement]]
    """What of a day is to be translated, most wanted first."""

log = logging.getLogger(__name__)

_CHARACTERS_OF_TEXT = 5
_CHARACTERS_OF_ANSWER = 4
_INSTRUCTIONS = 350
_SUMMARY = 60


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
    terms = glossary.load(options)
    with Memory(options.cache, options.archive, wanted.language) as memory:
        for day, lacking in _recent(options):
            try:
                spent, stopped = _translate_day(options, wanted, terms, api_key, day, memory, lacking)
            except ArchiveError as error:
                log.warning("%s", error)
                continue
            wanted = _less(wanted, spent)
            if stopped or _is_spent(wanted):
                return


def _recent(options: Options) -> Iterator[tuple[date, Lacking]]:
    """The days to translate, the newest first, and what of each: all editions come before what others noticed."""
    days = [day for day in archive.days(options.archive) if options.date is None or day <= options.date]
    featured = [day for day in archive.featured_days(options.archive) if options.date is None or day <= options.date]
    if newest := max([*days[-1:], *featured[-1:]], default=None):
        first = newest - timedelta(days=options.catch_up_days)
        yield from ((day, _announced) for day in reversed(days) if day >= first)
        yield from ((day, _featured) for day in reversed(featured) if day >= first)


def _announced(options: Options, edition: Edition) -> list[Announcement]:
    """The papers of an edition that have no translation yet; new ones first, for a budget may end the run."""
    missing = [paper for paper in _shown(options, edition) if not _is_done(paper, edition.translations.get(paper.id))]
    return sorted(missing, key=lambda paper: (ANNOUNCE_TYPES.index(paper.announce_type), paper.id))


def _shown(options: Options, edition: Edition) -> list[Announcement]:
    """The papers of an edition of the types that the site shows."""
    return [
        paper
        for paper in edition.announcements
        if any(kind.partition("-")[0] in options.announce_types for kind in paper.listed.values())
    ]


def _featured(options: Options, edition: Edition) -> list[Announcement]:
    """The papers featured on the date that have no translation in its folder, by votes."""
    own = {paper.id for paper in _shown(options, edition)}
    found = edition.featured.papers if edition.featured else ()
    missing = [paper for paper in found if paper.id not in own and not _is_translated(edition, paper.id)]
    missing.sort(key=lambda paper: (-paper.upvotes, paper.id))
    texts = _texts(options, missing)
    return [texts[paper.id] for paper in missing]


def _texts(options: Options, papers: Iterable[Featured]) -> dict[str, Announcement]:
    """What is to be translated of featured papers: the text of the edition that has one, else Hugging Face's.

    For the edition's own text the answer is on disk, mostly; without a version, its copy is this date's own.
    """
    found = {paper.id: paper for paper in papers}
    texts = {paper.id: paper.paper for paper in found.values()}
    for day in sorted({paper.edition for paper in found.values() if paper.edition}):
        announced = archive.read_announcements(options.archive, date.fromisoformat(day))
        texts |= {
            paper.id: msgspec.structs.replace(paper, version=None)
            for paper in announced
            if paper.id in found and found[paper.id].edition == day
        }
    return texts


def _translate_day(  # noqa: PLR0917  all that the run of a day needs
    options: Options,
    wanted: TranslationOptions,
    terms: Glossary,
    api_key: str | None,
    day: date,
    memory: Memory,
    lacking: Lacking,
) -> tuple[tuple[int, int], bool]:
    """Translate one day; gives the tokens spent (prompt, completion), and whether to stop asking."""
    edition = archive.read_edition(options.archive, day, wanted.language)
    missing = lacking(options, edition)
    if not missing:
        if not _is_accounted_for(edition, wanted.language):
            _close(options, day, memory)
        return (0, 0), False
    _say_estimate(day, missing, wanted)
    with archive.Journal(options.archive, day, wanted.language) as journal, progress.shown(str(day)) as show:
        outcome = translate.translate(
            missing,
            options=wanted,
            glossary=terms,
            api_key=api_key,
            known=memory.find,
            record=journal.append,
            progress=show,
            cache_dir=options.cache,
        )
    _close(options, day, memory)
    _say_outcome(day, outcome, wanted)
    return (outcome.prompt_tokens, outcome.completion_tokens), outcome.stopped is not None


def _is_accounted_for(edition: Edition, language: str) -> bool:
    """Whether the ledger knows of all translations; it does not if a build was killed after the last answer."""
    entry = edition.ledger.translations.get(language)
    translated = sum(_is_translated(edition, paper.id) for paper in edition.announcements)
    return translated == (entry.translated if entry else 0)


def _close(options: Options, day: date, memory: Memory) -> None:
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


def _say_outcome(day: date, outcome: translate.Outcome, wanted: TranslationOptions) -> None:
    refused = sum(outcome.refused.values()) + outcome.given_up
    prompt, completion = outcome.prompt_tokens, outcome.completion_tokens
    cost = f", cost {wanted.prices.cost(prompt, completion):.2f}" if wanted.prices else ""
    log.info(
        "%s: %s translated, %s from memory, %s refused, %s left; %s requests, %s tokens%s",
        day,
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
        log.info("%s: %s of %s terms of the glossary followed", day, outcome.terms_followed, outcome.terms_asked)
    if outcome.stopped:
        log.warning("%s: translation stopped: %s. The rest stays in English until a later build", day, outcome.stopped)
    elif outcome.left:
        trouble = outcome.trouble or "no reason was given"
        log.warning("%s: %s papers got no answer (%s); a later build asks again", day, outcome.left, trouble)


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
    rows = glossary.load(options)
    for day in archive.translated_days(options.archive, language):
        try:
            featured = archive.read(options.archive, day, FeaturedList)
            papers = _texts(options, featured.papers if featured else ())
            papers |= {paper.id: paper for paper in archive.read_announcements(options.archive, day)}
            before = archive.read_translations(options.archive, day, language)
            after = translate.regate(papers, before, options.translation, rows)
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


def _less(wanted: TranslationOptions, spent: tuple[int, int]) -> TranslationOptions:
    """The options with what is left of the build's budgets."""
    if wanted.max_tokens_per_build is not None:
        left = max(0, wanted.max_tokens_per_build - sum(spent))
        wanted = msgspec.structs.replace(wanted, max_tokens_per_build=left)
    if wanted.max_cost_per_build is not None and wanted.prices is not None:
        rest = max(0.0, wanted.max_cost_per_build - wanted.prices.cost(*spent))
        wanted = msgspec.structs.replace(wanted, max_cost_per_build=rest)
    return wanted


def _is_spent(wanted: TranslationOptions) -> bool:
    return wanted.max_tokens_per_build == 0 or wanted.max_cost_per_build == 0


def account(options: Options, day: date) -> None:
    """Bring the ledger's account of the translations in line with the answers on disk.

    What else was featured on the date counts for the cost, but not as a paper of the edition.
    """
    papers = archive.read_ids(options.archive, day)
    if not papers:
        return
    ledger = archive.read_ledger(options.archive, day) or Ledger(date=day.isoformat())
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
        prompt_version=translate.PROMPT_VERSION,
        translated=len(accepted),
        untranslated=len(papers) - len(accepted),
        failed=failed,
        faults=_by_fault(answers),
        repaired=sum(answer.id in refused_once for answer in accepted),
        requests=sum(answer.prompt_tokens + answer.completion_tokens > 0 for answer in answers),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=round(prices.cost(prompt, completion), 6) if prices else None,
        terms=(sum(answer.terms[0] for answer in accepted), sum(answer.terms[1] for answer in accepted)),
    )
    translations = {**ledger.translations, language: entry}
    archive.write_ledger(options.archive, day, msgspec.structs.replace(ledger, translations=translations))


def _by_fault(answers: Iterable[Translation]) -> dict[str, int]:
    """Refused answers, counted by their first fault."""
    names = Counter(answer.faults[0] for answer in answers if answer.status == "failed" and answer.faults)
    return dict(sorted(names.items()))


def _is_translated(edition: Edition, arxiv_id: str) -> bool:
    answer = edition.translations.get(arxiv_id)
    return answer is not None and answer.status == "ok"


def _is_done(paper: Announcement, answer: Translation | None) -> bool:
    return answer is not None and answer.status == "ok" and answer.version == paper.version
