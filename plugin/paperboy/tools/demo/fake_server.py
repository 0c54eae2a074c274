"""The demo's server on the loopback interface: arXiv, Hugging Face and a model on one port.

    with DemoServer() as server:
        fetch(f"{server.url}/catchup/cs.CL/2026-06-03?abs=True")

| path                             | stands for                                    |
| -------------------------------- | --------------------------------------------- |
| `/robots.txt`                    | arxiv.org/robots.txt, without the Crawl-delay |
| `/catchup/{category}/{date}`     | arxiv.org                                     |
| `/atom/{category}`               | rss.arxiv.org                                 |
| `/api/query?id_list=…`           | export.arxiv.org                              |
| `/api/daily_papers?date=…`       | huggingface.co                                |
| `/v1/models`, `/v1/chat/completions` | an OpenAI-compatible endpoint             |
"""

from __future__ import annotations

import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from paperboy.tools.demo import arxiv_responses, fake_model, load_demo

if TYPE_CHECKING:
    from types import TracebackType

    from paperboy.tools.demo import DemoDay
    from paperboy.tools.demo.arxiv_responses import DemoResponse

MAX_BODY = 1_000_000
"""The largest request that is read, in bytes; one for a paper has some 10,000."""

log = logging.getLogger(__name__)


class DemoServer:
    """Serves a demo day until its `with` block ends.

    Arguments:
        day: What to serve; the demo's own day where left out.
        port: The port to listen on; any free one where left out.
    """

    def __init__(self, day: DemoDay | None = None, port: int = 0) -> None:
        self.day = day or load_demo()
        self._server = _Server(self.day, port)
        self._thread = threading.Thread(
            # The interval is how long leaving the `with` block may take.
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="paperboy-demo",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """The listening socket, with what its handlers share."""

    daemon_threads = True

    def __init__(self, day: DemoDay, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.day = day
        self.model = fake_model.DemoModel(day)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is no fault of the server, and no reason for a traceback.
        if isinstance(sys.exception(), ConnectionError):
            log.debug("%s hung up", client_address)
        else:
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Finds the answer to a request by its path."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        """Answer as arXiv or Hugging Face, or list the models."""
        self._send(self._get())

    def do_POST(self) -> None:
        """Answer as the model."""
        self._send(self._post())

    def _get(self) -> DemoResponse:
        address = urlsplit(self.path)
        parameters = dict(parse_qsl(address.query, keep_blank_values=True))
        match [unquote(part) for part in address.path.strip("/").split("/")]:
            case ["robots.txt"]:
                return arxiv_responses.robots_response()
            case ["catchup", subject, day]:
                return arxiv_responses.catchup_response(self.server.day, subject, day, parameters)
            case ["atom", query]:
                return arxiv_responses.feed_response(self.server.day, query)
            case ["api", "query" | "daily_papers" as name]:
                answer = arxiv_responses.api_response if name == "query" else arxiv_responses.daily_papers_response
                return answer(self.server.day, parameters)
            case ["v1", "models"]:
                return self._refusal() or self.server.model.models()
            case _:
                return arxiv_responses.error_page(404, "Not Found", "The demo has no such page.")

    def _post(self) -> DemoResponse:
        # The body is read in any case: closing with bytes unread would reset the connection,
        # and the client would see that in place of the answer.
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            return fake_model.error(413, f"Send up to {MAX_BODY} bytes, with their length.", "too_large")
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path.rstrip("/") != "/v1/chat/completions":
            return fake_model.error(404, "The demo has no such endpoint.", "unknown_url")
        return self._refusal() or self.server.model.complete(body)

    def _refusal(self) -> DemoResponse | None:
        """The answer to a request without a key; any key will do."""
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key.strip():
            return None
        return fake_model.error(401, "No API key was sent; any will do.", "invalid_api_key")

    def _send(self, answer: DemoResponse) -> None:
        status, body = answer.status, answer.body
        if answer.etag and self.headers.get("If-None-Match") == answer.etag:
            status, body = 304, b""
        self.send_response(status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        if answer.etag:
            self.send_header("ETag", answer.etag)
        # A kept connection would hold its thread, and its socket, beyond the `with` block.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's own name
        log.debug("%s %s", self.address_string(), format % args)
