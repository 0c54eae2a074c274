"""The glossary: how terms are to be translated, by default and by the site's own rows above that.

A row names a term and its one translation, or that it stays as it is. Owners and contributors write
theirs in `docs/overrides/glossary.yml`; the default ones are `glossaries/{language}.yml` in the package.
"""

from __future__ import annotations

import difflib
import logging
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from paperboy.domain import strict_yaml
from paperboy.domain.config import TranslationOptions
from paperboy.domain.errors import FileError, GlossaryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from paperboy.domain.config import Options
    from paperboy.domain.strict_yaml import Node

log = logging.getLogger(__name__)

LONGEST = 80
"""Characters of a term or a translation: they stand in the instructions of every text that has the term."""

_LONGEST_NOTE = 1000
_DEFAULTS = Path(__file__).parent / "glossaries"
_SAME_AS_ZH_CN = ("zh", "zh-SG")

# A placeholder is one token, so that no term is found inside it; a hyphen is no token, so that "zero-shot" is
# "zero shot"; any other sign is one, so that no term reaches over the end of a sentence.
_TOKEN = re.compile(r"\w++|<m\d+/>|[^\s\-\u2010\u2011]")
_ADDRESS = re.compile(r"(?:\w+://|www\.)\S+|(?<![\w.-])(?:[\w-]++\.)++[\w-]+/\S*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|<m\d+/>")


class Term(Struct, frozen=True, kw_only=True):
    """One row: a term, and what becomes of it.

    Either `translation` or `keep` is set. `also` lists other renderings that are accepted, `case` says
    that only this spelling is meant, `note` says why. `strict` marks a row that a person of this site
    wrote: an answer that does not follow it is refused; a default row is a recommendation.
    """

    term: str
    translation: str | None = None
    keep: bool = False
    case: bool = False
    also: tuple[str, ...] = ()
    note: str = ""
    strict: bool = False

    @property
    def instruction(self) -> str:
        """The row as the model is told it: `agent → 智能体`, `Transformer: keep`."""
        return f"{self.term}: keep" if self.keep else f"{self.term} → {self.translation}"


class _Form(NamedTuple):
    """One spelling under which a row is found; `exact` where its letters' case counts."""

    words: list[str]
    exact: list[str] | None
    row: int


class Glossary:
    """The rows of one language, ready to be found in texts.

    Arguments:
        rows: The rows; of two for the same spelling the earlier one counts.
    """

    def __init__(self, rows: Iterable[Term] = ()) -> None:
        self.rows = tuple(rows)
        found: dict[str, list[tuple[tuple[int, bool, bool, int], _Form]]] = {}
        for number, row in enumerate(self.rows):
            for plural, words in _spellings(row.term):
                form = _Form([word.lower() for word in words], words if row.case else None, number)
                rank = (-len(words), not row.case, plural, number)
                found.setdefault(form.words[0], []).append((rank, form))
        self._forms = {
            word: [form for _, form in sorted(forms, key=lambda ranked: ranked[0])] for word, forms in found.items()
        }

    def __len__(self) -> int:
        return len(self.rows)

    def matching(self, text: str) -> tuple[Term, ...]:
        """The rows whose term stands in a text: the site's own first, each group in the text's order.

        A term is whole words, in the singular or the plural, with hyphens or spaces between them; it is
        not found where a longer term covers it, in a placeholder or in an address.
        """
        if "/" in text.replace("/>", "") or "www." in text:  # not that of a placeholder alone
            text = _ADDRESS.sub(".", text)
        words = _TOKEN.findall(text)
        lower = [*map(str.lower, words)]
        found: dict[int, None] = {}
        covered = 0
        for place, word in enumerate(lower):
            for form in self._forms.get(word, ()):
                end = place + len(form.words)
                if lower[place:end] == form.words and (form.exact is None or words[place:end] == form.exact):
                    if end > covered:
                        found[form.row] = None
                        covered = end
                    break
        rows = [self.rows[number] for number in found]
        return tuple(sorted(rows, key=lambda row: not row.strict))


def _spellings(term: str) -> Iterator[tuple[bool, list[str]]]:
    """The forms in which a term stands in a text, as words, and whether each is a plural."""
    words = _TOKEN.findall(term)
    if not words:
        return
    forms = [words]
    if "-" in term and all(word.isalnum() for word in words):
        forms.append(["".join(words)])  # pre-training, pretraining
    for form in forms:
        *head, last = form
        yield False, form
        if last[-1].isalnum():
            yield True, [*head, f"{last}s"]
            yield True, [*head, f"{last}es"]
        if last[-1] in "yY":
            yield True, [*head, f"{last[:-1]}ies"]


# Where the rows come from


def load_glossary(options: Options) -> Glossary:
    """The glossary of a site: its own rows above the default ones.

    A file that is broken is said in the log, and the default rows go on without it.
    """
    language, name = options.translation.language, options.translation.glossary
    path = options.docs_dir / name
    own: tuple[Term, ...] = ()
    if path.exists() or path.is_symlink():
        try:
            own = parse_glossary(path, language)
        except GlossaryError as error:
            log.warning("%s. Its rows are left out of this build; the default ones hold", error)
    elif name != TranslationOptions().glossary:
        log.warning("translation.glossary: there is no file %s; the default rows hold", path)
    return combine_glossaries(own, default_glossary(language))


def institutions(options: Options) -> dict[str, str]:
    """Names of institutions in the site's language, by their English name in small letters.

    The site's own glossary stands above the names that come with paperboy, which no model is told.
    """
    path = _DEFAULTS / f"institutions.{_file_of(options.translation.language)}.yml"
    rows = parse_glossary(path, path.stem.partition(".")[2]) if path.is_file() else ()
    return {
        row.term.casefold(): row.translation
        for row in (*rows, *reversed(load_glossary(options).rows))
        if row.translation
    }


def _file_of(language: str) -> str:
    """The language whose default rows hold for another one."""
    return "zh-CN" if language in _SAME_AS_ZH_CN else language


@cache
def default_glossary(language: str) -> Glossary:
    """The rows that come with paperboy; none for most languages."""
    path = _DEFAULTS / f"{_file_of(language)}.yml"
    if not path.is_file():
        return Glossary()
    return Glossary(replace(row, strict=False) for row in parse_glossary(path, path.stem))


def combine_glossaries(own: Sequence[Term], default: Glossary) -> Glossary:
    """The site's own rows, and the default ones for whose terms it has none."""
    mine = {key for row in own for key in (_identity(row), *(() if row.case else [_match_key(row)]))}
    rest = [row for row in default.rows if _identity(row) not in mine and _match_key(row) not in mine]
    return Glossary([*own, *rest])


def parse_glossary(path: Path, language: str) -> tuple[Term, ...]:
    """The rows that a file has for a language.

    Raises:
        GlossaryError: The first problem of the file, whichever language it is in.
    """
    rows, problems = _examine(path)
    if problems:
        raise problems[0]
    return tuple(rows.get(language.lower(), ()))


def check_glossary(path: Path) -> list[GlossaryError]:
    """Every problem of a file, in its order; none means that all its rows can be used."""
    return sorted(_examine(path)[1], key=lambda problem: (problem.line, problem.column))


def _identity(row: Term) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(row.term)) if row.case else _match_key(row)


def _match_key(row: Term) -> tuple[str, ...]:
    return tuple(word.lower() for word in _TOKEN.findall(row.term))


# How a file is read


class _GlossaryFile:
    """One file being read, and what was found wrong with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[GlossaryError] = []

    def report(self, node: Node, message: str) -> None:
        self.problems.append(GlossaryError(self.path, node.line, node.column, message))


def _examine(path: Path) -> tuple[dict[str, list[Term]], list[GlossaryError]]:
    file = _GlossaryFile(path)
    try:
        root = strict_yaml.read_yaml(path)
    except FileError as error:
        return {}, [GlossaryError(error.path, error.line, error.column, error.message)]
    rows: dict[str, list[Term]] = {}
    if root is not None and not root.empty:
        for language, section in _pairs(file, root, "languages, such as zh-CN"):
            if not _LANGUAGE.fullmatch(language):
                hint = language.replace("_", "-")
                near = f"; did you mean '{hint}'?" if _LANGUAGE.fullmatch(hint) else ", such as zh-CN"
                file.report(section, f"{language!r} is no language code{near}")
            elif language.lower() in rows:
                file.report(section, f"the language {language!r} stands in the file twice")
            else:
                rows[language.lower()] = _glossary_rows(file, section)
    return rows, file.problems


def _glossary_rows(file: _GlossaryFile, section: Node) -> list[Term]:
    if section.empty:
        return []
    if section.kind != "list":
        file.report(section, f"expected a list of rows, got {section}")
        return []
    rows: list[Term] = []
    lines: dict[tuple[str, ...], int] = {}
    for node in section.items:
        if (row := _glossary_row(file, node)) is None:
            continue
        if (first := lines.get(_identity(row))) is not None:
            file.report(node, f"the term {row.term!r} stands here a second time; it is already in line {first}")
        else:
            lines[_identity(row)] = node.line
            rows.append(row)
    return rows


def _glossary_row(file: _GlossaryFile, node: Node) -> Term | None:
    before = len(file.problems)
    values: dict[str, Any] = {}
    for key, value in _pairs(file, node, "term, translation or keep, case, also, note"):
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(_KEYS)}"
            file.report(value, f"unknown key {key!r}; {hint}")
        elif key in values:
            file.report(value, f"the key {key!r} stands in this row twice")
        else:
            values[key] = _KEYS[key](file, key, value)
    if len(file.problems) > before:
        return None
    if "term" not in values:
        file.report(node, "the row has no term")
        return None
    row = Term(**values, strict=True)
    if not any(word.isalnum() for word in _TOKEN.findall(row.term)):
        file.report(node, f"the term {row.term!r} has neither letters nor digits")
    elif row.keep and row.translation is not None:
        file.report(node, f"{row.term!r} has both a translation and keep: true; leave one of them out")
    elif not row.keep and row.translation is None:
        file.report(node, f"{row.term!r} has no translation; write one, or keep: true")
    else:
        return row
    return None


def _text_field(file: _GlossaryFile, key: str, node: Node, longest: int = LONGEST) -> str:
    if node.kind != "text":
        file.report(node, f"{key}: expected a text, got {node}")
        return ""
    text = node.text.strip()
    if node.empty or not text:
        file.report(node, f"{key}: the text is empty")
    elif len(text) > longest:
        file.report(node, f"{key}: the text has {len(text)} characters, at most {longest} are allowed")
    elif found := _UNPRINTABLE.search(text):
        file.report(node, f"{key}: {found[0]!r} cannot stand in a row")
    return text


def _note_field(file: _GlossaryFile, key: str, node: Node) -> str:
    return "" if node.empty else _text_field(file, key, node._replace(text=node.text.replace("\n", " ")), _LONGEST_NOTE)


def _flag_field(file: _GlossaryFile, key: str, node: Node) -> bool:
    if not node.plain or node.text not in ("true", "false"):
        file.report(node, f"{key}: expected true or false, got {node}")
    return node.text == "true"


def _text_list(file: _GlossaryFile, key: str, node: Node) -> tuple[str, ...]:
    if node.kind == "list":
        return tuple(_text_field(file, key, item) for item in node.items)
    file.report(node, f"{key}: expected a list of texts, got {node}")
    return ()


_KEYS: dict[str, Callable[[_GlossaryFile, str, Node], object]] = {
    "term": _text_field,
    "translation": _text_field,
    "keep": _flag_field,
    "case": _flag_field,
    "also": _text_list,
    "note": _note_field,
}
"""The keys of a row, and what reads each."""


def _pairs(file: _GlossaryFile, node: Node, expected: str) -> Iterator[tuple[str, Node]]:
    if node.kind != "mapping":
        file.report(node, f"expected a mapping with {expected}; got {node}")
    for key, value in node.pairs:
        if key.kind == "text":
            # What is wrong with a value that is not written out stands where its key stands.
            yield key.text, value._replace(line=key.line, column=key.column) if value.empty else value
        else:
            file.report(key, f"expected a text as key, got {key}")
