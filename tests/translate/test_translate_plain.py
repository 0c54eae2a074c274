"""The last rung of the ladder: one text at a time in plain words, each reply kept by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.glossary import Glossary, Term
from paperboy.storage import archive
from paperboy.translation import GIVE_UP_AFTER
from paperboy.translation.client.capabilities import LEAST_ROOM
from paperboy.translation.conversation import LOST_IN_JSON
from tests.translate.model_server import SUMMARY, Answer, chinese, completion, error, field, good, in_plain_words, paper

if TYPE_CHECKING:
    from tests.translate.model_server import Run, Server


def lost_in_json(asked: dict[str, Any], _number: int) -> Answer:
    """A small model: it never closes the brace, and answers well when asked plainly."""
    return completion('{"title": "', "length") if field(asked) == "json" else in_plain_words(asked)


@pytest.mark.parametrize(
    ("broken", "asks"),
    [
        (completion("no"), 2),
        (completion('{"title": "标题"}'), 2),
        (completion(""), 2),
        (completion('{"type": "object", "properties": {}}'), 2),
        (completion("{", "length"), 1),
    ],
    ids=["json", "fields", "empty", "schema-echo", "cut-off"],
)
def test_a_model_that_loses_the_form_is_asked_for_one_text_at_a_time(
    run: Run, server: Server, broken: Answer, asks: int
) -> None:
    server.script = lambda asked, _: broken if field(asked) == "json" else in_plain_words(asked)
    outcome = run([paper()])

    assert (outcome.translated, outcome.requests, outcome.refused) == (1, asks + 3, {})
    assert ["json"] * asks + ["title", "abstract", "summary"] == [field(asked) for asked in server.asked]
    translation = run.recorded[-1]
    assert translation.status == "ok"
    assert "$f(x) = \\frac{1}{2}x$" in translation.abstract
    assert translation.summary == SUMMARY
    assert {"title", "abstract", "summary"} == set(json.loads(translation.raw))


def test_the_last_message_of_a_plain_question_is_the_masked_text_alone(run: Run, server: Server) -> None:
    server.script = lost_in_json
    run([paper()])

    title, abstract, summary = server.asked[1:]
    text = json.loads(server.asked[0]["messages"][-1]["content"])
    assert title["messages"][-1] == {"role": "user", "content": text["title"]}
    assert abstract["messages"][-1] == {"role": "user", "content": text["abstract"]}
    assert summary["messages"][-1]["content"] == run.recorded[-1].abstract
    assert all("response_format" not in asked for asked in (title, abstract, summary))


def test_every_reply_is_a_record_of_its_own_with_its_own_tokens(run: Run, server: Server) -> None:
    server.script = lost_in_json
    outcome = run([paper()])

    assert [row.status for row in run.recorded] == ["failed", "part", "part", "ok"]
    assert outcome.requests == len(run.recorded)
    assert sum(row.prompt_tokens for row in run.recorded) == outcome.prompt_tokens
    assert len({row.key for row in run.recorded}) == 1


@pytest.mark.parametrize("kept", [2, 3])
def test_a_killed_build_pays_for_no_text_twice(run: Run, server: Server, kept: int) -> None:
    server.script = lost_in_json
    run([paper()])
    on_disk = run.recorded[:kept]
    server.asked.clear()
    outcome = run([paper()], known=on_disk)

    assert ["abstract", "summary"][kept - 2 :] == [field(asked) for asked in server.asked]
    assert outcome.translated == 1
    assert run.recorded[-1].status == "ok"
    assert run.recorded[-1].title


def test_a_part_is_neither_shown_nor_counted_as_a_refusal(run: Run, server: Server) -> None:
    server.script = lost_in_json
    run([paper()])
    part = run.recorded[1]

    assert part.status == "part"
    assert archive.to_show([part]) == {}
    assert run([paper()], known=[part] * GIVE_UP_AFTER).given_up == 0


def test_parts_of_an_answer_that_was_refused_as_a_whole_are_spent(run: Run, server: Server) -> None:
    server.script = lost_in_json
    run([paper()])
    known = [*run.recorded[1:3], run.recorded[0]]
    server.asked.clear()
    run([paper()], known=known)

    assert field(server.asked[0]) == "json"


def test_a_text_with_a_fault_is_asked_for_once_more_with_the_fault_named(run: Run, server: Server) -> None:
    def script(asked: dict[str, Any], number: int) -> Answer:
        if field(asked) == "abstract" and number == 2:
            return completion(chinese(asked["messages"][-1]["content"]).replace("42", "43"))
        return lost_in_json(asked, number)

    server.script = script
    outcome = run([paper()])

    assert outcome.translated == 1
    assert [field(asked) for asked in server.asked] == ["json", "title", "abstract", "abstract", "summary"]
    assert "lacks 42" in server.asked[3]["messages"][0]["content"]


def test_a_hopeless_text_ends_refused_by_its_own_fault(run: Run, server: Server) -> None:
    server.script = lambda asked, number: (
        completion("抱歉，我无法完成这项翻译。") if field(asked) == "abstract" else lost_in_json(asked, number)
    )
    outcome = run([paper()])

    assert [field(asked) for asked in server.asked] == ["json", "title", "abstract", "abstract"]
    assert [row.status for row in run.recorded] == ["failed", "part", "part", "failed"]
    assert set(outcome.refused) <= {"placeholders", "refusal", "length"}


def test_a_plain_answer_that_was_cut_off_is_a_failure(run: Run, server: Server) -> None:
    server.script = lambda asked, number: (
        completion(chinese(asked["messages"][-1]["content"]), "length")
        if field(asked) == "abstract"
        else lost_in_json(asked, number)
    )
    outcome = run([paper()])

    assert outcome.refused == {"cut-off": 1}
    assert run.recorded[-1].status == "failed"


def test_each_term_is_told_once(run: Run, server: Server) -> None:
    server.script = lost_in_json
    run.glossary = Glossary([Term(term="method", translation="方法")])
    run([paper()])

    told = [asked["messages"][0]["content"] for asked in server.asked if field(asked) == "title"]
    assert [instructions.count("method → 方法") for instructions in told] == [1]


def test_a_model_that_never_keeps_the_form_is_asked_plainly_from_the_start(run: Run, server: Server) -> None:
    server.script = lost_in_json
    count = LOST_IN_JSON + 3
    outcome = run([paper(number) for number in range(count)], concurrency=1)

    assert outcome.translated == count
    assert [field(asked) for asked in server.asked].count("json") == LOST_IN_JSON


def test_one_good_answer_brings_a_model_back_to_json(run: Run, server: Server) -> None:
    def script(asked: dict[str, Any], number: int) -> Answer:
        if field(asked) == "json" and "poison" not in asked["messages"][-1]["content"]:
            return good(asked)
        return lost_in_json(asked, number)

    server.script = script
    papers = [paper(number, title=f"A {'poison' if number % 2 else 'study'} of kind {number}") for number in range(12)]
    run(papers, concurrency=1)

    assert [field(asked) for asked in server.asked].count("json") == 12


def test_a_fault_of_the_content_is_not_asked_for_in_plain_words(run: Run, server: Server) -> None:
    server.script = lambda asked, _: completion(asked["messages"][-1]["content"].replace("}", ', "summary": "好。"}'))
    run([paper()])

    assert {"json"} == {field(asked) for asked in server.asked}


def test_a_filter_closes_on_a_plain_question_too(run: Run, server: Server) -> None:
    server.script = lambda asked, number: (
        error(400, "Content Exists Risk") if field(asked) == "abstract" else lost_in_json(asked, number)
    )
    outcome = run([paper()])

    assert outcome.refused == {"content-filter": 1}


@pytest.mark.parametrize(
    "bent", ["标题：{}", "“{}”", "```\n{}\n```", '{{"title": "{}"}}', "<think>hm</think>{}", "{}\n", "{}。"]
)
def test_what_a_model_puts_around_one_text_is_taken_off(run: Run, server: Server, bent: str) -> None:
    server.script = lambda asked, number: (
        completion(bent.format(chinese(asked["messages"][-1]["content"])))
        if field(asked) == "title"
        else lost_in_json(asked, number)
    )
    run([paper()])

    assert run.recorded[-1].title == chinese(paper().title)
    assert len(server.asked) == 4


# ── How much an answer may take ──


def limits(server: Server) -> list[int]:
    return [asked["max_completion_tokens"] for asked in server.asked]


def test_a_loop_is_cut_short_once_the_length_of_good_answers_is_known(run: Run, server: Server) -> None:
    server.script = lambda asked, _: good(asked, usage=(100, 80))
    run([paper(number) for number in range(6)], concurrency=1)

    assert limits(server)[:3] == [LEAST_ROOM] * 3
    assert all(256 < limit < 1024 for limit in limits(server)[3:])


def test_a_model_that_thinks_aloud_keeps_its_room(run: Run, server: Server) -> None:
    server.script = lambda asked, number: good(asked, usage=(100, 3000 if number == 1 else 80))
    run([paper(number) for number in range(6)], concurrency=1)

    assert limits(server) == [LEAST_ROOM] * 6
