"""What contributors write in `docs/overrides/`: corrections and notes, read, checked and put over the machine's words.

Nothing here writes, and no file of a contributor can stop a build: what is wrong is said and left out.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from paperboy.contributions.authors import contributors
from paperboy.contributions.files import PAPERS, file_name, is_text, walk
from paperboy.contributions.front_matter import read_note, read_paper
from paperboy.contributions.model import Overrides
from paperboy.contributions.overlay import about_papers, apply, touching
from paperboy.contributions.topics import examine_topics, load_topics
from paperboy.domain.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.contributions.files import ContributionFile
    from paperboy.domain.config import Options
    from paperboy.domain.overrides import Contribution

__all__ = [
    "PAPERS",
    "about_papers",
    "apply",
    "examine_contributions",
    "examine_topics",
    "file_name",
    "is_text",
    "load_overrides",
    "load_topics",
    "overrides_folder",
    "touching",
]

log = logging.getLogger(__name__)


def overrides_folder(options: Options) -> Path:
    """The folder of the contributors' files."""
    return options.docs_dir / options.overrides_dir


def load_overrides(options: Options) -> Overrides:
    """All corrections and notes of a site; what is wrong with a file is said in the log, and the file left out."""
    found, problems = examine_contributions(options)
    for problem in problems:
        log.warning("%s. The file is left out of this build", problem)
    return found


def examine_contributions(options: Options) -> tuple[Overrides, list[FileError]]:
    """All corrections and notes that can be used, and every problem of the others."""
    root = overrides_folder(options)
    files, problems = walk(root, options.docs_dir / options.translation.glossary)
    authors = contributors(root) if any(found.name for found in files) else {}
    papers: dict[str, Contribution] = {}
    days: dict[date, Contribution] = {}
    categories: dict[str, Contribution] = {}
    for found in files:
        if not found.name:
            continue
        contribution, wrong = _read_contribution(found, root, options.overrides_dir, authors)
        problems += wrong
        if contribution is None:
            continue
        if found.kind == "papers":
            papers[found.name] = contribution
        elif found.kind == "days":
            days[date.fromisoformat(found.name)] = contribution
        elif found.name in categories:
            message = f"{categories[found.name].file} is about the same category under its other name; keep one"
            problems.append(FileError(found.path, 1, 1, message))
        else:
            categories[found.name] = contribution
    return Overrides(papers=papers, days=days, categories=categories), problems


def _read_contribution(
    found: ContributionFile, root: Path, name: str, authors: dict[str, tuple[str, ...]]
) -> tuple[Contribution | None, list[FileError]]:
    inside = found.path.relative_to(root).as_posix()
    file = f"{name.strip('/')}/{inside}"
    if found.kind == "papers":
        contribution, problems = read_paper(found.path, found.name, file)
    else:
        contribution, problems = read_note(found.path, file)
    if contribution is not None and inside in authors:
        contribution = replace(contribution, contributors=authors[inside])
    return contribution, problems
