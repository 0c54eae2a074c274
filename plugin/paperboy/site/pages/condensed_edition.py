"""Condensed pages of older months: titles and summaries on pages, abstracts in one compressed file a day.

The file is fetched by script when a reader opens the first abstract of a page (assets/abstracts.js); without
script, the link leads to the abstract at arXiv. Every paper keeps its page and its anchor.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec

from paperboy import tex
from paperboy.site.export.edition_json import edition_json
from paperboy.site.html import urls
from paperboy.site.html.document import Block, DataFile, Document, Heading
from paperboy.site.pages.edition import EditionPages
from paperboy.site.views.day_summary import is_translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from paperboy.domain.papers import Announcement

ABSTRACTS = "abstracts.json.gz"
DOWNLOAD = "papers.jsonl.gz"


class CondensedPages(EditionPages):
    """Makes the pages of an edition of an older month."""

    _files = False

    def all(self) -> Iterator[Document | DataFile]:
        """Every page of the edition, and its abstracts."""
        yield from self.day()
        for name in self.followed:
            yield from self._category(name)
        shown = (paper for paper in self.shown if not self.edition.hides(paper.id))
        abstracts = {paper.id: self._abstracts(paper) for paper in shown}
        yield DataFile(f"{self._folder}{ABSTRACTS}", _compressed(msgspec.json.encode(abstracts)))

    def day(self, path: str | None = None) -> Iterator[Document]:
        """The date: the accounts of its categories, whose pages hold the papers."""
        first = self._folder if path is None else path
        title = self._context.words.long_date(self.edition.date)
        content: tuple[Heading | Block, ...] = (
            Heading(1, title, "edition"),
            self._neighbours(first),
            *self._context.note(self.edition.note, first, "day"),
            *self._accounts(first),
        )
        yield Document(path=first, title=title, description=title, hide=("navigation", "toc"), content=content)

    @property
    def _full(self) -> Callable[..., str]:
        return self._context.cards.brief

    def _abstracts(self, paper: Announcement) -> list[tuple[str, list[str]]]:
        """The abstract in each language, as the paragraphs' HTML, which is inert whatever the text holds."""
        answer = self.edition.translations.get(paper.id)
        texts = [("en", paper.abstract)]
        if answer is not None and is_translated(self.edition, paper) and answer.abstract:
            texts.insert(0, (self._context.options.language, answer.abstract))
        return [(language, [tex.to_html(one) for one in tex.paragraphs(text)]) for language, text in texts]


def download(when: date, editions: Iterable[EditionPages], language: str) -> DataFile:
    """A month as one compressed file with an edition a line, each as in `edition.json`.

    Arguments:
        when: A day of the month.
        editions: Its editions, oldest first.
        language: The language of the translations.
    """
    lines = (edition_json(pages.edition, pages.shown, {}, language) for pages in editions)
    return DataFile(f"{urls.month(when)}{DOWNLOAD}", _compressed(b"".join(lines)))


def _compressed(data: bytes) -> bytes:
    """The same bytes for the same data, whenever it is compressed."""
    return gzip.compress(data, mtime=0)
