"""Writes feeds of papers: Atom, JSON Feed, an OPML list of them, and the links to them.

Every time in a feed is the edition's date, so that the same editions give the same bytes. A feed holds no
more than fits: the newest papers first, under a million bytes.
"""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import msgspec
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree
from markupsafe import escape
from msgspec import Struct

from paperboy.domain import taxonomy
from paperboy.domain.edition import Translation
from paperboy.domain.papers import Announcement
from paperboy.site.html import urls
from paperboy.site.html.plain_text import plain, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import jinja2

    from paperboy.site.html.i18n import Translator

ATOM = "feed.xml"
JSON = "feed.json"
OPML = "feeds.opml"

MOST_BYTES = 1_000_000
MOST_ENTRIES = 500
LISTED_AUTHORS = 100
"""More names than this are not listed one by one; arXiv's own listing stops there too."""

_SHOWN_AUTHORS = 6
_FRAME_BYTES = 4_000
"""Room for what stands around the entries."""
_MONSTER_BYTES = MOST_BYTES // 4
"""One entry of this size must not keep all others out."""

# arXiv announces in this zone, and its own feed dates an edition by midnight there.
_EASTERN = ZoneInfo("America/New_York")
_NO_EDITION = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEME = "http://arxiv.org/schemas/atom"
"""The scheme of arXiv's categories in arXiv's own Atom."""

_TYPES = ((ATOM, "application/atom+xml"), (JSON, "application/feed+json"))
_CATEGORY_PAGE = re.compile(r"\d{4}/\d\d/\d\d/([\w.-]+)/", re.ASCII)


class ListedPaper(Struct, frozen=True, kw_only=True):
    """One paper where a feed may show it: its edition, its translation, and the address of its card."""

    day: date
    paper: Announcement
    translation: Translation | None = None
    address: str = ""
    """Relative to the site's root; nothing where the site has no page of it."""


class _FeedItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item of JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

    id: str
    url: str
    external_url: str
    title: str
    content_html: str
    summary: str = ""
    date_published: str
    authors: list[dict[str, str]] = []
    tags: list[str] = []
    language: str


class RenderedEntry(Struct, frozen=True):
    """An entry as it stands in both formats; `updated` is the edition's time in ISO 8601."""

    id: str
    updated: str
    atom: str
    json: msgspec.Raw


class FeedDay(Struct, frozen=True):
    """What a feed can show of one edition; `full` where it had more papers than fit."""

    date: date
    stamp: str
    papers: int
    entries: list[RenderedEntry]
    full: bool = False


class FeedWriter:
    """Writes the feeds of one site.

    Arguments:
        env: The templates, in the site's language.
        words: The interface's words.
        site_name: The name of the site, which begins each feed's title.
        site_url: The site's address with a slash at its end; without one, entries lead to arXiv.
        directory_urls: Whether the site's addresses end in a folder.
    """

    def __init__(
        self,
        env: jinja2.Environment,
        words: Translator,
        *,
        site_name: str,
        site_url: str = "",
        directory_urls: bool = True,
    ) -> None:
        module: Any = env.get_template("feed.html").module
        self._content = module.content
        self._words = words
        self._name = site_name
        self._url = site_url
        self._file = "" if directory_urls else "index.html"
        self._day = date.min
        self._entries: dict[tuple[str, str], RenderedEntry] = {}

    def day(self, day: date, papers: Iterable[ListedPaper], stamp: str = "") -> FeedDay:
        """The entries of one edition: as many as fit into a feed.

        Arguments:
            day: The date of the edition.
            papers: The papers, the most welcome first. A paper that stands there twice is shown once.
            stamp: A hash of all that they are made of, to know them by.
        """
        entries: list[RenderedEntry] = []
        shown: set[str] = set()
        room = MOST_BYTES - _FRAME_BYTES
        full = False
        for listed in papers:
            if (key := _paper_address(listed.paper)) in shown:
                continue
            shown.add(key)
            if full:
                continue
            made = self._made(listed)
            # Atom is the larger of the two.
            size = len(made.atom.encode())
            if size <= room and len(entries) < MOST_ENTRIES:
                room -= size
                entries.append(made)
            else:
                full = size < _MONSTER_BYTES
        return FeedDay(day, stamp, len(shown), entries, full)

    def write(self, path: str, name: str, days: Iterable[FeedDay], about: str = "") -> tuple[bytes, bytes]:
        """One feed as Atom and as JSON Feed.

        Arguments:
            path: The folder of the feed on the site, where its page lies too: `""` or `categories/cs.CL/`.
            name: What the feed is of; empty for the site's own.
            days: The editions, the newest first. A paper that stands in two is shown once.
            about: A sentence on the feed, if it is not of announcements.
        """
        made, description = self._fitting(days, about or self._words.gettext("The newest announcements of arXiv."))
        newest = max((datetime.fromisoformat(one.updated) for one in made), default=_NO_EDITION)
        title = printable(feed_title(self._name, name))
        return (
            self._atom(path, title, description, made, newest),
            self._json(path, title, description, [one.json for one in made]),
        )

    def opml(self, feeds: Mapping[str, str]) -> bytes:
        """An OPML 2.0 list of the Atom feeds, for a reader to import all at once.

        It needs the site's address, for a list travels alone.

        Arguments:
            feeds: The feeds' folders on the site, with what each is of.
        """
        root = ET.Element("opml", version="2.0")
        ET.SubElement(ET.SubElement(root, "head"), "title").text = printable(self._name)
        body = ET.SubElement(root, "body")
        for path, name in feeds.items():
            title = printable(feed_title(self._name, name))
            attributes = {"xmlUrl": f"{self._url}{path}{ATOM}", "htmlUrl": self._page(path)}
            ET.SubElement(body, "outline", {"type": "rss", "text": title, "title": title, **attributes})
        ET.indent(root)
        text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return text + b"\n"

    def _fitting(self, days: Iterable[FeedDay], description: str) -> tuple[list[RenderedEntry], str]:
        """The entries that fit, and the sentence on the feed, with another where not all of the newest day did."""
        _ = self._words.gettext
        found: list[RenderedEntry] = []
        shown: set[str] = set()
        room = MOST_BYTES - _FRAME_BYTES
        newest: FeedDay | None = None
        held = 0
        for day in days:
            if newest is None and day.papers:
                newest = day
            full = day.full
            for entry in day.entries:
                if entry.id in shown:
                    continue
                shown.add(entry.id)
                size = len(entry.atom.encode())
                if full := size > room or len(found) == MOST_ENTRIES:
                    break
                room -= size
                found.append(entry)
                held += day is newest
            if full:
                break
        if newest is not None and held < newest.papers:
            cut = _("This feed has room for %(held)s of the %(total)s papers of %(date)s; the site has all of them.")
            description += " " + cut % {"held": held, "total": newest.papers, "date": newest.date.isoformat()}
        return found, printable(description)

    def _made(self, listed: ListedPaper) -> RenderedEntry:
        """The entry of a paper, which stands in the feed of the site and in those of its categories."""
        key = (listed.paper.id, listed.address)
        if listed.day != self._day:
            self._day, self._entries = listed.day, {}
        if key not in self._entries:
            self._entries[key] = self._make(listed)
        return self._entries[key]

    def _make(self, listed: ListedPaper) -> RenderedEntry:
        paper, language = listed.paper, self._words.language
        answer = listed.translation if listed.translation and listed.translation.status == "ok" else None
        faults = listed.translation is not None and answer is None
        names = [printable(name) for name in paper.categories]
        links = [("arXiv", _paper_address(paper)), ("PDF", urls.pdf(paper.id, paper.version))]
        kind = paper.announce_type if paper.listed else ""
        html = self._content(paper, answer, kind, faults, language, names, links, _SHOWN_AUTHORS)
        when = _midnight(listed.day)
        item = _FeedItem(
            id=_paper_address(paper),
            url=f"{self._url}{listed.address}" if self._url and listed.address else _paper_address(paper),
            external_url=_paper_address(paper),
            # A title without a letter is none to a reader of feeds.
            title=plain((answer.title if answer else "") or paper.title) or paper.id,
            content_html=printable(html),
            summary=plain(answer.summary) if answer else "",
            date_published=when.isoformat(),
            authors=[{"name": name} for name in map(plain, paper.authors[:LISTED_AUTHORS]) if name],
            tags=[name for name in names if name],
            language=language if answer else "en",
        )
        entry = _atom_entry(item, when, self._words.language)
        atom: str = etree.tostring(entry.atom_entry(), encoding="unicode")
        return RenderedEntry(item.id, item.date_published, atom, msgspec.Raw(msgspec.json.encode(item)))

    def _json(self, path: str, title: str, description: str, items: list[msgspec.Raw]) -> bytes:
        addresses = {"home_page_url": self._page(path), "feed_url": f"{self._url}{path}{JSON}"} if self._url else {}
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            **addresses,
            "description": description,
            "language": self._words.language,
            "items": items,
        }
        return msgspec.json.encode(feed) + b"\n"

    def _atom(self, path: str, title: str, description: str, made: list[RenderedEntry], updated: datetime) -> bytes:
        feed = FeedGenerator()
        # Without an address there is still a name that stays the same from build to build.
        feed.id(self._page(path) if self._url else uuid5(NAMESPACE_URL, f"paperboy:{self._name}/{path}").urn)
        feed.title(title)
        feed.subtitle(description)
        feed.updated(updated)  # else it would be the clock's time
        feed.language(self._words.language)
        feed.author(name=printable(self._name))
        feed.generator("paperboy")
        if self._url:
            feed.link(href=self._page(path), rel="alternate", type="text/html")
            feed.link(href=f"{self._url}{path}{ATOM}", rel="self", type="application/atom+xml")
        head, end, _ = feed.atom_str().partition(b"</feed>")
        return b"".join((head, *(one.atom.encode() for one in made), end, b"\n"))

    def _page(self, path: str) -> str:
        return f"{self._url}{path}{self._file}"


def feed_title(site_name: str, name: str) -> str:
    """The title of the feed of one thing on a site."""
    return f"{site_name} · {name}" if name else site_name


def alternates(page: str, site_name: str, feeds: Mapping[str, str]) -> str:
    """The links to the feeds for a page's head; that of its category, topic or kind too, where there is one.

    Arguments:
        page: Where the page lies on the site, as a file: `2026/06/04/cs.CL/index.html`.
        site_name: The name of the site.
        feeds: The folders of all feeds, with what each is of.
    """
    match = _CATEGORY_PAGE.match(page)
    two = "/".join(page.split("/")[:2]) + "/"
    own = urls.category(match[1]) if match else two if two in feeds else f"{page.split('/', maxsplit=1)[0]}/"
    folder = posixpath.dirname(page) or "."
    links = []
    for path in dict.fromkeys((urls.HOME, own)):
        if path not in feeds:
            continue
        title = escape(printable(feed_title(site_name, feeds[path])))
        for file, kind in _TYPES:
            address = escape(posixpath.relpath(f"{path}{file}", folder))
            # With `alternate` alone, Material would take it for another language of the site and ask for
            # its sitemap; a reader of feeds looks for the word among the others.
            links.append(f'<link rel="alternate feed" type="{kind}" title="{title}" href="{address}">')
    return "".join(links)


def category_name(name: str, language: str) -> str:
    """A category as its feed calls it."""
    return f"{name} {taxonomy.label(name, language)}"


def _atom_entry(item: _FeedItem, when: datetime, language: str) -> FeedEntry:
    entry = FeedEntry()
    entry.id(item.id)
    entry.title(item.title)
    entry.updated(when)  # else it would be the clock's time
    entry.published(when)
    # Only one: feedgen 1.0 forgets the `rel` of an entry's links, and two without one contradict the standard.
    entry.link(href=item.url)
    if item.authors:
        entry.author(item.authors)
    for tag in item.tags:
        known = taxonomy.is_category(tag)
        entry.category(term=tag, **({"scheme": _SCHEME, "label": taxonomy.label(tag, language)} if known else {}))
    if item.summary:
        entry.summary(item.summary)
    entry.content(item.content_html, type="html")
    return entry


def _paper_address(paper: Announcement) -> str:
    """The paper's address at arXiv with its version, which is its id in feeds too: it never changes."""
    return urls.abstract_page(paper.id, paper.version)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _EASTERN).astimezone(UTC)
