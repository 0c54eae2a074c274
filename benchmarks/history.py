"""Backfill from OAI-PMH and import of the bulk snapshot: records a second of the process's own CPU time, and memory.

    python benchmarks/history.py [RECORDS]

The papers are the demo's invented ones under running numbers, some with several versions. A server of its own
process answers as OAI-PMH, 2,500 records a page, one page in ten at first with a 503 and Retry-After: 0.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import yaml

from paperboy.tools.demo import load_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 2500
START = datetime(2024, 1, 8, 15, 0, tzinfo=UTC)
SPACING = timedelta(minutes=4)
"""Between two submissions: about 360 a day, so that 100,000 records are some 280 days."""

LEAST_OAI = 5000
LEAST_IMPORT = 20000
MOST_MIB = 300

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
_RAW = 'arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"'


class Sent(NamedTuple):
    """One invented paper: its id, and when each of its versions was sent in."""

    id: str
    versions: list[datetime]


def sent(number: int) -> Sent:
    """The paper of a running number; every third was replaced, every ninth twice."""
    first = START + number * SPACING
    month = int((first - START.replace(day=1)).total_seconds() // SPACING.total_seconds()) % 90_000
    versions = [first]
    if number % 3 == 0:
        versions.append(first + timedelta(days=3))
    if number % 9 == 0:
        versions.append(first + timedelta(days=20))
    return Sent(f"{first:%y%m}.{month:05}", versions)


# The server


def serve(records: int) -> None:
    """Answer as OAI-PMH."""
    papers = load_demo().papers
    refused: set[int] = set()

    def record(number: int) -> str:
        paper, one = papers[number % len(papers)], sent(number)
        dates = "".join(
            f'<version version="v{count}"><date>{moment:%a, %d %b %Y %H:%M:%S GMT}</date><size>9kb</size></version>'
            for count, moment in enumerate(one.versions, 1)
        )
        return (
            f"<record><header><identifier>oai:arXiv.org:{one.id}</identifier><datestamp>{one.versions[-1]:%Y-%m-%d}"
            f"</datestamp><setSpec>cs:cs:CL</setSpec></header><metadata><{_RAW}><id>{one.id}</id>"
            f"<submitter>A. Bee</submitter>{dates}<title>{escape(paper.title)}</title>"
            f"<authors>{escape(', '.join(paper.authors))}</authors><categories>cs.CL cs.LG</categories>"
            f"<comments>12 pages, 4 figures</comments><license>http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
            f"</license><abstract>  {escape(paper.abstract)}</abstract></arXivRaw></metadata></record>"
        )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            first = int(query["resumptionToken"][0]) if "resumptionToken" in query else 0
            if first // PAGE % 10 == 1 and first not in refused:
                refused.add(first)
                self.answer(503, b"Retry later")
                return
            rows = "".join(map(record, range(first, min(first + PAGE, records))))
            token = f"<resumptionToken>{first + PAGE}</resumptionToken>" if first + PAGE < records else ""
            body = f"{_HEAD}{rows}{token}</ListRecords></OAI-PMH>".encode()
            self.answer(200, body)

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            if status != HTTPStatus.OK:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


@contextmanager
def oai(records: int) -> Iterator[str]:
    """The server's address, while it runs."""
    with subprocess.Popen(
        [sys.executable, __file__, "serve", str(records)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip() if process.stdout else ''}"
        finally:
            process.kill()


# The runs


def snapshot(path: Path, records: int, followed: int) -> None:
    """Write a bulk snapshot in which one line in so many is of a followed category."""
    papers = load_demo().papers
    with path.open("w", encoding="utf-8") as file:
        for number in range(records):
            paper, one = papers[number % len(papers)], sent(number)
            row = {
                "id": one.id,
                "submitter": "A. Bee",
                "authors": ", ".join(paper.authors),
                "title": paper.title,
                "comments": "12 pages, 4 figures",
                "journal-ref": None,
                "doi": None,
                "report-no": None,
                "categories": "cs.CL cs.LG" if number % followed == 0 else "hep-ph",
                "license": None,
                "abstract": f"  {paper.abstract}\n",
                "versions": [
                    {"version": f"v{count}", "created": f"{moment:%a, %d %b %Y %H:%M:%S GMT}"}
                    for count, moment in enumerate(one.versions, 1)
                ],
                "update_date": f"{one.versions[-1]:%Y-%m-%d}",
                "authors_parsed": [[*reversed(name.rsplit(" ", 1)), ""] for name in paper.authors],
            }
            file.write(json.dumps(row) + "\n")


def site(root: Path, url: str) -> None:
    """A site with nothing in its archive."""
    (root / "docs").mkdir(parents=True)
    arxiv = {"oai_url": f"{url}/oai", "request_interval": 0}
    options = {"categories": ["cs.CL"], "sources": {"arxiv": arxiv}}
    (root / "mkdocs.yml").write_text(yaml.safe_dump({"site_name": "history", "plugins": [{"paperboy": options}]}))


def run(root: Path, *arguments: str) -> tuple[float, float, float, str]:
    """CPU seconds, wall seconds, peak MiB and first line of one command."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from paperboy.cli import main; main()", *arguments]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{arguments[0]} ended with {process.returncode}")
    seconds = usage.ru_utime + usage.ru_stime
    return seconds, time.perf_counter() - began, usage.ru_maxrss / 1024, said.splitlines()[0]


def main(records: int = 100_000) -> None:
    """Run both, and print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        with oai(records) as url:
            root = Path(folder) / "oai"
            site(root, url)
            rows.append(("backfill", LEAST_OAI, *run(root, "backfill", "--from", "2024-01-08", "--to", "2025-12-31")))
        for name, followed in (("import, every line followed", 1), ("import, one line in seven followed", 7)):
            root = Path(folder) / f"import-{followed}"
            site(root, "http://localhost:9")
            snapshot(root / "snapshot.json", records, followed)
            rows.append((name, LEAST_IMPORT, *run(root, "import", "snapshot.json")))
    print(f"{f'{records:,} records':36}{'records/s':>10}{'wanted':>8}{'CPU s':>7}{'wall s':>8}{'MiB':>6}")
    missed = False
    for name, least, cpu, wall, memory, said in rows:
        print(f"{name:36}{records / cpu:10,.0f}{least:8,}{cpu:7.1f}{wall:8.1f}{memory:6.0f}")
        print(f"    {said}")
        missed = missed or records / cpu < least or memory > MOST_MIB
    sys.exit(missed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:2]))
