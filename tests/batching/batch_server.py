"""An OpenAI-compatible server with a Batch API on a loopback port: scripted, and it counts what it was paid for."""

from __future__ import annotations

import json
import threading
from collections import Counter
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.translate.model_server import Answer, error, good

if TYPE_CHECKING:
    from collections.abc import Callable


class BatchServer:
    """Files and batches in memory; a batch is over when `finish()` says so, or at once where `at_once`.

    `moments` holds what to do when something has just been done and is not answered yet: a test kills there.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.at_once = False
        self.keeps_marks = True
        self.line: Callable[[dict[str, Any], int], Answer | None] = lambda body, _number: good(body)
        """Answers a line of a batch; `None` where nobody got to it in time."""
        self.chat: Callable[[dict[str, Any], int], Answer] = lambda body, _number: good(body)
        """Answers a request that comes by itself."""
        self.refuse: dict[str, Answer] = {}
        """By method and first part of the path, as `POST files`, an answer in place of the right one."""
        self.moments: dict[str, Callable[[], None]] = {}
        self.requests: Counter[str] = Counter()
        self.paid: dict[str, list[str]] = {}
        """By the title that was asked about, how each good answer was had: "alone" or in a "batch"."""
        self.in_batches = self.by_themselves = 0
        self.lock = threading.RLock()
        self.http = _Listener(self)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self._thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()
        self._thread.join()

    def finish(self, status: str = "completed", answered: int | None = None) -> None:
        """End every batch that is under way, `answered` lines of each answered."""
        with self.lock:
            for batch in self.batches.values():
                if batch["status"] == "in_progress":
                    self._finish(batch, status, answered)

    def rows(self, number: int = 0) -> list[dict[str, Any]]:
        """The requests of an uploaded file."""
        return [json.loads(line) for line in list(self.files.values())[number].splitlines()]

    # What it serves

    def serve(self, method: str, path: str, query: dict[str, list[str]], body: bytes, kind: str) -> Answer:  # noqa: PLR0911  one for each path
        parts = path.removeprefix("/v1/").strip("/").split("/")
        name = f"{method} {parts[0]}"
        with self.lock:
            self.requests[name] += 1
            if name == "POST files":
                self._after("uploading", Answer(b""))
            if name in self.refuse:
                return self.refuse[name]
            match (name, parts[1:]):
                case "POST chat", ["completions"]:
                    return self._completion(json.loads(body))
                case "POST files", []:
                    return self._uploaded(body, kind)
                case "GET files", [file, "content"]:
                    found = self.files.get(file)
                    answer = error(404, f"No such File object: {file}") if found is None else Answer(found)
                    return self._after("downloaded", answer)
                case "POST batches", []:
                    return self._created(json.loads(body))
                case "GET batches", []:
                    return self._listed(query)
                case "GET batches", [batch]:
                    found_batch = self.batches.get(batch)
                    return _json(found_batch) if found_batch else error(404, f"No batch found with id '{batch}'.")
        return error(404, f"Invalid URL ({method} {path})")

    def _completion(self, body: dict[str, Any]) -> Answer:
        answer = self.chat(body, self.by_themselves)
        self.by_themselves += 1
        self._count(body, answer, "alone")
        return answer

    def _uploaded(self, body: bytes, kind: str) -> Answer:
        message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        content = parts["file"].get_payload(decode=True)
        assert isinstance(content, bytes)
        assert parts["purpose"].get_payload(decode=True) == b"batch"
        name = self._store(content)
        return self._after("uploaded", _json({"id": name, "object": "file", "bytes": len(content)}))

    def _created(self, body: dict[str, Any]) -> Answer:
        assert (body["endpoint"], body["completion_window"]) == ("/v1/chat/completions", "24h")
        if body["input_file_id"] not in self.files:
            return error(400, f"No such File object: {body['input_file_id']}")
        batch = {
            "id": f"batch_{len(self.batches)}",
            "object": "batch",
            "input_file_id": body["input_file_id"],
            "status": "in_progress",
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": body["metadata"] if self.keeps_marks else None,
        }
        self.batches[str(batch["id"])] = batch
        if self.at_once:
            self._finish(batch, "completed", None)
        return self._after("created", _json(batch))

    def _listed(self, query: dict[str, list[str]]) -> Answer:
        names = list(self.batches)[::-1]
        after = query.get("after", [""])[0]
        names = names[names.index(after) + 1 :] if after else names
        page = names[: min(2, int(query["limit"][0]))]  # small pages, so that they are turned
        found = {"object": "list", "data": [self.batches[name] for name in page], "has_more": names != page}
        return self._after("found", _json(found))

    def _finish(self, batch: dict[str, Any], status: str, answered: int | None) -> None:
        rows = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        assert len({row["custom_id"] for row in rows}) == len(rows)
        assert all(len(row["custom_id"]) <= 64 for row in rows)
        done: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for number, row in enumerate(rows):
            late = answered is not None and number >= answered
            answer = None if late else self.line(row["body"], self.in_batches)
            base = {"id": f"r{number}", "custom_id": row["custom_id"]}
            if answer is None:
                lost = {"code": f"batch_{status}", "message": "This request could not be executed in time."}
                failed.append(base | {"response": None, "error": lost})
                continue
            self.in_batches += 1
            self._count(row["body"], answer, "batch")
            response = {"status_code": answer.status, "request_id": "x", "body": json.loads(answer.body)}
            (done if answer.status == 200 else failed).append(base | {"response": response, "error": None})
        batch["status"] = status
        batch["request_counts"] = {"total": len(rows), "completed": len(done), "failed": len(failed)}
        if done:
            batch["output_file_id"] = self._store(_lines(done[::-1]))  # in another order than asked
        if failed:
            batch["error_file_id"] = self._store(_lines(failed))

    def _store(self, content: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name

    def _count(self, body: dict[str, Any], answer: Answer, how: str) -> None:
        if answer.status == 200:
            text = body["messages"][-1]["content"]
            self.paid.setdefault(json.loads(text)["title"] if text.startswith("{") else text, []).append(how)

    def _after(self, moment: str, answer: Answer) -> Answer:
        if act := self.moments.pop(moment, None):
            act()
        return answer


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: BatchServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client was killed
            self.close_connection = True

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        self._answer("POST", self._body())

    def _body(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        kind = self.headers.get("Content-Type", "")
        answer = self.server.owner.serve(method, parts.path, parse_qs(parts.query), body, kind)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True


def _json(value: object) -> Answer:
    return Answer(json.dumps(value).encode())


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
