"""One question and one endpoint: ask, check, ask again, ask in plain words, and keep every reply."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from paperboy.model import Announcement, Translation
from paperboy.translate import gate, plain, terms
from paperboy.translate.answer import LONGEST, Reply
from paperboy.translate.failures import Busy, Failure, Fatal, Filtered, Rejected
from paperboy.translate.prompt import PROMPT_VERSION, Prepared, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from paperboy.translate.checks import Finding
    from paperboy.translate.client import Endpoint
    from paperboy.translate.outcome import Tally
    from paperboy.translate.pace import Pace

TRIES = 3
"""Times that one question is sent before it is left to the next build, if the endpoint gives no reply."""

_SETTLED = {"content-filter", "cut-off"}
"""Faults that a second ask in the same form only pays for again."""


class Question(Struct, frozen=True):
    """One text to translate, and the papers that it is the text of: the first is asked for."""

    prepared: Prepared
    papers: list[Announcement]
    said: list[tuple[str, str]] = []
    """What the model said already about single texts, before the last build was killed."""


def copied(translation: Translation, paper: Announcement) -> Translation:
    """The same answer for another paper or version; nothing was paid for it."""
    return replace(translation, id=paper.id, version=paper.version, prompt_tokens=0, completion_tokens=0)


class Asking:
    """Puts questions to endpoints; what comes back is on disk before anything else happens with it.

    Arguments:
        language: The target language.
        record: Appends to the journal.
        tally: Where requests and tokens are counted.
        pace: When to send, and when no more.
    """

    def __init__(self, language: str, record: Callable[[Translation], None], tally: Tally, pace: Pace) -> None:
        self.gone: set[str] = set()
        """Fallback models that cannot be asked."""
        self._language = language
        self._record = record
        self._tally = tally
        self._pace = pace

    async def put(self, question: Question, endpoint: Endpoint) -> list[Finding] | None:
        """Put a question to one endpoint: as JSON, again with the faults named, and in plain words.

        Gives what is wrong with the last answer, or `None` if there was none.
        """
        findings: list[Finding] | None = None
        said = [] if endpoint.is_fallback else question.said
        if not said and not endpoint.loses_form:
            for _ in range(1 if endpoint.is_fallback else 2):
                faults = [finding.detail for finding in findings or ()]
                conversation = messages(question.prepared, self._language, faults)
                heard = await self._ask(question, endpoint, conversation, self._keep)
                if heard is None:
                    return findings
                findings = heard
                if not findings or findings[0].name in _SETTLED:
                    break
            kept_form = not findings or findings[0].name not in plain.MENDS
            endpoint.kept_form(kept=kept_form)
            if kept_form:
                return findings
        heard = await self._in_plain_words(question, endpoint, said)
        return findings if heard is None else heard

    async def _in_plain_words(
        self, question: Question, endpoint: Endpoint, said: list[tuple[str, str]]
    ) -> list[Finding] | None:
        """Ask for one text at a time, and put the answer together from them."""
        talk = plain.Talk(question.prepared, self._language, said)
        findings: list[Finding] | None = []
        while talk.field is not None and not findings:
            keep = functools.partial(self._keep_part, talk)
            findings = await self._ask(question, endpoint, talk.messages(), keep, plain=True)
            if findings is None:
                return None
        return findings

    async def _ask(
        self,
        question: Question,
        endpoint: Endpoint,
        conversation: Sequence[Mapping[str, str]],
        keep: Callable[[Question, Endpoint, Reply], list[Finding]],
        *,
        plain: bool = False,
    ) -> list[Finding] | None:
        """Put a question once; gives what is wrong with the answer, or `None` if there is none."""
        tries = TRIES
        while tries:
            async with self._pace.turn() as allowed:
                if not allowed:
                    return None
                sent = time.monotonic()
                self._tally.requests += 1
                try:
                    reply = await endpoint.ask(conversation, plain=plain)
                except Filtered as failure:
                    self._pace.succeeded(0, 0)
                    return self._keep_refusal(question, endpoint, str(failure))
                except Rejected as failure:
                    self._tally.trouble = str(failure)
                    self._pace.failed(failure, sent)
                    return None
                except Failure as failure:
                    self._tally.trouble = str(failure)
                    if isinstance(failure, Fatal) and endpoint.is_fallback:
                        self.gone.add(endpoint.model)  # the main model works on without its fallback
                        return None
                    wait = self._pace.failed(failure, sent)
                    # "Not now" says nothing about this question; the pace bounds how often it is heard.
                    tries -= not isinstance(failure, Busy)
                else:
                    # From here to the record there is no `await`: a cancelled run loses no reply.
                    findings = keep(question, endpoint, reply)
                    self._tally.prompt += reply.prompt_tokens
                    self._tally.completion += reply.completion_tokens
                    self._pace.succeeded(*_spent(conversation, reply))
                    return findings
            if tries:
                await self._pace.sleep(wait)
        return None

    def _keep(
        self, question: Question, endpoint: Endpoint, reply: Reply, findings: list[Finding] | None = None
    ) -> list[Finding]:
        """Judge a reply, unless that it is refused is known already, and record it."""
        fields = None
        if not findings:
            fields, findings = gate.judge(question.prepared, reply, self._language)
        translation = self._translation(question, endpoint, reply, "failed" if fields is None else "ok")
        translation = replace(translation, faults=tuple(dict.fromkeys(finding.name for finding in findings)))
        if fields is not None:
            title, abstract, summary = fields
            followed = terms.count(question.prepared.terms, title, abstract)
            translation = replace(translation, title=title, abstract=abstract, summary=summary, terms=followed)
            self._tally.terms_followed += followed[0]
            self._tally.terms_asked += followed[1]
        self._record(translation)
        if fields is not None:
            for paper in question.papers[1:]:
                self._record(copied(translation, paper))
        return findings

    def _keep_part(self, talk: plain.Talk, question: Question, endpoint: Endpoint, reply: Reply) -> list[Finding]:
        """Keep one text of an answer; the last one as the answer that all of them are together."""
        if gate.ending(reply) is not None:
            return self._keep(question, endpoint, reply)
        said = talk.hear(reply.content)
        if talk.field is None:
            return self._keep(question, endpoint, reply._replace(content=talk.raw), talk.findings)
        self._record(self._translation(question, endpoint, reply._replace(content=said), "part"))
        return []

    def _translation(
        self, question: Question, endpoint: Endpoint, reply: Reply, status: Literal["ok", "failed", "part"]
    ) -> Translation:
        """The record of a reply, as far as it does not depend on what the gate says."""
        return Translation(
            id=question.papers[0].id,
            version=question.papers[0].version,
            key=question.prepared.key,
            status=status,
            model=endpoint.model,
            prompt_version=PROMPT_VERSION,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            raw=_writable(reply.content[:LONGEST]),
        )

    def _keep_refusal(self, question: Question, endpoint: Endpoint, reason: str) -> list[Finding]:
        """A filter's refusal is an answer to this text: the next builds must not ask for ever."""
        finding = gate.FILTERED
        translation = self._translation(question, endpoint, Reply(reason, "content_filter"), "failed")
        self._record(replace(translation, faults=(finding.name,)))
        return [finding]


def _spent(conversation: Sequence[Mapping[str, str]], reply: Reply) -> tuple[int, int]:
    """Tokens of a call, for the budget; about four bytes each where the endpoint does not count them."""
    if reply.prompt_tokens or reply.completion_tokens:
        return reply.prompt_tokens, reply.completion_tokens
    asked = "".join(message["content"] for message in conversation)
    return _bytes(asked) // 4, _bytes(reply.content) // 4


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _writable(text: str) -> str:
    """A text that UTF-8 can hold: half a surrogate pair, as in a cut emoji, becomes a mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
