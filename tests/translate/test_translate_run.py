"""From papers to an outcome, through the real client, against a scripted server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from paperboy.domain.config import Prices
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.translation import GIVE_UP_AFTER, Outcome, Progress, record, translate
from paperboy.translation.client import rate_limiter
from paperboy.translation.outcome import FIRST_ANSWERS
from paperboy.translation.prompts.prompt import prepare
from tests.translate.model_server import MUCH, Answer, completion, error, fields, good, paper

if TYPE_CHECKING:
    from paperboy.domain.edition import Translation
    from tests.translate.model_server import Run, Server


def bent(asked: dict[str, Any], **changes: str) -> Answer:
    return completion(json.dumps({**fields(asked), **changes}, ensure_ascii=False))


def test_a_paper_is_translated_with_its_formulas_and_links(run: Run) -> None:
    outcome = run([paper()])

    assert (outcome.requests, outcome.translated, outcome.untranslated, outcome.stopped) == (1, 1, 0, None)
    assert (outcome.prompt_tokens, outcome.completion_tokens) == (100, 50)
    (translation,) = run.recorded
    assert translation.status == "ok"
    assert "$f(x) = \\frac{1}{2}x$" in translation.abstract
    assert "https://example.org/code" in translation.abstract
    assert "<m" not in translation.title + translation.abstract + translation.summary
    assert run.key(paper()) == translation.key
    assert "<m0/>" in translation.raw


def test_the_last_message_is_the_json_object_of_the_contract(run: Run, server: Server) -> None:
    server.script = lambda asked, number: good(asked) if number else bent(asked, abstract="没有公式。")
    run([paper()])

    for asked in server.asked:
        assert asked["messages"][-1]["role"] == "user"
        assert {"title", "abstract"} == set(json.loads(asked["messages"][-1]["content"]))
    assert server.asked[0]["response_format"]["type"] == "json_schema"
    assert server.asked[0]["temperature"] == 0


def test_formulas_are_masked_before_the_text_becomes_json(run: Run, server: Server) -> None:
    run([paper()])

    text = json.loads(server.asked[0]["messages"][-1]["content"])["abstract"]
    assert "\\" not in text
    assert "https://" not in text


def test_a_refused_answer_is_asked_for_once_more_with_its_faults(run: Run, server: Server) -> None:
    server.script = lambda asked, number: (
        good(asked) if number else bent(asked, abstract=fields(asked)["abstract"].replace("42", "43"))
    )
    outcome = run([paper()])

    assert (outcome.requests, outcome.translated) == (2, 1)
    assert [(t.status, t.faults) for t in run.recorded] == [("failed", ("numbers",)), ("ok", ())]
    assert "lacks 42" in server.asked[1]["messages"][0]["content"]
    assert outcome.prompt_tokens == 200


def test_a_text_refused_twice_goes_to_the_fallback_model(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked) if asked["model"] == "big" else bent(asked, title="**标题的研究**方法")
    outcome = run([paper()], fallback_model="big")

    assert outcome.translated == 1
    assert [t.model for t in run.recorded] == ["m", "m", "big"]
    assert len({t.key for t in run.recorded}) == 1


def test_a_text_refused_by_all_stays_in_english_and_is_counted_by_name(run: Run, server: Server) -> None:
    server.script = lambda asked, _: bent(asked, abstract=json.loads(asked["messages"][-1]["content"])["abstract"])
    outcome = run([paper()], fallback_model="big")

    assert outcome.refused == {"echo": 1}
    assert (outcome.translated, outcome.untranslated, outcome.requests) == (0, 1, 3)
    assert {("failed", "", "", "")} == {(t.status, t.title, t.abstract, t.summary) for t in run.recorded}
    assert {fault for t in run.recorded for fault in t.faults} <= set(VALIDATION_ERRORS)


def test_what_is_on_disk_is_never_asked_for_again(run: Run, server: Server) -> None:
    papers = [paper(number) for number in range(20)]
    run(papers)
    known = run.recorded
    outcome = run(papers, known=known)

    assert len(server.asked) == 20
    assert (outcome.requests, outcome.reused) == (0, 20)
    assert sum(copy.prompt_tokens for copy in run.recorded) == 0


def test_the_same_text_in_another_version_costs_nothing(run: Run, server: Server) -> None:
    run([paper()])
    outcome = run([paper(version=2)], known=run.recorded)

    (copy,) = run.recorded
    assert (len(server.asked), outcome.requests, outcome.reused) == (1, 0, 1)
    assert (copy.version, copy.prompt_tokens, copy.completion_tokens, copy.status) == (2, 0, 0, "ok")
    assert "$f(x)" in copy.abstract


def test_the_same_text_twice_in_one_run_is_asked_once(run: Run, server: Server) -> None:
    outcome = run([paper(1, title="One title"), paper(2, title="One title")])

    assert (len(server.asked), outcome.translated) == (1, 2)
    assert [t.id for t in run.recorded] == ["2606.00001", "2606.00002"]
    assert [t.prompt_tokens for t in run.recorded] == [100, 0]


def test_a_formula_alone_makes_another_question(run: Run) -> None:
    other = paper(abstract=MUCH.replace("{2}", "{3}"))

    assert run.key(paper()) != run.key(other)
    assert len(run.key(other)) == 32


def test_another_model_or_language_is_another_question(run: Run) -> None:
    changes: list[dict[str, Any]] = [{}, {"model": "n"}, {"language": "ja"}]
    keys = {prepare(paper(), run.options(**change), run.glossary).key for change in changes}

    assert len(keys) == 3


def days_with(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch, *dates: date, others: bool
) -> tuple[Outcome, list[Translation]]:
    """Builds on some days, in which one paper is never answered well and the others are, or nothing is."""
    known: list[Translation] = []
    hopeless = paper(99, title="A hopeless text of many models")
    server.script = lambda asked, _: (
        good(asked) if others and "hopeless" not in str(asked["messages"]) else completion("no")
    )
    for number, day in enumerate(dates):
        monkeypatch.setattr(record, "today", lambda day=day: day)
        outcome = run([paper(number), hopeless], known=known, concurrency=1)
        known += run.recorded
    return outcome, known


def test_a_hopeless_text_is_given_up_after_builds_on_several_days(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [date(2026, 6, number) for number in range(1, GIVE_UP_AFTER + 2)]
    outcome, known = days_with(run, server, monkeypatch, *days, others=True)

    assert (outcome.requests, outcome.given_up, outcome.given_up_for) == (1, 1, {"script": 1})
    assert len({answer.asked for answer in known if answer.status == "failed"}) == GIVE_UP_AFTER


def test_a_text_that_was_given_up_is_asked_for_again_when_that_is_wanted(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [date(2026, 6, number) for number in range(1, GIVE_UP_AFTER + 2)]
    _, known = days_with(run, server, monkeypatch, *days, others=True)
    hopeless = [paper(99, title="A hopeless text of many models")]
    server.script = lambda asked, _number: good(asked)

    assert run(hopeless, known=known).given_up == 1
    assert run(hopeless, known=known, retry=True).translated == 1


def test_a_text_refused_often_on_one_day_is_asked_for_again(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, _ = days_with(run, server, monkeypatch, *[date(2026, 6, 1)] * 5, others=True)

    assert (outcome.given_up, outcome.refused) == (0, {"script": 1})


def test_days_without_any_good_answer_count_against_no_paper(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [date(2026, 6, number) for number in range(1, 7)]
    outcome, known = days_with(run, server, monkeypatch, *days, others=False)

    assert outcome.given_up == 0
    assert all(b"asked" not in msgspec.json.encode(answer) for answer in known)


def test_when_the_first_dozen_answers_are_unusable_nothing_more_is_asked(run: Run, server: Server) -> None:
    server.script = lambda _asked, _number: completion("down for maintenance, key sk-secret-of-the-owner")
    outcome = run([paper(number) for number in range(40)], concurrency=4)

    assert FIRST_ANSWERS <= outcome.requests <= FIRST_ANSWERS + 4
    assert "down for maintenance, key …" in (outcome.stopped or "")


def test_the_budget_stops_asking_within_one_request_per_worker(run: Run, server: Server) -> None:
    outcome = run([paper(number) for number in range(50)], max_tokens_per_build=1500, concurrency=4)

    assert 1500 <= outcome.prompt_tokens + outcome.completion_tokens <= 1500 + 4 * 150
    assert outcome.translated + outcome.left == 50
    assert "max_tokens_per_build" in (outcome.stopped or "")
    assert len(server.asked) == outcome.requests


def test_a_cost_stops_asking_within_one_request_per_worker(run: Run) -> None:
    prices = Prices(prompt=10.0, completion=20.0)
    outcome = run([paper(number) for number in range(50)], max_cost_per_build=0.02, prices=prices, concurrency=2)

    spent = prices.cost(outcome.prompt_tokens, outcome.completion_tokens)
    one = spent / outcome.requests
    assert 0.02 <= spent <= 0.02 + 2 * one
    assert outcome.left > 0
    assert "max_cost_per_build" in (outcome.stopped or "")


def test_the_budget_holds_where_the_endpoint_counts_nothing(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked, usage=None)
    outcome = run([paper(number) for number in range(50)], max_tokens_per_build=3000, concurrency=1)

    assert 0 < outcome.translated < 12
    assert outcome.prompt_tokens == 0


def test_every_reply_is_recorded_before_anything_else_happens(run: Run) -> None:
    class Full(Exception):
        pass

    def record(_translation: Translation) -> None:
        raise Full

    with pytest.raises(Full):
        translate(
            [paper()], options=run.options(), glossary=run.glossary, api_key="k", known=lambda _keys: {}, record=record
        )


def test_progress_is_told_after_each_question(run: Run) -> None:
    told: list[Progress] = []
    papers = [paper(number) for number in range(5)]
    translate(
        papers,
        options=run.options(),
        glossary=run.glossary,
        api_key="k",
        known=lambda _keys: {},
        record=lambda _: None,
        progress=told.append,
    )

    assert [step.done for step in told] == [1, 2, 3, 4, 5]
    assert told[-1].tokens == 750
    assert told[-1].seconds_left == 0


def test_it_works_in_a_thread_beside_a_running_loop(run: Run) -> None:
    async def main() -> int:
        return (await asyncio.to_thread(run, [paper()])).translated

    assert asyncio.run(main()) == 1


def test_an_interrupt_keeps_what_was_received(run: Run, server: Server) -> None:
    is_over = threading.Event()

    def script(asked: dict[str, Any], number: int) -> Answer:
        if number >= 3:
            is_over.wait(60)
        return good(asked)

    server.script = script
    recorded: list[Translation] = []

    def record(translation: Translation) -> None:
        recorded.append(translation)
        if len(recorded) == 3:
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        translate(
            [paper(number) for number in range(8)],
            options=run.options(concurrency=1),
            glossary=run.glossary,
            api_key="k",
            known=lambda _keys: {},
            record=record,
        )

    is_over.set()
    assert len(recorded) == 3


def test_requests_go_out_side_by_side(run: Run, server: Server) -> None:
    together = threading.Barrier(16)

    def script(asked: dict[str, Any], number: int) -> Answer:
        if number:  # a new endpoint is asked one question first
            together.wait(60)  # is broken where they do not come together
        return good(asked)

    server.script = script
    outcome = run([paper(number) for number in range(33)], concurrency=16)

    assert outcome.translated == 33
    assert server.most_in_flight == 16


def test_nothing_to_ask_asks_nothing(run: Run, server: Server) -> None:
    assert run([]).requests == 0
    assert server.asked == []


def test_an_outcome_is_plain_data(run: Run) -> None:
    assert b'"translated":1' in msgspec.json.encode(run([paper()]))


def test_the_circuit_leaves_the_rest_for_the_next_build(run: Run, server: Server) -> None:
    server.script = lambda asked, number: good(asked) if number < 5 else error(402, "Insufficient Balance")
    outcome = run([paper(number) for number in range(30)], concurrency=2)

    assert (outcome.translated, outcome.left) == (5, 25)
    assert outcome.requests <= 7
    assert "no credit" in (outcome.stopped or "")


def test_a_dead_fallback_does_not_stop_the_main_model(run: Run, server: Server) -> None:
    def script(asked: dict[str, Any], number: int) -> Answer:
        if asked["model"] == "gone":
            return error(404, "The model `gone` does not exist", "model_not_found")
        return good(asked) if number > 1 else completion("nonsense")

    server.script = script
    outcome = run([paper(number) for number in range(5)], fallback_model="gone", concurrency=1)

    assert (outcome.translated, outcome.refused, outcome.stopped) == (4, {"json": 1}, None)


def test_the_longest_wait_is_bounded(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limiter, "MOST_WAITING", 60.0)
    server.script = lambda _asked, _number: error(429, "come back tomorrow", retry_after="86400")
    outcome = run([paper(number) for number in range(30)])

    assert "86,400" in (outcome.stopped or "")
    assert outcome.left == 30
