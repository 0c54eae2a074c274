"""Parses arXiv's announcement feed: one category's latest papers, with types, versions and TeX text.

The format is that of https://github.com/arXiv/arxiv-feed, described at https://info.arxiv.org/help/rss.html;
Atom and RSS 2.0 hold the same. Text stays as the authors typed it.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, get_args

from msgspec import Struct

from paperboy.domain import arxiv_calendar, taxonomy
from paperboy.domain.errors import BadAnswer
from paperboy.domain.papers import AnnounceType, Record, parse_id
from paperboy.sources.http_transport import XML
from paperboy.sources.markup import read_xml
from paperboy.sources.text import collapse_whitespace, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from paperboy.sources.http_client import SourceClient

"""Where arXiv's days begin."""

FULL = 2000
"""What a feed holds at most; one that is full lacks the lowest-numbered new papers."""

_NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_ERROR = "Feed error"
_TITLE_END = " updates on arXiv.org"
_PREFIX = "oai:arXiv.org:"
_TYPES: tuple[AnnounceType, ...] = get_args(AnnounceType)
_NAME = re.compile(r"(?:\([^()]*\)|(?!, ).)+", re.DOTALL)
_SUFFIXES = frozenset({"Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"})


class Feed(Struct, frozen=True, kw_only=True):
    """One feed: the announcement's date, its papers in the feed's order, and what could not be read."""

    date: date | None
    records: tuple[Record, ...]
    overfull: bool = False
    problems: tuple[str, ...] = ()


def fetch_feed(client: SourceClient, base_url: str, category: str) -> Feed:
    """Ask for a category's feed, `{base_url}/atom/{category}`.

    Raises:
        Unreachable: It was not served.
        BadAnswer: It cannot be read.
    """
    return client.read(f"{base_url.rstrip('/')}/atom/{category}", accept=XML, parse=parse_feed)


def parse_feed(data: bytes) -> Feed:
    """Read a feed in Atom or RSS 2.0.

    An entry that cannot be read loses nothing but itself, and is named in `problems`.

    Raises:
        BadAnswer: It is no whole feed, or one that says what was wrong with the request.
    """
    root = read_xml(data, "a feed")
    channel = root if root.tag == f"{{{_NAMES['atom']}}}feed" else root.find("channel")
    if channel is None:
        raise BadAnswer(f"expected a feed, got XML of {root.tag!r}")
    title = _entry_text(channel, "atom:title", "title")
    if title.startswith(_ERROR):
        raise BadAnswer(f"{title}: {_entry_text(channel, 'atom:subtitle', 'description')}")
    subjects = title.removesuffix(_TITLE_END).split(", ")
    entries = [*channel.iterfind("atom:entry", _NAMES), *channel.iterfind("item")]
    problems: list[str] = []
    records: dict[str, Record] = {}
    for entry in entries:
        try:
            record = _feed_record(entry, subjects)
        except ValueError as error:
            problems.append(f"an entry titled {_entry_text(entry, 'atom:title', 'title')!r}: {error}")
            continue
        if record.announce_type is None or record.abstract is None:
            lacking = "announce type" if record.announce_type is None else "abstract"
            problems.append(f"{record.id}: no {lacking}")
        if records.setdefault(record.id, record) is not record:
            problems.append(f"{record.id}: stands in the feed twice")
    dates = {day for entry in entries if (day := _feed_date(_entry_text(entry, "atom:published", "pubDate")))}
    if len(dates) > 1:
        problems.append(f"entries of several dates: {', '.join(map(str, sorted(dates)))}")
    made = _feed_date(_entry_text(channel, "atom:updated", "pubDate", "lastBuildDate"))
    return Feed(
        date=max(dates, default=made),
        records=tuple(records.values()),
        overfull=len(entries) >= FULL,
        problems=tuple(problems),
    )


def _feed_record(entry: Element, subjects: Sequence[str]) -> Record:
    """One entry.

    Raises:
        ValueError: It names no arXiv id.
    """
    name = _entry_text(entry, "atom:id", "guid").removeprefix(_PREFIX)
    arxiv_id, version = parse_id(name)
    # The summary reads `arXiv:2407.09450v1 Announce Type: new \nAbstract: ...`.
    _, marker, abstract = _entry_text(entry, "atom:summary", "description").partition("Abstract:")
    said = _entry_text(entry, "arxiv:announce_type")
    announce_type = next((known for known in _TYPES if known == said), None)
    categories = [
        (element.get("term") or element.text or "").strip()
        for element in (*entry.iterfind("atom:category", _NAMES), *entry.iterfind("category"))
    ]
    primary = _primary(categories, subjects) if announce_type in {"new", "replace"} else None
    if primary is not None:
        categories.sort(key=lambda category: category != primary)
    return Record(
        id=arxiv_id,
        version=version,
        announce_type=announce_type,
        title=collapse_whitespace(_entry_text(entry, "atom:title", "title")),
        abstract=abstract.strip() if marker else None,
        authors=tuple(_names(_entry_text(entry, "dc:creator"))),
        categories=tuple(categories),
        primary_category=primary,
        journal_ref=collapse_whitespace(_entry_text(entry, "arxiv:journal_reference")) or None,
        doi=_entry_text(entry, "arxiv:DOI") or None,
    )


def _primary(categories: Sequence[str], subjects: Iterable[str]) -> str | None:
    """The primary category of a paper that is new to the subjects asked for, which so hold it.

    It is certain where only one of the paper's categories (or an alias of it) is among them, and otherwise
    where the first one is: arXiv prints the primary category first.
    """
    asked = {taxonomy.canonical(subject) for subject in subjects}
    covered = [name for name in categories if taxonomy.canonical(name) in asked or name.partition(".")[0] in asked]
    if covered and (len({taxonomy.canonical(name) for name in covered}) == 1 or covered[0] == categories[0]):
        # Of two names of one category, the one under which arXiv lists it.
        listed = taxonomy.canonical(covered[0])
        return listed if listed in covered else covered[0]
    return None


def _names(creators: str) -> list[str]:
    """The authors' names, which stand in one line, joined by `, `.

    A suffix may be set off alike; a comma in brackets, as of an affiliation, sets nothing apart.
    """
    names: list[str] = []
    for part in _NAME.findall(creators):
        name = part.strip(", ")
        if name in _SUFFIXES and names:
            names[-1] += f" {name}"
        elif is_name(name):
            names.append(name)
    return names


def _feed_date(text: str) -> date | None:
    """The day at arXiv of an Atom or RSS time; `None` where there is none."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return moment.astimezone(arxiv_calendar.EASTERN).date() if moment.tzinfo else moment.date()
        except (OverflowError, ValueError):
            continue
    return None


def _entry_text(element: Element, *paths: str) -> str:
    """The text of the first of several children that is there, without the space around it."""
    for path in paths:
        found = element.find(path, _NAMES)
        if found is not None:
            return "".join(found.itertext()).strip()
    return ""
