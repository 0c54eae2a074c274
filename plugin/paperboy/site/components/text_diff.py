"""A diff of two versions by words and whole formulas, ready for a template."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from paperboy import tex
from paperboy.site.html import urls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paperboy.domain.papers import Announcement

Kind = Literal["same", "removed", "added"]

_WORD = re.compile(r"[^\s]+?(?=[.,;:!?)\]]*(?:\s|$))|[.,;:!?)\]]+")
"""A word; the punctuation after it is one of its own, so that a word before a new comma is the same word."""

_MOST = 1200
"""Words of a text that are compared; beyond that, all of it counts as new. The longest abstract has 480."""


class DiffRun(NamedTuple):
    """Words that were kept, removed or added together; `gap` is true where a blank follows."""

    kind: Kind
    text: str
    gap: bool


class _Token(NamedTuple):
    text: str
    gap: bool


class TextChanges:
    """The changes of a replacement, as templates show them."""

    def __init__(self, paper: Announcement) -> None:
        previous = paper.previous
        if previous is None:
            raise ValueError(f"{paper.id} replaced nothing that is known")
        self._paper = paper
        self.previous = previous
        self.address = urls.abstract_page(paper.id, previous.version)
        """arXiv's page of the version before."""

    @cached_property
    def title(self) -> list[DiffRun]:
        """The title with its changes; nothing where it has none."""
        return [] if self.previous.title is None else word_diff(self.previous.title, self._paper.title)

    @cached_property
    def abstract(self) -> list[DiffRun]:
        """The abstract with its changes; nothing where it has none."""
        return [] if self.previous.abstract is None else word_diff(self.previous.abstract, self._paper.abstract)


def word_diff(before: str, after: str) -> list[DiffRun]:
    """Two texts as one, with what was removed and what was added.

    A formula is never cut: it is the same or another one. TeX outside of formulas counts as the Unicode that
    it stands for.
    """
    old, new = list(_tokens(before)), list(_tokens(after))
    one, other = [token.text for token in old], [token.text for token in new]
    first = _common(one, other)
    last = _common(one[first:][::-1], other[first:][::-1])
    left, right = old[first : len(old) - last], new[first : len(new) - last]
    runs = [_diff_run("same", new[:first]), *_between(left, right), _diff_run("same", new[len(new) - last :])]
    return [run for run in runs if run is not None]


def _between(left: Sequence[_Token], right: Sequence[_Token]) -> Iterator[DiffRun | None]:
    """The differing middle of two texts."""
    removed: list[_Token] = []
    added: list[_Token] = []
    if max(len(left), len(right)) > _MOST:
        yield from (_diff_run("removed", left), _diff_run("added", right))
        return
    matcher = SequenceMatcher(None, [token.text for token in left], [token.text for token in right], autojunk=False)
    codes = matcher.get_opcodes()
    for number, (tag, start, end, first, last) in enumerate(codes):
        # One word that stayed between two changes reads worse than one longer change.
        if tag == "equal" and (end - start > 1 or number in (0, len(codes) - 1)):
            yield from (_diff_run("removed", removed), _diff_run("added", added), _diff_run("same", right[first:last]))
            removed, added = [], []
        else:
            removed += left[start:end]
            added += right[first:last]
    yield from (_diff_run("removed", removed), _diff_run("added", added))


def _diff_run(kind: Kind, tokens: Sequence[_Token]) -> DiffRun | None:
    if not tokens:
        return None
    text = "".join(f"{token.text} " if token.gap else token.text for token in tokens)
    return DiffRun(kind, text.rstrip(" "), tokens[-1].gap)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two texts begin with in common."""
    shorter = min(len(one), len(other))
    return next((number for number in range(shorter) if one[number] != other[number]), shorter)


def _tokens(text: str) -> Iterator[_Token]:
    """The words, punctuation marks and formulas of a text."""
    shown = tex.to_unicode(text)
    position = 0
    for start, end in [*((span.start, span.end) for span in tex.spans(shown)), (len(shown), len(shown))]:
        for match in _WORD.finditer(shown, position, start):
            yield _Token(match[0], shown[match.end() : match.end() + 1].isspace())
        if end > start:
            yield _Token(" ".join(shown[start:end].split()), shown[end : end + 1].isspace())
        position = end
