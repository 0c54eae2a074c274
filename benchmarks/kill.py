"""Kill real builds at random moments, and count what was paid for twice: nothing may be.

    python benchmarks/kill.py [KILLS] [SEED]

`mkdocs build` translates a day from a server in a process of its own, which counts the requests for each
text and the answers it sent. Each build is ended by SIGKILL at a random moment and the next one goes on,
until the day is done; then the archive is held against that of a build which nobody disturbed, byte by
byte, and the next day begins. A reply counts as acknowledged when its record stood on disk after a kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import urlopen

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.storage import archive
from paperboy.storage.archive_lock import FILE
from tests.translate.model_server import good, paper

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = date(2026, 6, 4)
PAPERS = 40
CONCURRENCY = 4
LATENCY = 0.08
"""Seconds for an answer, give or take half: the translation takes longer than all else in a build."""

_ANYWHERE = 0.25


class Result(NamedTuple):
    """What the kills came to."""

    kills: int
    days: int
    acknowledged: int
    paid_twice: int
    lost: int
    repeated: int
    torn: int
    different: int

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.paid_twice or self.lost or self.different) and self.repeated <= self.kills * CONCURRENCY


# The server


def serve() -> None:
    """A faultless model that counts; `GET /` tells the counts and forgets them with `?reset`."""
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            with lock:
                body = json.dumps(asked).encode()
                if self.path.endswith("reset"):
                    asked.clear()
            self.answer(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not body.endswith(b"}"):  # the client was killed while it asked
                self.close_connection = True
                return
            payload = json.loads(body)
            with lock:
                asked[json.loads(payload["messages"][-1]["content"])["title"]] += 1
            time.sleep(LATENCY * random.uniform(0.5, 1.5))  # noqa: S311  no secret
            self.answer(good(payload).body)

        def answer(self, body: bytes) -> None:
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


@contextmanager
def model() -> Iterator[str]:
    """The server's address, while it runs."""
    with subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


# The builds


def site(root: Path, url: str) -> None:
    """A site with one day of papers, none translated."""
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "about.md").write_text("# About\n")
    papers = [paper(number) for number in range(PAPERS)]
    store = root / ".paperboy" / "archive"
    archive.write_announcements(store, DAY, papers)
    counts = Counts(new=PAPERS)
    entry = CategoryLedger(status="complete", stated=counts, held=counts, sources=("feed", "listing"))
    archive.write_ledger(store, DAY, Ledger(date=DAY.isoformat(), categories={"cs.CL": entry}))
    options = {
        "categories": ["cs.CL"],
        "fetch": "never",
        "translation": {"model": "m", "base_url": f"{url}/v1", "concurrency": CONCURRENCY},
    }
    config = {"site_name": "kills", "theme": {"name": "material", "font": False}, "plugins": [{"paperboy": options}]}
    (root / "mkdocs.yml").write_text(yaml.safe_dump(config))


def start(root: Path) -> subprocess.Popen[bytes]:
    """A real build, in the background."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=root,
        env=environment | {"NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def stored(root: Path) -> dict[str, bytes]:
    """Every file of the archive, without the note of who held its lock."""
    store = root / ".paperboy" / "archive"
    found = {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob("*")) if path.is_file()}
    found.pop(FILE, None)
    return found


def journal(root: Path) -> tuple[dict[str, bytes], bool]:
    """The complete records on disk by paper, and whether the last line is torn."""
    path = archive.folder(root / ".paperboy" / "archive", DAY) / "translations.zh-CN.jsonl"
    *lines, tail = (path.read_bytes() if path.exists() else b"").split(b"\n")
    return {json.loads(line)["id"]: line for line in lines}, bool(tail)


def counts(url: str, query: str = "") -> Counter[str]:
    """How often the server was asked for each title."""
    with urlopen(f"{url}/{query}", timeout=10) as answer:  # noqa: S310  our own server
        return Counter(json.load(answer))


# The kills


def run(kills: int, seed: int = 1, workspace: Path | None = None) -> Result:
    """Kill so many builds, and count."""
    rng = random.Random(seed)  # noqa: S311  a repeatable draw
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=workspace) as folder, model() as url:
        calm = Path(folder) / "calm"
        site(calm, url)
        began = time.monotonic()
        if start(calm).wait() != 0:
            sys.exit("the undisturbed build failed")
        longest = time.monotonic() - began
        wanted = stored(calm)
        while total["kills"] < kills:
            total["days"] += 1
            root = Path(folder) / f"day-{total['days']}"
            site(root, url)
            counts(url, "?reset")
            _one_day(root, url, kills, longest, rng, total)
            found = stored(root)
            if found != wanted:
                total["different"] += 1
                unlike = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
                print(f"day {total['days']}: unlike an undisturbed build's: {', '.join(unlike)}", flush=True)
    names = ("kills", "days", "acknowledged", "paid_twice", "lost", "repeated", "torn", "different")
    return Result(*(total[name] for name in names))


def _one_day(root: Path, url: str, kills: int, longest: float, rng: random.Random, total: Counter[str]) -> None:
    """Kill builds of one day until one gets through."""
    titles = {row.id: row.title for row in (paper(number) for number in range(PAPERS))}
    known: dict[str, tuple[bytes, int]] = {}
    done = False
    while not done:
        before = counts(url).total()
        process = start(root)
        if total["kills"] < kills and _is_running_at_some_moment(process, url, before, longest, rng):
            process.send_signal(signal.SIGKILL)
            total["kills"] += 1
        done = process.wait() == 0
        records, torn = journal(root)
        total["torn"] += torn
        asked = counts(url)
        for arxiv_id, (line, times) in known.items():
            total["lost"] += records.get(arxiv_id) != line
            total["paid_twice"] += asked[titles[arxiv_id]] > times
        for arxiv_id, line in records.items():
            if arxiv_id not in known and not done:
                known[arxiv_id] = line, asked[titles[arxiv_id]]
    total["acknowledged"] += len(known)
    total["repeated"] += asked.total() - PAPERS


def _is_running_at_some_moment(
    process: subprocess.Popen[bytes], url: str, before: int, longest: float, rng: random.Random
) -> bool:
    """Wait for a random moment: one in four of the whole build, the others of its translation."""
    most = longest
    if rng.random() > _ANYWHERE:
        while process.poll() is None and counts(url).total() == before:
            time.sleep(0.01)
        most = PAPERS / CONCURRENCY * LATENCY
    try:
        process.wait(rng.uniform(0.0, most))
    except subprocess.TimeoutExpired:
        return True
    return False


def main(kills: int = 200, seed: int = 1) -> None:
    """Kill, and print the table."""
    started = time.monotonic()
    result = run(kills, seed)
    print(f"{'builds killed (SIGKILL)':44}{result.kills:8}")
    print(f"{'days finished':44}{result.days:8}")
    print(f"{'replies on disk after a kill':44}{result.acknowledged:8}")
    print(f"{'of them paid for twice':44}{result.paid_twice:8}")
    print(f"{'of them lost or changed':44}{result.lost:8}")
    print(f"{'requests repeated, in flight when killed':44}{result.repeated:8}  (at most {kills * CONCURRENCY})")
    print(f"{'torn last lines, mended':44}{result.torn:8}")
    print(f"{'archives unlike an undisturbed build':44}{result.different:8}")
    print(f"{'seconds':44}{time.monotonic() - started:8.0f}")
    sys.exit(not result.good)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main(*map(int, sys.argv[1:3]))
