"""Measure the ways to translate much: two servers against one, a batch, and a Ray cluster where Ray is installed.

    python benchmarks/engines.py [PAPERS]

Servers run in processes of their own and take 0.5 seconds for an answer. Every run is a real `paperboy translate`
over editions of 400 papers, in a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.storage import archive
from tests.batching.batch_server import BatchServer
from tests.translate.model_server import Server, good, paper

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWEST = date(2026, 6, 26)
EACH = 400
LATENCY = 0.5
CONCURRENCY = 16


class Done(NamedTuple):
    """What one run took."""

    seconds: float
    cpu: float
    mebibytes: float


def serve() -> None:
    """A model that takes its time, until it is killed."""
    server = Server()
    server.script = lambda asked, _number: good(asked, delay=LATENCY)
    print(server.url, flush=True)
    server.http.serve_forever()


@contextmanager
def models(count: int) -> Iterator[list[str]]:
    """Addresses of so many models, while they run."""
    with ExitStack() as stack:
        urls = []
        for _ in range(count):
            command = [sys.executable, __file__, "serve"]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            urls.append(process.stdout.readline().strip() if process.stdout else "")
        yield urls


def site(root: Path, count: int, urls: list[str]) -> None:
    """A site with editions of papers, none translated."""
    (root / "docs").mkdir(parents=True)
    for first in range(0, count, EACH):
        papers = [paper(number) for number in range(first, min(count, first + EACH))]
        day = NEWEST - timedelta(days=first // EACH)
        archive.write_announcements(root / ".paperboy" / "archive", day, papers)
    translation = {"model": "m", "base_url": urls, "concurrency": CONCURRENCY}
    options = {"categories": ["cs.CL"], "fetch": "never", "translation": translation}
    (root / "mkdocs.yml").write_text(yaml.safe_dump({"site_name": "much", "plugins": [{"paperboy": options}]}))


def translate(root: Path, *arguments: str) -> Done:
    """Run `paperboy translate` over all editions, and measure it."""
    command = [sys.executable, "-c", "from paperboy.cli import main; main()", "translate", "--from", "2020-01-01"]
    started = time.monotonic()
    with subprocess.Popen([*command, *arguments], cwd=root, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"translate {' '.join(arguments)} ended with {process.returncode}")
    return Done(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def stored(root: Path) -> dict[str, bytes]:
    """Every file of the archive."""
    store = root / ".paperboy" / "archive"
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob("*")) if path.is_file()}


def say(name: str, count: int, done: Done) -> None:
    """One line of the table."""
    print(f"{name:34}{done.seconds:9.1f}{count / done.seconds:10.1f}{done.cpu:8.1f}{done.mebibytes:8.0f}")


def main(count: int = 2000) -> None:
    """Measure all of them and print the table."""
    print(f"{count} papers, {CONCURRENCY} requests in flight at each server, {LATENCY} s for an answer")
    print(f"{'':34}{'seconds':>9}{'papers/s':>10}{'CPU s':>8}{'MiB':>8}")
    with tempfile.TemporaryDirectory() as folder, models(2) as urls:
        root = Path(folder)
        for number in (1, 2):
            site(root / f"servers-{number}", count, urls[:number])
            say(f"{number} server(s)", count, translate(root / f"servers-{number}"))
        alone = stored(root / "servers-1")
        print(f"  the same archive from both: {alone == stored(root / 'servers-2')}")
        if importlib.util.find_spec("ray") is not None:
            site(root / "ray", count, urls)
            say("2 servers, 2 workers of Ray", count, translate(root / "ray", "--ray", "--workers", "2"))
            print(f"  the same archive: {alone == stored(root / 'ray')}")
        with BatchServer() as server:
            server.at_once = True
            site(root / "batch", count, [server.url])
            say("a batch, sent", count, translate(root / "batch", "--batch"))
            say("a batch, brought in", count, translate(root / "batch"))
            sizes = [len(content) for content in list(server.files.values())[: len(server.batches)]]
            print(f"  {server.in_batches} requests in {len(sizes)} files of {max(sizes) / 1e6:.1f} MB at most")
            print(f"  the same answers: {answers(root / 'batch') == answers(root / 'servers-1')}")


def answers(root: Path) -> list[dict[str, object]]:
    """All answers of an archive, whatever they cost."""
    lines = (line for name, data in stored(root).items() if "translations" in name for line in data.splitlines())
    return [json.loads(line) | {"batch": None} for line in lines]


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main(*map(int, sys.argv[1:2]))
