"""The answers of batches that are over, brought into the archive; and what was planned, gone on with."""

from __future__ import annotations

import logging
import tempfile
from typing import TYPE_CHECKING

from msgspec.structs import replace

from paperboy.contributions import glossary_file
from paperboy.domain.errors import ArchiveError, ModelError
from paperboy.pipeline.translate import days
from paperboy.pipeline.translate.batches.upload import resume
from paperboy.storage import archive, batch_records
from paperboy.storage.journal import Journal
from paperboy.translation import batch_lines as lines
from paperboy.translation.client.batch_api import BatchService, Refused, address
from paperboy.translation.client.errors import Failure
from paperboy.translation.outcome import RunStats, Verdicts
from paperboy.translation.record import AnswerRecorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from typing import BinaryIO

    from paperboy.domain.config import Options
    from paperboy.domain.edition import Translation
    from paperboy.storage.batch_records import Batch, PaperRef
    from paperboy.translation.client.batch_api import BatchStatus

log = logging.getLogger(__name__)

_GONE = (404, 410)
"""What an endpoint says of a file that nobody will get any more; with other refusals, a key may help."""


async def advance_all(options: Options, api_key: str | None, found: list[Batch]) -> None:
    """Bring each batch as far as it goes; what fails is said, and a later build goes on."""
    try:
        service = BatchService(options.translation, api_key)
    except ModelError as error:
        log.warning("%s", error)
        return
    async with service:
        for batch in found:
            try:
                await _advance(options, service, batch)
            except Refused as failure:
                log.warning(
                    "the endpoint does not let us have a batch (%s). Were key or project changed? Put them back, or "
                    "delete %s: the %s papers that wait in it are then asked for again, and paid for again",
                    failure,
                    batch_records.path_of(options.archive, batch),
                    len(batch.papers),
                )
            except Failure as failure:
                log.warning("a batch cannot be had now (%s); a later build asks again", failure)
            except ArchiveError as error:
                log.warning("%s", error)
            except OSError as error:
                log.warning("a batch's answers find no room in %s: %s", tempfile.gettempdir(), error)


async def _advance(options: Options, service: BatchService, batch: Batch) -> None:
    """Bring one batch as far as it goes."""
    if batch.status == "collected":
        return
    if batch.address != address(options.translation):
        log.warning(
            "a batch was sent to another address; set translation.base_url back to have its answers, or delete %s: "
            "the %s papers that wait in it are then asked for again, and paid for again",
            batch_records.path_of(options.archive, batch),
            len(batch.papers),
        )
        return
    if batch.status == "planned":
        resumed = await resume(options, service, batch)
        if resumed is None:
            return
        batch = resumed
    state = await service.state(batch.id)
    if not state.is_over:
        log.info("batch %s: %s, %s requests done", batch.id, state.status, state.done)
    elif state.status == "failed":
        log.warning(
            "batch %s: the endpoint took none of its %s requests: %s", batch.id, len(batch.papers), state.reason
        )
        batch_records.forget_batch(options.archive, batch)
    else:
        await _collect_answers(options, service, batch, state)


async def _collect_answers(options: Options, service: BatchService, batch: Batch, state: BatchStatus) -> None:
    """Put the answers of a batch that is over into the archive, however far an earlier build came with it."""
    with tempfile.TemporaryFile() as file:
        for name in filter(None, (state.output_file_id, state.error_file_id)):
            try:
                await service.download(name, file)
            except Refused as failure:
                if failure.status not in _GONE:
                    raise
                log.warning("batch %s: a file of answers is gone (%s)", batch.id, failure)
        _store_answers(options, batch, state, _AnswerFile(file, service.without_key))
    batch_records.write_batch(options.archive, replace(batch, status="collected"))


class _AnswerFile:
    """The lines of a batch's files by the keys of their questions; they stay on disk until they are looked at."""

    def __init__(self, file: BinaryIO, without_key: Callable[[bytes], bytes]) -> None:
        self._file = file
        self._without_key = without_key
        self._starts: dict[str, int] = {}
        file.seek(0)
        start = 0
        for line in file:
            if key := lines.key_of(line):
                self._starts.setdefault(key, start)
            start += len(line)

    def of(self, key: str, model: str) -> lines.BatchResult | None:
        """What the endpoint says to a question; `None` where it says nothing."""
        if key not in self._starts:
            return None
        self._file.seek(self._starts[key])
        return lines.batch_result(self._without_key(self._file.readline()), model)


def _store_answers(options: Options, batch: Batch, state: BatchStatus, said: _AnswerFile) -> None:
    """Judge and keep the answers, edition by edition; those that are in the archive are left alone."""
    asked = replace(options.translation, model=batch.model)
    terms = glossary_file.load_glossary(options)
    by_day: dict[date, dict[str, PaperRef]] = {}
    for key, (first, *_) in batch.places.items():
        by_day.setdefault(first.day, {})[key] = first
    new: list[Translation] = []
    verdicts = Verdicts()
    silent: list[Failure | None] = []
    for day, places in by_day.items():
        papers = {paper.id: paper for paper in archive.read_announcements(options.archive, day)}
        there = archive.read_translations(options.archive, day, batch.language)
        known = {answer.key for answer in there if answer.batch}
        due = {key: place for key, place in places.items() if key not in known and place.id in papers}
        if not due:
            continue
        with Journal(options.archive, day, batch.language) as journal:

            def record(translation: Translation, journal: Journal = journal) -> None:
                journal.append(translation)
                new.append(replace(translation, title="", abstract="", summary="", raw=""))

            keeper = AnswerRecorder(batch.language, record, RunStats(), verdicts, batch=True)
            for key, place in due.items():
                paper, heard = replace(papers[place.id], version=place.version), said.of(key, batch.model)
                if heard is None or not lines.record_batch_answer(keeper, heard, paper, asked, terms):
                    silent.append(heard.failure if heard else None)
        archive.close_translations(options.archive, day, batch.language)
        days.account(options, day)
    _log_collected(options, batch, state, new)
    if silent:
        reason = next((str(failure) for failure in silent if failure), "no reason was given")
        log.warning("batch %s: %s papers got no answer (%s) and are free again", batch.id, len(silent), reason)


def _log_collected(options: Options, batch: Batch, state: BatchStatus, new: list[Translation]) -> None:
    prompt, completion = sum(a.prompt_tokens for a in new), sum(a.completion_tokens for a in new)
    prices = options.translation.prices
    log.info(
        "batch %s is %s: %s translated, %s refused; %s tokens%s",
        batch.id,
        state.status,
        sum(answer.status == "ok" for answer in new),
        sum(answer.status == "failed" for answer in new),
        f"{prompt + completion:,}",
        f", cost {prices.cost(prompt, completion, batch=True):.2f}" if prices else "",
    )
