"""The demo's day in the formats of its sources: arXiv's feed, catchup page and API, Hugging Face's daily papers.

The formats are those of arXiv/arxiv-browse, arXiv/arxiv-feed and of recorded API answers. What real
pages do and a reader may trip over is done here too: the page shows the first 100 authors, turns
accents into Unicode and hides addresses behind "this https URL"; only the API names MSC codes.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup, escape

from paperboy.domain.papers import parse_id, section_of
from paperboy.domain.taxonomy import canonical, is_category, label
from paperboy.tools.demo.tex_accents import to_unicode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paperboy.domain.papers import Section
    from paperboy.tools.demo import DemoDay, DemoEntry, DemoPaper

EASTERN = ZoneInfo("America/New_York")
SHOWN_AUTHORS = 100
API_PAGE_LIMIT = 2000

_SECTION_NAMES: dict[Section, str] = {
    "new": "New submissions",
    "cross": "Cross submissions",
    "replace": "Replacement submissions",
}
_ADDRESS = re.compile(r"(?P<scheme>https?)://[!-~]*[\w/]", re.ASCII)


class DemoResponse(NamedTuple):
    """A response: status, content type and body."""

    body: bytes
    content_type: str
    status: int = 200
    etag: str | None = None


class _ListingItem(NamedTuple):
    """One numbered paper of a catchup page."""

    number: int
    note: str
    paper: DemoPaper


class _ListingBlock(NamedTuple):
    """One section of a catchup page."""

    name: str
    items: tuple[_ListingItem, ...]


def _subject(category: str) -> str:
    """A category as listings print it: `Machine Learning (cs.LG)`."""
    return f"{label(category, 'en')} ({category})"


def _link_addresses(text: str) -> Markup:
    """Escape a text and hide its addresses behind links, as arXiv does."""
    parts: list[Markup] = []
    position = 0
    for match in _ADDRESS.finditer(text):
        link = Markup(
            '<a href="{address}" rel="external noopener nofollow" '
            'class="link-external link-{scheme}">this {scheme} URL</a>'
        ).format(address=match[0], scheme=match["scheme"])
        parts += [escape(text[position : match.start()]), link]
        position = match.end()
    return Markup().join([*parts, escape(text[position:])])


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("paperboy.tools.demo"),
        autoescape=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "unicode": to_unicode,
        "subject": _subject,
        "link_addresses": _link_addresses,
    }
    return environment


def _render(template: str, **values: object) -> bytes:
    return _templates().get_template(template).render(values).encode()


def robots_response() -> DemoResponse:
    """What arxiv.org allows robots; without its Crawl-delay, so that a demo takes seconds."""
    return DemoResponse(_render("robots.txt"), "text/plain; charset=utf-8")


def error_page(status: int, heading: str, message: str) -> DemoResponse:
    """An error as arXiv's web pages show it."""
    body = _render("error.html", heading=heading, message=message)
    return DemoResponse(body, "text/html; charset=utf-8", status)


def feed_response(day: DemoDay, query: str) -> DemoResponse:
    """The Atom feed of one category, or of several joined by `+`."""
    address = f"http://rss.arxiv.org/atom/{query}"
    names = query.split("+")
    unknown = [name for name in names if not is_category(name)]
    listed = ", ".join(names)
    midnight = datetime.combine(day.date, time(), EASTERN)
    body = _render(
        "atom.xml",
        address=address,
        title=f"Feed error for query: {address}" if unknown else f"{listed} updates on arXiv.org",
        subtitle=(
            f"Bad subject class '{unknown[0]}'." if unknown else f"{listed} updates on the arXiv.org e-print archive."
        ),
        midnight=midnight.isoformat(),
        built=(midnight + timedelta(seconds=2)).astimezone(ZoneInfo("UTC")).isoformat(),
        entries=[] if unknown else day.announced(names),
    )
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    return DemoResponse(body, "application/atom+xml", 400 if unknown else 200, None if unknown else etag)


def catchup_response(day: DemoDay, subject: str, day_name: str, parameters: Mapping[str, str]) -> DemoResponse:
    """The catchup page of one category; any day but the demo's had no announcement."""
    fault = _catchup_fault(subject, day_name, parameters)
    if fault:
        return error_page(400, "Bad Request", fault)
    asked = date.fromisoformat(day_name)
    page = int(parameters.get("page", "1"))
    entries = day.announced([subject]) if asked == day.date else []
    body = _render(
        "catchup.html",
        subject=label(canonical(subject), "en"),
        shown_day=f"{asked:%a, %d %b %Y}",
        total=len(entries),
        page=page,
        first_page=f"/catchup/{subject}/{asked}?abs={parameters.get('abs', 'False')}&page=1",
        # All of the demo's day fits on the first page, which holds up to 2,000 entries.
        sections=_sections(entries) if page == 1 else [],
        abstracts=parameters.get("abs") == "True",
        shown_authors=SHOWN_AUTHORS,
    )
    return DemoResponse(body, "text/html; charset=utf-8")


def _catchup_fault(subject: str, day_name: str, parameters: Mapping[str, str]) -> str | None:
    """What is wrong with the parameters of a catchup page, in arXiv's manner."""
    if set(parameters) - {"abs", "page"}:
        return "Unexpected parameters. Only accepted parameters are: 'page', and 'abs'"
    if not is_category(subject):
        return "Invalid subject. Subject must be a category in this demo"
    try:
        valid_day = bool(re.fullmatch(r"\d{4}-\d\d-\d\d", day_name, re.ASCII))
        valid_day = valid_day and bool(date.fromisoformat(day_name))
    except ValueError:
        valid_day = False
    if not valid_day:
        return "Invalid date format. Use format: YYYY-MM-DD"
    if parameters.get("abs", "False") not in {"True", "False"}:
        return "Invalid abs value. Use ?abs=True to include abstracts or ?abs=False to not"
    if not re.fullmatch(r"[1-9]\d{0,5}", parameters.get("page", "1"), re.ASCII):
        return "Invalid page value. Page value should be a positive integer like ?page=3"
    return None


def _sections(entries: list[DemoEntry]) -> list[_ListingBlock]:
    """The page's sections in order, numbered through; an empty one is left out."""
    blocks = []
    number = 0
    for section, name in _SECTION_NAMES.items():
        items = []
        for announce_type, paper in entries:
            if section_of(announce_type) != section:
                continue
            number += 1
            note = {
                "new": "",
                "cross": f"(cross-list from {paper.categories[0]})",
                "replace": "(replaced)",
            }[section]
            items.append(_ListingItem(number, note, paper))
        if items:
            blocks.append(_ListingBlock(name, tuple(items)))
    return blocks


def daily_papers_response(day: DemoDay, parameters: Mapping[str, str]) -> DemoResponse:
    """What the community featured, as huggingface.co tells of it."""
    papers = {paper.id: paper for paper in (*day.papers, *day.elsewhere)}
    found = [
        {
            "paper": {
                "id": noticed.id,
                "authors": [{"name": to_unicode(name)} for name in papers[noticed.id].authors],
                "title": papers[noticed.id].title,
                "summary": papers[noticed.id].abstract,
                "submittedOnDailyAt": f"{day.date}T00:00:00.000Z",
                "upvotes": noticed.upvotes,
                "ai_keywords": noticed.keywords,
                "organization": noticed.organization and {"fullname": noticed.organization},
                "githubRepo": noticed.repository,
                "githubStars": noticed.stars,
                "projectPage": noticed.project_page,
            },
            "numComments": noticed.comments,
        }
        for noticed in day.featured
        if parameters.get("date") == day.date.isoformat() and parameters.get("p", "0") == "0"
    ]
    body = json.dumps(found, ensure_ascii=False).encode()
    return DemoResponse(body, "application/json; charset=utf-8", etag=f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')


def api_response(day: DemoDay, parameters: Mapping[str, str]) -> DemoResponse:
    """The API's answer to an `id_list`; like arXiv's it leaves out what it does not know."""
    ids = [name for name in re.split(r"[,\s]+", parameters.get("id_list", "")) if name]
    numbers = {"start": 0, "max_results": 10}
    error = ""
    for name, default in tuple(numbers.items()):
        text = parameters.get(name, str(default))
        if re.fullmatch(r"\d{1,6}", text, re.ASCII):
            numbers[name] = int(text)
        else:
            error = f"{name} must be a non-negative integer"
    if parameters.get("search_query"):
        error = "the demo answers id_list only"
    found: list[DemoPaper] = []
    for name in dict.fromkeys(ids):
        try:
            asked = parse_id(name)
        except ValueError:
            error = f"incorrect id format for {name}"
            break
        # Of each paper the demo has the announced version only.
        found += [paper for paper in day.papers if paper.id == asked.id and asked.version in {None, paper.version}]
    start, size = numbers["start"], min(numbers["max_results"], API_PAGE_LIMIT)
    body = _render(
        "api.xml",
        id_list=",".join(ids),
        start=start,
        size=numbers["max_results"],
        total=1 if error else len(found),
        now=f"{day.date}T12:00:00Z",
        papers=[] if error else found[start : start + size],
        error=error,
    )
    return DemoResponse(body, "application/atom+xml; charset=utf-8", 400 if error else 200)
