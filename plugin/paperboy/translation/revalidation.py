"""Answers that are on disk, judged again by today's gate: nothing is asked, nothing is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from paperboy.translation.prompts import glossary_terms as terms_of
from paperboy.translation.prompts.prompt import prepare
from paperboy.translation.validation import validator
from paperboy.translation.validation.response import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paperboy.domain.config import TranslationOptions
    from paperboy.domain.edition import Translation
    from paperboy.domain.glossary import Glossary
    from paperboy.domain.papers import Announcement

_NO_TEXT = frozenset({"content-filter", "cut-off", "empty"})
"""Faults of an answer that had no text, or not all of it: there is nothing to judge."""


def revalidate(
    papers: Mapping[str, Announcement],
    answers: Sequence[Translation],
    options: TranslationOptions,
    glossary: Glossary,
) -> list[Translation]:
    """The same answers, each with the gate's verdict of now.

    An answer is judged against the text that it was given for: where the archive holds another version of
    the paper by now, or the answer came without its raw text, it stays as it is.

    Arguments:
        papers: The announcements of the day, by id.
        answers: What is on disk for it, in order.
        options: Language and limits.
        glossary: The rows of now.

    Returns:
        As many answers, in the same order.
    """
    return [_validate_again(papers.get(answer.id), answer, options, glossary) for answer in answers]


def _validate_again(
    paper: Announcement | None, answer: Translation, options: TranslationOptions, glossary: Glossary
) -> Translation:
    if paper is None or paper.version != answer.version or not answer.raw:
        return answer
    if answer.status == "part" or _NO_TEXT.intersection(answer.faults):
        return answer
    prepared = prepare(paper, options, glossary)
    fields, findings = validator.validate(prepared, Reply(answer.raw, "stop"), options.language)
    if fields is None:
        faults = tuple(dict.fromkeys(finding.name for finding in findings))
        return replace(answer, status="failed", title="", abstract="", summary="", faults=faults, terms=(0, 0))
    return replace(
        answer,
        status="ok",
        title=fields.title,
        abstract=fields.abstract,
        summary=fields.summary,
        faults=(),
        terms=terms_of.count(prepared.terms, fields.title, fields.abstract),
        rows=prepared.terms.own,
    )
