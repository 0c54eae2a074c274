"""The audit as pages: what arXiv announced and what is held, month by month, with a badge to embed."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from paperboy.domain import audit
from paperboy.domain.fault_names import FAULTS
from paperboy.site.context import PLAIN, DataFile, Plan
from paperboy.site.html import urls
from paperboy.site.html.document import Document, Heading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from paperboy.domain.audit import DayAudit
    from paperboy.site.context import Kit
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


def overview(
    kit: Kit, days: Sequence[DaySummary], quiet: Collection[date] = (), downloads: Collection[date] = ()
) -> Iterator[Document | DataFile]:
    """The page over all months, with the newest month in full, and the badge.

    Arguments:
        kit: The site's tools.
        days: All editions in few words, oldest first.
        quiet: Weekdays of which the archive knows that nothing was announced.
        downloads: The dates whose pages have become a file for the month.
    """
    months = _months(days, quiet)
    totals = audit.total(day for _, own in months for day in own)
    title = kit.words.gettext("Audit")
    content: list[Heading | Block] = [
        Heading(1, title, "audit"),
        _part(kit, "audited", totals, BADGE.removeprefix(urls.AUDIT)),
    ]
    if months:
        rows = [
            (kit.words.month(first), kit.link(urls.AUDIT, urls.audit(first)), audit.total(own))
            for first, own in reversed(months)
        ]
        newest, own = months[-1]
        content += [_part(kit, "audit_months", rows), Heading(2, kit.words.month(newest), "newest")]
        content.append(_table(kit, urls.AUDIT, own, downloads))
    yield Document(path=urls.AUDIT, title=title, hide=PLAIN, content=tuple(content))
    yield DataFile(BADGE, _badge(kit, totals.share))


def months(
    kit: Kit, days: Sequence[DaySummary], quiet: Collection[date] = (), downloads: Collection[date] = ()
) -> list[Plan]:
    """A page for each month, to be made anew when what it shows has changed; arguments as of `overview`."""
    found = []
    for first, own in _months(days, quiet):
        files = frozenset(day.date for day in own if day.date in downloads)
        make = partial(_month, kit, own, files)
        found.append(Plan(name=urls.audit(first), content=(*own, *sorted(files)), make=make))
    return found


def _month(kit: Kit, days: Sequence[DayAudit], downloads: Collection[date]) -> Iterator[Document]:
    first = days[0].date
    path = urls.audit(first)
    title = kit.words.title(kit.words.gettext("Audit"), kit.words.month(first))
    up = (kit.words.gettext("Audit"), kit.link(path, urls.AUDIT), "up")
    content = (Heading(1, title, "audit"), kit.part("neighbours", [up]), _table(kit, path, days, downloads))
    yield Document(path=path, title=title, hide=PLAIN, content=content)


def _part(kit: Kit, name: str, *values: object) -> Block:
    return kit.part(name, *values, file="audit")


def _table(kit: Kit, path: str, days: Sequence[DayAudit], downloads: Collection[date]) -> Block:
    rows = [(day, "" if day.date in downloads else kit.link(path, urls.day(day.date))) for day in reversed(days)]
    return _part(kit, "audit", rows, FAULTS)


def _months(days: Sequence[DaySummary], quiet: Collection[date]) -> list[tuple[date, list[DayAudit]]]:
    """The dates of each month, those that are missing or quiet too, oldest first."""
    if not days:
        return []
    held = [audit.DayAudit(date=day.date, state="held", rows=audit.rows(day.categories, day.audits)) for day in days]
    every = audit.with_missing(held, quiet, days[0].date, days[-1].date)
    return [(first, list(own)) for first, own in groupby(every, key=lambda day: day.date.replace(day=1))]


def _badge(kit: Kit, share: int | None) -> bytes:
    _ = kit.words.gettext
    value = f"{share} %" if share is not None else _("unknown")
    colour = next((name for least, name in _FROM_FULL if share >= least), _UNKNOWN) if share is not None else _UNKNOWN
    label = _("arXiv complete")
    template = kit.env.get_template("badge.svg")
    made = template.render(label=label, value=value, colour=colour, left=_width(label), right=_width(value))
    return made.encode()


def _width(text: str) -> int:
    """The pixels of a text in the badge, with the space around it."""
    return round(sum(_WIDE if letter >= _FIRST_WIDE else _NARROW for letter in text)) + 12
