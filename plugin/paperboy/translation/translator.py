"""The way of a day's papers through the model: ask, check, ask again, and keep what came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from paperboy.domain.edition import Translation
from paperboy.domain.errors import ModelError
from paperboy.translation import single_field
from paperboy.translation.client.budget import Budget
from paperboy.translation.client.capabilities import Capabilities
from paperboy.translation.client.endpoint_pool import Server, Servers
from paperboy.translation.conversation import REJECTED, Conversation, Model
from paperboy.translation.outcome import Outcome, Progress, RunStats, Verdicts
from paperboy.translation.prompts.prompt import prepare
from paperboy.translation.record import Question, copied, days_refused, refused_in_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.domain.config import TranslationOptions
    from paperboy.domain.glossary import Glossary
    from paperboy.domain.papers import Announcement

Known = Callable[[Sequence[str]], Mapping[str, Sequence[Translation]]]
"""Gives the answers to questions by the questions' keys; nothing for those without one."""

GIVE_UP_AFTER = 3
"""Days with a refused answer to one question (text, language, model, instructions) after which it is asked no more.

A hopeless text must not cost on every build for ever; another model or prompt version is a new question. Only
days count on which the same build had good answers to other questions: an outage is no fault of the paper's.
"""


def translate(  # noqa: PLR0913  each says another thing, and by its name
    papers: Sequence[Announcement],
    *,
    options: TranslationOptions,
    glossary: Glossary,
    api_key: str | None,
    known: Known,
    record: Callable[[Translation], None],
    progress: Callable[[Progress], None] | None = None,
    cache_dir: Path | None = None,
    verdicts: Verdicts | None = None,
    retry: bool = False,
) -> Outcome:
    """Have papers translated, in the order given, and no text paid for twice.

    Arguments:
        papers: What to translate, most wanted first.
        options: Language, model, address, limits.
        glossary: The rows of which those that occur in a text are part of its question.
        api_key: The key; `None` for servers that want none.
        known: Finds the answers that are on disk, of whatever day; asked once, before anything is sent.
        record: Called for each reply, accepted or refused, before it is used, in the calling thread. It
            appends to the journal; what it raises ends the run.
        progress: Called after each settled question.
        cache_dir: Where to remember what an endpoint does not take.
        verdicts: What became of the answers of the same build so far.
        retry: Whether to ask again for what was given up.

    Returns:
        What became of each paper. An endpoint that fails is part of it, not an error.
    """
    stats = RunStats()
    questions = list(_questions(papers, options, glossary, known, record, stats, retry=retry))
    if not questions:
        return stats.outcome(None)
    run = _TranslationRun(
        options, record, progress, stats, questions, Capabilities(cache_dir), verdicts=verdicts or Verdicts()
    )
    try:
        asyncio.run(run.all(api_key))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    return stats.outcome(run.stopped)


def _questions(
    papers: Sequence[Announcement],
    options: TranslationOptions,
    glossary: Glossary,
    known: Known,
    record: Callable[[Translation], None],
    stats: RunStats,
    *,
    retry: bool,
) -> Iterator[Question]:
    """What has to be asked, each text once; papers whose answer is there get it at once."""
    asked: dict[str, Question] = {}
    texts = [prepare(paper, options, glossary) for paper in papers]
    found = known([prepared.key for prepared in texts])
    for paper, prepared in zip(papers, texts, strict=True):
        answers = found.get(prepared.key, ())
        accepted = [answer for answer in answers if answer.status == "ok"]
        if accepted:
            stats.reused += 1
            # It may be that of another day, or lie behind the answer to a question with other terms.
            record(copied(accepted[-1], paper))
        elif days_refused(answers) >= GIVE_UP_AFTER and not retry:
            stats.given_up += 1
            stats.given_up_for[next((a.faults[0] for a in reversed(answers) if a.faults), "")] += 1
        elif prepared.key in asked:
            asked[prepared.key].papers.append(paper)
        else:
            said = single_field.kept(answers, options.model)
            asked[prepared.key] = Question(prepared, [paper], said, refused_in_batch(prepared, answers, options))
    yield from asked.values()


class _TranslationRun:
    """One call of `translate()`: what its workers share."""

    def __init__(
        self,
        options: TranslationOptions,
        record: Callable[[Translation], None],
        progress: Callable[[Progress], None] | None,
        stats: RunStats,
        questions: list[Question],
        capabilities: Capabilities,
        *,
        verdicts: Verdicts,
    ) -> None:
        self.stopped: str | None = None
        self._options = options
        self._record = record
        self._progress = progress
        self._stats = stats
        self._questions = questions
        self._capabilities = capabilities
        self._verdicts = verdicts
        self._started = time.monotonic()

    async def all(self, api_key: str | None) -> None:
        """Put every question, `concurrency` at a time to each server."""
        # `openai` takes 0.3 s to load, and most builds of a site have nothing to ask.
        from paperboy.translation.client import chat_completions  # noqa: PLC0415  as said above

        options = self._options
        names = [name for name in (options.model, options.fallback_model) if name]
        self._models = [Model(name, is_fallback=bool(number)) for number, name in enumerate(names)]
        async with AsyncExitStack() as stack:
            servers = []
            for number, address in enumerate(chat_completions.addresses(options)):
                try:
                    connection = chat_completions.connect(options, api_key, address)
                except ModelError as error:
                    self.stopped = str(error)
                    self._stats.left += sum(len(question.papers) for question in self._questions)
                    return
                await stack.enter_async_context(connection)
                endpoints = {
                    name: chat_completions.Endpoint(connection, name, options, self._capabilities) for name in names
                }
                servers.append(Server(f"translation.base_url[{number}]", endpoints, options.concurrency))
            self._servers = Servers(servers, Budget.of(options))
            self._asking = Conversation(options.language, self._record, self._stats, self._servers, self._verdicts)
            waiting = iter(self._questions)
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(options.concurrency * len(servers), len(self._questions))):
                        group.create_task(self._worker(waiting))
            finally:
                self._capabilities.save()
        self.stopped = self._servers.stopped

    async def _worker(self, waiting: Iterator[Question]) -> None:
        for question in waiting:
            fault = await self._settle(question)
            count = len(question.papers)
            if fault is None:
                self._stats.translated += count
            elif fault:
                self._stats.refused[fault] += count
            else:
                self._stats.left += count
            self._stats.done += 1
            self._report()

    async def _settle(self, question: Question) -> str | None:
        """Put one question until it is answered well, to the model and then to the fallback.

        Gives `None` when it was, else the first fault of the last answer, or "" when none came.
        """
        fault = ""
        for model in self._models:
            if not self._servers.serve(model.name):
                break
            findings = await self._asking.put(question, model)
            if findings is None:
                break  # no answer came: the next build tries again
            if not findings:
                return None
            if REJECTED not in findings:
                fault = findings[0].name
        return fault

    def _report(self) -> None:
        if self._progress is None:
            return
        self._progress(
            Progress(
                done=self._stats.done,
                total=len(self._questions),
                refused=self._stats.refused.total(),
                tokens=self._stats.prompt + self._stats.completion,
                seconds=time.monotonic() - self._started,
            )
        )
