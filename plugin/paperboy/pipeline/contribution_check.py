"""What contributors wrote, held against the schema, the archive and the pages: every problem, with its place."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from paperboy import contributions, tex
from paperboy.contributions import glossary_file
from paperboy.domain.errors import ArchiveError, FileError, FileNotice
from paperboy.domain.signals import FeaturedList
from paperboy.site.components.notes import Notes
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date
    from pathlib import Path

    from paperboy.contributions.model import Overrides
    from paperboy.domain.config import Options
    from paperboy.domain.overrides import Contribution, Override
    from paperboy.domain.papers import Announcement
    from paperboy.site.components.notes import MarkdownOptions

log = logging.getLogger(__name__)

_TEXTS = ("title", "summary", "abstract")


def check_contributions(options: Options, markdown: MarkdownOptions, paths: Sequence[Path] = ()) -> list[FileError]:
    """Every problem of the contributors' files, by file and line.

    A `FileNotice` among them is for people to look at; the file is good as it is.

    Arguments:
        options: The plugin's options.
        markdown: How the site renders Markdown.
        paths: Files and folders to tell of; without one, all. The others are read too, for what conflicts.
    """
    folder, terms = contributions.overrides_folder(options), options.docs_dir / options.translation.glossary
    written, problems = contributions.examine_contributions(options)
    problems = [*problems, *contributions.examine_topics(options)[1]]
    if terms.is_file() or terms.is_symlink():
        problems += glossary_file.check_glossary(terms)
    problems += _against_archive(options, written)
    problems += _against_site(options, written, Notes(markdown))
    if paths:
        mine = [path.absolute() for path in paths]
        problems = [one for one in problems if any(one.path.absolute().is_relative_to(path) for path in mine)]
        problems += _elsewhere(paths, folder, terms)
    return sorted(problems, key=lambda one: (str(one.path), one.line, one.column))


def _elsewhere(paths: Sequence[Path], folder: Path, terms: Path) -> Iterator[FileError]:
    """The paths that are no files of contributors."""
    for path in paths:
        # Not resolved: a link is for the reading of the folder to refuse.
        inside = ".." not in path.parts and path.absolute().is_relative_to(folder.absolute())
        if not inside and path.absolute() != terms.absolute():
            yield FileError(path, 1, 1, f"this is no file of contributors; they lie in {folder}")
        elif not path.exists() and not path.is_symlink():
            yield FileError(path, 1, 1, "there is no such file")


def _against_archive(options: Options, written: Overrides) -> Iterator[FileError]:
    """Papers and days that the archive does not have, and texts that do not fit the paper's own."""
    days = archive.days(options.archive)
    if not days:
        log.info("the archive %s holds no edition: papers and dates are not looked up", options.archive)
        return
    for day, note in written.days.items():
        if day not in days:
            yield FileError(options.docs_dir / note.file, 1, 1, f"the archive has no edition of {day}")
    papers = _papers(options, days, written.papers.keys())
    for arxiv_id, one in written.papers.items():
        path = options.docs_dir / one.file
        if arxiv_id in papers:
            yield from _against_paper(path, one.override, papers[arxiv_id])
        else:
            yield FileError(path, 1, 1, f"the paper {arxiv_id} is in no edition of the archive")


def _papers(options: Options, days: Sequence[date], wanted: AbstractSet[str]) -> dict[str, Announcement]:
    """Papers as they were announced last, and those that were only featured as they were then."""
    found: dict[str, Announcement] = {}
    if not wanted:
        return found
    for day in days:
        try:
            announcements = archive.read_announcements(options.archive, day)
        except ArchiveError as error:
            log.warning("%s. Papers of %s are not looked up", error, day)
            continue
        found |= {paper.id: paper for paper in announcements if paper.id in wanted}
    for day in archive.featured_days(options.archive) if wanted - found.keys() else ():
        featured = archive.read(options.archive, day, FeaturedList)
        found |= {one.id: one.paper for one in (featured.papers if featured else ()) if one.id in wanted - found.keys()}
    return found


def _against_paper(path: Path, override: Override, paper: Announcement) -> Iterator[FileError]:
    version = override.version
    if version and paper.version and version < paper.version:
        message = f"written for v{version}, and the paper is at v{paper.version}; read it again and raise `version`"
        yield FileNotice(path, *_line_of_key(path, "version"), message)
    elif version and paper.version and version > paper.version:
        message = f"version: the archive knows the paper up to v{paper.version} only"
        yield FileError(path, *_line_of_key(path, "version"), message)
    known = {_bare(span.body) for text in (paper.title, paper.abstract) for span in tex.spans(text)}
    for key in _TEXTS:
        text = getattr(override, key)
        for span in tex.spans(text):
            if _bare(span.body) not in known:
                formula = text[span.start : span.end]
                message = f"{key}: the formula {formula} stands neither in the paper's title nor in its abstract"
                yield FileError(path, *_line_of_key(path, key), message)


def _bare(formula: str) -> str:
    return re.sub(r"\s+", "", formula)


def _against_site(options: Options, written: Overrides, notes: Notes) -> Iterator[FileError]:
    """Categories that the site does not follow, and what no page will show of a note."""
    for name, note in written.categories.items():
        if name not in options.categories:
            yield FileError(options.docs_dir / note.file, 1, 1, f"the site does not follow {name}")
    for one in (*written.papers.values(), *written.days.values(), *written.categories.values()):
        yield from _left_out(options.docs_dir / one.file, one, notes)


def _left_out(path: Path, one: Contribution, notes: Notes) -> Iterator[FileError]:
    try:
        found = notes.left_out(one)
    except Exception as error:  # noqa: BLE001  an extension's fault, which the build survives too
        yield FileError(path, one.line, 1, f"the note cannot be rendered: {error}")
        return
    for part in found:
        at = one.note.find(part.removesuffix(">"))
        line = one.line + one.note.count("\n", 0, max(at, 0))
        column = at - one.note.rfind("\n", 0, at) if at >= 0 else 1
        if part.startswith("<"):
            message = f"{part} is not shown: a note has neither scripts nor frames nor forms"
        else:
            message = (
                f"{part!r} is not shown: a link leads to http, https or a file in docs/, "
                "an image comes from docs/ or by https"
            )
        yield FileError(path, line, column, message)


def _line_of_key(path: Path, key: str) -> tuple[int, int]:
    """Line and column of a key."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if match := re.match(rf"(\s*)[\"']?{key}[\"']?\s*:", line):
            return number, len(match[1]) + 1
    return 1, 1
