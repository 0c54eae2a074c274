"""How often a build reads what it has: the way of the data from stage to stage, counted."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.config import parse_options
from paperboy.pipeline import build
from paperboy.pipeline.translate import days
from paperboy.storage import json_lines
from paperboy.translation import revalidation, staleness, translator
from paperboy.translation.prompts.prompt import prepare
from tests.conftest import demo_options

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.papers import Announcement
    from paperboy.tools.demo.fake_server import DemoServer
    from paperboy.translation.prompts.prompt import Prepared

DAY = date(2026, 6, 3)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """How often each line of an archive's files was decoded, by its place and kind."""
    counts: Counter[tuple[str, str]] = Counter()
    decode = json_lines.decode

    def counting(data: bytes, kind: type[Any], place: str) -> Any:
        counts[place, kind.__name__] += 1
        return decode(data, kind, place)

    monkeypatch.setattr(json_lines, "decode", counting)
    return counts


def test_a_build_decodes_each_file_of_its_new_day_once_at_most(
    tmp_path: Path, demo: DemoServer, decoded: Counter[tuple[str, str]]
) -> None:
    options = parse_options(demo_options(demo.url), tmp_path)

    build.update(options)
    publication = build.publish(options)
    pages = list(publication.overview()) + [page for unit in publication.units() for page in unit.make()]

    assert len(pages) > 10
    assert {DAY} == {day.date for day in publication.days}
    files = Counter(place.rpartition("/")[2].partition(":")[0] for place, _ in decoded)
    assert set(decoded.values()) <= {1}, decoded.most_common(3)
    assert files["translations.zh-CN.jsonl"] == 15 + 2, "those of the journal, when it is closed"


def test_a_build_prepares_the_question_of_a_new_paper_once(
    tmp_path: Path, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: Counter[str] = Counter()

    def counting(paper: Announcement, *arguments: Any) -> Prepared:
        prepared[paper.id] += 1
        return prepare(paper, *arguments)

    for module in (translator, staleness, days, revalidation):
        monkeypatch.setattr(module, "prepare", counting)

    build.update(parse_options(demo_options(demo.url), tmp_path))

    assert len(prepared) >= 15
    assert set(prepared.values()) == {1}
