"""`paperboy archive` in a site's folder."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site


@pytest.fixture
def cloned(site: Site, tmp_path: Path) -> Site:
    """A site in a repository that has an origin."""
    site.root /= "site-repository"
    site.configure({"categories": ["cs.CL"]})
    for arguments in (
        ["init", "--quiet", "--bare", str(tmp_path / "origin.git")],
        ["init", "--quiet", str(site.root)],
        ["-C", str(site.root), "remote", "add", "origin", str(tmp_path / "origin.git")],
    ):
        subprocess.run(["git", *arguments], check=True)
    return site


def write_day(site: Site) -> None:
    day = site.root / ".paperboy/archive/2026/06/04"
    day.mkdir(parents=True)
    (day / "papers.jsonl").touch()


def test_the_archive_goes_to_the_origin_of_the_site_and_comes_back(cloned: Site, tmp_path: Path) -> None:
    write_day(cloned)
    outputs = tmp_path / "outputs"

    pushed = cloned.paperboy("archive", "push", GITHUB_OUTPUT=str(outputs))
    again = cloned.paperboy("archive", "push", GITHUB_OUTPUT=str(outputs))

    assert (pushed.returncode, again.returncode) == (0, 0), pushed.stderr + again.stderr
    log = subprocess.run(
        ["git", "log", "--format=%H %s", "archive"],
        cwd=tmp_path / "origin.git",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commit, _, message = log.strip().partition(" ")
    assert message == "Editions up to 2026-06-04"
    said = [line.split("=") for line in outputs.read_text().splitlines()]
    assert [name for name, _ in said] == ["commit", "changed", "content"] * 2
    assert said[:2] == [["commit", commit], ["changed", "true"]]
    assert said[3:5] == [["commit", commit], ["changed", "false"]]
    assert said[2] == said[5]

    subprocess.run(["rm", "-r", str(cloned.root / ".paperboy")], check=True)
    pulled = cloned.paperboy("archive", "pull")

    assert pulled.returncode == 0, pulled.stderr
    assert "1 editions" in pulled.stdout
    assert (cloned.root / ".paperboy/archive/2026/06/04/papers.jsonl").exists()


def test_a_first_pull_without_a_branch_is_no_error(cloned: Site) -> None:
    pulled = cloned.paperboy("archive", "pull")

    assert pulled.returncode == 0
    assert "no branch archive yet" in pulled.stdout


def test_without_an_origin_the_command_says_what_to_name(site: Site) -> None:
    site.configure({"categories": ["cs.CL"]})

    pulled = site.paperboy("archive", "pull")

    assert pulled.returncode == 1
    assert "--remote" in pulled.stderr
