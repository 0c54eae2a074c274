"""`paperboy archive`: the archive's own branch, before and after a build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from paperboy.cli.options import config_file_option, fail, read_options
from paperboy.domain.errors import BranchError, PaperboyError
from paperboy.storage import archive, git
from paperboy.storage.archive_branch import BRANCH, Branch
from paperboy.tools import github_actions

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.config import Options

_remote_option = click.option(
    "--remote", default="", help="Address or path of the repository; by default `origin` of the site's own."
)
_branch_option = click.option("--branch", default=BRANCH, show_default=True, help="The branch's name.")


@click.group("archive")
def archive_group() -> None:
    """Take the archive out of its branch before a build, and keep it there after it."""


@archive_group.command()
@config_file_option
@_remote_option
@_branch_option
def pull(config_file: Path, remote: str, branch: str) -> None:
    """Bring the archive's folder up to what its branch has.

    A branch that is not there yet is an empty archive; a repository that does not answer is an error, for a
    build without the archive would pay for everything again.
    """
    try:
        options = read_options(config_file)
        with _open_branch(options, remote, branch) as opened:
            state = opened.pull()
    except PaperboyError as error:
        fail(error)
    days = archive.days(options.archive)
    if state.commit is None:
        click.echo(f"there is no branch {branch} yet; the first push makes it")
    else:
        click.echo(f"{options.archive} is at {state.commit[:10]}, {len(days)} editions")


@archive_group.command()
@config_file_option
@_remote_option
@_branch_option
def push(config_file: Path, remote: str, branch: str) -> None:
    """Bring the branch up to what the archive's folder has.

    What others pushed meanwhile is joined with it, file by file; nothing is overwritten, and nothing deleted.
    In a GitHub workflow the step's outputs are `commit`, `changed`, and `content`, which names what a site is made of.
    """
    try:
        options = read_options(config_file)
        days = archive.known_days(options.archive)
        with _open_branch(options, remote, branch) as opened:
            state = opened.push(f"Editions up to {days[-1]}" if days else "An archive without an edition")
    except PaperboyError as error:
        fail(error)
    github_actions.write_output("commit", state.commit or "")
    github_actions.write_output("changed", str(state.changed).lower())
    github_actions.write_output("content", state.content)
    if state.commit is None:
        click.echo(f"{options.archive} holds nothing yet")
    else:
        click.echo(f"{branch} is at {state.commit[:10]}, {'with new lines' if state.changed else 'nothing was new'}")


def _open_branch(options: Options, remote: str, branch: str) -> Branch:
    """The folder with its branch at the given place, else where the site's repository has its origin.

    The token is GitHub's own for the run; elsewhere git asks whoever it always asks.
    """
    address = remote or git.remote_of(options.base_dir)
    if not address:
        raise BranchError(
            f"{options.base_dir}: not in a git repository with a remote `origin`; name the archive's with --remote"
        )
    return Branch(options.archive, address, branch, token=os.environ.get("GITHUB_TOKEN"))
