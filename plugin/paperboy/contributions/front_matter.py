"""One Markdown file of a contributor: keys between two lines of `---`, and a note below them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from paperboy.contributions.conversion import convert, keys
from paperboy.domain import strict_yaml
from paperboy.domain.errors import FileError
from paperboy.domain.overrides import Contribution, Override

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.strict_yaml import Node

LONGEST_NOTE = 5000
"""Characters of a note. Markdown of hostile form takes time that grows faster than its length."""

MOST_BRACKETS = 300
"""Opening brackets in a note: 5,000 of them take Markdown 15 seconds, 300 a tenth of one."""

_FENCE = re.compile(r"---[ \t]*")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*")
_CONFLICT = re.compile(r"(?:<{7}|>{7})(?: .*)?")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_KEY = re.compile(rf"(?:{'|'.join(keys(Override))})[ \t]*:", re.ASCII)
# Keys stand at the beginning of a line, where no text of several lines can.
_NO_COLON = re.compile(rf"(?P<key>{'|'.join(keys(Override))})[ \t]*(?:：|:(?=[^\s:]))", re.ASCII)
_NO_FENCE = re.compile(r"[-‐-―－﹣]{2,}[ \t]*")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SWITCHES = ("true", "false", "yes", "no", "on", "off")


class _EmptyFileError(Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of a note on a day or a category: there are none."""


class Parts(NamedTuple):
    """A file in two: the YAML, or `None` where there is none, and the text below, with the line it begins in."""

    head: str | None
    body: str
    line: int


def read_paper(path: Path, arxiv_id: str, file: str) -> tuple[Contribution | None, list[FileError]]:
    """What a file says of a paper, and what is wrong with it; a file with a problem says nothing.

    Arguments:
        path: The file.
        arxiv_id: The paper's id by the file's name.
        file: Its path in `docs_dir`.
    """
    try:
        parts = split(path, strict_yaml.decode_text(path))
        root = None if parts.head is None else strict_yaml.parse_yaml(path, parts.head, 1)
    except FileError as error:
        return None, [error]
    override: Override | None = Override()
    problems: list[FileError] = []
    if root is not None and not root.empty:
        override, problems = convert(path, root, Override)
        problems += _beyond_types(path, root, arxiv_id, override)
    problems += _in_note(path, parts)
    note = _note_below(parts)
    if not problems and override == Override(id=override.id if override else "") and not note:
        problems.append(FileError(path, 1, 1, "the file says nothing; write what is to change, or delete it"))
    if problems or override is None:
        return None, sorted(problems, key=lambda problem: (problem.line, problem.column))
    return Contribution(file=file, override=_folded_block(override), note=note, line=parts.line), []


def read_note(path: Path, file: str) -> tuple[Contribution | None, list[FileError]]:
    """A note on a day or a category, which has no keys, and what is wrong with it."""
    try:
        parts = split(path, strict_yaml.decode_text(path))
        root = None if parts.head is None else strict_yaml.parse_yaml(path, parts.head, 1)
    except FileError as error:
        return None, [error]
    problems = [] if root is None or root.empty else convert(path, root, _EmptyFileError)[1]
    problems += _in_note(path, parts)
    if not (note := _note_below(parts)):
        problems.append(FileError(path, 1, 1, "the file says nothing; write the note, or delete it"))
    return (None, problems) if problems else (Contribution(file=file, note=note, line=parts.line), [])


def split(path: Path, text: str) -> Parts:
    """Part a file into its keys and its note.

    Raises:
        FileError: The keys are not closed, do not begin in the first line, or have no `---` around them.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if _CONFLICT.fullmatch(line):
            raise FileError(path, number, 1, "a merge left its marks here; choose one of the two texts")
    if _FENCE.fullmatch(lines[0]):
        for number, line in enumerate(lines[1:], 1):
            if found := _NO_COLON.match(line):
                message = f"{found['key']}: behind a key stands a colon of ASCII with a space, as in `{found['key']}: `"
                raise FileError(path, number + 1, found.end("key") + 1, message)
            if _END.fullmatch(line):
                return Parts("\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2)
        raise FileError(path, 1, 1, "the keys are not closed: a line with only --- must stand below them")
    if begun := next((found for found in enumerate(lines, 1) if found[1].strip()), None):
        _no_keys(path, *begun)
    return Parts(None, "\n".join(lines), 1)


def _no_keys(path: Path, number: int, line: str) -> None:
    """See that the first line of a note is not meant to begin keys.

    Raises:
        FileError: It is.
    """
    if _FENCE.fullmatch(line.strip()):
        raise FileError(path, number, 1, "the --- above the keys must be the first line of the file")
    if _KEY.match(line):
        raise FileError(path, number, 1, "keys stand between two lines with only ---, above the note")
    if _NO_FENCE.fullmatch(line.strip()):
        raise FileError(path, number, 1, "above the keys stands a line of three hyphens, ---, and nothing else")


def _note_below(parts: Parts) -> str:
    """The text below the keys; nothing where only comments stand there."""
    return parts.body if _COMMENT.sub("", parts.body).strip() else ""


def _in_note(path: Path, parts: Parts) -> list[FileError]:
    problems = []
    if len(parts.body) > LONGEST_NOTE:
        message = f"the note has {len(parts.body):,} characters, at most {LONGEST_NOTE:,} are allowed"
        problems.append(FileError(path, parts.line, 1, message))
    if (count := parts.body.count("[")) > MOST_BRACKETS:
        message = f"the note has {count:,} opening brackets, at most {MOST_BRACKETS} are allowed"
        problems.append(FileError(path, parts.line, 1, message))
    if found := _UNPRINTABLE.search(parts.body):
        line = parts.body.count("\n", 0, found.start()) + parts.line
        problems.append(FileError(path, line, 1, f"{found[0]!r} cannot stand in a note"))
    return problems


def _beyond_types(path: Path, root: Node, arxiv_id: str, override: Override | None) -> list[FileError]:
    """The rules that a type cannot say."""
    nodes = {key.text: (key, value) for key, value in root.pairs if key.kind == "text"}
    found: list[tuple[Node, str]] = []
    if (pair := nodes.get("id")) and pair[1].kind == "text" and not pair[1].empty:
        node = pair[1]
        if node.plain and node.text.replace(".", "").isdecimal():
            message = (
                f'id: put it into quotes, "{node.text}"; other programs read a number here, and drop a zero at its end'
            )
            found.append((node, message))
        elif override is not None and override.id != arxiv_id:
            found.append((node, f"id: {override.id} is another paper than the file's name says, {arxiv_id}"))
    if (pair := nodes.get("hide")) and pair[1].plain and pair[1].text.lower() in _SWITCHES:
        found.append((pair[1], "hide: write the reason, which stands in the paper's place; or delete the line"))
    if override is not None and override.pin and override.hide:
        found.append((nodes["pin"][0], "pin: a paper cannot be hidden and pinned; delete one of the two lines"))
    return [FileError(path, node.line, node.column, message) for node, message in found]


def _folded_block(override: Override) -> Override:
    """Texts on one line; only an abstract has paragraphs."""
    one_line = {key: " ".join(getattr(override, key).split()) for key in ("title", "summary", "hide")}
    lists = {key: tuple(" ".join(item.split()) for item in getattr(override, key)) for key in ("affiliations", "tags")}
    return replace(override, **one_line, **lists)
