"""`paperboy doctor`: what works, what does not, and what a day will cost."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from paperboy.cli.options import config_file_option, read_site
from paperboy.tools import doctor as examinations

_COLOURS = {"ok": "green", "warning": "yellow", "fault": "red"}


@click.command()
@config_file_option
@click.option("--offline", is_flag=True, help="Ask nobody: neither the sources, nor the model, nor the repository.")
@click.option("--model", is_flag=True, help="Ask the model alone: what it takes, its speed, the cost of a day.")
def doctor(config_file: Path, *, offline: bool, model: bool) -> None:
    """Check a set-up: key, model, sources, addresses, archive, size, and what a day will cost.

    Ends with exit code 1 where something that the options ask for does not work.
    """
    if model and offline:
        raise click.UsageError("--model asks the model and --offline asks nobody; choose one")
    options, config = read_site(config_file)
    site = examinations.SiteUnderTest(
        options,
        site_dir=Path(config.site_dir),
        site_url=config.site_url or "",
        repo_url=config.repo_url or "",
    )
    levels: Counter[str] = Counter()
    for finding in examinations.examine_model(site) if model else examinations.diagnose(site, offline=offline):
        levels[finding.level] += 1
        level = click.style(f"{finding.level:8}", fg=_COLOURS[finding.level])
        click.echo(f"{level} {finding.subject:12} {' '.join(finding.text.split())}")
        if finding.advice:
            click.echo(f"{'':21} → {finding.advice}")
    click.echo(f"{levels['ok']} ok, {levels['warning']} warnings, {levels['fault']} faults")
    sys.exit(levels["fault"] > 0)
