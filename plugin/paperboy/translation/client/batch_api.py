"""The endpoint's Batch API: requests go up as a file, a batch is made of it, and answers come down as files.

Form and limits: https://platform.openai.com/docs/guides/batch. As in `client.py`, answers are read raw and
within bounds, redirects are refused, and a failure has a name that says whether anything was done.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec
import openai

from paperboy.translation.client import errors as failures
from paperboy.translation.client.chat_completions import addresses, connect, place, secrets, within_bounds, without
from paperboy.translation.client.completion import HTTPStatusError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from paperboy.domain.config import TranslationOptions

TRIES = 3
"""Times that a request is sent which may be sent again without harm."""

FIRST_WAIT = 1.0
"""Seconds before the second try; each further one waits twice as long."""

LONGEST_TRANSFER = 1800.0
"""Seconds for a file of requests or answers, which may have 200 MB."""

MOST_BYTES = 2**31
"""Bytes of a file of answers that are read: 50,000 of 40 KB each."""

MOST_PAGES = 50
"""Pages of 100 batches that are looked through for one."""

MARK = "paperboy"
"""The name in a batch's metadata under which the name of its record stands."""

OVER = frozenset({"completed", "expired", "cancelled", "failed"})
"""States in which a batch brings no more answers. One that expired or was cancelled brought some, and bills these."""

_Kind = TypeVar("_Kind")
_LATER = (408, 409, 425, 429)


class Refused(failures.Failure):
    """The endpoint will not do this, and has not: the status, and what it said."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"HTTP {status}: {reason}")
        self.status = status


class BatchStatus(msgspec.Struct, frozen=True):
    """What the endpoint says of a batch."""

    id: str
    status: str
    input_file_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: Any = None
    request_counts: dict[str, int | None] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        """Whether no more answers will come."""
        return self.status in OVER

    @property
    def reason(self) -> str:
        """Why the endpoint took none of the requests, in its words."""
        data = self.errors.get("data") if isinstance(self.errors, dict) else self.errors
        return failures.said(msgspec.json.encode({"error": data}))

    @property
    def done(self) -> str:
        """How far it is: `312 of 812`."""
        counts = self.request_counts or {}
        return f"{counts.get('completed') or 0} of {counts.get('total') or '?'}"


class _ServiceFile(msgspec.Struct, frozen=True):
    id: str


class _Page(msgspec.Struct, frozen=True):
    data: list[BatchStatus]
    has_more: bool = False


class BatchService:
    """Batches at one address: the first of `translation.base_url`. To be used in an `async with` block.

    Arguments:
        options: Address and time-out.
        api_key: The key.

    Raises:
        ModelError: The key holds what no key can hold.
    """

    def __init__(self, options: TranslationOptions, api_key: str | None) -> None:
        self._client = connect(options, api_key)
        self._secrets = secrets(options, self._client)
        self._timeout = options.timeout

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.close()

    @property
    def base_url(self) -> str:
        """The address, as the memory of capabilities knows it."""
        return place(self._client)

    def without_key(self, body: bytes) -> bytes:
        """What the endpoint sent, without the key, should it send that back."""
        return without(body, *self._secrets)

    async def upload(self, name: str, requests: BinaryIO) -> str:
        """Upload a file of requests; gives the endpoint's name of it."""
        create = self._client.files.with_streaming_response.create

        def send() -> Any:
            requests.seek(0)
            return create(file=(f"{name}.jsonl", requests), purpose="batch", timeout=LONGEST_TRANSFER)

        return _decode_response(await self._call(send, LONGEST_TRANSFER), _ServiceFile).id

    async def create(self, file: str, name: str) -> BatchStatus:
        """Make a batch of an uploaded file. It is asked for once: a second asking could make a second batch.

        Raises:
            Refused: There is no batch.
            failures.Failure: Nobody knows; `find()` tells.
        """
        create = self._client.batches.with_streaming_response.create
        return _decode_response(
            await self._call(
                lambda: create(
                    input_file_id=file,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={MARK: name},
                ),
                tries=1,
            ),
            BatchStatus,
        )

    async def find(self, name: str, file: str) -> BatchStatus | None:
        """The batch that was made for a record, if one was: by its mark, or by its file where marks are not kept."""
        ask = self._client.batches.with_streaming_response.list
        after: Mapping[str, str] = {}
        for _ in range(MOST_PAGES):
            page = _decode_response(await self._call(lambda after=after: ask(limit=100, **after)), _Page)
            for state in page.data:
                if (state.metadata or {}).get(MARK) == name or (file and state.input_file_id == file):
                    return state
            if not (page.has_more and page.data):
                break
            after = {"after": page.data[-1].id}
        return None

    async def state(self, batch: str) -> BatchStatus:
        """How far a batch is."""
        ask = self._client.batches.with_streaming_response.retrieve
        return _decode_response(await self._call(lambda: ask(batch)), BatchStatus)

    async def download(self, file: str, into: BinaryIO) -> None:
        """Append a file's bytes to another, which ends with a line break then."""
        ask = self._client.files.with_streaming_response.content
        start = into.tell()

        async def copy(response: Any) -> bytes:
            into.seek(start)
            into.truncate()
            async for chunk in response.iter_bytes():
                into.write(chunk)
                if into.tell() - start > MOST_BYTES:
                    raise failures.Broken(f"a file of answers has more than {MOST_BYTES:,} bytes")
            into.write(b"\n")
            return b""

        await self._call(lambda: ask(file, timeout=LONGEST_TRANSFER), LONGEST_TRANSFER, read=copy)

    async def _call(
        self,
        send: Callable[..., Any],
        timeout: float | None = None,  # noqa: ASYNC109  it holds for each try
        *,
        tries: int = TRIES,
        read: Callable[[Any], Any] | None = None,
    ) -> bytes:
        """Send a request until there is an answer, `tries` times at most; gives its body."""
        for number in range(1, tries + 1):
            try:
                return await self._once(send, timeout or self._timeout, read or _body)
            except Refused:
                raise
            except failures.Failure:
                if number == tries:
                    raise
                await asyncio.sleep(FIRST_WAIT * 2 ** (number - 1))
        raise AssertionError("unreachable")  # pragma: no cover

    async def _once(self, send: Callable[..., Any], seconds: float, read: Callable[[Any], Any]) -> bytes:
        try:
            async with asyncio.timeout(seconds), send() as response:
                return self.without_key(await read(response))
        except (TimeoutError, openai.APITimeoutError):
            raise failures.Slow(f"no complete answer within {seconds:g} seconds") from None
        except Exception as error:
            cause = error.__cause__ or error
            if isinstance(cause, failures.Failure):
                raise cause from None
            if isinstance(cause, OSError) and not isinstance(cause, ConnectionError):
                raise
            if not isinstance(cause, HTTPStatusError):
                raise failures.Broken(f"the connection failed ({type(cause).__name__})") from None
            reason = failures.hidden(failures.said(self.without_key(cause.body)), *self._secrets)
            if cause.status in _LATER or cause.status >= 500:  # noqa: PLR2004  the server's own errors
                raise failures.Broken(f"HTTP {cause.status}: {reason}") from None
            raise Refused(cause.status, reason) from None


def address(options: TranslationOptions) -> str:
    """A hash of where batches go: an answer can be had only there, and the address is nobody else's business."""
    return hashlib.sha256(addresses(options)[0].encode("utf-8", "replace")).hexdigest()[:24]


async def _body(response: Any) -> bytes:
    return await within_bounds(response.iter_bytes())


def _decode_response(body: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        start = body[:40].decode("utf-8", "replace")
        raise failures.Broken(f"it answered with something else than was asked for: {start!r}") from None
