"""`paperboy backfill` and `paperboy import`: days older than the ninety that arXiv lists."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from paperboy.cli.options import config_file_option, fail, read_options
from paperboy.domain.errors import PaperboyError
from paperboy.pipeline.backfill import harvest
from paperboy.storage.archive_lock import ArchiveLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from paperboy.pipeline.backfill.harvest import SnapshotRead
    from paperboy.pipeline.backfill.merge import Merged

_day = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@config_file_option
@click.option("--from", "first", type=_day, required=True, help="The first announcement date, as 2025-01-01.")
@click.option("--to", "last", type=_day, help="The last announcement date.  [default: yesterday]")
def backfill(config_file: Path, first: datetime, last: datetime | None) -> None:
    """Derive past days from OAI-PMH, for dates that arXiv's listing no longer shows.

    It can be stopped at any moment: the same command goes on where it was.
    """
    options = read_options(config_file)
    try:
        _check_order(first, last.date() if last else harvest.yesterday())
        with ArchiveLock(options.archive), _in_words() as progress:
            read, merged = harvest.backfill(options, first.date(), last.date() if last else None, progress)
    except PaperboyError as error:
        fail(PaperboyError(f"{error}. What was read is kept: the same command goes on from there"))
    _print_result(read, merged)


@click.command("import")
@config_file_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--from", "first", type=_day, help="The first announcement date to derive.  [default: all]")
@click.option("--to", "last", type=_day, help="The last announcement date to derive.  [default: yesterday]")
def import_(config_file: Path, file: Path, first: datetime | None, last: datetime | None) -> None:
    """Derive past days from arXiv's bulk metadata snapshot: JSON Lines, plain, .gz or .zip, `-` for a pipe."""
    options = read_options(config_file)
    begin = first.date() if first else date.min
    end = last.date() if last else harvest.yesterday()
    _check_order(first, end)
    try:
        with ArchiveLock(options.archive), _in_words() as progress:
            read, merged = harvest.import_snapshot(options, file, begin, end, progress)
    except PaperboyError as error:
        fail(error)
    _print_result(read, merged)


def _check_order(first: datetime | None, end: date) -> None:
    if first is not None and first.date() > end:
        raise click.BadParameter(f"{first:%Y-%m-%d} is after {end}, the last date", param_hint="--from")


@contextmanager
def _in_words() -> Iterator[Callable[[str, SnapshotRead], None]]:
    """Show the progress of a reading on a terminal."""
    console = Console(stderr=True)
    if not (console.is_terminal and sys.stderr.isatty()):
        yield lambda *_: None
        return
    with console.status("reading") as status:
        yield lambda name, read: status.update(f"{name}: {read.records:,} records read")


def _print_result(read: SnapshotRead, merged: Merged) -> None:
    click.echo(
        f"{read.records:,} records read, {read.taken:,} of them in the followed categories; "
        f"{merged.announcements:,} announcements on {merged.days:,} derived days"
    )
    if merged.announced:
        click.echo(f"{merged.announced:,} days are held as arXiv announced them and were left")
    if read.unreadable:
        click.echo(f"{read.unreadable:,} records could not be read:", err=True)
        for place, reason in read.refused:
            click.echo(f"  {place}: {reason}", err=True)
        if read.unreadable > len(read.refused):
            click.echo(f"  and {read.unreadable - len(read.refused):,} more", err=True)
