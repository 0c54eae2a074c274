"""Where each file of the contributors lies, and what its name says.

    overrides/papers/2601.08512.md       a paper
              papers/hep-th_9901001.md   hep-th/9901001: the slash of an old id is an underscore
              days/2026-06-04.md         a day
              categories/cs.CL.md        a category
              glossary.yml               the glossary
              topics.yml                 topics

`README.md` files are for people alone, and what is neither Markdown nor YAML (an image) is no business of ours.
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from paperboy.domain import taxonomy
from paperboy.domain.errors import FileError
from paperboy.domain.papers import parse_id

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["papers", "days", "categories", "glossary", "topics"]

PAPERS = "papers"
FOLDERS = get_args(Kind)[:3]
TOPICS = "topics.yml"

_TEXTS = (".md", ".markdown", ".yml", ".yaml")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class ContributionFile(NamedTuple):
    """A file, what it is about, and of which paper, day or category."""

    path: Path
    kind: Kind
    name: str = ""


def file_name(arxiv_id: str) -> str:
    """The name of a paper's file: `2601.08512.md`, `hep-th_9901001.md`."""
    return f"{arxiv_id.replace('/', '_')}.md"


def is_text(src_uri: str, folder: str) -> bool:
    """Whether a path in `docs_dir` is a file of contributors, and so no page and no file of the site."""
    return src_uri.startswith(f"{folder.strip('/')}/") and src_uri.lower().endswith(_TEXTS)


def walk(folder: Path, glossary: Path) -> tuple[list[ContributionFile], list[FileError]]:
    """Every file of contributors, in order, and what lies there that is none.

    Arguments:
        folder: The overrides' folder.
        glossary: The glossary, which may lie elsewhere.
    """
    found: list[ContributionFile] = []
    problems: list[FileError] = []
    if folder.is_symlink():
        return found, [FileError(folder, 1, 1, "this folder is a link; links are not followed")]
    for path in _files(folder):
        if path in (glossary, folder / TOPICS) and path.is_symlink():
            continue  # who reads them says so
        if path.is_symlink():
            problems.append(FileError(path, 1, 1, "this is a link; links are not followed"))
        elif path.name.lower().endswith(_TEXTS) and path.name != "README.md" and path != glossary:
            try:
                found.append(_named(path, path.relative_to(folder)))
            except FileError as error:
                problems.append(error)
    if glossary.is_file():
        found.append(ContributionFile(glossary, "glossary"))
    return found, problems


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, and the links among its folders, without following them."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files + [name for name in folders if (Path(root) / name).is_symlink()]):
            if not name.startswith("."):
                yield Path(root) / name


def _named(path: Path, inside: Path) -> ContributionFile:
    """What a file is about, by its place.

    Raises:
        FileError: Nothing that paperboy reads lies there.
    """
    if inside.parts == (TOPICS,):
        return ContributionFile(path, "topics")
    *above, _ = inside.parts
    if len(above) != 1 or above[0] not in FOLDERS:
        known = ", ".join(f"{name}/" for name in FOLDERS)
        raise FileError(path, 1, 1, f"no such file is read here: known are {known}, glossary.yml and {TOPICS}")
    if path.suffix != ".md":
        raise FileError(path, 1, 1, f"name the file {path.stem}.md; others are not read")
    stem = path.stem
    if above[0] == "days":
        if not _DATE.fullmatch(stem) or not _is_date(stem):
            raise FileError(path, 1, 1, f"{stem!r} is no date; name the file like 2026-06-04.md")
        return ContributionFile(path, "days", stem)
    if above[0] == "categories":
        if not taxonomy.is_category(stem):
            near = taxonomy.nearest(stem)
            hint = f"did you mean {near}.md?" if near else "see https://arxiv.org/category_taxonomy"
            raise FileError(path, 1, 1, f"{stem!r} is not an arXiv category; {hint}")
        return ContributionFile(path, "categories", taxonomy.canonical(stem))
    return ContributionFile(path, "papers", _paper_id(path, stem))


def _paper_id(path: Path, stem: str) -> str:
    try:
        paper = parse_id(stem.replace("_", "/"))
    except ValueError:
        message = f"{stem!r} is no arXiv id; name the file like 2407.09450.md or hep-th_9901001.md"
        raise FileError(path, 1, 1, message) from None
    if paper.version is not None:
        message = f"name the file {file_name(paper.id)} and write `version: {paper.version}` into it"
        raise FileError(path, 1, 1, message)
    return paper.id


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
