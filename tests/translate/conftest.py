"""A server and a run for each test; the helpers are in `model_server.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Test files import `tests.translate.model_server`, however pytest was started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from paperboy.translation.client import rate_limiter
from tests.translate.model_server import Run, Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def run(server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run without real waits: what the endpoint asks for is waited, what we choose is not."""
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(rate_limiter, "LONGEST_BACKOFF", 0.01)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    return Run(server)
