"""`paperboy translate`: the second stage alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from paperboy.cli.options import config_file_option, fail, read_options
from paperboy.domain.errors import PaperboyError
from paperboy.pipeline import build
from paperboy.pipeline.translate import days
from paperboy.pipeline.translate.backlog import DateSpan
from paperboy.storage.archive_lock import ArchiveLock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@config_file_option
@click.option("--from", "first", type=_DATE, help="The first edition; without --from and --to, the recent ones.")
@click.option("--to", "last", type=_DATE, help="The last edition.")
@click.option("--batch", is_flag=True, help="Ask in a batch: half the price, answers within a day.")
@click.option("--ray", is_flag=True, help="Ask from the workers of a Ray cluster, for much at once.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="With --ray: how many; one for each processor if not given."
)
@click.option("--regate", is_flag=True, help="Judge the answers on disk again instead; nothing is asked or paid.")
@click.option("--stale", is_flag=True, help="Then renew what changed terms of the glossary touch, in all editions.")
@click.option("--retry", is_flag=True, help="Ask again for the papers alone that got bad answers, given up or not.")
def translate(
    config_file: Path,
    first: datetime | None,
    last: datetime | None,
    workers: int | None,
    **ways: bool,
) -> None:
    """Translate the papers of recent editions that have no translation yet, without fetching or building."""
    batch, ray, regate, stale, retry = (ways[name] for name in ("batch", "ray", "regate", "stale", "retry"))
    if batch + ray + regate > 1:
        raise click.UsageError("--batch, --ray and --regate are three ways; choose one")
    if stale and (batch or ray or regate):
        raise click.UsageError("--stale asks at once, for a few texts; give it without another way")
    if retry and (batch or ray or regate or stale):
        raise click.UsageError("--retry asks at once, for papers with bad answers; give it without another way")
    if regate and (first or last):
        raise click.UsageError("--regate judges the whole archive; it takes no dates")
    options = read_options(config_file)
    span = DateSpan(first and first.date(), last and last.date())
    try:
        with ArchiveLock(options.archive):
            if regate:
                days.regate(options)
            elif ray:
                build.translate_on_cluster(options, span, workers)
            else:
                build.translate(options, span, batch=batch, stale=stale, retry=retry)
    except PaperboyError as error:
        fail(error)
