"""arXiv's bulk metadata snapshot: one JSON object a line, one paper an object, ordered by id.

The format is that of https://www.kaggle.com/datasets/Cornell-University/arxiv, `arxiv-metadata-oai-snapshot.json`:
the newest text of each paper, with the times of all its versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from paperboy.domain import taxonomy
from paperboy.domain.papers import Record, parse_id
from paperboy.sources.arxiv.oai_pmh import OaiVersion, moment, primary_of, split_names
from paperboy.sources.text import collapse_whitespace, is_name

if TYPE_CHECKING:
    from collections.abc import Collection

_PARTS = 3
_SORTED_SINCE = "2025-03"
"""Since the server of March 2025, a record's categories are sorted; before, the primary one stood first."""


class _Version(Struct, gc=False):
    version: str
    created: str


class _Categories(Struct, gc=False):
    categories: str

    def listed_in(self, followed: Collection[str]) -> bool:
        return any(map(followed.__contains__, map(taxonomy.canonical, self.categories.split())))


class _SnapshotLine(Struct, gc=False):
    id: str
    title: str
    abstract: str
    categories: str
    versions: list[_Version]
    authors: str | None = None
    authors_parsed: list[list[str]] = []
    comments: str | None = None
    journal_ref: str | None = field(default=None, name="journal-ref")
    doi: str | None = None
    update_date: str = ""


_SLIM = msgspec.json.Decoder(_Categories)
_WHOLE = msgspec.json.Decoder(_SnapshotLine)


def parse_snapshot_line(line: bytes, followed: Collection[str]) -> tuple[Record, list[OaiVersion]] | None:
    """One paper and its versions; `None` where it is in none of the followed categories.

    Raises:
        ValueError: The line is no paper.
    """
    if not _SLIM.decode(line).listed_in(followed):
        return None
    row = _WHOLE.decode(line)
    if not row.versions:
        raise ValueError("it has no version")
    if not row.title.strip():
        raise ValueError("it has no title")
    versions = [OaiVersion(int(one.version.removeprefix("v")), moment(one.created)) for one in row.versions]
    versions.sort(key=lambda version: version.number)
    categories = tuple(row.categories.split())
    unsorted = "" < row.update_date < _SORTED_SINCE
    primary = categories[0] if unsorted else primary_of(categories)
    authors = tuple(filter(is_name, map(_author_name, row.authors_parsed))) or split_names(row.authors or "")
    record = Record(
        id=parse_id(row.id).id,
        version=versions[-1].number,
        title=collapse_whitespace(row.title),
        abstract=row.abstract.strip(),
        authors=authors,
        categories=categories,
        primary_category=primary,
        comment=collapse_whitespace(row.comments or "") or None,
        journal_ref=collapse_whitespace(row.journal_ref or "") or None,
        doi=collapse_whitespace(row.doi or "") or None,
    )
    return record, versions


def _author_name(parts: list[str]) -> str:
    """`["Bee", "A.", "Jr"]` as it is written."""
    last, first, suffix = parts if len(parts) == _PARTS else (*parts, "", "", "")[:_PARTS]
    return " ".join(f"{first} {last} {suffix}".split())
