"""Builds against model servers as they are met: each case of ../shared/servers/cases.json comes out right."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = Path(__file__).resolve().parents[2] / "shared" / "servers"
CASES = json.loads((SERVERS / "cases.json").read_text()) if (SERVERS / "cases.json").exists() else []


@pytest.fixture(scope="module")
def world(shared: Path) -> Iterator[tuple[Any, Path, str]]:
    """The servers' module, a site with the day in its archive, and the address of the replayed arXiv."""
    sys.path.insert(0, str(shared / "servers"))
    import servers  # type: ignore[import-not-found]

    with servers.Replay([servers.CORPUS], today=date.fromisoformat(servers.DAY)) as outside:
        site = servers.fetched(outside.url, str(mkdocs()))
        yield servers, site, outside.url
    shutil.rmtree(site, ignore_errors=True)


def mkdocs() -> Path:
    return Path(sys.executable).with_name("mkdocs")


@pytest.mark.skipif(not CASES, reason="needs the model servers in ../shared, which are not on this machine")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_build_against_a_server_comes_out_right(world: tuple[Any, Path, str], case: dict[str, Any]) -> None:
    servers, site, outside = world

    assert servers.judge(case, site, outside, str(mkdocs())) == []
