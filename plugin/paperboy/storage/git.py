"""git, as paperboy uses it: quiet, patient only so long, and without a secret in a command line or a file."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from paperboy.domain.errors import BranchError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATIENCE = 1800.0
"""Seconds that one command may take."""

_SETTINGS = {
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.excludesFile": os.devnull,
    "core.fileMode": "false",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    # A day looks like no other: to search for likeness takes most of the time of a push, and gains little.
    "pack.window": "0",
}
"""Whatever the machine's own settings are: the same bytes, no foreign program, no endless wait."""

_OF_OTHERS = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX"}
_OVER_THE_NETWORK = {"ls-remote", "fetch", "push"}
_USER = re.compile(r"(?<=://)[^/@\s]+@")
_FINAL = re.compile(
    r"authentication failed|could not read (?:username|password)|permission denied|access denied|not authorized"
    r"|repository .*not found|does not appear to be a git repository|no such remote|protected branch"
    r"|could not resolve host|requested url returned error: 40[134]|unable to find remote helper",
    re.IGNORECASE,
)


class TransientGitError(BranchError):
    """The remote did not serve us this time; the next try may be luckier."""


def run_git(
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
    keep: tuple[int, ...] = (),
) -> bytes:
    """What one git command prints.

    Arguments:
        arguments: The command, without `git`.
        folder: Where it runs.
        environment: Its variables; those of `environment()` where left out.
        given: Its standard input.
        keep: File descriptors that it holds as long as it runs.

    Raises:
        TransientGitError: The network or the other side failed, perhaps for a moment.
        BranchError: The command failed, in any other way.
    """
    try:
        done = subprocess.run(  # noqa: S603  no shell
            ["git", *arguments],  # noqa: S607  the owner's git, wherever it lies
            cwd=folder,
            env=token_environment() if environment is None else environment,
            input=given,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            pass_fds=keep,
        )
    except FileNotFoundError:
        raise BranchError("there is no git on this machine; install it to keep the archive on a branch") from None
    except subprocess.TimeoutExpired:
        raise BranchError(f"git {arguments[0]} did not end within {PATIENCE:g} seconds") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        kind = TransientGitError if arguments[0] in _OVER_THE_NETWORK and not _FINAL.search(said) else BranchError
        raise kind(f"git {arguments[0]}: {_without_secrets(said)}")
    return done.stdout


def token_environment(remote: str = "", token: str | None = None) -> dict[str, str]:
    """The environment for git: this process's own, without what points to another repository.

    Arguments:
        remote: The address that the commands will speak to.
        token: For GitHub over HTTPS; given to the host of `remote` alone. It stands in the environment, where no
            list of processes shows it.
    """
    found = {name: value for name, value in os.environ.items() if name not in _OF_OTHERS}
    settings = dict(_SETTINGS)
    parts = urlsplit(remote)
    if token and parts.scheme == "https" and parts.hostname:
        secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        settings[f"http.https://{parts.hostname}/.extraHeader"] = f"Authorization: Basic {secret}"
    count = int(found.get("GIT_CONFIG_COUNT") or 0)
    for number, (name, value) in enumerate(settings.items(), count):
        found[f"GIT_CONFIG_KEY_{number}"] = name
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    name, address = "paperboy", "paperboy@localhost"
    if found.get("GITHUB_ACTIONS") == "true":
        name, address = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
    for role in ("AUTHOR", "COMMITTER"):
        found.setdefault(f"GIT_{role}_NAME", name)
        found.setdefault(f"GIT_{role}_EMAIL", address)
    return found | {
        "GIT_CONFIG_COUNT": str(count + len(settings)),
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def remote_of(folder: Path) -> str | None:
    """The address of `origin` of the repository that a folder lies in; `None` where there is none."""
    return _git_output("remote", "get-url", "origin", folder=folder)


def branch_of(folder: Path) -> str | None:
    """The branch that is checked out where a folder lies, also before its first commit."""
    return _git_output("symbolic-ref", "--short", "HEAD", folder=folder)


def pushed(folder: Path) -> str | None:
    """The newest commit of a folder's branch that its remote has too, as far as is known here."""
    return _git_output("rev-parse", "--verify", "@{upstream}", folder=folder)


def ignores(folder: Path, path: Path) -> bool:
    """Whether the repository of a folder leaves a path out of its commits, as it does what lies outside of it."""
    top = _git_output("rev-parse", "--show-toplevel", folder=folder)
    if top is None or not path.resolve().is_relative_to(top):
        return True
    return _git_output("check-ignore", str(path.resolve()), folder=folder) is not None


def without_user(address: str) -> str:
    """A text without the user names and passwords of the addresses in it."""
    return _USER.sub("", address)


def _git_output(*arguments: str, folder: Path) -> str | None:
    try:
        return run_git(*arguments, folder=folder).decode("utf-8", "replace").strip() or None
    except (BranchError, OSError):
        return None


def _without_secrets(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return without_user("; ".join(lines[-3:]))[:500] or "it failed without a word"
