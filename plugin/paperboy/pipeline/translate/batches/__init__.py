"""Batches: what may wait a day is asked for at half the price, and a later build brings the answers in.

A batch is planned on disk before anything is sent, and found again at the endpoint by its mark: wherever a
build is killed, the next one goes on, and no question is put twice.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from paperboy.pipeline.translate import days
from paperboy.storage import batch_records

if TYPE_CHECKING:
    from datetime import date

    from paperboy.domain.config import Options, TranslationOptions
    from paperboy.pipeline.translate.backlog import DateSpan

log = logging.getLogger(__name__)


def collect(options: Options) -> set[date]:
    """Go on with what was planned, and bring the answers of batches that are over into the archive.

    Returns:
        The editions that got answers; what failed the checks in them is to be asked for again.

    Raises:
        ArchiveError: A batch's record cannot be read. Nothing may be asked for then.
    """
    found = batch_records.read_batch(options.archive, options.translation.language)
    if not found:
        return set()
    access = days.access(options)
    if access is None:
        log.info("%s batches wait until translation is on and there is a key", len(found))
        return set()
    # `openai` takes 0.3 s to load, and most builds have no batch.
    from paperboy.pipeline.translate.batches.collection import advance_all  # noqa: PLC0415  as said above

    asyncio.run(advance_all(options, access.api_key, found))
    found = batch_records.read_batch(options.archive, options.translation.language)
    return {day for batch in found if batch.status == "collected" for day in batch.days}


def forget_collected(options: Options) -> None:
    """Take away the records of batches whose answers are in the archive, once the rest was asked for."""
    for batch in batch_records.read_batch(options.archive, options.translation.language):
        if batch.status == "collected":
            batch_records.forget_batch(options.archive, batch)


def submit(options: Options, span: DateSpan, wanted: TranslationOptions) -> None:
    """Put what some editions lack and nobody was asked yet into batches: see `submission` beside this file."""
    from paperboy.pipeline.translate.batches import submission  # noqa: PLC0415  as in `collect()`

    submission.submit(options, span, wanted)
