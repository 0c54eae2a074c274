"""Builds against model servers as they are met: each case of ../shared/servers/cases.json comes out right."""

from __future__ import annotations

import json
import shutil
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.programs import write_launchers

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = Path(__file__).resolve().parents[2] / "shared" / "servers"
CASES = json.loads((SERVERS / "cases.json").read_text()) if (SERVERS / "cases.json").exists() else []
AT_ONCE = 4
"""Cases in hand together: most of a case's time is waiting, because its server asks for it."""

pytestmark = pytest.mark.skipif(not CASES, reason="needs the model servers in ../shared, which are not on this machine")


@pytest.fixture(scope="module")
def shortcomings(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[list[str]]]]:
    """What falls short, by the case's name, of those that are wanted: they are judged side by side."""
    sys.path.insert(0, str(SERVERS))
    import servers  # type: ignore[import-not-found]

    programs = tmp_path_factory.mktemp("programs")
    write_launchers(programs)
    mkdocs = str(programs / "mkdocs")
    wanted = [item.callspec.params["case"] for item in request.session.items if item.path == request.path]  # type: ignore[attr-defined]
    with servers.Replay([servers.CORPUS], today=date.fromisoformat(servers.DAY)) as outside:
        site = servers.fetched(outside.url, mkdocs)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield {case["name"]: pool.submit(servers.judge, case, site, outside.url, mkdocs) for case in wanted}
        shutil.rmtree(site, ignore_errors=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_build_against_a_server_comes_out_right(
    shortcomings: dict[str, Future[list[str]]], case: dict[str, object]
) -> None:
    assert shortcomings[str(case["name"])].result() == []
