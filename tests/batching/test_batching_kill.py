"""Real runs with batches ended by SIGKILL, when the server has just done something; see also `tests/test_disk.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks import kill_batch
from tests.batching.batch_server import BatchServer

if TYPE_CHECKING:
    from pathlib import Path

BATCH, BUILD = kill_batch._COMMANDS


def killed(root: Path, server: BatchServer, moment: str, command: tuple[str, ...]) -> None:
    """Run until the server has just done something, and no further."""
    with server.lock:
        process = kill_batch.start(root, command)
        server.moments[moment] = process.kill
    assert process.wait() < 0
    assert moment not in server.moments


@pytest.mark.parametrize("moment", ["uploading", "uploaded", "created"])
def test_a_batch_is_made_once_wherever_its_making_is_killed(tmp_path: Path, moment: str) -> None:
    with BatchServer() as server:
        kill_batch.site(tmp_path, server.url)
        killed(tmp_path, server, moment, BATCH)
        (record,) = kill_batch.store(tmp_path).glob("batches/*.json")
        assert json.loads(record.read_text())["status"] == "planned"

        assert kill_batch.start(tmp_path, BUILD).wait() == 0
        server.finish()
        assert kill_batch.start(tmp_path, BUILD).wait() == 0

        assert len(server.batches) == 1
        assert kill_batch.is_done(tmp_path)
        assert {len(answers) for answers in server.paid.values()} == {1}
        assert server.by_themselves == 1
