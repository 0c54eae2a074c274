"""How fast to ask one server, and when to stop: its window, its pauses and its circuit."""

from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING

from paperboy.translation.client import waits
from paperboy.translation.client.errors import Busy, Fatal, Slow

if TYPE_CHECKING:
    from paperboy.translation.client.errors import Failure

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

MOST_WAITING = waits.LONGEST
"""Seconds that a run may wait in all because the endpoint asked for it."""

ASK_AGAIN_AFTER = 60.0
"""Seconds after which a server that failed in a row gets one request more, while others go on."""


class AdaptiveLimiter:
    """The number of requests in flight, the moment before which none is sent, and the circuit.

    Concurrency rises by one for each round of good answers and is halved when the endpoint says "not now"
    or is too slow. What was in flight together fails together, and counts once: sixteen refusals at the
    same moment are one. Only while nothing has succeeded yet does each failure count by itself, so that
    an endpoint which never worked is left at once.
    """

    def __init__(self, concurrency: int) -> None:
        self.stopped: str | None = None
        self.not_before = 0.0
        """The moment (monotonic, seconds) before which nothing is sent."""
        self.again_at = math.inf
        """The moment at which a circuit that is open may be tried again; never for what cannot mend itself."""
        self._most = concurrency
        self._limit = float(concurrency)
        self._busy = 0
        self._row = 0.0
        self._worked = False
        self._counted = -1.0
        self._waited = 0.0

    def __repr__(self) -> str:
        """The state in one line, for a debugger."""
        return (
            f"<AdaptiveLimiter {self._busy}/{self._limit:.1f} of {self._most} row={self._row} stopped={self.stopped!r}>"
        )

    @property
    def has_room(self) -> bool:
        """Whether one more request fits into the window."""
        return self._busy < int(self._limit)

    @property
    def load(self) -> float:
        """How full the window is, from 0 to 1."""
        return self._busy / self._limit

    def enter(self) -> None:
        """A request goes out."""
        self._busy += 1

    def leave(self) -> None:
        """It is over, whatever came of it."""
        self._busy -= 1

    def stop(self, reason: str) -> None:
        """Ask nothing more; the first reason is kept."""
        self.stopped = self.stopped or reason

    def reopen(self) -> None:
        """Let one request through: if it fails, the circuit is open again."""
        self.stopped = None
        self.again_at = math.inf
        self._limit = 1.0
        self._row = IN_A_ROW - 1

    def succeeded(self) -> None:
        """A reply came, good or bad: the endpoint works."""
        self._worked = True
        self._row = 0.0
        self._limit = min(self._most, self._limit + 1 / self._limit)

    def failed(self, failure: Failure, started: float) -> float:
        """No reply came for a request sent at `started`; gives the seconds until its next try."""
        if isinstance(failure, Fatal):
            self.stop(str(failure))
            return 0.0
        now = time.monotonic()
        busy = isinstance(failure, Busy)
        together = started < self._counted
        told = isinstance(failure, Busy) and (failure.retry_after or 0) >= 1
        if not together or not (busy or self._worked):
            self._row += 1 / 3 if told else 1  # a limit by the minute may be met often, until its minute is over
        if not together:
            self._counted = now
            if busy or isinstance(failure, Slow):
                self._limit = max(1.0, self._limit / 2)
        longest = LONGEST_BACKOFF if busy or self._worked else LONGEST_BEFORE_SUCCESS
        wait = min(longest, FIRST_WAIT * math.pow(2.0, max(0.0, self._row - 1)))
        wait *= random.uniform(0.8, 1.2)  # noqa: S311  spreads requests, protects nothing
        if isinstance(failure, Busy):
            self._pause(now, wait if failure.retry_after is None else failure.retry_after)
            wait = 0.0  # the pause holds for all alike
        elif self._row >= SHARED_FROM:
            self._pause(now, wait)
        if self._row > IN_A_ROW - 0.1 and not self.stopped:
            self.stop(f"{IN_A_ROW} failures in a row, the last: {failure}")
            self.again_at = now + ASK_AGAIN_AFTER
        return wait

    def _pause(self, now: float, seconds: float) -> None:
        """Let all workers wait, unless that is more than a build can spend on waiting."""
        until = now + seconds
        more = until - max(now, self.not_before)
        if more <= 0:
            return
        if self._waited + more > MOST_WAITING:
            self.stop(
                f"the endpoint asks to wait {seconds:,.0f} seconds more, and a build waits "
                f"{MOST_WAITING:,.0f} in all; the next build goes on"
            )
            return
        self._waited += more
        self.not_before = until
