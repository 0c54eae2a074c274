"""`paperboy status`: the ledger of the last editions."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from paperboy import archive
from paperboy.cli.common import config_file_option, fail, read_options
from paperboy.errors import PaperboyError

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.model import Ledger


@click.command()
@config_file_option
@click.option("--days", default=14, show_default=True, help="How many editions, the newest first.")
def status(config_file: Path, days: int) -> None:
    """Print the ledger of the last editions: stated and held counts, translations, tokens."""
    options = read_options(config_file)
    table = Table(box=None, pad_edge=False)
    for name in ("Date", "Category", "Held", "Stated", "Status"):
        table.add_column(name, justify="right" if name in ("Held", "Stated") else "left")
    for name in ("Translated", "Failed", "Tokens"):
        table.add_column(name, justify="right")
    editions = archive.days(options.archive)[-days:]
    try:
        for day in reversed(editions):
            ledger = archive.read_ledger(options.archive, day)
            if ledger is not None:
                _add_rows(table, ledger, options.translation.language)
    except PaperboyError as error:
        fail(error)
    if not editions:
        click.echo(f"The archive {options.archive} holds no edition yet; `mkdocs build` fetches the first.")
        return
    # Wide enough for every column where nobody looks at a terminal.
    Console(width=None if sys.stdout.isatty() else 120).print(table)


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
