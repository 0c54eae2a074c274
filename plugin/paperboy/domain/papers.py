"""Papers as arXiv announces them: identifiers, records of single sources, announcements; plain data, no I/O.

The structs are also the archive's line format: field order is key order, and `schema` is the number of
the format. Times are absent on purpose: the same announcements give the same bytes, whenever fetched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, get_args

from msgspec import Meta, Struct

from paperboy.domain import taxonomy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SCHEMA = 1
"""The archive format that this version reads and writes."""
AnnounceType = Literal["new", "cross", "replace", "replace-cross"]
Section = Literal["new", "cross", "replace"]
Source = Literal["feed", "listing", "api", "oai", "snapshot"]
SOURCES: tuple[Source, ...] = get_args(Source)  # in the order in which they are named
ANNOUNCE_TYPES: tuple[AnnounceType, ...] = ("new", "cross", "replace", "replace-cross")
SECTIONS: tuple[Section, ...] = ("new", "cross", "replace")
_NEW_STYLE = r"\d{4}\.\d{4,5}"
_OLD_STYLE = r"[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7}"
_ID = rf"^(?:{_NEW_STYLE}|{_OLD_STYLE})$"
Id = Annotated[str, Meta(pattern=_ID)]
"""An arXiv id without version; checked when the archive is read, for it becomes part of addresses."""
_IDENTIFIER = re.compile(rf"(?P<id>{_NEW_STYLE}|{_OLD_STYLE})(?:v(?P<version>[1-9]\d*))?")


class ArxivId(NamedTuple):
    """An arXiv identifier: `2407.09450` or `hep-th/9901001`, and the version where one is named."""

    id: str
    version: int | None


def parse_id(text: str) -> ArxivId:
    """Read an arXiv id with or without version.

    The forms are those of https://info.arxiv.org/help/arxiv_identifier.html.

    Raises:
        ValueError: The text is no arXiv id.
    """
    match = _IDENTIFIER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no arXiv id: expected a form like 2407.09450 or hep-th/9901001")
    version = match["version"]
    return ArxivId(match["id"], int(version) if version else None)


def section_of(announce_type: AnnounceType) -> Section:
    """The section of a listing where a type stands; `replace` holds `replace-cross` too."""
    return "replace" if announce_type == "replace-cross" else announce_type


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One paper as one source describes it; `None` (or an empty tuple) where the source has no such field.

    Texts are as the source gives them: TeX from the feed and the API, Unicode from the listing.
    `categories` begins with the primary category where the source tells which that is, and holds
    whatever the source put there, MSC and ACM codes included.
    """

    id: str
    version: int | None = None
    announce_type: AnnounceType | None = None
    title: str | None = None
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    authors_complete: bool = True
    categories: tuple[str, ...] = ()
    primary_category: str | None = None
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    submitted: str | None = None
    updated: str | None = None


class Previous(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The version before, as the archive holds it: what a replacement replaced.

    `date` is its edition. `title` and `abstract` are its texts where they are others than now; `compared` is
    false where the archive holds another version's text, or one that a source spelt differently, so that
    nobody knows.
    """

    version: int
    date: str
    compared: bool = True
    title: str | None = None
    abstract: str | None = None


class Announcement(Struct, frozen=True, kw_only=True, gc=False):
    """One paper announced on one date, in one or more followed categories: a line of `papers.jsonl`.

    `listed` maps each followed category that announced it to the type it had there. `sources` names whose
    words its fields are, so that a later answer of a better source can take them over: of the API alone, once
    it has told of this version. `text_version` is the version whose text this is, where only a later one than
    the announced was to be had. `submitted` and `updated` are UTC times in ISO 8601.
    """

    schema: int = SCHEMA
    id: Id
    version: int | None
    listed: dict[str, AnnounceType]
    title: str
    abstract: str
    authors: tuple[str, ...]
    authors_complete: bool = True
    categories: tuple[str, ...]
    primary_category: str | None
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    submitted: str | None = None
    updated: str | None = None
    text_version: int | None = None
    previous: Previous | None = None
    sources: tuple[Source, ...]

    @property
    def announce_type(self) -> AnnounceType:
        """The type in the paper's own terms: the strongest that any followed category gave it."""
        return min(self.listed.values(), key=ANNOUNCE_TYPES.index)

    def is_of(self, types: Collection[str]) -> bool:
        """Whether some followed category announced it in one of these sections."""
        return any(section_of(kind) in types for kind in self.listed.values())

    def home(self, followed: Iterable[str]) -> str:
        """The followed category whose page holds the full text.

        It is the primary category where that is followed, else the first followed one that lists it.
        """
        listing = [name for name in followed if name in self.listed]
        primary = taxonomy.canonical(self.primary_category) if self.primary_category else None
        return next((name for name in listing if taxonomy.canonical(name) == primary), listing[0])
