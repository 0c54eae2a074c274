"""OAI-PMH: metadata in bulk, by day of modification, with version histories.

The formats are those of https://info.arxiv.org/help/oa/index.html: `arXiv` with names in parts, `arXivRaw`
with all versions, and `oai_dc`. Errors, and a day without records, come with HTTP 200.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paperboy.domain.errors import BadAnswer
from paperboy.domain.papers import Record, parse_id
from paperboy.sources.markup import read_xml
from paperboy.sources.text import collapse_whitespace, is_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

_NAMES = {"oai": "http://www.openarchives.org/OAI/2.0/"}
_VERBS = ("ListRecords", "GetRecord")
_PREFIX = "oai:arXiv.org:"
_COMMENT = "Comment: "
_BRACKETS = re.compile(r"\([^()]*\)")
_BETWEEN = re.compile(r"(?<!\\)[,;:]\s*(?:and\s+)?|\s+and\s+")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_MORE = re.compile(r"et\.? al\.?")
_GMT = re.compile(r"\w{3}, (\d{1,2}) (\w{3}) (\d{4}) (\d\d:\d\d:\d\d) GMT")
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)  # noqa: SIM905  a row
}
_CUT = re.compile(r"\bet\.? al\b")


class ExpiredTokenError(BadAnswer):
    """A resumption token that was used too late; the harvest goes on from the last datestamp."""


class OaiVersion(Struct, frozen=True, gc=False):
    """One version of a paper: its number, and when it was sent in, as UTC in ISO 8601."""

    number: int
    submitted: str


class OaiRecord(Struct, frozen=True, kw_only=True):
    """One record: the paper, the day of its last modification, and its versions where the format has them."""

    paper: Record
    datestamp: str
    versions: tuple[OaiVersion, ...] = ()


class OaiPage(Struct, frozen=True, kw_only=True):
    """One answer; `token` asks for the next page, and dies at the next UTC midnight."""

    records: tuple[OaiRecord, ...] = ()
    deleted: tuple[str, ...] = ()
    token: str | None = None
    complete_size: int | None = None
    problems: tuple[str, ...] = ()


def parse_oai_page(data: bytes) -> OaiPage:
    """Read an answer to ListRecords or GetRecord; `noRecordsMatch` is an empty page.

    Raises:
        ExpiredTokenError: The resumption token is no longer taken.
        BadAnswer: It is another answer or an error, whose code and text the message holds.
    """
    root = read_xml(data, "an OAI-PMH answer")
    error = root.find("oai:error", _NAMES)
    if error is not None:
        code = error.get("code", "")
        if code == "noRecordsMatch":
            return OaiPage()
        kind = ExpiredTokenError if code == "badResumptionToken" else BadAnswer
        raise kind(f"OAI-PMH error {code}: {collapse_whitespace(error.text or '')}")
    listed = next((found for verb in _VERBS if (found := root.find(f"oai:{verb}", _NAMES)) is not None), None)
    if listed is None:
        tags = ", ".join(child.tag.rpartition("}")[2] for child in root) or root.tag
        raise BadAnswer(f"expected OAI-PMH records, got {tags}")
    records: list[OaiRecord] = []
    deleted: list[str] = []
    problems: list[str] = []
    for element in listed.iterfind("oai:record", _NAMES):
        header = element.find("oai:header", _NAMES)
        said = {_tag(child): (child.text or "").strip() for child in header} if header is not None else {}
        name = said.get("identifier", "").removeprefix(_PREFIX)
        try:
            if header is not None and header.get("status") == "deleted":
                deleted.append(parse_id(name).id)
            else:
                records.append(_oai_record(element, parse_id(name).id, said.get("datestamp", "")))
        except (OverflowError, ValueError) as fault:
            problems.append(f"the record of {name!r}: {fault}")
    token = listed.find("oai:resumptionToken", _NAMES)
    size = token.get("completeListSize", "") if token is not None else ""
    return OaiPage(
        records=tuple(records),
        deleted=tuple(deleted),
        # An empty token marks the last page.
        token=(token.text or "").strip() or None if token is not None else None,
        complete_size=int(size[:9]) if size.isdecimal() else None,
        problems=tuple(problems),
    )


def split_names(text: str) -> tuple[str, ...]:
    """The authors' names in the line that the submitter typed: `A. Bee, C. Dee (1) and E. Eff Jr. (2)`.

    What stands in brackets is an affiliation or a note, and goes; a suffix stays with its name; names are
    set apart by commas, semicolons, colons and `and`; `et al.` is no name.
    """
    while text != (without := _BRACKETS.sub(" ", text)):
        text = without
    names: list[str] = []
    for part in _BETWEEN.split(" ".join(text.split())):
        name = part.strip()
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f" {name}"
        elif is_name(name) and not _MORE.fullmatch(name):
            names.append(name)
    return tuple(names)


def primary_of(categories: Sequence[str]) -> str | None:
    """The primary category, which stands first unless the server has sorted them, as the present one does."""
    ordered = len(categories) > 1 and all(one <= other for one, other in pairwise(categories))
    return categories[0] if categories and not ordered else None


def _oai_record(element: Element, arxiv_id: str, datestamp: str) -> OaiRecord:
    """One record.

    Raises:
        ValueError: It holds no known format, or a date that is none.
    """
    # Stored copies of answers may have lost the namespaces of the metadata, so its tags count in any.
    metadata = element.find("oai:metadata", _NAMES)
    body = next(iter(metadata), None) if metadata is not None else None
    kind = _tag(body) if body is not None else "nothing"
    if body is not None and not any(_tag(child) == "title" and child.text for child in body):
        raise ValueError(f"expected a title, found none in {kind}")
    if body is not None and kind == "arXiv":
        return OaiRecord(paper=_arxiv(body, arxiv_id), datestamp=datestamp)
    if body is not None and kind == "arXivRaw":
        versions = tuple(sorted(_versions(body), key=lambda version: version.number))
        return OaiRecord(paper=_raw(body, arxiv_id, versions), datestamp=datestamp, versions=versions)
    if body is not None and kind == "dc":
        return OaiRecord(paper=_dublin_core(body, arxiv_id), datestamp=datestamp)
    raise ValueError(f"expected arXiv, arXivRaw or oai_dc, got {kind}")


def _arxiv(body: Element, arxiv_id: str) -> Record:
    """Format `arXiv`; its dates are days only, so they are left."""
    authors = []
    for author in body.iterfind("{*}authors/{*}author"):
        tags = ("{*}forenames", "{*}keyname", "{*}suffix")
        parts = (collapse_whitespace(found.text or "") for tag in tags for found in author.iterfind(tag))
        authors.append(" ".join(filter(None, parts)))
    return _common(body, Record(id=arxiv_id, authors=tuple(filter(is_name, authors))))


def _raw(body: Element, arxiv_id: str, versions: tuple[OaiVersion, ...]) -> Record:
    line = collapse_whitespace(next((child.text or "" for child in body if _tag(child) == "authors"), ""))
    record = Record(
        id=arxiv_id,
        version=versions[-1].number if versions else None,
        authors=split_names(line),
        authors_complete=not _CUT.search(line),
        submitted=versions[0].submitted if versions else None,
        updated=versions[-1].submitted if versions else None,
    )
    return _common(body, record)


def _common(body: Element, record: Record) -> Record:
    """Add the fields that both of arXiv's own formats have."""
    fields = {_tag(child): child.text or "" for child in reversed(body)}
    categories = tuple(fields.get("categories", "").split())
    return structs.replace(
        record,
        title=collapse_whitespace(fields["title"]),
        abstract=fields.get("abstract", "").strip(),
        categories=categories,
        primary_category=primary_of(categories),
        comment=collapse_whitespace(fields.get("comments", "")) or None,
        journal_ref=collapse_whitespace(fields.get("journal-ref", "")) or None,
        doi=collapse_whitespace(fields.get("doi", "")) or None,
    )


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _dublin_core(body: Element, arxiv_id: str) -> Record:
    """Format `oai_dc`: title, names, abstract, comment and DOI; its subjects are names of categories."""
    described = [(element.text or "").strip() for element in body.iterfind("{*}description")]
    comments = [text.removeprefix(_COMMENT) for text in described if text.startswith(_COMMENT)]
    names = (collapse_whitespace(element.text or "").partition(", ") for element in body.iterfind("{*}creator"))
    others = ((element.text or "").strip() for element in body.iterfind("{*}identifier"))
    return Record(
        id=arxiv_id,
        title=_element_text(body, "{*}title"),
        abstract=next((text for text in described if not text.startswith(_COMMENT)), None),
        authors=tuple(filter(is_name, (f"{forenames} {keyname}".strip() for keyname, _, forenames in names))),
        comment=collapse_whitespace(comments[0]) if comments else None,
        doi=next((text.removeprefix("doi:") for text in others if text.startswith("doi:")), None),
    )


def _versions(body: Element) -> Iterator[OaiVersion]:
    """The versions of a record in `arXivRaw`.

    Raises:
        ValueError: A number or a date is none.
    """
    for element in body:
        if _tag(element) == "version":
            written = next((child.text or "" for child in element if _tag(child) == "date"), "")
            yield OaiVersion(int(element.get("version", "").removeprefix("v")), moment(written.strip()))


def moment(written: str) -> str:
    """A time as arXiv's bulk data have it, `Mon, 2 Apr 2007 19:18:42 GMT`, as UTC in ISO 8601.

    Raises:
        ValueError: It is none.
    """
    quick = _GMT.fullmatch(written)
    if quick and quick[2] in _MONTHS:
        text = f"{quick[3]}-{_MONTHS[quick[2]]}-{int(quick[1]):02}T{quick[4]}Z"
        datetime.fromisoformat(text)  # raises for what is no date
        return text
    return parsedate_to_datetime(written).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _raw_text(element: Element, path: str) -> str:
    return element.findtext(path, "", _NAMES).strip()


def _element_text(element: Element, path: str) -> str:
    return collapse_whitespace(_raw_text(element, path))
