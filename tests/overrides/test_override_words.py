"""People's words over the machine's, what of them touches a day, and who wrote them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from paperboy.contributions import apply, touching
from paperboy.contributions.authors import contributors
from paperboy.contributions.model import Overrides
from paperboy.domain.overrides import Contribution, Override
from paperboy.site.views.day_summary import is_whole
from tests.factories import answer, edition_of, paper

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 6, 4)


def wrote(note: str = "", **keys: object) -> Contribution:
    return Contribution(file="overrides/papers/2606.00001.md", override=Override(**keys), note=note)  # type: ignore[arg-type]


# ── Field by field ──


def test_each_text_of_a_person_wins_by_itself() -> None:
    edition = edition_of(paper(), translations={"2606.00001": answer()})

    shown = apply(edition, Overrides(papers={"2606.00001": wrote(title="人的标题")})).translations["2606.00001"]

    assert (shown.title, shown.abstract, shown.summary) == ("人的标题", "摘要。", "一句话。")
    assert shown.model == "m"


@pytest.mark.parametrize("machine", [{}, {"2606.00001": answer(status="failed", title="", abstract="", summary="")}])
def test_a_persons_words_need_no_machine(machine: dict[str, object]) -> None:
    edition = edition_of(paper(), translations=machine)

    part = apply(edition, Overrides(papers={"2606.00001": wrote(title="标题")})).translations["2606.00001"]
    whole = apply(edition, Overrides(papers={"2606.00001": wrote(title="标题", abstract="摘要")}))

    assert (part.status, part.title, part.abstract) == ("ok", "标题", "")
    assert not is_whole(paper(), part)
    assert is_whole(paper(), whole.translations["2606.00001"])


def test_the_archive_is_not_changed_and_other_papers_are_not_touched() -> None:
    machine = answer()
    edition = edition_of(paper(), paper("2606.00002"), translations={"2606.00001": machine})
    note = Contribution(file="overrides/days/2026-06-04.md", note="今日")

    shown = apply(
        edition, Overrides(papers={"2606.00001": wrote(title="人"), "2606.09999": wrote("x")}, days={DAY: note})
    )

    assert machine.title == "标题"
    assert edition.contributions == {}
    assert list(shown.contributions) == ["2606.00001"]
    assert shown.note == note
    assert shown.announcements == edition.announcements


def test_an_edition_about_which_nobody_wrote_stays_the_same_object() -> None:
    edition = edition_of(paper())

    assert apply(edition, Overrides(papers={"2606.09999": wrote("x")}, categories={"cs.CL": wrote("x")})) is edition


def test_a_persons_affiliations_win_over_those_that_the_paper_was_read_for() -> None:
    read = {"2606.00001": ("Umber University",), "2606.00002": ("Tidewater Labs",)}
    edition = edition_of(paper(), paper("2606.00002"), institutions=read)

    shown = apply(edition, Overrides(papers={"2606.00001": wrote(affiliations=("甲大学",))}))

    assert shown.institutions == {"2606.00001": ("甲大学",), "2606.00002": ("Tidewater Labs",)}
    kept = apply(edition, Overrides(papers={"2606.00001": wrote(title="x")}))
    assert kept.institutions == read


# ── What touches a day ──


def test_only_what_is_about_a_days_papers_or_the_day_touches_it() -> None:
    ids = ["2606.00001", "2606.00002"]
    elsewhere = Overrides(
        papers={"2606.00003": wrote("x")}, days={date(2026, 6, 5): wrote("x")}, categories={"cs.CL": wrote("x")}
    )

    assert touching(Overrides(), DAY, ids) == ""
    assert touching(elsewhere, DAY, ids) == ""
    keys = {
        touching(Overrides(papers={"2606.00001": one}), DAY, ids)
        for one in (wrote("x"), wrote("y"), wrote("x", title="z"), wrote("x", pin=True))
    }
    keys.add(touching(Overrides(papers={"2606.00002": wrote("x")}), DAY, ids))
    keys.add(touching(Overrides(days={DAY: wrote("x")}), DAY, ids))
    assert len(keys) == 6
    assert "" not in keys


def test_the_order_of_papers_does_not_matter() -> None:
    written = Overrides(papers={"2606.00001": wrote("x"), "2606.00002": wrote("y")})

    assert touching(written, DAY, ["2606.00001", "2606.00002"]) == touching(written, DAY, ["2606.00002", "2606.00001"])


# ── Who wrote it ──


def git(folder: Path, *arguments: str, name: str = "A") -> None:
    subprocess.run(
        ["git", "-c", f"user.name={name}", "-c", f"user.email={name}@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    (tmp_path / "docs/overrides/papers").mkdir(parents=True)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    return tmp_path


def commit(root: Path, name: str, text: str, author: str) -> None:
    (root / name).write_text(text, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "x", name=author)


def test_contributors_are_the_authors_of_each_file_the_first_one_first(repository: Path) -> None:
    commit(repository, "docs/overrides/papers/a.md", "1", "李四")
    commit(repository, "docs/overrides/papers/b.md", "1", "B & Co")
    commit(repository, "docs/overrides/papers/a.md", "2", "张三")
    commit(repository, "docs/overrides/papers/a.md", "3", "李四")
    commit(repository, "docs/overrides/papers/a.md", "4", "dependabot[bot]")
    commit(repository, "docs/other.md", "1", "C")
    (repository / "docs/overrides/papers/c.md").write_text("not committed")

    assert contributors(repository / "docs/overrides") == {"papers/a.md": ("李四", "张三"), "papers/b.md": ("B & Co",)}


def test_the_edge_of_a_shallow_clone_is_nobodys_work_and_is_told(
    repository: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    commit(repository, "docs/overrides/papers/a.md", "1", "A")
    commit(repository, "docs/overrides/papers/b.md", "1", "B")
    commit(repository, "docs/overrides/papers/c.md", "1", "C")
    git(tmp_path, "clone", "--quiet", "--depth", "2", f"file://{repository}", "clone")

    assert contributors(tmp_path / "clone/docs/overrides") == {"papers/c.md": ("C",)}
    (record,) = caplog.records
    assert "who wrote 2 of the files" in record.getMessage()
    assert "`fetch-depth: 0`" in record.getMessage()


def test_a_clone_without_the_contents_of_old_files_knows_everybody(
    repository: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    commit(repository, "docs/overrides/papers/a.md", "1", "A")
    commit(repository, "docs/overrides/papers/a.md", "2", "B")
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{repository}", "clone")
    git(tmp_path / "clone", "remote", "set-url", "origin", "file:///nowhere")  # no credentials are kept

    assert contributors(tmp_path / "clone/docs/overrides") == {"papers/a.md": ("A", "B")}
    assert caplog.records == []


def test_without_a_repository_or_without_git_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert contributors(tmp_path) == {}
    assert contributors(tmp_path / "nowhere") == {}

    monkeypatch.setenv("PATH", "")
    assert contributors(tmp_path) == {}
