"""Every model fault that the replay knows: never a wrong text accepted, never a reply lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.contributions import glossary_file
from paperboy.domain.config import TranslationOptions
from paperboy.domain.edition import Translation
from paperboy.translation import Outcome, translate
from paperboy.translation.client import rate_limiter
from tests.translate.model_server import paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.papers import Announcement

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
PAPERS = [
    paper(number, title=f"Learning robust models of {word} with little data", abstract=f"{LONG} We study {word}.")
    for number, word in enumerate(("language", "vision", "speech", "graphs", "agents", "physics"))
]

Over = Callable[..., tuple[Outcome, list[Translation], Any]]
"""Translates over a replay with these faults: the outcome, what was recorded, and the replay."""

LOST_FORM = ["truncated_json", "not_json", "empty", "missing_field", "repetition"]
"""Faults of JSON answers only: the texts come well when they are asked for one at a time."""

REFUSED = {
    "english": {"echo"},
    "drop_placeholder": {"placeholders"},
    "change_number": {"numbers"},
    "added_sentence": {"closing"},
    "markdown": {"markup"},
    "html": {"markup"},
    "length": {"cut-off"},
    "content_filter": {"content-filter"},
    "content_risk": {"content-filter"},
}


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Iterator[Over]:
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(rate_limiter, "LONGEST_BACKOFF", 0.01)
    monkeypatch.setattr(rate_limiter, "LONGEST_BEFORE_SUCCESS", 0.01)
    started = []

    def run(faults: list[dict[str, Any]], papers: list[Announcement] | None = None, **options: Any) -> Any:
        replay = Replay(Corpus([]), faults={"seed": 3, "llm": faults})
        replay.__enter__()
        started.append(replay)
        recorded: list[Translation] = []
        settings = {"base_url": replay.url + "/v1", "model": "replay-translator", "timeout": 3.0, **options}
        outcome = translate(
            papers or PAPERS,
            options=TranslationOptions(**settings),
            glossary=glossary_file.default_glossary("zh-CN"),
            api_key="sk-x",
            known=lambda _keys: {},
            record=recorded.append,
        )
        return outcome, recorded, replay

    yield run
    for replay in started:
        replay.__exit__(None, None, None)


def test_good_answers_are_all_accepted(over: Over) -> None:
    outcome, recorded, _ = over([])

    assert (outcome.translated, outcome.requests, outcome.stopped) == (6, 6, None)
    assert all("$f(x) = \\frac{1}{2}x$" in translation.abstract for translation in recorded)


@pytest.mark.parametrize(("fault", "names"), REFUSED.items())
def test_a_fault_of_the_answer_ends_refused_by_name(over: Over, fault: str, names: set[str]) -> None:
    outcome, recorded, _ = over([{"fault": fault}], PAPERS[:2])

    assert (outcome.translated, outcome.untranslated, outcome.stopped) == (0, 2, None)
    assert set(outcome.refused) <= names
    assert all(translation.status == "failed" for translation in recorded)
    assert outcome.requests == len(recorded)


@pytest.mark.parametrize("fault", LOST_FORM)
def test_an_answer_that_never_keeps_its_form_is_mended_in_plain_words(over: Over, fault: str) -> None:
    outcome, recorded, _ = over([{"fault": fault}])

    assert (outcome.translated, outcome.untranslated, outcome.stopped) == (6, 0, None)
    assert {"failed", "part", "ok"} == {translation.status for translation in recorded}
    assert outcome.requests == len(recorded)
    accepted = [translation for translation in recorded if translation.status == "ok"]
    assert all("$f(x) = \\frac{1}{2}x$" in translation.abstract for translation in accepted)


@pytest.mark.parametrize(
    "fault", [*LOST_FORM, *(fault for fault in REFUSED if not fault.startswith(("content", "length")))]
)
def test_a_fault_that_passes_is_mended_by_the_second_ask(over: Over, fault: str) -> None:
    outcome, recorded, _ = over([{"fault": fault, "requests": [0]}], concurrency=1)

    assert (outcome.translated, outcome.requests, outcome.refused) == (6, 7, {})
    assert ["failed", *["ok"] * 6] == [translation.status for translation in recorded]


def test_an_answer_in_a_fence_with_talk_around_it_is_read(over: Over) -> None:
    outcome, _, _ = over([{"fault": "fenced"}])

    assert (outcome.translated, outcome.requests) == (6, 6)


@pytest.mark.parametrize("types", [["json_schema"], ["json_schema", "json_object"]])
def test_a_refused_response_format_is_stepped_down(over: Over, types: list[str]) -> None:
    outcome, _, _ = over([{"fault": "reject_response_format", "types": types}])

    assert (outcome.translated, outcome.stopped) == (6, None)


@pytest.mark.parametrize("fault", ["reset", "truncated", "blank", "http_500", "http_503", "http_429", "http_529"])
def test_a_passing_fault_of_the_wire_costs_no_paper(over: Over, fault: str) -> None:
    outcome, recorded, _ = over([{"fault": fault, "requests": [1, 4], "retry_after": 0.1}], concurrency=2)

    assert (outcome.translated, outcome.refused, outcome.stopped) == (6, {}, None)
    assert len(recorded) == 6


@pytest.mark.parametrize("fault", ["reset", "truncated", "blank", "http_500"])
def test_a_lasting_fault_of_the_wire_opens_the_circuit(over: Over, fault: str) -> None:
    outcome, recorded, _ = over([{"fault": fault}])

    assert (outcome.translated, outcome.left, recorded) == (0, 6, [])
    assert "10 failures in a row" in (outcome.stopped or "")


@pytest.mark.parametrize("fault", ["slow", "hang"])
def test_a_slow_answer_ends_at_the_deadline_and_is_asked_for_again(over: Over, fault: str) -> None:
    outcome, _, _ = over([{"fault": fault, "requests": [1], "seconds": 1}], timeout=0.5, concurrency=1)

    assert (outcome.translated, outcome.requests) == (6, 7)


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_closed_door_ends_the_run_with_a_reason(over: Over, status: int) -> None:
    outcome, _, _ = over([{"fault": f"http_{status}"}], concurrency=2)

    assert outcome.requests <= 2
    assert f"HTTP {status}" in (outcome.stopped or "")


def test_an_endpoint_that_takes_few_at_once_is_not_pressed() -> None:
    papers = [paper(number, abstract=f"{LONG} Part {number}.") for number in range(40)]
    replay = Replay(Corpus([]))
    replay.model.settings.max_concurrency = 3
    replay.model.settings.latency = 0.01
    replay.model.settings.retry_after = 0.05
    with replay:
        recorded: list[Translation] = []
        outcome = translate(
            papers,
            options=TranslationOptions(base_url=replay.url + "/v1", model="replay-translator", concurrency=16),
            glossary=glossary_file.default_glossary("zh-CN"),
            api_key="k",
            known=lambda _keys: {},
            record=recorded.append,
        )

    assert (outcome.translated, outcome.stopped) == (40, None)


def test_a_day_of_mixed_faults_loses_no_reply_and_pays_for_no_text_twice(over: Over) -> None:
    shares = {
        "fenced": 0.1,
        "truncated_json": 0.05,
        "english": 0.05,
        "drop_placeholder": 0.05,
        "change_number": 0.05,
        "added_sentence": 0.05,
        "markdown": 0.05,
        "length": 0.05,
        "http_500": 0.05,
    }
    papers = [paper(number, title=f"Paper number {number} of the day", abstract=LONG) for number in range(80)]
    outcome, recorded, replay = over([{"fault": name, "probability": share} for name, share in shares.items()], papers)

    assert outcome.translated + outcome.untranslated == 80
    assert outcome.translated > 70
    replies = replay.journal.stats()["llm"]
    assert replies["completion_tokens"] == outcome.completion_tokens  # each paid token is in the record
    assert sum(translation.completion_tokens for translation in recorded) == outcome.completion_tokens
    assert replies["asked_after_good_answer"] == 0
    accepted = [translation for translation in recorded if translation.status == "ok"]
    assert outcome.translated == len(accepted) == len({translation.key for translation in accepted})
    assert all("$f(x) = \\frac{1}{2}x$" in translation.abstract for translation in accepted)
    assert all("42" in translation.abstract and "3.5%" in translation.abstract for translation in accepted)
    assert not any("总结来说" in translation.abstract for translation in accepted)
