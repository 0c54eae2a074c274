"""Parses arXiv's listing by date: every announcement of a category's day, with arXiv's own counts.

The page is that of https://github.com/arXiv/arxiv-browse (`templates/catchup.html`, `list/list_macros.html`).
It shows the TeX accents of names and titles as Unicode, and an address as a link called `this https URL`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from msgspec import Struct

from paperboy.domain import taxonomy
from paperboy.domain.errors import BadAnswer
from paperboy.domain.ledger import Counts
from paperboy.domain.papers import SECTIONS, AnnounceType, Record, Section, parse_id
from paperboy.sources.http_transport import HTML
from paperboy.sources.markup import read_html
from paperboy.sources.text import collapse_whitespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from selectolax.lexbor import LexborNode

    from paperboy.sources.http_client import SourceClient

PAGE_SIZE = 2000
"""Entries on a page at most."""

MOST_PAGES = 100
"""Pages of one day that are asked for, whatever the first one states."""

SHOWN_AUTHORS = 100
"""Authors shown of a paper at most."""

_TITLES: dict[str, Section] = {"New": "new", "Cross": "cross", "Replacement": "replace"}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
_END = b"</html>"

# The three short lines that count and date a page are prose; entries are read as HTML.
_DATED = re.compile(r"Catchup results for (?P<name>.+) on \w{3}, (?P<day>\d\d) (?P<month>\w{3}) (?P<year>\d{4})")
_TOTAL = re.compile(r"Total of (\d{1,9}) entries")
_PAGE = re.compile(r"[1-9][0-9]{0,3}")
_HEADING = re.compile(r"(?P<title>\w+) submissions.*showing (?:first |last )?(?P<shown>\d{1,9}) of (?P<all>\d{1,9}) ")
_EMPTY = re.compile(r"No (?:further )?updates for")
_MORE = re.compile(r"\bet al\b|additional authors")
_LINKED = re.compile(r"this (?:\w+ )?URL")


class ListingPage(Struct, frozen=True, kw_only=True):
    """One page of a listing; `last` is the number of the last page that it tells of."""

    date: date
    stated: Counts
    total: int
    records: tuple[Record, ...]
    announced: bool = True
    last: int = 1
    problems: tuple[str, ...] = ()


class Listing(Struct, frozen=True, kw_only=True):
    """A category's day: what arXiv states, what it shows, and what could not be read.

    `announced` is false where the listing says that there is nothing for the day.
    """

    date: date
    stated: Counts
    records: tuple[Record, ...]
    announced: bool = True
    problems: tuple[str, ...] = ()


def fetch_listing(client: SourceClient, base_url: str, category: str, day: date) -> Listing:
    """Ask for a category's day, `{base_url}/catchup/{category}/{day}?abs=True&page=N`, page by page.

    Raises:
        Forbidden: The host's robots.txt closes the listing to us.
        Unreachable: A page was not served.
        BadAnswer: A page cannot be read, or is of another day.
    """
    address = f"{base_url.rstrip('/')}/catchup/{category}/{day}?abs=True"
    client.allowed(address)

    def of_that_day(data: bytes) -> ListingPage:
        page = parse_listing_page(data, category)
        if page.date != day:
            raise BadAnswer(f"expected the listing of {day}, got that of {page.date}")
        return page

    pages: list[ListingPage] = []
    while not pages or (_held_counts(pages) < pages[0].total and len(pages) < min(pages[0].last, MOST_PAGES)):
        page = client.read(f"{address}&page={len(pages) + 1}", accept=HTML, parse=of_that_day)
        pages.append(page)
        if not page.announced:
            break
    return _joined_pages(pages)


def parse_listing_page(data: bytes, category: str) -> ListingPage:
    """Read one page.

    An entry that cannot be read loses nothing but itself, and is named in `problems`.

    Arguments:
        data: The page.
        category: Whose page it is, for a replacement is `replace-cross` where the paper's home is another.

    Raises:
        BadAnswer: It is no listing, one of another category, or not whole.
    """
    if _END not in data[-1024:].lower():
        raise BadAnswer(f"expected a listing, got a page of {len(data)} bytes without an end")
    page = read_html(data, "a listing").css_first("#dlpage")
    dated = _DATED.search(_listing_from(page, "h1")) if page else None
    if page is None or dated is None or dated["month"] not in _MONTHS:
        raise BadAnswer("expected a listing, got a page without its heading")
    _check_name(dated["name"], category)
    try:
        day = date(int(dated["year"]), _MONTHS.index(dated["month"]) + 1, int(dated["day"]))
    except ValueError as error:
        raise BadAnswer(f"expected a date in the heading, got {dated[0]!r}") from error
    stated, records, problems = _sections(page, category)
    words = page.text(separator=" ")
    total = _TOTAL.search(words)
    announced = bool(records or problems or stated != Counts())
    if not announced and not _EMPTY.search(words):
        raise BadAnswer("expected a listing, got a page without entries that does not say why")
    count = int(total[1]) if total else stated.total
    last = max([math.ceil(count / PAGE_SIZE), 1, *_page_numbers(page, day)])
    if last == 1 and count != stated.total:
        raise BadAnswer(f"the page states {count} entries, its sections {stated.total}")
    return ListingPage(
        date=day,
        stated=stated,
        total=count,
        records=tuple(records),
        announced=announced,
        last=last,
        problems=tuple(problems),
    )


def _check_name(name: str, category: str) -> None:
    """Refuse the page of another category; an unknown name may be a new spelling."""
    asked = taxonomy.CATEGORIES.get(taxonomy.canonical(category))
    if asked and asked.name != name and name in {known.name for known in taxonomy.CATEGORIES.values()}:
        raise BadAnswer(f"expected the listing of {category}, got that of {name}")


def _page_numbers(page: LexborNode, day: date) -> Iterator[int]:
    """The numbers of the day's pages that are linked to."""
    for link in page.css('a[href^="/catchup/"]'):
        path, _, query = _target(link).partition("?")
        number = parse_qs(query).get("page", [""])[0]
        if path.endswith(f"/{day}") and _PAGE.fullmatch(number):
            yield int(number)


def _sections(page: LexborNode, category: str) -> tuple[Counts, list[Record], list[str]]:
    """The stated counts of the page's sections, and their entries.

    Raises:
        BadAnswer: A section holds less than it says that it shows.
    """
    stated: dict[Section, int] = {}
    records: list[Record] = []
    problems: list[str] = []
    for block in page.css("dl"):
        heading = _HEADING.search(_listing_from(block, "h3"))
        section = _TITLES.get(heading["title"]) if heading else None
        if heading is None or section is None:
            raise BadAnswer(f"expected a section of a listing, got {_listing_from(block, 'h3')!r}")
        stated[section] = int(heading["all"])
        heads, bodies = block.css("dt"), block.css("dd")
        if min(len(heads), len(bodies)) < int(heading["shown"]) or len(heads) != len(bodies):
            raise BadAnswer(
                f"the section {heading[0]!r}…) holds {len(heads)} heads and {len(bodies)} bodies of entries"
            )
        for head, body in zip(heads, bodies, strict=True):
            try:
                records.append(_listing_record(head, body, section, category))
            except ValueError as error:
                problems.append(f"an entry headed {collapse_whitespace(head.text())!r}: {error}")
    return Counts(*(stated.get(section, 0) for section in SECTIONS)), records, problems


def _listing_record(head: LexborNode, body: LexborNode, section: Section, category: str) -> Record:
    """One entry.

    Raises:
        ValueError: Its head names no arXiv id.
    """
    link = head.css_first('a[title="Abstract"]')
    # From the head alone: titles, comments and abstracts name other papers.
    arxiv_id, _ = parse_id(_target(link).partition("/abs/")[2])
    subjects = _without_label(body, ".list-subjects").split(";")
    categories = tuple(code for subject in subjects if (code := subject.rpartition("(")[2].strip(" \n\t)")))
    primary = categories[0] if categories else None
    announce_type: AnnounceType = section
    if section == "replace" and taxonomy.canonical(primary or "") != taxonomy.canonical(category):
        announce_type = "replace-cross"
    names = body.css_first(".list-authors")
    authors = tuple(collapse_whitespace(name.text()) for name in names.css("a")) if names else ()
    shown = names.text() if names else ""
    abstract = body.css_first("p.mathjax")
    return Record(
        id=arxiv_id,
        version=_version(head, arxiv_id),
        announce_type=announce_type,
        title=collapse_whitespace(_without_label(body, ".list-title")) or None,
        abstract=_plain_text(abstract).strip() if abstract else None,
        authors=authors,
        authors_complete=0 < len(authors) < SHOWN_AUTHORS and not _MORE.search(shown),
        categories=categories,
        primary_category=primary,
        comment=collapse_whitespace(_without_label(body, ".list-comments")) or None,
        journal_ref=collapse_whitespace(_without_label(body, ".list-journal-ref")) or None,
    )


def _version(head: LexborNode, arxiv_id: str) -> int | None:
    """The version, which only the link to the paper's HTML form tells, where there is one."""
    name = _target(head.css_first('a[title="View HTML"]')).partition("/html/")[2]
    try:
        linked, version = parse_id(name)
    except ValueError:
        return None
    return version if linked == arxiv_id else None


def _target(link: LexborNode | None) -> str:
    return (link.attributes.get("href") if link else None) or ""


def _listing_from(node: LexborNode, selector: str) -> str:
    found = node.css_first(selector)
    return collapse_whitespace(found.text()) if found else ""


def _without_label(body: LexborNode, selector: str) -> str:
    """A field's text without `Title:` and the like before it."""
    field = body.css_first(selector)
    if field is None:
        return ""
    label = field.css_first(".descriptor")
    if label is not None:
        label.decompose()
    return _plain_text(field).strip()


def _plain_text(node: LexborNode) -> str:
    """Text with addresses in place of the words for them, and breaks as arXiv's plain text has them."""
    for link in node.css("a"):
        if _LINKED.fullmatch(link.text().strip()):
            link.replace_with(_target(link))
    for br in node.css("br"):
        br.replace_with("\n  ")
    return node.text().replace("\n\n  ", "\n  ")


def _held_counts(pages: Iterable[ListingPage]) -> int:
    return sum(len(page.records) + len(page.problems) for page in pages)


def _joined_pages(pages: Sequence[ListingPage]) -> Listing:
    """The pages of one day as one; a section that goes on over a page states the same count again."""
    stated = Counts(*(max(page.stated[section] for page in pages) for section in SECTIONS))
    shown = [record for page in pages for record in page.records]
    records = {record.id: record for record in reversed(shown)}
    problems = [problem for page in pages for problem in page.problems]
    if len(records) < len(shown):
        twice = sorted(name for name, times in Counter(r.id for r in shown).items() if times > 1)
        problems.append(f"stand in the listing twice: {', '.join(twice)}")
    if pages[0].total != stated.total:
        problems.append(f"the page states {pages[0].total} entries, its sections {stated.total}")
    return Listing(
        date=pages[0].date,
        stated=stated,
        records=tuple(reversed(records.values())),
        announced=pages[0].announced,
        problems=tuple(problems),
    )
