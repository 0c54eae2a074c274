"""Matches topics against papers, and gives the reasons: phrases, names and categories."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import combining, normalize

from msgspec import Struct

from paperboy import tex
from paperboy.domain import taxonomy
from paperboy.domain.edition import Translation
from paperboy.domain.papers import Announcement
from paperboy.domain.signals import Signal
from paperboy.tex.unicode import convert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paperboy.domain.config import Topic

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts that set no spaces between words: a phrase stands there wherever its characters do."""
_WORD = rf"[^\W{_CJK}]"
_GAP = r"[\s\-\u2010-\u2015]+"
"""Between the words of a phrase; authors write "in-context" and "in context"."""
_SHORT_FORMULA = re.compile(r"\w{1,12}")
_SENTENCE_END = re.compile(r"[.!?](?=\s)\s*|[。！？]")
_AROUND = 160
"""Characters of a long sentence that are shown before and after what was found."""
_APART = "\n\x00\n"
"""Stands where no phrase may reach over."""


class MatchReason(Struct, frozen=True, array_like=True):
    """Why a topic has found a paper: a phrase, a name or a category, as the topic writes it."""

    kind: Literal["phrase", "author", "institution", "category"]
    text: str


class TopicMatch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper that topics have found: `page` holds its card, `home` is the category of that page."""

    paper: Announcement
    translation: Translation | None = None
    signal: Signal | None = None
    page: str
    home: str


class SearchedText(NamedTuple):
    """The searchable texts of one paper."""

    text: str
    lower: str
    names: frozenset[str]
    institutions: str
    categories: frozenset[str]


def searched_text(
    paper: Announcement, translation: Translation | None, institutions: Iterable[str] = ()
) -> SearchedText:
    """Make ready one paper: title and abstract in both languages, names, and categories under their present names.

    Arguments:
        paper: The announcement.
        translation: Its answer; only an accepted one is looked at.
        institutions: Those that the paper names.
    """
    texts = [paper.title, paper.abstract]
    if translation is not None and translation.status == "ok":
        texts += [translation.title, translation.abstract, translation.summary]
    text = _APART.join(map(_prose, texts))
    return SearchedText(
        text=text,
        lower=text.lower(),
        names=frozenset(_name(tex.to_unicode(name)) for name in paper.authors),
        institutions=_APART.join(institutions),
        categories=frozenset(map(taxonomy.canonical, (*paper.categories, *paper.listed))),
    )


class Matcher:
    """One topic, compiled to be matched against many papers."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._any = [_Phrase(phrase) for phrase in topic.any if phrase.strip()]
        self._none = [_Phrase(phrase) for phrase in topic.none if phrase.strip()]
        self._authors = {_name(name): name for name in topic.authors}
        self._institutions = [_Phrase(name) for name in topic.institutions if name.strip()]
        self._categories = {taxonomy.canonical(name): name for name in topic.categories}
        self._out = frozenset(_name(name) for name in topic.none), frozenset(map(taxonomy.canonical, topic.none))

    @property
    def marks(self) -> re.Pattern[str] | None:
        """What is highlighted in a text that the topic has found."""
        return pattern(self.topic.any)

    def reasons(self, paper: SearchedText) -> tuple[MatchReason, ...]:
        """Why the topic finds a paper; empty where it does not."""
        found = [
            *(MatchReason("phrase", phrase.text) for phrase in self._any if phrase.stands_in(paper.text, paper.lower)),
            *(MatchReason("author", name) for key, name in self._authors.items() if key in paper.names),
            *(
                MatchReason("institution", phrase.text)
                for phrase in self._institutions
                if phrase.stands_in(paper.institutions, paper.institutions.lower())
            ),
            *(MatchReason("category", name) for key, name in self._categories.items() if key in paper.categories),
        ]
        return tuple(found) if found and not self._is_out(paper) else ()

    def _is_out(self, paper: SearchedText) -> bool:
        names, categories = self._out
        return (
            any(phrase.stands_in(paper.text, paper.lower) for phrase in self._none)
            or not names.isdisjoint(paper.names)
            or not categories.isdisjoint(paper.categories)
        )


class _Phrase:
    """A phrase, in any case, as whole words where its script has words; `*` at its end stands for any ending."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pattern = re.compile(_expression(text), re.IGNORECASE)
        # Looking for a word is a hundred times faster than the expression, and most papers hold none of it.
        self._rarest = max(re.split(rf"{_GAP}|\*$", text.strip().lower()), key=len)

    def stands_in(self, text: str, lower: str) -> bool:
        return self._rarest in lower and self._pattern.search(text) is not None


@lru_cache(maxsize=256)
def pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """An expression that finds any of some phrases, the longest where several begin; `None` without a phrase."""
    parts = sorted((phrase for phrase in phrases if phrase.strip()), key=len, reverse=True)
    return re.compile("|".join(map(_expression, parts)), re.IGNORECASE) if parts else None


def sentence(text: str, marks: re.Pattern[str]) -> str:
    """The sentence in which something is marked first, cut where it is long; empty where nothing is.

    A formula is never cut, nor is anything found inside one.
    """
    text = " ".join(tex.to_unicode(text).split())
    formulas = tex.spans(text)

    def free(position: int) -> bool:
        return not any(span.start < position < span.end for span in formulas)

    hit = next((match for match in marks.finditer(text) if free(match.start() + 1)), None)
    if hit is None:
        return ""
    ends = [match.end() for match in _SENTENCE_END.finditer(text) if free(match.start())]
    start = max((end for end in ends if end <= hit.start()), default=0)
    end = min((end for end in ends if end >= hit.end()), default=len(text))
    gaps = [match.start() for match in re.finditer(rf"\s|(?<=[{_CJK}])", text) if free(match.start())]
    cut_start = max((gap for gap in gaps if start < gap < hit.start() - _AROUND), default=start)
    cut_end = min((gap for gap in gaps if hit.end() + _AROUND < gap < end), default=end)
    cut = text[cut_start:cut_end].strip()
    return f"{'…' if cut_start > start else ''}{cut}{'…' if cut_end < end else ''}"


def _expression(phrase: str) -> str:
    phrase = phrase.strip()
    open_end = phrase.endswith("*") and len(phrase) > 1
    words = [re.escape(word) for word in re.split(_GAP, phrase.removesuffix("*") if open_end else phrase) if word]
    expression = _GAP.join(words) or re.escape(phrase)
    before = rf"(?<!{_WORD})" if re.match(_WORD, phrase) else ""
    after = rf"(?!{_WORD})" if re.search(rf"{_WORD}\Z", phrase) else f"{_WORD}*" if open_end else ""
    return f"{before}{expression}{after}"


def _prose(text: str) -> str:
    """The text without its formulas; one that is a mere word stays, as the k of `$k$-means`."""
    return "".join(
        part if isinstance(part, str) else part.body if _SHORT_FORMULA.fullmatch(part.body) else _APART
        for part in convert(text)
    )


def _name(name: str) -> str:
    """A name as it is compared: without case, accents and points, the given name first."""
    family, comma, given = name.partition(",")
    letters = normalize("NFKD", f"{given} {family}" if comma else name)
    plain = "".join(letter for letter in letters if not combining(letter)).lower()
    return " ".join(re.findall(r"\w+", plain))
