"""Fetches from a source politely: one rate limit and one connection for all of its hosts.

Every request, also one that another package makes through `SourceClient.session`, waits for its turn, names
the client, is conditional where an answer is cached, and ends in time. arXiv's terms are those of
https://info.arxiv.org/help/api/tou.html and https://info.arxiv.org/help/robots.html.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import stamina
from protego import Protego
from selectolax.lexbor import LexborHTMLParser

from paperboy.domain.errors import BadAnswer, Forbidden, Refused, SourceError, Unreachable
from paperboy.sources.http_transport import AGENT, LATER, MAX_BYTES, Adapter, RateLimiter, is_arxiv, open_cache, origin

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

    from requests import Response

    from paperboy.domain.config import ArxivOptions, HuggingFaceOptions

T = TypeVar("T")

log = logging.getLogger(__name__)
# Without a handler its warning of every retry would go to the terminal as a bare line.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_ATTEMPTS = 4
_READ = 64 * 1024
_SHOWN = 300


class SourceClient:
    """Fetches from one source, one request after another. Not for use by several threads.

    Arguments:
        limits: The options `request_interval` and `time_limit`, the latter from the first request on.
        cache_dir: Folder of what can be rebuilt; answers are kept under `http` for conditional requests.
        timeout: Seconds that one answer may take as a whole.
        cool_down: Seconds of rest after a 429 that names none; doubled each time that it comes again.
        retry_wait: Seconds before the second attempt, doubled before each further one; `request_interval`
            where left out.
        sleep: The wait; a test passes its own.
        monotonic: The clock; a test passes its own.
    """

    def __init__(
        self,
        limits: ArxivOptions | HuggingFaceOptions,
        cache_dir: Path,
        *,
        timeout: float = 120.0,
        cool_down: float = 120.0,
        retry_wait: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = limits.place
        self._limiter = RateLimiter(limits, cool_down, sleep, monotonic, cache_dir / "http" / f"asked.{limits.place}")
        self._adapter = Adapter(self._limiter, open_cache(cache_dir / "http"), timeout)
        self._retry_wait = limits.request_interval if retry_wait is None else retry_wait
        self._silent: set[str] = set()
        self._robots: dict[str, Protego | SourceError] = {}
        self.session: requests.Session = _Session()
        self.session.mount("https://", self._adapter)
        self.session.mount("http://", self._adapter)

    def __enter__(self) -> Self:
        """Enter a block at whose end the connection is closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.session.close()

    @property
    def requests(self) -> Counter[str]:
        """The requests made so far, by host; retries, redirects and robots.txt included."""
        return self._adapter.made.copy()

    def get(
        self,
        url: str,
        *,
        accept: str,
        check: Callable[[bytes], object] | None = None,
        max_bytes: int = MAX_BYTES,
        keep: bool = True,
    ) -> bytes:
        """The body of a page.

        Arguments:
            url: The page.
            accept: Its media types, as the Accept header.
            check: Raises `BadAnswer` where a body is not what was asked for, which is then asked again.
            max_bytes: More than that is not read.
            keep: Whether to hold the answer for a conditional request; a waste where nothing is asked twice.

        Raises:
            Unreachable: No usable answer after four attempts, or none within the time limit.
            BadAnswer: The answer is an error that stays, or failed the check four times.
        """

        def checked(data: bytes) -> bytes:
            if check is not None:
                check(data)
            if not keep:
                self._adapter.forget(url)
            return data

        return self.read(url, accept=accept, parse=checked, max_bytes=max_bytes)

    def read(
        self,
        url: str,
        *,
        accept: str,
        parse: Callable[[bytes], T],
        max_bytes: int = MAX_BYTES,
    ) -> T:
        """What `parse` makes of a page; as `get`, where `parse` is the check.

        Raises:
            Unreachable: As `get`.
            BadAnswer: As `get`.
        """
        if origin(url) in self._silent:
            raise Unreachable(f"{url}: not asked, for its host gave no answer before in this build; {LATER}")
        failures: list[_RetryableError] = []

        def is_worth_another(error: Exception) -> bool:
            if not isinstance(error, _RetryableError):
                return False
            failures.append(error)
            if len(failures) >= error.at_most:
                return False
            log.debug("attempt %d: %s", len(failures), error)
            # The limiter waits, so that one limit covers all waits: stamina only counts.
            self._limiter.back_off(self._retry_wait * 2 ** (len(failures) - 1), "a failure")
            return True

        try:
            for attempt in stamina.retry_context(
                on=is_worth_another, attempts=_ATTEMPTS, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0
            ):
                with attempt:
                    return self._ask(url, accept, parse, max_bytes)
        except _RetryableError as last:
            if all(failure.silent for failure in failures):
                self._silent.add(origin(url))
            raise last.error from last.__cause__
        raise AssertionError  # the loop returns or raises

    def allowed(self, url: str) -> None:
        """Pass where the host's robots.txt allows us an address; its Crawl-delay holds from then on.

        The file is read once; a host without one allows everything (RFC 9309, section 2.3.1).

        Raises:
            Forbidden: It does not.
            Unreachable: The file could not be read, so nothing may be assumed.
        """
        host = origin(url)
        if host not in self._robots:
            self._robots[host] = self._rules(host)
        rules = self._robots[host]
        if isinstance(rules, SourceError):
            raise rules
        if not rules.can_fetch(url, AGENT):
            raise Forbidden(
                f"{url}: {host}/robots.txt does not allow this path to us; name a mirror that does in "
                f"{self._place}, or switch this source off"
            )

    def _rules(self, host: str) -> Protego | SourceError:
        try:
            text = self.read(f"{host}/robots.txt", accept="text/plain, */*;q=0.1", parse=_robots_text)
        except Refused:
            text = ""
        except SourceError as error:
            return error
        rules = Protego.parse(text)
        if delay := rules.crawl_delay(AGENT):
            self._limiter.delays[host] = delay
        return rules

    def _ask(self, url: str, accept: str, parse: Callable[[bytes], T], max_bytes: int) -> T:
        """Ask once."""
        self._adapter.max_bytes = max_bytes
        try:
            response = self.session.get(url, headers={"Accept": accept})
        except requests.TooManyRedirects as error:
            raise BadAnswer(f"{url}: redirected again and again; check the address") from error
        except requests.exceptions.ContentDecodingError as error:
            self._adapter.forget(url)
            raise _RetryableError(BadAnswer(f"{url}: the body is damaged ({_root(error)}); {LATER}")) from error
        except requests.RequestException as error:
            raise _RetryableError(Unreachable(f"{url}: no answer ({_root(error)}); {LATER}"), silent=True) from error
        if response.status_code != requests.codes.ok:
            self._refuse(response)
        try:
            return parse(response.content)
        except BadAnswer as error:
            # A bad answer that is kept would come back as "not modified".
            self._adapter.forget(response.url)
            raise _RetryableError(
                BadAnswer(f"{url}: {error}; {LATER}, and if it stays so the format has changed")
            ) from error

    def _refuse(self, response: Response) -> NoReturn:
        url, status = response.url, response.status_code
        said = f"{url}: HTTP {status} ({_excerpt(response.content)})"
        if status in (408, 425, 429) or status >= requests.codes.server_error:
            raise _RetryableError(Unreachable(f"{said}; {LATER}"))
        if status == requests.codes.not_modified:
            self._adapter.forget(url)
            raise _RetryableError(BadAnswer(f"{url}: not modified, but nothing is held; {LATER}"))
        refused = Refused(f"{said}; check the address and {self._place}")
        # arXiv answers 406 under load too; a second one is meant.
        if status == requests.codes.not_acceptable:
            raise _RetryableError(refused, at_most=2)
        raise refused


class _RetryableError(Exception):
    """Worth another attempt; `error` is what it means if there is none left, `silent` that none came."""

    def __init__(self, error: SourceError, at_most: int = _ATTEMPTS, *, silent: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.at_most = at_most
        self.silent = silent


class _Session(requests.Session):
    """Follows at most five redirects, only within the same host (or among arXiv's hosts)."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = 5

    def get_redirect_target(self, resp: Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target is not None and not _is_same_host(resp.url, target):
            raise BadAnswer(f"{resp.url}: redirected to {target}, which is not followed")
        return target


def _is_same_host(url: str, target: str) -> bool:
    """Whether a redirect stays on its host, or among arXiv's, and does not fall back to http."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, target))
    except ValueError:
        return False
    if there.scheme not in {here.scheme, "https"}:
        return False
    return here.netloc == there.netloc or (is_arxiv(here.hostname) and is_arxiv(there.hostname))


def _robots_text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def _root(error: BaseException) -> str:
    """The innermost cause, which says what happened without the layers around it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"


def _excerpt(body: bytes) -> str:
    """The words of an error page, to be shown in a message."""
    page = LexborHTMLParser(body[:_READ].decode("utf-8", "replace"))
    heading = page.css_first("h1") or page.body
    words = " ".join(heading.text(separator=" ").split()) if heading else ""
    return f"{words[:_SHOWN]}…" if len(words) > _SHOWN else words or "no text"
