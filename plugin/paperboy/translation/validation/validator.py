"""From a reply to a translation, or to the names of its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy import tex
from paperboy.translation.prompts import glossary_terms
from paperboy.translation.prompts.prompt import SUMMARY_CHARACTERS, SUMMARY_WORDS
from paperboy.translation.validation import checks, normalization, numbers, response
from paperboy.translation.validation.checks import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.translation.prompts.prompt import Prepared
    from paperboy.translation.validation.response import Reply

FILTERED = Violation("content-filter", "the model's content filter closed on the text")
"""What is wrong where the endpoint refuses the text itself."""

_TOO_LONG = 500
_ORDER = [*checks.CHECKS, "glossary", "summary"]
_OF_SUMMARIES = (
    checks.control,
    checks.refusal,
    checks.residue,
    checks.markup,
    checks.commands,
    checks.repetition,
)
_ENDINGS = {
    "length": Violation("cut-off", "the answer ran to the token limit before it was complete"),
    "content_filter": FILTERED,
    "no-choice": Violation("empty", "the answer holds no text"),
}


def validate(prepared: Prepared, reply: Reply, language: str) -> tuple[response.Fields | None, list[Violation]]:
    """Read and check a reply: the texts to publish with formulas back in place, or what is wrong."""
    if (finding := ending(reply)) is not None:
        return None, [finding]
    try:
        fields = response.parse_reply(reply.content)
    except response.Unreadable as error:
        return None, [Violation(error.name, error.detail)]
    fields = response.Fields(
        title=normalization.normalize(fields.title, "title", prepared.title, language),
        abstract=normalization.normalize(fields.abstract, "abstract", prepared.abstract, language),
        summary=normalization.normalize(fields.summary, "summary", "", language),
    )
    if findings := find_violations(prepared, fields, language):
        return None, findings
    return (
        response.Fields(
            tex.restore(fields.title, prepared.title_pieces),
            tex.restore(fields.abstract, prepared.abstract_pieces),
            fields.summary,
        ),
        [],
    )


def ending(reply: Reply) -> Violation | None:
    """What is wrong with a reply by the way it ended: cut off, filtered, without a text."""
    return _ENDINGS.get(reply.finish)


def find_violations(prepared: Prepared, fields: response.Fields, language: str) -> list[Violation]:
    """Every fault of an answer; none means that it is a translation."""
    found = _of_text("title", prepared, fields.title, language)
    found += _of_text("abstract", prepared, fields.abstract, language)
    found += _of_summary(prepared, fields.summary, language)
    return sorted(found, key=lambda finding: _ORDER.index(finding.name))


def find_field_violations(prepared: Prepared, field: str, text: str, language: str) -> list[Violation]:
    """Every fault of one text that came by itself."""
    if not text:
        return [Violation("empty", "the answer is empty")]
    if field == "summary":
        return _of_summary(prepared, normalization.normalize(text, field, "", language), language)
    source = prepared.title if field == "title" else prepared.abstract
    return _of_text(field, prepared, normalization.normalize(text, field, source, language), language)


def _of_text(field: str, prepared: Prepared, target: str, language: str) -> list[Violation]:
    source, rows = prepared.title, prepared.terms.title
    if field == "abstract":
        source, rows = prepared.abstract, prepared.terms.abstract
    if len(target) > _TOO_LONG + 4 * len(source):
        # What is absurdly long is not worth the time of the other checks.
        return [Violation("length", f"the {field} has {len(target)} characters for {len(source)}")]
    pair = checks.Pair(field, source, target, language)
    found = [
        Violation(name, f"the {field} {detail}")
        for name, check in checks.CHECKS.items()
        if (detail := check(pair)) is not None
    ]
    if (detail := glossary_terms.broken(rows, target)) is not None:
        found.append(Violation("glossary", f"the {field} {detail}"))
    return found


def _of_summary(prepared: Prepared, summary: str, language: str) -> list[Violation]:
    # The summary may say a number that stands in a formula: it is held against the text as it is.
    source = f"{tex.unmask(prepared.title, prepared.title_pieces)}\n"
    source += tex.unmask(prepared.abstract, prepared.abstract_pieces)
    pair = checks.Pair("summary", source, summary, language)
    return [Violation("summary", f"the summary {detail}") for detail in _summary(pair, prepared.title)]


def _summary(pair: checks.Pair, title: str) -> Iterator[str]:
    """A summary is short, free of placeholders, and says no number that the source does not say."""
    spaced = pair.language.split("-")[0] not in checks.UNSPACED
    size = len(pair.target.split()) if spaced else len(pair.target)
    limit = SUMMARY_WORDS if spaced else SUMMARY_CHARACTERS
    if size > 2 * limit:
        yield f"has {size} {'words' if spaced else 'characters'}; at most {limit} were asked for"
        return
    if tex.placeholders(pair.target):
        yield "holds a placeholder"
    for check in _OF_SUMMARIES:
        if (detail := check(pair)) is not None:
            yield detail
    # Names and words are told apart as in a title, which a summary resembles.
    if detail := checks.script(pair._replace(field="title", source=title)):
        yield detail
    if not spaced and (unknown := numbers.unknown(checks.without_placeholders(pair.source), pair.target)):
        yield f"holds {', '.join(unknown[:4])}, which the source has not"
