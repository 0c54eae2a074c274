"""The key of the owner, sent back by the model's server in every way, comes into nothing that is kept or shown."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.storage import archive
from tests.batching.batch_server import BatchServer
from tests.translate.model_server import Answer, Server, completion, error, fields, good, paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Site

KEY = "sk-canary/4711+do=not-print-this-0815"
DAY = date(2026, 6, 4)
PAPERS = 16
ECHO = f"Authorization: Bearer {KEY}"
FORMS = (
    KEY,
    quote(KEY, safe=""),
    json.dumps(KEY)[1:-1].replace("/", "\\/"),
    # Base64 of it, wherever it stands in what is encoded.
    *(base64.b64encode(b" " * shift + KEY.encode())[4:-4].decode() for shift in range(3)),
    # The beginning of one that was cut, and the end.
    KEY[:12],
    KEY[-12:],
)


def in_an_answer(asked: dict[str, Any]) -> Answer:
    """A good translation, and the key in it, once as it is and once in signs of JSON."""
    said = {**fields(asked), "summary": f"提出一种新方法并加以检验 {KEY}。", "note": KEY}
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in KEY)
    return completion(json.dumps(said, ensure_ascii=False).replace('"note": "', f'"note": "{escaped} '))


ECHOES: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "500": lambda _: error(500, ECHO),
    "500 as HTML": lambda _: Answer(f"<html><h1>Bad gateway</h1><pre>{ECHO}</pre></html>".encode(), 502),
    "500 with a long text": lambda _: error(500, "x" * (199 - len(KEY)) + " " + ECHO),
    "400": lambda _: error(400, f"cannot read {quote(ECHO, safe='')}"),
    "200 as HTML": lambda _: Answer(f"{ECHO}<html>".encode()),
    "200 with an error": lambda _: Answer(json.dumps({"error": {"message": ECHO}}).encode()),
    "200 with a code": lambda _: Answer(json.dumps({"error": {"message": ECHO, "code": 503}}).encode()),
    "200 with an answer": in_an_answer,
    "429": lambda _: error(429, ECHO, retry_after="0.1"),
    "a filter": lambda _: error(400, f"Content Exists Risk {ECHO}"),
    "401": lambda _: error(401, f"Incorrect API key provided: {KEY}", "invalid_api_key"),
    "402": lambda _: error(402, ECHO),
    "redirect": lambda _: Answer(b"", 307, (("Location", f"https://evil.example/{'x' * 150}?{quote(ECHO)}"),)),
}


LASTING = ("401", "402", "redirect")
"""What ends a run at once."""


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def configure(site: Site, url: str) -> None:
    papers = [paper(number) for number in range(1, PAPERS + 1)]
    root = site.root / ".paperboy" / "archive"
    archive.write_announcements(root, DAY, papers)
    entry = CategoryLedger(status="complete", stated=Counts(new=PAPERS), held=Counts(new=PAPERS))
    archive.write_ledger(root, DAY, Ledger(date=DAY.isoformat(), categories={"cs.CL": entry}))
    model = {"model": "m", "base_url": url, "timeout": 5.0, "concurrency": 1}
    site.configure({"categories": ["cs.CL"], "fetch": "never", "search": False, "translation": model})


def assert_nowhere(folder: Path, *said: str) -> int:
    """The key, and no part of it, stands in no file below a folder and in nothing that was said."""
    forms = [form.encode() for form in FORMS]
    count = 0
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [form for form in forms if form in data], path
            count += 1
    for text in said:
        assert not [form for form in FORMS if form in text], text
    return count


def test_the_key_is_nowhere_whatever_the_server_sends_back(site: Site, server: Server, tmp_path: Path) -> None:
    """Real builds, at the most talkative level, with the page of a run on GitHub."""
    configure(site, server.url)
    page = tmp_path / "step-summary.md"
    told = ""
    passing = [name for name in ECHOES if name not in LASTING]
    for last in LASTING:
        first = len(server.asked)

        def script(
            asked: dict[str, Any], number: int, first: int = first, names: tuple[str, ...] = (*passing, last)
        ) -> Answer:
            # Every other answer is a good one, or the pauses would grow; with the last, the run ends.
            place, between = divmod(number - first, 2)
            if between and place < len(names) - 1:
                return good(asked)
            return ECHOES[names[min(place, len(names) - 1)]](asked)

        server.script = script
        built = site.build(
            "--verbose",
            strict=False,
            OPENAI_API_KEY=f" {KEY}\r\n",
            GITHUB_ACTIONS="true",
            GITHUB_STEP_SUMMARY=str(page),
        )
        assert built.code == 0, built.log[-2000:]
        assert len(server.asked) > first, f"{last}: nothing was asked"
        assert_nowhere(site.root, built.log)
        told += built.log
        passing = []

    assert "Incorrect API key provided: …" in told, [line for line in told.splitlines() if "stopped" in line]
    assert "the endpoint redirects; " in told
    answers = archive.read_translations(site.root / ".paperboy" / "archive", DAY, "zh-CN")
    assert any("…" in answer.raw for answer in answers)
    assert {f"Bearer {KEY}"} == {headers["authorization"] for headers in server.headers}
    assert page.is_file()
    assert assert_nowhere(site.root) > 50


def test_the_key_is_not_in_what_doctor_says(site: Site, server: Server) -> None:
    configure(site, server.url)
    for name in ("401", "400", "redirect"):
        server.script = lambda question, _number, name=name: ECHOES[name](question)  # type: ignore[misc]
        done = site.paperboy("doctor", OPENAI_API_KEY=f"{KEY}\n")
        assert "gave no answer" in done.stdout + done.stderr, name
        assert_nowhere(site.root, done.stdout, done.stderr)


@pytest.mark.parametrize("where", ["POST files", "POST batches", "a line", "a refused line"])
def test_the_key_is_not_in_what_a_batch_leaves(site: Site, where: str) -> None:
    with BatchServer() as server:
        server.at_once = True
        configure(site, server.url)
        if where == "a line":
            server.line = lambda body, number: in_an_answer(body) if number % 2 else good(body)
        elif where == "a refused line":
            server.line = lambda _body, _number: error(400, ECHO)
        else:
            server.refuse[where] = error(400, ECHO)
        done = site.paperboy("translate", "--batch", OPENAI_API_KEY=f"{KEY}\n")
        built = site.build("--verbose", strict=False, OPENAI_API_KEY=f"{KEY}\n")

    assert built.code == 0, built.log
    assert server.requests[where if where in server.requests else "POST batches"], "nothing was sent"
    assert_nowhere(site.root, done.stdout, done.stderr, built.log)
