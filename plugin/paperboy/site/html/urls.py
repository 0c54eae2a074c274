"""The paths of all pages, and the links between them.

A page is a folder with an `index.md` in it, so that `cs.CL` keeps its dot in every generator and a link
is the same whether MkDocs writes folder URLs or not, but for the file name at its end.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from paperboy.domain.papers import parse_id

if TYPE_CHECKING:
    from datetime import date

HOME = ""
ARCHIVE = "archive/"
CATEGORIES = "categories/"
QUALITY = "quality/"
STARRED = "starred/"
SEARCH = "search/"
"""The page of the search, and the folder of its index."""
TRENDING = "trending/"
TOPICS = "topics/"
PERMALINK = "p/"
AUDIT = "audit/"

_FIRST_HTML = "2312"
"""arXiv makes HTML of papers since December 2023: https://info.arxiv.org/about/accessible_HTML.html."""


def day(when: date) -> str:
    """The page of a date."""
    return f"{when:%Y/%m/%d}/"


def day_category(when: date, category: str) -> str:
    """The page of one category on one date."""
    return f"{when:%Y/%m/%d}/{category}/"


def part(page: str, number: int) -> str:
    """A part of a page that is too long for one, counted from 1; the first part is the page itself."""
    return page if number == 1 else f"{page}{number}/"


def month(when: date) -> str:
    """The page of the month that holds a date."""
    return f"{when:%Y/%m}/"


def audit(when: date) -> str:
    """The audit of the month that holds a date."""
    return f"{AUDIT}{when:%Y/%m}/"


def year(when: date) -> str:
    """The page of the year that holds a date."""
    return f"{when:%Y}/"


def trending(when: date) -> str:
    """The page of what was featured on a date."""
    return f"{TRENDING}{when.isoformat()}/"


def trending_month(when: date) -> str:
    """The page of what was featured in the month that holds a date."""
    return f"{TRENDING}{when:%Y-%m}/"


def category(name: str) -> str:
    """The page of one category, with its dates."""
    return f"{CATEGORIES}{name}/"


def topic(slug: str) -> str:
    """The page of one topic."""
    return f"{TOPICS}{slug}/"


def topic_month(slug: str, when: date) -> str:
    """The papers that a topic has found in the month that holds a date."""
    return f"{TOPICS}{slug}/{when:%Y-%m}/"


class Linker:
    """Makes relative links; knows whether the site's addresses end in a folder or in `index.html`."""

    def __init__(self, *, directory_urls: bool = True) -> None:
        self._file = "" if directory_urls else "index.html"

    def link(self, source: str, target: str, fragment: str = "") -> str:
        """A relative link from one page's path to another's, as safe characters only."""
        relative = posixpath.relpath(f"/{target}", f"/{source}")
        address = f"{relative}/" if relative != "." else "./"
        return f"{address}{self._file}{f'#{quote(fragment)}' if fragment else ''}"


def abstract_page(arxiv_id: str, version: int | None) -> str:
    """The paper's page on arXiv, of the announced version where that is known."""
    return f"https://arxiv.org/abs/{_versioned(arxiv_id, version)}"


def pdf(arxiv_id: str, version: int | None) -> str:
    """The paper's PDF on arXiv."""
    return f"https://arxiv.org/pdf/{_versioned(arxiv_id, version)}"


def html(arxiv_id: str, version: int | None) -> str | None:
    """The paper's HTML on arXiv; `None` for papers older than that service."""
    if "/" in arxiv_id or arxiv_id < _FIRST_HTML:
        return None
    return f"https://arxiv.org/html/{_versioned(arxiv_id, version)}"


def doi(identifier: str) -> str | None:
    """The resolver's address of a DOI; `None` where the text is none (form: DOI handbook, 2.2)."""
    first = identifier.partition(" ")[0]
    if not re.fullmatch(r"10\.\d{4,9}/\S+", first):
        return None
    return f"https://doi.org/{quote(first, safe='/:;().-_')}"


def _versioned(arxiv_id: str, version: int | None) -> str:
    known = parse_id(arxiv_id).id  # nothing but an arXiv id becomes part of an address
    return f"{known}v{version}" if version else known
