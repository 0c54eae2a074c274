"""The way of a day's papers through the model: ask, check, ask again, and keep what came."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from paperboy.errors import ModelError
from paperboy.model import Announcement, Translation
from paperboy.translate import gate
from paperboy.translate.answer import LONGEST
from paperboy.translate.failures import Busy, Failure, Fatal, Filtered, Rejected
from paperboy.translate.outcome import Outcome, Progress, Tally
from paperboy.translate.pace import Pace
from paperboy.translate.prompt import PROMPT_VERSION, Prepared, messages, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from paperboy.config import TranslationOptions
    from paperboy.translate.checks import Finding
    from paperboy.translate.client import Endpoint, Reply

GIVE_UP_AFTER = 3
"""Refused answers to one question (text, language, model, instructions) after which it is not asked again.

A hopeless text must not cost on every build for ever; another model or prompt version is a new question.
"""

TRIES = 3
"""Times that one question is sent before it is left to the next build, if the endpoint gives no reply."""


class _Question(Struct, frozen=True):
    """One text to translate, and the papers that it is the text of: the first is asked for."""

    prepared: Prepared
    papers: list[Announcement]


def translate(
    papers: Sequence[Announcement],
    *,
    options: TranslationOptions,
    api_key: str | None,
    known: Mapping[str, Sequence[Translation]],
    record: Callable[[Translation], None],
    progress: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Have papers translated, in the order given, and no text paid for twice.

    Arguments:
        papers: What to translate, most wanted first.
        options: Language, model, address, limits.
        api_key: The key; `None` for servers that want none.
        known: By `request_key()`, the answers that are on disk, of whatever day.
        record: Called for each reply, accepted or refused, before it is used, in the calling thread. It
            appends to the journal; what it raises ends the run.
        progress: Called after each settled question.

    Returns:
        What became of each paper. An endpoint that fails is part of it, not an error.
    """
    tally = Tally()
    questions = list(_questions(papers, options, known, record, tally))
    if not questions:
        return tally.outcome(None)
    run = _Run(options, record, progress, tally, questions)
    try:
        asyncio.run(run.all(api_key))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    return tally.outcome(run.stopped)


def _questions(
    papers: Sequence[Announcement],
    options: TranslationOptions,
    known: Mapping[str, Sequence[Translation]],
    record: Callable[[Translation], None],
    tally: Tally,
) -> Iterator[_Question]:
    """What has to be asked, each text once; papers whose answer is there get it at once."""
    asked: dict[str, _Question] = {}
    for paper in papers:
        prepared = prepare(paper, options)
        answers = known.get(prepared.key, ())
        accepted = [answer for answer in answers if answer.status == "ok"]
        if accepted:
            tally.reused += 1
            if not any((old.id, old.version) == (paper.id, paper.version) for old in accepted):
                record(_copy(accepted[-1], paper))
        elif len(answers) >= GIVE_UP_AFTER:
            tally.given_up += 1
        elif prepared.key in asked:
            asked[prepared.key].papers.append(paper)
        else:
            asked[prepared.key] = _Question(prepared, [paper])
    yield from asked.values()


def _copy(translation: Translation, paper: Announcement) -> Translation:
    """The same answer for another paper or version; nothing was paid for it."""
    return replace(translation, id=paper.id, version=paper.version, prompt_tokens=0, completion_tokens=0)


class _Run:
    """One call of `translate()`: what its workers share."""

    def __init__(
        self,
        options: TranslationOptions,
        record: Callable[[Translation], None],
        progress: Callable[[Progress], None] | None,
        tally: Tally,
        questions: list[_Question],
    ) -> None:
        self.stopped: str | None = None
        self._options = options
        self._record = record
        self._progress = progress
        self._tally = tally
        self._questions = questions
        self._gone: set[str] = set()
        self._started = time.monotonic()

    async def all(self, api_key: str | None) -> None:
        """Put every question, `concurrency` at a time."""
        # `openai` takes 0.3 s to load, and most builds of a site have nothing to ask.
        from paperboy.translate import client  # noqa: PLC0415  as said above

        options = self._options
        self._pace = Pace(options.concurrency, options.max_tokens_per_build)
        try:
            connection = client.connect(options, api_key)
        except ModelError as error:
            self._pace.stop(str(error))
            self._settle_rest(self._questions)
            return
        async with connection:
            names = [options.model, *([options.fallback_model] if options.fallback_model else [])]
            self._endpoints = [client.Endpoint(connection, name, options.timeout) for name in names]
            waiting = iter(self._questions)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(options.concurrency, len(self._questions))):
                    group.create_task(self._worker(waiting))
        self.stopped = self._pace.stopped

    def _settle_rest(self, questions: list[_Question]) -> None:
        self.stopped = self._pace.stopped
        self._tally.left += sum(len(question.papers) for question in questions)

    async def _worker(self, waiting: Iterator[_Question]) -> None:
        for question in waiting:
            fault = await self._settle(question)
            count = len(question.papers)
            if fault is None:
                self._tally.translated += count
            elif fault:
                self._tally.refused[fault] += count
            else:
                self._tally.left += count
            self._tally.done += 1
            self._report()

    async def _settle(self, question: _Question) -> str | None:
        """Put one question until it is answered well: twice to the model, once to the fallback.

        Gives `None` when it was, else the first fault of the last answer, or "" when none came.
        """
        fault = ""
        for number, endpoint in enumerate(self._endpoints):
            if endpoint.model in self._gone:
                break
            said: list[str] = []
            for _ in range(1 if number else 2):
                findings = await self._ask(question, endpoint, said)
                if findings is None:
                    break
                if not findings:
                    return None
                fault = findings[0].name
                if fault == "content-filter":
                    break
                said = [finding.detail for finding in findings]
            if not fault:
                break  # no answer came: the next build tries again
        return fault

    async def _ask(self, question: _Question, endpoint: Endpoint, said: Sequence[str]) -> list[Finding] | None:
        """Put a question once; gives what is wrong with the answer, or `None` if there is none."""
        conversation = messages(question.prepared, self._options.language, said)
        tries = TRIES
        while tries:
            async with self._pace.turn() as allowed:
                if not allowed:
                    return None
                sent = time.monotonic()
                self._tally.requests += 1
                try:
                    reply = await endpoint.ask(conversation)
                except Filtered as failure:
                    self._pace.succeeded(0)
                    return self._keep_refusal(question, endpoint, str(failure))
                except Rejected as failure:
                    self._pace.failed(failure, sent)
                    return None
                except Failure as failure:
                    if isinstance(failure, Fatal) and endpoint is not self._endpoints[0]:
                        self._gone.add(endpoint.model)  # the main model works on without its fallback
                        return None
                    wait = self._pace.failed(failure, sent)
                    # "Not now" says nothing about this question; the pace bounds how often it is heard.
                    tries -= not isinstance(failure, Busy)
                else:
                    # From here to the record there is no `await`: a cancelled run loses no reply.
                    return self._keep(question, endpoint, reply, conversation)
            if tries:
                await self._pace.sleep(wait)
        return None

    def _keep(
        self,
        question: _Question,
        endpoint: Endpoint,
        reply: Reply,
        conversation: Sequence[Mapping[str, str]],
    ) -> list[Finding]:
        fields, findings = gate.judge(question.prepared, reply, self._options.language)
        translation = Translation(
            id=question.papers[0].id,
            version=question.papers[0].version,
            key=question.prepared.key,
            status="failed" if fields is None else "ok",
            title=fields.title if fields else "",
            abstract=fields.abstract if fields else "",
            summary=fields.summary if fields else "",
            faults=tuple(dict.fromkeys(finding.name for finding in findings)),
            model=endpoint.model,
            prompt_version=PROMPT_VERSION,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            raw=_writable(reply.content[:LONGEST]),
        )
        self._record(translation)
        if fields is not None:
            for paper in question.papers[1:]:
                self._record(_copy(translation, paper))
        self._tally.prompt += reply.prompt_tokens
        self._tally.completion += reply.completion_tokens
        spent = reply.prompt_tokens + reply.completion_tokens
        self._pace.succeeded(spent or _estimate(conversation, reply))
        return findings

    def _keep_refusal(self, question: _Question, endpoint: Endpoint, reason: str) -> list[Finding]:
        """A filter's refusal is an answer to this text: the next builds must not ask for ever."""
        finding = gate.FILTERED
        self._record(
            Translation(
                id=question.papers[0].id,
                version=question.papers[0].version,
                key=question.prepared.key,
                status="failed",
                faults=(finding.name,),
                model=endpoint.model,
                prompt_version=PROMPT_VERSION,
                raw=_writable(reason),
            )
        )
        return [finding]

    def _report(self) -> None:
        if self._progress is None:
            return
        self._progress(
            Progress(
                done=self._tally.done,
                total=len(self._questions),
                refused=self._tally.refused.total(),
                tokens=self._tally.prompt + self._tally.completion,
                seconds=time.monotonic() - self._started,
            )
        )


def _estimate(conversation: Sequence[Mapping[str, str]], reply: Reply) -> int:
    """Tokens of a call whose endpoint does not count them: about four bytes each, for the budget alone."""
    text = "".join(message["content"] for message in conversation) + reply.content
    return len(text.encode("utf-8", "surrogatepass")) // 4


def _writable(text: str) -> str:
    """A text that UTF-8 can hold: half a surrogate pair, as in a cut emoji, becomes a mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
