from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from paperboy.pipeline import progress
from paperboy.translation import Progress

if TYPE_CHECKING:
    import pytest


def step(done: int, total: int = 100) -> Progress:
    return Progress(done=done, total=total, refused=1, tokens=12345, seconds=10.0)


def test_without_a_terminal_a_line_is_written_now_and_then(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("paperboy.pipeline.progress.time.monotonic", lambda: now)
    with caplog.at_level(logging.INFO, "paperboy"), progress.progress_bar("2026-06-04") as show:
        show(step(1))
        now = 31.0
        show(step(50))
        show(step(51))

    assert [record.getMessage() for record in caplog.records] == [
        "2026-06-04: 50 of 100, 1 refused, 12,345 tokens, 5.0 papers/s, 10 s left"
    ]
