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
# Before the answer only: an abstract may be about <think> and </think>.
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_NEST = 4
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
    content = _THOUGHTS.sub("", content).strip().removeprefix("\ufeff")
    if not content:
        raise Unreadable("empty", "the answer is empty")
    if len(content) > LONGEST:
        raise Unreadable("length", f"the answer has {len(content)} characters")
    found = [value for value in _objects(content) if isinstance(value, dict)]
    if not found:
        raise Unreadable("json", "the answer holds no complete JSON object")
    answers = [answer for value in found if (answer := _unwrapped(value)) is not None]
    if len({json.dumps(answer, sort_keys=True) for answer in answers}) > 1:
        raise Unreadable("json", "the answer holds several different JSON objects")
    if answers:
        return _fields(answers[0])
    if any(_is_schema(value) for value in found):
        raise Unreadable("schema-echo", "the answer is the schema, not a translation")
    return _fields(found[-1])


def alone(content: str, field: str) -> str:
    """Read an answer that is one text and no JSON object; "" where there is none.

    What a model puts around it is taken off: thoughts, a fence, and the object where it wrote one after all.
    """
    content = _THOUGHTS.sub("", content).strip().removeprefix("\ufeff")[:LONGEST]
    if fence := _FENCE.fullmatch(content):
        content = fence[1].strip()
    if content.startswith("{"):
        value = next(iter(_objects(content)), None)
        text = value.get(field) if isinstance(value, dict) else None
        content = text if isinstance(text, str) else content
    return _tidy(content)


def _objects(content: str) -> list[Any]:
    """Every outermost JSON value that begins with a brace."""
    return _decoded(content) or _decoded(_LONE_BACKSLASH.sub(_doubled, content))


def _decoded(text: str) -> list[Any]:
    # Raw control characters in strings are let in here, and named by the checks afterwards.
    decoder = json.JSONDecoder(strict=False)
    values, position = [], text.find("{")
    tries = 0
    while position >= 0 and tries < _NEST:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            tries += 1
            end = position + 1
        else:
            values.append(value)
        position = text.find("{", end)
    return values


def _doubled(match: re.Match[str]) -> str:
    return match[0] if match[1] else "\\\\"


def _unwrapped(value: dict[str, Any]) -> dict[str, Any] | None:
    """The object itself where it has all fields, or the one inside it, as in `{"translation": {…}}`."""
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
