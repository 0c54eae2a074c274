"""A changed glossary: which translations it leaves behind, and how they are renewed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.config import TranslationOptions
from paperboy.domain.glossary import Glossary, Term
from paperboy.storage import archive
from paperboy.translation import stale_papers
from paperboy.translation.prompts.prompt import prepare
from tests.conftest import Site, demo_options
from tests.factories import answer, paper

if TYPE_CHECKING:
    from paperboy.domain.edition import Translation
    from paperboy.tools.demo.fake_server import DemoServer

OPTIONS = TranslationOptions()
AGENT = Term(term="agent", translation="智能体", strict=True)
PAPER = paper(abstract="An agent acts in $agent$.")


def given(glossary: Glossary, **more: Any) -> dict[str, Translation]:
    """The answer to the question of that glossary."""
    rows = tuple(row.instruction for row in glossary.rows if row.strict)
    return {PAPER.id: answer(key=prepare(PAPER, OPTIONS, glossary).key, rows=rows, **more)}


def found(before: Glossary, now: Glossary, **more: Any) -> bool:
    return stale_papers([PAPER], given(before, **more), OPTIONS, now) == [PAPER]


def test_a_new_a_changed_and_a_lost_row_leave_a_translation_behind() -> None:
    assert found(Glossary(), Glossary([AGENT]))
    assert found(Glossary([AGENT]), Glossary())
    assert found(Glossary([AGENT]), Glossary([Term(term="agent", translation="代理", strict=True)]))
    assert found(Glossary([AGENT]), Glossary([Term(term="agent", keep=True, strict=True)]))


def test_what_does_not_touch_the_text_or_the_question_leaves_nothing_behind() -> None:
    noted = Term(term="agent", translation="智能体", also=("代理",), note="why", strict=True)

    assert not found(Glossary([AGENT]), Glossary([AGENT]))
    assert not found(Glossary(), Glossary([Term(term="robot", translation="机器人", strict=True)]))
    assert not found(Glossary([AGENT]), Glossary([noted]))


def test_another_default_row_model_or_instruction_leaves_nothing_behind() -> None:
    default = Term(term="agent", translation="智能体")

    assert not found(Glossary(), Glossary([default]))
    other = TranslationOptions(model="another")
    assert stale_papers([PAPER], given(Glossary([AGENT])), other, Glossary([AGENT])) == []


def test_an_answer_from_before_rows_were_noted_is_known_by_its_question() -> None:
    old = given(Glossary([AGENT]))
    known = {PAPER.id: answer(key=old[PAPER.id].key)}

    assert stale_papers([PAPER], known, OPTIONS, Glossary([AGENT])) == []


@pytest.mark.parametrize("more", [{"status": "failed"}, {"version": 2}])
def test_only_an_accepted_answer_to_this_version_can_be_stale(more: dict[str, Any]) -> None:
    assert not found(Glossary(), Glossary([AGENT]), **more)


# ── In builds ──

DAY = "2026/06/03"
TERM = "newspaper"
LOST = "2606.90005"
"""A paper whose answer is taken away, to be asked for again."""


def lines(site: Site) -> list[dict[str, Any]]:
    path = site.root / ".paperboy/archive" / DAY / "translations.zh-CN.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def term(site: Site, translation: str) -> None:
    path = site.root / "docs/overrides/glossary.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"zh-CN:\n  - {{term: {TERM}, translation: {translation}}}\n", encoding="utf-8")


@pytest.fixture
def site(site: Site, demo: DemoServer) -> Site:
    site.configure(demo_options(demo.url, fetch="auto"))
    assert site.build().code == 0
    site.configure(demo_options(demo.url, fetch="never"))
    return site


def touched() -> set[str]:
    from paperboy.tools.demo import load_demo

    return {one.id for one in load_demo().papers if TERM in f"{one.title} {one.abstract}".lower()}


def test_the_next_build_renews_what_a_term_touches_once_and_nothing_else(site: Site) -> None:
    before = lines(site)
    term(site, "报纸")

    first = site.build(strict=False)
    accepted_before = {row["id"] for row in before if row["status"] == "ok"}
    new = [row for row in lines(site) if row not in before and row["id"] in accepted_before]

    assert f"{len(touched())} translations were made with other terms" in first.log
    spoilt = {row["id"] for row in before if row["status"] == "failed"}  # is asked for in each build for some days
    assert {row["id"] for row in new} - spoilt == touched() - spoilt
    assert all(row["rows"] == ["newspaper → 报纸"] for row in new if row["id"] in touched())
    again = lines(site)
    second = site.build(strict=False)
    accepted = {row["id"] for row in new if row["status"] == "ok"}
    assert accepted, "the demo's model says 报纸"
    assert {row["id"] for row in lines(site) if row not in again}.isdisjoint(accepted)
    assert "Traceback" not in first.log + second.log


def test_where_the_new_answer_is_refused_the_old_text_stays(site: Site) -> None:
    before = site.build().html(f"{DAY}/cs.CL")
    term(site, "报章")  # which the demo's model does not say

    after = site.build(strict=False)

    assert [row for row in lines(site) if "glossary" in row["faults"]]
    assert after.html(f"{DAY}/cs.CL").count(" data-untranslated") == before.count(" data-untranslated")
    site.build(strict=False)
    path = site.root / ".paperboy/archive" / DAY / "translations.zh-CN.jsonl"
    rows = lines(site)
    days: Counter[str] = Counter()
    for row in rows:
        if row["status"] == "failed":
            row["asked"] = f"2026-06-{3 + days[row['id']]:02}"
            days[row["id"]] += 1
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    site.build(strict=False)
    assert len(lines(site)) == len(rows), "a hopeless term does not cost for ever"


def test_what_is_missing_comes_before_what_is_stale(site: Site, demo: DemoServer) -> None:
    path = site.root / ".paperboy/archive" / DAY / "translations.zh-CN.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in lines(site) if row["id"] != LOST))
    term(site, "报纸")
    translation = {"model": "demo", "base_url": f"{demo.url}/v1", "concurrency": 1, "max_tokens_per_build": 3000}
    site.configure(demo_options(demo.url, fetch="never", translation=translation))
    before = lines(site)

    site.build(strict=False)

    new = {row["id"] for row in lines(site) if row not in before}
    assert LOST in new
    assert not touched() <= new, "the budget ended before all of them were renewed"


def test_older_editions_are_renewed_on_demand_the_newest_first(site: Site) -> None:
    root = site.root / ".paperboy/archive"
    days = [date(2026, 1, 5), date(2026, 2, 5)]
    for day in days:
        archive.write_announcements(root, day, archive.read_announcements(root, date(2026, 6, 3)))
        archive.folder(root, day).joinpath("translations.zh-CN.jsonl").write_bytes(
            (root / DAY / "translations.zh-CN.jsonl").read_bytes()
        )
    term(site, "报纸")

    site.build(strict=False)
    recent = [archive.read_translations(root, day, "zh-CN") for day in days]
    done = site.paperboy("translate", "--stale")
    renewed = [archive.read_translations(root, day, "zh-CN") for day in days]

    assert not any(row.rows for rows in recent for row in rows)
    assert done.returncode == 0, done.stderr
    for rows in renewed:
        assert any(row.rows for row in rows)
        assert {row.id for row in rows if row.rows} <= touched()
    log = " ".join(done.stderr.split())
    assert log.index("2026-02-05") < log.index("2026-01-05")
    assert sum(row.prompt_tokens for rows in renewed for row in rows if row.rows and row.status == "ok") == 0, (
        "the same text was asked for on the recent day already"
    )
