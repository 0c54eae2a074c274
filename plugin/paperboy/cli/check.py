"""`paperboy check`: what contributors wrote, before it is on the site."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paperboy.cli.options import config_file_option, fail, read_site
from paperboy.domain.errors import FileNotice, PaperboyError
from paperboy.pipeline import contribution_check

if TYPE_CHECKING:
    from paperboy.domain.errors import FileError


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@config_file_option
def check(paths: tuple[Path, ...], config_file: Path) -> None:
    """Check the files of contributors, or those of them that lie at PATH; exit 1 where one is wrong.

    Each problem is one line, `file:line:column: message`; under GitHub Actions it stands beside the line.
    """
    from mkdocs.structure.files import get_files  # noqa: PLC0415  `new` and `--help` start without MkDocs

    from paperboy.plugin import page_renderer  # noqa: PLC0415  `--help` starts without MkDocs

    options, config = read_site(config_file)
    try:
        problems = contribution_check.check_contributions(
            options, page_renderer.markdown(config, get_files(config)), paths
        )
    except PaperboyError as error:
        fail(error)
    told = _annotation if os.environ.get("GITHUB_ACTIONS") == "true" else _notice_line
    for problem in problems:
        click.echo(told(problem))
    wrong = sum(not isinstance(problem, FileNotice) for problem in problems)
    if wrong:
        click.echo(f"{wrong} problem{'s' if wrong > 1 else ''}", err=True)
        sys.exit(1)
    click.echo("no problems", err=True)


def _notice_line(problem: FileError) -> str:
    kind = "notice: " if isinstance(problem, FileNotice) else ""
    return f"{_display_path(problem.path)}:{problem.line}:{problem.column}: {kind}{problem.message}"


def _annotation(problem: FileError) -> str:
    """A problem as GitHub shows it beside the line that it is about.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    kind = "notice" if isinstance(problem, FileNotice) else "error"
    path = _escaped(_display_path(problem.path)).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} file={path},line={problem.line},col={problem.column}::{_escaped(problem.message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _display_path(path: Path) -> str:
    """A path relative to the folder in which the command was started."""
    here = Path.cwd()
    path = path.absolute()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
