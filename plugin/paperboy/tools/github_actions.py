"""Writes what GitHub Actions reads: outputs of a step, annotations, summaries; and defuses commands in log lines.

The runner takes lines of the log that begin with `::` (or hold `##[`) as commands:
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. Outside Actions, none of
this writes anything.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path

MOST_ANNOTATIONS = 9
"""GitHub shows ten of a kind for a step."""

_SHOWN = 400


def is_running() -> bool:
    """Whether this process is a step of a workflow."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def without_commands(text: str) -> str:
    """A line of the log that the runner will not take as a command, whatever text of others it holds."""
    if not is_running():
        return text
    return re.sub(r"(?<=:)(?=:)|(?<=##)(?=\[)", " ", text)


def warning(text: str) -> str:
    """A workflow command that annotates the run with one line, escaped as GitHub requires."""
    line = " ".join(text.split())
    shown = f"{line[:_SHOWN]}…" if len(line) > _SHOWN else line
    return f"::warning title=paperboy::{shown.replace('%', '%25')}"


def print_command(command: str) -> None:
    """Print a workflow command."""
    if is_running():
        sys.stdout.write(f"{command}\n")
        sys.stdout.flush()


class CommandFilter(logging.Filter):
    """Lets every record of a log through, as a line that is no command."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change what the record says, where the runner listens."""
        if is_running():
            record.msg, record.args = without_commands(record.getMessage()), ()
        return True


def write_output(name: str, value: str) -> None:
    """Give a value to the later steps of a job."""
    _append("GITHUB_OUTPUT", f"{name}={' '.join(value.split())}\n")


def write_summary(markdown: str) -> None:
    """Append a text to the run's summary page."""
    _append("GITHUB_STEP_SUMMARY", f"{markdown}\n")


def wants_summary() -> bool:
    """Whether there is a page for `write_summary()`."""
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
