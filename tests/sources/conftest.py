"""What the source tests share: the recorded answers, a world on a local port, and a clock that obeys."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from paperboy.domain.config import ArxivOptions
from paperboy.sources.http_client import SourceClient

if TYPE_CHECKING:
    from email.message import Message

SHARED = Path(__file__).resolve().parents[3] / "shared"
WEEK = "oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"

Open = Callable[..., SourceClient]
Answer = tuple[int, bytes, Mapping[str, str]]


def _shared(part: str) -> Path:
    folder = SHARED / part
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: the shared test material lies beside the checkout")
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    return _shared("data")


class Time:
    """A clock that only sleeping moves; `slept` holds the waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def open_courier(tmp_path: Path, time: Time) -> Iterator[Open]:
    """Opens couriers whose waits take no time, and closes them."""
    opened: list[SourceClient] = []

    def make(
        *, request_interval: float = 0.0, time_limit: float = 900.0, cache: Path = tmp_path, **knobs: Any
    ) -> SourceClient:
        options = ArxivOptions(request_interval=request_interval, time_limit=time_limit)
        knobs = {"sleep": time.sleep, "monotonic": time.monotonic, "retry_wait": 0.0, **knobs}
        opened.append(SourceClient(options, cache, **knobs))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def client(open_courier: Open) -> SourceClient:
    return open_courier()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are part of the tests."""


class Host:
    """A local host that gives what a test scripts: a list of answers by path, the last one for ever.

    A path without its query stands for every query. An answer is `(status, body, headers)`, or a function
    that writes to the handler as it likes.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer | Callable[[BaseHTTPRequestHandler], None]]] = {}
        self.asked: list[tuple[str, Message]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.asked.append((self.path, self.headers))
                bare = self.path.partition("?")[0]
                unknown: list[Answer] = [(404, b"<h1>Page not found</h1>", {})]
                script = host.answers.get(self.path) or host.answers.get(bare) or unknown
                answer = script.pop(0) if len(script) > 1 else script[0]
                if callable(answer):
                    answer(self)
                    return
                status, body, headers = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if status != 304:
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def says(self, path: str, *answers: Answer | Callable[[BaseHTTPRequestHandler], None]) -> str:
        self.answers[path] = list(answers)
        return self.url + path

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def other_host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture(scope="session")
def replay_module() -> Any:
    """The replay of arXiv on a local port, imported from beside the checkout."""
    folder = str(_shared("replay"))
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("replay")
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="session")
def week(replay_module: Any, data: Path) -> Any:  # noqa: ARG001  makes the import below possible
    """A week of ten categories, read once."""
    corpus = importlib.import_module("paperboy_replay.corpus")
    return corpus.Corpus.read([data / "corpus" / WEEK])


@pytest.fixture
def replay(replay_module: Any, week: Any) -> Iterator[Any]:
    """The week's arXiv, on its Thursday; faults are set by `replay.control`."""
    with replay_module.Replay(week, today=date(2026, 7, 2)) as running:
        yield running
