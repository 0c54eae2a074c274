"""The audit: for each category's day what arXiv announced, what was fetched, and what is translated."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from paperboy.domain import arxiv_calendar
from paperboy.domain.ledger import CategoryLedger, Counts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from paperboy.domain.edition import Edition, Translation
    from paperboy.domain.papers import Announcement

UNASKED = "unasked"
"""Why a paper is not translated: no answer is on disk. Other reasons are names of faults."""


class CategoryAudit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one category's day lacks beside arXiv's counts.

    `only_feed`, `only_listing` and `unanswered` (of which the API did not tell) are ids. `untranslated` counts
    by reason the papers that the site shows in English; both it and `translated` say nothing of a day that
    nobody has tried to translate.
    """

    only_feed: tuple[str, ...] = ()
    only_listing: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    translated: int = 0
    untranslated: dict[str, int] = {}


class AuditRow(Struct, frozen=True, kw_only=True):
    """One category on one date."""

    category: str
    entry: CategoryLedger
    audit: CategoryAudit

    def is_short(self, *, translations: bool = True) -> bool:
        """Whether arXiv stated more or other papers than are held, or did not tell; or one is not translated.

        What is derived falls short of nothing: nobody stated a count.
        """
        announced = self.entry.status in ("complete", "derived")
        return not announced or (translations and bool(self.audit.untranslated))


class DayAudit(Struct, frozen=True, kw_only=True):
    """One date: held, or missing although arXiv announced on it, or quiet because it did not."""

    date: date
    state: Literal["held", "missing", "quiet"]
    rows: tuple[AuditRow, ...] = ()

    def is_short(self, *, translations: bool = True) -> bool:
        """Whether the date or one of its categories is incomplete."""
        return self.state == "missing" or any(row.is_short(translations=translations) for row in self.rows)


class Totals(Struct, kw_only=True):
    """Many dates together; `complete` to `derived` count categories' days."""

    days: int = 0
    missing_days: int = 0
    complete: int = 0
    incomplete: int = 0
    not_reconciled: int = 0
    derived: int = 0
    held: Counts = field(default_factory=Counts)
    stated: int = 0
    """What arXiv stated, where it did."""
    of_stated: int = 0
    """What is held of the categories' days for which it did."""
    translated: int = 0
    untranslated: int = 0
    wanted: int = 0
    """Categories' days that arXiv announced: those held, and those of the days that are missing."""

    @property
    def share(self) -> int | None:
        """Per cent of the announced categories' days that are complete, rounded down; `None` without any."""
        return self.complete * 100 // self.wanted if self.wanted else None


def of_edition(edition: Edition, shown: Iterable[Announcement], language: str) -> dict[str, CategoryAudit]:
    """What each category of an edition lacks.

    Arguments:
        edition: The edition.
        shown: Those of its announcements that are translated.
        language: The language of the translations.
    """
    shown = list(shown)
    was_tried = language in edition.ledger.translations
    return {
        name: _category(edition, entry, [paper for paper in shown if name in paper.listed], tried=was_tried)
        for name, entry in edition.ledger.categories.items()
    }


def audit_rows(categories: dict[str, CategoryLedger], audits: dict[str, CategoryAudit]) -> tuple[AuditRow, ...]:
    """The rows of one date."""
    none = CategoryAudit()
    return tuple(
        AuditRow(category=name, entry=entry, audit=audits.get(name, none)) for name, entry in categories.items()
    )


def with_missing(held: Sequence[DayAudit], quiet: Collection[date], first: date, last: date) -> list[DayAudit]:
    """All dates of a range on which arXiv announced or should have, oldest first.

    Arguments:
        held: The dates that are held.
        quiet: Dates of which the archive knows that nothing was announced.
        first: The first date of the range.
        last: The last date of the range.
    """
    known = {day.date: day for day in held}
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day in known:
            found.append(known[day])
        elif day in quiet:
            found.append(DayAudit(date=day, state="quiet"))
        elif arxiv_calendar.is_expected(day):
            found.append(DayAudit(date=day, state="missing"))
    return found


def audit_totals(days: Iterable[DayAudit]) -> Totals:
    """Many dates together."""
    found = Totals()
    categories = 1
    for day in days:
        if day.state == "missing":
            found.missing_days += 1
            found.wanted += categories
            continue
        if day.state == "quiet":
            continue
        found.days += 1
        # How many categories a missing day had is what the day before it had.
        categories = len(day.rows) or categories
        for row in day.rows:
            _count(found, row)
    return found


def _category(edition: Edition, entry: CategoryLedger, papers: Sequence[Announcement], *, tried: bool) -> CategoryAudit:
    unanswered = set(edition.ledger.unanswered)
    reasons = Counter(
        reason for paper in papers if tried and (reason := _reason(edition.translations.get(paper.id))) is not None
    )
    return CategoryAudit(
        only_feed=entry.only_feed,
        only_listing=entry.only_listing,
        unanswered=tuple(sorted(paper.id for paper in papers if paper.id in unanswered)),
        translated=len(papers) - reasons.total() if tried else 0,
        untranslated=dict(sorted(reasons.items())),
    )


def _reason(answer: Translation | None) -> str | None:
    """Why a paper is shown in English; `None` where it is not."""
    if answer is None:
        return UNASKED
    if answer.status == "ok":
        return None
    return answer.faults[0] if answer.faults else UNASKED


def _count(found: Totals, row: AuditRow) -> None:
    entry = row.entry
    name = entry.status.replace(" ", "_")
    setattr(found, name, getattr(found, name) + 1)
    found.wanted += entry.status != "derived"
    found.held += entry.held
    if entry.stated is not None:
        found.stated += entry.stated.total
        found.of_stated += entry.held.total
    found.translated += row.audit.translated
    found.untranslated += sum(row.audit.untranslated.values())
