"""One model behind one address: a question goes out, a reply comes back, or a failure that has a name.

`openai`'s own transport is used as it is. Three things are done on the raw answer, because the client's
parsed one cannot be trusted with them: the size is bounded, redirects are refused (paper text and key
would leave the host), and a body that is no completion is a failure instead of an `AttributeError`.
"""

from __future__ import annotations

import asyncio
import copy
import json
import math
import os
import re
from typing import TYPE_CHECKING, Any, Literal

import openai

from paperboy.domain.config import split_addresses
from paperboy.domain.errors import ModelError
from paperboy.translation.client import errors
from paperboy.translation.client.capabilities import Capabilities, step_down
from paperboy.translation.prompts.prompt import SCHEMA
from paperboy.translation.validation.response import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from paperboy.domain.config import TranslationOptions
    from paperboy.translation.client.capabilities import Taken

DEFAULT_URL = "https://api.openai.com/v1"
"""Where `openai` asks when nobody names another address."""

MOST_BYTES = 4 * 2**20
"""Bytes of a body that are read; a completion of 200,000 characters fits in twice."""

MOST_TOKENS = 8192
"""Tokens that an answer may take: an abstract needs 800, and a model that thinks aloud some thousands."""

ROOM = 3
"""How many times the tokens of the longest answer so far, for its length, one may take from a model that does
not think aloud: a small one in a loop would write on for minutes."""

_FROM = 3
_AT_LEAST = 256

_FORMATS: dict[str, dict[str, Any]] = {
    "json_schema": {
        "type": "json_schema",
        "json_schema": {"name": "translation", "strict": True, "schema": SCHEMA},
    },
    "json_object": {"type": "json_object"},
}
_FORMAT_REFUSED = re.compile(
    r"response.?format|json.?schema|json.?object|structured.?output|json.?mode|guided|grammar",
    re.IGNORECASE,
)
_LIMIT_REFUSED = re.compile(r"max_(?:completion_)?tokens|in the completion", re.IGNORECASE)


class HTTPStatusError(Exception):
    """An answer with a status outside 200 to 299, read up to the limit."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


def addresses(options: TranslationOptions) -> tuple[str, ...]:
    """Where to ask: the options' addresses, else those of the environment, else OpenAI's own."""
    return options.addresses or split_addresses(os.environ.get("OPENAI_BASE_URL", "")) or (DEFAULT_URL,)


def connect(options: TranslationOptions, api_key: str | None, address: str | None = None) -> openai.AsyncOpenAI:
    """A client for one address, by default the first; the caller closes it.

    Raises:
        ModelError: The key holds what no key can hold. It is not repeated in the message.
    """
    key = "".join((api_key or "").split())
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"the key in {options.api_key_env} holds characters that no key has; copy it anew")
    return openai.AsyncOpenAI(
        api_key=key or "none",  # local servers want a key to be there, and take any
        base_url=address or addresses(options)[0],
        timeout=options.timeout,
        max_retries=0,  # the client would not wait longer than two minutes, nor tell the other workers
        http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False, event_hooks={"response": [_raise_unless_ok]}
        ),
    )


def parameters(taken: Taken, room: int, *, plain: bool = False) -> dict[str, Any]:
    """What stands in a request beside model and messages, as far as the endpoint takes it.

    Arguments:
        taken: What the endpoint takes.
        room: The tokens that an answer may take.
        plain: Whether the answer is a text and no JSON object.
    """
    settings: dict[str, Any] = {}
    if not plain and (kind := _FORMATS.get(taken.format)) is not None:
        settings["response_format"] = kind
    if taken.limit != "none":
        settings[taken.limit] = room
    if taken.temperature:
        settings["temperature"] = 0
    return settings


def refused(sent: Taken, status: int, body: bytes) -> Literal["format", "limit", "temperature"] | None:
    """The parameter of a request that a refusal names, if it names one that was sent."""
    named = errors.said(body)
    if status not in (400, 404, 422) or errors.is_filter(named):
        return None
    if sent.temperature and "temperature" in named.lower():
        return "temperature"
    if sent.limit != "none" and _LIMIT_REFUSED.search(named):
        return "limit"
    if sent.format != "prompt alone" and _FORMAT_REFUSED.search(named):
        return "format"
    return None


class Endpoint:
    """A model, and what it was found not to take: learnt once, and remembered."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        timeout: float,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.model = model
        self._client = client
        self._timeout = timeout
        self._taken = (capabilities or Capabilities(None)).of(str(client.base_url), model)
        self._finished = 0
        self._rate = 0.0

    def __repr__(self) -> str:
        """The model and the form of answer that it takes; never the key."""
        return f"<Endpoint {self.model} {self._taken.format}>"

    async def ask(self, messages: Sequence[Mapping[str, str]], *, plain: bool = False) -> Reply:
        """Send one conversation; `plain` for an answer that is a text and no JSON object.

        A parameter that the server refuses is left out, and the question asked again at once: such a
        refusal costs nothing, and happens at most once for each rung.

        Raises:
            failures.Failure: In one of its kinds.
        """
        while True:
            sent = copy.copy(self._taken)
            key = self._client.api_key
            try:
                reply = completion(without(await self._send(messages, plain=plain), key))
            except HTTPStatusError as answer:
                if not self._step_down(answer, sent):
                    raise self._named(answer) from None
            except errors.Failure as failure:
                raise failure.without(key) from None
            else:
                reply = reply._replace(content=errors.hidden(reply.content, key))
                self._measure(messages, reply)
                return reply

    def _measure(self, messages: Sequence[Mapping[str, str]], reply: Reply) -> None:
        """Learn how many tokens this model takes for a character of the text that it is asked about."""
        if reply.finish != "stop" or not (reply.content and reply.completion_tokens):
            return
        self._finished += 1
        if reply.completion_tokens > 2 * len(reply.content) + 50:
            self._rate = math.inf  # it thinks aloud, and nobody can tell for how long
        self._rate = max(self._rate, reply.completion_tokens / max(1, len(messages[-1]["content"])))

    def _room(self, messages: Sequence[Mapping[str, str]]) -> int:
        """The tokens that an answer may take."""
        if self._finished < _FROM:
            return MOST_TOKENS
        return int(min(MOST_TOKENS, _AT_LEAST + ROOM * self._rate * len(messages[-1]["content"])))

    async def _send(self, messages: Sequence[Mapping[str, str]], *, plain: bool) -> bytes:
        """The body of a good answer; the deadline holds for the whole call, not for each read of it."""
        settings = parameters(self._taken, self._room(messages), plain=plain)
        conversation: Any = list(messages)
        create = self._client.chat.completions.with_streaming_response.create
        try:
            async with (
                asyncio.timeout(self._timeout),
                create(model=self.model, messages=conversation, **settings) as response,
            ):
                return await within_bounds(response.iter_bytes())
        except (errors.Failure, HTTPStatusError):
            raise
        except (TimeoutError, openai.APITimeoutError):
            raise errors.Slow(f"no complete answer within {self._timeout:g} seconds") from None
        except Exception as error:  # noqa: BLE001  the transport's own errors: its package is not ours to import
            cause = error.__cause__ or error
            if isinstance(cause, (errors.Failure, HTTPStatusError)):
                raise cause from None  # early 3.x wraps what our own hook raises
            raise errors.Broken(f"the connection failed ({type(cause).__name__})") from None

    def _step_down(self, answer: HTTPStatusError, sent: Taken) -> bool:
        """Leave out what a refusal names; True if there was something to leave out."""
        what = refused(sent, answer.status, answer.body)
        if what is None:
            return False
        # Other workers may have met the same refusal meanwhile: then the next try is already another one.
        if getattr(sent, what) == getattr(self._taken, what):
            step_down(self._taken, what)
        return True

    def _named(self, answer: HTTPStatusError) -> errors.Failure:
        key = self._client.api_key
        headers = {name: errors.hidden(value, key) for name, value in answer.headers.items()}
        return errors.from_status(answer.status, headers, without(answer.body, key), self.model).without(key)


def without(body: bytes, key: str) -> bytes:
    """A body without the key, should the server send it back: nothing of it may come into a log or the archive."""
    return errors.hidden(body.decode("utf-8", "surrogateescape"), key).encode("utf-8", "surrogateescape")


async def within_bounds(chunks: AsyncIterator[bytes]) -> bytes:
    """A body, up to `MOST_BYTES`."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MOST_BYTES:
            raise errors.Broken(f"its answer is longer than {MOST_BYTES:,} bytes")
    return bytes(body)


async def _raise_unless_ok(response: Any) -> None:
    """Read an answer that is no success within bounds; the client would read all of it."""
    if 200 <= response.status_code < 300:  # noqa: PLR2004  what HTTP calls success
        return
    body = await within_bounds(response.aiter_bytes())
    raise HTTPStatusError(response.status_code, dict(response.headers), body)


def completion(body: bytes) -> Reply:
    """Read a completion, whatever else was sent with status 200.

    Raises:
        failures.Broken: It is none.
        HTTPStatusError: It is an error after all.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        start = body[:40].decode("utf-8", "replace")
        raise errors.Broken(f"it answered 200 with something else than JSON: {start!r}") from None
    if not isinstance(data, dict):
        raise errors.Broken("it answered 200 with JSON that is no completion")
    choices, error = data.get("choices"), data.get("error")
    tokens = _usage(data.get("usage"))
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        if error:
            code = error.get("code") if isinstance(error, dict) else None
            if isinstance(code, int) and 400 <= code < 600:  # noqa: PLR2004  HTTP's error statuses
                raise HTTPStatusError(code, {}, body)
            raise errors.Broken(f"it answered 200 with an error: {errors.said(body)}")
        if not any(tokens):
            raise errors.Broken("it answered 200 without a choice")
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
