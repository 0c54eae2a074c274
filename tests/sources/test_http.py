"""The client: polite, patient, bounded, and never broken by its cache."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time as real_time
from typing import TYPE_CHECKING, Any

import pytest

from paperboy import __version__
from paperboy.domain.config import ArxivOptions
from paperboy.domain.errors import BadAnswer, Forbidden, Unreachable
from paperboy.sources.http_client import SourceClient, _is_same_host
from paperboy.sources.http_transport import XML, RateLimiter

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.sources.conftest import Host, Open, Time

OK: tuple[int, bytes, dict[str, str]] = (200, b"fine", {})


def fail(status: int, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    return status, b"no", {name.replace("_", "-"): value for name, value in headers.items()}


def test_two_requests_are_an_interval_apart_whatever_the_host(
    open_courier: Open, time: Time, host: Host, other_host: Host
) -> None:
    client = open_courier(request_interval=3.0)
    client.get(host.says("/", OK), accept=XML)
    client.get(other_host.says("/", OK), accept=XML)
    client.session.get(host.url + "/")

    assert time.slept == [3.0, 3.0]


def test_every_request_says_who_we_are_and_what_it_takes(client: SourceClient, host: Host) -> None:
    address = host.says("/", OK)
    client.get(address, accept="text/html")
    client.session.get(address, headers={"user-agent": "arxiv.py/4"})

    assert [f"paperboy/{__version__} (mkdocs-paperboy)"] * 2 == [head["User-Agent"] for _, head in host.asked]
    assert [head["Accept"] for _, head in host.asked] == ["text/html", XML]


def test_requests_are_counted_by_host(client: SourceClient, host: Host) -> None:
    client.get(host.says("/", fail(500), OK), accept=XML)

    assert {host.url.removeprefix("http://"): 2} == client.requests


def test_a_longer_crawl_delay_holds_for_its_host_alone(
    open_courier: Open, time: Time, host: Host, other_host: Host
) -> None:
    host.says("/robots.txt", (200, b"User-agent: *\nCrawl-delay: 15\nDisallow: /api\n", {}))
    client = open_courier(request_interval=3.0)
    client.allowed(host.url + "/catchup/cs.CL/2026-06-04?abs=True")
    client.get(host.says("/catchup", OK), accept=XML)
    client.get(other_host.says("/", OK), accept=XML)

    assert time.slept == [15.0, 3.0]


def test_robots_are_read_once_and_obeyed(client: SourceClient, host: Host) -> None:
    host.says("/robots.txt", (200, b"User-agent: *\nAllow: /catchup\nDisallow: /\n", {}))
    client.allowed(host.url + "/catchup/cs.CL/2026-06-04")
    with pytest.raises(Forbidden, match=r"/list/cs.CL/new: .*robots\.txt.*mirror"):
        client.allowed(host.url + "/list/cs.CL/new")

    assert [path for path, _ in host.asked] == ["/robots.txt"]


def test_robots_may_name_us(client: SourceClient, host: Host) -> None:
    host.says("/robots.txt", (200, b"User-agent: paperboy\nDisallow: /catchup\n", {}))
    with pytest.raises(Forbidden):
        client.allowed(host.url + "/catchup/cs.CL/2026-06-04")


@pytest.mark.parametrize(
    ("rules", "allowed", "refused"),
    [
        (b"Disallow: /\nAllow: /catchup\n", "/catchup/cs.CL", "/list/cs.CL"),  # the longest match, not the first
        (b"Disallow: /*?page=\n", "/catchup/cs.CL", "/catchup/cs.CL?page=2"),
        (b"Disallow: /catchup/*.CL$\n", "/catchup/cs.CL/2026-06-04", "/catchup/cs.CL"),
    ],
    ids=["longest match", "wildcard", "end of the path"],
)
def test_robots_are_read_as_rfc_9309_says(
    client: SourceClient, host: Host, rules: bytes, allowed: str, refused: str
) -> None:
    host.says("/robots.txt", (200, b"User-agent: *\n" + rules, {}))

    client.allowed(host.url + allowed)
    with pytest.raises(Forbidden):
        client.allowed(host.url + refused)


def test_a_crawl_delay_may_be_a_fraction(open_courier: Open, time: Time, host: Host) -> None:
    host.says("/robots.txt", (200, b"User-agent: *\nCrawl-delay: 4.5\n", {}))
    client = open_courier(request_interval=3.0)
    client.allowed(host.url + "/catchup")
    client.get(host.says("/catchup", OK), accept=XML)

    assert time.slept == [4.5]


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"", {}),
        (403, b"", {}),
        (200, b"<html><body>User-agents welcome: all</body></html>", {}),
        (200, b"\xff\xfe\x00garbage\r\n:::", {}),
        (200, b"", {}),
    ],
)
def test_a_host_without_readable_robots_allows_everything(
    client: SourceClient, host: Host, answer: tuple[int, bytes, dict[str, str]]
) -> None:
    host.says("/robots.txt", answer)
    client.allowed(host.url + "/catchup/cs.CL/2026-06-04")


def test_nothing_is_assumed_where_robots_cannot_be_read(client: SourceClient, host: Host) -> None:
    host.says("/robots.txt", fail(500))
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"robots\.txt"):
            client.allowed(host.url + "/catchup")

    assert len(host.asked) == 4


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(client: SourceClient, host: Host, time: Time, status: int) -> None:
    assert client.get(host.says("/", fail(status, Retry_After="37"), OK), accept=XML) == b"fine"

    assert time.slept == [37.0]


def test_retry_after_may_be_a_date_by_the_hosts_clock(client: SourceClient, host: Host, time: Time) -> None:
    class Answer:
        def __call__(self, handler: BaseHTTPRequestHandler) -> None:
            handler.send_response_only(429)
            handler.send_header("Date", "Thu, 04 Jun 2026 04:30:00 GMT")
            handler.send_header("Retry-After", "Thu, 04 Jun 2026 04:31:05 GMT")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    client.get(host.says("/", Answer(), OK), accept=XML)

    assert time.slept == [65.0]


def test_a_cool_down_of_minutes_grows_when_429_comes_again(client: SourceClient, host: Host, time: Time) -> None:
    client.get(host.says("/", fail(429), fail(429, Retry_After="soon"), OK), accept=XML)
    client.get(host.says("/again", fail(429), OK), accept=XML)

    assert time.slept == [120.0, 240.0, 120.0]


def test_a_cool_down_holds_for_requests_of_other_packages_too(client: SourceClient, host: Host, time: Time) -> None:
    assert client.session.get(host.says("/", fail(429), OK)).status_code == 429
    assert client.session.get(host.url + "/").status_code == 200

    assert time.slept == [120.0]


def test_the_time_limit_ends_the_asking_at_once(open_courier: Open, host: Host, time: Time) -> None:
    client = open_courier(time_limit=300.0)
    with pytest.raises(Unreachable, match=r"240 s after HTTP 429.*time_limit \(300 s\).*later build"):
        client.get(host.says("/", fail(429)), accept=XML)
    with pytest.raises(Unreachable, match="later build"):
        client.get(host.says("/other", OK), accept=XML)

    assert time.slept == [120.0]
    assert [path for path, _ in host.asked] == ["/", "/"]


def test_waits_between_attempts_grow(open_courier: Open, host: Host, time: Time) -> None:
    client = open_courier(retry_wait=2.0)
    with pytest.raises(Unreachable, match=r"HTTP 500 \(no\).*later build"):
        client.get(host.says("/", fail(500)), accept=XML)

    assert len(host.asked) == 4
    assert time.slept == [2.0, 4.0, 8.0]


def test_retries_are_no_noise_on_the_terminal() -> None:
    script = (
        "import logging, paperboy.sources.http_client\nlogging.getLogger('stamina').warning('stamina.retry_scheduled')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_a_client_error_is_not_asked_again(client: SourceClient, host: Host) -> None:
    page: tuple[int, bytes, dict[str, str]] = (
        400,
        b"<html><title>x</title><h1>Invalid date: past 90 days</h1><p>Check</p></html>",
        {},
    )
    with pytest.raises(BadAnswer, match=r"HTTP 400 \(Invalid date: past 90 days\)"):
        client.get(host.says("/", page), accept=XML)

    assert len(host.asked) == 1


def test_not_acceptable_is_asked_again_once_after_a_cool_down(client: SourceClient, host: Host, time: Time) -> None:
    with pytest.raises(BadAnswer, match="HTTP 406"):
        client.get(host.says("/", fail(406)), accept=XML)

    assert len(host.asked) == 2
    assert time.slept == [120.0]


def test_a_body_that_fails_its_check_is_asked_again(client: SourceClient, host: Host) -> None:
    def check(data: bytes) -> None:
        if data != b"fine":
            raise BadAnswer("expected fine")

    address = host.says("/", (200, b"not yet", {}), OK)
    assert client.get(address, accept=XML, check=check) == b"fine"

    host.says("/", (200, b"never", {}))
    with pytest.raises(BadAnswer, match=rf"{address}: expected fine; .*later build"):
        client.get(address, accept=XML, check=check)
    assert len(host.asked) == 6


def test_no_host_at_all_is_unreachable(client: SourceClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with pytest.raises(Unreachable, match=r"no answer \(ConnectionRefusedError: .*later build"):
        client.get(address, accept=XML)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)
    handler.close_connection = True


def test_a_cut_body_is_asked_again(client: SourceClient, host: Host) -> None:
    assert client.get(host.says("/", cut, OK), accept=XML) == b"fine"


is_cut_off = threading.Event()


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100_000):  # until the client hangs up
        handler.wfile.write(b"x")
        handler.wfile.flush()
        is_cut_off.wait(0.005)


def test_a_dripping_body_is_cut_off(open_courier: Open, host: Host) -> None:
    client = open_courier(timeout=0.03, monotonic=real_time.monotonic)
    with pytest.raises(Unreachable, match="too slowly"):
        client.get(host.says("/", drip), accept=XML)
    is_cut_off.set()


def test_a_silent_host_is_not_waited_for(open_courier: Open, host: Host) -> None:
    client = open_courier(timeout=0.03)
    is_given_up = threading.Event()

    def silent(_: BaseHTTPRequestHandler) -> None:
        is_given_up.wait(60)

    with pytest.raises(Unreachable, match="timed out"):
        client.get(host.says("/", silent), accept=XML)
    is_given_up.set()


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_bytes_are_bounded_before_and_after_unpacking(
    client: SourceClient, host: Host, headers: dict[str, str]
) -> None:
    body = gzip.compress(b"0" * 2_000_000) if headers else b"0" * 20_000
    with pytest.raises(BadAnswer, match="more than 10000 bytes"):
        client.get(host.says("/", (200, body, headers)), accept=XML, max_bytes=10_000)


def test_packed_and_chunked_bodies_are_read(client: SourceClient, host: Host) -> None:
    packed = gzip.compress(b"fine " * 1000)

    def chunked(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        for part in (packed[:20], packed[20:], b""):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    assert client.get(host.says("/", chunked), accept=XML) == b"fine " * 1000
    damaged = (200, b"this is no gzip", {"Content-Encoding": "gzip"})
    with pytest.raises(BadAnswer, match="damaged"):
        client.get(host.says("/damaged", damaged), accept=XML)


def test_redirects_are_followed_within_the_host_and_no_further(
    client: SourceClient, host: Host, other_host: Host
) -> None:
    host.says("/new", OK)
    assert client.get(host.says("/old", (301, b"", {"Location": "/new"})), accept=XML) == b"fine"

    for target in (other_host.url + "/", "//example.org/", "file:///etc/passwd", "http://[x"):
        with pytest.raises(BadAnswer, match=r"redirected to .* not followed"):
            client.get(host.says("/away", (302, b"", {"Location": target})), accept=XML)
    assert other_host.asked == []

    with pytest.raises(BadAnswer, match="again and again"):
        client.get(host.says("/round", (302, b"", {"Location": "/round"})), accept=XML)
    assert [path for path, _ in host.asked].count("/round") == 6


@pytest.mark.parametrize(
    ("url", "target", "same"),
    [
        ("https://arxiv.org/catchup/cs.SY", "https://arxiv.org/catchup/eess.SY", True),
        ("http://export.arxiv.org/oai2", "https://oaipmh.arxiv.org/oai", True),
        ("https://arxiv.org/", "http://arxiv.org/", False),
        ("https://arxiv.org/", "https://arxiv.org.example.com/", False),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:9000/", False),
        ("https://mirror.example/", "https://arxiv.org/", False),
    ],
)
def test_arxivs_hosts_are_one_house(url: str, target: str, *, same: bool) -> None:
    assert same == _is_same_host(url, target)


TAGGED = {"ETag": '"one"', "Cache-Control": "max-age=43200", "Date": "Thu, 04 Jun 2026 04:30:00 GMT"}


def test_a_fresh_answer_is_never_served_without_asking(open_courier: Open, host: Host) -> None:
    address = host.says("/", (200, b"fine", TAGGED), (304, b"", {"ETag": '"one"'}), (200, b"newer", {}))

    assert [open_courier().get(address, accept=XML) for _ in range(3)] == [b"fine", b"fine", b"newer"]
    assert [head["If-None-Match"] for _, head in host.asked] == [None, '"one"', '"one"']


def test_a_bad_answer_is_not_kept(client: SourceClient, host: Host) -> None:
    def check(data: bytes) -> None:
        if data == b"cut":
            raise BadAnswer("cut")

    address = host.says("/", (200, b"cut", TAGGED), (200, b"fine", {}))
    assert client.get(address, accept=XML, check=check) == b"fine"
    assert [head["If-None-Match"] for _, head in host.asked] == [None, None]


def test_not_modified_without_anything_held_is_asked_again(client: SourceClient, host: Host) -> None:
    assert client.get(host.says("/", (304, b"", {}), OK), accept=XML) == b"fine"


def spoil_with(body: bytes) -> Any:
    def spoil(file: Path) -> None:
        file.write_bytes(body)

    return spoil


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [spoil_with(b""), spoil_with(b"cc=4,\xc1\xff"), spoil_with(b"cc=4,\x01"), spoil_with(b"junk"), make_folder],
)
def test_a_torn_cache_is_no_cache(open_courier: Open, host: Host, tmp_path: Path, spoil: Any) -> None:
    address = host.says("/", (200, b"fine", TAGGED))
    open_courier().get(address, accept=XML)
    held = [path for path in (tmp_path / "http").rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert held
    for path in held:
        spoil(path)

    assert open_courier().get(address, accept=XML) == b"fine"
    assert [head["If-None-Match"] for _, head in host.asked] == [None, None]


def test_a_cache_folder_that_cannot_be_written_is_no_cache(open_courier: Open, host: Host, tmp_path: Path) -> None:
    (tmp_path / "http").write_text("a file in the way")

    assert open_courier().get(host.says("/", (200, b"fine", TAGGED)), accept=XML) == b"fine"


def test_answers_that_nobody_asked_for_in_a_month_are_dropped(open_courier: Open, tmp_path: Path) -> None:
    old, young = tmp_path / "http" / "a" / "old", tmp_path / "http" / "a" / "young"
    old.parent.mkdir(parents=True)
    for file in (old, young):
        file.write_text("x")
    os.utime(old, (0, 0))
    open_courier()

    assert (old.exists(), young.exists()) == (False, True)


def test_a_host_that_never_answered_is_not_asked_again_in_this_build(open_courier: Open, time: Time) -> None:
    client = open_courier(request_interval=3.0, retry_wait=3.0)
    with pytest.raises(Unreachable):
        client.get("http://127.0.0.1:9/one", accept="*/*")
    waited = len(time.slept)

    with pytest.raises(Unreachable, match="gave no answer before"):
        client.get("http://127.0.0.1:9/two", accept="*/*")

    assert waited == len(time.slept)


def test_arxivs_own_hosts_are_never_asked_more_often_than_its_terms_allow(time: Time) -> None:
    limiter = RateLimiter(ArxivOptions(request_interval=0), 120.0, time.sleep, time.monotonic)
    for url in ("https://export.arxiv.org/api/query", "https://arxiv.org/robots.txt", "http://127.0.0.1/mirror"):
        limiter.acquire(url)
        limiter.record(200, {})

    assert time.slept == [3.0]


def test_a_build_right_after_another_keeps_the_pace(open_courier: Open, host: Host, time: Time) -> None:
    url = host.says("/page", (200, b"whole", {}))
    open_courier(request_interval=5.0).get(url, accept="text/plain")

    open_courier(request_interval=5.0).get(url, accept="text/plain")

    assert len(time.slept) == 1
    assert 4.0 < time.slept[0] <= 5.0


def test_a_build_long_after_another_does_not_wait(open_courier: Open, host: Host, time: Time, tmp_path: Path) -> None:
    url = host.says("/page", (200, b"whole", {}))
    stamp = tmp_path / "http" / "asked.sources.arxiv"
    stamp.parent.mkdir()
    stamp.touch()
    os.utime(stamp, (1_000_000_000, 1_000_000_000))

    open_courier(request_interval=5.0).get(url, accept="text/plain")

    assert time.slept == []
