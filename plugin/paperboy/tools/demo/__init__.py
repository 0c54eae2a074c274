"""A day of invented papers, and a local server that answers as arXiv, Hugging Face and a model.

`paperboy demo` builds a real site from it, with no key and no network: the fetching, checking and
publishing are those of any build. The papers lie in `papers.json`; each says in its comment (or,
where it has none, in its abstract) that it is invented, and `shows` says what it is there for.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from paperboy.domain.papers import ANNOUNCE_TYPES, AnnounceType
from paperboy.domain.taxonomy import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable


class ChineseText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the demo model answers; formulas, addresses and commands stand in it as in the English."""

    title: str
    abstract: str
    summary: str


class DemoPaper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One invented paper in arXiv's TeX form, with its Chinese translation.

    `codes` are the MSC codes that only the API names, among the categories. A `fault` makes the demo
    model spoil its answer for this paper, every time.
    """

    id: str
    version: int
    categories: tuple[str, ...]
    codes: tuple[str, ...]
    authors: tuple[str, ...]
    title: str
    abstract: str
    comment: str | None
    journal_ref: str | None
    doi: str | None
    submitted: str
    updated: str
    zh: ChineseText
    fault: Literal["drop_placeholder"] | None
    shows: str

    def announced_in(self, subjects: Iterable[str]) -> AnnounceType | None:
        """How these categories announce the paper; `None` where it is in none of them.

        Asked for several categories at once, arXiv computes the type relative to all of them.
        """
        asked = {canonical(subject) for subject in subjects}
        primary, *others = (canonical(category) for category in self.categories)
        if primary in asked:
            return "new" if self.version == 1 else "replace"
        if asked.intersection(others):
            return "cross" if self.version == 1 else "replace-cross"
        return None


class DemoEntry(NamedTuple):
    """A paper as one feed or listing announces it."""

    announce_type: AnnounceType
    paper: DemoPaper


class DemoSignal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the community shows of one paper."""

    id: str
    upvotes: int
    comments: int
    organization: str | None
    repository: str | None
    stars: int | None
    project_page: str | None
    keywords: tuple[str, ...]


class DemoDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The demo's only day; `categories` are those that the demo site follows.

    `featured` is what the community noticed on it, papers from `elsewhere` included, which no followed
    category announces.
    """

    date: date
    categories: tuple[str, ...]
    papers: tuple[DemoPaper, ...]
    elsewhere: tuple[DemoPaper, ...] = ()
    featured: tuple[DemoSignal, ...] = ()

    def announced(self, subjects: Iterable[str]) -> list[DemoEntry]:
        """What these categories announce: new, cross, replace, replace-cross, each by rising id."""
        asked = tuple(subjects)
        found = ((paper.announced_in(asked), paper) for paper in self.papers)
        entries = [DemoEntry(announce_type, paper) for announce_type, paper in found if announce_type]
        return sorted(entries, key=lambda entry: (ANNOUNCE_TYPES.index(entry.announce_type), entry.paper.id))


@cache
def load_demo() -> DemoDay:
    """Read the demo's day."""
    data = resources.files("paperboy.tools.demo").joinpath("papers.json").read_bytes()
    return msgspec.json.decode(data, type=DemoDay)
