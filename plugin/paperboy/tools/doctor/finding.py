"""The doctor's report, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.config import Options

Level = Literal["ok", "warning", "fault"]


class Diagnosis(NamedTuple):
    """One line of the doctor's report; `advice` says what to do where something is to be done."""

    level: Level
    subject: str
    text: str
    advice: str = ""


class SiteUnderTest(NamedTuple):
    """What is examined: the plugin's options, and what mkdocs.yml says beside them."""

    options: Options
    site_dir: Path
    site_url: str = ""
    repo_url: str = ""


def ok(subject: str, text: str) -> Diagnosis:
    """A check that passed."""
    return Diagnosis("ok", subject, text)


def warning(subject: str, text: str, advice: str) -> Diagnosis:
    """A check that passed with a reservation."""
    return Diagnosis("warning", subject, text, advice)


def fault(subject: str, text: str, advice: str) -> Diagnosis:
    """A check that failed: something that the options ask for does not work."""
    return Diagnosis("fault", subject, text, advice)
