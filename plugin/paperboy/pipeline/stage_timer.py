"""The stages of a build, and how long each took: told in the log, where whoever wants to know listens."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)


@contextmanager
def timed_stage(name: str) -> Iterator[None]:
    """Take the time of a block, whether it ends well or not."""
    began = time.monotonic()
    try:
        yield
    finally:
        seconds = time.monotonic() - began
        log.info("%s took %.1f s", name, seconds, extra={"stage": (name, seconds)})
