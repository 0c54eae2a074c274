"""One model behind one address: a question goes out, a reply comes back, or a failure that has a name.

`openai`'s own transport is used as it is. Three things are done on the raw answer, because the client's
parsed one cannot be trusted with them: the size is bounded, redirects are refused (paper text and key
would leave the host), and a body that is no completion is a failure instead of an `AttributeError`.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import openai

from paperboy.domain.config import split_addresses
from paperboy.domain.errors import ModelError
from paperboy.translation.client import errors
from paperboy.translation.client.capabilities import MOST_ROOM, ORDER, Capabilities, Ladder
from paperboy.translation.client.completion import HTTPStatusError, completion
from paperboy.translation.prompts.prompt import SCHEMA
from paperboy.translation.validation import response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from paperboy.domain.config import TranslationOptions
    from paperboy.translation.client.capabilities import Taken
    from paperboy.translation.validation.response import Reply

DEFAULT_URL = "https://api.openai.com/v1"
"""Where `openai` asks when nobody names another address."""

MOST_BYTES = 4 * 2**20
"""Bytes of a body that are read; a completion of 200,000 characters fits in twice."""

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
FIRST_ANSWER = 14.0
"""Seconds without an answer after which a server that has not answered in this run is asked for a sign of life."""

SIGN_OF_LIFE = 7.0
"""Seconds that it has for that."""

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


def addresses(options: TranslationOptions) -> tuple[str, ...]:
    """Where to ask: the options' addresses, else those of the environment, else OpenAI's own."""
    return options.addresses or split_addresses(os.environ.get("OPENAI_BASE_URL", "")) or (DEFAULT_URL,)


def split_address(address: str) -> tuple[str, dict[str, str]]:
    """An address as people paste it: without the route that the client adds, and its query apart."""
    parts = urlsplit(address.strip())
    path = re.sub(r"(/chat/completions|/completions|/responses|/)+/*$", "", parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")), dict(parse_qsl(parts.query, keep_blank_values=True))


def connect(options: TranslationOptions, api_key: str | None, address: str | None = None) -> openai.AsyncOpenAI:
    """A client for one address, by default the first; the caller closes it.

    Raises:
        ModelError: The key holds what no key can hold, or a header's variable is not set. No value is repeated.
    """
    key = "".join((api_key or "").split())
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"the key in {options.api_key_env} holds characters that no key has; copy it anew")
    base, query = split_address(address or addresses(options)[0])
    return openai.AsyncOpenAI(
        api_key=key or "none",  # local servers want a key to be there, and take any
        base_url=base,
        default_query=query,
        default_headers=headers(options),
        timeout=options.timeout,
        max_retries=0,  # the client would not wait longer than two minutes, nor tell the other workers
        http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False, event_hooks={"response": [_raise_unless_ok]}
        ),
    )


def place(client: openai.AsyncOpenAI) -> str:
    """The address with its query, as the memory of capabilities knows it."""
    return str(client.base_url) + (urlencode(client.default_query) if client.default_query else "")


def headers(options: TranslationOptions) -> dict[str, str]:
    """`translation.headers` with the values of the environment's variables in them.

    Raises:
        ModelError: A variable is not set, or holds what no header can hold.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        value = os.environ.get(name, "").strip()
        if not value or not (value.isascii() and value.isprintable()):
            raise ModelError(f"the variable {name}, which translation.headers names, is not set or holds no plain text")
        return value

    return {name: _VARIABLE.sub(value_of, value) for name, value in options.headers.items()}


def secrets(options: TranslationOptions, client: openai.AsyncOpenAI) -> tuple[str, ...]:
    """What must stand in no output: the key, and the headers that come from the environment."""
    names = [name for name, value in options.headers.items() if _VARIABLE.search(value)]
    values = [headers(options)[name] for name in names]
    return (client.api_key, *values, *(part for value in values for part in value.split()))


def parameters(
    taken: Taken, room: int, extra: Mapping[str, Any] | None = None, *, plain: bool = False
) -> dict[str, Any]:
    """What stands in a request beside model and messages, as far as the endpoint takes it.

    Arguments:
        taken: What the endpoint takes.
        room: The tokens that an answer may take.
        extra: The owner's parameters, which come before ours; `null` leaves one out.
        plain: Whether the answer is a text and no JSON object.
    """
    settings: dict[str, Any] = {}
    if not plain and (kind := _FORMATS.get(taken.format)) is not None:
        settings["response_format"] = kind
    if taken.limit != "none":
        settings[taken.limit] = room
    if taken.temperature:
        settings["temperature"] = 0
    given = dict(extra or {})
    if isinstance(more := given.pop("extra_body", None), dict):
        given |= more  # as the examples for `openai` have it
    return {name: value for name, value in (settings | given).items() if value is not None or name not in given}


def conversation(taken: Taken, messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The messages, with the instructions in the user's own where there is no system role."""
    if taken.system:
        return [dict(message) for message in messages]
    return [{"role": "user", "content": "\n\n".join(message["content"] for message in messages)}]


class Endpoint:
    """A model, and the form of request that it takes: learnt once, and remembered.

    Arguments:
        client: The connection.
        model: The model's name.
        options: The plugin's options of translation.
        capabilities: What is remembered of endpoints.
    """

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        options: TranslationOptions,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.model = model
        self.in_flight = 0
        self._client = client
        self._options = options
        self._secrets = secrets(options, client)
        self._taken = (capabilities or Capabilities(None)).of(place(client), model)
        self._ladder = Ladder(self._taken)
        self._finished = 0
        self._rate = 0.0
        self._is_alive = False
        self._waited = 0.0

    def __repr__(self) -> str:
        """The model and the form of answer that it takes; never the key."""
        return f"<Endpoint {self.model} {self._ladder.form.format}>"

    @property
    def settled(self) -> bool:
        """Whether it has answered in this run; until then it is asked one question at a time."""
        return self._ladder.settled

    @property
    def taken(self) -> Taken:
        """What it takes, as far as known."""
        return self._taken

    async def ask(self, messages: Sequence[Mapping[str, str]], *, plain: bool = False) -> Reply:
        """Send one conversation; `plain` for an answer that is a text and no JSON object.

        While the endpoint has not answered yet, what it does not take is left out, and the question asked again
        at once; so is a question whose answer was cut within the model's thoughts, with more room.

        Raises:
            errors.Failure: In one of its kinds.
        """
        while True:
            room = self._room(messages)
            try:
                reply = completion(without(await self._send(messages, room, plain=plain), *self._secrets))
            except HTTPStatusError as answer:
                found = errors.meaning(answer.status, answer.headers, without(answer.body, *self._secrets))
                self._is_alive = True
                if not self._asks_again(found, answer.status):
                    raise self._failure(found, answer.status) from None
            except errors.Failure as failure:
                raise failure.without(*self._secrets) from None
            else:
                self._is_alive = True
                self._ladder.answered()
                reply = reply._replace(content=errors.hidden(reply.content, *self._secrets))
                self._measure(messages, reply)
                return reply._replace(room=room)

    def widen(self, reply: Reply) -> bool:
        """Give answers more room where a model's thoughts did not fit; True if the question is to be asked again."""
        if reply.finish != "length" or not _is_thinking(reply) or self._options.max_output_tokens:
            return False
        if reply.room >= self._taken.room and self._taken.room < MOST_ROOM:
            self._taken.learn(room=min(MOST_ROOM, 2 * self._taken.room))
        self._rate = math.inf
        return reply.room < self._taken.room

    def _measure(self, messages: Sequence[Mapping[str, str]], reply: Reply) -> None:
        """Learn how many tokens this model takes for a character of the text that it is asked about."""
        if reply.finish != "stop" or not (reply.content and reply.completion_tokens):
            return
        self._finished += 1
        if _is_thinking(reply):
            self._rate = math.inf  # nobody can tell for how long
        self._rate = max(self._rate, reply.completion_tokens / max(1, len(messages[-1]["content"])))

    def _room(self, messages: Sequence[Mapping[str, str]]) -> int:
        """The tokens that an answer may take."""
        most = self._options.max_output_tokens or self._taken.room
        if self._finished < _FROM or self._options.max_output_tokens:
            return most
        return int(min(most, _AT_LEAST + ROOM * self._rate * len(messages[-1]["content"])))

    async def _send(self, messages: Sequence[Mapping[str, str]], room: int, *, plain: bool) -> bytes:
        """The body of a good answer; the deadline holds for the whole call, not for each read of it."""
        whole = self._options.timeout
        if not self._is_alive and self._taken.slow:
            await self._look_for_life()
        first = whole if self._is_alive else min(whole, max(1.0, FIRST_ANSWER - self._waited))
        try:
            return await self._post(messages, room, first, plain=plain)
        except errors.Slow:
            self._waited += first
            if self._is_alive or self._waited < FIRST_ANSWER:
                raise
        await self._look_for_life()
        if first < whole:
            self._taken.learn(slow=True)
        return await self._post(messages, room, whole, plain=plain)

    async def _look_for_life(self) -> None:
        """Ask for one token: a model may think for a minute about a text, but not about this."""
        try:
            await self._post([{"role": "user", "content": "Hi"}], 1, SIGN_OF_LIFE, plain=True)
        except errors.Failure:
            seconds = self._waited + SIGN_OF_LIFE
            raise errors.Fatal(
                f"the server does not answer: nothing came within {seconds:.0f} seconds, not to a question of one "
                "word either; check translation.base_url and the server"
            ) from None
        except HTTPStatusError:
            pass
        self._is_alive = True

    async def _post(self, messages: Sequence[Mapping[str, str]], room: int, timeout: float, *, plain: bool) -> bytes:  # noqa: ASYNC109  it is an error by name
        form = self._ladder.form
        body = parameters(form, room, self._options.parameters, plain=plain)
        create = self._client.chat.completions.with_streaming_response.create
        try:
            async with (
                asyncio.timeout(timeout),
                create(model=self.model, messages=conversation(form, messages), extra_body=body) as response,  # type: ignore[arg-type]  # of OpenAI's roles
            ):
                return await within_bounds(response.iter_bytes())
        except (errors.Failure, HTTPStatusError):
            raise
        except (TimeoutError, openai.APITimeoutError):
            raise errors.Slow(f"no complete answer within {timeout:g} seconds") from None
        except Exception as error:  # noqa: BLE001  the transport's own errors: its package is not ours to import
            cause = error.__cause__ or error
            if isinstance(cause, (errors.Failure, HTTPStatusError)):
                raise cause from None  # early 3.x wraps what our own hook raises
            raise errors.Broken(f"the connection failed ({type(cause).__name__})") from None

    def _asks_again(self, found: errors.Meaning, status: int) -> bool:
        """Whether the question goes out again in another form, for what the endpoint does not take."""
        if status >= 500 and found.kind in ("broken", "format"):  # noqa: PLR2004  the server's own errors
            return self._ladder.crashed()
        if found.kind == "refused" and status == 404 and not self._has_version:  # noqa: PLR2004  no such address
            return False
        return found.kind in ("refused", *ORDER) and self._ladder.refused(
            next((p for p in ORDER if p == found.kind), None)
        )

    def _failure(self, found: errors.Meaning, status: int) -> errors.Failure:
        if found.kind == "refused" and status == 404 and not self._has_version:  # noqa: PLR2004  as above
            found = found._replace(kind="address")
        elif found.kind in ("refused", *ORDER) and self._ladder.exhausted and 400 <= status < 500:  # noqa: PLR2004
            found = found._replace(kind="form")
        if found.kind in ("address", "broken") and not (self._has_version or self.settled):
            found = found._replace(detail=f"translation.base_url has no /v1 at its end, as most have; {found.detail}")
        return errors.failure(found, status, self.model).without(*self._secrets)

    @property
    def _has_version(self) -> bool:
        return re.search(r"/v\d", str(self._client.base_url)) is not None


def without(body: bytes, *secrets: str) -> bytes:
    """A body without the key, should the server send it back: nothing of it may come into a log or the archive."""
    return errors.hidden(body.decode("utf-8", "surrogateescape"), *secrets).encode("utf-8", "surrogateescape")


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


def _is_thinking(reply: Reply) -> bool:
    """Whether a model thinks before it answers: thoughts are there, or took all of the room, or tokens say so."""
    return (
        reply.has_thoughts
        or not reply.content.strip()
        or response.thinks(reply.content)
        or reply.completion_tokens > 2 * len(reply.content) + 50
    )
