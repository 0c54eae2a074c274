"""`paperboy doctor` on real set-ups, with the demo's server as the world outside."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from paperboy.domain import config
from paperboy.domain.ledger import Ledger, TranslationLedger
from paperboy.domain.papers import Record
from paperboy.pipeline.translate.days import estimate
from paperboy.storage import archive
from paperboy.tools.doctor import Diagnosis, cost_estimate, setup_check
from paperboy.tools.doctor.finding import SiteUnderTest as Setup
from tests.conftest import demo_options
from tests.factories import paper
from tests.translate.model_server import Answer, Server, completion, error, good

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.tools.demo.fake_server import DemoServer
    from tests.conftest import Site

NOWHERE = "http://127.0.0.1:9"
CANARY = "sk-canary-4711-do-not-print"


@pytest.fixture
def model() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def sound(url: str, model: str = NOWHERE, **options: Any) -> dict[str, Any]:
    """Options that point at the demo's server and at one model alone."""
    found = demo_options(url, **({"translation": {"model": "m", "base_url": model}} | options))
    found["sources"]["arxiv"]["oai_url"] = None
    found["sources"]["huggingface"] = {"enabled": False}
    return found


def lines(text: str) -> dict[str, str]:
    """Level by subject."""
    parts = [line.split() for line in text.splitlines() if line.split()[:1] in (["ok"], ["warning"], ["fault"])]
    return {words[1]: words[0] for words in parts}


def test_a_sound_set_up_has_no_fault_and_tells_what_a_day_costs(site: Site, demo: DemoServer, model: Server) -> None:
    chosen = sound(demo.url, model.url)
    chosen["sources"]["huggingface"] = {"url": demo.url, "request_interval": 0}
    site.configure(chosen)

    done = site.paperboy("doctor", OPENAI_API_KEY=CANARY)

    assert done.returncode == 0, done.stdout + done.stderr
    found = lines(done.stdout)
    assert {found[subject] for subject in ("key", "model", "feeds", "listing", "API", "Hugging", "day")} == {"ok"}
    assert "about 16 papers, " in done.stdout
    assert len(model.asked) == 1, "one small request"
    assert CANARY not in done.stdout + done.stderr
    assert not (site.root / ".paperboy/archive").exists(), "an examination writes nothing"


def test_a_key_that_is_refused_is_a_fault_and_is_not_shown(site: Site, demo: DemoServer, model: Server) -> None:
    said = {"error": {"message": f"Incorrect API key provided: {CANARY}", "code": "invalid_api_key"}}
    model.script = lambda _asked, _number: Answer(json.dumps(said).encode(), status=401)
    site.configure(sound(demo.url, model.url))

    done = site.paperboy("doctor", OPENAI_API_KEY=CANARY)

    assert done.returncode == 1
    assert lines(done.stdout)["model"] == "fault"
    assert "→ check the key, translation.model and translation.base_url" in done.stdout
    assert CANARY not in done.stdout + done.stderr


def test_a_model_that_answers_in_another_form_is_a_warning(site: Site, demo: DemoServer, model: Server) -> None:
    model.script = lambda asked, _number: completion(asked["messages"][-1]["content"])
    site.configure(sound(demo.url, model.url))

    done = site.paperboy("doctor")

    assert done.returncode == 0
    assert lines(done.stdout)["model"] == "warning"
    assert "did not pass the checks" in done.stdout


def test_the_model_alone_is_asked_for_what_it_takes(site: Site, model: Server) -> None:
    def script(asked: dict[str, Any], _number: int) -> Answer:
        return error(400, "no") if "temperature" in asked else good(asked)

    model.script = script
    site.configure(sound(NOWHERE, model.url))

    done = site.paperboy("doctor", "--model", OPENAI_API_KEY=CANARY)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "takes json_schema" in done.stdout
    assert "takes no temperature" in done.stdout
    assert {"role", "limit", "thinking", "speed", "price"} <= lines(done.stdout).keys()
    assert not {"feeds", "listing"} & lines(done.stdout).keys()
    assert CANARY not in done.stdout + done.stderr


def test_without_a_key_it_says_where_one_goes_and_that_the_site_is_in_english(site: Site, demo: DemoServer) -> None:
    site.configure(sound(demo.url, translation={"model": "m"}))

    done = site.paperboy("doctor", "--offline")

    assert done.returncode == 0
    assert lines(done.stdout)["key"] == "warning"
    assert "Secrets and variables" in done.stdout


def test_when_neither_feeds_nor_listing_answer_it_is_a_fault(site: Site, demo: DemoServer) -> None:
    chosen = sound(demo.url)
    chosen["sources"]["arxiv"] |= {"feed_url": NOWHERE, "listing_url": NOWHERE}
    site.configure(chosen | {"translation": {"enabled": False}})

    done = site.paperboy("doctor")

    assert done.returncode == 1
    found = lines(done.stdout)
    assert (found["feeds"], found["listing"]) == ("warning", "fault")


def test_offline_it_asks_nobody(site: Site) -> None:
    site.configure(sound(NOWHERE))

    done = site.paperboy("doctor", "--offline")

    assert done.returncode == 0
    assert not {"model", "feeds", "listing", "API", "branch"} & lines(done.stdout).keys()
    assert "on a usual weekday" in done.stdout


def setup(root: Path, **more: Any) -> Setup:
    values = {"categories": ["cs.CL", "cs.LG"], **more.pop("options", {})}
    return Setup(config.parse_options(values, root), site_dir=root / "site", **more)


def repository(root: Path, remote: str) -> None:
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "remote", "add", "origin", remote], check=True)


def examined(site: Setup) -> dict[str, Diagnosis]:
    return {finding.subject: finding for finding in setup_check.check_setup(site, offline=True)}


@pytest.mark.parametrize(
    ("site_url", "cname", "level", "advice"),
    [
        ("https://me.github.io/papers/", None, "ok", ""),
        ("", None, "warning", "set site_url: https://me.github.io/papers/"),
        ("https://me.github.io/papers", None, "warning", "write https://me.github.io/papers/"),
        ("https://me.github.io/other/", None, "warning", "write https://me.github.io/papers/"),
        ("https://papers.example/", "papers.example", "ok", ""),
        ("https://papers.example/", "other.example", "warning", "let both name the same host"),
        ("https://papers.example/", None, "warning", "write papers.example into docs/CNAME, if GitHub Pages serves it"),
    ],
)
def test_the_addresses_are_held_against_the_repository(
    tmp_path: Path, site_url: str, cname: str | None, level: str, advice: str
) -> None:
    repository(tmp_path, "git@github.com:me/papers.git")
    (tmp_path / "docs").mkdir()
    if cname:
        (tmp_path / "docs/CNAME").write_text(f"{cname}\n")

    finding = examined(setup(tmp_path, site_url=site_url, repo_url="https://github.com/me/papers"))["site_url"]

    assert (finding.level, finding.advice) == (level, advice)


def test_an_archive_that_git_would_commit_with_the_site_is_named(tmp_path: Path) -> None:
    repository(tmp_path, "https://github.com/me/papers")

    assert examined(setup(tmp_path))["archive"].text.startswith("empty")
    found = list(setup_check.check_setup(setup(tmp_path), offline=True))
    assert any("not ignored" in finding.text for finding in found)

    (tmp_path / ".gitignore").write_text("/.paperboy/\n")
    assert not any("not ignored" in finding.text for finding in setup_check.check_setup(setup(tmp_path), offline=True))


def test_a_workflow_for_another_branch_is_named(tmp_path: Path) -> None:
    repository(tmp_path, "https://github.com/me/papers")
    assert "there is no" in examined(setup(tmp_path))["workflow"].text
    workflow = tmp_path / ".github/workflows/publish.yml"
    workflow.parent.mkdir(parents=True)

    for branch, level in (("main", "ok"), ("master", "warning")):
        workflow.write_text(yaml.safe_dump({True: {"push": {"branches": [branch]}}}))
        assert examined(setup(tmp_path))["workflow"].level == level


def test_a_file_of_the_archive_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    root = tmp_path / ".paperboy/archive"
    archive.write_announcements(root, date(2026, 6, 4), [paper()])
    assert examined(setup(tmp_path))["archive"].level == "ok"
    (root / "2026/06/04/ledger.json").write_text("{")

    finding = examined(setup(tmp_path))["archive"]

    assert finding.level == "fault"
    assert "ledger.json" in finding.text


def test_a_branch_is_looked_for_and_a_missing_one_named(tmp_path: Path) -> None:
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True)
    repository(tmp_path / "site", str(origin))
    site = setup(tmp_path / "site")

    def branch() -> Diagnosis:
        return next(finding for finding in setup_check.check_setup(site, offline=False) if finding.subject == "branch")

    assert (branch().level, "first run makes it" in branch().text) == ("ok", True)
    archive.write_announcements(site.options.archive, date(2026, 6, 4), [paper()])
    assert (branch().level, branch().advice) == ("warning", "run `paperboy archive push`")


def test_a_site_near_the_limit_of_pages_is_named_before_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    path = tmp_path / "site/index.html"
    for size, level in ((1000, "ok"), (900_000_000, "warning"), (1_100_000_000, "fault")):
        with path.open("wb") as file:
            file.truncate(size)
        assert examined(setup(tmp_path))["size"].level == level


def counted(root: Path, days: list[tuple[date, int]]) -> None:
    for day, papers in days:
        entry = TranslationLedger(
            model="m",
            prompt_version=1,
            translated=papers,
            requests=papers,
            prompt_tokens=papers * 900,
            completion_tokens=papers * 1300,
        )
        archive.write_announcements(root, day, [paper()])
        archive.write_ledger(root, day, Ledger(date=day.isoformat(), translations={"zh-CN": entry}))


def test_the_cost_of_a_day_is_told_by_the_days_before(tmp_path: Path) -> None:
    counted(tmp_path / ".paperboy/archive", [(date(2026, 6, day), 400 + day) for day in (1, 2, 3, 4, 12)])
    options = {"translation": {"prices": {"prompt": 0.15, "completion": 0.6}}}

    (finding,) = cost_estimate.check_cost(setup(tmp_path, options=options), [])

    assert finding.text == "about 403 papers, 0.9 M tokens, cost 0.37 (the median of the last 5 editions)"


def test_a_budget_that_does_not_hold_for_a_day_is_named(tmp_path: Path) -> None:
    counted(tmp_path / ".paperboy/archive", [(date(2026, 6, 4), 400)])
    options = {"translation": {"max_tokens_per_build": 220_000}}

    (finding,) = cost_estimate.check_cost(setup(tmp_path, options=options), [])

    assert finding.level == "warning"
    assert "covers about 100 of the papers" in finding.text


def test_without_days_before_the_feeds_are_counted_by_the_types_that_are_wanted(tmp_path: Path) -> None:
    records = [
        Record(id="2606.00001", announce_type="new", title="T" * 40, abstract="A" * 1360),
        Record(id="2606.00002", announce_type="replace-cross", title="T", abstract="A"),
    ]

    (finding,) = cost_estimate.check_cost(setup(tmp_path, options={"announce_types": ["new", "cross"]}), records)

    tokens = sum(estimate([paper(title="T" * 40, abstract="A" * 1360)]))
    assert finding.text == f"about 1 papers, {tokens:,} tokens (at most, by today's feeds)"
