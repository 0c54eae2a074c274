"""From a reply to the journal: judged, and on disk before anything else happens with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from paperboy.domain.edition import Translation
from paperboy.domain.papers import Announcement
from paperboy.translation.prompts import glossary_terms
from paperboy.translation.prompts.prompt import PROMPT_VERSION, Prepared
from paperboy.translation.validation import validator
from paperboy.translation.validation.checks import Violation
from paperboy.translation.validation.response import LONGEST, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from paperboy.domain.config import TranslationOptions
    from paperboy.translation import single_field
    from paperboy.translation.outcome import RunStats, Verdicts


class Question(Struct, frozen=True):
    """One text to translate, and the papers that it is the text of: the first is asked for."""

    prepared: Prepared
    papers: list[Announcement]
    said: list[tuple[str, str]] = []
    """What the model said already about single texts, before the last build was killed."""
    refused: list[Violation] = []
    """What is wrong with the answer that a batch brought: the model is asked to mend that."""


def copied(translation: Translation, paper: Announcement) -> Translation:
    """The same answer for another paper or version; nothing was paid for it."""
    return replace(translation, id=paper.id, version=paper.version, prompt_tokens=0, completion_tokens=0)


def refused_in_batch(
    prepared: Prepared, answers: Sequence[Translation], options: TranslationOptions
) -> list[Violation]:
    """What is wrong with a question's last answer, where that came in a batch: nobody has asked to mend it yet."""
    last = answers[-1] if answers else None
    if last is None or not last.batch or last.status != "failed" or last.model != options.model:
        return []
    if validator.FILTERED.name in last.faults:
        return [validator.FILTERED]
    finish = "length" if "cut-off" in last.faults else "stop"
    return validator.validate(prepared, Reply(last.raw, finish), options.language)[1]


class AnswerRecorder:
    """Judges replies and records them, the refused ones too.

    Arguments:
        language: The target language.
        record: Appends to the journal.
        stats: Where the glossary's terms are counted.
        verdicts: What became of the answers of the build.
        batch: Whether the replies come from a batch, at its price.
    """

    def __init__(
        self,
        language: str,
        record: Callable[[Translation], None],
        stats: RunStats,
        verdicts: Verdicts,
        *,
        batch: bool = False,
    ) -> None:
        self._verdicts = verdicts
        self._language = language
        self._record = record
        self._stats = stats
        self._batch = batch

    def keep(
        self, question: Question, model: str, reply: Reply, findings: list[Violation] | None = None
    ) -> list[Violation]:
        """Judge a reply, unless that it is refused is known already, and record it."""
        fields = None
        if not findings:
            fields, findings = validator.validate(question.prepared, reply, self._language)
        translation = self._translation(question, model, reply, "failed" if fields is None else "ok")
        translation = replace(translation, faults=tuple(dict.fromkeys(finding.name for finding in findings)))
        if findings:
            translation = self._against(translation, reply)
        if fields is not None:
            title, abstract, summary = fields
            followed = glossary_terms.count(question.prepared.terms, title, abstract)
            translation = replace(translation, title=title, abstract=abstract, summary=summary, terms=followed)
            self._stats.terms_followed += followed[0]
            self._stats.terms_asked += followed[1]
        self._record(translation)
        if fields is not None:
            self._verdicts.good(question.prepared.key)
            for paper in question.papers[1:]:
                self._record(copied(translation, paper))
        return findings

    def keep_part(
        self, talk: single_field.FieldDialogue, question: Question, model: str, reply: Reply
    ) -> list[Violation]:
        """Keep one text of an answer; the last one as the answer that all of them are together."""
        if validator.ending(reply) is not None:
            return self.keep(question, model, reply)
        said = talk.hear(reply.content)
        if talk.field is None:
            return self.keep(question, model, reply._replace(content=talk.raw), talk.findings)
        self._record(self._translation(question, model, reply._replace(content=said), "part"))
        if talk.findings:
            self._verdicts.bad(talk.findings[0].name, reply.content)
        else:
            self._verdicts.usable()
        return []

    def keep_refusal(self, question: Question, model: str, reason: str, fault: str) -> list[Violation]:
        """A filter's refusal is an answer to this text: the next builds must not ask for ever."""
        finding = validator.FILTERED if fault == validator.FILTERED.name else Violation(fault, reason)
        reply = Reply(reason, "content_filter")
        translation = self._translation(question, model, reply, "failed")
        self._record(self._against(replace(translation, faults=(finding.name,)), reply))
        return [finding]

    def _against(self, refused: Translation, reply: Reply) -> Translation:
        """A refused answer with the day on it, where it counts against its paper: others were answered well."""
        self._verdicts.bad(refused.faults[0], reply.content)
        if not self._verdicts.has_good_beside(refused.key):
            return refused
        return replace(refused, asked=today().isoformat())

    def _translation(
        self, question: Question, model: str, reply: Reply, status: Literal["ok", "failed", "part"]
    ) -> Translation:
        """The record of a reply, as far as it does not depend on what the gate says."""
        return Translation(
            id=question.papers[0].id,
            version=question.papers[0].version,
            key=question.prepared.key,
            status=status,
            model=model,
            prompt_version=PROMPT_VERSION,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            rows=question.prepared.terms.own,
            batch=self._batch,
            raw=_writable(reply.content[:LONGEST]),
        )


def today() -> date:
    """The day of the build."""
    return datetime.now(UTC).date()


def days_refused(answers: Iterable[Translation]) -> int:
    """On how many days a question was refused in builds that had good answers to others."""
    return len({answer.asked for answer in answers if answer.status == "failed" and answer.asked is not UNSET})


def _writable(text: str) -> str:
    """A text that UTF-8 can hold: half a surrogate pair, as in a cut emoji, becomes a mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
