"""What goes into a batch, what comes out of it, and that nothing in it is asked for twice."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.errors import ArchiveError, ModelError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.pipeline import build
from paperboy.pipeline.translate.backlog import DateSpan
from paperboy.storage import archive
from paperboy.translation import batch_lines as lines
from tests.batching.conftest import DAY
from tests.translate.model_server import Answer, completion, error, fields, good, in_plain_words, paper

if TYPE_CHECKING:
    from tests.batching.batch_server import BatchServer
    from tests.batching.conftest import World

PRICES = {"prompt": 1000.0, "completion": 2000.0}


def bent(asked: dict[str, Any], **changes: str) -> Answer:
    return completion(json.dumps({**fields(asked), **changes}, ensure_ascii=False))


def number_lost(asked: dict[str, Any]) -> Answer:
    return bent(asked, abstract=fields(asked)["abstract"].replace("42", "43"))


def once_each(server: BatchServer) -> bool:
    return {len(answers) for answers in server.paid.values()} == {1}


# The usual way


def test_a_batch_is_asked_for_once_and_brought_in_by_a_later_build(world: World) -> None:
    world.fill(days=2)
    world.translate(batch=True)

    assert len(world.records) == 1
    assert world.statuses() == ["ok"], "the first paper is asked for at once"

    world.server.finish()
    build.update(world.options())

    assert world.records == []
    assert world.statuses() == ["ok"] * 12
    assert (world.server.in_batches, world.server.by_themselves) == (23, 1)
    assert once_each(world.server)
    assert [answer.batch for answer in world.answers()] == [False, *[True] * 11]


def test_the_requests_are_those_that_would_be_sent_one_by_one(world: World) -> None:
    world.fill(papers=3)
    alone: list[dict[str, Any]] = []

    def chat(body: dict[str, Any], _number: int) -> Answer:
        alone.append(body)
        return good(body)

    world.server.chat = chat
    world.translate(batch=True)

    rows = world.server.rows()
    assert [(row["method"], row["url"]) for row in rows] == [("POST", "/v1/chat/completions")] * 2
    (first,) = alone
    assert all(row["body"].keys() == first.keys() for row in rows)
    assert all(row["body"]["messages"][0] == first["messages"][0] for row in rows)
    assert rows[0]["body"]["response_format"] == first["response_format"]


def test_tokens_of_a_batch_cost_half_in_the_ledger(world: World) -> None:
    world.fill(papers=5)
    world.translate(batch=True, prices=PRICES)
    world.server.finish()
    world.translate(prices=PRICES)

    one = (100 * 1000 + 50 * 2000) / 1_000_000
    assert world.ledger().translations["zh-CN"].cost == round(one + 4 * one / 2, 6)
    assert world.ledger().translations["zh-CN"].translated == 5


def test_another_share_of_the_price_is_an_option(world: World) -> None:
    world.fill(papers=5)
    prices = PRICES | {"batch": 0.25}
    world.translate(batch=True, prices=prices)
    world.server.finish()
    world.translate(prices=prices)

    one = (100 * 1000 + 50 * 2000) / 1_000_000
    assert world.ledger().translations["zh-CN"].cost == round(one + 4 * one / 4, 6)


def test_what_waits_in_a_batch_is_not_asked_for_by_builds(world: World) -> None:
    world.fill()
    world.translate(batch=True)
    for _ in range(3):
        build.update(world.options())
        world.translate(batch=True)

    assert len(world.server.batches) == 1
    assert world.server.by_themselves == 1
    assert world.statuses() == ["ok"]


def test_a_new_version_with_the_same_text_waits_too(world: World) -> None:
    world.fill()
    world.translate(batch=True)
    next_day = DAY.replace(day=5)
    archive.write_announcements(world.archive, next_day, [paper(5, version=2)])
    world.translate()

    assert world.server.by_themselves == 1

    world.server.finish()
    world.translate()

    (copy,) = world.answers(next_day)
    assert (copy.status, copy.version, copy.prompt_tokens) == ("ok", 2, 0)
    assert once_each(world.server)


def test_a_text_that_two_papers_share_is_put_once_and_answers_both(world: World) -> None:
    same = [paper(number, title="One title") for number in (3, 4)]
    archive.write_announcements(world.archive, DAY, [paper(1), paper(2), *same])
    archive.write_announcements(world.archive, DAY.replace(day=3), [paper(7, title="One title")])
    world.translate(batch=True)

    assert len(world.server.rows()) == 2

    world.server.finish()
    world.translate()

    assert world.statuses() == ["ok"] * 4
    assert world.statuses(DAY.replace(day=3)) == ["ok"]
    assert [answer.prompt_tokens for answer in world.answers()] == [100, 100, 100, 0]
    assert once_each(world.server)


def test_older_editions_are_named_by_their_dates(world: World) -> None:
    world.fill()
    old = DAY.replace(month=1)
    archive.write_announcements(world.archive, old, [paper(number) for number in range(50, 55)])
    world.translate(batch=True)
    assert all(old.isoformat() not in path.read_text() for path in world.records)

    world.translate(batch=True, first=old)
    world.server.finish()
    build.update(world.options())

    assert world.statuses(old) == ["ok"] * 5
    assert once_each(world.server)


def test_two_batches_of_the_same_papers_leave_the_same_archive(world: World, tmp_path: Any) -> None:
    def run(world: World) -> dict[str, bytes]:
        world.fill(days=2)
        world.translate(batch=True)
        world.server.finish()
        world.translate()
        return {
            str(path.relative_to(world.archive)): path.read_bytes()
            for path in sorted(world.archive.rglob("*"))
            if path.is_file()
        }

    assert run(world) == run(world._replace(root=tmp_path / "other"))


# Limits


def test_a_batch_has_no_more_requests_than_an_endpoint_takes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_REQUESTS", 4)
    world.fill()
    world.translate(batch=True)

    assert [content.count(b"\n") for content in world.server.files.values()] == [4, 4, 3]
    assert len(world.records) == 3

    world.server.finish()
    world.translate()

    assert world.statuses() == ["ok"] * 12
    assert once_each(world.server)


def test_a_file_of_requests_is_no_larger_than_an_endpoint_takes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 10_000)
    world.fill()
    world.translate(batch=True)

    assert max(map(len, world.server.files.values())) <= 10_000
    assert sum(content.count(b"\n") for content in world.server.files.values()) == 11


@pytest.mark.parametrize(
    ("limits", "most"),
    [({"max_tokens_per_build": 3000}, 6), ({"max_cost_per_build": 1.0, "prices": PRICES}, 3)],
)
def test_a_batch_keeps_within_the_budget(
    world: World, limits: dict[str, Any], most: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.fill()
    world.translate(batch=True, **limits)

    assert 0 < len(world.server.rows()) <= most
    assert "is reached; the rest is left to a later run" in caplog.text


# Answers that are none


def test_an_answer_that_fails_its_checks_is_asked_for_once_more_with_its_faults(world: World) -> None:
    world.fill(papers=4)
    repairs: list[str] = []

    def chat(body: dict[str, Any], _number: int) -> Answer:
        repairs.append(body["messages"][0]["content"])
        return good(body)

    world.server.chat = chat
    world.server.line = lambda body, number: number_lost(body) if number == 1 else good(body)
    world.translate(batch=True)
    world.server.finish()
    world.translate()

    assert sorted(world.statuses()) == ["failed", "ok", "ok", "ok", "ok"]
    assert len(repairs) == 2
    assert "lacks 42" in repairs[1]
    assert world.ledger().translations["zh-CN"].repaired == 1


def test_a_batch_run_mends_what_the_last_batch_brought_and_asks_for_the_rest_anew(world: World) -> None:
    world.fill(papers=8)
    world.server.line = lambda body, number: number_lost(body) if number == 0 else good(body)
    world.translate(batch=True)
    world.server.finish("expired", answered=3)
    world.translate(batch=True)

    assert world.server.by_themselves == 3, "the first of each batch, and the answer that was refused"
    assert len(world.server.batches) == 2

    world.server.finish()
    world.translate()

    assert sorted(set(world.statuses())) == ["failed", "ok"]
    assert world.ledger().translations["zh-CN"].translated == 8


def test_an_answer_that_was_cut_off_is_asked_for_in_plain_words(world: World) -> None:
    world.fill(papers=2)
    world.server.line = lambda _body, _number: completion('{"title": "', "length")
    world.server.chat = lambda body, number: good(body) if number == 0 else in_plain_words(body)
    world.translate(batch=True)
    world.server.finish()
    world.translate()

    assert world.server.by_themselves == 4
    assert world.ledger().translations["zh-CN"].translated == 2


def test_a_filter_in_a_batch_is_an_answer_and_goes_to_the_fallback_model(world: World) -> None:
    world.fill(papers=3)
    asked: list[str] = []

    def chat(body: dict[str, Any], _number: int) -> Answer:
        asked.append(body["model"])
        return good(body)

    world.server.chat = chat
    world.server.line = lambda body, number: error(400, "Content Exists Risk") if number == 0 else good(body)
    world.translate(batch=True)
    world.server.finish()
    world.translate(fallback_model="big")

    assert asked == ["m", "big"]
    assert world.ledger().translations["zh-CN"].faults == {"content-filter": 1}
    assert world.ledger().translations["zh-CN"].translated == 3


@pytest.mark.parametrize("status", ["completed", "expired", "cancelled"])
def test_requests_without_an_answer_are_free_again_and_those_with_one_are_kept(
    world: World, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.fill()
    world.translate(batch=True)
    world.server.finish(status, answered=5)
    world.translate(batch=True)

    assert world.statuses() == ["ok"] * 7, "one at once, five from the batch, one at once for the next batch"
    assert len(world.records) == 1
    assert "6 papers got no answer" in caplog.text

    world.server.finish()
    world.translate()

    assert world.statuses() == ["ok"] * 12
    assert once_each(world.server)


def test_a_request_that_failed_in_a_batch_is_asked_for_by_the_next_build(world: World) -> None:
    world.fill()
    world.server.line = lambda body, number: error(500, "boom") if number % 2 else good(body)
    world.translate(batch=True)
    world.server.finish()
    world.translate()

    assert world.statuses() == ["ok"] * 12
    assert once_each(world.server)


def test_a_batch_that_is_refused_as_a_whole_says_why_and_lets_its_papers_go(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.fill()
    world.translate(batch=True)
    (batch,) = world.server.batches.values()
    batch["status"] = "failed"
    batch["errors"] = {"data": [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached for m"}]}
    world.translate(batch=True)

    assert "Enqueued token limit reached" in caplog.text
    assert [one["status"] for one in world.server.batches.values()] == ["failed", "in_progress"]
    assert len(world.records) == 1


def test_lines_that_are_nothing_are_passed_over(world: World) -> None:
    world.fill(papers=5)
    world.translate(batch=True)
    world.server.finish()
    (batch,) = world.server.batches.values()
    name = batch["output_file_id"]
    output = world.server.files[name].splitlines(keepends=True)
    stray = [b"\n", b"no json\n", b"[]\n", b"\xff\xfe\n", b'{"custom_id": 3}\n', b'{"custom_id": "unknown"}\n']
    output[0] = output[0].replace(b'"choices"', b'"chances"')
    world.server.files[name] = b"".join([*stray, *output, output[1], output[2].replace(b"42", b"43")])
    world.translate()

    assert sorted(world.statuses()) == ["ok"] * 5, "what is no answer is nothing to keep, and is asked for again"
    assert world.server.by_themselves == 2


def test_an_answer_to_a_text_that_has_changed_since_is_kept_and_judged_by_the_text_of_now(world: World) -> None:
    world.fill(papers=3)
    world.translate(batch=True)
    changed = paper(3, abstract="Another text that has 77 numbers.", version=2)
    archive.write_announcements(world.archive, DAY, [paper(1), paper(2), changed])
    world.server.finish()
    world.translate()

    found = [(answer.status, answer.version) for answer in world.answers() if answer.id == changed.id]
    assert found == [("failed", 1), ("ok", 2)]
    assert world.ledger().translations["zh-CN"].requests == 4


def test_a_glossary_that_has_changed_since_pays_for_nothing_again(world: World) -> None:
    world.fill(papers=4)
    world.translate(batch=True)
    rows = world.root / "docs" / "overrides" / "glossary.yml"
    rows.parent.mkdir(parents=True)
    rows.write_text("- {term: accuracy, translation: 精度, also: [数, 模, 语, 训, 图, 性, 算]}\n", encoding="utf-8")
    world.translate()
    assert world.server.by_themselves == 1, "papers that wait are known by their ids too"

    world.server.finish()
    world.translate()

    assert world.server.by_themselves + world.server.in_batches >= 4
    assert len(world.server.batches) == 1


# An endpoint that does not go along


def test_the_first_paper_tells_whether_the_endpoint_answers_before_anything_is_sent(world: World) -> None:
    world.fill()
    world.server.chat = lambda _body, _number: error(401, "Incorrect API key provided")
    with pytest.raises(ModelError, match="refuses the key"):
        world.translate(batch=True)

    assert world.server.files == {}
    assert world.records == []


def test_the_first_paper_tells_what_the_endpoint_takes(world: World) -> None:
    world.fill(papers=3)
    world.server.chat = lambda body, _number: (
        error(400, "response_format is not supported") if "response_format" in body else good(body)
    )
    world.translate(batch=True)

    assert all("response_format" not in row["body"] for row in world.server.rows())


@pytest.mark.parametrize("where", ["POST files", "POST batches"])
def test_an_endpoint_without_batches_is_said_and_leaves_no_paper_waiting(world: World, where: str) -> None:
    world.fill()
    world.server.refuse[where] = error(404, "Not Found")
    with pytest.raises(ModelError, match="HTTP 404"):
        world.translate(batch=True)
    assert world.records == []

    world.translate()

    assert world.statuses() == ["ok"] * 12
    assert once_each(world.server)


@pytest.mark.parametrize("keeps_marks", [True, False])
def test_a_batch_whose_creation_was_not_acknowledged_is_found_and_made_only_once(
    world: World, *, keeps_marks: bool
) -> None:
    world.fill()
    world.server.keeps_marks = keeps_marks

    def lose() -> None:
        raise ConnectionError

    world.server.moments["created"] = lose
    world.translate(batch=True)

    assert len(world.server.batches) == 1
    assert json.loads(world.records[0].read_text())["status"] == "open"


def test_a_batch_of_which_nobody_knows_waits_and_is_made_by_the_next_build(world: World) -> None:
    world.fill()
    world.server.refuse["POST batches"] = error(500, "boom")
    with pytest.raises(ModelError, match="HTTP 500"):
        world.translate(batch=True)
    world.server.refuse["GET batches"] = error(503, "down")
    world.translate()
    assert json.loads(world.records[0].read_text())["status"] == "planned"
    assert world.server.by_themselves == 1

    world.server.refuse.clear()
    build.update(world.options())
    world.server.finish()
    build.update(world.options())

    assert world.records == []
    assert len(world.server.batches) == 1
    assert once_each(world.server)
    assert world.statuses() == ["ok"] * 12


@pytest.mark.parametrize("status", [401, 404, 500])
def test_papers_wait_while_the_endpoint_does_not_tell(
    world: World, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    world.fill()
    world.translate(batch=True)
    world.server.refuse["GET batches"] = error(status, "no")
    world.translate()

    assert world.statuses() == ["ok"]
    assert f"HTTP {status}" in caplog.text

    world.server.refuse.clear()
    world.server.finish()
    world.translate()

    assert world.statuses() == ["ok"] * 12


def test_a_file_of_answers_that_is_gone_lets_its_papers_go(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.fill()
    world.translate(batch=True)
    world.server.finish()
    (batch,) = world.server.batches.values()
    del world.server.files[batch["output_file_id"]]
    world.translate()

    assert world.records == []
    assert world.statuses() == ["ok"] * 12
    assert "is gone (HTTP 404" in caplog.text


def test_a_batch_is_looked_for_only_where_it_was_sent(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.fill()
    world.translate(batch=True)
    world.server.finish()
    world.translate(base_url=world.server.url + "/")

    assert world.statuses() == ["ok"]
    assert "sent to another address" in caplog.text

    world.translate()

    assert world.statuses() == ["ok"] * 12


def test_a_batch_for_another_language_is_left_alone(world: World) -> None:
    world.fill()
    world.translate(batch=True)
    world.server.finish()
    record = world.records[0].read_bytes()
    world.translate(language="ja", max_tokens_per_build=1)

    assert world.records[0].read_bytes() == record


def test_without_a_key_a_batch_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", world.server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-owner")
    world.fill()
    world.translate(batch=True, base_url=None)
    world.server.finish()
    monkeypatch.delenv("OPENAI_API_KEY")
    world.translate(base_url=None)
    assert len(world.records) == 1

    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-owner")
    world.translate(base_url=None)

    assert world.statuses() == ["ok"] * 12


def test_a_batch_without_anything_to_ask_with_is_a_mistake(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    world.fill()
    with pytest.raises(ModelError, match="nothing to translate with"):
        world.translate(batch=True, base_url=None)


def test_a_budget_that_is_spent_sends_no_batch(world: World) -> None:
    world.fill()
    world.translate(batch=True, max_tokens_per_build=100)

    assert (world.server.by_themselves, world.server.files) == (1, {})


@pytest.mark.parametrize("where", ["POST files", "POST batches", "GET batches", "GET files"])
def test_the_key_stands_in_no_message(
    world: World, where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "paperboy")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-owner")
    world.fill()
    refusal = error(401, "Incorrect API key provided: sk-of-the-owner")
    if where.startswith("POST"):
        world.server.refuse[where] = refusal
        with pytest.raises(ModelError, match="Incorrect API key provided: …"):
            world.translate(batch=True)
    else:
        world.translate(batch=True)
        world.server.finish()
        world.server.refuse[where] = refusal
        world.translate()
        assert "Incorrect API key provided: …" in caplog.text
        assert len(world.records) == 1

    assert "sk-of-the-owner" not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Sign in</html>"),
        Answer(b"[]"),
        Answer(b'{"id": 3}'),
        Answer(b'{"id": "b", "status": "completed", "output_file_id": 7}'),
        Answer(b"", 307, (("Location", "https://elsewhere.example/v1"),)),
        Answer(b'{"id": "' + b"x" * 5_000_000 + b'", "status": "completed"}'),
        Answer(b"", 200),
    ],
    ids=["html", "list", "number", "wrong-type", "redirect", "too-long", "empty"],
)
def test_an_answer_about_a_batch_that_is_none_lets_it_wait(
    world: World, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    world.fill()
    world.translate(batch=True)
    world.server.refuse["GET batches"] = answer
    world.translate()

    assert len(world.records) == 1
    assert world.statuses() == ["ok"]
    assert "WARNING" in caplog.text


def test_a_failed_batch_with_odd_errors_is_said_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.fill()
    said: list[Any] = [None, [], "no", {"data": None}, {"data": [{"message": 3}]}]
    for odd in said:
        world.translate(batch=True)
        batch = list(world.server.batches.values())[-1]
        batch["status"], batch["errors"] = "failed", odd
        build.translate(world.options(), DateSpan(DAY.replace(year=2020), DAY.replace(year=2020)))
        assert world.records == []

    assert caplog.text.count("took none of its") == 5


# Records


def test_a_record_holds_neither_the_key_nor_the_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-owner")
    world.fill()
    world.translate(batch=True)

    text = world.records[0].read_text()
    assert "sk-of-the-owner" not in text
    assert "127.0.0.1" not in text


@pytest.mark.parametrize("damage", ["{", "[]", '{"schema": 9}', "", '{"name": "../../x"}'])
def test_a_record_that_cannot_be_read_stops_asking_and_says_where(
    world: World, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.fill()
    world.translate(batch=True)
    (path,) = world.records
    path.write_text(damage)
    with pytest.raises(ArchiveError, match=path.name):
        world.translate()
    build.update(world.options())

    assert world.server.by_themselves == 1
    assert path.name in caplog.text
    assert path.read_text() == damage


def test_what_was_refused_is_asked_again_by_the_build_after_one_that_could_not(world: World) -> None:
    world.fill(papers=4)
    old = DAY.replace(month=1)
    archive.write_announcements(world.archive, old, [paper(number) for number in range(50, 55)])
    entry = CategoryLedger(status="complete", stated=Counts(new=5), held=Counts(new=5))
    archive.write_ledger(world.archive, old, Ledger(date=old.isoformat(), categories={"cs.CL": entry}))
    world.server.line = lambda body, _number: number_lost(body)
    world.translate(batch=True, first=old)
    world.server.finish()
    world.server.chat = lambda _body, _number: error(402, "Insufficient Balance")
    build.update(world.options())
    assert json.loads(world.records[0].read_text())["status"] == "collected"

    world.server.chat = lambda body, _number: good(body)
    build.update(world.options())

    assert world.records == []
    assert world.ledger(old).translations["zh-CN"].translated == 5


def test_a_build_without_a_batch_does_not_load_the_client(world: World) -> None:
    world.fill()
    code = (
        "import sys, paperboy.plugin; from paperboy.pipeline import build; "
        "from paperboy.pipeline.translate import batches; assert 'openai' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_status_says_how_many_wait(world: World) -> None:
    from click.testing import CliRunner

    from paperboy.cli import main

    world.fill()
    world.translate(batch=True)
    config = {"site_name": "s", "plugins": [{"paperboy": {"categories": ["cs.CL"]}}]}
    (world.root / "docs").mkdir()
    (world.root / "mkdocs.yml").write_text(json.dumps(config))

    said = CliRunner().invoke(main, ["status", "-f", str(world.root / "mkdocs.yml")])

    assert said.exit_code == 0, said.output
    assert "11 papers wait in a batch" in said.output


def test_the_command_sends_a_batch_and_a_wrong_pair_of_ways_is_refused(world: World) -> None:
    from click.testing import CliRunner

    from paperboy.cli import main

    world.fill(days=2)
    translation = {"model": "m", "base_url": world.server.url}
    config = {"site_name": "s", "plugins": [{"paperboy": {"categories": ["cs.CL"], "translation": translation}}]}
    (world.root / "docs").mkdir()
    path = world.root / "mkdocs.yml"
    path.write_text(json.dumps(config))

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["translate", "-f", str(path), *arguments])
        return done.exit_code, done.output

    assert run("--batch", "--ray")[0] == 2
    assert run("--regate", "--from", "2026-06-01")[0] == 2
    assert run("--from", "June")[0] == 2
    assert run("--batch", "--from", "2026-06-04")[0] == 0
    assert len(world.server.rows()) == 11
    world.server.refuse["POST files"] = error(404, "Not Found")
    code, said = run("--batch")
    assert code == 1
    assert "a batch could not be sent: HTTP 404" in said
