"""The data model: announcements, editions, translations and ledgers; plain data, no I/O.

The structs are also the archive's line format: field order is key order, and `schema` is the number of
the format. Times are absent on purpose: the same announcements give the same bytes, whenever fetched.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, get_args

from msgspec import UNSET, Meta, Struct, UnsetType, field

from paperboy.domain import taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = 1
"""The archive format that this version reads and writes."""

AnnounceType = Literal["new", "cross", "replace", "replace-cross"]
Section = Literal["new", "cross", "replace"]
Source = Literal["feed", "listing", "api", "oai", "snapshot"]
Status = Literal["complete", "incomplete", "not reconciled", "derived"]
DayState = Literal["complete", "incomplete", "derived"]

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

    def home(self, followed: Iterable[str]) -> str:
        """The followed category whose page holds the full text.

        It is the primary category where that is followed, else the first followed one that lists it.
        """
        listing = [name for name in followed if name in self.listed]
        primary = taxonomy.canonical(self.primary_category) if self.primary_category else None
        return next((name for name in listing if taxonomy.canonical(name) == primary), listing[0])


class Counts(Struct, frozen=True):
    """How many announcements, by section."""

    new: int = 0
    cross: int = 0
    replace: int = 0

    @classmethod
    def of(cls, types: Iterable[AnnounceType]) -> Counts:
        """Count announcements by their types."""
        sections = [section_of(announce_type) for announce_type in types]
        return cls(*(sections.count(section) for section in SECTIONS))

    def __getitem__(self, section: Section) -> int:
        """The count of one section."""
        return {"new": self.new, "cross": self.cross, "replace": self.replace}[section]

    def __add__(self, other: Counts) -> Counts:
        """Section by section."""
        return Counts(self.new + other.new, self.cross + other.cross, self.replace + other.replace)

    @property
    def total(self) -> int:
        """All sections together."""
        return self.new + self.cross + self.replace


class Translation(Struct, frozen=True, kw_only=True):
    """One answer of a model for one paper version: a line of `translations.{language}.jsonl`.

    Every answer that was paid for is kept, the refused ones with the faults found (`status` "failed"), and
    one text of an answer that is asked for text by text ("part": neither shown nor counted as refused).
    `key` is the hash of what was asked, `raw` the answer as it came. Tokens are the endpoint's own count.
    `terms` counts the glossary's rows for this text: those that an accepted answer follows, and all; `rows` are
    those of the site's own that the model was told.
    `batch` marks an answer that came in a batch, at the price of one; no question has two of these.
    `asked` is the date of a build whose refused answer counts against the paper, for others were answered well in it.
    """

    schema: int = SCHEMA
    id: Id
    version: int | None
    key: str
    status: Literal["ok", "failed", "part"]
    title: str = ""
    abstract: str = ""
    summary: str = ""
    faults: tuple[str, ...] = ()
    model: str
    prompt_version: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    terms: tuple[int, int] = (0, 0)
    rows: tuple[str, ...] = ()
    batch: bool = False
    raw: str = ""
    asked: str | UnsetType = UNSET


def _text_rule(longest: int, description: str) -> Meta:
    return Meta(min_length=1, max_length=longest, description=description)


_Name = Annotated[str, Meta(min_length=1, max_length=60)]
_Address = Annotated[
    str, Meta(pattern=r"^https?://[^\s<>\"'\\]+$", max_length=500, extra={"wanted": "an address with https://"})
]


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What people say of one paper: the keys at the head of `overrides/papers/ID.md`.

    Each key wins over every machine's word, by itself; one that is empty says nothing.
    """

    id: Annotated[
        str,
        Meta(
            pattern=_ID,
            description="The paper's arXiv id, in quotes, as in the file's name.",
            extra={"wanted": "an arXiv id without version, such as 2407.09450"},
        ),
    ] = ""
    version: Annotated[int, Meta(ge=1, description="The version of the paper that this was written for.")] = 0
    title: Annotated[str, _text_rule(1000, "The title in the site's language.")] = ""
    summary: Annotated[str, _text_rule(2000, "What the paper does and finds, in one sentence.")] = ""
    abstract: Annotated[str, _text_rule(20_000, "The abstract in the site's language.")] = ""
    affiliations: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
        Meta(max_length=50, description="Where the authors work."),
    ] = ()
    tags: Annotated[tuple[_Name, ...], Meta(max_length=20, description="Words to show beside the paper's id.")] = ()
    links: Annotated[
        dict[_Name, _Address], Meta(max_length=20, description="More links of the paper: names and addresses.")
    ] = field(default_factory=dict)
    pin: Annotated[bool, Meta(description="Show the paper at the top of its section.")] = False
    hide: Annotated[str, _text_rule(500, "Why the paper is not shown; the reason stands in its place.")] = ""


class Contribution(Struct, frozen=True, kw_only=True):
    """One file that people wrote for the site, about a paper, a day or a category.

    `file` is its path in `docs_dir`, `note` the Markdown below its keys, which begins in `line`.
    `contributors` are the names of its authors by git, the first one first.
    """

    file: str
    override: Override = Override()
    note: str = ""
    line: int = 1
    contributors: tuple[str, ...] = ()


class CategoryLedger(Struct, frozen=True, kw_only=True):
    """The account of one category's day: what arXiv announced, what was fetched, and from which sources.

    `only_feed` and `only_listing` name the ids that one source has and the other has not.
    `stated` is `None` where the listing did not tell. The status is "derived" where arXiv's announcement was
    never seen, and the day is computed from the times of submission.
    """

    status: Status
    stated: Counts | None = None
    held: Counts = Counts()
    sources: tuple[Source, ...] = ()
    only_feed: tuple[str, ...] = ()
    only_listing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def state_of(entries: Iterable[CategoryLedger]) -> DayState:
    """How a day stands by the accounts of its categories: derived where some are, and the others complete."""
    found = {entry.status for entry in entries}
    if not found - {"complete"}:
        return "complete"
    return "incomplete" if found - {"complete", "derived"} else "derived"


class TranslationLedger(Struct, frozen=True, kw_only=True):
    """The account of the translation into one language.

    `failed` counts the papers without a translation by the first fault of their last answer, `faults` every
    refused answer likewise, and `repaired` the papers that were translated after one. `cost` is in the
    owner's currency, by the prices in the options; `None` where there are none. `terms` counts the rows of the
    glossary that the accepted answers follow, and those that occur in their texts. `given_up` counts those of
    `failed` that are not asked for any more.
    """

    model: str
    prompt_version: int
    translated: int = 0
    untranslated: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    repaired: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    terms: tuple[int, int] = (0, 0)
    given_up: dict[str, int] = field(default_factory=dict)


class Ledger(Struct, frozen=True, kw_only=True):
    """The accounts of one edition: `ledger.json`.

    `fields` counts, for each field, from which source it came; `unanswered` lists ids that the API was
    asked for and did not return; `notes` says what went wrong beside the categories.
    """

    schema: int = SCHEMA
    date: str
    announced: bool = True
    categories: dict[str, CategoryLedger] = field(default_factory=dict)
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    translations: dict[str, TranslationLedger] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every category is known to be complete."""
        return self.state == "complete"

    @property
    def state(self) -> DayState:
        """How the day stands as a whole."""
        return state_of(self.categories.values())


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


class Edition(Struct, frozen=True, kw_only=True):
    """All announcements of one date in the followed categories, with what is known about them.

    `translations` holds, by arXiv id, the answer to show: the accepted one, else the last refused one;
    `signals` and `institutions` are by arXiv id too. `featured` is what the community featured on the
    date, of whatever edition, and `None` where Hugging Face was never reached for it. `contributions` holds
    what people wrote about its papers, `note` their words about the day. `unreadable` counts lines left out.
    """

    date: date
    announcements: tuple[Announcement, ...]
    ledger: Ledger
    translations: dict[str, Translation] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)
    institutions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    featured: FeaturedList | None = None
    contributions: dict[str, Contribution] = field(default_factory=dict)
    note: Contribution | None = None
    unreadable: int = 0

    def hides(self, arxiv_id: str) -> bool:
        """Whether people asked not to show a paper."""
        return arxiv_id in self.contributions and bool(self.contributions[arxiv_id].override.hide)

    def listed_in(self, category: str) -> tuple[Announcement, ...]:
        """The announcements of one category, in the edition's order."""
        return tuple(paper for paper in self.announcements if category in paper.listed)
