"""Replay thirty real weekdays in three ways, and hold the three archives against arXiv and each other.

    python benchmarks/thirty_days.py [CALENDAR DAYS] [SEED]

The ways are: (a) a build every day; (b) builds, a pause of twenty days, one build, builds; (c) a build every
day while 30 % of the requests fail in all the ways that the replay knows and 10 % of the builds are killed.
A build is here its first stage, `pipeline.build.update`, in a process of its own; translation is off. Needs
`../shared`, and the program `zstd` for its corpus.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.storage import archive
from tests.programs import start_program

SHARED = Path(__file__).resolve().parents[2] / "shared"
sys.path.insert(0, str(SHARED / "replay"))

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CORPUS = SHARED / "data/corpus/oai-changes_2026-06-15..2026-07-24.jsonl.zst"
CATEGORIES = ("cs.CL", "cs.LG", "cs.CV", "cs.MA")
FIRST = date(2026, 6, 15)
INTERVAL = 0.05
"""Seconds between two requests, as configured: the replay is a mirror, so arXiv's own least does not hold."""

SHARE_FAILING = 0.30
SHARE_KILLED = 0.10
MOST_BUILDS_TO_SETTLE = 12
LONGEST = 0.8
"""Seconds after the first request within which a build is killed: about as long as it asks."""

_UPDATE = """
import logging
from pathlib import Path
import yaml
from paperboy.domain import config
from paperboy.pipeline import build
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
plugins = yaml.safe_load(Path("mkdocs.yml").read_text())["plugins"]
build.update(config.parse_options(plugins[0]["paperboy"], Path.cwd()))
"""
_FAULTS = (
    {"fault": "http_429", "retry_after": 0.2},
    {"fault": "http_503", "retry_after": 0.2},
    {"fault": "http_406", "retry_after": 0.2},
    {"fault": "http_500"},
    {"fault": "http_404"},
    {"fault": "slow", "seconds": 0.2},
    {"fault": "hang", "seconds": 0.2},
    {"fault": "reset"},
    {"fault": "truncated"},
    {"fault": "blank"},
    {"fault": "empty"},
    {"fault": "stale_day"},
    {"fault": "wrong_counts"},
)
"""Every fault that the replay has for pages."""


class Way(NamedTuple):
    """What one way of building came to."""

    name: str
    builds: int
    killed: int
    settling: int
    requests: int
    faults: int
    gap: float
    root: Path


class World:
    """The replay, and the sites that are built from it."""

    def __init__(self, replay: Any, log: Path, workspace: Path, mornings: Sequence[date]) -> None:
        self.replay = replay
        self.mornings = mornings
        self._log = log
        self._workspace = workspace
        self._read = 0

    def site(self, name: str, catch_up_days: int = 14) -> Path:
        """A new site."""
        root = self._workspace / name
        (root / "docs").mkdir(parents=True)
        url = self.replay.url
        arxiv = {"listing_url": url, "feed_url": url, "api_url": f"{url}/api/query", "oai_url": f"{url}/oai"}
        options = {
            "categories": list(CATEGORIES),
            "catch_up_days": catch_up_days,
            "sources": {
                "arxiv": {**arxiv, "request_interval": INTERVAL, "time_limit": 120},
                "huggingface": {"enabled": False},
            },
            "translation": {"enabled": False},
        }
        config = {"site_name": name, "plugins": [{"paperboy": options}]}
        (root / "mkdocs.yml").write_text(yaml.safe_dump(config))
        return root

    def build(self, root: Path, today: date, kill_after: float | None = None) -> bool:
        """One build; whether it came to its end, or was killed so many seconds after its first request."""
        self.replay.control({"date": today.isoformat()})
        before = self._asked()
        with (root / "log").open("ab") as log:
            process = start_program("python", [_UPDATE], root, os.environ, log.fileno(), log.fileno())
        if kill_after is not None:
            while process.is_running() and self._asked() == before:
                time.sleep(0.01)
            end = time.monotonic() + kill_after
            while process.is_running() and time.monotonic() < end:
                time.sleep(0.005)
            if process.is_running():
                process.kill()
                process.wait()
                return False
        if process.wait():
            raise RuntimeError(f"a build failed: see {root / 'log'}")
        return True

    def _asked(self) -> int:
        return sum(self.replay.journal.stats()["requests"].values())

    def requests(self) -> list[dict[str, Any]]:
        """What was asked since the last call, in order of arrival."""
        lines = self._log.read_text().splitlines()[self._read :]
        self._read += len(lines)
        rows = [json.loads(line) for line in lines]
        for row in rows:
            row["at"] = datetime.fromisoformat(row["ts"]).timestamp() - row["ms"] / 1000
        return sorted(rows, key=lambda row: float(row["at"]))

    def announced(self, category: str, day: date) -> dict[str, str]:
        """What arXiv announced, by the replay's own tables: id → type."""
        from paperboy_replay import listing, taxonomy  # type: ignore[import-not-found]  # noqa: PLC0415  beside us
        from paperboy_replay.wire import View  # type: ignore[import-not-found]  # noqa: PLC0415  beside us, too

        kinds = {"new": "new", "cross": "cross", "rep": "replace", "repcross": "replace-cross"}
        found = listing.entries(View(self.replay.corpus, day), taxonomy.subject(category), day)
        return {paper.id: kinds[kind] for kind, paper, _ in found}


# The three ways


def every_day(world: World) -> Way:
    """A build every morning, in fair weather."""
    root = world.site("a")
    for day in world.mornings:
        world.build(root, day)
    return _way("a build every day", world, root, len(world.mornings))


def after_a_pause(world: World, before: int, pause: int) -> Way:
    """Some mornings, no build for so many days, and then every morning again."""
    root = world.site("b", catch_up_days=pause + 7)
    mornings = [*world.mornings[:before], *world.mornings[before + pause :]]
    for day in mornings:
        world.build(root, day)
    return _way(f"one build after {pause} days without", world, root, len(mornings))


def in_foul_weather(world: World, seed: int) -> Way:
    """A build every morning while requests fail and builds are killed; at the end, builds until all is settled."""
    rng = random.Random(seed)  # noqa: S311  a repeatable draw
    root = world.site("c")
    share = 1 - (1 - SHARE_FAILING) ** (1 / len(_FAULTS))
    rules = [{**fault, "probability": share} for fault in _FAULTS]
    world.replay.control({"faults": {"seed": seed, "feed": rules, "listing": rules, "api": rules}})
    kills = sorted(rng.sample(range(len(world.mornings)), max(1, round(SHARE_KILLED * len(world.mornings)))))
    killed = 0
    for number, day in enumerate(world.mornings):
        killed += not world.build(root, day, rng.uniform(0.0, LONGEST) if number in kills else None)
    settling = 0
    while not is_settled(root) and settling < MOST_BUILDS_TO_SETTLE:
        world.build(root, world.mornings[-1])
        settling += 1
    world.replay.control({"faults": {}})
    return _way("a third of requests failing, builds killed", world, root, len(world.mornings), killed, settling)


def _way(name: str, world: World, root: Path, builds: int, killed: int = 0, settling: int = 0) -> Way:
    asked = world.requests()
    times = [float(row["at"]) for row in asked]
    gap = min((later - earlier for earlier, later in pairwise(times)), default=0.0)
    faults = sum(row["fault"] is not None for row in asked)
    return Way(name, builds, killed, settling, len(asked), faults, gap, root)


# What is held against what


def store(root: Path) -> Path:
    """The archive of a site."""
    return root / ".paperboy" / "archive"


def is_settled(root: Path) -> bool:
    """Whether every day of an archive is complete."""
    ledgers = (archive.read_ledger(store(root), day) for day in archive.days(store(root)))
    return all(ledger is not None and ledger.complete and not ledger.unanswered for ledger in ledgers)


def files(root: Path) -> dict[str, bytes]:
    """Every file of an archive, and of the ledgers what does not say who served or failed."""
    found = {str(path.relative_to(store(root))): path.read_bytes() for path in store(root).rglob("*") if path.is_file()}
    return {name: _told(data) if name.endswith(archive.LEDGER) else data for name, data in sorted(found.items())}


def _told(ledger: bytes) -> bytes:
    """A ledger without the only two things in it that depend on the way: who served, and what failed on it."""
    account = json.loads(ledger)
    for entry in account["categories"].values():
        entry["sources"] = entry["notes"] = None
    return json.dumps(account).encode()


def faults(world: World, root: Path) -> Iterator[str]:
    """What is wrong with an archive, held against arXiv."""
    held = archive.days(store(root))
    wanted = [day for day in world.mornings if any(world.announced(name, day) for name in CATEGORIES)]
    if held != wanted:
        yield f"days: {sorted(set(held) ^ set(wanted))} are held or announced alone"
    for day in held:
        papers = archive.read_announcements(store(root), day)
        if len({paper.id for paper in papers}) != len(papers):
            yield f"{day}: a paper stands twice"
        for name in CATEGORIES:
            mine = {paper.id: paper.listed[name] for paper in papers if name in paper.listed}
            if mine != world.announced(name, day):
                yield f"{day} {name}: not the announced papers"
    days = [{(paper.id, paper.version) for paper in archive.read_announcements(store(root), day)} for day in held]
    for earlier, later in pairwise(days):
        if len(earlier & later) * 2 > min(len(earlier), len(later)):
            yield "a day is stored twice"


def unlike(one: Path, other: Path) -> list[str]:
    """The files in which two archives differ."""
    mine, theirs = files(one), files(other)
    return sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))


def run(world: World, before: int, pause: int, seed: int) -> tuple[list[Way], list[str]]:
    """Build in the three ways: what each came to, and what is wrong with them."""
    ways = [every_day(world), after_a_pause(world, before, pause), in_foul_weather(world, seed)]
    wrong: list[str] = []
    for way in ways:
        wrong += [f"{way.name}: {fault}" for fault in faults(world, way.root)]
        wrong += [f"{way.name}: {name} differs" for name in unlike(way.root, ways[0].root)]
        if way.gap < INTERVAL:
            wrong.append(f"{way.name}: asked after {way.gap:.3f} s")
    wrong += list(_unchanged(world, [way.root for way in ways]))
    return ways, wrong


def main(days: int = 40, seed: int = 7) -> None:
    """Build in the three ways, and print the table."""
    from replay import Replay  # type: ignore[import-not-found]  # noqa: PLC0415  beside the checkout

    mornings = [FIRST + timedelta(days=number) for number in range(days)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "requests.jsonl"
        with Replay([CORPUS], log=log) as replay:
            ways, wrong = run(World(replay, log, Path(folder), mornings), before=7, pause=20, seed=seed)
        held = {
            day: len(archive.read_announcements(store(ways[0].root), day)) for day in archive.days(store(ways[0].root))
        }
        if wrong and (keep := os.environ.get("KEEP")):
            shutil.copytree(folder, keep)
    print(f"{'':46}{'builds':>7}{'killed':>7}{'more':>5}{'requests':>9}{'failed':>7}{'least gap s':>12}")
    for way in ways:
        row = f"{way.builds:7}{way.killed:7}{way.settling:5}{way.requests:9}{way.faults:7}{way.gap:12.3f}"
        print(f"{way.name:46}{row}")
    print(f"{len(held)} announced days, {sum(held.values()):,} announcements")
    print("\n".join(wrong) or "the three archives are the same, and hold what arXiv announced")
    sys.exit(bool(wrong))


def _unchanged(world: World, roots: Sequence[Path]) -> Iterator[str]:
    """One more build of each: nothing may be asked but conditionally, and nothing may change."""
    world.build(roots[-1], world.mornings[-1])  # in foul weather the last answer of a feed may have been a bad one
    world.requests()
    for root in roots:
        before = {path: path.read_bytes() for path in store(root).rglob("*") if path.is_file()}
        world.build(root, world.mornings[-1])
        asked = world.requests()
        if any(row["status"] != HTTPStatus.NOT_MODIFIED for row in asked) or len(asked) != len(CATEGORIES):
            yield f"{root.name}: an unchanged archive cost {[(row['path'], row['status']) for row in asked]}"
        if before != {path: path.read_bytes() for path in store(root).rglob("*") if path.is_file()}:
            yield f"{root.name}: an unchanged archive was changed"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
