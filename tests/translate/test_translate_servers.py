"""Several servers behind one `base_url`: who is asked, and what one that fails does to the others."""

from __future__ import annotations

import logging
import socket
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.storage import archive
from paperboy.storage.journal import Journal
from paperboy.translation import translate
from paperboy.translation.client import rate_limiter
from tests.translate.model_server import Answer, Server, completion, error, good, paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.translate.model_server import Run

PAPERS = [paper(number) for number in range(40)]


@pytest.fixture
def other() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def both(server: Server, other: Server) -> list[str]:
    return [server.url, other.url]


def nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_two_servers_share_the_papers_each_within_its_own_window(
    run: Run, server: Server, other: Server, both: list[str]
) -> None:
    for one in (server, other):
        one.script = lambda asked, _: good(asked, delay=0.02)
    outcome = run(PAPERS, base_url=both, concurrency=4)

    assert (outcome.translated, outcome.requests) == (40, 40)
    assert len(server.asked) + len(other.asked) == 40
    assert min(len(server.asked), len(other.asked)) >= 12
    assert (server.most_in_flight, other.most_in_flight) == (4, 4)


def test_a_slow_server_gets_as_much_as_it_answers(run: Run, server: Server, other: Server, both: list[str]) -> None:
    server.script = lambda asked, _: good(asked, delay=0.4)
    other.script = lambda asked, _: good(asked, delay=0.01)
    outcome = run(PAPERS, base_url=both, concurrency=2)

    assert outcome.translated == 40
    assert len(server.asked) <= 8


def test_a_busy_server_is_pressed_less_and_the_other_goes_on(
    run: Run, server: Server, other: Server, both: list[str]
) -> None:
    server.script = lambda asked, _: error(429, "busy") if server.in_flight > 1 else good(asked, delay=0.02)
    other.script = lambda asked, _: good(asked, delay=0.02)
    outcome = run(PAPERS, base_url=both, concurrency=8)

    assert (outcome.translated, outcome.stopped) == (40, None)
    assert len(other.asked) > len(server.asked) // 2


@pytest.mark.parametrize(
    "answer",
    [
        error(401, "Incorrect API key provided"),
        error(404, "The model `m` does not exist", "model_not_found"),
        error(429, "come back tomorrow", retry_after="86400"),
        error(500, "boom"),
        Answer(b"", reset=True),
        Answer(b"<html>Sign in</html>"),
    ],
    ids=["401", "no-model", "a-day", "500", "reset", "html"],
)
def test_one_that_is_of_no_use_costs_no_paper(
    run: Run, server: Server, other: Server, both: list[str], answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    server.script = lambda _asked, _number: answer
    other.script = lambda asked, _: good(asked, delay=0.02)
    outcome = run(PAPERS, base_url=both, concurrency=4)

    assert (outcome.translated, outcome.left, outcome.stopped) == (40, 0, None)
    assert len(other.asked) == 40
    assert len(server.asked) <= rate_limiter.IN_A_ROW + 4
    assert caplog.text.count("translation.base_url[0] gets no more requests") <= 1
    assert server.url not in caplog.text


def test_the_log_says_which_one_is_left_and_why(
    run: Run, server: Server, both: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    server.script = lambda _asked, _number: error(401, "Incorrect API key provided")
    run(PAPERS, base_url=both, concurrency=2)

    assert caplog.text.count("translation.base_url[0] gets no more requests") == 1
    assert "refuses the key" in caplog.text


def test_one_where_nobody_listens_costs_no_paper(run: Run, server: Server) -> None:
    outcome = run(PAPERS, base_url=[nobody(), server.url], concurrency=4)

    assert (outcome.translated, outcome.left, outcome.stopped) == (40, 0, None)


def test_a_question_goes_elsewhere_after_a_failure(run: Run, server: Server, other: Server, both: list[str]) -> None:
    server.script = lambda _asked, _number: error(500, "boom")
    outcome = run(PAPERS[:1], base_url=both, concurrency=1)

    assert (outcome.translated, outcome.requests) == (1, 2)
    assert (len(server.asked), len(other.asked)) == (1, 1)


def test_when_all_are_gone_the_run_ends_and_names_each(
    run: Run, server: Server, other: Server, both: list[str]
) -> None:
    server.script = lambda _asked, _number: error(401, "no")
    other.script = lambda _asked, _number: error(402, "pay")
    outcome = run(PAPERS, base_url=both, concurrency=2)

    assert outcome.left == 40
    assert "translation.base_url[0]: the endpoint refuses the key" in (outcome.stopped or "")
    assert "translation.base_url[1]: the account has no credit" in (outcome.stopped or "")
    assert len(server.asked) + len(other.asked) <= 4


def test_one_that_comes_back_is_asked_again(
    run: Run, server: Server, other: Server, both: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limiter, "ASK_AGAIN_AFTER", 0.05)
    server.script = lambda asked, number: (
        error(500, "boot") if number < rate_limiter.IN_A_ROW else good(asked, delay=0.02)
    )
    other.script = lambda asked, _: good(asked, delay=0.05)
    outcome = run([paper(number) for number in range(80)], base_url=both, concurrency=2)

    assert (outcome.translated, outcome.stopped) == (80, None)
    assert len(server.asked) > rate_limiter.IN_A_ROW + 2


def test_what_a_server_does_not_take_is_learnt_for_it_alone(
    run: Run, server: Server, other: Server, both: list[str]
) -> None:
    def script(asked: dict[str, Any], _number: int) -> Answer:
        if "response_format" in asked:
            return error(400, "response_format is not supported")
        return good(asked, delay=0.02)

    server.script = script
    other.script = lambda asked, _: good(asked, delay=0.02)
    outcome = run(PAPERS, base_url=both, concurrency=2)

    assert outcome.translated == 40
    assert sum("response_format" in asked for asked in server.asked) <= 4
    assert all(asked["response_format"]["type"] == "json_schema" for asked in other.asked)


def test_a_fallback_model_that_one_server_lacks_is_asked_of_the_other(
    run: Run, server: Server, other: Server, both: list[str]
) -> None:
    def script(asked: dict[str, Any], _number: int) -> Answer:
        if asked["model"] == "big":
            return error(404, "The model `big` does not exist", "model_not_found")
        return completion("no")

    server.script = script
    other.script = lambda asked, _: good(asked) if asked["model"] == "big" else completion("no")
    outcome = run(PAPERS[:6], base_url=both, fallback_model="big", concurrency=1)

    assert (outcome.translated, outcome.stopped) == (6, None)
    assert sum(asked["model"] == "big" for asked in server.asked) <= 1


def test_the_archive_is_the_same_whoever_answered(
    run: Run, server: Server, other: Server, both: list[str], tmp_path: Path
) -> None:
    def stored(name: str, addresses: list[str]) -> bytes:
        day = date(2026, 6, 4)
        with Journal(tmp_path / name, day, "zh-CN") as journal:
            outcome = translate(
                PAPERS,
                options=run.options(base_url=tuple(addresses), concurrency=3),
                glossary=run.glossary,
                api_key="k",
                known=lambda _keys: {},
                record=journal.append,
            )
        assert outcome.translated == 40
        archive.close_translations(tmp_path / name, day, "zh-CN")
        return (archive.folder(tmp_path / name, day) / "translations.zh-CN.jsonl").read_bytes()

    one = stored("one", [server.url])
    server.script = lambda asked, number: error(500, "boom") if number % 5 == 0 else good(asked)
    two = stored("two", both)

    assert one == two
    assert len(other.asked) > 0


def test_the_addresses_may_stand_in_the_environment(
    run: Run, server: Server, other: Server, both: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", ", ".join(both))
    outcome = run(PAPERS, base_url=None, concurrency=2)

    assert outcome.translated == 40
    assert min(len(server.asked), len(other.asked)) > 0


def test_a_budget_holds_for_all_servers_together(run: Run, both: list[str]) -> None:
    outcome = run(PAPERS, base_url=both, max_tokens_per_build=1500, concurrency=2)

    assert 1500 <= outcome.prompt_tokens + outcome.completion_tokens <= 1500 + 4 * 150
    assert "max_tokens_per_build" in (outcome.stopped or "")
