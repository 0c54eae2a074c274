"""`paperboy translate`: the second stage alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from paperboy import translating
from paperboy.cli.common import config_file_option, fail, read_options
from paperboy.errors import PaperboyError

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@config_file_option
@click.option("--regate", is_flag=True, help="Judge the answers on disk again instead; nothing is asked or paid.")
def translate(config_file: Path, *, regate: bool) -> None:
    """Translate what the recent editions still lack, without fetching or building."""
    options = read_options(config_file)
    try:
        if regate:
            translating.regate(options)
        else:
            translating.translate_editions(options)
    except PaperboyError as error:
        fail(error)
