"""Hugging Face's daily papers: what the community featured on one date, page by page.

`{url}/api/daily_papers?date=…&limit=…&p=…` gives a JSON list (https://huggingface.co/docs/hub/api). Everything in
it is written by others, and any field may be absent: a field that is not of its kind is left out, an
item that names no paper is left out and told of, and only addresses of the expected form are kept.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from paperboy.domain.errors import BadAnswer
from paperboy.domain.papers import parse_id
from paperboy.domain.signals import Featured
from paperboy.sources.text import collapse_whitespace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paperboy.sources.http_client import SourceClient

PAGE_SIZE = 50
"""Papers on a page: what the host gives when it is not asked for a number."""

MOST_PAGES = 20
MAX_BYTES = 8 * 1024 * 1024
"""A page of fifty papers has some 200 kB."""

_JSON = "application/json"
_MOST = 1_000_000_000
_TITLE, _ABSTRACT, _NAME, _KEYWORD, _ADDRESS = 1_000, 20_000, 200, 100, 500
_MOST_AUTHORS, _MOST_KEYWORDS = 5_000, 50
_REPOSITORY = re.compile(
    r"https://(?:www\.)?github\.com/([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9_.-]{1,100})(?:[/?#].*)?", re.ASCII
)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}", re.ASCII)
# Printable ASCII but for what ends an attribute or a link somewhere.
_LINK = re.compile(r"""https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:[/?#][^\x00-\x20"'<>\\^`{|}\x7f-\U0010ffff]*)?""")


class DailyPapers(Struct, frozen=True, kw_only=True):
    """The papers that were featured on a date, by rising id, and what could not be read."""

    date: date
    papers: tuple[Featured, ...]
    problems: tuple[str, ...] = ()


def fetch_daily_papers(client: SourceClient, base_url: str, day: date) -> DailyPapers:
    """Ask for everything that was featured on a date.

    Raises:
        Unreachable: A page was not served.
        BadAnswer: A page cannot be read, or is of another date.
    """
    address = f"{base_url.rstrip('/')}/api/daily_papers?date={day}&limit={PAGE_SIZE}"
    papers: dict[str, Featured] = {}
    problems: list[str] = []
    for number in range(MOST_PAGES):
        page = client.read(
            f"{address}&p={number}", accept=_JSON, parse=lambda data: parse_daily_papers(data, day), max_bytes=MAX_BYTES
        )
        more = [paper for paper in page.papers if paper.id not in papers]
        papers |= {paper.id: paper for paper in more}
        problems += page.problems
        # A host that does not know `p` gives the same page again and again.
        if len(page.papers) + len(page.problems) < PAGE_SIZE or not more:
            break
    return DailyPapers(
        date=day, papers=tuple(sorted(papers.values(), key=lambda paper: paper.id)), problems=tuple(problems)
    )


def parse_daily_papers(data: bytes, day: date) -> DailyPapers:
    """Read one page, in its own order.

    Arguments:
        data: The page.
        day: The date that it was asked for.

    Raises:
        BadAnswer: It is no list of papers, or one of another date.
    """
    try:
        # Not msgspec, which refuses all for one half of a surrogate pair in one title.
        items = json.loads(data)
    except (RecursionError, ValueError) as error:
        raise BadAnswer(f"expected a list of papers, got no JSON ({error})") from error
    if not isinstance(items, list):
        raise BadAnswer(f"expected a list of papers, got {_kind(items)}")
    papers: list[Featured] = []
    problems: list[str] = []
    others: set[str] = set()
    for number, item in enumerate(items):
        if not isinstance(item, dict) or not isinstance(item.get("paper"), dict):
            problems.append(f"entry {number}: expected a paper, got {_kind(item)}")
            continue
        paper = item["paper"]
        featured = _bounded_text(paper.get("submittedOnDailyAt"), 10) or day.isoformat()
        if featured != day.isoformat():
            others.add(featured)
            problems.append(f"entry {number}: featured on {featured!r}, not on {day}")
            continue
        try:
            papers.append(_featured(item, paper, day))
        except ValueError as error:
            problems.append(f"entry {number}: {error}")
    if problems and not papers:
        if others:
            raise BadAnswer(f"expected the papers of {day}, got those of {', '.join(map(repr, sorted(others)))}")
        raise BadAnswer(f"none of {len(problems)} entries can be read ({problems[0]})")
    return DailyPapers(date=day, papers=tuple(papers), problems=tuple(problems))


def _featured(item: dict[str, Any], paper: dict[str, Any], day: date) -> Featured:
    """One entry.

    Raises:
        ValueError: It names no arXiv id.
    """
    arxiv_id = parse_id(_bounded_text(paper.get("id"), _NAME) or "").id
    organization = next(filter(None, map(_mapping, (paper.get("organization"), item.get("organization")))), {})
    slug = _bounded_text(organization.get("name"), _NAME)
    page = _https_address(paper.get("projectPage"))
    repository = _repository(paper.get("githubRepo")) or _repository(page)
    return Featured(
        id=arxiv_id,
        featured=day.isoformat(),
        upvotes=_count(paper.get("upvotes")) or 0,
        comments=_count(item.get("numComments")) or 0,
        keywords=tuple(_bounded_texts(paper.get("ai_keywords"), _KEYWORD))[:_MOST_KEYWORDS],
        organization=_bounded_text(organization.get("fullname"), _NAME) or slug,
        organization_page=slug if slug and _SLUG.fullmatch(slug) else None,
        repository=repository,
        stars=_count(paper.get("githubStars")) if repository else None,
        project_page=page if page and _LINK.fullmatch(page) and _is_whole(page) and not _repository(page) else None,
        title=_bounded_text(paper.get("title"), _TITLE) or _bounded_text(item.get("title"), _TITLE) or "",
        # Paragraphs stand apart by line breaks, as in arXiv's own abstracts.
        abstract=(_string(paper.get("summary")) or _string(item.get("summary")))[:_ABSTRACT].strip(),
        authors=tuple(_bounded_texts(_author_names(paper.get("authors")), _NAME))[:_MOST_AUTHORS],
    )


def _author_names(authors: object) -> list[object]:
    return [author.get("name") for author in authors if isinstance(author, dict)] if isinstance(authors, list) else []


def _repository(value: object) -> str | None:
    """A GitHub repository's own address, whatever part of it was linked."""
    match = _REPOSITORY.fullmatch(_https_address(value) or "")
    if match is None:
        return None
    name = match[2].removesuffix(".git")
    return f"https://github.com/{match[1]}/{name}" if name.strip(".") else None


def _https_address(value: object) -> str | None:
    """A text that may be an address: one that is too long is none, for a part of it leads elsewhere."""
    text = _bounded_text(value, _ADDRESS + 1)
    return text if text and len(text) <= _ADDRESS else None


def _is_whole(address: str) -> bool:
    """Whether an address can be taken apart."""
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _string(value: object) -> str:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _bounded_text(value: object, longest: int) -> str | None:
    """A text on one line, cut where it is absurdly long; `None` where there is none."""
    return collapse_whitespace(_string(value))[:longest].strip() or None


def _bounded_texts(values: object, longest: int) -> Iterator[str]:
    """The texts of a list, each once."""
    found = (_bounded_text(value, longest) for value in values) if isinstance(values, list) else ()
    yield from dict.fromkeys(text for text in found if text)


def _count(value: object) -> int | None:
    """A count; a number below zero or beyond all bounds is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _kind(value: object) -> str:
    """What came in place of something else, in JSON's words."""
    names: Sequence[tuple[type, str]] = ((dict, "an object"), (list, "a list"), (str, "a text"), (bool, "a boolean"))
    return next((name for kind, name in names if isinstance(value, kind)), "null" if value is None else "a number")
