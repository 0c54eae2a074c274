"""Kills and failed writes at every point where a byte reaches the disk, each followed by a plain run.

The suite lets each point fail in one of four ways, in turn; with PAPERBOY_EVERY_FAULT=1 each fails in all of them.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import ssl
import subprocess
from contextlib import ExitStack
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
import pytest

from paperboy.domain import config
from paperboy.domain.errors import PaperboyError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.pipeline import build
from paperboy.pipeline.backfill import harvest
from paperboy.storage import archive
from paperboy.storage.archive_branch import Branch
from paperboy.storage.archive_lock import ArchiveLock
from paperboy.tools.demo import load_demo
from paperboy.tools.demo.fake_server import DemoServer
from tests.batching.batch_server import BatchServer
from tests.conftest import demo_options
from tests.disk import Disk
from tests.sources.conftest import Host
from tests.sources.test_harvest import page, record
from tests.test_archive_branch import answer, put
from tests.translate.model_server import paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


FAULTS = {errno.ENOSPC: False, errno.EIO: False, errno.EACCES: True, errno.EROFS: True}
"""Refusals, and whether one lasts to the end of the run."""
EVERY_FAULT = os.environ.get("PAPERBOY_EVERY_FAULT") == "1"
DAY = date(2026, 6, 4)


class Case(Protocol):
    """One operation in a folder of its own."""

    def run(self) -> None:
        """Do it, or go on with it."""

    def outcome(self) -> dict[str, bytes]:
        """What is held when it is done."""

    def paid_twice(self) -> int:
        """Answers that were asked for though they were on the disk."""


def stored(root: Path) -> dict[str, bytes]:
    """What an archive's files hold, but hidden ones."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def held_answers(root: Path) -> list[str]:
    """The papers whose accepted answers are on the disk, with a line that a kill has cut off left out."""
    found = []
    for path in root.rglob("translations.*.jsonl"):
        for line in path.read_bytes().split(b"\n"):
            try:
                found.append(json.loads(line)["id"])
            except ValueError:
                continue
    return found


# The operations


class Day:
    """A day of two papers is fetched and translated."""

    def __init__(self, root: Path, server: DemoServer) -> None:
        values = demo_options(server.url, categories=["cs.CL"])
        values["translation"]["concurrency"] = 1
        self.options = config.parse_options(values, root)
        self._model = server._server.model
        self._known: set[str] = set()
        self._twice = 0

    def run(self) -> None:
        self._known = set(held_answers(self.options.archive))
        complete = type(self._model).complete
        asked: list[bytes] = []

        def counted(body: bytes) -> Any:
            asked.append(body)
            return complete(self._model, body)

        self._model.complete = counted  # type: ignore[method-assign]
        try:
            with ArchiveLock(self.options.archive):
                build.update(self.options)
        finally:
            self._twice += max(0, len(asked) - (2 - len(self._known)))

    def outcome(self) -> dict[str, bytes]:
        return stored(self.options.archive)

    def paid_twice(self) -> int:
        return self._twice


class Batch:
    """A paper waits in a batch, another one is asked for at once, and the answer is brought in."""

    def __init__(self, root: Path, server: BatchServer) -> None:
        self.server = server
        server.paid.clear()
        translation = {"model": "m", "base_url": server.url, "timeout": 5.0, "concurrency": 1}
        values = {"categories": ["cs.CL"], "fetch": "never", "translation": translation}
        self.options = config.parse_options(values, root)
        archive.write_announcements(self.options.archive, DAY, [paper(1), paper(2)])
        entry = CategoryLedger(status="complete", stated=Counts(new=2), held=Counts(new=2))
        archive.write_ledger(self.options.archive, DAY, Ledger(date=DAY.isoformat(), categories={"cs.CL": entry}))

    def run(self) -> None:
        with ArchiveLock(self.options.archive):
            build.translate(self.options, batch=True)
            self.server.finish()
            build.translate(self.options)

    def outcome(self) -> dict[str, bytes]:
        # Which of them was asked for at once, and which in the batch, depends on where it was stopped.
        files = stored(self.options.archive)
        (name,) = (name for name in files if "translations" in name)
        rows = [json.loads(line) for line in files[name].splitlines()]
        files[name] = json.dumps([row | {"batch": None} for row in rows]).encode()
        ledger = json.loads(files["2026/06/04/ledger.json"])
        return files | {"2026/06/04/ledger.json": json.dumps(ledger).encode()}

    def paid_twice(self) -> int:
        # One that was asked for at once may have been on its way to the disk; an answer of a batch stays there.
        return sum(len(ways) - 1 - ways.index("batch") for ways in self.server.paid.values() if "batch" in ways)


class Backfill:
    """Two days are derived from two pages of OAI-PMH."""

    def __init__(self, root: Path, host: Host) -> None:
        values = demo_options(host.url, categories=["cs.CL"], translation={"enabled": False})
        values["sources"]["arxiv"]["oai_url"] = f"{host.url}/oai"
        self.options = config.parse_options(values, root)
        first = page(record("2606.00001", "2026-06-01"), token="more")
        host.answers = {
            "/oai": [first],
            "/oai?verb=ListRecords&resumptionToken=more": [page(record("2606.00002", "2026-06-02"))],
        }

    def run(self) -> None:
        with ArchiveLock(self.options.archive):
            harvest.backfill(self.options, date(2026, 6, 1), date(2026, 6, 3))

    def outcome(self) -> dict[str, bytes]:
        return stored(self.options.archive)

    def paid_twice(self) -> int:
        return 0


ANSWERS = "2026/06/04/translations.zh-CN.jsonl"
REMOTE = "../remote.git"


def pushed(root: Path, files: dict[str, str]) -> None:
    put(root, files)
    with Branch(root, REMOTE) as branch:
        branch.push("m")


def diverged(parent: Path) -> None:
    """A folder and a branch that have answers of the same day which the other lacks."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(parent / "remote.git")], check=True)
    pushed(parent / "other", {ANSWERS: answer(2), "2026/06/05/ledger.json": "{}\n"})
    put(parent / "archive", {ANSWERS: answer(1), "2026/06/03/ledger.json": "{}\n"})


def behind(parent: Path) -> None:
    """A folder whose branch has got days meanwhile, and lost one on purpose."""
    diverged(parent)
    pushed(parent / "archive", {})
    pushed(parent / "other", {"2026/06/08/ledger.json": "{}\n", "2026/06/09/ledger.json": "{}\n"})
    for arguments in (
        ["clone", "--quiet", "--branch", "archive", str(parent / "remote.git"), str(parent / "work")],
        ["-C", str(parent / "work"), "rm", "--quiet", "-r", "2026/06/03"],
        ["-C", str(parent / "work"), "-c", "user.name=o", "-c", "user.email=o@x", "commit", "--quiet", "-m", "m"],
        ["-C", str(parent / "work"), "push", "--quiet"],
    ):
        subprocess.run(["git", *arguments], check=True)


class Push:
    """A folder and its branch are joined."""

    pulls = False

    def __init__(self, root: Path, template: Path) -> None:
        shutil.copytree(template, root)
        self.root = root / "archive"
        self.remote = root / "remote.git"

    def run(self) -> None:
        with Branch(self.root, REMOTE) as branch:
            if self.pulls:
                branch.pull()
            else:
                branch.push("m")

    def outcome(self) -> dict[str, bytes]:
        trash = self.root / ".trash"
        command = ["git", "ls-tree", "-r", "archive"]
        tree = subprocess.run(command, cwd=self.remote, check=True, capture_output=True).stdout
        return stored(self.root) | {"branch": tree} | {f"trash/{name}": data for name, data in stored(trash).items()}

    def paid_twice(self) -> int:
        ids = held_answers(self.root)
        return len(ids) - len(set(ids))


class Pull(Push):
    """What the branch has got is taken out, and what it lost on purpose goes to the trash."""

    pulls = True


class Operation(NamedTuple):
    start: Callable[[Path], Case]
    but: str
    """What below the folder is no point."""
    least: int
    """Points that there are at least, so that a change that hides them is seen."""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with their branches, to be copied: for a push, and for a pull."""
    made = {"push": tmp_path_factory.mktemp("push"), "pull": tmp_path_factory.mktemp("pull")}
    diverged(made["push"])
    behind(made["pull"])
    return made


@pytest.fixture(params=["day", "batch", "backfill", "push", "pull"])
def operation(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, templates: dict[str, Path]
) -> Iterator[Operation]:
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    # Each client of a model reads the system's certificates anew, which costs more than all else that a run does.
    monkeypatch.setattr(ssl, "create_default_context", lru_cache(ssl.create_default_context))
    cache = ".paperboy/cache"
    with ExitStack() as stack:
        if request.param == "day":
            papers = [one for one in load_demo().papers if one.categories[0] == "cs.CL" and not one.fault][:2]
            invented = msgspec.structs.replace(load_demo(), papers=tuple(papers), featured=(), elsewhere=())
            demo = stack.enter_context(DemoServer(invented))
            yield Operation(lambda root: Day(root, demo), cache, 20)
        elif request.param == "batch":
            server = stack.enter_context(BatchServer())
            yield Operation(lambda root: Batch(root, server), cache, 20)
        elif request.param == "backfill":
            host = stack.enter_context(Host())
            yield Operation(lambda root: Backfill(root, host), f"{cache}/papers.sqlite", 20)
        else:
            kind = Push if request.param == "push" else Pull
            yield Operation(lambda root: kind(root, templates[request.param]), "archive/.branch", 10)


def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(operation: Operation, tmp_path: Path) -> None:
    calm = operation.start(tmp_path / "calm")
    points = Disk(tmp_path / "calm", tmp_path / "calm" / operation.but).points_to_kill(calm.run)
    calm.run()
    whole = calm.outcome()
    assert len(points) >= operation.least

    for point in points:
        root = tmp_path / str(point)
        case, disk = operation.start(root), Disk(root, root / operation.but)
        with disk.killed(point):
            case.run()
        case.run()

        assert case.outcome() == whole, disk.point
        assert case.paid_twice() == 0, disk.point
        shutil.rmtree(root)


def test_a_write_that_fails_anywhere_is_told_in_one_line_and_tears_nothing(
    operation: Operation, tmp_path: Path
) -> None:
    calm = operation.start(tmp_path / "calm")
    points = Disk(tmp_path / "calm", tmp_path / "calm" / operation.but).points_to_fail(calm.run)
    calm.run()
    whole = calm.outcome()

    for point in points:
        faults = [*FAULTS] if EVERY_FAULT else [[*FAULTS][point % len(FAULTS)]]
        for fault in faults:
            root = tmp_path / f"{point}-{fault}"
            case, disk = operation.start(root), Disk(root, root / operation.but)
            told = ""
            try:
                with disk.failing(point, fault, lasts=FAULTS[fault]):
                    case.run()
            except PaperboyError as error:
                told = str(error)
            case.run()

            assert case.outcome() == whole, f"{disk.point}: {os.strerror(fault)}"
            assert "\n" not in told
            assert not told or os.strerror(fault) in told, disk.point
            shutil.rmtree(root)
