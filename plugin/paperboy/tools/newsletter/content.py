"""The newsletter's content: announced papers with titles and summaries, as HTML, text and Markdown.

A letter is bounded: mail programs cut what is longer than about 100 kB, and nobody reads it. What does not fit
is counted, and stands on the site.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from paperboy.site.html import urls
from paperboy.site.html.plain_text import markdown, plain
from paperboy.site.views.sections import by_section

if TYPE_CHECKING:
    from collections.abc import Collection

    from paperboy.domain.papers import Announcement, AnnounceType
    from paperboy.site.context import SiteContext
    from paperboy.site.pages.edition import EditionPages

MOST_BYTES = 90_000
"""Of the HTML part; Gmail shows 102 kB of a message."""

MOST_ENTRIES = 20
"""Papers of one category."""

_LONGEST_TITLE = 300
_LONGEST_SUMMARY = 400


class NewsletterEntry(Struct, frozen=True, kw_only=True):
    """A paper in a letter: plain texts, and an address. `original` is the English title where there is another."""

    title: str
    original: str = ""
    summary: str = ""
    address: str


class NewsletterSection(Struct, frozen=True, kw_only=True):
    """A topic or a category: how many papers it has, the first of them, and how many more stand on the site alone.

    A paper that stands in a section above is counted, but not shown again.
    """

    name: str
    address: str
    total: int
    entries: tuple[NewsletterEntry, ...]
    more: int


class Newsletter(Struct, frozen=True, kw_only=True):
    """One letter; `address` is the page of the edition, empty where the site's address is not known."""

    day: date
    site_name: str
    title: str
    address: str
    language: str
    complete: bool
    counts: dict[str, int]
    sections: tuple[NewsletterSection, ...]


def compose_newsletter(
    context: SiteContext, pages: EditionPages, about: Collection[str] = (), most_entries: int = MOST_ENTRIES
) -> Newsletter:
    """Put an edition into a letter.

    Arguments:
        context: The site's tools.
        pages: The edition, and where its papers stand.
        about: Categories and the slugs of topics that the letter is about; everything where none is named.
        most_entries: Papers of one section at most.
    """
    edition, options = pages.edition, context.options
    categories = [name for name in pages.followed if not about or name in about]
    hits = pages.hits.topics
    topics = [topic for topic in options.topics if topic.slug in hits and (not about or topic.slug in about)]
    found = {arxiv_id for topic in topics for arxiv_id in hits[topic.slug]}
    papers = [paper for paper in pages.shown if paper.id in found or not set(categories).isdisjoint(paper.listed)]
    sections: list[NewsletterSection] = []
    shown: set[str] = set()

    def add(name: str, page: str, inside: Collection[Announcement]) -> None:
        rest = [paper for paper in inside if paper.id not in shown and not edition.hides(paper.id)]
        if inside:
            entries = tuple(_entry(context, pages, paper) for paper in rest[:most_entries])
            more, address = len(rest) - len(entries), _address(context, page)
            sections.append(
                NewsletterSection(name=name, address=address, total=len(inside), entries=entries, more=more)
            )
        shown.update(paper.id for paper in rest[:most_entries])

    for topic in topics:
        inside = [paper for paper in pages.shown if paper.id in hits[topic.slug]]
        add(plain(topic.name), urls.topic(topic.slug), inside)
    for name in categories:
        page = urls.day_category(edition.date, name)
        add(f"{name} {context.label(name)}", page, _new(context, pages, papers, name))
    return Newsletter(
        day=edition.date,
        site_name=plain(options.site_name),
        title=context.words.long_date(edition.date),
        address=_address(context, urls.day(edition.date)),
        language=options.language,
        complete=edition.ledger.complete,
        counts={
            name: len(found) for name, found in by_section(_subject_prefix(papers), options.announce_types).items()
        },
        sections=tuple(sections),
    )


def _subject_prefix(papers: Collection[Announcement]) -> list[tuple[Announcement, AnnounceType]]:
    return [(paper, paper.announce_type) for paper in papers]


def _new(context: SiteContext, pages: EditionPages, papers: Collection[Announcement], name: str) -> list[Announcement]:
    """What is new in a category and at home there; replaced papers are only counted, above."""
    home = [(paper, paper.listed[name]) for paper in papers if paper.home(pages.followed) == name]
    found = by_section(home, context.options.announce_types, pages.edition.contributions)
    return [paper for kind in ("new", "cross") for paper, _ in found.get(kind, ())]


def _entry(context: SiteContext, pages: EditionPages, paper: Announcement) -> NewsletterEntry:
    answer = pages.edition.translations.get(paper.id)
    original = _shortened(plain(paper.title), _LONGEST_TITLE)
    address = _address(context, pages.places[paper.id], paper.id) or urls.abstract_page(paper.id, paper.version)
    if answer is None or answer.status != "ok" or not answer.title:
        return NewsletterEntry(title=original, address=address)
    return NewsletterEntry(
        title=_shortened(plain(answer.title), _LONGEST_TITLE),
        original=original,
        summary=_shortened(plain(answer.summary), _LONGEST_SUMMARY),
        address=address,
    )


def _address(context: SiteContext, page: str, fragment: str = "") -> str:
    """The whole address of a page; empty where the site's own is not known."""
    if not context.options.site_url:
        return ""
    file = "" if context.options.directory_urls else "index.html"
    return f"{context.options.site_url}{page}{file}{f'#{quote(fragment)}' if fragment else ''}"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def render_letter(
    context: SiteContext, pages: EditionPages, about: Collection[str] = (), how_to_unsubscribe: str = ""
) -> tuple[Newsletter, str, str]:
    """A letter with its HTML and its text, so short that no mail program cuts it.

    Arguments:
        context: The site's tools.
        pages: The edition.
        about: As `compose_newsletter`.
        how_to_unsubscribe: How to get no more of them.
    """
    most = MOST_ENTRIES
    while True:
        digest = compose_newsletter(context, pages, about, most)
        html = _rendered(context, "newsletter.html", digest, how_to_unsubscribe)
        if len(html.encode()) <= MOST_BYTES or most == 1:
            return digest, html, _rendered(context, "newsletter.txt", digest, how_to_unsubscribe)
        most -= max(1, most // 5)


def render_notes(context: SiteContext, pages: EditionPages) -> str:
    """The same as Markdown, for the notes of a release or a discussion."""
    return _rendered(context, "newsletter.md", compose_newsletter(context, pages), "")


def _rendered(context: SiteContext, template: str, digest: Newsletter, how_to_unsubscribe: str) -> str:
    context.env.filters["markdown"] = markdown
    text = context.env.get_template(template).render(digest=digest, how_to_unsubscribe=how_to_unsubscribe)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
