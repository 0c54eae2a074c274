"""What an endpoint can do wrong, each scripted on a loopback port: the state that it ends in."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.translation.client.chat_completions import MOST_BYTES, Endpoint, connect
from paperboy.translation.client.endpoint_pool import Servers
from paperboy.translation.client.errors import said
from paperboy.translation.client.waits import find
from tests.translate.model_server import Answer, completion, error, fields, good, paper

if TYPE_CHECKING:
    from tests.translate.model_server import Run, Server

SECRET = "sk-secret-of-the-owner"
PAPERS = [paper(number) for number in range(12)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(401, f"Incorrect API key provided: {SECRET}", "invalid_api_key"), "refuses the key"),
        (error(402, "Insufficient Balance"), "no credit"),
        (error(403, "Country not supported"), "may not use"),
        (error(404, "The model `m` does not exist", "model_not_found"), "does not know the model 'm'"),
        (Answer(b"<html>Not Found</html>", 404), "no Chat Completions endpoint"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), "no credit"),
    ],
    ids=["401", "402", "403", "unknown-model", "404", "quota"],
)
def test_the_circuit_opens_at_once(run: Run, server: Server, answer: Answer, reason: str) -> None:
    server.script = lambda _asked, _number: answer
    outcome = run(PAPERS, concurrency=2)

    assert outcome.requests <= 2
    assert reason in (outcome.stopped or "")
    assert outcome.left == 12
    assert SECRET not in (outcome.stopped or "")
    assert run.recorded == []


def test_ten_failures_in_a_row_open_the_circuit(run: Run, server: Server) -> None:
    server.script = lambda _asked, _number: error(500, "boom")
    outcome = run(PAPERS, concurrency=1)

    assert outcome.requests == 10
    assert "10 failures in a row" in (outcome.stopped or "")
    assert "boom" in (outcome.stopped or "")


def test_a_burst_of_failures_after_good_answers_counts_once(run: Run, server: Server) -> None:
    server.script = lambda asked, number: error(503, "reloading") if 20 <= number < 36 else good(asked, delay=0.01)
    outcome = run([paper(number) for number in range(60)], concurrency=16)

    assert (outcome.translated, outcome.stopped) == (60, None)


def test_one_text_that_always_fails_does_not_stop_the_others(run: Run, server: Server) -> None:
    server.script = lambda asked, _: (
        error(500, "boom") if "poison" in json.dumps(asked["messages"][-1]) else good(asked)
    )
    outcome = run([paper(99, title="A poison of models"), *PAPERS], concurrency=2)

    assert (outcome.translated, outcome.left, outcome.stopped) == (12, 1, None)


def test_retry_after_is_obeyed_by_all_workers(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_when_waiting: list[int] = []

    async def wait(self: Servers, _event: object, seconds: float | None) -> None:
        if seconds and seconds > 60:
            sent_when_waiting.append(len(server.asked))
            if len(sent_when_waiting) == 4:
                self._servers[0].pace.not_before = 0.0
        await asyncio.sleep(0.001)

    monkeypatch.setattr(Servers, "_wait", wait)
    server.script = lambda asked, number: good(asked) if number else error(429, "slow down", retry_after="90")
    outcome = run(PAPERS, concurrency=4)

    assert (outcome.translated, outcome.stopped) == (12, None)
    # What was in flight with the refused request was sent before anybody knew.
    assert len(sent_when_waiting) >= 4
    assert max(sent_when_waiting[:4]) <= 4


def test_a_long_retry_after_is_waited_for_and_not_cut(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def wait(self: Servers, _event: object, seconds: float | None) -> None:
        waits.append(seconds or 0.0)
        if waits[-1] > 1:
            self._servers[0].pace.not_before = 0.0

    monkeypatch.setattr(Servers, "_wait", wait)
    server.script = lambda asked, number: good(asked) if number else error(429, "wait", retry_after="121")
    outcome = run(PAPERS[:1], concurrency=1)

    assert outcome.translated == 1
    assert 120 < max(waits) <= 121


def test_a_rate_limit_lowers_the_concurrency_until_it_fits(run: Run, server: Server) -> None:
    server.script = lambda asked, _: error(429, "too many") if server.in_flight > 3 else good(asked, delay=0.01)
    outcome = run([paper(number) for number in range(60)], concurrency=32)

    assert (outcome.translated, outcome.stopped) == (60, None)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html><body>Welcome to the captive portal</body></html>"),
        Answer(b""),
        Answer(b"[]"),
        Answer(b"null"),
        Answer(b'{"choices": []}'),
        Answer(b'{"choices": null}'),
        Answer(b'{"choices": [null]}'),
        Answer(b'{"error": {"message": "upstream failed", "code": 502}}'),
        Answer(b'{"error": "upstream failed"}'),
        Answer(b"\xff\xfe\x00"),
        Answer(b"[" * 100_000),
        Answer(b"", 500),
        Answer(b'{"detail": 3}', 500),
        Answer(b'{"choices": [{"message": {"content": "x"}}]}', cut=True),
        Answer(b"x" * (MOST_BYTES + 1)),
        Answer(b"x" * (MOST_BYTES + 1), 500),
        Answer(b"not gzip", headers=(("Content-Encoding", "gzip"),)),
    ],
)
def test_a_body_that_is_no_completion_is_a_failure_and_not_a_traceback(
    run: Run, server: Server, answer: Answer
) -> None:
    server.script = lambda asked, number: good(asked) if number else answer
    assert run(PAPERS[:1]).translated == 1

    server.script = lambda _asked, _number: answer
    outcome = run(PAPERS[:1])
    assert (outcome.requests, outcome.left, outcome.stopped) == (3, 1, None)
    assert run.recorded == []


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (completion("{", "length"), "cut-off"),
        (completion("", "content_filter"), "content-filter"),
        (completion(""), "empty"),
        (completion(None), "empty"),
        (completion({"title": "x"}), "empty"),
        (completion("抱歉，我无法完成这项翻译。"), "json"),
        (Answer(b'{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}}'), "empty"),
        (error(400, "Content Exists Risk"), "content-filter"),
        (error(403, "Your input was flagged by moderation"), "content-filter"),
    ],
)
def test_a_paid_answer_without_a_text_is_recorded_by_name(run: Run, server: Server, answer: Answer, fault: str) -> None:
    server.script = lambda _asked, _number: answer
    outcome = run(PAPERS[:1])

    assert outcome.translated == 0
    assert outcome.requests == len(run.recorded)
    assert run.recorded[0].faults == (fault,)


def test_a_content_filter_goes_straight_to_the_fallback(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked) if asked["model"] == "big" else error(400, "Content Exists Risk")
    outcome = run(PAPERS[:1], fallback_model="big")

    assert (outcome.requests, outcome.translated) == (2, 1)


@pytest.mark.parametrize("refused", [["json_schema"], ["json_schema", "json_object"]])
def test_the_output_mode_steps_down_on_a_capability_error_only_and_is_remembered(
    run: Run, server: Server, refused: list[str]
) -> None:
    def script(asked: dict[str, Any], _number: int) -> Answer:
        kind = asked.get("response_format", {}).get("type")
        return error(400, f"This response_format type is unavailable: {kind}") if kind in refused else good(asked)

    server.script = script
    outcome = run(PAPERS, concurrency=1)

    kinds = [asked.get("response_format", {}).get("type") for asked in server.asked]
    last = "json_object" if len(refused) == 1 else None
    assert [*refused, *[last] * 12] == kinds
    assert (outcome.translated, outcome.requests) == (12, 12)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ("temperature", "Unsupported value: 'temperature' does not support 0 with this model."),
        ("max_completion_tokens", '{"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "extra"}]}'),
    ],
)
def test_a_parameter_that_the_server_refuses_is_left_out(run: Run, server: Server, refused: str, message: str) -> None:
    body = message if message.startswith("{") else json.dumps({"error": {"message": message}})
    server.script = lambda asked, _: Answer(body.encode(), 422) if refused in asked else good(asked)
    outcome = run(PAPERS, concurrency=1)

    assert outcome.translated == 12
    assert len(server.asked) == 13
    assert ("max_tokens" in server.asked[-1]) == (refused == "max_completion_tokens")


def test_a_mode_is_kept_when_the_server_merely_fails(run: Run, server: Server) -> None:
    server.script = lambda asked, number: error(500, "json_schema crashed") if number == 0 else good(asked)
    run(PAPERS, concurrency=1)

    assert {"json_schema"} == {asked["response_format"]["type"] for asked in server.asked}


def test_a_text_that_the_server_rejects_is_left_without_a_second_try(run: Run, server: Server) -> None:
    server.script = lambda _asked, _number: error(400, "maximum context length is 512 tokens")
    outcome = run(PAPERS[:1])

    assert (outcome.requests, outcome.left) == (1, 1)


def test_a_dripping_body_ends_at_the_deadline_of_the_whole_call(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked)._replace(drip=0.02)
    outcome = run(PAPERS[:1], timeout=0.2)

    assert (outcome.requests, outcome.left) == (3, 1)


def test_a_hanging_server_ends_the_run(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked, delay=1.0)
    outcome = run([paper(number) for number in range(40)], timeout=0.2, concurrency=10)

    assert outcome.left == 40
    assert "0.2 seconds" in (outcome.stopped or "")


def test_an_address_where_nobody_listens_ends_the_run(run: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = run(PAPERS, base_url=f"http://127.0.0.1:{port}/v1")

    assert outcome.left == 12
    assert "the connection failed" in (outcome.stopped or "")


def test_a_redirect_is_not_followed(run: Run, server: Server) -> None:
    server.script = lambda _asked, _number: Answer(b"", 307, (("Location", "https://elsewhere.example/v1"),))
    outcome = run(PAPERS)

    assert "https://elsewhere.example/v1" in (outcome.stopped or "")
    assert all("elsewhere" not in headers["host"] for headers in server.headers)


def test_the_key_is_cleaned_and_never_shown(run: Run, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    outcome = run(PAPERS[:1], key=f"  {SECRET[:9]}\n{SECRET[9:]}\r\n")

    assert outcome.translated == 1
    assert f"Bearer {SECRET}" == server.headers[0]["authorization"]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("key", ["sk-ключ", "sk-\x00"])
def test_a_key_that_cannot_be_one_is_named_by_its_variable(run: Run, server: Server, key: str) -> None:
    outcome = run(PAPERS, key=key)

    assert "OPENAI_API_KEY" in (outcome.stopped or "")
    assert key not in (outcome.stopped or "")
    assert outcome.left == 12
    assert server.asked == []


def test_no_key_is_needed_for_a_local_server(run: Run) -> None:
    assert run(PAPERS[:1], key=None).translated == 1


def test_an_empty_base_url_in_the_environment_is_unset(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    client = connect(run.options(base_url=None), "k")

    assert str(client.base_url) == "https://api.openai.com/v1/"


def test_an_endpoint_shows_its_model_and_not_its_key(run: Run) -> None:
    client = connect(run.options(), SECRET)

    assert repr(Endpoint(client, "m", run.options())) == "<Endpoint m json_schema>"


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": -5}, {"prompt_tokens": "x"}, {"prompt_tokens": True}])
def test_tokens_that_are_no_counts_are_zero(run: Run, server: Server, usage: object) -> None:
    server.script = lambda asked, _: good(asked, usage=usage)
    outcome = run(PAPERS[:1])

    assert (outcome.translated, outcome.prompt_tokens) == (1, 0)


def test_content_in_parts_is_joined(run: Run, server: Server) -> None:
    def script(asked: dict[str, Any], _number: int) -> Answer:
        text = json.dumps(fields(asked), ensure_ascii=False)
        return completion([{"type": "text", "text": text[:30]}, {"type": "text", "text": text[30:]}])

    server.script = script
    assert run(PAPERS[:1]).translated == 1


def test_retry_after_is_read_in_all_its_forms() -> None:
    from datetime import UTC, datetime, timedelta

    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    assert find({"Retry-After": "121"})[0] == 121.0
    assert find({"retry-after-ms": "250", "retry-after": "9"})[0] == 0.25
    assert 85 < (find({"retry-after": later})[0] or 0) <= 90
    assert find({"retry-after": "-3"})[0] == 0.0
    assert [find({"retry-after": text})[0] for text in ("", "soon", "nan", "inf")] == [None] * 4


def test_what_a_server_said_is_one_short_line() -> None:
    assert said(b'{"error": {"message": "a\\n\\u0000b"}}') == "a b"
    assert said(b"") == "no reason given"
    assert len(said(b"x" * 10_000)) == 200
