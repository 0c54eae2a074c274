"""Reads a completion as servers send it: whole or as events, in parts, with thoughts, or an error in its place."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from paperboy.translation.client import errors
from paperboy.translation.validation.response import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVENT = re.compile(rb"\s*(data|event|id|retry|):")
_REASONING = ("reasoning_content", "reasoning")
_ENDS = {
    "length": re.compile(r".*(length|max.?tokens|max.?output).*", re.IGNORECASE),
    "content_filter": re.compile(
        r".*(filter|safety|sensitive|block|prohibit|recitation|refus|spii|moderat|guardrail|risk|违规|敏感).*",
        re.IGNORECASE,
    ),
    "error": re.compile(
        r".*(error|abort|cancel|fail|insufficient|overload|timeout|interrupt|malformed).*", re.IGNORECASE
    ),
}
"""How an answer ended, by the words that servers have for it; everything else is its natural end."""


class HTTPStatusError(Exception):
    """An answer with a status outside 200 to 299, read up to the limit."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


def completion(body: bytes) -> Reply:
    """Read a completion, whatever else was sent with status 200.

    Raises:
        errors.Broken: It is none.
        HTTPStatusError: It is an error after all.
    """
    data = _decoded(body)
    if not isinstance(data, dict):
        raise errors.Broken("it answered 200 with JSON that is no completion")
    choices = data.get("choices")
    tokens = _usage(data.get("usage"))
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict) or choice.get("error"):
        error = data.get("error") or (choice or {}).get("error")
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 200  # noqa: PLR2004  HTTP's error statuses
        if error or set(data) - {"id", "object", "created", "model", "choices", "usage", "system_fingerprint"}:
            raise HTTPStatusError(status, {}, body)
        if not any(tokens):
            raise errors.Broken("it answered 200 without a choice")
        return Reply("", "no-choice", *tokens)
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    content = _text(message.get("content"))
    end = str(choice.get("finish_reason") or "stop")
    finish = next((name for name, words in _ENDS.items() if words.fullmatch(end)), "stop")
    if finish == "error":
        raise errors.Broken(f"its answer ended with {end[:40]!r}")
    if not content.strip() and message.get("refusal"):
        finish = "content_filter"
    thoughts = next((text for name in _REASONING if (text := _text(message.get(name))).strip()), "")
    if not content.strip() and finish == "stop" and thoughts.rstrip("`\n ").endswith("}"):
        content = thoughts  # a server that takes the whole answer for thoughts
    elif thoughts and not content.strip() and finish == "stop":
        finish = "length"  # some servers do not say that the thoughts left no room for an answer
    return Reply(content, finish, *tokens, has_thoughts=bool(thoughts))


def _decoded(body: bytes) -> Any:
    try:
        return _events(body) if _EVENT.match(body) else json.loads(body)
    except (ValueError, RecursionError):
        if body.strip() and not re.match(rb"\s*[{[]", body) and not _EVENT.match(body):
            raise HTTPStatusError(200, {}, body) from None  # a page or a sentence, which may say why
        start = body[:40].decode("utf-8", "replace")
        raise errors.Broken(f"it answered 200 with something else than JSON: {start!r}") from None


def _events(body: bytes) -> Any:
    """A stream of events as one completion; an event that is none, as an error, by itself."""
    whole: dict[str, Any] = {"content": "", "finish_reason": None}
    usage, seen = None, False
    for line in body.decode("utf-8", "replace").splitlines():
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data in ("", "[DONE]"):
            continue
        event = json.loads(data)
        choices = event.get("choices") if isinstance(event, dict) else None
        if not isinstance(choices, list):
            return event
        usage = event.get("usage") or usage
        for choice in choices[:1]:
            seen = True
            delta = choice.get("delta") or choice.get("message") or {}
            for name in ("content", *_REASONING):
                if text := _text(delta.get(name)):
                    whole[name] = whole.get(name, "") + text
            whole["finish_reason"] = choice.get("finish_reason") or whole["finish_reason"]
    choices = [{"message": whole, "finish_reason": whole["finish_reason"]}] if seen else []
    return {"choices": choices, "usage": usage}


def _text(content: Any) -> str:
    """The content as one text; some servers send it in parts, of which thoughts are none."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict) and "text" in part.get("type", "text"))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _usage(usage: Any) -> tuple[int, int]:
    if not isinstance(usage, dict):
        return 0, 0
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    prompt, completion = (
        count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0 for count in counts
    )
    return prompt, completion
