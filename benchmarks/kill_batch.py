"""Kill real runs with batches at random moments, and count what was paid for twice: nothing may be.

    python benchmarks/kill_batch.py [KILLS] [SEED]

`paperboy translate --batch` and `mkdocs build` run by turns over two editions, each ended by SIGKILL at a random
moment or at one where it matters: when a file or a batch was just made and nobody was told, while answers come
down, while they go into the journal. Batches end meanwhile, some of them before every request was answered.
When all is translated, the archive is held against that of runs which nobody disturbed, and the next round begins.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.storage import archive
from tests.batching.batch_server import BatchServer
from tests.translate.model_server import paper

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = (date(2026, 6, 4), date(2026, 6, 3))
PAPERS = 20
CONCURRENCY = 2
MOMENTS = ("uploading", "uploaded", "created", "found", "downloaded")
"""What the server has just done when it kills, before it says so."""

_COMMANDS = (
    ("-c", "from paperboy.cli import main; main()", "translate", "--batch"),
    ("-m", "mkdocs", "build", "--quiet"),
)


class Result(NamedTuple):
    """What the kills came to.

    `paid_twice` counts answers to a question that a batch had answered; `repeated` those whose request was in
    flight by itself when it was killed, so that nobody could keep the answer.
    """

    kills: Counter[str]
    rounds: int
    papers: int
    batches: int
    paid_twice: int
    repeated: int
    lost: int
    different: int

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        lost = self.paid_twice or self.lost or self.different
        return not lost and self.repeated <= self.kills.total() * CONCURRENCY


def site(root: Path, url: str) -> None:
    """A site with two editions, none translated."""
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "about.md").write_text("# About\n")
    counts = Counts(new=PAPERS)
    entry = CategoryLedger(status="complete", stated=counts, held=counts, sources=("feed", "listing"))
    for number, day in enumerate(DAYS):
        papers = [paper(number * PAPERS + place) for place in range(1, PAPERS + 1)]
        archive.write_announcements(store(root), day, papers)
        archive.write_ledger(store(root), day, Ledger(date=day.isoformat(), categories={"cs.CL": entry}))
    translation = {"model": "m", "base_url": url, "concurrency": CONCURRENCY}
    options = {"categories": ["cs.CL"], "fetch": "never", "translation": translation}
    config = {"site_name": "kills", "theme": {"name": "material", "font": False}, "plugins": [{"paperboy": options}]}
    (root / "mkdocs.yml").write_text(yaml.safe_dump(config))


def store(root: Path) -> Path:
    """Where the archive of a site lies."""
    return root / ".paperboy" / "archive"


def start(root: Path, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """A real run, in the background."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=root,
        env=environment | {"NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def translations(root: Path) -> dict[date, list[bytes]]:
    """The accepted answers of each edition, whatever way they came."""
    found = {}
    for day in DAYS:
        path = archive.folder(store(root), day) / "translations.zh-CN.jsonl"
        rows = [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        found[day] = [json.dumps(row | {"batch": None}).encode() for row in rows if row["status"] == "ok"]
    return found


def is_done(root: Path) -> bool:
    """Whether all papers are translated and no batch is remembered."""
    done = all(len(answers) == PAPERS for answers in translations(root).values())
    return done and not list(store(root).glob("batches/*.json"))


def run(kills: int, *, seed: int, workspace: Path, say: Callable[[str], None] = lambda _: None) -> Result:
    """Kill until there were so many kills and the last round is done."""
    chance = random.Random(seed)  # noqa: S311  a repeatable draw
    calm = _calm(workspace / "calm")
    met: Counter[str] = Counter()
    twice = repeated = lost = different = rounds = batches = 0
    while met.total() < kills:
        rounds += 1
        root = workspace / f"round-{rounds}"
        with BatchServer() as server:
            site(root, server.url)
            while not is_done(root):
                how = _killed(root, server, chance) if met.total() < kills else _whole(root, chance)
                met.update(filter(None, [how]))
                if chance.getrandbits(1):
                    server.finish("expired", answered=chance.randrange(PAPERS))
                else:
                    server.finish()
            for ways in server.paid.values():
                after = len(ways) - 1 - ways.index("batch") if "batch" in ways else 0
                twice += after
                repeated += len(ways) - 1 - after
            lost += 2 * PAPERS - len(server.paid)
            batches += len(server.batches)
        different += translations(root) != calm
        say(f"round {rounds}: {met.total()} kills, {batches} batches, {twice} paid twice")
    return Result(met, rounds, rounds * 2 * PAPERS, batches, twice, repeated, lost, different)


def _calm(root: Path) -> dict[date, list[bytes]]:
    with BatchServer() as server:
        server.at_once = True
        site(root, server.url)
        while not is_done(root):
            for command in _COMMANDS:
                if start(root, command).wait():
                    raise RuntimeError(f"{command} failed without a kill")
    return translations(root)


def _whole(root: Path, chance: random.Random) -> str | None:
    start(root, chance.choice(_COMMANDS)).wait()
    return None


def _killed(root: Path, server: BatchServer, chance: random.Random) -> str | None:
    """Start a run and end it; gives how, or `None` where it was over before."""
    way = chance.choice(("a moment", "the journal", "any time"))
    command = chance.choice(_COMMANDS)
    started = threading.Event()
    process: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        started.wait()
        process[0].kill()
        process[0].wait()

    moment = chance.choice(MOMENTS)
    server.moments.clear()
    if way == "a moment":
        server.moments[moment] = kill
    process.append(start(root, command))
    started.set()
    if way == "the journal":
        _when_longer(root, process[0], chance.randrange(1, 6))
    elif way == "any time":
        time.sleep(chance.uniform(0.2, 3.0))
    if way != "a moment":
        process[0].kill()
    killed = process[0].wait() < 0
    server.moments.clear()
    return (moment if way == "a moment" else way) if killed else None


def _when_longer(root: Path, process: subprocess.Popen[bytes], lines: int) -> None:
    """Wait until so many lines more are in the journals, or the process is over."""
    before = _lines(root)
    while process.poll() is None and _lines(root) < before + lines:
        time.sleep(0.001)


def _lines(root: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in store(root).glob("*/*/*/translations.*.jsonl"))


def main(kills: int = 200, seed: int = 1) -> None:
    """Kill, and print what it came to."""
    with tempfile.TemporaryDirectory() as folder:
        result = run(kills, seed=seed, workspace=Path(folder), say=print)
    print(f"{result.kills.total()} kills: {', '.join(f'{name} {count}' for name, count in result.kills.items())}")
    print(f"{result.papers} papers in {result.rounds} rounds and {result.batches} batches")
    print(f"  answers of a batch that were asked for again: {result.paid_twice}")
    print(f"  questions that a kill met in flight by themselves, and that were asked again: {result.repeated}")
    print(f"  papers lost: {result.lost}; rounds with another archive: {result.different}")
    sys.exit(not result.good)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
