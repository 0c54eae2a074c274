"""How fast to ask, and when to stop: one state that all workers share."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from typing import TYPE_CHECKING

from paperboy.translate.failures import Busy, Failure, Fatal, Slow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from paperboy.translate.budget import Budget

IN_A_ROW = 10
"""Failures in a row after which the endpoint counts as gone."""

SHARED_FROM = 3
"""Failures in a row from which all workers wait, not only the one that failed."""

FIRST_WAIT = 0.5
"""Seconds before the second try; each further one waits twice as long."""

LONGEST_BACKOFF = 20.0
"""Seconds at most where the endpoint does not say for how long."""

LONGEST_BEFORE_SUCCESS = 2.0
"""The same while nothing has succeeded yet: an address that is wrong is not worth more."""

MOST_WAITING = 1800.0
"""Seconds that a run may wait in all because the endpoint asked for it.

A rate limit by the minute fits in many times; a quota by the day does not, and the next build tries again.
"""


class Pace:
    """The number of requests in flight, the moment before which none is sent, and the circuit.

    Concurrency rises by one for each round of good answers and is halved when the endpoint says "not now"
    or is too slow. What was in flight together fails together, and counts once: sixteen refusals at the
    same moment are one. Only while nothing has succeeded yet does each failure count by itself, so that
    an endpoint which never worked is left at once.
    """

    def __init__(self, concurrency: int, budget: Budget) -> None:
        self.stopped: str | None = None
        self._most = concurrency
        self._limit = float(concurrency)
        self._busy = 0
        self._budget = budget
        self._row = 0
        self._worked = False
        self._counted = -1.0
        self._not_before = 0.0
        self._waited = 0.0
        self._change = asyncio.Condition()
        self._halt = asyncio.Event()

    def __repr__(self) -> str:
        """The state in one line, for a debugger."""
        return f"<Pace {self._busy}/{self._limit:.1f} of {self._most} row={self._row} stopped={self.stopped!r}>"

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """Wait for a place and for the moment; gives False when nothing is asked any more."""
        async with self._change:
            await self._change.wait_for(lambda: self.stopped or self._busy < int(self._limit))
            self._busy += 1
        try:
            while not self.stopped and (wait := self._not_before - time.monotonic()) > 0:
                await self.sleep(wait)
            yield not self.stopped
        finally:
            self._busy -= 1
            async with self._change:
                self._change.notify_all()

    async def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the circuit opens."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._halt.wait(), seconds)

    def stop(self, reason: str) -> None:
        """Ask nothing more in this run; the first reason is kept."""
        self.stopped = self.stopped or reason
        self._halt.set()

    def succeeded(self, prompt_tokens: int, completion_tokens: int) -> None:
        """A reply came, good or bad: the endpoint works, and the tokens are spent."""
        self._worked = True
        self._row = 0
        self._limit = min(self._most, self._limit + 1 / self._limit)
        if reason := self._budget.spend(prompt_tokens, completion_tokens):
            self.stop(reason)

    def failed(self, failure: Failure, started: float) -> float:
        """No reply came for a request sent at `started`; gives the seconds until its next try."""
        if isinstance(failure, Fatal):
            self.stop(str(failure))
            return 0.0
        now = time.monotonic()
        busy = isinstance(failure, Busy)
        together = started < self._counted
        if not together or not (busy or self._worked):
            self._row += 1
        if not together:
            self._counted = now
            if busy or isinstance(failure, Slow):
                self._limit = max(1.0, self._limit / 2)
        longest = LONGEST_BACKOFF if busy or self._worked else LONGEST_BEFORE_SUCCESS
        wait = min(longest, FIRST_WAIT * 2.0 ** max(0, self._row - 1))
        wait *= random.uniform(0.8, 1.2)  # noqa: S311  spreads requests, protects nothing
        if isinstance(failure, Busy):
            self._pause(now, wait if failure.retry_after is None else failure.retry_after)
            wait = 0.0  # `turn()` waits, for all alike
        elif self._row >= SHARED_FROM:
            self._pause(now, wait)
        if self._row >= IN_A_ROW:
            self.stop(f"{IN_A_ROW} failures in a row, the last: {failure}")
        return wait

    def _pause(self, now: float, seconds: float) -> None:
        """Let all workers wait, unless that is more than a build can spend on waiting."""
        until = now + seconds
        more = until - max(now, self._not_before)
        if more <= 0:
            return
        if self._waited + more > MOST_WAITING:
            self.stop(
                f"the endpoint asks to wait {seconds:,.0f} seconds more, and a build waits "
                f"{MOST_WAITING:,.0f} in all; the next build goes on"
            )
            return
        self._waited += more
        self._not_before = until
