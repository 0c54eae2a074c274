"""The search record of a paper: the words that find it, and the texts that a result shows.

Words are made here, not by Pagefind, and again by `search-query.js` for what a reader types; both must make the
same ones. Scripts without blanks between words (Chinese, Japanese, Thai, …) become overlapping pairs of letters,
so that any piece of a text is found, wherever a dictionary would have cut it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paperboy.domain.edition import Translation
from paperboy.domain.papers import Announcement
from paperboy.site.html.plain_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN_AUTHORS = 3
MARK = "\u01c1"
"""Begins a word that no text holds (the letter ǁ): a category, a date, an arXiv id."""

_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao; Burmese; Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"  # kana and Han
)
_WORD = re.compile(rf"[{_SCRIPTS}]+|(?:(?![{_SCRIPTS}])[^\W_])+")
_RUN = re.compile(rf"[{_SCRIPTS}]")
_ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_OTHER = re.compile(r"[\W_]+")


class ShownRecord(Struct, frozen=True, array_like=True):
    """What a result shows; an array in this order, which `search.js` reads. Texts are plain."""

    id: str
    page: str
    """The path of the page that holds the card, relative to the site's root."""
    date: str
    category: str
    title: str
    translated: str
    authors: tuple[str, ...]
    more: bool
    """Whether there are more authors than these."""
    summary: str
    abstracts: tuple[str, ...] = ()
    """The translated one and arXiv's, where the index holds their words."""


class SearchRecord(Struct, frozen=True):
    """One paper of the index: the words of its titles, its other words, and what a result shows of it."""

    title: str
    words: str
    shown: ShownRecord


class Searchable(Struct, frozen=True, kw_only=True):
    """One paper of an edition where its card stands."""

    day: date
    paper: Announcement
    translation: Translation | None
    page: str
    category: str
    """The one whose page holds the card."""


def search_record(one: Searchable, *, abstracts: bool = False) -> SearchRecord:
    """Make ready one paper for the index.

    Arguments:
        one: The paper. Of a translation that did not pass its checks nothing is used.
        abstracts: Whether the abstracts are searched too.
    """
    paper = one.paper
    answer = one.translation if one.translation is not None and one.translation.status == "ok" else None
    title, translated = plain(paper.title), plain(answer.title) if answer else ""
    summary = plain(answer.summary) if answer else ""
    authors = [plain(name) for name in paper.authors]
    texts = (plain(answer.abstract) if answer else "", plain(paper.abstract)) if abstracts else ()
    words = [word for text in (summary, *authors, *texts) for word in tokens(text)]
    categories = dict.fromkeys((*paper.listed, *paper.categories))
    words += [marked(text) for text in (paper.id, one.day.isoformat(), *categories)]
    return SearchRecord(
        title=" ".join((*tokens(translated), *tokens(title))),
        words=" ".join(words),
        shown=ShownRecord(
            id=paper.id,
            page=one.page,
            date=one.day.isoformat(),
            category=one.category,
            title=title,
            translated=translated,
            authors=tuple(authors[:SHOWN_AUTHORS]),
            more=len(authors) > SHOWN_AUTHORS or not paper.authors_complete,
            summary=summary,
            abstracts=texts,
        ),
    )


def tokens(text: str) -> list[str]:
    """The words of a text: lower case, without accents, marks and TeX commands.

    A run of letters without blanks gives each pair of neighbours, and its last letter alone, so that every letter
    begins a word: 扩散模型 gives 扩散, 散模, 模型, 型.
    """
    found = []
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", _COMMAND.sub(" ", text))).lower()
    for word in _WORD.findall(folded):
        if _RUN.match(word):
            found += [word[at : at + 2] for at in range(len(word))]
        else:
            found.append(word)
    return found


def marked(name: str) -> str:
    """A category, date or arXiv id as one word that no text holds: `cs.CL` gives `ǁcscl`."""
    return MARK + _OTHER.sub("", name).lower()


def search_key(papers: Iterable[Searchable]) -> bytes:
    """All that the records of some papers are made of, cheaper than the records themselves."""
    return msgspec.json.encode(
        [
            (
                one.paper.id,
                one.paper.title,
                one.paper.abstract,
                one.paper.authors,
                one.paper.authors_complete,
                one.paper.categories,
                tuple(one.paper.listed),
                one.page,
                one.category,
                (one.translation.title, one.translation.summary, one.translation.abstract)
                if one.translation is not None and one.translation.status == "ok"
                else None,
            )
            for one in papers
        ]
    )
