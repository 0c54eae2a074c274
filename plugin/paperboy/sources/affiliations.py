"""Reads the institutions that a paper names: from its HTML at arXiv, else from the first page of its PDF.

arXiv makes the HTML with LaTeXML (https://info.arxiv.org/about/accessible_HTML.html), whose author block is
described at https://math.nist.gov/~BMiller/LaTeXML/manual/: a `ltx_contact ltx_role_affiliation` for each declared
address, or whatever the authors wrote, line by line, in `ltx_personname`, or notes to the names.
"""

from __future__ import annotations

import io
import logging
import re
from importlib.util import find_spec
from itertools import takewhile
from typing import TYPE_CHECKING

from paperboy.domain.errors import BadAnswer, Refused
from paperboy.domain.signals import Affiliation
from paperboy.sources import institution_names
from paperboy.sources.http_transport import HTML
from paperboy.sources.markup import read_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborNode

    from paperboy.domain.papers import Announcement
    from paperboy.sources.http_client import SourceClient

log = logging.getLogger(__name__)

MAX_BYTES = 24 * 1024 * 1024

_FIRST_HTML = "2312"
"""arXiv makes HTML of papers since December 2023."""

_HEAD_LINES = 60
"""Lines of a PDF's first page among which names and addresses stand."""

_DECLARED = ", ".join(
    f".ltx_{place}.ltx_role_{role}"
    for place, role in (
        ("contact", "affiliation"),
        ("contact", "institution"),
        ("contact", "address"),
        ("note", "institutetext"),
        ("note", "affiliationtext"),
    )
)
_NOTES = ".ltx_role_thanks, .ltx_role_footnote, .ltx_role_footnotetext"
# Labels, numbers and addresses of mail, which are no part of an address.
_LABELS = (
    ".ltx_contact_name, .ltx_note_type, .ltx_note_mark, .ltx_tag, .ltx_role_email, .ltx_role_orcid, .ltx_role_url, "
    "a[href^='mailto:'], a[href*='orcid.org'], script, style, annotation"
)
_BREAK, _MARK = "\x1d", "\x1e"
_ABSTRACT = re.compile(r"\s*(?:\d\s*)?abstract\b", re.IGNORECASE)
_WORDS = re.compile(r"\w+")


def fetch_affiliation(client: SourceClient, base_url: str, paper: Announcement) -> Affiliation:
    """Fetch a paper, and read the institutions that it names.

    Arguments:
        client: The clock and connection of arXiv.
        base_url: Base of arXiv's pages, `{base_url}/html/…` and `{base_url}/pdf/…`.
        paper: The paper; its title and authors tell what on a PDF's page is something else.

    Returns:
        What was found, perhaps nothing: there is no HTML of every paper, and not every one names an institution.

    Raises:
        Forbidden: The host's robots.txt closes these pages to us.
        Unreachable: A page was not served.
        BadAnswer: A page cannot be read.
    """
    base, name = base_url.rstrip("/"), f"{paper.id}v{paper.version}" if paper.version else paper.id
    if "/" not in paper.id and paper.id >= _FIRST_HTML:
        found = _ask_document(client, f"{base}/html/{name}", HTML)
        if found is not None and (names := of_html(found, paper.authors)):
            return Affiliation(id=paper.id, version=paper.version, source="html", institutions=names)
    if can_read_pdf():
        found = _ask_document(client, f"{base}/pdf/{name}", "application/pdf")
        if found is not None and (names := of_pdf(found, paper.title, paper.authors)):
            return Affiliation(id=paper.id, version=paper.version, source="pdf", institutions=names)
    return Affiliation(id=paper.id, version=paper.version)


def of_html(data: bytes, authors: Sequence[str] = ()) -> tuple[str, ...]:
    """The institutions of a paper's HTML, in its order.

    What the markup declares comes first; where it declares nothing, the lines under the names, and then
    the notes to the names. A page that no parser should be given names nothing.
    """
    try:
        page = read_html(data, "the HTML of a paper")
    except BadAnswer as error:
        log.info("%s", error)
        return ()
    root = page.css_first("article.ltx_document") or page.css_first(".ltx_page_content")
    if root is None:
        return ()
    block = root.css_first(".ltx_authors")
    notes = [*(block.css(_NOTES) if block else ()), *(node for node in root.iter() if _is_note(node))]
    remarks = [line for note in notes for line in _author_lines(note)]
    declared = list(_groups(root.css(_DECLARED)))
    if names := institution_names.of_declared(declared, authors):
        return names
    for note in notes:
        note.decompose()
    written = [line for name in (block.css(".ltx_personname") if block else ()) for line in _author_lines(name)]
    return institution_names.of_lines(written, authors) or institution_names.of_lines(remarks, authors)


def of_pdf(data: bytes, title: str, authors: Sequence[str]) -> tuple[str, ...]:
    """The institutions on the first page of a PDF, between the title and the abstract.

    Only a line that says what it is counts, for a page's text has no marks of what is what.

    Raises:
        BadAnswer: It is no PDF that can be read.
    """
    # An extra: the site works without, and most papers have HTML.
    from pypdf import PdfReader  # noqa: PLC0415  as said above
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(data))
        text = reader.pages[0].extract_text() if reader.pages else ""
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise BadAnswer(f"expected a PDF, got one that cannot be read ({type(error).__name__}: {error})") from error
    lines = text.splitlines()[:_HEAD_LINES]
    head = list(takewhile(lambda line: not _ABSTRACT.match(line), lines))
    if len(head) == len(lines):
        return ()  # nobody knows where the head ends
    words = set(_WORDS.findall(title.casefold()))
    return institution_names.of_lines((line for line in head if not _is_title(line, words)), authors)


def can_read_pdf() -> bool:
    """Whether the extra `pdf` is installed."""
    return find_spec("pypdf") is not None


def _ask_document(client: SourceClient, address: str, accept: str) -> bytes | None:
    """A page; `None` where arXiv has none."""
    client.allowed(address)
    try:
        return client.get(address, accept=accept, max_bytes=MAX_BYTES, keep=False)
    except Refused as error:
        log.debug("%s", error)
        return None


def _is_title(line: str, words: set[str]) -> bool:
    """Whether a line is one of the title's own."""
    found = _WORDS.findall(line.casefold())
    return bool(found) and all(word in words for word in found)


def _is_note(node: LexborNode) -> bool:
    """Whether this is a note that stands at the head of the document by itself."""
    names = (node.attributes.get("class") or "").split()
    return "ltx_note" in names and not {"ltx_role_institutetext", "ltx_role_affiliationtext"}.intersection(names)


def _groups(nodes: Sequence[LexborNode]) -> Iterator[list[str]]:
    """The lines of each declared address; a mark begins another one, and so does another author."""
    group: list[str] = []
    whose = None
    for node in nodes:
        author = _author(node)
        if author is None or author != whose:
            yield group
            group = []
        whose = author
        named = [name for part in node.css(".ltx_affiliation_institution") for name in _author_lines(part)]
        if named:
            yield from ([name] for name in named)
            continue
        for number, address in enumerate(_node_text(node).split(_MARK)):
            if number:
                yield group
                group = []
            group += address.split(_BREAK)
    yield group


def _author(node: LexborNode) -> int | None:
    """The author whom an element belongs to, as a number."""
    parent = node.parent
    while parent is not None:
        if "ltx_creator" in (parent.attributes.get("class") or "").split():
            return parent.mem_id
        parent = parent.parent
    return None


def _author_lines(node: LexborNode) -> list[str]:
    return re.split(f"[{_BREAK}{_MARK}]", _node_text(node))


def _node_text(node: LexborNode) -> str:
    """The words of an element, with a break for each new line, and a mark for each sign that is set high."""
    for selector, sign in ((_LABELS, ""), ("br", _BREAK), ("sup, math", _MARK)):
        for part in node.css(selector):
            part.replace_with(sign)
    return node.text()
