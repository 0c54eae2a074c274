"""Real builds ended by SIGKILL at random moments; `benchmarks/kill.py` does it 200 times."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import kill
from paperboy.storage import archive


def test_killed_builds_pay_for_no_acknowledged_reply_twice_and_lose_none(tmp_path: Path) -> None:
    result = kill.run(5, seed=3, workspace=tmp_path)

    assert result.kills == 5
    assert result.acknowledged > 0
    assert (result.paid_twice, result.lost, result.different) == (0, 0, 0)
    assert result.repeated <= result.kills * kill.CONCURRENCY


def test_a_build_killed_after_its_last_answer_is_closed_by_the_next(tmp_path: Path) -> None:
    with kill.model() as url:
        calm, killed = tmp_path / "calm", tmp_path / "killed"
        for root in (calm, killed):
            kill.site(root, url)
        assert kill.start(calm).wait() == 0
    day = archive.folder(killed / ".paperboy/archive", kill.DAY)
    rows = (calm / day.relative_to(killed) / "translations.zh-CN.jsonl").read_bytes().splitlines(keepends=True)
    (day / "translations.zh-CN.jsonl").write_bytes(b"".join(reversed(rows)))
    (day / ".translations.zh-CN.jsonl.part").write_bytes(rows[0][:40])

    assert kill.start(killed).wait() == 0

    assert kill.stored(killed) == kill.stored(calm)
