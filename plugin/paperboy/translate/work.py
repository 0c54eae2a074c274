"""The way of a day's papers through the model: ask, check, ask again, and keep what came."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from paperboy import tex
from paperboy.errors import ModelError
from paperboy.model import Translation
from paperboy.translate import answer, checks, client, typography
from paperboy.translate.checks import Finding
from paperboy.translate.failures import Failure, Fatal, Filtered, Rejected
from paperboy.translate.pace import Pace
from paperboy.translate.prompt import PROMPT_VERSION, Prepared, messages, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from paperboy.config import TranslationOptions
    from paperboy.model import Announcement
    from paperboy.translate.client import Endpoint, Reply

GIVE_UP_AFTER = 3
"""Refused answers to one question (text, language, model, instructions) after which it is not asked again.

A hopeless text must not cost on every build for ever; another model or prompt version is a new question.
"""

TRIES = 3
"""Times that one question is sent before it is left to the next build, if the endpoint gives no reply."""

_ENDINGS = {
    "length": Finding("cut-off", "the answer ran to the token limit before it was complete"),
    "content_filter": Finding("content-filter", "the model's content filter closed on the text"),
    "no-choice": Finding("empty", "the answer holds no text"),
}

FAULTS: dict[str, str] = {
    "control": "control characters, as of TeX eaten by JSON",
    "placeholders": "a formula or link was lost, invented or repeated",
    "refusal": "an apology, an error text or talk in place of a translation",
    "echo": "the English text came back",
    "residue": "a part was left in English",
    "script": "too little of it is in the target language",
    "markup": "Markdown, HTML or a link that the source has not",
    "tex": "TeX that the source has not",
    "length": "too short or too long for the source",
    "repetition": "a phrase over and over",
    "closing": "a closing sentence that the source has not",
    "numbers": "a number was lost, changed or invented",
    "summary": "the summary is not one short, true sentence",
    "empty": "the answer was empty",
    "json": "the answer was no JSON object",
    "fields": "title, abstract or summary was missing",
    "schema-echo": "the answer was the schema itself",
    "cut-off": "the answer ran to the token limit",
    "content-filter": "a content filter closed on the text",
}
"""Every name that `Translation.faults` may hold, with its meaning in one line."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of the papers that `translate()` was given.

    Each is counted once: `translated` (asked for now), `reused` (an answer was on disk), `refused` (by
    the first fault of its last answer), `given_up` (refused too often before) or `left` (no answer came:
    endpoint, budget, circuit). `stopped` says in one line why asking ended early.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    translated: int = 0
    reused: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    given_up: int = 0
    left: int = 0
    stopped: str | None = None

    @property
    def untranslated(self) -> int:
        """Papers that are shown in English."""
        return sum(self.refused.values()) + self.given_up + self.left


class Progress(Struct, frozen=True, kw_only=True):
    """How far a run is; `done` of `total` questions are settled, `refused` of them badly."""

    done: int
    total: int
    refused: int
    tokens: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before there is one."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


class _Question(Struct, frozen=True):
    """One text to translate, and the papers that it is the text of: the first is asked for."""

    prepared: Prepared
    papers: list[Announcement]


class _Tally:
    """The counts of a run, while it runs."""

    def __init__(self) -> None:
        self.requests = self.prompt = self.completion = 0
        self.translated = self.reused = self.given_up = self.left = self.done = 0
        self.refused: Counter[str] = Counter()

    def outcome(self, stopped: str | None) -> Outcome:
        return Outcome(
            requests=self.requests,
            prompt_tokens=self.prompt,
            completion_tokens=self.completion,
            translated=self.translated,
            reused=self.reused,
            refused=dict(sorted(self.refused.items())),
            given_up=self.given_up,
            left=self.left,
            stopped=stopped,
        )


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
    tally = _Tally()
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
    tally: _Tally,
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


def judge(prepared: Prepared, reply: Reply, language: str) -> tuple[answer.Fields | None, list[Finding]]:
    """Read and check a reply: the texts to publish with formulas back in place, or what is wrong."""
    if (ending := _ENDINGS.get(reply.finish)) is not None:
        return None, [ending]
    try:
        fields = answer.read(reply.content)
    except answer.Unreadable as error:
        return None, [Finding(error.name, error.detail)]
    if language.startswith("zh"):
        fields = answer.Fields(*map(typography.full_width, fields))
    fields = fields._replace(summary=answer.one_sentence(fields.summary))
    if findings := checks.examine(prepared, fields, language):
        return None, findings
    return (
        answer.Fields(
            tex.unmask(fields.title, prepared.title_pieces),
            tex.unmask(fields.abstract, prepared.abstract_pieces),
            fields.summary,
        ),
        [],
    )


def _copy(translation: Translation, paper: Announcement) -> Translation:
    """The same answer for another paper or version; nothing was paid for it."""
    return replace(
        translation, id=paper.id, version=paper.version, prompt_tokens=0, completion_tokens=0
    )


class _Run:
    """One call of `translate()`: what its workers share."""

    def __init__(
        self,
        options: TranslationOptions,
        record: Callable[[Translation], None],
        progress: Callable[[Progress], None] | None,
        tally: _Tally,
        questions: list[_Question],
    ) -> None:
        self.stopped: str | None = None
        self._options = options
        self._record = record
        self._progress = progress
        self._tally = tally
        self._questions = questions
        self._started = time.monotonic()

    async def all(self, api_key: str | None) -> None:
        """Put every question, `concurrency` at a time."""
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

    async def _ask(
        self, question: _Question, endpoint: Endpoint, said: Sequence[str]
    ) -> list[Finding] | None:
        """Put a question once; gives what is wrong with the answer, or `None` if there is none."""
        conversation = messages(question.prepared, self._options.language, said)
        for _ in range(TRIES):
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
                    wait = self._failed(endpoint, failure, sent)
                else:
                    # From here to the record there is no `await`: a cancelled run loses no reply.
                    return self._keep(question, endpoint, reply, conversation)
            await self._pace.sleep(wait)
        return None

    def _failed(self, endpoint: Endpoint, failure: Failure, sent: float) -> float:
        if isinstance(failure, Fatal) and endpoint is not self._endpoints[0]:
            self._endpoints.remove(endpoint)  # the main model works on without its fallback
            return 0.0
        return self._pace.failed(failure, sent)

    def _keep(
        self,
        question: _Question,
        endpoint: Endpoint,
        reply: Reply,
        conversation: Sequence[Mapping[str, str]],
    ) -> list[Finding]:
        fields, findings = judge(question.prepared, reply, self._options.language)
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
            raw=_writable(reply.content[: answer.LONGEST]),
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
        finding = _ENDINGS["content_filter"]
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
