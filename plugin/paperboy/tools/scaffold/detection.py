"""Detects the settings of a new site: repository, branch, language, requirement."""

from __future__ import annotations

import json
import locale
import os
import re
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from paperboy.storage import git

_GITHUB = re.compile(
    r"(?:https://github\.com/|git@github\.com:|ssh://(?:git@)?github\.com/)"
    r"(?P<owner>[A-Za-z0-9][\w-]*)/(?P<name>[\w.-]+?)(?:\.git)?/?"
)
_PACKAGE = "mkdocs-paperboy"


class Repository(NamedTuple):
    """A repository at GitHub, and the address at which its Pages appear."""

    repo_url: str
    site_url: str


def repository(folder: Path) -> Repository | None:
    """The GitHub repository whose top a folder is; `None` where it is none.

    A folder inside another repository is not that repository's site.
    """
    if not (folder / ".git").exists():
        return None
    return github(git.remote_of(folder) or "")


def github(remote: str) -> Repository | None:
    """What a remote's address says; `None` for other hosts."""
    match = _GITHUB.fullmatch(git.without_user(remote))
    if match is None:
        return None
    owner, name = match["owner"], match["name"]
    host = f"{owner.lower()}.github.io"
    # https://docs.github.com/en/pages/getting-started-with-github-pages/what-is-github-pages
    path = "" if name.lower() == host else f"{name}/"
    return Repository(f"https://github.com/{owner}/{name}", f"https://{host}/{path}")


def branch(folder: Path) -> str:
    """The branch that is checked out in a folder, `main` where there is none."""
    return (git.branch_of(folder) if (folder / ".git").exists() else None) or "main"


def language() -> str:
    """The language of this machine's user; Chinese where that is English, which papers are in already."""
    name = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(key))), "")
    tag = (locale.normalize(name).partition(".")[0]).partition("@")[0].replace("_", "-")
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag) or tag.startswith("en"):
        return "zh-CN"
    return tag if tag.startswith("zh") else tag.partition("-")[0]


def requirement() -> str:
    """How pip gets the paperboy that is running here: from where it was installed, in the same state."""
    try:
        installed = metadata.distribution(_PACKAGE)
    except metadata.PackageNotFoundError:
        return f"{_PACKAGE}[site]"
    pinned = f"{_PACKAGE}[site]=={installed.version}"
    # https://packaging.python.org/en/latest/specifications/direct-url/
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    source, commit = origin.get("url", ""), origin.get("vcs_info", {}).get("commit_id")
    if source.startswith("file:") and "dir_info" in origin:
        folder = Path(url2pathname(urlsplit(source).path))
        source, commit = git.remote_of(folder) or "", git.pushed(folder)
    place = github(source)
    if not commit or place is None:
        return pinned
    return f"{_PACKAGE}[site] @ git+{place.repo_url}@{commit}"
