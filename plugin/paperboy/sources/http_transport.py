"""The HTTP transport of a source: rate limit, conditional cache, and bounds of bytes and seconds."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import time
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from cachecontrol import CacheController
from cachecontrol.caches import FileCache
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError, HTTPError

from paperboy import __version__
from paperboy.domain.config import ARXIV_INTERVAL
from paperboy.domain.errors import BadAnswer, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from requests import PreparedRequest, Response

    from paperboy.domain.config import ArxivOptions, HuggingFaceOptions

log = logging.getLogger(__name__)

AGENT = f"paperboy/{__version__} (mkdocs-paperboy)"
"""Who we are, to the hosts and in the reading of their robots.txt."""

XML = "application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"
HTML = "text/html, application/xhtml+xml;q=0.9"
MAX_BYTES = 32 * 1024 * 1024
LATER = "what is missing will be completed by a later build"
"""What to do about an answer that did not come: nothing."""

_CONNECT = 10.0
_SILENCE = 60.0
_CHUNK = 64 * 1024
_FRAMING = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_KEPT_FOR = 30 * 24 * 3600.0
_WINDOW = re.compile(r";\s*t=(\d{1,6})\b")


class RateLimiter:
    """Limits the rate of requests, across builds too: `stamp` is a file whose time is that of the last request."""

    def __init__(
        self,
        limits: ArxivOptions | HuggingFaceOptions,
        cool_down: float,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
        stamp: Path | None = None,
    ) -> None:
        self.delays: dict[str, float] = {}
        self.now = monotonic
        self._sleep = sleep
        self._interval = limits.request_interval
        self._time_limit = limits.time_limit
        self._place = limits.place
        self._cool_down = cool_down
        self._deadline: float | None = None
        self._stamp = stamp
        self._last: float | None = self._last_of_a_former_build()
        self._rest_until = float("-inf")
        self._rest_after = ""
        self._strikes = 0

    def acquire(self, url: str) -> float:
        """Wait until a request may be made; the seconds that are left for it."""
        now = self.now()
        if self._deadline is None:
            self._deadline = now + self._time_limit
        start = max(now, self._rest_until)
        if self._last is not None:
            # Its own hosts are asked as its terms say, whatever interval was set for a mirror.
            least = ARXIV_INTERVAL if is_arxiv(urlsplit(url).hostname) else 0.0
            start = max(start, self._last + max(self._interval, self.delays.get(origin(url), 0.0), least))
        if start >= self._deadline:
            cause = f" after {self._rest_after}" if start == self._rest_until else ""
            raise Unreachable(
                f"{url}: not asked, for the wait of {start - now:.0f} s{cause} would pass "
                f"{self._place}.time_limit ({self._time_limit:g} s); {LATER}"
            )
        if start > now:
            self._sleep(start - now)
        return self._deadline - start

    def record(self, status: int | None, headers: Mapping[str, str]) -> None:
        """Take note of an answer, or of there being none, and of the rest that it asks for."""
        # Counted from the answer: what delays one request must not bring the next one closer to it.
        self._last = self.now()
        if self._stamp is not None:
            with contextlib.suppress(OSError):
                self._stamp.parent.mkdir(parents=True, exist_ok=True)
                self._stamp.touch()
        named = _retry_after(headers)
        if status in (406, 429) or (status == requests.codes.unavailable and named is not None):
            seconds = (self._cool_down if named is None else named) * 2**self._strikes
            self._strikes += 1
            log.info("%s: HTTP %d; resting for %.0f s", self._place, status, seconds)
            self.back_off(seconds, f"HTTP {status}")
        elif status == requests.codes.ok:
            self._strikes = 0

    def _last_of_a_former_build(self) -> float | None:
        """When a former build, or one that was killed a moment ago, made its last request."""
        with contextlib.suppress(OSError):
            if self._stamp is not None:
                return self.now() - max(0.0, time.time() - self._stamp.stat().st_mtime)
        return None

    def back_off(self, seconds: float, after: str) -> None:
        """Make no request for so long; a longer rest that was begun goes on."""
        until = self.now() + seconds
        if until > self._rest_until:
            self._rest_until, self._rest_after = until, after


class Adapter(HTTPAdapter):
    """Sends requests at their turn, with our User-Agent, conditional, and bounded in bytes and seconds."""

    def __init__(self, limiter: RateLimiter, cache: CacheController, timeout: float) -> None:
        super().__init__(pool_connections=4, pool_maxsize=1)
        self.made: Counter[str] = Counter()
        self.max_bytes = MAX_BYTES
        self._limiter = limiter
        self._cache = cache
        self._timeout = timeout
        self._end = float("inf")

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002  the signature of requests
        timeout: Any = None,  # noqa: ARG002
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request in its turn; caller's own time-outs and names do not count."""
        url = request.url or ""
        seconds = min(self._timeout, self._limiter.acquire(url))
        self._end = self._limiter.now() + seconds
        self.made[urlsplit(url).netloc] += 1
        headers = request.headers
        headers["User-Agent"] = AGENT
        if headers.get("Accept", "*/*") == "*/*":
            headers["Accept"] = XML
        # A redirected request begins as a copy of the first one, with conditions that are not its own.
        headers.pop("If-None-Match", None)
        headers.pop("If-Modified-Since", None)
        headers.update(self._conditions(request))
        limits = (min(_CONNECT, seconds), min(_SILENCE, seconds))
        try:
            # Streamed, for `build_response` reads the body itself.
            response = super().send(request, True, limits, verify, cert, proxies)  # noqa: FBT003
        except BaseException:
            self._limiter.record(None, {})
            raise
        self._limiter.record(response.status_code, response.headers)
        return response

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Read the whole body, from the wire or from what is held; requests then finds it in memory."""
        try:
            # `read1` returns what has come, so that a dripping body meets its end in time.
            body = self._bounded(iter(lambda: resp.read1(_CHUNK, decode_content=False), b""), req)
        except HTTPError as error:
            resp.close()
            raise requests.exceptions.ChunkedEncodingError(error, request=req) from error
        except BaseException:
            resp.close()
            raise
        resp.release_conn()
        held = _in_memory(resp, resp.headers, body)
        # A cache in any state, full or torn or not ours to write, is at worst one that is not there.
        with contextlib.suppress(Exception):
            if resp.status == requests.codes.not_modified:
                held = self._cache.update_cached_response(req, held)
            else:
                self._cache.cache_response(req, held, body=body)
        try:
            body = self._bounded(held.stream(_CHUNK, decode_content=True), req)
        except DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error, request=req) from error
        headers = {name: value for name, value in held.headers.items() if name.lower() not in _FRAMING}
        return super().build_response(req, _in_memory(held, headers, body))

    def _conditions(self, request: PreparedRequest) -> Mapping[str, str]:
        """Ask for a body only where it is another one than we hold; never trust it to be fresh."""
        with contextlib.suppress(Exception):
            return self._cache.conditional_headers(request)
        return {}

    def _bounded(self, chunks: Iterable[bytes], request: PreparedRequest) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > self.max_bytes:
                raise BadAnswer(f"{request.url}: more than {self.max_bytes} bytes; check the address")
            if self._limiter.now() > self._end:
                raise requests.exceptions.ReadTimeout("the body came too slowly", request=request)
        return bytes(body)

    def forget(self, url: str) -> None:
        """Hold an answer no longer."""
        with contextlib.suppress(OSError):
            self._cache.cache.delete(self._cache.cache_url(url))


class _FileCache(FileCache):
    """Keeps answers as files where that works; a file that cannot be read or written is not there."""

    def get(self, key: str) -> bytes | None:
        with contextlib.suppress(OSError):
            return super().get(key)
        return None

    def set(self, key: str, value: bytes, expires: int | datetime | None = None) -> None:
        with contextlib.suppress(OSError):
            super().set(key, value, expires)


def open_cache(folder: Path) -> CacheController:
    """What is held of earlier answers, without those that nobody asked for in a month."""
    oldest = time.time() - _KEPT_FOR
    with contextlib.suppress(OSError):
        for file in folder.rglob("*"):
            if file.is_file() and file.stat().st_mtime < oldest:
                file.unlink()
    # Only whole pages: a redirect or an error is asked for again.
    return CacheController(_FileCache(folder), status_codes=(requests.codes.ok,))


def _in_memory(response: HTTPResponse, headers: Mapping[str, str], body: bytes) -> HTTPResponse:
    """The same response with its body in memory."""
    return HTTPResponse(
        io.BytesIO(body),
        headers,
        response.status,
        response.version,
        reason=response.reason,
        preload_content=False,
        decode_content=False,
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date.

    Hugging Face names them as `t` of its RateLimit header instead, `"api";r=0;t=55`.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """
    text = headers.get("Retry-After", "").strip()
    if not text and (window := _WINDOW.search(headers.get("RateLimit", ""))):
        return float(window[1])
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        # The host's own clock where it tells, for ours may be wrong.
        now = parsedate_to_datetime(headers["Date"]) if "Date" in headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def is_arxiv(host: str | None) -> bool:
    """Whether a host is one of arXiv's own."""
    return host is not None and f".{host}".endswith(".arxiv.org")


def origin(url: str) -> str:
    """Scheme and host of an address: what has a robots.txt."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
