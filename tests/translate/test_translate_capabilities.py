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


def build(run: Run, cache_dir: Path | None, number: int = 1, **options: Any) -> None:
    translate(
        [paper(number)],
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
