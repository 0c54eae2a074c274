"""One server or several as one: each request goes where the most room is, and never where it is of no use."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from paperboy.translation.client.rate_limiter import AdaptiveLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from paperboy.translation.client.budget import Budget
    from paperboy.translation.client.chat_completions import Endpoint
    from paperboy.translation.client.errors import Failure

log = logging.getLogger(__name__)


class Server:
    """One address with the models behind it, and how fast it is asked.

    Arguments:
        name: What the log calls it; never the address, which may be nobody's business.
        endpoints: By model, how it is asked.
        concurrency: Requests in flight at most.
    """

    def __init__(self, name: str, endpoints: Mapping[str, Endpoint], concurrency: int) -> None:
        self.name = name
        self.pace = AdaptiveLimiter(concurrency)
        self.sent = 0
        self._endpoints = dict(endpoints)

    def __repr__(self) -> str:
        """Its name and its pace, for a debugger."""
        return f"<Server {self.name} {self.pace!r}>"

    def serves(self, model: str) -> bool:
        """Whether a model can be asked here, as far as known."""
        return model in self._endpoints and not self.pace.stopped

    def endpoint(self, model: str) -> Endpoint:
        """One of its models."""
        return self._endpoints[model]

    def has_room(self, model: str) -> bool:
        """Whether one more question fits in; one at a time for a model that has not answered yet."""
        endpoint = self._endpoints[model]
        return self.pace.has_room and (endpoint.settled or endpoint.in_flight == 0)

    def lacks(self, model: str) -> None:
        """A fallback model cannot be asked here; the main one goes on."""
        self._endpoints.pop(model, None)


class Servers:
    """What all workers of a run share: the servers, and the budget.

    The server with the emptiest window is asked next, so each gets as many requests as it answers. One that
    fails again and again is left, and asked now and then whether it is back, for as long as others work.
    """

    def __init__(self, servers: Sequence[Server], budget: Budget) -> None:
        self._servers = list(servers)
        self._budget = budget
        self._stopped: str | None = None
        self._changed = asyncio.Event()
        self._halt = asyncio.Event()

    @property
    def stopped(self) -> str | None:
        """Why nothing is asked any more; `None` while a server works."""
        if self._stopped is None and all(server.pace.stopped for server in self._servers):
            reasons = (f"{server.name}: {server.pace.stopped}" for server in self._servers)
            one = self._servers[0].pace.stopped if len(self._servers) == 1 else "; ".join(reasons)
            self.stop(one or "there is no server")
        return self._stopped

    def stop(self, reason: str) -> None:
        """Ask nothing more in this run; the first reason is kept."""
        self._stopped = self._stopped or reason
        self._halt.set()

    def serve(self, model: str) -> bool:
        """Whether any server can be asked for a model."""
        return any(server.serves(model) for server in self._servers)

    @contextlib.asynccontextmanager
    async def turn(self, model: str, avoided: Server | None = None) -> AsyncIterator[Server | None]:
        """Wait for a place at a server, and for its moment; gives `None` when nothing is asked any more.

        Arguments:
            model: What is to be asked.
            avoided: The server that has just failed the same question; it is taken only if there is no other.
        """
        server = await self._place(model, avoided)
        endpoint = server.endpoint(model) if server else None
        try:
            yield server
        finally:
            if server is not None and endpoint is not None:
                server.pace.leave()
                endpoint.in_flight -= 1
            self._changed.set()
            self._changed = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until nothing is asked any more."""
        await self._wait(self._halt, seconds)

    def succeeded(self, server: Server, prompt_tokens: int, completion_tokens: int) -> None:
        """A reply came, good or bad, and its tokens are spent."""
        server.pace.succeeded()
        if reason := self._budget.spend(prompt_tokens, completion_tokens):
            self.stop(reason)

    def failed(self, server: Server, failure: Failure, started: float) -> float:
        """No reply came for a request sent at `started`; gives the seconds until its next try."""
        was = server.pace.stopped
        wait = server.pace.failed(failure, started)
        if server.pace.stopped and not was and self.stopped is None:
            log.warning("%s gets no more requests, the others go on: %s", server.name, server.pace.stopped)
        # Where another server can be asked, the question need not wait.
        return 0.0 if any(not other.pace.stopped for other in self._servers if other is not server) else wait

    async def _place(self, model: str, avoided: Server | None) -> Server | None:
        while self.stopped is None and self.serve(model):
            now = time.monotonic()
            self._reopen(now)
            able = [server for server in self._servers if server.serves(model)]
            able = [server for server in able if server is not avoided] or able
            free = [server for server in able if server.has_room(model) and server.pace.not_before <= now]
            if free:
                server = min(free, key=lambda server: (server.pace.load, server.sent))
                server.pace.enter()
                server.endpoint(model).in_flight += 1
                server.sent += 1
                return server
            moments = [server.pace.not_before for server in able if server.has_room(model)]
            await self._wait(self._changed, min(moments) - now if moments else None)
        return None

    def _reopen(self, now: float) -> None:
        for server in self._servers:
            if server.pace.stopped and server.pace.again_at <= now:
                server.pace.reopen()

    async def _wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Wait for an event, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
