"""What the community shows of papers at Hugging Face, and the institutions that papers name."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from paperboy.domain.papers import SCHEMA, Announcement, Id


class Signal(Struct, frozen=True, kw_only=True):
    """The signals of one paper at Hugging Face, as last seen.

    `featured` is the date on which it was featured, `keywords` are those of a model of Hugging Face's,
    `organization_page` is the name under which the organisation lies there, `repository` is one at GitHub with its
    `stars`. Whatever is not known is absent; addresses are https and were checked where they came in.
    """

    id: Id
    featured: str
    upvotes: int = 0
    comments: int = 0
    keywords: tuple[str, ...] = ()
    organization: str | None = None
    organization_page: str | None = None
    repository: str | None = None
    stars: int | None = None
    project_page: str | None = None


class Featured(Signal, frozen=True, kw_only=True):
    """A paper that the community featured, with its text, for it may be in no edition.

    `edition` is the date of the edition that has announced it, where one is held.
    """

    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    edition: str | None = None

    @property
    def paper(self) -> Announcement:
        """The paper as far as Hugging Face tells of it, listed in no category."""
        return Announcement(
            id=self.id,
            version=None,
            listed={},
            title=self.title,
            abstract=self.abstract,
            authors=self.authors,
            categories=(),
            primary_category=None,
            sources=(),
        )


class FeaturedList(Struct, frozen=True, kw_only=True):
    """What was featured on one date, sorted by id: `featured.json`.

    `settled` is true when it was seen long enough after the date: it is not asked for again.
    """

    schema: int = SCHEMA
    date: str
    settled: bool = False
    papers: tuple[Featured, ...] = ()


class SignalList(Struct, frozen=True, kw_only=True):
    """The signals of the papers of one edition, sorted by id: `signals.json`."""

    schema: int = SCHEMA
    date: str
    papers: tuple[Signal, ...] = ()


class Affiliation(Struct, frozen=True, kw_only=True):
    """The institutions that a paper names for its authors, in its own words and order.

    None were found where `institutions` is empty; `source` is the form of the paper that was read.
    """

    id: Id
    version: int | None = None
    source: Literal["html", "pdf"] | None = None
    institutions: tuple[str, ...] = ()


class AffiliationList(Struct, frozen=True, kw_only=True):
    """The institutions of those papers of one edition that were asked for them: `affiliations.json`."""

    schema: int = SCHEMA
    date: str
    papers: tuple[Affiliation, ...] = ()
