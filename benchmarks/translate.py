"""Measure the translation client: time against a server that takes a second, and what it costs itself.

    python benchmarks/translate.py [PAPERS] [CONCURRENCY] [ROUNDS]

The server runs in a process of its own and answers each request after one second, with the made-up Chinese
of `formulas.py` for real abstracts where `../shared` is there, else for the demo's. "paperboy" is the whole
second stage, from the archive with a day of papers to the closed day with its ledger. "openai alone" sends
the same conversations, ready-made, through the bare client, as many at a time, in a process of its own right
after it; "ours" is the difference, round by round. Both load `openai` within the time that is taken. What a
machine does besides changes every figure: so there are several rounds, and the median counts.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.formulas import answer
from paperboy.contributions import glossary_file
from paperboy.domain import config
from paperboy.domain.config import TranslationOptions
from paperboy.domain.ledger import TranslationLedger
from paperboy.domain.papers import Announcement
from paperboy.pipeline.translate.days import translate_editions
from paperboy.storage import archive
from paperboy.tools.demo import load_demo
from paperboy.translation.prompts.prompt import SCHEMA, messages, prepare

SHARED = Path(__file__).resolve().parents[2] / "shared"
WEEK = SHARED / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
DAY = date(2026, 6, 4)
LATENCY = 1.0
TERMS = glossary_file.default_glossary("zh-CN")


def papers(count: int) -> list[Announcement]:
    """Real abstracts where they are on this machine, else the demo's under running titles."""
    if WEEK.is_file():
        with gzip.open(WEEK, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in itertools.islice(lines, count)]
        texts = [(row["id"], row["title"], row["abstract"]) for row in rows]
    else:
        models = itertools.cycle(load_demo().papers)
        texts = [
            (f"2606.{number:05d}", f"{model.title} {number}", model.abstract)
            for number, model in zip(range(count), models, strict=False)
        ]
    return [
        Announcement(
            id=arxiv_id,
            version=1,
            listed={"cs.CL": "new"},
            title=title,
            abstract=abstract,
            authors=(),
            categories=("cs.CL",),
            primary_category="cs.CL",
            sources=("feed",),
        )
        for arxiv_id, title, abstract in texts
    ]


# The three processes


def serve() -> None:
    """A model that takes a second for each answer, and knows the answers before it is asked."""
    ready: dict[str, bytes] = {}
    for paper in papers(int(sys.argv[2])):
        prepared = prepare(paper, TranslationOptions(), TERMS)
        ready[prepared.abstract] = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": answer(prepared)},
                    }
                ],
                "usage": {"prompt_tokens": 700, "completion_tokens": 400, "total_tokens": 1100},
            }
        ).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = ready[json.loads(asked["messages"][-1]["content"])["abstract"]]
            time.sleep(LATENCY)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Listener(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

    with Listener(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


class Clock:
    """Seconds and CPU seconds of this process from the making of it."""

    def __init__(self) -> None:
        self._seconds, self._cpu = time.monotonic(), time.process_time()

    def read(self) -> dict[str, float]:
        """What has passed."""
        return {"seconds": time.monotonic() - self._seconds, "cpu": time.process_time() - self._cpu}


def ours(url: str, wanted: list[Announcement], concurrency: int) -> dict[str, Any]:
    """The whole stage: archive, memory, prepare, ask, judge, journal, ledger, on a real disk."""
    with tempfile.TemporaryDirectory() as folder:
        endpoint = {"base_url": url, "model": "m", "concurrency": concurrency}
        options = config.parse_options({"categories": ["cs.CL"], "translation": endpoint}, Path(folder))
        archive.write_announcements(options.archive, DAY, wanted)
        clock = Clock()
        translate_editions(options)
        spent = clock.read()
        ledger = archive.read_ledger(options.archive, DAY)
    account = ledger.translations["zh-CN"] if ledger else TranslationLedger(model="m", prompt_version=0)
    return spent | {"translated": account.translated, "requests": account.requests, "refused": account.failed}


def bare(url: str, wanted: list[Announcement], concurrency: int) -> dict[str, Any]:
    """The same conversations through `openai` alone."""
    options = TranslationOptions()
    conversations: Any = [messages(prepare(paper, options, TERMS), "zh-CN") for paper in wanted]
    clock = Clock()
    import openai  # noqa: PLC0415  its import is part of what is measured

    form: Any = {"type": "json_schema", "json_schema": {"name": "translation", "strict": True, "schema": SCHEMA}}

    async def worker(client: openai.AsyncOpenAI, waiting: Any) -> None:
        for conversation in waiting:
            create = client.chat.completions.with_streaming_response.create
            async with create(
                model="m", messages=conversation, response_format=form, temperature=0, max_completion_tokens=8192
            ) as response:
                async for _ in response.iter_bytes():
                    pass

    async def run() -> None:
        async with openai.AsyncOpenAI(api_key="k", base_url=url, max_retries=0) as client:
            waiting = iter(conversations)
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(worker(client, waiting))

    asyncio.run(run())
    return clock.read()


def child(which: str, url: str, count: int, concurrency: int) -> None:
    """One measured process; prints what it did as JSON."""
    print(json.dumps((ours if which == "ours" else bare)(url, papers(count), concurrency)))


def measure(which: str, url: str, count: int, concurrency: int) -> dict[str, Any]:
    """Run one child; its own account, with the peak memory as the system saw it."""
    command = [sys.executable, __file__, which, url, str(count), str(concurrency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, ThreadPoolExecutor(1) as reader:
        # Only read: `communicate` would also wait, and take the account of the process away.
        output = reader.submit(process.stdout.read if process.stdout else str)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{which} ended with {process.returncode}")
        done: dict[str, Any] = json.loads(output.result())
    return done | {"MiB": usage.ru_maxrss / 1024}


def main(count: int = 1000, concurrency: int = 32, rounds: int = 3) -> None:
    """Measure both, several times, and print the table."""
    whole, alone = [], []
    with subprocess.Popen([sys.executable, __file__, "serve", str(count)], stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            url = f"http://127.0.0.1:{port}/v1"
            for _ in range(rounds):
                whole.append(measure("ours", url, count, concurrency))
                alone.append(measure("bare", url, count, concurrency))
        finally:
            server.terminate()
    requests, translated, refused = (whole[0][name] for name in ("requests", "translated", "refused"))
    print(f"{count} papers, {requests} requests, {translated} accepted, refused: {refused or 'none'}")
    print(f"median of {rounds} rounds (least to most); {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}")
    print(f"{'':14}{'seconds':>22}{'of ideal':>10}{'CPU s':>20}{'MiB':>6}")
    for name, done, sent in (("paperboy", whole, requests), ("openai alone", alone, count)):
        seconds, cpu = ([one[figure] for one in done] for figure in ("seconds", "cpu"))
        ideal = -(-sent // concurrency) * LATENCY
        share = ideal / statistics.median(seconds)
        print(f"{name:14}{_spread(seconds):>22}{share:10.1%}{_spread(cpu):>20}{max(one['MiB'] for one in done):6.0f}")
    difference = [one["cpu"] - other["cpu"] for one, other in zip(whole, alone, strict=True)]
    print(f"{'ours':14}{'':32}{_spread(difference):>20}")


def _spread(figures: list[float]) -> str:
    return f"{statistics.median(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", _]:
            serve()
        case ["ours" | "bare" as which, url, count, concurrency]:
            child(which, url, int(count), int(concurrency))
        case arguments:
            main(*map(int, arguments[:3]))
