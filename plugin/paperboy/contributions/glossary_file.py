"""The glossary's files: the site's own `overrides/glossary.yml`, and the default rows that come with paperboy."""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from paperboy.contributions.conversion import convert
from paperboy.domain import strict_yaml
from paperboy.domain.config import TranslationOptions
from paperboy.domain.errors import FileError, GlossaryError
from paperboy.domain.glossary import Glossary, Term, combine_glossaries

if TYPE_CHECKING:
    from paperboy.domain.config import Options
    from paperboy.domain.strict_yaml import Node

log = logging.getLogger(__name__)

LONGEST = 80
"""Characters of a term or a translation: they stand in the instructions of every text that has the term."""

_DEFAULTS = Path(__file__).parent / "glossaries"
_SAME_AS_ZH_CN = ("zh", "zh-SG")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TEXT = Meta(min_length=1, max_length=LONGEST, extra={"lines": 1})


class GlossaryRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term, and what becomes of it: either `translation` or `keep`."""

    term: Annotated[str, _TEXT, Meta(description="The English term, in the singular.")]
    translation: Annotated[str, _TEXT, Meta(description="What it is called in this language.")] = ""
    keep: Annotated[bool, Meta(description="The term stays as it is, in English.")] = False
    case: Annotated[bool, Meta(description="Only this spelling is meant.")] = False
    also: Annotated[tuple[Annotated[str, _TEXT], ...], Meta(description="Other renderings that are accepted.")] = ()
    note: Annotated[
        str, Meta(max_length=1000, description="The reason, for the next person.", extra={"may_be_empty": True})
    ] = ""


def load_glossary(options: Options) -> Glossary:
    """Read the glossary of a site: its own rows above the default ones.

    A file with a mistake is logged, and the default rows hold without it. An unchanged file is read once, and
    its mistake logged once, however many stages of a build ask.
    """
    language, name = options.translation.language, options.translation.glossary
    path = options.docs_dir / name
    try:
        found = path.lstat()
    except OSError:
        if name != TranslationOptions().glossary:
            _warn_of_no_file(path)
        return combine_glossaries((), default_glossary(language))
    return _site_glossary(path, language, (found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=8)
def _site_glossary(path: Path, language: str, _stamp: tuple[int, int, int]) -> Glossary:
    own: tuple[Term, ...] = ()
    try:
        own = parse_glossary(path, language)
    except GlossaryError as error:
        log.warning("%s. Its rows are left out of this build; the default ones hold", error)
    return combine_glossaries(own, default_glossary(language))


@lru_cache(maxsize=8)
def _warn_of_no_file(path: Path) -> None:
    log.warning("translation.glossary: there is no file %s; the default rows hold", path)


def institution_names(glossary: Glossary, language: str) -> dict[str, str]:
    """Names of institutions in a language, by their English name in small letters.

    The site's own glossary stands above the names that come with paperboy, which no model is told.
    """
    path = _DEFAULTS / f"institutions.{_file_language(language)}.yml"
    rows = parse_glossary(path, path.stem.partition(".")[2]) if path.is_file() else ()
    return {row.term.casefold(): row.translation for row in (*rows, *reversed(glossary.rows)) if row.translation}


def _file_language(language: str) -> str:
    """The language whose default rows hold for another one."""
    return "zh-CN" if language in _SAME_AS_ZH_CN else language


@cache
def default_glossary(language: str) -> Glossary:
    """The rows that come with paperboy; none for most languages."""
    path = _DEFAULTS / f"{_file_language(language)}.yml"
    if not path.is_file():
        return Glossary()
    return Glossary(replace(row, strict=False) for row in parse_glossary(path, path.stem))


def parse_glossary(path: Path, language: str) -> tuple[Term, ...]:
    """The rows that a file has for a language.

    Raises:
        GlossaryError: The first problem of the file, whichever language it is in.
    """
    rows, problems = _read_rows(path)
    if problems:
        raise problems[0]
    return tuple(rows.get(language.lower(), ()))


def check_glossary(path: Path) -> list[GlossaryError]:
    """Every problem of a file, in its order; none means that all its rows can be used."""
    return sorted(_read_rows(path)[1], key=lambda problem: (problem.line, problem.column))


def _read_rows(path: Path) -> tuple[dict[str, list[Term]], list[GlossaryError]]:
    """The rows of a file by language in small letters, and what is wrong in it."""
    try:
        root = strict_yaml.read_yaml(path)
    except FileError as error:
        return {}, [GlossaryError(error.path, error.line, error.column, error.message)]
    problems: list[GlossaryError] = []
    rows: dict[str, list[Term]] = {}

    def report(node: Node, message: str) -> None:
        problems.append(GlossaryError(path, node.line, node.column, message))

    if root is None or root.empty:
        return rows, problems
    if root.kind != "mapping":
        report(root, f"expected a mapping with languages, such as zh-CN; got {root}")
    for key, section in root.pairs:
        place = key if section.empty else section
        if key.kind != "text":
            report(key, f"expected a text as key, got {key}")
        elif not _LANGUAGE.fullmatch(key.text):
            hint = key.text.replace("_", "-")
            near = f"; did you mean '{hint}'?" if _LANGUAGE.fullmatch(hint) else ", such as zh-CN"
            report(place, f"{key.text!r} is no language code{near}")
        elif key.text.lower() in rows:
            report(place, f"the language {key.text!r} stands in the file twice")
        elif section.kind != "list" and not section.empty:
            report(section, f"expected a list of rows, got {section}")
        else:
            rows[key.text.lower()], found = _section_rows(path, section)
            problems += found
    return rows, problems


def _section_rows(path: Path, section: Node) -> tuple[list[Term], list[GlossaryError]]:
    """The rows of one language, and what is wrong in them."""
    rows: list[Term] = []
    problems: list[GlossaryError] = []
    lines: dict[tuple[str, ...], int] = {}
    for node in section.items:
        row, found = convert(path, node, GlossaryRow)
        problems += [GlossaryError(path, error.line, error.column, error.message) for error in found]
        if row is None:
            continue
        term = Term(**(asdict(row) | {"translation": row.translation or None}), strict=True)
        if (message := _contradiction(term, lines)) is not None:
            problems.append(GlossaryError(path, node.line, node.column, message))
        else:
            lines[term.words] = node.line
            rows.append(term)
    return rows, problems


def _contradiction(term: Term, lines: dict[tuple[str, ...], int]) -> str | None:
    """What the types cannot express of a row; `lines` tells where each term stands already."""
    if not any(map(str.isalnum, "".join(term.words))):
        return f"the term {term.term!r} has neither letters nor digits"
    if term.keep and term.translation is not None:
        return f"{term.term!r} has both a translation and keep: true; leave one of them out"
    if not term.keep and term.translation is None:
        return f"{term.term!r} has no translation; write one, or keep: true"
    if (first := lines.get(term.words)) is not None:
        return f"the term {term.term!r} stands here a second time; it is already in line {first}"
    return None
