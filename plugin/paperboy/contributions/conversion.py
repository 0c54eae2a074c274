"""From YAML to a struct, with the place of everything that is wrong.

The struct's own annotations decide, so that what is read, the JSON Schema for editors and the
documentation cannot say different things. msgspec itself would stop at the first fault, without its line.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec
from msgspec import inspect

from paperboy.domain.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from paperboy.domain.strict_yaml import Node

_T = TypeVar("_T")

_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"<\s{0,3}/?\s{0,3}m\d+\s{0,3}/?\s{0,3}>", re.IGNORECASE)
_WHOLE = re.compile(r"0|[1-9]\d{0,8}")


def convert(path: Path, node: Node, kind: type[_T]) -> tuple[_T | None, list[FileError]]:
    """Make a value of a node.

    Arguments:
        path: The file that the node is from, for the problems.
        node: What stands there.
        kind: A struct, or a tuple of structs as `tuple[Topic, ...]`.

    Returns:
        The value, or `None` where there is a problem, and all problems.
    """
    reader = _Reader(path)
    value = reader.read(node, _described(kind), "")
    return (None if reader.problems else value), reader.problems


# It takes longer than reading a file.
_described: Callable[[Any], inspect.Type] = cache(inspect.type_info)


class _Reader:
    """One file being read, and what was found wrong with it."""

    def __init__(self, path: Path) -> None:
        self.problems: list[FileError] = []
        self._path = path

    def read(self, node: Node, kind: inspect.Type, name: str, extra: dict[str, Any] | None = None) -> Any:
        """The value of a node; what stands for it where there is a problem does not matter."""
        if isinstance(kind, inspect.Metadata):
            return self.read(node, kind.type, name, kind.extra or extra)
        if isinstance(kind, inspect.StrType):
            return self._text(node, kind, name, extra or {})
        reader = self._READERS.get(type(kind))
        if reader is None:
            raise TypeError(f"{name}: no file of contributors holds a {kind}")
        return reader(self, node, kind, name)

    def _report(self, node: Node, name: str, message: str) -> None:
        place = f"{name}: {message}" if name else message
        self.problems.append(FileError(self._path, node.line, node.column, place))

    def _struct(self, node: Node, kind: inspect.StructType, name: str) -> Any:
        fields = {field.encode_name: field for field in kind.fields}
        values: dict[str, Any] = {}
        before = len(self.problems)
        for key, value in self._pairs(node, name, f"a mapping with {', '.join(fields)}"):
            if (field := fields.get(key.text)) is not None:
                values[key.text] = self.read(value, field.type, key.text)
            else:
                self._report(key, "", f"unknown key {key.text!r}; {nearest(key.text, list(fields))}")
        missing = [known.encode_name for known in kind.fields if known.required and known.encode_name not in values]
        if missing and len(self.problems) == before:
            self._report(node, name, f"{missing[0]} is missing")
        return kind.cls(**values) if len(self.problems) == before else None

    def _mapping(self, node: Node, kind: inspect.DictType, name: str) -> dict[str, Any]:
        found = {}
        for key, value in self._pairs(node, name, "a mapping"):
            self._text(key, _plain(kind.key_type), name, {})
            found[key.text] = self.read(value, kind.value_type, f"{name}.{key.text}")
        self._count(node, kind, len(found), name)
        return found

    def _pairs(self, node: Node, name: str, expected: str) -> Iterator[tuple[Node, Node]]:
        if node.kind != "mapping":
            self._report(node, name, f"expected {expected}; got {node}")
            return
        lines: dict[str, int] = {}
        for key, value in node.pairs:
            if key.kind != "text":
                self._report(key, name, f"expected a text as key, got {key}")
            elif key.text in lines:
                self._report(key, name, f"the key {key.text!r} is there already, in line {lines[key.text]}")
            else:
                lines[key.text] = key.line
                # What is wrong with a value that is not written out stands where its key stands.
                yield key, value._replace(line=key.line, column=key.column) if value.empty else value

    def _list(self, node: Node, kind: inspect.VarTupleType, name: str) -> tuple[Any, ...]:
        if node.kind != "list":
            hint = f"; write [{node.text.strip()[:40]}]" if node.kind == "text" and not node.empty else ""
            self._report(node, name, f"expected a list, got {node}{hint}")
            return ()
        found = tuple(self.read(item, kind.item_type, name) for item in node.items)
        self._count(node, kind, len(found), name)
        if isinstance(_plain(kind.item_type), inspect.StrType):
            for number, item in enumerate(found):
                if item and item in found[:number]:
                    self._report(node.items[number], name, f"{item!r} stands there twice")
        return found

    def _count(self, node: Node, kind: inspect.VarTupleType | inspect.DictType, count: int, name: str) -> None:
        if kind.max_length is not None and count > kind.max_length:
            self._report(node, name, f"has {count} entries, at most {kind.max_length} are allowed")

    def _text(self, node: Node, kind: inspect.Type, name: str, extra: dict[str, Any]) -> str:
        if node.empty and extra.get("may_be_empty"):
            return ""
        if node.kind != "text" or node.empty:
            self._report(node, name, f"expected a text, got {node}{'; delete the line' if node.empty else ''}")
            return ""
        text = node.text.strip()
        longest, pattern = getattr(kind, "max_length", None), getattr(kind, "pattern", None)
        if not text:
            self._report(node, name, "the text is empty; delete the line")
        elif longest is not None and len(text) > longest:
            self._report(node, name, f"the text has {len(text):,} characters, at most {longest:,} are allowed")
        elif found := _UNPRINTABLE.search(text):
            self._report(
                node,
                name,
                f"{found[0]!r} cannot stand in a text; in double quotes a backslash begins a sign of its own, "
                "so write TeX without quotes in a line below `>-`",
            )
        elif extra.get("lines") == 1 and len(text.splitlines()) > 1:
            self._report(node, name, "the text has more than one line")
        elif found := _PLACEHOLDER.search(text):
            self._report(node, name, f"{found[0]!r} is a placeholder of the machine; write the formula itself")
        elif pattern is not None and not re.search(pattern, text):
            self._report(node, name, f"{text[:60]!r} is not {extra.get('wanted', 'of the form ' + pattern)}")
        return text

    def _number(self, node: Node, kind: inspect.IntType, name: str) -> int:
        least = kind.ge if kind.ge is not None else 0
        if node.kind != "text" or not node.plain or not _WHOLE.fullmatch(node.text):
            self._report(node, name, f"expected a whole number, got {node}")
            return 0
        if int(node.text) < least:
            self._report(node, name, f"expected {least} or more, got {node.text}")
        return int(node.text)

    def _flag(self, node: Node, _kind: inspect.BoolType, name: str) -> bool:
        if not node.plain or node.text not in ("true", "false"):
            self._report(node, name, f"expected true or false, got {node}")
        return node.text == "true"

    _READERS: ClassVar[dict[type[inspect.Type], Callable[[_Reader, Node, Any, str], Any]]] = {
        inspect.StructType: _struct,
        inspect.VarTupleType: _list,
        inspect.DictType: _mapping,
        inspect.IntType: _number,
        inspect.BoolType: _flag,
    }


def nearest(name: str, known: Sequence[str]) -> str:
    """What somebody may have meant: `did you mean 'title'?`, or what there is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known are {', '.join(known)}" if known else "there are no keys here"


def _plain(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def keys(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys of a struct as they are written; what the documentation is held against."""
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))
