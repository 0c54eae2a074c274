"""What an endpoint refuses is asked once, and remembered from build to build."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.glossary import Glossary
from paperboy.translation import translate
from paperboy.translation.client import capabilities
from tests.translate.model_server import Answer, error, good, paper

if TYPE_CHECKING:
    from pathlib import Path

    from tests.translate.model_server import Run, Server


def old_server(asked: dict[str, Any], _number: int) -> Answer:
    """It knows neither response formats nor temperatures nor the new name of the limit."""
    for name in ("temperature", "max_completion_tokens", "response_format"):
        if name in asked:
            return error(400, f"Unsupported parameter: {name}")
    return good(asked)


def build(run: Run, cache_dir: Path | None, *numbers: int, **options: Any) -> None:
    translate(
        [paper(number) for number in numbers or (1,)],
        options=run.options(**options),
        glossary=Glossary(),
        api_key="k",
        known=lambda _keys: {},
        record=run.recorded.append,
        cache_dir=cache_dir,
    )


def test_the_second_build_asks_what_the_server_takes_at_once(run: Run, server: Server, tmp_path: Path) -> None:
    server.script = old_server
    build(run, tmp_path / "cache")
    first = len(server.asked)
    build(run, tmp_path / "cache", 2)

    assert (first, len(server.asked)) == (5, 6)
    assert "max_tokens" in server.asked[-1]
    assert "response_format" not in server.asked[-1]


PARTS = ("response_format", "temperature", "max_completion_tokens", "max_tokens")


def plainest_server(asked: dict[str, Any], *, status: int = 400, named: bool = False) -> Answer:
    """It takes one message of the user and nothing else, and says so or not."""
    refused = [name for name in PARTS if name in asked]
    if any(message["role"] == "system" for message in asked["messages"]):
        refused.append("the system role")
    if not refused:
        asked = {**asked, "messages": [{"content": asked["messages"][0]["content"].split("\n\n")[-1]}]}
        return good(asked)
    return error(status, f"{refused[0]} is not supported" if named else "no")


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("refusing", [PARTS[:1], PARTS[1:2], PARTS[2:], (*PARTS, "role")])
def test_a_new_endpoint_costs_few_requests_and_a_known_one_none(
    run: Run, server: Server, tmp_path: Path, refusing: tuple[str, ...], *, named: bool
) -> None:
    lost = []

    def script(asked: dict[str, Any], number: int) -> Answer:
        known = {name: value for name, value in asked.items() if name not in PARTS or name in refusing}
        if "role" not in refusing:
            known["messages"] = [{**message, "role": "user"} for message in asked["messages"]]
        answer = plainest_server(known, named=named) if set(known) & set(PARTS) or "role" in refusing else good(asked)
        if answer.status != 200:
            lost.append(number)
        return answer

    server.script = script
    build(run, tmp_path, *range(20), concurrency=16)
    assert 1 <= len(lost) <= 8
    assert len(run.recorded) == 20

    lost.clear()
    build(run, tmp_path, *range(20, 30), concurrency=16)
    assert lost == []


def test_another_model_at_the_same_address_is_asked_anew(run: Run, server: Server, tmp_path: Path) -> None:
    server.script = old_server
    build(run, tmp_path)
    build(run, tmp_path, 2, model="other")

    assert len(server.asked) == 10


def test_neither_address_nor_model_stands_in_the_file(run: Run, server: Server, tmp_path: Path) -> None:
    server.script = old_server
    build(run, tmp_path, model="secret-model")
    text = (tmp_path / capabilities.FILE).read_text()

    assert "secret-model" not in text
    assert "127.0.0.1" not in text
    assert json.loads(text)["schema"] == 1


def test_an_endpoint_that_takes_everything_leaves_no_file(run: Run, tmp_path: Path) -> None:
    build(run, tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": 2, "endpoints": {}}', '{"schema": 1, "endpoints": {"x": 3}}']
)
def test_a_damaged_file_is_ignored_and_written_anew(run: Run, server: Server, tmp_path: Path, text: str) -> None:
    server.script = old_server
    (tmp_path / capabilities.FILE).write_text(text)
    build(run, tmp_path)
    build(run, tmp_path, 2)

    assert len(server.asked) == 6


def test_what_was_learnt_a_month_ago_is_learnt_anew(
    run: Run, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script = old_server
    build(run, tmp_path)
    monkeypatch.setattr(capabilities, "FORGET_AFTER", timedelta(days=-1))
    build(run, tmp_path, 2)

    assert len(server.asked) == 10


def test_a_folder_that_cannot_be_written_is_no_fault(run: Run, server: Server, tmp_path: Path) -> None:
    server.script = old_server
    (tmp_path / "file").write_text("")
    build(run, tmp_path / "file" / "cache")

    assert run.recorded[-1].status == "ok"
