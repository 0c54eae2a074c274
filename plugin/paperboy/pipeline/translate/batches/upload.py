"""A planned batch goes to the endpoint: upload, create, remember; and the same again after a kill between any two."""

from __future__ import annotations

import logging
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from msgspec.structs import replace

from paperboy.contributions import glossary_file
from paperboy.storage import archive, batch_records
from paperboy.translation import batch_lines as lines
from paperboy.translation.client.batch_api import Refused
from paperboy.translation.client.capabilities import Capabilities
from paperboy.translation.client.errors import Failure

if TYPE_CHECKING:
    from typing import BinaryIO

    from paperboy.domain.config import Options
    from paperboy.storage.batch_records import Batch
    from paperboy.translation.client.batch_api import BatchService, BatchStatus
    from paperboy.translation.client.capabilities import Taken

log = logging.getLogger(__name__)

NO_BATCHES = (404, 405, 501)
"""What an endpoint says that has no Batch API."""


def taken_by(options: Options, service: BatchService, model: str) -> Taken:
    """What the endpoint takes, as far as earlier requests have shown."""
    return Capabilities(options.cache).of(service.base_url, model)


async def send(options: Options, service: BatchService, batch: Batch, requests: BinaryIO) -> Batch:
    """Send a batch whose plan is on disk, and of which the endpoint knows nothing yet.

    Raises:
        Refused: The endpoint took nothing; the plan is gone, and its papers wait no more.
        Failure: Nobody knows whether there is a batch now; the plan stays for the next build to find out.
    """
    try:
        batch = replace(batch, file=await service.upload(batch.name, requests))
        batch_records.write_batch(options.archive, batch)
        return _opened(options, batch, await _create(service, batch))
    except Refused:
        batch_records.forget_batch(options.archive, batch)
        raise


async def resume(options: Options, service: BatchService, batch: Batch) -> Batch | None:
    """Go on with a plan of which nobody knows how far it came; `None` where nothing of it is to be asked any more.

    Raises:
        Refused: As `send()`.
        Failure: As `send()`.
    """
    try:
        state = await service.find(batch.name, batch.file)
    except Refused as failure:
        if failure.status in NO_BATCHES:
            batch_records.forget_batch(options.archive, batch)
        raise
    if state is not None:
        return _opened(options, batch, state)
    with TemporaryFile() as requests:
        papers = _written_again(options, service, batch, requests)
        if not papers:
            batch_records.forget_batch(options.archive, batch)
            return None
        batch = replace(batch, papers=papers)
        batch_records.write_batch(options.archive, batch)
        return await send(options, service, batch, requests)


async def _create(service: BatchService, batch: Batch) -> BatchStatus:
    try:
        return await service.create(batch.file, batch.name)
    except Refused:
        raise
    except Failure:
        # The answer was lost, and perhaps the batch was made all the same.
        state = await service.find(batch.name, batch.file)
        if state is None:
            raise
        return state


def _opened(options: Options, batch: Batch, state: BatchStatus) -> Batch:
    batch = replace(batch, status="open", id=state.id)
    batch_records.write_batch(options.archive, batch)
    log.info("batch %s holds %s papers; a build after it is done brings the answers in", batch.id, len(batch.papers))
    return batch


def _written_again(options: Options, service: BatchService, batch: Batch, into: BinaryIO) -> dict[str, list[str]]:
    """Write the requests of a plan again; gives those of its papers that are still the same question."""
    asked = replace(options.translation, model=batch.model)
    terms = glossary_file.load_glossary(options)
    taken = taken_by(options, service, batch.model)
    editions = {
        day: {paper.id: paper for paper in archive.read_announcements(options.archive, day)} for day in batch.days
    }
    papers: dict[str, list[str]] = {}
    for key, places in batch.places.items():
        paper = editions[places[0].day].get(places[0].id)
        for question in lines.batch_request([paper] if paper else [], asked, terms, taken):
            if question.key == key:
                into.write(question.line)
                papers[key] = batch.papers[key]
    return papers
