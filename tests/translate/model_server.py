"""A scripted OpenAI-compatible server on a loopback port, and papers to translate."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from paperboy.domain.config import TranslationOptions
from paperboy.domain.glossary import Glossary
from paperboy.domain.papers import Announcement
from paperboy.translation import Outcome, translate
from paperboy.translation.prompts.prompt import prepare

if TYPE_CHECKING:
    from paperboy.domain.edition import Translation

MUCH = (
    "We propose a new method that learns $f(x) = \\frac{1}{2}x$ from 42 examples. It improves the "
    "accuracy by 3.5% over the best known system and runs 10 times faster. The code is available at "
    "https://example.org/code."
)


SUMMARY = "提出一种新方法并加以检验。"


class Answer(NamedTuple):
    """What the server sends, and how."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    drip: float = 0.0
    cut: bool = False
    reset: bool = False
    endless: int = 0


Script = Callable[[dict[str, Any], int], Answer]


class Server:
    """Answers by a script, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.script: Script = lambda asked, _number: good(asked)
        self.in_flight = 0
        self.sent = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()
        self.http = _Listener(self)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self._thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the standard 5, a burst of connections waits for a second

    def __init__(self, owner: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass

    def do_POST(self) -> None:
        owner = self.server.owner
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with owner.lock:
            number = len(owner.asked)
            owner.asked.append(payload)
            owner.headers.append({key.lower(): value for key, value in self.headers.items()})
            owner.in_flight += 1
            owner.most_in_flight = max(owner.most_in_flight, owner.in_flight)
        try:
            answer = owner.script(payload, number)
            time.sleep(answer.delay)
            if answer.endless:
                self.stream(answer)
            elif answer.reset:
                self.reset()
            else:
                self.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with owner.lock:
                owner.in_flight -= 1

    def stream(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Length", str(answer.endless))
        self.end_headers()
        while self.server.owner.sent < answer.endless:
            self.server.owner.sent += self.wfile.write(b" " * 65_536)

    def reset(self) -> None:
        # Closing with linger 0 sends RST in place of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.cut:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        elif answer.drip:
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(answer.drip)
        else:
            self.wfile.write(answer.body)


class Run:
    """One `translate()` over the server, and all that it recorded."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.glossary = Glossary()
        self.recorded: list[Translation] = []

    def __call__(
        self,
        papers: list[Announcement],
        *,
        known: list[Translation] | None = None,
        key: str | None = "sk-secret-of-the-owner",
        retry: bool = False,
        **options: Any,
    ) -> Outcome:
        self.recorded = []
        settings = self.options(**options)
        by_key: dict[str, list[Translation]] = {}
        for translation in known or []:
            by_key.setdefault(translation.key, []).append(translation)
        return translate(
            papers,
            options=settings,
            glossary=self.glossary,
            api_key=key,
            known=lambda _keys: by_key,
            record=self.recorded.append,
            retry=retry,
        )

    def options(self, **options: Any) -> TranslationOptions:
        return TranslationOptions(**{"base_url": self.server.url, "model": "m", "timeout": 5.0, **options})

    def key(self, paper: Announcement) -> str:
        return prepare(paper, self.options(), self.glossary).key


def completion(
    content: object,
    finish: str = "stop",
    *,
    usage: object = (100, 50),
    **rest: Any,
) -> Answer:
    """A completion with this content; `usage` may be a pair, or anything else to be sent as it is."""
    if isinstance(usage, tuple):
        usage = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    body = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}],
        "usage": usage,
    }
    return Answer(json.dumps(body, ensure_ascii=False).encode(), **rest)


def error(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(json.dumps(body).encode(), status, named)


def fields(asked: dict[str, Any]) -> dict[str, str]:
    """A good translation of what was asked."""
    text = json.loads(asked["messages"][-1]["content"])
    return {
        "title": chinese(text["title"]),
        "abstract": chinese(text["abstract"]),
        "summary": "提出一种新方法并加以检验。",
    }


def field(asked: dict[str, Any]) -> str:
    """What is asked for: "json", or one text by its name."""
    system = asked["messages"][0]["content"]
    if "JSON" in system:
        return "json"
    if "Say in one sentence" in system:
        return "summary"
    return "title" if "the title of" in system else "abstract"


def in_plain_words(asked: dict[str, Any], **rest: Any) -> Answer:
    """A good answer to the question for one text."""
    text = asked["messages"][-1]["content"]
    return completion(SUMMARY if field(asked) == "summary" else chinese(text), **rest)


def good(asked: dict[str, Any], **rest: Any) -> Answer:
    return completion(json.dumps(fields(asked), ensure_ascii=False), **rest)


def chinese(text: str) -> str:
    """Han characters for words; numbers, names and placeholders as they are."""
    han = "研究方法模型数据训练结果性能算法系统语言图像"

    def word(match: re.Match[str]) -> str:
        if not re.fullmatch("[A-Za-z][a-z]*", match[0]):
            return {".": "。", ",": "，", " ": ""}.get(match[0], match[0])
        place = sum(map(ord, match[0])) % (len(han) - 2)
        return han[place : place + (2 if len(match[0]) > 2 else 1)]

    return re.sub(r"<m\d+/>|\d[\d.,]*\d%?|[A-Za-z]+|.", word, text)


def paper(number: int = 1, *, title: str | None = None, abstract: str = MUCH, version: int = 1) -> Announcement:
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return Announcement(
        id=f"2606.{number:05d}",
        version=version,
        listed={"cs.CL": "new"},
        title=title or f"A new method of learning from {letters} examples",
        abstract=abstract,
        authors=("A. Author",),
        categories=("cs.CL",),
        primary_category="cs.CL",
        sources=("feed",),
    )
