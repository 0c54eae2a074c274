"""The ledger of an edition: what arXiv announced, what was fetched, what was translated and spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from paperboy.domain.papers import SCHEMA, SECTIONS, AnnounceType, Section, Source, section_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Status = Literal["complete", "incomplete", "not reconciled", "derived"]
DayState = Literal["complete", "incomplete", "derived"]


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
