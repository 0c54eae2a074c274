from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from paperboy.domain import config
from paperboy.domain.config import Prices, TranslationOptions
from paperboy.domain.papers import Previous
from paperboy.domain.signals import Featured, FeaturedList
from paperboy.pipeline import build
from paperboy.pipeline.translate import days
from paperboy.storage import archive
from paperboy.storage.version_index import Versions, with_previous
from tests.conftest import Site, demo_options
from tests.factories import paper
from tests.translate.model_server import Server

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from paperboy.tools.demo.fake_server import DemoServer

DAY = "2026/06/03"


def test_an_estimate_grows_with_the_texts_and_counts_the_instructions_once_a_paper() -> None:
    one = days.estimate([paper(abstract="word " * 200)])
    two = days.estimate([paper(abstract="word " * 200)] * 2)

    assert 500 < one[0] < 650
    assert 200 < one[1] < 400
    assert two == (2 * one[0], 2 * one[1])


def test_what_one_day_spends_is_not_there_for_the_next() -> None:
    wanted = TranslationOptions(
        max_tokens_per_build=1000, max_cost_per_build=0.01, prices=Prices(prompt=1.0, completion=10.0)
    )

    left = days.reduced_budget(wanted, (500, 200))

    assert left.max_tokens_per_build == 300
    assert round(left.max_cost_per_build or 0, 6) == 0.0075
    assert days.is_spent(days.reduced_budget(wanted, (900, 100)))


def test_a_translation_begins_no_ledger_and_settles_no_day(
    tmp_path: Path, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    options = config.parse_options(demo_options(demo.url), tmp_path)
    build.update(options)
    (day,) = archive.days(options.archive)
    path = archive.folder(options.archive, day) / "ledger.json"
    whole = path.read_bytes()
    path.unlink()

    build.translate(options)

    assert not path.exists()
    accounts = archive.read_accounts(options.archive, day)
    assert accounts is not None
    assert {entry.status for entry in accounts.categories.values()} == {"incomplete"}

    build.update(options)

    assert json.loads(path.read_bytes())["categories"] == json.loads(whole)["categories"]
    assert json.loads(path.read_bytes())["translations"].keys() == {"zh-CN"}


def test_the_budget_of_a_build_is_kept_and_the_rest_comes_later(site: Site, demo: DemoServer) -> None:
    translation = {
        "model": "demo",
        "base_url": f"{demo.url}/v1",
        "concurrency": 1,
        "max_tokens_per_build": 3000,
        "prices": {"prompt": 1.0, "completion": 2.0},
    }
    site.configure(demo_options(demo.url, translation=translation))

    built = site.build(strict=False)

    assert built.code == 0, built.log
    assert "max_tokens_per_build (3,000) is reached" in built.log
    assert "at most about" in built.log
    account = json.loads((built.archive / DAY / "ledger.json").read_text())["translations"]["zh-CN"]
    spent = account["prompt_tokens"] + account["completion_tokens"]
    assert 3000 <= spent < 5000
    assert account["cost"] == round((account["prompt_tokens"] + 2 * account["completion_tokens"]) / 1_000_000, 6)
    assert 0 < account["translated"] < 10
    types = {row["id"]: row["listed"].values() for row in _rows(built.archive / DAY / "papers.jsonl")}
    done = {row["id"] for row in _rows(built.archive / DAY / "translations.zh-CN.jsonl")}
    assert all("new" in types[arxiv_id] for arxiv_id in done), "what is new comes first"

    again = site.build(strict=False)

    later = json.loads((again.archive / DAY / "ledger.json").read_text())["translations"]["zh-CN"]
    assert later["translated"] > account["translated"]


def test_a_featured_paper_of_an_edition_costs_nothing_again_and_another_one_is_asked_for(
    tmp_path: Path, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "demo")
    options = config.parse_options({**demo_options(demo.url), "fetch": "never"}, tmp_path)
    known = {paper.id: paper for paper in (*demo.day.papers, *demo.day.elsewhere)}
    own, outside = known["2606.90002"], known["2605.90877"]
    announced, later = date(2026, 6, 2), date(2026, 6, 4)
    archive.write_announcements(
        options.archive, announced, [paper(own.id, title=own.title, abstract=own.abstract, listed={"cs.CL": "new"})]
    )
    featured = [
        # Hugging Face's text of a paper may be that of another version.
        Featured(id=own.id, featured="2026-06-04", title="Old", abstract="Old.", edition="2026-06-02"),
        Featured(id=outside.id, featured="2026-06-04", title=outside.title, abstract=outside.abstract),
    ]
    archive.write(options.archive, later, FeaturedList(date="2026-06-04", papers=tuple(featured)))

    days.translate_editions(options)

    asked = {answer.id: answer for answer in archive.read_translations(options.archive, later, "zh-CN")}
    assert {answer.status for answer in asked.values()} == {"ok"}
    assert asked[own.id].title == own.zh.title
    assert asked[own.id].prompt_tokens == 0
    assert asked[outside.id].prompt_tokens > 0
    assert not (archive.folder(options.archive, later) / "ledger.json").exists()
    before = archive.read_translations(options.archive, later, "zh-CN")
    days.translate_editions(options)
    days.regate(options)
    assert archive.read_translations(options.archive, later, "zh-CN") == before


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_paper_that_is_announced_again_on_another_day_is_translated_there_for_nothing(
    site: Site, demo: DemoServer
) -> None:
    site.configure(demo_options(demo.url))
    assert site.build().code == 0
    site.configure(demo_options(demo.url, fetch="never"))
    root, later = site.root / ".paperboy/archive", date(2026, 6, 4)
    one = next(paper for paper in archive.read_announcements(root, date(2026, 6, 3)) if paper.id == "2606.90002")
    archive.write_announcements(root, later, [msgspec.structs.replace(one, listed={"cs.LG": "cross"})])

    done = site.paperboy("translate")

    assert done.returncode == 0, done.stderr
    (copy,) = archive.read_translations(root, later, "zh-CN")
    assert (copy.id, copy.status, copy.prompt_tokens) == ("2606.90002", "ok", 0)


def test_a_new_version_with_the_same_text_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monday, tuesday = date(2026, 6, 1), date(2026, 6, 2)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with closing(Server()) as server:
        translation = {"model": "m", "base_url": server.url}
        options = config.parse_options({"categories": ["cs.CL"], "translation": translation}, tmp_path)
        archive.write_announcements(options.archive, monday, [paper(title="A title of some words")])
        days.translate_editions(options)
        paid = len(server.asked)
        same = paper(title="A title of some words", version=2, listed={"cs.CL": "replace"})
        with Versions(options.cache, options.archive) as versions:
            archive.write_announcements(options.archive, tuesday, with_previous(versions, tuesday, [same]))
        days.translate_editions(options)

    (first,) = archive.read_translations(options.archive, monday, "zh-CN")
    (second,) = archive.read_translations(options.archive, tuesday, "zh-CN")
    (held,) = archive.read_announcements(options.archive, tuesday)
    assert paid == 1
    assert len(server.asked) == paid, "nothing was asked for the second version"
    assert (second.version, second.title, second.prompt_tokens + second.completion_tokens) == (2, first.title, 0)
    assert held.previous == Previous(version=1, date="2026-06-01"), "and its card says that the text is the same"
