"""A fake model that answers with the demo's own translations in OpenAI's format.

It does what is asked of a real one: it reads the title and the abstract in the last message that
holds them, recognises the paper, and answers with Chinese in which each placeholder of the request
stands at its place. What a placeholder stands for is not in the request; it is found by laying the
request over the known English, letter by letter.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import unicodedata
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from paperboy.tools.demo.arxiv_responses import DemoResponse
from paperboy.tools.demo.tex_accents import to_unicode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paperboy.tools.demo import DemoDay, DemoPaper

MODEL = "paperboy-demo"

_PLACEHOLDER = re.compile(r"<m\d+/>")
# Within a folded request a placeholder is one character of the private use area.
_PLACES = "[\ue000-\uf8ff]"
_FIRST_PLACE = ord("\ue000")
_MOST_PLACES = 6400

# What a client may mask, or convert, or leave: formulas, addresses, commands, template braces and
# escaped signs. None of these needs translating, so they are the same text in both languages.
_SPAN = re.compile(
    r"""
    \$\$.+?\$\$
    | \$[^$]+\$
    | https?://[!-~]*[\w/]
    | \\[A-Za-z]+\{(?:[^{}\\]|\\.)*\}
    | \{\{\w+\}\}
    | \\[%&_\#]
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z]{1,5}|\d{1,3}|\S")


class _UnknownTextError(Exception):
    """The request holds no text of the demo's papers."""


class _Reading(NamedTuple):
    """One English text of the demo, made ready to recognise requests for it."""

    pattern: re.Pattern[str]
    spans: tuple[str, ...]


def _fold(text: str) -> str:
    """Reduce a text to letters and digits without accents and case, which every client keeps."""
    decomposed = unicodedata.normalize("NFKD", text).lower()
    return "".join(char for char in decomposed if char.isascii() and char.isalnum())


def _fold_request(text: str) -> str:
    """Fold a masked text, with one private character for each placeholder in its turn."""
    pieces = _PLACEHOLDER.split(text)
    if len(pieces) > _MOST_PLACES:
        raise _UnknownTextError
    folded = [_fold(pieces[0])]
    for number, piece in enumerate(pieces[1:]):
        folded += [chr(_FIRST_PLACE + number), _fold(piece)]
    return "".join(folded)


def _plain_words(span: str) -> str:
    r"""What a client that converts TeX makes of a span: `Lantern` of `\textsc{Lantern}`."""
    if span.startswith("\\"):
        span = re.sub(r"\\[A-Za-z]+\{(.*)\}", r"\1", span)
        return re.sub(r"\\(?=[^A-Za-z])", "", span)
    return span.strip("{}") if span.startswith("{") else span


def _read_request(text: str) -> _Reading:
    """Prepare a text: its letters, with each span as a placeholder, as it is or as plain text."""
    parts = []
    spans = []
    position = 0
    for number, match in enumerate(_SPAN.finditer(text)):
        span = match[0]
        spans.append(span)
        ways = f"(?P<span{number}>{_PLACES})|{_fold(span)}|{_fold(_plain_words(span))}"
        parts += [_fold(to_unicode(text[position : match.start()])), f"(?:{ways})"]
        position = match.end()
    parts.append(_fold(to_unicode(text[position:])))
    return _Reading(re.compile("".join(parts)), tuple(spans))


def _substitutes(reading: _Reading, request: str) -> dict[str, deque[str]] | None:
    """What stands in the request for each span of the text; `None` where it is another text.

    A span that occurs repeatedly has as many substitutes, in the order of the English.
    """
    match = reading.pattern.fullmatch(_fold_request(request))
    if match is None:
        return None
    placeholders = _PLACEHOLDER.findall(request)
    found: defaultdict[str, deque[str]] = defaultdict(deque)
    for number, span in enumerate(reading.spans):
        place = match[f"span{number}"]
        if place:
            found[span].append(placeholders[ord(place) - _FIRST_PLACE])
        else:
            found[span].append(span if span in request else _plain_words(span))
    return found


def _put_in(chinese: str, substitutes: Mapping[str, deque[str]], *, spoil: bool) -> str:
    """Replace each span of the Chinese as the request did in the English.

    Arguments:
        chinese: A translation in which each span stands in its source form.
        substitutes: What stands for each span.
        spoil: Whether to lose the first formula, as a careless model would.
    """
    lost = not spoil

    def substitute(match: re.Match[str]) -> str:
        nonlocal lost
        if not lost and match[0].startswith("$"):
            lost = True
            return ""
        return substitutes[match[0]].popleft()

    return _SPAN.sub(substitute, chinese)


class DemoModel:
    """Answers chat completions about the papers of a day.

    Arguments:
        day: The papers that the model knows.
    """

    def __init__(self, day: DemoDay) -> None:
        self._known = [
            (paper, _read_request(paper.title), _read_request(paper.abstract))
            for paper in (*day.papers, *day.elsewhere)
        ]

    def models(self) -> DemoResponse:
        """The list of models, which is this one."""
        row = {"id": MODEL, "object": "model", "created": 0, "owned_by": "paperboy"}
        return _json({"object": "list", "data": [row]})

    def complete(self, body: bytes) -> DemoResponse:
        """Answer one request, as it came over the wire."""
        try:
            payload = json.loads(body)
        except ValueError:
            return error(400, "The request is not JSON.", "invalid_json")
        messages = payload.get("messages") if isinstance(payload, dict) else None
        if not isinstance(messages, list) or not messages:
            return error(400, "'messages' is missing.", "missing_required_parameter")
        if payload.get("stream"):
            return error(400, "The demo model does not stream.", "unsupported_parameter")
        contents = [_content(message) for message in messages]
        try:
            translation = self._translate(_asked_text(messages))
        except _UnknownTextError:
            return error(404, "The demo model knows the demo's papers only.", "unknown_paper")
        answer = json.dumps(translation, ensure_ascii=False)
        prompt, completion = sum(map(count_tokens, contents)), count_tokens(answer)
        message = {"role": "assistant", "content": answer, "refusal": None}
        return _json(
            {
                "id": f"chatcmpl-{hashlib.sha256(body).hexdigest()[:24]}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": str(payload.get("model", MODEL)),
                "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": prompt,
                    "completion_tokens": completion,
                    "total_tokens": prompt + completion,
                },
            }
        )

    def _translate(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Answer for the paper whose title and abstract were sent, or the one of them that was."""
        for paper, title, abstract in self._known:
            answer = {}
            for name, reading in (("title", title), ("abstract", abstract)):
                if name not in asked:
                    continue
                substitutes = _substitutes(reading, asked[name])
                if substitutes is None:
                    break
                answer[name] = _chinese(paper, name, substitutes)
            else:
                return answer | {"summary": paper.zh.summary}
        raise _UnknownTextError


def _chinese(paper: DemoPaper, name: str, substitutes: Mapping[str, deque[str]]) -> str:
    """One field of the translation, spoiled where the paper is there to show that."""
    text = paper.zh.title if name == "title" else paper.zh.abstract
    spoil = paper.fault == "drop_placeholder" and name == "abstract"
    return _put_in(text, substitutes, spoil=spoil)


def _content(message: object) -> str:
    """The text of a message, be its content a string or a list of parts."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "\n".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _asked_text(messages: list[Any]) -> dict[str, str]:
    """The title and abstract to translate.

    They are in the last user message that holds them: a request to repair an answer may name its
    faults in a message of its own.
    """
    for message in reversed(messages):
        if not isinstance(message, dict) or message.get("role") != "user":
            continue
        for found in reversed(list(_objects(_content(message)))):
            asked = {
                name: found[name]
                for name in ("title", "abstract")
                if isinstance(found.get(name), str) and found[name].strip()
            }
            if asked:
                return asked
    raise _UnknownTextError


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, in order."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def count_tokens(text: str) -> int:
    """A steady count: a Chinese character, five letters, three digits or one sign is a token."""
    return len(_TOKEN.findall(text))


def error(status: int, message: str, code: str) -> DemoResponse:
    """An error in the API's form."""
    kind = "authentication_error" if code == "invalid_api_key" else "invalid_request_error"
    detail = {"message": message, "type": kind, "param": None, "code": code}
    return _json({"error": detail}, status)


def _json(value: object, status: int = 200) -> DemoResponse:
    body = json.dumps(value, ensure_ascii=False).encode()
    return DemoResponse(body, "application/json", status)
