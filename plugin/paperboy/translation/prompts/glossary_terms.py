"""The glossary's rows in a question and its answer: which are asked for, and which were followed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paperboy.domain.glossary import Glossary, Term

MOST = 40
"""Rows in one question; a text has about six, and what is more would drown the instructions."""

# What a model or our own typography may set in one way or another within a term.
_FOLD = (*zip("（），：；", "(),:;", strict=True), *((sign, "") for sign in " \u00a0-\u2010\u2011\u2013·"))


class Terms(NamedTuple):
    """The rows that occur in the two texts of a question."""

    title: tuple[Term, ...] = ()
    abstract: tuple[Term, ...] = ()

    @property
    def rows(self) -> tuple[Term, ...]:
        """Each row once, the site's own first."""
        return tuple(sorted(dict.fromkeys((*self.title, *self.abstract)), key=lambda row: not row.strict))

    @property
    def own(self) -> tuple[str, ...]:
        """The site's own rows as the model is told them, in an order that only depends on them."""
        return tuple(sorted(row.instruction for row in self.rows if row.strict))

    @property
    def asked(self) -> list[tuple[str, str | None, bool]]:
        """What of the rows the model is told, in an order that only depends on them: part of the question's key."""
        return sorted((row.term, row.translation, row.keep) for row in self.rows)


def find_terms(title: str, abstract: str, glossary: Glossary) -> Terms:
    """The rows that stand in a title and an abstract, at most `MOST`."""
    found = Terms(glossary.matching(title), glossary.matching(abstract))
    rows = found.rows
    if len(rows) <= MOST:
        return found
    first = rows[:MOST]
    return Terms(*(tuple(row for row in part if row in first) for part in found))


def broken(rows: Sequence[Term], target: str) -> str | None:
    """The strict rows that a translation does not follow, in words."""
    missed = [row.instruction for row in _missed(rows, target) if row.strict]
    return f"does not use these terms of the glossary: {'; '.join(missed)}" if missed else None


def count(terms: Terms, title: str, abstract: str) -> tuple[int, int]:
    """How many rows are followed wherever they occur, and how many were asked for."""
    missed = {*_missed(terms.title, title), *_missed(terms.abstract, abstract)}
    return len(terms.rows) - len(missed), len(terms.rows)


def _missed(rows: Sequence[Term], target: str) -> list[Term]:
    """The rows of which neither the rendering nor another accepted one stands in a translation.

    Spaces and hyphens count for nothing: 视觉-语言模型 is 视觉语言模型.
    """
    folded = _match_key(target) if rows else ""
    return [row for row in rows if not any(rendering in folded for rendering in _renderings(row))]


@lru_cache(maxsize=1024)
def _renderings(row: Term) -> tuple[str, ...]:
    """What of a row may stand in a translation, folded."""
    return tuple(map(_match_key, (row.term if row.keep else row.translation or "", *row.also)))


def _match_key(text: str) -> str:
    for sign, plain in _FOLD:
        text = text.replace(sign, plain)
    return text.casefold()
