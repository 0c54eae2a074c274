"""What an examination finds: one line, and what to do about it."""

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
    """All is well."""
    return Diagnosis("ok", subject, text)


def warning(subject: str, text: str, advice: str) -> Diagnosis:
    """The site works, but not as well as it could."""
    return Diagnosis("warning", subject, text, advice)


def fault(subject: str, text: str, advice: str) -> Diagnosis:
    """Something that the options ask for does not work."""
    return Diagnosis("fault", subject, text, advice)
