"""What was never asked becomes batches, each planned on disk before it is sent."""

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from paperboy import translation
from paperboy.contributions import glossary_file
from paperboy.domain.errors import ArchiveError, ModelError
from paperboy.pipeline.translate import backlog, days
from paperboy.pipeline.translate.batches.upload import send, taken_by
from paperboy.storage import archive, batch_records
from paperboy.storage.batch_records import Batch, PaperRef
from paperboy.storage.journal import Journal
from paperboy.storage.translation_memory import Memory
from paperboy.translation import batch_lines as lines
from paperboy.translation.client.batch_api import BatchService, address
from paperboy.translation.client.budget import Budget
from paperboy.translation.client.capabilities import Taken
from paperboy.translation.client.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from paperboy.domain.config import Options, TranslationOptions
    from paperboy.pipeline.translate.backlog import DateSpan

log = logging.getLogger(__name__)


class _Candidate(NamedTuple):
    """A paper of an edition that nobody was asked for yet."""

    day: date
    asked: lines.BatchRequest


class _BatchFullError(NamedTuple):
    """A batch that is ready to be planned and sent, with its requests."""

    batch: Batch
    requests: BinaryIO


def submit(options: Options, span: DateSpan, wanted: TranslationOptions) -> None:
    """Put what some editions lack and nobody was asked yet into batches, as far as the budget goes.

    The first paper is asked for at once: it tells whether key and model work, and what the endpoint takes,
    before thousands wait a day for it.

    Arguments:
        options: The plugin's options.
        span: The editions.
        wanted: The translation's options with what is left of the budgets.

    Raises:
        ModelError: There is no key, or the endpoint does not answer, or takes no batches.
        ArchiveError: The archive cannot be read or written.
    """
    access = days.needed_access(options)
    with Memory(options.cache, options.archive, wanted.language) as memory:
        first = next(_candidates(options, wanted, span, memory, Taken()), None)
        if first is None:
            log.info("no paper is left for a batch")
            return
        wanted = _submit_one(options, wanted, access.api_key, first)
        if days.is_spent(wanted):
            log.info("the budget is spent; no batch is sent")
            return
        memory.refresh()
        try:
            asyncio.run(_send_all(options, wanted, access.api_key, span, memory))
        except OSError as error:
            raise ArchiveError(f"the requests of a batch find no room in {tempfile.gettempdir()}: {error}") from error


def _submit_one(
    options: Options, wanted: TranslationOptions, api_key: str | None, candidate: _Candidate
) -> TranslationOptions:
    """Ask for one paper at once; gives the options with what is left of the budgets then."""
    day = candidate.day
    with Journal(options.archive, day, wanted.language) as journal:
        outcome = translation.translate(
            [candidate.asked.paper],
            options=wanted,
            glossary=glossary_file.load_glossary(options),
            api_key=api_key,
            known=lambda _: {},
            record=journal.append,
            cache_dir=options.cache,
        )
    archive.close_translations(options.archive, day, wanted.language)
    days.account(options, day)
    if outcome.left:
        raise ModelError(f"no batch is sent, for the endpoint does not answer: {outcome.stopped or outcome.trouble}")
    return days.reduced_budget(wanted, (outcome.prompt_tokens, outcome.completion_tokens))


async def _send_all(
    options: Options, wanted: TranslationOptions, api_key: str | None, span: DateSpan, memory: Memory
) -> None:
    async with BatchService(wanted, api_key) as service:
        taken = taken_by(options, service, wanted.model)
        for full in _filled(_candidates(options, wanted, span, memory, taken), wanted):
            with full.requests:
                log.info("a batch of %s papers goes to %s", f"{len(full.batch.papers):,}", wanted.model)
                batch_records.write_batch(options.archive, full.batch)
                try:
                    await send(options, service, full.batch, full.requests)
                except Failure as failure:
                    raise ModelError(f"a batch could not be sent: {failure}") from None


def _candidates(
    options: Options, wanted: TranslationOptions, span: DateSpan, memory: Memory, taken: Taken
) -> Iterator[_Candidate]:
    """The papers that nobody was asked for yet, the newest edition's first; the same text twice comes twice."""
    terms = glossary_file.load_glossary(options)
    waiting = batch_records.waiting_questions(batch_records.read_batch(options.archive, wanted.language))
    for day in span.editions(options):
        try:
            edition = archive.read_edition(options.archive, day, wanted.language)
        except ArchiveError as error:
            log.warning("%s", error)
            continue
        missing = backlog.of_edition(options, edition)
        papers = [paper for paper in missing if (paper.id, paper.version) not in waiting.papers]
        asked = list(lines.batch_request(papers, wanted, terms, taken))
        known = memory.find(question.key for question in asked)
        for question in asked:
            if question.key not in known and question.key not in waiting.keys:
                yield _Candidate(day, question)


def _filled(candidates: Iterator[_Candidate], wanted: TranslationOptions) -> Iterator[_BatchFullError]:
    """Candidates as batches, each as large as an endpoint takes, until the budget is reached."""
    budget = Budget.of(wanted, batch=True)
    papers: dict[str, list[str]] = {}
    sent: set[str] = set()
    requests, size = tempfile.TemporaryFile(), 0  # noqa: SIM115  closed below
    try:
        for day, (key, paper, line) in candidates:
            place = str(PaperRef(day, paper.id, paper.version))
            if key in papers:
                papers[key].append(place)
                continue
            if key in sent:
                continue
            if len(papers) == lines.MOST_REQUESTS or size + len(line) > lines.MOST_BYTES:
                yield _BatchFullError(_plan(papers, wanted), requests)
                papers, requests, size = {}, tempfile.TemporaryFile(), 0  # noqa: SIM115  closed below
            papers[key] = [place]
            sent.add(key)
            requests.write(line)
            size += len(line)
            if reason := budget.spend(*days.estimate([paper])):
                log.info("%s; the rest is left to a later run", reason)
                break
        if papers:
            yield _BatchFullError(_plan(papers, wanted), requests)
    finally:
        requests.close()


def _plan(papers: dict[str, list[str]], wanted: TranslationOptions) -> Batch:
    return Batch(
        name=secrets.token_hex(8),
        language=wanted.language,
        model=wanted.model,
        address=address(wanted),
        papers=papers,
    )
