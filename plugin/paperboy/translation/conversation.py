"""One question and one endpoint: ask, check, ask again, ask in plain words, and keep every reply."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from paperboy.translation import single_field
from paperboy.translation.client.errors import Busy, Failure, Fatal, Rejected, Withheld
from paperboy.translation.prompts.prompt import messages
from paperboy.translation.record import AnswerRecorder
from paperboy.translation.validation.checks import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from paperboy.domain.edition import Translation
    from paperboy.translation.client.endpoint_pool import Server, Servers
    from paperboy.translation.outcome import RunStats, Verdicts
    from paperboy.translation.record import Question
    from paperboy.translation.validation.response import Reply

TRIES = 3
"""Times that one question is sent before it is left to the next build, if the endpoint gives no reply."""

LOST_IN_JSON = 3
"""Texts in a row that came well in plain words only, after which a model is asked in these at once."""

_SETTLED = {"content-filter", "cut-off"}
"""Faults that a second ask in the same form only pays for again."""

REJECTED = Violation("rejected", "the endpoint does not take this text")
"""What stands in place of an answer that the endpoint refuses to give; nothing is recorded of it."""


class Model:
    """A model's name and its habits, behind however many addresses it is asked."""

    def __init__(self, name: str, *, is_fallback: bool = False) -> None:
        self.name = name
        self.is_fallback = is_fallback
        self._lost = 0

    @property
    def loses_form(self) -> bool:
        """Whether it is better asked in plain words from the start."""
        return self._lost >= LOST_IN_JSON

    def kept_form(self, *, kept: bool) -> None:
        """Note whether a question that was put as JSON came back as such."""
        self._lost = 0 if kept else self._lost + 1


class Conversation:
    """Puts questions to models; what comes back is on disk before anything else happens with it.

    Arguments:
        language: The target language.
        record: Appends to the journal.
        stats: Where requests and tokens are counted.
        servers: Where and when to send, and when no more.
        verdicts: What became of the answers of the build.
    """

    def __init__(
        self,
        language: str,
        record: Callable[[Translation], None],
        stats: RunStats,
        servers: Servers,
        verdicts: Verdicts,
    ) -> None:
        self._language = language
        self._keeper = AnswerRecorder(language, record, stats, verdicts)
        self._verdicts = verdicts
        self._stats = stats
        self._servers = servers

    async def put(self, question: Question, model: Model) -> list[Violation] | None:
        """Put a question to one model: as JSON, again with the faults named, and in plain words.

        Gives what is wrong with the last answer, `[REJECTED]` where the endpoint does not take the text, or `None`
        if there was none.
        """
        findings = None if model.is_fallback else question.refused or None
        said = [] if model.is_fallback else question.said
        if not said and not model.loses_form:
            for _ in range(1 if model.is_fallback or findings else 2):
                if findings and findings[0].name in _SETTLED:
                    break
                faults = [finding.detail for finding in findings or ()]
                conversation = messages(question.prepared, self._language, faults)
                heard = await self._ask(question, model, conversation, self._keeper.keep)
                if heard is None:
                    return findings
                if REJECTED in heard:
                    return heard
                findings = heard
                if not findings:
                    break
            kept_form = not findings or findings[0].name not in single_field.MENDS
            model.kept_form(kept=kept_form)
            if kept_form:
                return findings
        heard = await self._in_plain_words(question, model, said)
        return findings if heard is None else heard

    async def _in_plain_words(
        self, question: Question, model: Model, said: list[tuple[str, str]]
    ) -> list[Violation] | None:
        """Ask for one text at a time, and put the answer together from them."""
        talk = single_field.FieldDialogue(question.prepared, self._language, said)
        findings: list[Violation] | None = []
        while talk.field is not None and not findings:
            keep = functools.partial(self._keeper.keep_part, talk)
            findings = await self._ask(question, model, talk.messages(), keep, plain=True)
            if findings is None:
                return None
        return findings

    async def _ask(
        self,
        question: Question,
        model: Model,
        conversation: Sequence[Mapping[str, str]],
        keep: Callable[[Question, str, Reply], list[Violation]],
        *,
        plain: bool = False,
    ) -> list[Violation] | None:
        """Put a question once; gives what is wrong with the answer, or `None` if there is none."""
        tries = TRIES
        server: Server | None = None
        while tries:
            async with self._servers.turn(model.name, avoided=server) as server:
                if server is None:
                    return None
                sent = time.monotonic()
                self._stats.requests += 1
                try:
                    reply = await server.endpoint(model.name).ask(conversation, plain=plain)
                except Withheld as failure:
                    self._servers.succeeded(server, 0, 0)
                    findings = self._keeper.keep_refusal(question, model.name, str(failure), failure.fault)
                    self._stop_if_useless()
                    return findings
                except Rejected as failure:
                    self._stats.trouble = str(failure)
                    self._servers.failed(server, failure, sent)
                    return [REJECTED]
                except Failure as failure:
                    self._stats.trouble = str(failure)
                    if isinstance(failure, Fatal) and model.is_fallback:
                        server.lacks(model.name)  # the main model works on without its fallback
                        continue
                    wait = self._servers.failed(server, failure, sent)
                    # "Not now" says nothing about this question; the pace bounds how often it is heard.
                    tries -= not isinstance(failure, Busy)
                else:
                    # From here to the record there is no `await`: a cancelled run loses no reply.
                    findings = keep(question, model.name, reply)
                    self._stats.prompt += reply.prompt_tokens
                    self._stats.completion += reply.completion_tokens
                    self._servers.succeeded(server, *_spent(conversation, reply))
                    if findings and server.endpoint(model.name).widen(reply):
                        continue
                    self._stop_if_useless()
                    return findings
            if tries:
                await self._servers.sleep(wait)
        return None

    def _stop_if_useless(self) -> None:
        """Stop where the first answers of a build are all of no use: the server is ill, not the papers."""
        if reason := self._verdicts.useless():
            self._servers.stop(reason)


def _spent(conversation: Sequence[Mapping[str, str]], reply: Reply) -> tuple[int, int]:
    """Tokens of a call, for the budget; about four bytes each where the endpoint does not count them."""
    if reply.prompt_tokens or reply.completion_tokens:
        return reply.prompt_tokens, reply.completion_tokens
    asked = "".join(message["content"] for message in conversation)
    return _bytes(asked) // 4, _bytes(reply.content) // 4


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
