"""The command line, `paperboy`: each command calls the functions that the plugin calls."""

from __future__ import annotations

import logging

import click
from rich.console import Console
from rich.logging import RichHandler

from paperboy import __version__
from paperboy.cli.archive import archive_group
from paperboy.cli.audit import audit
from paperboy.cli.backfill import backfill, import_
from paperboy.cli.check import check
from paperboy.cli.doctor import doctor
from paperboy.cli.newsletter import digest
from paperboy.cli.site import demo, export, new
from paperboy.cli.status import status
from paperboy.cli.translate import translate
from paperboy.tools import github_actions


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="paperboy")
def main() -> None:
    """Publish the day's arXiv announcements, translated and complete."""
    # Only paperboy's own lines: the libraries below it log every request.
    log = logging.getLogger("paperboy")
    log.setLevel(logging.INFO)
    if not log.handlers:
        handler = RichHandler(console=Console(stderr=True), show_path=False, show_time=False)
        handler.addFilter(github_actions.CommandFilter())
        log.addHandler(handler)


for _command in (new, status, audit, doctor, backfill, import_, translate, check, export, archive_group, digest, demo):
    main.add_command(_command)
