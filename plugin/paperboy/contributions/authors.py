"""Who wrote each file, by git: one call for all files, and nothing where there is no git."""

from __future__ import annotations

import logging
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_TIME_LIMIT = 20
"""Seconds; a name under a card is not worth more."""

_MARK = "\x1e"
# A commit at the edge of a shallow clone seems to have written every file that is there; git calls it grafted.
_FORMAT = f"{_MARK}%aN{_MARK}%D"
_EDGE = "grafted"


def contributors(folder: Path) -> dict[str, tuple[str, ...]]:
    """The authors of each file in a folder, the first one first, each once, programs left out.

    Arguments:
        folder: The folder; its files are named relative to it, with slashes.
    """
    command = ["git", "-C", str(folder), "-c", "core.quotePath=off", "log", f"--format={_FORMAT}"]
    command += ["--decorate=short", "--name-only", "--no-renames", "--no-show-signature", "--relative", "--", "."]
    try:
        done = subprocess.run(  # noqa: S603  a fixed command; the folder is the site's own
            command, capture_output=True, timeout=_TIME_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.info("%s: no contributors are named: %s", folder, error)
        return {}
    if done.returncode:
        return {}
    found: dict[str, list[str]] = {}
    beyond: set[str] = set()
    name, edge = "", False
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        if line.startswith(_MARK):
            _, name, decoration = line.split(_MARK, 2)
            edge = _EDGE in decoration.split(", ")
            if edge or name.endswith("[bot]"):
                name = ""
        elif line and name:
            found.setdefault(line, []).append(name)
        elif line and edge:
            beyond.add(line)
    if unnamed := len(beyond - found.keys()):
        log.info(
            "%s: who wrote %d of the files is beyond the edge of this shallow clone; the whole history names them "
            "(`fetch-depth: 0` in the checkout step of a workflow)",
            folder,
            unnamed,
        )
    # The log begins with the newest commit.
    return {path: tuple(dict.fromkeys(reversed(names))) for path, names in found.items()}
