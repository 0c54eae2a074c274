"""Measure the translation client: time against a server that takes a second, and what it costs itself.

    python benchmarks/translate.py [PAPERS] [CONCURRENCY]

The server runs in a process of its own and answers each request after one second, with the Chinese of the
replay in `../shared` where that is there, else with made-up Chinese. "Ours" is the whole process less what
the bare `openai` client takes for the same calls in the same way, in a process of its own right after it.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from paperboy import archive, glossary
from paperboy.config import TranslationOptions
from paperboy.demo import load
from paperboy.model import Announcement
from paperboy.translate import translate
from paperboy.translate.prompt import SCHEMA, messages, prepare

SHARED = Path(__file__).resolve().parents[2] / "shared"
WEEK = SHARED / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
LATENCY = 1.0
TERMS = glossary.default("zh-CN")


def papers(count: int) -> list[Announcement]:
    """Real abstracts where they are on this machine, else the demo's under running titles."""
    if WEEK.is_file():
        with gzip.open(WEEK, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in itertools.islice(lines, count)]
        texts = [(row["id"], row["title"], row["abstract"]) for row in rows]
    else:
        models = itertools.cycle(load().papers)
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
    if SHARED.is_dir():
        sys.path.insert(0, str(SHARED / "replay"))
        from paperboy_replay.translator import summarize  # noqa: PLC0415  only where it is
        from paperboy_replay.translator import translate as chinese  # noqa: PLC0415  as above
    else:
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
        from tests.translate.model_server import chinese  # noqa: PLC0415  as above

        def summarize(_title: str) -> str:
            return "提出一种新方法并加以检验。"

    ready: dict[str, bytes] = {}
    for paper in papers(int(sys.argv[2])):
        prepared = prepare(paper, TranslationOptions(), TERMS)
        answer = {
            "title": chinese(prepared.title),
            "abstract": chinese(prepared.abstract),
            "summary": summarize(prepared.title),
        }
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
                        "message": {"role": "assistant", "content": json.dumps(answer, ensure_ascii=False)},
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


def ours(url: str, wanted: list[Announcement], concurrency: int) -> dict[str, Any]:
    """The whole way: prepare, ask, judge, and a real journal on a real disk."""
    with tempfile.TemporaryDirectory() as folder:
        options = TranslationOptions(base_url=url, model="m", concurrency=concurrency)
        with archive.Journal(Path(folder), date(2026, 6, 4), "zh-CN") as journal:
            outcome = translate(wanted, options=options, glossary=TERMS, api_key="k", known={}, record=journal.append)
    return {"translated": outcome.translated, "requests": outcome.requests, "refused": outcome.refused}


def bare(url: str, wanted: list[Announcement], concurrency: int) -> dict[str, Any]:
    """The same conversations through `openai` alone."""
    options = TranslationOptions()
    conversations: Any = [messages(prepare(paper, options, TERMS), "zh-CN") for paper in wanted]
    prepared = time.process_time()
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
    return {"preparing": prepared}


def child(which: str, url: str, count: int, concurrency: int) -> None:
    """One measured process; prints what it did as JSON."""
    wanted = papers(count)
    loaded = time.process_time()
    started = time.monotonic()
    done = (ours if which == "ours" else bare)(url, wanted, concurrency)
    done["seconds"] = time.monotonic() - started
    # Reading the corpus is the benchmark's work; preparing the texts is ours, not the bare client's.
    done["cpu"] = time.process_time() - max(loaded, done.get("preparing", 0.0))
    print(json.dumps(done))


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


def main(count: int = 1000, concurrency: int = 32) -> None:
    """Measure both and print the table."""
    with subprocess.Popen([sys.executable, __file__, "serve", str(count)], stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            url = f"http://127.0.0.1:{port}/v1"
            whole = measure("ours", url, count, concurrency)
            alone = measure("bare", url, count, concurrency)
        finally:
            server.terminate()
    requests = whole["requests"]
    ideal = -(-requests // concurrency) * LATENCY
    print(f"{count} papers, {requests} requests, {whole['translated']} accepted, refused: {whole['refused'] or 'none'}")
    print(f"{'':24}{'seconds':>9}{'of ideal':>10}{'CPU s':>8}{'MiB':>8}")
    for name, done in (("paperboy", whole), ("openai alone", alone)):
        share = (ideal if name == "paperboy" else -(-count // concurrency) * LATENCY) / done["seconds"]
        print(f"{name:24}{done['seconds']:9.2f}{share:10.1%}{done['cpu']:8.2f}{done['MiB']:8.0f}")
    print(f"{'ours':24}{'':19}{whole['cpu'] - alone['cpu']:8.2f}{whole['MiB'] - alone['MiB']:8.0f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", _]:
            serve()
        case ["ours" | "bare" as which, url, count, concurrency]:
            child(which, url, int(count), int(concurrency))
        case arguments:
            main(*map(int, arguments[:2]))
