"""The glossary: how terms are to be translated, and which of them a text holds.

A row names a term and its one translation, or that it stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A placeholder is one token, so that no term is found inside it; a hyphen is no token, so that "zero-shot" is
# "zero shot"; any other sign is one, so that no term reaches over the end of a sentence.
_TOKEN = re.compile(r"\w++|<m\d+/>|[^\s\-\u2010\u2011]")
_ADDRESS = re.compile(r"(?:\w+://|www\.)\S+|(?<![\w.-])(?:[\w-]++\.)++[\w-]+/\S*")


class Term(Struct, frozen=True, kw_only=True):
    """One row: a term, and what becomes of it.

    Either `translation` or `keep` is set. `also` lists other renderings that are accepted, `case` says
    that only this spelling is meant, `note` says why. `strict` marks a row that a person of this site
    wrote: an answer that does not follow it is refused; a default row is a recommendation.
    """

    term: str
    translation: str | None = None
    keep: bool = False
    case: bool = False
    also: tuple[str, ...] = ()
    note: str = ""
    strict: bool = False

    @property
    def instruction(self) -> str:
        """The row as the model is told it: `agent → 智能体`, `Transformer: keep`."""
        return f"{self.term}: keep" if self.keep else f"{self.term} → {self.translation}"

    @property
    def words(self) -> tuple[str, ...]:
        """The words that the row is found by: in small letters, where the spelling does not count."""
        words = tuple(_TOKEN.findall(self.term))
        return words if self.case else tuple(map(str.lower, words))


class _Form(NamedTuple):
    """One spelling under which a row is found; `exact` where its letters' case counts."""

    words: list[str]
    exact: list[str] | None
    row: int


class Glossary:
    """The rows of one language, ready to be found in texts.

    Arguments:
        rows: The rows; of two for the same spelling the earlier one counts.
    """

    def __init__(self, rows: Iterable[Term] = ()) -> None:
        self.rows = tuple(rows)
        found: dict[str, list[tuple[tuple[int, bool, bool, int], _Form]]] = {}
        for number, row in enumerate(self.rows):
            for plural, words in _spellings(row.term):
                form = _Form([word.lower() for word in words], words if row.case else None, number)
                rank = (-len(words), not row.case, plural, number)
                found.setdefault(form.words[0], []).append((rank, form))
        self._forms = {
            word: [form for _, form in sorted(forms, key=lambda ranked: ranked[0])] for word, forms in found.items()
        }

    def __len__(self) -> int:
        return len(self.rows)

    def matching(self, text: str) -> tuple[Term, ...]:
        """The rows whose term stands in a text: the site's own first, each group in the text's order.

        A term is whole words, in the singular or the plural, with hyphens or spaces between them; it is
        not found where a longer term covers it, in a placeholder or in an address.
        """
        if "/" in text.replace("/>", "") or "www." in text:  # not that of a placeholder alone
            text = _ADDRESS.sub(".", text)
        words = _TOKEN.findall(text)
        lower = [*map(str.lower, words)]
        found: dict[int, None] = {}
        covered = 0
        for place, word in enumerate(lower):
            for form in self._forms.get(word, ()):
                end = place + len(form.words)
                if lower[place:end] == form.words and (form.exact is None or words[place:end] == form.exact):
                    if end > covered:
                        found[form.row] = None
                        covered = end
                    break
        rows = [self.rows[number] for number in found]
        return tuple(sorted(rows, key=lambda row: not row.strict))


def combine_glossaries(own: Sequence[Term], default: Glossary) -> Glossary:
    """The site's own rows, and the default ones for whose terms it has none."""
    mine = {row.words for row in own}
    free = [row for row in default.rows if not mine.intersection((row.words, tuple(map(str.lower, row.words))))]
    return Glossary([*own, *free])


def _spellings(term: str) -> Iterator[tuple[bool, list[str]]]:
    """The forms in which a term stands in a text, as words, and whether each is a plural."""
    words = _TOKEN.findall(term)
    if not words:
        return
    forms = [words]
    if "-" in term and all(word.isalnum() for word in words):
        forms.append(["".join(words)])  # pre-training, pretraining
    for form in forms:
        *head, last = form
        yield False, form
        if last[-1].isalnum():
            yield True, [*head, f"{last}s"]
            yield True, [*head, f"{last}es"]
        if last[-1] in "yY":
            yield True, [*head, f"{last[:-1]}ies"]
