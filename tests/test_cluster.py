"""A local Ray with two workers against a local model server: the same archive as without."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.domain.config import Prices, TranslationOptions
from paperboy.domain.glossary import Glossary
from paperboy.pipeline.translate import ray_cluster
from paperboy.pipeline.translate.cluster_tasks import Task
from paperboy.storage import archive
from paperboy.translation.outcome import Outcome, total
from paperboy.translation.prompts.prompt import prepare
from tests.conftest import _environment
from tests.translate.model_server import Server, completion, error, fields, good, paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.edition import Translation
    from tests.conftest import Site
    from tests.translate.model_server import Answer

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="needs Ray (500 MB), which is not installed; `make test-ray` installs it and runs this",
)
DAYS = [date(2026, 6, number) for number in (1, 2, 3, 4)]
EACH = 12


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def month(site: Site, server: Server, **translation: Any) -> None:
    """Four editions, with a text that two editions share and one that two papers of an edition share."""
    wanted = {"model": "m", "base_url": server.url, "timeout": 10.0, "concurrency": 8, **translation}
    site.configure({"categories": ["cs.CL"], "fetch": "never", "translation": wanted})
    for number, day in enumerate(DAYS):
        papers = [paper(number * EACH + place) for place in range(EACH)]
        papers[0] = paper(number * EACH, title="A text that comes every day")
        papers[1] = paper(number * EACH + 1, title="A text that comes every day")
        archive.write_announcements(store(site), day, papers)


def store(site: Site) -> Path:
    return site.root / ".paperboy" / "archive"


def stored(site: Site) -> dict[str, bytes]:
    """The archive without what depends on which answers came first: whether a refused one counts against its paper."""
    files = {str(p.relative_to(store(site))): p.read_bytes() for p in sorted(store(site).rglob("*.*")) if p.is_file()}
    return {name: re.sub(rb',"asked":"[^"]*"', b"", data) for name, data in files.items() if name != ".lock"}


def on_ray(site: Site) -> subprocess.CompletedProcess[str]:
    return site.paperboy("translate", "--ray", "--workers", "2", "--from", "2026-06-01", "--to", "2026-06-30")


def numbers_lost(asked: dict[str, Any]) -> Answer:
    changed = {**fields(asked), "abstract": fields(asked)["abstract"].replace("42", "43")}
    return completion(json.dumps(changed, ensure_ascii=False))


def once_refused(asked: dict[str, Any]) -> Answer:
    """Wrong for every third text until its faults are named."""
    again = "was refused" in asked["messages"][0]["content"]
    return good(asked) if again or sum(map(ord, asked["messages"][-1]["content"])) % 3 else numbers_lost(asked)


def titles(server: Server) -> list[str]:
    return [json.loads(asked["messages"][-1]["content"])["title"] for asked in server.asked]


@needs_ray
def test_a_cluster_leaves_the_same_archive_as_this_machine_alone(site: Site, tmp_path: Path, server: Server) -> None:
    from tests.conftest import Site

    server.script = lambda asked, _: once_refused(asked)
    here = Site(tmp_path / "here")
    here.root.mkdir()
    month(here, server)
    alone = here.paperboy("translate", "--from", "2026-06-01", "--to", "2026-06-30")
    assert alone.returncode == 0, alone.stderr
    asked = sorted(titles(server))
    server.asked.clear()

    month(site, server)
    done = on_ray(site)

    assert done.returncode == 0, done.stderr
    assert stored(site) == stored(here)
    assert sorted(titles(server)) == asked
    assert any(b'"failed"' in data for data in stored(site).values())


@needs_ray
def test_what_is_on_disk_is_not_asked_for_by_the_workers(site: Site, server: Server) -> None:
    month(site, server)
    assert site.paperboy("translate", "--from", "2026-06-03", "--to", "2026-06-03").returncode == 0
    before = len(server.asked)
    done = on_ray(site)
    after = len(server.asked)
    again = on_ray(site)

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert len(set(titles(server))) == len(titles(server)) == after
    assert 0 < before < after
    assert len(server.asked) == after


@needs_ray
def test_a_driver_that_is_killed_loses_no_more_than_was_on_the_way(site: Site, server: Server) -> None:
    month(site, server)
    server.script = lambda asked, _: good(asked, delay=0.3)
    command = [sys.executable, "-c", "from paperboy.cli import main; main()", "translate", "--ray", "--workers", "2"]
    with subprocess.Popen(command, cwd=site.root, env=_environment(), stderr=subprocess.DEVNULL) as process:
        while len(list(store(site).rglob("translations.*.jsonl"))) < 2:
            assert process.poll() is None
            with server.lock:
                pass
        process.send_signal(signal.SIGKILL)
    server.script = lambda asked, _: good(asked)
    done = on_ray(site)

    assert done.returncode == 0, done.stderr
    # Eight were in flight, and an answer is on its way to the driver for about a round of them.
    assert len(titles(server)) - len(set(titles(server))) <= 3 * 8
    answers = [answer for day in DAYS for answer in archive.read_translations(store(site), day, "zh-CN")]
    assert len(answers) == len(DAYS) * EACH


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """The processes below one, each with its command."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            command = (path / "cmdline").read_text()
        except (OSError, ValueError):
            continue
        if parent == pid:
            yield int(path.name), command
            yield from descendants(int(path.name))


@needs_ray
@pytest.mark.parametrize("how_many", [1, 2])
def test_a_worker_that_dies_costs_no_answer_that_came_and_its_papers_come_later(
    site: Site, server: Server, how_many: int
) -> None:
    month(site, server)
    server.script = lambda asked, _: good(asked, delay=0.3)
    command = [sys.executable, "-c", "from paperboy.cli import main; main()", "translate", "--ray", "--workers", "2"]
    with subprocess.Popen(command, cwd=site.root, env=_environment(), stderr=subprocess.PIPE, text=True) as process:
        while not list(store(site).rglob("translations.*.jsonl")):
            assert process.poll() is None
        workers = [pid for pid, name in descendants(process.pid) if name.startswith("ray::MapWorker")]
        for pid in workers[:how_many]:
            os.kill(pid, signal.SIGKILL)
        said = process.communicate(timeout=300)[1]
    assert process.returncode == 0, said
    assert "papers were with workers that were lost" in said
    server.script = lambda asked, _: good(asked)
    done = on_ray(site)

    assert done.returncode == 0, done.stderr
    answers = [answer for day in DAYS for answer in archive.read_translations(store(site), day, "zh-CN")]
    assert [answer.status for answer in answers] == ["ok"] * len(DAYS) * EACH
    assert len(titles(server)) - len(set(titles(server))) <= 3 * 8


@needs_ray
def test_an_endpoint_that_is_gone_is_said_once_and_leaves_the_papers(site: Site, server: Server) -> None:
    month(site, server)
    server.script = lambda _asked, _number: error(401, "Incorrect API key provided")
    done = on_ray(site)

    assert done.returncode == 0, done.stderr
    assert "translation stopped" in done.stderr
    assert "refuses the key" in done.stderr
    assert len(server.asked) <= 8
    assert "Traceback" not in done.stderr


@needs_ray
def test_a_budget_is_shared_out_among_the_workers(site: Site, server: Server) -> None:
    month(site, server, max_tokens_per_build=3000)
    done = on_ray(site)

    assert done.returncode == 0, done.stderr
    assert 3000 <= len(server.asked) * 150 <= 3000 + 8 * 150


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_the_command_says_how_to_install_it(site: Site, server: Server) -> None:
    month(site, server)
    done = on_ray(site)

    assert done.returncode == 1
    assert "pip install 'mkdocs-paperboy[ray]'" in done.stderr
    assert server.asked == []


def test_shares_of_the_limits_come_to_the_whole() -> None:
    wanted = TranslationOptions(
        concurrency=9, max_tokens_per_build=1000, max_cost_per_build=3.0, prices=Prices(prompt=1.0, completion=2.0)
    )
    mine = ray_cluster._share(wanted, 2)

    assert (mine.concurrency, mine.max_tokens_per_build, mine.max_cost_per_build) == (4, 500, 1.5)
    assert ray_cluster._share(TranslationOptions(concurrency=2), 8).concurrency == 1


def test_a_worker_puts_each_answer_on_disk_with_its_day_and_gives_the_outcome(server: Server) -> None:
    options = TranslationOptions(model="m", base_url=server.url)
    papers = [paper(number) for number in range(3)]
    keys = [prepare(one, options, Glossary()).key for one in papers]
    tasks = [Task(day, key, one, []) for day, key, one in zip(DAYS, keys, papers, strict=False)]
    appended: list[tuple[date, Translation]] = []
    key = ray_cluster.Key("sk-secret")
    worker = ray_cluster.Worker(options, Glossary(), key, lambda day, answer: appended.append((day, answer)))

    row = worker({"task": [msgspec.json.encode(task) for task in tasks]})

    assert sorted(day for day, _ in appended) == DAYS[:3]
    assert msgspec.json.decode(row["outcome"][0], type=Outcome).translated == 3
    assert "secret" not in repr(key)


def test_the_outcomes_of_workers_come_to_one() -> None:
    one = Outcome(translated=2, refused={"json": 1}, requests=3, stopped="the budget is spent")
    other = Outcome(translated=1, refused={"json": 1, "empty": 2}, left=4, trouble="no answer")

    assert total([one, other]) == Outcome(
        translated=3, refused={"json": 2, "empty": 2}, requests=3, left=4, stopped=one.stopped, trouble=other.trouble
    )


def test_a_worker_that_met_a_closed_door_does_not_knock_again(server: Server) -> None:
    server.script = lambda _asked, _number: error(402, "Insufficient Balance")
    options = TranslationOptions(model="m", base_url=server.url)
    worker = ray_cluster.Worker(options, Glossary(), ray_cluster.Key(None), lambda _day, _answer: None)
    batch = {"task": [msgspec.json.encode(Task(DAYS[0], "k", paper(1), []))]}
    worker(batch)
    knocks = len(server.asked)
    row = worker(batch)

    assert len(server.asked) == knocks
    assert b"no credit" in row["outcome"][0]
