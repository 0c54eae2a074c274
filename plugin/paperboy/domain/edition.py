"""Translations, and an edition: all announcements of one date with what is known about them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from paperboy.domain.ledger import Ledger
from paperboy.domain.overrides import Contribution
from paperboy.domain.papers import SCHEMA, Announcement, Id
from paperboy.domain.signals import FeaturedList, Signal


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
