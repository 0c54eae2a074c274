"""`paperboy new`: what it finds out by itself, and that its site builds."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from paperboy.cli.options import read_site
from paperboy.domain.errors import PaperboyError
from paperboy.storage import archive
from paperboy.tools import scaffold
from paperboy.tools.scaffold import detection
from tests.conftest import Site, demo_options

if TYPE_CHECKING:
    from pathlib import Path

WEEK = "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"


def repository(root: Path, remote: str, branch: str = "main") -> Path:
    subprocess.run(["git", "init", "--quiet", f"--initial-branch={branch}", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "remote", "add", "origin", remote], check=True)
    return root


@pytest.mark.parametrize(
    ("remote", "repo_url", "site_url"),
    [
        ("https://github.com/me/papers.git", "https://github.com/me/papers", "https://me.github.io/papers/"),
        ("git@github.com:Me/papers.git", "https://github.com/Me/papers", "https://me.github.io/papers/"),
        ("ssh://git@github.com/me/me.github.io", "https://github.com/me/me.github.io", "https://me.github.io/"),
        ("https://user:token@github.com/me/papers", "https://github.com/me/papers", "https://me.github.io/papers/"),
    ],
)
def test_the_addresses_of_a_site_follow_from_its_remote(
    tmp_path: Path, remote: str, repo_url: str, site_url: str
) -> None:
    root = repository(tmp_path / "site", remote, "trunk")

    scaffold.write_site(root, categories=["cs.CL"])

    _, config = read_site(root / "mkdocs.yml")
    assert (config.repo_url, config.site_url, config.edit_uri) == (repo_url, site_url, "edit/trunk/docs/")
    workflow = yaml.safe_load((root / ".github/workflows/publish.yml").read_text())
    assert workflow[True]["push"]["branches"] == ["trunk"]
    assert "token" not in (root / "mkdocs.yml").read_text()


@pytest.mark.parametrize("remote", ["https://gitlab.com/me/papers", "/srv/git/papers", "https://github.com/me/a/../b"])
def test_another_host_gives_no_address(tmp_path: Path, remote: str) -> None:
    root = repository(tmp_path / "site", remote)

    scaffold.write_site(root, categories=["cs.CL"])

    _, config = read_site(root / "mkdocs.yml")
    assert (config.repo_url, config.site_url) == (None, None)


def test_a_folder_inside_another_repository_is_not_that_repositorys_site(tmp_path: Path) -> None:
    root = repository(tmp_path, "https://github.com/me/other") / "inner"

    scaffold.write_site(root, categories=["cs.CL"])

    assert "me/other" not in (root / "mkdocs.yml").read_text()


@pytest.mark.parametrize(
    ("variable", "language"),
    [
        ("zh_TW.UTF-8", "zh-TW"),
        ("fr_FR.UTF-8", "fr"),
        ("de_DE@euro", "de"),
        ("en_GB.UTF-8", "zh-CN"),
        ("C.UTF-8", "zh-CN"),
        ("", "zh-CN"),
        ("no such; thing", "zh-CN"),
    ],
)
def test_the_language_is_that_of_the_machine_unless_papers_are_in_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", variable)

    assert detection.language() == language


class Distribution:
    """What pip noted about an installation."""

    version = "1.2.3"

    def __init__(self, origin: Any) -> None:
        self._origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return json.dumps(self._origin) if self._origin is not None else None


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        (None, "mkdocs-paperboy[site]==1.2.3"),
        (
            {"url": "https://github.com/o/paperboy.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}},
            "mkdocs-paperboy[site] @ git+https://github.com/o/paperboy@abc123",
        ),
        ({"url": "file:///no/such/checkout", "dir_info": {"editable": True}}, "mkdocs-paperboy[site]==1.2.3"),
        ({"url": "file:///tmp/x.whl", "archive_info": {}}, "mkdocs-paperboy[site]==1.2.3"),
    ],
)
def test_the_site_requires_the_paperboy_that_wrote_it(
    monkeypatch: pytest.MonkeyPatch, origin: Any, requirement: str
) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _name: Distribution(origin))

    assert detection.requirement() == requirement


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("mine")

    with pytest.raises(PaperboyError, match=r"Makefile is there already; nothing was written"):
        scaffold.write_site(tmp_path, categories=["cs.CL"])

    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


@pytest.fixture(scope="module")
def world(shared: Path) -> Any:
    sys.path.insert(0, str(shared / "replay"))
    from replay import Replay  # type: ignore[import-not-found]  # only where ../shared is

    with Replay([shared / WEEK], today=date(2026, 7, 2)) as replay:
        yield replay


def test_a_new_site_builds_a_real_day_with_two_commands(site: Site, world: Any, tmp_path: Path) -> None:
    """The third, between them, is `pip install -r requirements.txt`."""
    made = site.paperboy("new", "papers", "--category", "cs.MA", "--category", "cs.HC", LANG="C.UTF-8")
    assert made.returncode == 0, made.stderr
    papers = Site(tmp_path / "papers")
    config = papers.root / "mkdocs.yml"
    # Only where the world is: everything else stays as it was written.
    sources = json.dumps(demo_options(world.url)["sources"] | {"huggingface": {"enabled": False}})
    config.write_text(config.read_text().replace("      fetch:", f"      sources: {sources}\n      fetch:"))

    built = papers.build(OPENAI_BASE_URL=f"{world.url}/v1", OPENAI_API_KEY="any")

    assert built.code == 0, built.log
    day = date(2026, 7, 2)
    shown = archive.read_edition(built.archive, day, "zh-CN")
    assert len(shown.announcements) > 30
    translated = sum(answer.status == "ok" for answer in shown.translations.values())
    assert translated > 0.95 * len(shown.announcements)
    assert (built.site / "2026/07/02/cs.MA/index.html").exists()
    assert (built.site / "about/index.html").exists()
