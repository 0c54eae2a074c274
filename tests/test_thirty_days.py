"""Eight days of a real summer in three ways, in processes of their own; `benchmarks/thirty_days.py` does forty."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import TYPE_CHECKING

from benchmarks import thirty_days
from paperboy.storage import archive

if TYPE_CHECKING:
    import pytest

WEEK = "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"


def test_daily_builds_a_pause_and_foul_weather_end_in_the_same_archive(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from replay import Replay  # type: ignore[import-not-found]  # the benchmark has put it on the path

    monkeypatch.setattr(thirty_days, "INTERVAL", 0.01)
    mornings = [date(2026, 6, 26) + timedelta(days=number) for number in range(8)]
    log = tmp_path / "requests.jsonl"
    with Replay([shared / WEEK], log=log) as replay:
        world = thirty_days.World(replay, log, tmp_path, mornings)
        ways, wrong = thirty_days.run(world, before=1, pause=4, seed=1)

    assert wrong == []
    assert len(archive.days(thirty_days.store(ways[0].root))) == 6
    assert ways[2].faults > 10
    # How many builds were killed is for the benchmark to tell: on a fast machine one may end before its moment.
