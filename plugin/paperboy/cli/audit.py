"""`paperboy audit`: whether anything that arXiv announced is missing, and what is not translated."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from paperboy.cli.options import config_file_option, fail, read_options
from paperboy.domain import arxiv_calendar
from paperboy.domain.audit import UNASKED, audit_totals
from paperboy.domain.errors import PaperboyError
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.pipeline.audit import read
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from paperboy.domain.audit import AuditRow, DayAudit, Totals

_day = click.DateTime(formats=["%Y-%m-%d"])
_SHOWN_IDS = 6


@click.command()
@config_file_option
@click.option("--from", "first", type=_day, help="The first date.  [default: the oldest edition]")
@click.option("--to", "last", type=_day, help="The last date.  [default: the newest that arXiv should have announced]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--announcements", is_flag=True, help="Judge the announcements alone, not the translations.")
def audit(
    config_file: Path, first: datetime | None, last: datetime | None, *, as_json: bool, announcements: bool
) -> None:
    """Compare the archive with arXiv's own counts; exit with 1 if anything is missing.

    An announced weekday that the archive lacks falls short; so does a category whose counts differ or are
    not known, and a paper without a translation on a day that was translated. An edition is due on the day after
    its date.
    """
    if first and last and first > last:
        raise click.BadParameter(f"{first:%Y-%m-%d} is after {last:%Y-%m-%d}, the last date", param_hint="--from")
    options = read_options(config_file)
    held = archive.days(options.archive)
    if not held:
        fail(PaperboyError(f"the archive {options.archive} holds no edition yet; `mkdocs build` fetches the first"))
    begin = first.date() if first else held[0]
    due = options.date or arxiv_calendar.newest_due(datetime.now(arxiv_calendar.EASTERN))
    end = last.date() if last else max(held[-1], due, begin)
    try:
        days = list(read(options.archive, options.translation.language, options.announce_types, begin, end))
    except PaperboyError as error:
        fail(error)
    totals = audit_totals(days)
    short = any(day.is_short(translations=not announcements) for day in days)
    if as_json:
        value = {
            "from": begin,
            "to": end,
            "short": short,
            "share": totals.share,
            "totals": totals,
            "days": [_as_data(day, translations=not announcements) for day in days],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1))
    else:
        # Wide enough for every column where nobody looks at a terminal.
        Console(width=None if sys.stdout.isatty() else 140).print(_audit_table(days))
        click.echo(_in_words(totals))
    sys.exit(int(short))


def _as_data(day: DayAudit, *, translations: bool) -> dict[str, Any]:
    return {
        "date": day.date,
        "state": day.state,
        "short": day.is_short(translations=translations),
        "categories": [
            {
                "category": row.category,
                "status": row.entry.status,
                "short": row.is_short(translations=translations),
                "stated": row.entry.stated,
                "held": row.entry.held,
                "sources": row.entry.sources,
                "notes": row.entry.notes,
                "only_feed": row.audit.only_feed,
                "only_listing": row.audit.only_listing,
                "unanswered": row.audit.unanswered,
                "translated": row.audit.translated,
                "untranslated": row.audit.untranslated,
            }
            for row in day.rows
        ],
    }


def _audit_table(days: Sequence[DayAudit]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("Date", "Category", "Stated", "Held", "Status", "Ids", "Translated", "In English", "Why"):
        right = name in ("Stated", "Held", "Translated", "In English")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for day in days:
        if day.state != "held":
            table.add_row(str(day.date), "", "", "", "missing" if day.state == "missing" else "no announcement")
        for number, row in enumerate(day.rows):
            table.add_row(str(day.date) if number == 0 else "", *_audit_cells(row))
    return table


def _audit_cells(row: AuditRow) -> list[str]:
    entry, lacks = row.entry, row.audit
    english = sum(lacks.untranslated.values())
    tried = lacks.translated or english
    return [
        row.category,
        str(entry.stated.total) if entry.stated else "?",
        str(entry.held.total),
        entry.status,
        "; ".join(
            f"{name} {_sample(ids)}"
            for name, ids in (
                ("feed", lacks.only_feed),
                ("listing", lacks.only_listing),
                ("no answer", lacks.unanswered),
            )
            if ids
        ),
        str(lacks.translated) if tried else "-",
        str(english) if tried else "-",
        "; ".join(f"{_reason_in_words(name)} {count}" for name, count in lacks.untranslated.items()),
    ]


def _sample(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN_IDS
    return " ".join(ids[:_SHOWN_IDS]) + (f" and {more} more" if more > 0 else "")


def _reason_in_words(name: str) -> str:
    return "no answer yet" if name == UNASKED else VALIDATION_ERRORS.get(name, name)


def _in_words(totals: Totals) -> str:
    parts: Iterable[tuple[int, str]] = (
        (totals.complete, "complete"),
        (totals.incomplete, "incomplete"),
        (totals.not_reconciled, "not reconciled"),
        (totals.derived, "derived"),
    )
    said = ", ".join(f"{count:,} {name}" for count, name in parts if count) or "none"
    missing = f"; {totals.missing_days:,} announced days are missing" if totals.missing_days else ""
    share = f" ({totals.share} % of what arXiv announced)" if totals.share is not None else ""
    return (
        f"{totals.days:,} days; their categories: {said}{missing}{share}. Held {totals.of_stated:,} of "
        f"{totals.stated:,} stated announcements; {totals.translated:,} translated, {totals.untranslated:,} in English"
    )
