"""One model behind one address: a question goes out, a reply comes back, or a failure that has a name.

`openai`'s own transport is used as it is. Three things are done on the raw answer, because the client's
parsed one cannot be trusted with them: the size is bounded, redirects are refused (paper text and key
would leave the host), and a body that is no completion is a failure instead of an `AttributeError`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import openai

from paperboy.errors import ModelError
from paperboy.translate import failures
from paperboy.translate.prompt import SCHEMA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from paperboy.config import TranslationOptions

DEFAULT_URL = "https://api.openai.com/v1"
"""Where `openai` asks when nobody names another address."""

MOST_BYTES = 4 * 2**20
"""Bytes of a body that are read; a completion of 200,000 characters fits in twice."""

MOST_TOKENS = 8192
"""Tokens that an answer may take: an abstract needs 800, and a model that thinks aloud some thousands."""

_FORMATS: tuple[dict[str, Any] | None, ...] = (
    {
        "type": "json_schema",
        "json_schema": {"name": "translation", "strict": True, "schema": SCHEMA},
    },
    {"type": "json_object"},
    None,
)
_LIMITS = ("max_completion_tokens", "max_tokens", None)
_FORMAT_REFUSED = re.compile(
    r"response.?format|json.?schema|json.?object|structured.?output|json.?mode|guided|grammar",
    re.IGNORECASE,
)
_LIMIT_REFUSED = re.compile(r"max_(?:completion_)?tokens|in the completion", re.IGNORECASE)


class Reply(NamedTuple):
    """What came back: the text, how it ended, and the endpoint's own count of tokens (0 if it has none)."""

    content: str
    finish: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _NotOk(Exception):
    """An answer with a status outside 200 to 299, read up to the limit."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


def connect(options: TranslationOptions, api_key: str | None) -> openai.AsyncOpenAI:
    """A client for the configured address; the caller closes it.

    Raises:
        ModelError: The key holds what no key can hold. It is not repeated in the message.
    """
    key = "".join((api_key or "").split())
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"the key in {options.api_key_env} holds characters that no key has; copy it anew")
    address = options.base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_URL
    return openai.AsyncOpenAI(
        api_key=key or "none",  # local servers want a key to be there, and take any
        base_url=address,
        timeout=options.timeout,
        max_retries=0,  # the client would not wait longer than two minutes, nor tell the other workers
        http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False, event_hooks={"response": [_raise_unless_ok]}
        ),
    )


class Endpoint:
    """A model, and what it was found not to take: learnt once, and remembered for the run."""

    def __init__(self, client: openai.AsyncOpenAI, model: str, timeout: float) -> None:
        self.model = model
        self._client = client
        self._timeout = timeout
        self._format = 0
        self._limit = 0
        self._temperature = True

    def __repr__(self) -> str:
        """The model and the form of answer that it takes; never the key."""
        kind = _FORMATS[self._format]
        return f"<Endpoint {self.model} {kind['type'] if kind else 'prompt alone'}>"

    async def ask(self, messages: Sequence[Mapping[str, str]]) -> Reply:
        """Send one conversation.

        A parameter that the server refuses is left out, and the question asked again at once: such a
        refusal costs nothing, and happens at most once for each rung.

        Raises:
            failures.Failure: In one of its kinds.
        """
        while True:
            rungs = (self._format, self._limit, self._temperature)
            try:
                return _completion(await self._send(messages))
            except _NotOk as answer:
                if not self._step_down(answer, rungs):
                    raise self._named(answer) from None

    async def _send(self, messages: Sequence[Mapping[str, str]]) -> bytes:
        """The body of a good answer; the deadline holds for the whole call, not for each read of it."""
        parameters: dict[str, Any] = {}
        if (kind := _FORMATS[self._format]) is not None:
            parameters["response_format"] = kind
        if (limit := _LIMITS[self._limit]) is not None:
            parameters[limit] = MOST_TOKENS
        if self._temperature:
            parameters["temperature"] = 0
        conversation: Any = list(messages)
        create = self._client.chat.completions.with_streaming_response.create
        try:
            async with (
                asyncio.timeout(self._timeout),
                create(model=self.model, messages=conversation, **parameters) as response,
            ):
                return await _within_bounds(response.iter_bytes())
        except (failures.Failure, _NotOk):
            raise
        except (TimeoutError, openai.APITimeoutError):
            raise failures.Slow(f"no complete answer within {self._timeout:g} seconds") from None
        except Exception as error:  # noqa: BLE001  the transport's own errors: its package is not ours to import
            cause = error.__cause__ or error
            if isinstance(cause, (failures.Failure, _NotOk)):
                raise cause from None  # early 3.x wraps what our own hook raises
            raise failures.Broken(f"the connection failed ({type(cause).__name__})") from None

    def _step_down(self, answer: _NotOk, rungs: tuple[int, int, bool]) -> bool:
        """Leave out what a refusal names; True if there was something to leave out."""
        if answer.status not in (400, 404, 422) or failures.is_filter(failures.said(answer.body)):
            return False
        named = failures.said(answer.body)
        kind, limit, temperature = rungs
        # Other workers may have met the same refusal meanwhile: then the next try is already another one.
        if temperature and "temperature" in named.lower():
            self._temperature = False
        elif limit < len(_LIMITS) - 1 and _LIMIT_REFUSED.search(named):
            self._limit = max(self._limit, limit + 1)
        elif kind < len(_FORMATS) - 1 and _FORMAT_REFUSED.search(named):
            self._format = max(self._format, kind + 1)
        else:
            return False
        return True

    def _named(self, answer: _NotOk) -> failures.Failure:
        failure = failures.from_status(answer.status, answer.headers, answer.body, self.model)
        return failure.without(self._client.api_key)


async def _within_bounds(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MOST_BYTES:
            raise failures.Broken(f"its answer is longer than {MOST_BYTES:,} bytes")
    return bytes(body)


async def _raise_unless_ok(response: Any) -> None:
    """Read an answer that is no success within bounds; the client would read all of it."""
    if 200 <= response.status_code < 300:  # noqa: PLR2004  what HTTP calls success
        return
    body = await _within_bounds(response.aiter_bytes())
    raise _NotOk(response.status_code, dict(response.headers), body)


def _completion(body: bytes) -> Reply:
    """Read a completion, whatever else was sent with status 200."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        start = body[:40].decode("utf-8", "replace")
        raise failures.Broken(f"it answered 200 with something else than JSON: {start!r}") from None
    if not isinstance(data, dict):
        raise failures.Broken("it answered 200 with JSON that is no completion")
    choices, error = data.get("choices"), data.get("error")
    tokens = _usage(data.get("usage"))
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        if error:
            code = error.get("code") if isinstance(error, dict) else None
            if isinstance(code, int) and 400 <= code < 600:  # noqa: PLR2004  HTTP's error statuses
                raise _NotOk(code, {}, body)
            raise failures.Broken(f"it answered 200 with an error: {failures.said(body)}")
        if not any(tokens):
            raise failures.Broken("it answered 200 without a choice")
        return Reply("", "no-choice", *tokens)
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    finish = choice.get("finish_reason")
    return Reply(_text(content), finish if isinstance(finish, str) else "stop", *tokens)


def _text(content: Any) -> str:
    """The content as one text; some servers send it in parts."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
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
