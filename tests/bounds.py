"""What a test may know of time: that work ends, and that something comes. How long it takes is a benchmark's."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def must_end(seconds: float = 10.0) -> Iterator[None]:
    """Fail if the block uses more of the processor than some seconds: many times what it takes, not what it should.

    Raises:
        TimeoutError: The block is still running.
    """

    def stop(*_: object) -> None:
        raise TimeoutError(f"still running after {seconds:g} s of the processor's time")

    former = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


def eventually(is_true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for what another process or thread does: return as soon as it is there.

    Raises:
        TimeoutError: It never came.
    """
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError(f"not true after {seconds:g} s")
        time.sleep(0.01)
