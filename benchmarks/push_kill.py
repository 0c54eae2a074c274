"""Kill pushes of the archive at random moments, while another build pushes the same day, and count what is gone.

    python benchmarks/push_kill.py [KILLS] [SEED]

Two folders follow one branch. Each round, both take it out, each pays for answers that the branch lacks, and both
push at about the same time. One of the two runs, with all its git children, is ended by SIGKILL at a random moment
and started again until it gets through. Then every answer that was paid for must be on the branch once, both
folders must hold it byte by byte, and there must be nothing left to pay for.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple

from paperboy.domain.edition import Translation
from paperboy.domain.papers import Announcement
from paperboy.storage import archive
from paperboy.storage.archive_branch import Branch
from paperboy.storage.journal import Journal

DAY = date(2026, 6, 4)
LANGUAGE = "zh-CN"
NAME = f"{DAY:%Y/%m/%d}/translations.{LANGUAGE}.jsonl"
GIT = shutil.which("git") or "git"
PAPERS = 60
IN_A_ROUND = 6
"""Papers that each side pays for in one round."""


class Result(NamedTuple):
    """What the kills came to."""

    kills: int
    rounds: int
    paid: int
    lost: int
    paid_twice: int
    unreadable: int
    different: int
    left_locked: int

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.paid_twice or self.unreadable or self.different)


def build(root: Path, side: str, turn: int, paid: Counter[str]) -> None:
    """Do as a build does: pay for what the folder lacks, each answer on disk at once."""
    known = {answer.id for answer in archive.read_translations(root, DAY, LANGUAGE)}
    missing = [paper for paper in archive.read_announcements(root, DAY) if paper.id not in known]
    # Each side has its own half, as two builds have that begin with other days.
    own = [paper for number, paper in enumerate(missing) if number % 2 == (side == "two")]
    with Journal(root, DAY, LANGUAGE) as journal:
        for paper in own[:IN_A_ROUND]:
            paid[paper.id] += 1
            journal.append(
                Translation(
                    id=paper.id, version=1, key=paper.id, status="ok", model=side, prompt_version=turn, raw=side * 20
                )
            )


def start(what: str, root: Path, remote: Path) -> subprocess.Popen[str]:
    """A run in a group of processes of its own; gives it when the run itself begins."""
    process = subprocess.Popen(
        [sys.executable, __file__, what, str(root), str(remote)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    if process.stdout:
        with process.stdout as said:
            said.readline()
    return process


def is_killed(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a run with its children after some time, unless it was faster."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def on_branch(remote: Path) -> bytes:
    """The day's journal as the branch has it."""
    shown = subprocess.run(
        [GIT, "show", f"archive:{NAME}"],
        cwd=remote,
        capture_output=True,
        check=False,
    )
    return shown.stdout


def ids(data: bytes) -> list[str]:
    """The papers of a journal's lines; raises where one is no JSON."""
    return [json.loads(line)["id"] for line in data.splitlines()]


def run(kills: int, seed: int = 1, workspace: Path | None = None) -> Result:
    """Kill so many runs, and count."""
    killer = Killer(kills, random.Random(seed))  # noqa: S311  a repeatable draw
    total = killer.total
    with tempfile.TemporaryDirectory(dir=workspace) as folder:
        while total["kills"] < kills:
            total["days"] += 1
            _one_day(Path(folder) / f"day-{total['days']}", killer)
    names = ("kills", "rounds", "paid", "lost", "paid_twice", "unreadable", "different", "left_locked")
    return Result(*(total[name] for name in names))


class Killer:
    """Starts runs, kills them at random moments of what they usually take, and counts.

    Arguments:
        kills: How many in all.
        rng: Draws the moments.
    """

    def __init__(self, kills: int, rng: random.Random) -> None:
        self.total: Counter[str] = Counter()
        self.longest = 0.0
        self._kills = kills
        self._rng = rng

    def until_done(self, what: str, root: Path, remote: Path) -> None:
        """Start a run again and again until nobody kills it."""
        while True:
            process = start(what, root, remote)
            killing = self.total["kills"] < self._kills
            killed = is_killed(process, self._rng.uniform(0.0, self.longest) if killing else 600.0)
            self.total["kills"] += killed
            self.total["left_locked"] += any((root / ".branch").rglob("*.lock"))
            try:
                ids(on_branch(remote))
            except ValueError:
                self.total["unreadable"] += 1
            if not killed:
                if process.returncode:
                    sys.exit(f"a {what} that nobody killed failed")
                return


def _one_day(folder: Path, killer: Killer) -> None:
    """Rounds until every paper of a day is translated."""
    total = killer.total
    remote, one, two = folder / "remote.git", folder / "one", folder / "two"
    subprocess.run([GIT, "init", "--quiet", "--bare", str(remote)], check=True)
    archive.write_announcements(one, DAY, [_paper(number) for number in range(PAPERS)])
    began = time.monotonic()
    with Branch(one, str(remote)) as branch:
        branch.push("The day")
    killer.longest = 2.0 * (time.monotonic() - began)
    paid: Counter[str] = Counter()
    for turn in range(PAPERS // IN_A_ROUND // 2):
        total["rounds"] += 1
        killer.until_done("pull", one, remote)
        with Branch(two, str(remote)) as branch:
            branch.pull()
        build(one, "one", turn, paid)
        build(two, "two", turn, paid)
        other = start("push", two, remote)
        killer.until_done("push", one, remote)
        if other.wait() != 0:
            sys.exit("the push that nobody disturbed failed")
        for root in (one, two):
            with Branch(root, str(remote)) as branch:
                branch.pull()
        found = Counter(ids(on_branch(remote)))
        total["lost"] += len(paid.keys() - found.keys())
        total["paid_twice"] += sum(number > 1 for number in (*paid.values(), *found.values()))
        total["different"] += any((root / NAME).read_bytes() != on_branch(remote) for root in (one, two))
    total["paid"] += len(paid)
    total["lost"] += PAPERS - len(paid)


def _paper(number: int) -> Announcement:
    return Announcement(
        id=f"2606.{number:05}",
        version=1,
        listed={"cs.CL": "new"},
        title=f"Paper {number}",
        abstract="An abstract. " * 60,
        authors=("A. Author",),
        categories=("cs.CL",),
        primary_category="cs.CL",
        sources=("feed",),
    )


def main(kills: int = 200, seed: int = 1) -> None:
    """Kill, and print the table."""
    began = time.monotonic()
    result = run(kills, seed)
    print(f"{'runs killed (SIGKILL, with their children)':44}{result.kills:8}")
    print(f"{'rounds of two builds each':44}{result.rounds:8}")
    print(f"{'answers paid for':44}{result.paid:8}")
    print(f"{'of them not on the branch':44}{result.lost:8}")
    print(f"{'papers paid for twice':44}{result.paid_twice:8}")
    print(f"{'moments at which the branch was unreadable':44}{result.unreadable:8}")
    print(f"{'folders unlike the branch at the end':44}{result.different:8}")
    print(f"{'kills that left a lock of git behind':44}{result.left_locked:8}")
    print(f"{'seconds':44}{time.monotonic() - began:8.0f}")
    sys.exit(not result.good)


if __name__ == "__main__":
    if sys.argv[1:2] in (["pull"], ["push"]):
        with Branch(Path(sys.argv[2]), sys.argv[3]) as opened:
            print("ready", flush=True)
            if sys.argv[1] == "pull":
                opened.pull()
            else:
                opened.push("Editions up to the day")
    else:
        main(*map(int, sys.argv[1:3]))
