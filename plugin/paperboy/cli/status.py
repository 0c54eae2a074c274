"""`paperboy status`: the ledger of the last editions."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from paperboy.cli.options import config_file_option, fail, read_site
from paperboy.domain.errors import PaperboyError
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.site import size_forecast
from paperboy.storage import archive, batch_records

if TYPE_CHECKING:
    from paperboy.domain.config import Options
    from paperboy.domain.ledger import Ledger


@click.command()
@config_file_option
@click.option("--days", default=14, show_default=True, help="How many editions, the newest first.")
@click.option("--size", is_flag=True, help="Say instead how large the built site is, and when it will be full.")
def status(config_file: Path, days: int, *, size: bool) -> None:
    """Print the ledger of the last editions: stated and held counts, translations, tokens."""
    options, config = read_site(config_file)
    if size:
        _print_size(options, Path(config.site_dir))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("Date", "Category", "Held", "Stated", "Status"):
        table.add_column(name, justify="right" if name in ("Held", "Stated") else "left")
    for name in ("Translated", "Failed", "Tokens"):
        table.add_column(name, justify="right")
    given_up: Counter[str] = Counter()
    editions = archive.days(options.archive)[-days:]
    try:
        for day in reversed(editions):
            ledger = archive.read_accounts(options.archive, day)
            if ledger is not None:
                account = ledger.translations.get(options.translation.language)
                given_up.update(account.given_up if account else {})
                _add_rows(table, ledger, options.translation.language)
        waiting = batch_records.waiting_questions(
            batch_records.read_batch(options.archive, options.translation.language)
        ).keys
    except PaperboyError as error:
        fail(error)
    if not editions:
        click.echo(f"The archive {options.archive} holds no edition yet; `mkdocs build` fetches the first.")
        return
    # Wide enough for every column where nobody looks at a terminal.
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    if given_up:
        names = ", ".join(f"{VALIDATION_ERRORS.get(name, name)}: {count}" for name, count in sorted(given_up.items()))
        click.echo(
            f"{given_up.total():,} papers are given up after bad answers on several days ({names}); "
            "`paperboy translate --retry` asks for them again."
        )
    if waiting:
        click.echo(f"{len(waiting):,} papers wait in a batch; a build after it is done brings their translations in.")


def _print_size(options: Options, site: Path) -> None:
    if not site.is_dir():
        fail(PaperboyError(f"{site}: there is no built site yet; run `mkdocs build` first"))
    try:
        papers = [(day, len(archive.read_announcements(options.archive, day))) for day in archive.days(options.archive)]
    except PaperboyError as error:
        fail(error)
    known = size_forecast.forecast(size_forecast.folder_size(site), options.retention.site_limit, papers)
    click.echo(
        f"{site}: {known.size / 1e6:,.1f} MB with {known.papers:,} papers, {known.bytes_a_paper:,.0f} bytes a paper; "
        f"{known.share:.1%} of the limit of {known.limit / 1e6:,.0f} MB"
    )
    if known.full_on:
        rate = f"at {known.papers_a_day:,.0f} papers a day (the last four weeks) it is full on {known.full_on}"
        click.echo(f"{known.papers_left:,} more papers fit; {rate}")


def _add_rows(table: Table, ledger: Ledger, language: str) -> None:
    account = ledger.translations.get(language)
    for number, (name, entry) in enumerate(ledger.categories.items()):
        day = [ledger.date] if number == 0 else [""]
        stated = str(entry.stated.total) if entry.stated else "?"
        row = [*day, name, str(entry.held.total), stated, entry.status]
        if number == 0 and account is not None:
            tokens = account.prompt_tokens + account.completion_tokens
            row += [str(account.translated), str(sum(account.failed.values())), f"{tokens:,}"]
        table.add_row(*row)
