"""How a translation's progress is shown: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paperboy.translation import Progress

log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two lines where there is no terminal, as in CI."""


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[Progress], None]]:
    """Show how far a run is, for as long as the block lasts; gives what to call with each step."""
    # Most builds ask for nothing, and need none of it.
    from rich.console import Console  # noqa: PLC0415  as said above
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415  most builds draw none

    console = Console(stderr=True)
    if console.is_terminal and sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeRemainingColumn(),
        )
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task(label, total=None, detail="")

            def draw(progress: Progress) -> None:
                bar.update(task, completed=progress.done, total=progress.total, detail=_detail(progress))

            yield draw
    else:
        last = time.monotonic()

        def say(progress: Progress) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= EVERY and progress.done < progress.total:
                last = now
                left = progress.seconds_left
                rest = f", {left:.0f} s left" if left is not None else ""
                log.info("%s: %s of %s, %s%s", label, progress.done, progress.total, _detail(progress), rest)

        yield say


def _detail(progress: Progress) -> str:
    rate = progress.done / progress.seconds if progress.seconds else 0.0
    return f"{progress.refused} refused, {progress.tokens:,} tokens, {rate:.1f} papers/s"
