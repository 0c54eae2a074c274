"""Hosts that send too much, too slowly or from elsewhere: refused within the limits of memory and time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import zlib
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from paperboy.domain.config import ArxivOptions
from paperboy.domain.errors import BadAnswer
from paperboy.sources import affiliations, markup
from paperboy.sources.arxiv import catchup_listing, oai_pmh, query_api, rss_feed
from paperboy.sources.http_client import SourceClient
from paperboy.sources.http_transport import MAX_BYTES
from tests.bounds import must_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GIGABYTE = 10**9
ROOM = 96 * 2**20
"""Bytes of memory that a refusal may take: three bodies of the largest size."""


@cache
def zeros(layers: int) -> bytes:
    """Half a gigabyte in one gzip, or in a gzip of it."""
    if layers > 1:
        return gzip.compress(zeros(layers - 1))
    packer = zlib.compressobj(6, wbits=31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(512)), packer.flush()])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if length := int(self.headers.get("Content-Length", 0)):
            self.rfile.read(length)
        what = self.path.strip("/").split("/")[0]
        self.send_response(500 if what == "failing" else 200)
        try:
            getattr(self, what)()
        except ConnectionError:
            self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def endless(self) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")

    failing = endless

    def gigabyte(self) -> None:
        self.send_header("Content-Length", str(GIGABYTE))
        self.end_headers()
        for _ in range(GIGABYTE // 65_536):
            self.wfile.write(b" " * 65_536)

    def slow(self) -> None:
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(100_000):
            self.wfile.write(b" ")
            self.wfile.flush()
            if self.server.stopped.wait(0.02):  # type: ignore[attr-defined]
                break

    def packed(self, layers: int = 1) -> None:
        body = zeros(layers)
        self.send_header("Content-Encoding", ", ".join(["gzip"] * layers))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def packed_twice(self) -> None:
        self.packed(2)

    def laughing(self) -> None:
        body = BOMBS["billion laughs"][0]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def heads(self) -> None:
        for number in range(100_000):
            self.send_header(f"X-{number}", "x" * 60_000)
            self.flush_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    class Server(ThreadingHTTPServer):
        daemon_threads = True
        stopped = threading.Event()

        def handle_error(self, *_: object) -> None:
            """Clients that hang up are what is tested."""

    zeros(2)  # packed before anybody waits for it
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.stopped.set()
        server.shutdown()


SOURCE = """
from pathlib import Path
from paperboy.domain.config import ArxivOptions
from paperboy.domain.errors import SourceError
from paperboy.sources.http_client import SourceClient

def ask(url):
    limits = ArxivOptions(request_interval=0, time_limit=60)
    with SourceClient(limits, Path(sys.argv[2]), timeout=float(sys.argv[3]), retry_wait=0.0) as client:
        try:
            return len(client.get(url, accept="*/*"))
        except SourceError as error:
            return f"{type(error).__name__}: {error}"
"""
MODEL = """
from paperboy import translation
from paperboy.domain.config import TranslationOptions
from paperboy.tools.doctor.model_check import _PAPER
from paperboy.domain.glossary import Glossary

def ask(url):
    options = TranslationOptions(base_url=url, model="m", timeout=float(sys.argv[3]))
    outcome = translation.translate(
        [_PAPER], options=options, glossary=Glossary(()), api_key="sk", known=lambda _: {}, record=print
    )
    return f"{outcome.translated} translated, {outcome.left} left: {outcome.stopped or outcome.trouble}"
"""
MEASURE = """
import json, resource
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
said = ask(sys.argv[1])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([said, (after - before) * 1024]))
"""


def measured(script: str, url: str, folder: Path, patience: float = 30.0) -> tuple[str, int]:
    """What is said in the end, and the bytes of memory that it took at most; a process that does not end is killed."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{script}\n{MEASURE}", url, str(folder), str(patience)],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    said, room = json.loads(done.stdout.splitlines()[-1])
    return said, room


@pytest.mark.parametrize("what", ["endless", "gigabyte", "packed", "packed_twice", "failing"])
def test_a_source_that_sends_too_much_is_refused(url: str, tmp_path: Path, what: str) -> None:
    said, room = measured(SOURCE, f"{url}/{what}", tmp_path)

    assert f"more than {MAX_BYTES} bytes" in said
    assert url in said
    assert room < ROOM


@pytest.mark.parametrize("what", ["endless", "packed", "packed_twice", "failing"])
def test_a_model_that_sends_too_much_is_refused(url: str, tmp_path: Path, what: str) -> None:
    said, room = measured(MODEL, f"{url}/{what}", tmp_path)

    assert said.startswith("0 translated, 1 left")
    assert room < ROOM


@pytest.mark.parametrize("script", [SOURCE, MODEL], ids=["source", "model"])
@pytest.mark.parametrize("what", ["slow", "heads"])
def test_a_host_without_an_end_is_left_in_time(url: str, tmp_path: Path, script: str, what: str) -> None:
    said, room = measured(script, f"{url}/{what}", tmp_path, patience=1.0)

    assert "Unreachable" in said or "1 left" in said
    assert room < ROOM


# XML and HTML


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
FEED = b'<feed xmlns="http://www.w3.org/2005/Atom">%s</feed>'
BOMBS = {
    "billion laughs": (b'<!DOCTYPE f [<!ENTITY l0 "ha">%s]>' % LAUGHS + FEED % b"&l9;", "a DOCTYPE, which is refused"),
    "external entity": (
        b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + FEED % b"&x;",
        "a DOCTYPE, which is refused",
    ),
    "parameter entity": (
        b'<!DOCTYPE f [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>' + FEED % b"",
        "a DOCTYPE, which is refused",
    ),
    "deep": (FEED % (b"<a>" * 100_000 + b"</a>" * 100_000), "elements nested too deep"),
    "deep and torn": (b"<a>" * 10_000_000, "elements nested too deep"),
    "wide": (FEED % (b"<a/>" * 10_001), "more elements than an answer has"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-feed+AD4-', "cut or broken XML"),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize(
    "parse", [rss_feed.parse_feed, oai_pmh.parse_oai_page, query_api._check], ids=["feed", "OAI-PMH", "API"]
)
def test_a_bomb_of_xml_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch, parse: Callable[[bytes], object], name: str
) -> None:
    data, reason = BOMBS[name]
    if name == "wide":
        monkeypatch.setattr(markup, "MOST_ELEMENTS", 10_000)

    with (
        must_end(),
        pytest.raises(BadAnswer, match=f"expected (a feed|an OAI-PMH answer|an API answer), got .*{reason}"),
    ):
        parse(data)


def test_the_message_names_the_source(url: str, tmp_path: Path) -> None:
    told = rf"{url}/laughing/atom/cs.CL: expected a feed, got XML with a DOCTYPE"
    limits = ArxivOptions(request_interval=0)
    with SourceClient(limits, tmp_path, retry_wait=0.0) as client, pytest.raises(BadAnswer, match=told):
        rss_feed.fetch_feed(client, f"{url}/laughing", "cs.CL")


DEEP = (b"<div>", b"<b x=1>", b"<a href=x>", b"<table><tr><td>", b"<svg><g>", b"<x-1><x-2><x-3>")


@pytest.mark.parametrize("tag", DEEP)
def test_a_page_nested_too_deep_is_refused_before_it_is_parsed(tag: bytes) -> None:
    page = b"<html><div id=dlpage><h1>x</h1>" + tag * 1_000_000 + b"</html>"

    with must_end():
        with pytest.raises(BadAnswer, match="expected a listing, got a page with "):
            catchup_listing.parse_listing_page(page, "cs.CL")
        assert affiliations.of_html(page) == ()
