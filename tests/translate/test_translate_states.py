"""Every fault that an endpoint may have, and the one state in which it ends: the table of issue 3."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from paperboy.translation.client.chat_completions import MOST_BYTES
from paperboy.translation.client.endpoint_pool import Servers
from tests.translate.model_server import Answer, completion, error, field, fields, good, in_plain_words, paper

if TYPE_CHECKING:
    from paperboy.translation import Outcome
    from tests.translate.model_server import Run, Server

GIGABYTE = 10**9
SCHEMA = '{"type": "object", "properties": {"title": {"type": "string"}}}'


class Case(NamedTuple):
    """An answer, given always or to the first request only; what is said of two papers in the end."""

    answer: Answer
    passing: str
    lasting: str


def fenced(asked: dict[str, Any]) -> Answer:
    return completion(f"好的：\n```json\n{json.dumps(fields(asked), ensure_ascii=False)}\n```\n完毕。")


def well(asked: dict[str, Any]) -> Answer:
    return good(asked) if field(asked) == "json" else in_plain_words(asked)


def state(outcome: Outcome) -> str:
    """The state in words: `2 translated`, `1 refused: cut-off`, `2 left`, and why it was stopped."""
    parts = [f"{outcome.translated} translated"] if outcome.translated else []
    parts += [f"{count} refused: {name}" for name, count in outcome.refused.items()]
    parts += [f"{outcome.left} left"] if outcome.left else []
    return "; ".join(parts)


ALL = "2 translated"
NONE = "2 left"
CASES = {
    "429, Retry-After 1": Case(error(429, "slow down", retry_after="1"), ALL, NONE),
    "429, Retry-After 121": Case(error(429, "slow down", retry_after="121"), ALL, NONE),
    "429, no Retry-After": Case(error(429, "slow down"), ALL, NONE),
    "quota": Case(error(429, "You exceeded your current quota", "insufficient_quota"), NONE, NONE),
    "402": Case(error(402, "Insufficient Balance"), NONE, NONE),
    "500": Case(error(500, "boom"), ALL, NONE),
    "HTML 200": Case(Answer(b"<html><body>Sign in</body></html>"), ALL, NONE),
    "empty choices": Case(Answer(b'{"choices": []}'), ALL, NONE),
    "null choices": Case(Answer(b'{"choices": null}'), ALL, NONE),
    "length": Case(completion("{", "length"), ALL, "2 refused: cut-off"),
    "filter": Case(
        error(400, "Content Exists Risk"), "1 translated; 1 refused: content-filter", "2 refused: content-filter"
    ),
    "schema echo": Case(completion(SCHEMA), ALL, "2 refused: script"),
    "reset": Case(Answer(b"", reset=True), ALL, NONE),
    "cut body": Case(completion("x")._replace(cut=True), ALL, NONE),
    "hang": Case(completion("x", delay=0.6), ALL, NONE),
    "drip": Case(completion("x")._replace(drip=0.05), ALL, NONE),
    "redirect": Case(Answer(b"", 307, (("Location", "https://elsewhere.example/v1"),)), NONE, NONE),
    "1 GB body": Case(Answer(b"", endless=GIGABYTE), ALL, NONE),
}


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits that the endpoint asks for are noted, not slept."""
    waits: list[float] = []

    async def wait(self: Servers, _event: object, seconds: float | None) -> None:
        if seconds:
            waits.append(seconds)
            self._servers[0].pace.not_before = 0.0
        await asyncio.sleep(0)

    monkeypatch.setattr(Servers, "_wait", wait)
    return waits


@pytest.mark.parametrize("name", CASES)
def test_a_fault_that_passes_ends_in_its_state(run: Run, server: Server, name: str) -> None:
    case = CASES[name]
    server.script = lambda asked, number: well(asked) if number else case.answer
    outcome = run([paper(1), paper(2)], timeout=0.4, concurrency=1)

    assert state(outcome) == case.passing


@pytest.mark.parametrize("name", CASES)
def test_a_fault_that_lasts_ends_in_its_state(run: Run, server: Server, name: str) -> None:
    case = CASES[name]
    server.script = lambda _asked, _number: case.answer
    outcome = run([paper(1), paper(2)], timeout=0.4, concurrency=1)

    assert state(outcome) == case.lasting
    assert outcome.translated + outcome.untranslated == 2


def test_waits_are_as_long_as_the_endpoint_asks(run: Run, server: Server, no_waits: list[float]) -> None:
    for seconds in (1, 121):
        answer = error(429, "slow down", retry_after=str(seconds))
        server.asked.clear()
        server.script = lambda asked, number, answer=answer: good(asked) if number else answer  # type: ignore[misc]
        run([paper(1)])
        assert seconds - 1 < max(no_waits) <= seconds


def test_an_endless_body_is_left_after_a_few_megabytes(run: Run, server: Server) -> None:
    server.script = lambda asked, number: good(asked) if number else Answer(b"", endless=GIGABYTE)
    assert run([paper(1)]).translated == 1

    assert server.sent < 8 * MOST_BYTES


def test_no_usage_is_no_fault(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked, usage=None)

    assert state(run([paper(1), paper(2)])) == ALL


def test_a_fence_is_no_fault(run: Run, server: Server) -> None:
    server.script = lambda asked, _: fenced(asked)

    assert state(run([paper(1), paper(2)])) == ALL


def test_the_source_echoed_is_refused_by_name(run: Run, server: Server) -> None:
    server.script = lambda asked, _: completion(
        json.dumps({**json.loads(asked["messages"][-1]["content"]), "summary": "提出方法。"})
    )

    assert state(run([paper(1), paper(2)])) == "2 refused: echo"
