"""How a source is asked: one clock and one connection for all of its hosts, patient and never in a hurry.

Every request, also one that another package makes through `SourceClient.session`, waits for its turn, says
who we are, asks whether what we hold still stands, and ends in time. arXiv's terms are those of
https://info.arxiv.org/help/api/tou.html and https://info.arxiv.org/help/robots.html.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import requests
import stamina
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
        sleep: Waits; a test passes its own.
        monotonic: Tells the time; a test passes its own.
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
        self._robots: dict[str, RobotFileParser | SourceError] = {}
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
        # The waits are the clock's, so that one limit covers them all: stamina only counts.
        tries = stamina.retry_context(
            on=_RetryableError, attempts=_ATTEMPTS, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0
        )
        if origin(url) in self._silent:
            raise Unreachable(f"{url}: not asked, for its host gave no answer before in this build; {LATER}")
        silent = True
        try:
            for attempt in tries:
                with attempt:
                    try:
                        return self._ask(url, accept, parse, max_bytes)
                    except _RetryableError as again:
                        silent = silent and again.silent
                        if attempt.num >= again.at_most:
                            if silent:
                                self._silent.add(origin(url))
                            raise again.error from again.__cause__
                        log.debug("attempt %d: %s", attempt.num, again.error)
                        self._limiter.back_off(self._retry_wait * 2 ** (attempt.num - 1), "a failure")
                        raise
        except _RetryableError as again:
            raise again.error from again.__cause__
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
        if not rules.can_fetch(AGENT, url):
            raise Forbidden(
                f"{url}: {host}/robots.txt does not allow this path to us; name a mirror that does in "
                f"{self._place}, or switch this source off"
            )

    def _rules(self, host: str) -> RobotFileParser | SourceError:
        address = f"{host}/robots.txt"
        rules = RobotFileParser(address)
        try:
            lines = self.read(address, accept="text/plain, */*;q=0.1", parse=_robots_lines)
        except Refused:
            lines = []
        except SourceError as error:
            return error
        rules.parse(lines)
        delay = rules.crawl_delay(AGENT)
        if delay:
            self._limiter.delays[host] = float(delay)
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
    """Follows at most five redirects, and none out of the house."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = 5

    def get_redirect_target(self, resp: Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target is not None and not _same_house(resp.url, target):
            raise BadAnswer(f"{resp.url}: redirected to {target}, which is not followed")
        return target


def _same_house(url: str, target: str) -> bool:
    """Whether a redirect stays on its host, or among arXiv's, and does not fall back to http."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, target))
    except ValueError:
        return False
    if there.scheme not in {here.scheme, "https"}:
        return False
    return here.netloc == there.netloc or (is_arxiv(here.hostname) and is_arxiv(there.hostname))


def _robots_lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig", "replace").splitlines()


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
