"""Reads what the model wrote: one JSON object with three texts, or a refusal by name."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

FIELDS = ("title", "abstract", "summary")
"""The fields of an answer, each a text that says something."""

LONGEST = 200_000
"""Characters of an answer that are read at all; the longest real one has about 3,000."""

_FENCE = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
# What models set around their thoughts: a short name in brackets of whatever kind but those of Chinese titles and
# quotes, a line of signs with or without a name, or the words of a template.
_MARK = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?(?![mM]\d)[A-Za-z_][\w:.\-]{0,40}\s*/?>|\[/?[A-Za-z_][\w ]{0,30}\]"
    r"|[◁【〔⟨«⟦〖‹❮❬❰⟪⌈][^◁▷【】〔〕⟨⟩«»\n]{1,30}[▷】〕⟩»⟧〗›❯❭❱⟫⌉]"
    r"|^[ \t]*[-=*#~+>]{2,}[^\n{}]{0,50}$|assistantfinal|done thinking\.*"
    r"|(?:final|最终)\s*(?:answer|答案|译文|翻译)\W{0,4}",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSES = re.compile(
    r"\W{0,2}/|.*(?:end|final|message|answer|response|output|done|translation|结束|完毕|答案|回答|译文)", re.IGNORECASE
)
_OF_ANSWERS = re.compile(
    r"answer|response|output|final|translat|result|text|title|abstract|summary"
    r"|回答|答案|译文|end|eo[st]|/s\b|assistant|INST|return",
    re.IGNORECASE,
)
_OBJECT = re.compile(r'\{\s*["}]')
_TRIES = 200
# A backslash that begins no JSON escape, as in "\%" or "\mathbb": JSON has no such thing, so the model
# meant the sign itself. The escapes that JSON does have are left to the checks: whether "\t" was meant as
# a TAB or as the head of "\times" is not ours to guess.
_LONE_BACKSLASH = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)', re.DOTALL)
# Placeholders that a model spelt in its own way: < m0 />, <M0>, ＜m0/＞. The number still has to be right.
_PLACEHOLDER = re.compile(r"[<＜〈]\s*[mM]\s*(\d{1,4})\s*[/／]?\s*[>＞〉](?:\s*</\s*m\1\s*>)?")


class Reply(NamedTuple):
    """What came back: the text, how it ended, and the endpoint's own count of tokens (0 if it has none)."""

    content: str
    finish: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    room: int = 0
    """The tokens that the answer was given."""
    has_thoughts: bool = False
    """Whether the endpoint sent thoughts beside the text."""


class Fields(NamedTuple):
    """The three texts of an answer, with placeholders still in them."""

    title: str
    abstract: str
    summary: str


class Unreadable(Exception):
    """An answer that is not three texts: the fault's name, and what is wrong in words."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


def parse_reply(content: str) -> Fields:
    """Read an answer's content.

    FieldDialogue around the object, a code fence, one wrapping object and lone backslashes are read through; what
    would need a guess is refused. Line breaks become spaces: a paragraph that the model invented is none.

    Raises:
        Unreadable: `empty`, `json`, `schema-echo` or `fields`.
    """
    content = content.strip().removeprefix("\ufeff")
    if not _behind_thoughts(content):
        raise Unreadable("empty", "the answer is empty")
    if len(content) > LONGEST:
        raise Unreadable("length", f"the answer has {len(content)} characters")
    values: list[_Value] = []
    for text in dict.fromkeys((content, _LONE_BACKSLASH.sub(_doubled, content))):
        values = _decoded(text)
        answers = [value for value in values if value.answer is not None]
        if answers and _is_last(text, answers[-1].end):
            return _fields(_the_answer(text, answers))
    found = [value.value for value in values if isinstance(value.value, dict)]
    if not found or any(value.answer is not None for value in values):
        raise Unreadable("json", "the answer holds no complete JSON object")
    if any(_is_schema(value) for value in found):
        raise Unreadable("schema-echo", "the answer is the schema, not a translation")
    return _fields(found[-1])


def thinks(content: str) -> bool:
    """Whether an answer begins with thoughts, or holds their closing mark outside its object."""
    head = content.lstrip()
    return bool(_MARK.match(head)) or any(_closes(mark) for mark in _MARK.finditer(head.split('{"', maxsplit=1)[0]))


def alone(content: str, field: str) -> str:
    """Read an answer that is one text and no JSON object; "" where there is none.

    What a model puts around it is taken off: thoughts, a fence, and the object where it wrote one after all.
    """
    content = _behind_thoughts(content.strip().removeprefix("\ufeff")[:LONGEST])
    if fence := _FENCE.fullmatch(content):
        content = fence[1].strip()
    if content.startswith("{"):
        values = _decoded(content) or _decoded(_LONE_BACKSLASH.sub(_doubled, content))
        text = values[0].value.get(field) if values and isinstance(values[0].value, dict) else None
        content = text if isinstance(text, str) else content
    return _tidy(content)


class _Value(NamedTuple):
    """A JSON object in an answer, and where it stands."""

    value: Any
    answer: dict[str, Any] | None
    start: int
    end: int


def _decoded(text: str) -> list[_Value]:
    """Every outermost JSON object of a text."""
    # Raw control characters in strings are let in here, and named by the checks afterwards.
    decoder = json.JSONDecoder(strict=False)
    values: list[_Value] = []
    opening, tries = _OBJECT.search(text), 0
    while opening and tries < _TRIES:
        start = end = opening.start()
        try:
            value, end = decoder.raw_decode(text, start)
            values.append(_Value(value, _unwrapped(value), start, end))
        except (ValueError, RecursionError):
            tries, end = tries + 1, start + 1
        opening = _OBJECT.search(text, end)
    return values


def _the_answer(text: str, answers: list[_Value]) -> dict[str, Any]:
    """The last of several objects where a mark of thoughts stands before it, else the only one."""
    last = answers[-1]
    for other in answers[:-1]:
        if other.answer != last.answer and not _MARK.search(text, other.end, last.start):
            raise Unreadable("json", "the answer holds several different JSON objects")
    return last.answer or {}


def _is_last(text: str, end: int) -> bool:
    """Whether nothing behind an object can be the answer that its thoughts led to."""
    rest = text[end:]
    marks = list(_MARK.finditer(rest))
    return not _OBJECT.search(rest) and not (marks and rest[marks[-1].end() :].strip("`\n "))


def _closes(mark: re.Match[str]) -> bool:
    return _CLOSES.match(mark[0]) is not None


def _behind_thoughts(content: str) -> str:
    """A text without the thoughts before it, and without the marks at its ends.

    A text may be about such marks: one in the middle of a line counts only where the answer begins with a mark.
    """
    marks = list(_MARK.finditer(content))
    has_opening = bool(marks) and marks[0].start() == 0
    while marks and marks[-1].end() == len(content):
        if has_opening and not _OF_ANSWERS.search(marks[-1][0]):
            return ""
        content = content[: marks.pop().start()].rstrip()
    for mark in reversed(marks):
        is_alone = content[mark.end() : mark.end() + 3].lstrip(" ")[:1] == "\n"
        if (_closes(mark) and (has_opening or is_alone)) or (mark.start() == 0 and len(marks) == 1):
            return content[mark.end() :].strip()
    return content


def _doubled(match: re.Match[str]) -> str:
    return match[0] if match[1] else "\\\\"


def _unwrapped(value: Any) -> dict[str, Any] | None:
    """The object itself where it has all fields, or the one inside it, as in `{"translation": {…}}`."""
    if not isinstance(value, dict):
        return None
    if all(name in value for name in FIELDS):
        return value
    inner = next(iter(value.values())) if len(value) == 1 else None
    if isinstance(inner, dict) and all(name in inner for name in FIELDS):
        return inner
    return None


def _is_schema(value: dict[str, Any]) -> bool:
    if "$schema" in value or isinstance(value.get("properties"), dict):
        return True
    return isinstance(value.get("schema"), dict) or value.get("type") == "object"


def _fields(value: dict[str, Any]) -> Fields:
    texts = []
    for name in FIELDS:
        text = value.get(name)
        if name not in value:
            raise Unreadable("fields", f'the field "{name}" is missing')
        if not isinstance(text, str):
            raise Unreadable("fields", f'the field "{name}" is no text')
        if not text.strip():
            raise Unreadable("fields", f'the field "{name}" is empty')
        texts.append(_tidy(text))
    return Fields(*texts)


def _tidy(text: str) -> str:
    r"""One line, placeholders in their one spelling; nothing that changes what the text says.

    A line break before a small Latin letter stays, for the checks to name: it is the head of a command
    such as `\nabla` that JSON took for an escape.
    """
    text = _PLACEHOLDER.sub(r"<m\1/>", text)
    return re.sub(r"[ \u3000]*\n+[ \u3000]*(?![a-z])", " ", text.replace("\r\n", "\n")).strip()
