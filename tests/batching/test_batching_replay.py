"""Batches over the replay's Batch API, with every fault of an answer that it knows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain import config
from paperboy.pipeline import build
from paperboy.storage import archive
from paperboy.translation.client import batch_api, rate_limiter
from tests.batching.conftest import DAY
from tests.translate.model_server import paper

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLAY = Path(__file__).resolve().parents[3] / "shared" / "replay"
if not REPLAY.is_dir():
    pytest.skip("needs ../shared/replay, which is not on this machine", allow_module_level=True)
sys.path.insert(0, str(REPLAY))

from paperboy_replay.corpus import Corpus  # type: ignore[import-not-found]  # noqa: E402  beside the checkout
from paperboy_replay.server import Replay  # type: ignore[import-not-found]  # noqa: E402  as above

LONG = (
    "We propose a new method that learns $f(x) = \\frac{1}{2}x$ from 42 labelled examples of the task. It "
    "improves the accuracy by 3.5% over the best known system, runs 10 times faster on large data, and needs "
    "no further training for new languages. Experiments on several benchmarks show that the method is robust "
    "to noise and to missing values. The code is available at https://example.org/code."
)
PAPERS = [paper(number, title=f"Paper number {number} of the day", abstract=LONG) for number in range(1, 41)]

FAULTS = {
    "english": "echo",
    "drop_placeholder": "placeholders",
    "change_number": "numbers",
    "added_sentence": "closing",
    "markdown": "markup",
    "html": "markup",
    "length": "cut-off",
    "truncated_json": "json",
    "not_json": "json",
    "empty": "empty",
    "missing_field": "fields",
    "content_filter": "content-filter",
}


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(rate_limiter, "LONGEST_BACKOFF", 0.01)
    monkeypatch.setattr(batch_api, "FIRST_WAIT", 0.001)
    with Replay(Corpus([])) as world:
        yield world


def options(replay: Any, root: Path) -> config.Options:
    wanted = {"model": "replay-translator", "base_url": f"{replay.url}/v1", "timeout": 5.0}
    return config.parse_options({"categories": ["cs.CL"], "fetch": "never", "translation": wanted}, root)


def test_a_day_goes_through_a_batch(replay: Any, tmp_path: Path) -> None:
    wanted = options(replay, tmp_path)
    archive.write_announcements(wanted.archive, DAY, PAPERS)
    build.translate(wanted, batch=True)
    build.update(wanted)

    answers = archive.read_translations(wanted.archive, DAY, "zh-CN")
    stats = replay.journal.stats()["llm"]
    assert [answer.status for answer in answers] == ["ok"] * 40
    assert sum(answer.batch for answer in answers) == 39
    assert stats["asked_after_good_answer"] == 0
    assert sum(answer.completion_tokens for answer in answers) == stats["completion_tokens"]
    assert all("$f(x) = \\frac{1}{2}x$" in answer.abstract for answer in answers)


def test_a_batch_that_is_not_done_is_waited_for(replay: Any, tmp_path: Path) -> None:
    wanted = options(replay, tmp_path)
    archive.write_announcements(wanted.archive, DAY, PAPERS)
    replay.control({"batch_delay": 3600})
    build.translate(wanted, batch=True)
    build.update(wanted)
    assert len(archive.read_translations(wanted.archive, DAY, "zh-CN")) == 1

    replay.control({"batch_delay": 0})
    build.update(wanted)

    assert len(archive.read_translations(wanted.archive, DAY, "zh-CN")) == 40


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_batch_is_named_and_mended_one_by_one(replay: Any, tmp_path: Path, fault: str) -> None:
    wanted = options(replay, tmp_path)
    archive.write_announcements(wanted.archive, DAY, PAPERS[:6])
    build.translate(wanted, batch=True)
    replay.control({"faults": {"seed": 3, "llm": [{"fault": fault, "first": 2}]}})
    build.update(wanted)

    answers = archive.read_translations(wanted.archive, DAY, "zh-CN")
    refused = [answer for answer in answers if answer.status == "failed"]
    assert [(answer.batch, answer.faults[0]) for answer in refused] == [(True, FAULTS[fault])] * 2
    translated = {answer.id for answer in answers if answer.status == "ok"}
    # What a filter closes on, nobody is asked again, where there is no other model.
    assert len(translated) == (4 if fault == "content_filter" else 6)
    spent = replay.journal.stats()["llm"]["completion_tokens"]
    assert sum(answer.completion_tokens for answer in answers) == spent


def test_errors_in_a_batch_cost_no_paper_and_no_token(replay: Any, tmp_path: Path) -> None:
    wanted = options(replay, tmp_path)
    archive.write_announcements(wanted.archive, DAY, PAPERS)
    build.translate(wanted, batch=True)
    replay.control({"faults": {"seed": 3, "llm": [{"fault": "http_500", "probability": 0.5, "times": 20}]}})
    build.update(wanted)
    build.update(wanted)

    answers = archive.read_translations(wanted.archive, DAY, "zh-CN")
    assert [answer.status for answer in answers] == ["ok"] * 40
    assert 5 < sum(answer.batch for answer in answers) < 39
    stats = replay.journal.stats()["llm"]
    assert sum(answer.completion_tokens for answer in answers) == stats["completion_tokens"]


def test_a_mixed_batch_loses_no_reply_and_pays_for_no_text_twice(replay: Any, tmp_path: Path) -> None:
    shares = {"fenced": 0.1, "truncated_json": 0.1, "english": 0.05, "change_number": 0.1, "length": 0.05}
    wanted = options(replay, tmp_path)
    archive.write_announcements(wanted.archive, DAY, PAPERS)
    build.translate(wanted, batch=True)
    plan = [{"fault": name, "probability": share} for name, share in (shares | {"http_500": 0.1}).items()]
    replay.control({"faults": {"seed": 3, "llm": plan}})
    build.update(wanted)
    replay.control({"faults": {}})
    build.update(wanted)

    answers = archive.read_translations(wanted.archive, DAY, "zh-CN")
    stats = replay.journal.stats()["llm"]
    assert len({answer.id for answer in answers if answer.status == "ok"}) == 40
    assert sum(answer.completion_tokens for answer in answers) == stats["completion_tokens"]
    assert stats["asked_after_good_answer"] == 0
    assert not list(wanted.archive.glob("batches/*.json"))
