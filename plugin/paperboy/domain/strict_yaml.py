"""A strict YAML reader for contributors' files: no anchors, aliases, tags, duplicate keys or deep nesting.

The parser's events are put together here: its own constructor would follow aliases and merge keys (2 KB of
them take 400 MB), take `no` for a truth value and 3.10 for a number, and break on deep nesting. Every
text stays as it is written, and every value knows its line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml

from paperboy.domain.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 64 * 1024
"""Bytes of a file; more are refused unread."""

DEEPEST = 6
"""Levels of lists and mappings inside each other."""

_TAB = re.compile(r"^ *\t(?=.*\S)", re.MULTILINE)
# Two line breaks are an abstract's paragraphs, and what follows them is text.
_TEX = re.compile(
    r"(?<!\\)(?:\\\\)*(?<!\\n)(\\(?!x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})(?:[A-Za-z_]{2,}|[NLP_]))"
)
_IN_QUOTES = (
    "in double quotes a backslash begins a sign of its own; write TeX in single quotes, or in a line of its own "
    "below `>-`"
)
_HINTS = {
    "found unknown escape character": f"this is no YAML: {_IN_QUOTES}",
    "could not find expected ':'": "this is no YAML: no key stands here. A key has a colon and a space behind it, "
    "and a text below `>-` or `|` stands two spaces in",
}
_QUOTES = "where a text has signs of YAML in it (: # [ { * & ` '), write it in a line of its own below `>-`"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Node(NamedTuple):
    """A value and its place: a text as it stands, a list of nodes, or the pairs of a mapping."""

    kind: Literal["text", "list", "mapping"]
    line: int
    column: int
    text: str = ""
    plain: bool = False
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing, as in `zh-CN:` with no row under it."""
        return self.plain and self.text in ("", "~", "null")

    def __str__(self) -> str:
        """What it is, in words: `a list`, `the text 'yes'`, `nothing`."""
        if self.kind != "text":
            return f"a {self.kind}"
        return "nothing" if self.empty else f"the text {self.text[:40]!r}"


def read_yaml(path: Path) -> Node | None:
    """Read a file's one document; `None` where it has none.

    Raises:
        FileError: The file cannot be read, is too large, no UTF-8, no YAML, or has anchors, aliases or tags.
    """
    return parse_yaml(path, decode_text(path))


def decode_text(path: Path) -> str:
    """The text of a file, whatever is in it.

    Raises:
        FileError: The file cannot be read, is a link, too large, or no UTF-8.
    """
    try:
        if path.is_symlink() or not path.is_file():
            raise FileError(path, 1, 1, "this is no ordinary file; links are not followed")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise FileError(path, 1, 1, f"the file cannot be read: {error.strerror or error}") from None
    if len(content) > LARGEST:
        raise FileError(path, 1, 1, f"the file is larger than {LARGEST // 1024} KB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(path, line, 1, "the file is not UTF-8; save it in that encoding") from None


def parse_yaml(path: Path, source: str, above: int = 0) -> Node | None:
    """Read the one document of a text; `None` where it has none.

    Arguments:
        path: The file that the text is from, for the errors.
        source: The YAML.
        above: Lines of the file above it.

    Raises:
        FileError: The text is no YAML, or has tabs before a value, anchors, aliases or tags.
    """
    if tab := _TAB.search(source):
        line = source.count("\n", 0, tab.start()) + above + 1
        raise FileError(path, line, len(tab[0]), "this is no YAML: a tab stands here; indent with spaces")
    try:
        return _document(path, _without_tex(path, source, above), above)
    except yaml.MarkedYAMLError as error:
        # A line without a colon is found out only where the next one begins.
        mark = error.context_mark if error.problem == "could not find expected ':'" else error.problem_mark
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        message = _HINTS.get(error.problem or "", f"this is no YAML: {error.problem or error.context}; {_QUOTES}")
        raise FileError(path, line + above, column, message) from None
    except yaml.YAMLError as error:
        raise FileError(path, above + 1, 1, f"this is no YAML: {str(error).splitlines()[0]}") from None


def _without_tex(path: Path, source: str, above: int) -> Iterator[Any]:
    r"""The events of a text; YAML would make signs of its own of TeX in double quotes, a line break of `\nabla`."""
    lines: list[str] = []
    for event in yaml.parse(source, Loader=_LOADER):
        if isinstance(event, yaml.ScalarEvent) and event.style == '"':
            lines = lines or re.split(r"\r\n|[\r\n\x85\u2028\u2029]", source)
            first: Any = event.start_mark
            last: Any = event.end_mark
            for number in range(first.line, last.line + 1):
                begin = first.column if number == first.line else 0
                end = last.column if number == last.line else None
                if found := _TEX.search(lines[number][:end], begin):
                    raise FileError(path, number + above + 1, found.start(1) + 1, _IN_QUOTES)
        yield event


def _document(path: Path, events: Iterator[Any], above: int) -> Node | None:
    """The one document of a stream of events."""
    found = None
    for event in events:
        line = event.start_mark.line + above + 1
        if isinstance(event, yaml.DocumentStartEvent) and found is not None:
            raise FileError(path, line, 1, "a second document begins; one file has one")
        if isinstance(event, yaml.NodeEvent):
            found = _node(path, event, events, 1, above)
    return found


def _node(path: Path, event: Any, events: Iterator[Any], depth: int, above: int) -> Node:
    line, column = event.start_mark.line + above + 1, event.start_mark.column + 1
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise FileError(path, line, column, "anchors and aliases (& and *) are not allowed; write it out")
    if event.tag is not None:
        raise FileError(path, line, column, f"tags are not allowed: {event.tag}; put the text into quotes")
    if depth > DEEPEST:
        raise FileError(path, line, column, f"this is nested deeper than {DEEPEST} levels")
    if isinstance(event, yaml.ScalarEvent):
        return Node("text", line, column, text=event.value, plain=event.implicit[0])
    inner = []
    for part in events:
        if isinstance(part, yaml.CollectionEndEvent):
            break
        inner.append(_node(path, part, events, depth + 1, above))
    if isinstance(event, yaml.SequenceStartEvent):
        return Node("list", line, column, items=tuple(inner))
    return Node("mapping", line, column, pairs=tuple(zip(inner[::2], inner[1::2], strict=True)))
