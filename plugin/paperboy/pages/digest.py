"""The newest edition as a letter: what was announced, with titles and summaries, in HTML, as text and as Markdown.

A letter is bounded: mail programs cut what is longer than about 100 kB, and nobody reads it. What does not fit
is counted, and stands on the site.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import Struct

from paperboy.pages import urls
from paperboy.pages.cards import by_section
from paperboy.pages.plain import markdown, plain

if TYPE_CHECKING:
    from collections.abc import Collection

    from paperboy.model import Announcement
    from paperboy.pages.editions import EditionPages
    from paperboy.pages.kit import Kit

MOST_BYTES = 90_000
"""Of the HTML part; Gmail shows 102 kB of a message."""

MOST_ENTRIES = 20
"""Papers of one category."""

_LONGEST_TITLE = 300
_LONGEST_SUMMARY = 400


class Entry(Struct, frozen=True, kw_only=True):
    """A paper in a letter: plain texts, and an address. `original` is the English title where there is another."""

    title: str
    original: str = ""
    summary: str = ""
    address: str


class Section(Struct, frozen=True, kw_only=True):
    """A category: how many papers are new there, and the first of them."""

    name: str
    label: str
    address: str
    total: int
    entries: tuple[Entry, ...]

    @property
    def more(self) -> int:
        """Papers that stand on the site alone."""
        return self.total - len(self.entries)


class Digest(Struct, frozen=True, kw_only=True):
    """One letter; `address` is the page of the edition, empty where the site's address is not known."""

    day: date
    site_name: str
    title: str
    address: str
    language: str
    complete: bool
    counts: dict[str, int]
    sections: tuple[Section, ...]


def compose(
    kit: Kit, pages: EditionPages, categories: Collection[str] = (), most_entries: int = MOST_ENTRIES
) -> Digest:
    """Put an edition into a letter.

    Arguments:
        kit: The site's tools.
        pages: The edition, and where its papers stand.
        categories: Those that the letter is about; all followed ones where none is named.
        most_entries: Papers of one category at most.
    """
    edition, options = pages.edition, kit.options
    chosen = [name for name in pages.followed if not categories or name in categories]
    papers = [paper for paper in pages.shown if any(name in paper.listed for name in chosen)]
    site = options.site_url
    return Digest(
        day=edition.date,
        site_name=plain(options.site_name),
        title=kit.words.long_date(edition.date),
        address=f"{site}{_page(kit, urls.day(edition.date))}" if site else "",
        language=options.language,
        complete=edition.ledger.complete,
        counts={name: len(found) for name, found in by_section(_own(papers), options.announce_types).items()},
        sections=tuple(
            section for name in chosen if (section := _section(kit, pages, papers, name, most_entries)).total
        ),
    )


def _own(papers: Collection[Announcement]) -> list[Any]:
    return [(paper, paper.announce_type) for paper in papers]


def _section(kit: Kit, pages: EditionPages, papers: Collection[Announcement], name: str, most: int) -> Section:
    """What is new in a category and at home there; replaced papers are only counted, above."""
    home = [paper for paper in papers if paper.home(pages.followed) == name]
    found = by_section([(paper, paper.listed[name]) for paper in home], kit.options.announce_types)
    new = [paper for kind in ("new", "cross") for paper, _ in found.get(kind, ())]
    page = urls.day_category(pages.edition.date, name)
    return Section(
        name=name,
        label=kit.label(name),
        address=f"{kit.options.site_url}{_page(kit, page)}" if kit.options.site_url else "",
        total=len(new),
        entries=tuple(_entry(kit, pages, paper) for paper in new[:most]),
    )


def _entry(kit: Kit, pages: EditionPages, paper: Announcement) -> Entry:
    answer = pages.edition.translations.get(paper.id)
    original = _cut(plain(paper.title), _LONGEST_TITLE)
    address = urls.abstract_page(paper.id, paper.version)
    if kit.options.site_url and paper.id in pages.places:
        address = f"{kit.options.site_url}{_page(kit, pages.places[paper.id])}#{quote(paper.id)}"
    if answer is None or answer.status != "ok":
        return Entry(title=original, address=address)
    return Entry(
        title=_cut(plain(answer.title), _LONGEST_TITLE),
        original=original,
        summary=_cut(plain(answer.summary), _LONGEST_SUMMARY),
        address=address,
    )


def _page(kit: Kit, path: str) -> str:
    return path if kit.options.directory_urls else f"{path}index.html"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def letter(
    kit: Kit, pages: EditionPages, categories: Collection[str] = (), farewell: str = ""
) -> tuple[Digest, str, str]:
    """A letter with its HTML and its text, so short that no mail program cuts it.

    Arguments:
        kit: The site's tools.
        pages: The edition.
        categories: As `compose`.
        farewell: How to get no more of them.
    """
    most = MOST_ENTRIES
    while True:
        digest = compose(kit, pages, categories, most)
        html = _rendered(kit, "digest.html", digest, farewell)
        if len(html.encode()) <= MOST_BYTES or most == 1:
            return digest, html, _rendered(kit, "digest.txt", digest, farewell)
        most -= max(1, most // 5)


def notes(kit: Kit, pages: EditionPages) -> str:
    """The same as Markdown, for the notes of a release or a discussion."""
    return _rendered(kit, "digest.md", compose(kit, pages), "")


def _rendered(kit: Kit, template: str, digest: Digest, farewell: str) -> str:
    kit.env.filters["markdown"] = markdown
    text = kit.env.get_template(template).render(digest=digest, farewell=farewell)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
