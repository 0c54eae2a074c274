"""The audit pages: announced and fetched papers, month by month, with a badge to embed."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from paperboy.domain import audit
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.site.context import PLAIN
from paperboy.site.html import urls
from paperboy.site.html.document import DataFile, Document, Heading, PagePlan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from paperboy.domain.audit import DayAudit
    from paperboy.site.context import SiteContext
    from paperboy.site.html.document import Block
    from paperboy.site.views.day_summary import DaySummary

BADGE = f"{urls.AUDIT}badge.svg"

_WIDE = 11.0
"""Pixels of a Chinese character in the badge."""
_NARROW = 6.6
"""Pixels of any other, at most on average."""
_FROM_FULL = ((100, "#2e7d32"), (95, "#8a5a00"), (0, "#b3261e"))
"""The badge's colours, from so many per cent on; white text on each has a contrast of 4.5 and more."""
_UNKNOWN = "#555"
_FIRST_WIDE = "\u2e80"


def audit_overview(
    context: SiteContext, days: Sequence[DaySummary], quiet: Collection[date] = (), downloads: Collection[date] = ()
) -> Iterator[Document | DataFile]:
    """The page over all months, with the newest month in full, and the badge.

    Arguments:
        context: The site's tools.
        days: All editions in few words, oldest first.
        quiet: Weekdays of which the archive knows that nothing was announced.
        downloads: The dates whose pages have become a file for the month.
    """
    months = _month_links(days, quiet)
    totals = audit.audit_totals(day for _, own in months for day in own)
    title = context.words.gettext("Audit")
    content: list[Heading | Block] = [
        Heading(1, title, "audit"),
        _audit_part(context, "audited", totals, BADGE.removeprefix(urls.AUDIT)),
    ]
    if months:
        rows = [
            (context.words.month(first), context.link(urls.AUDIT, urls.audit(first)), audit.audit_totals(own))
            for first, own in reversed(months)
        ]
        newest, own = months[-1]
        content += [_audit_part(context, "audit_months", rows), Heading(2, context.words.month(newest), "newest")]
        content.append(_month_table(context, urls.AUDIT, own, downloads))
    yield Document(path=urls.AUDIT, title=title, hide=PLAIN, content=tuple(content))
    yield DataFile(BADGE, _badge(context, totals.share))


def audit_months(
    context: SiteContext, days: Sequence[DaySummary], quiet: Collection[date] = (), downloads: Collection[date] = ()
) -> list[PagePlan]:
    """A page for each month, to be made anew when what it shows has changed; arguments as of `audit_overview`."""
    found = []
    for first, own in _month_links(days, quiet):
        files = frozenset(day.date for day in own if day.date in downloads)
        make = partial(_audit_month, context, own, files)
        found.append(PagePlan(name=urls.audit(first), content=(*own, *sorted(files)), make=make))
    return found


def _audit_month(context: SiteContext, days: Sequence[DayAudit], downloads: Collection[date]) -> Iterator[Document]:
    first = days[0].date
    path = urls.audit(first)
    title = context.words.title(context.words.gettext("Audit"), context.words.month(first))
    up = (context.words.gettext("Audit"), context.link(path, urls.AUDIT), "up")
    content = (
        Heading(1, title, "audit"),
        context.part("neighbours", [up]),
        _month_table(context, path, days, downloads),
    )
    yield Document(path=path, title=title, hide=PLAIN, content=content)


def _audit_part(context: SiteContext, name: str, *values: object) -> Block:
    return context.part(name, *values, file="audit")


def _month_table(context: SiteContext, path: str, days: Sequence[DayAudit], downloads: Collection[date]) -> Block:
    rows = [(day, "" if day.date in downloads else context.link(path, urls.day(day.date))) for day in reversed(days)]
    return _audit_part(context, "audit", rows, VALIDATION_ERRORS)


def _month_links(days: Sequence[DaySummary], quiet: Collection[date]) -> list[tuple[date, list[DayAudit]]]:
    """The dates of each month, those that are missing or quiet too, oldest first."""
    if not days:
        return []
    held = [
        audit.DayAudit(date=day.date, state="held", rows=audit.audit_rows(day.categories, day.audits)) for day in days
    ]
    every = audit.with_missing(held, quiet, days[0].date, days[-1].date)
    return [(first, list(own)) for first, own in groupby(every, key=lambda day: day.date.replace(day=1))]


def _badge(context: SiteContext, share: int | None) -> bytes:
    _ = context.words.gettext
    value = f"{share} %" if share is not None else _("unknown")
    colour = next((name for least, name in _FROM_FULL if share >= least), _UNKNOWN) if share is not None else _UNKNOWN
    label = _("arXiv complete")
    template = context.env.get_template("badge.svg")
    made = template.render(label=label, value=value, colour=colour, left=_width(label), right=_width(value))
    return made.encode()


def _width(text: str) -> int:
    """The pixels of a text in the badge, with the space around it."""
    return round(sum(_WIDE if letter >= _FIRST_WIDE else _NARROW for letter in text)) + 12
