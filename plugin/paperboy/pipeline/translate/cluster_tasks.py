"""The tasks of a cluster's workers, and the editions that are closed after them."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy import translation
from paperboy.domain.edition import Translation
from paperboy.domain.errors import ArchiveError
from paperboy.domain.papers import Announcement
from paperboy.pipeline.translate import backlog, days
from paperboy.storage import archive, batch_records
from paperboy.storage.journal import Journal
from paperboy.translation.prompts.prompt import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paperboy.domain.config import Options, TranslationOptions
    from paperboy.domain.glossary import Glossary
    from paperboy.storage.translation_memory import Memory

log = logging.getLogger(__name__)


class Task(Struct, frozen=True):
    """One text to translate: the edition and the paper, and the answers to it that are on disk."""

    day: date
    key: str
    paper: Announcement
    known: list[Translation]


def tasks(
    options: Options, wanted: TranslationOptions, terms: Glossary, dates: Sequence[date], memory: Memory
) -> list[Task]:
    """What has to be asked, each text once, the newest edition first."""
    waiting = batch_records.waiting_questions(batch_records.read_batch(options.archive, wanted.language))
    found: dict[str, Task] = {}
    for day in dates:
        try:
            edition = archive.read_edition(options.archive, day, wanted.language)
        except ArchiveError as error:
            log.warning("%s", error)
            continue
        papers = {prepare(paper, wanted, terms).key: paper for paper in reversed(backlog.of_edition(options, edition))}
        known = memory.find(papers)
        for key, paper in reversed(papers.items()):
            is_waiting = (paper.id, paper.version) in waiting.papers or key in waiting.keys
            if not is_waiting and not any(answer.status == "ok" for answer in known.get(key, [])):
                found.setdefault(key, Task(day, key, paper, known.get(key, [])))
    return list(found.values())


def close(
    options: Options, wanted: TranslationOptions, terms: Glossary, day: date, memory: Memory, *, is_new: bool
) -> None:
    """Give papers of an edition the answers that others with the same text have got, and close it."""
    try:
        edition = archive.read_edition(options.archive, day, wanted.language)
        keys = {paper.id: prepare(paper, wanted, terms).key for paper in backlog.of_edition(options, edition)}
        known = memory.find(keys.values())
        there = {key: answers for key, answers in known.items() if any(answer.status == "ok" for answer in answers)}
        papers = [paper for paper in edition.announcements if keys.get(paper.id) in there]
        if papers:
            with Journal(options.archive, day, wanted.language) as journal:
                translation.translate(
                    papers, options=wanted, glossary=terms, api_key=None, known=lambda _: there, record=journal.append
                )
        if papers or is_new or not days.is_accounted_for(edition, wanted.language):
            days.close(options, day, memory)
    except ArchiveError as error:
        log.warning("%s", error)
