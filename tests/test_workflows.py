"""The workflows: what they may do, that they fit what `paperboy new` writes, and that their steps work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from paperboy.tools import scaffold
from paperboy.tools.demo import load_demo
from paperboy.tools.demo.fake_server import DemoServer
from tests.conftest import demo_options
from tests.programs import write_launchers

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
OWN = {"branch": "main", "install": 'make setup && echo "$PWD/.venv/bin" >> "$GITHUB_PATH"', "own": True}
NEW = {"branch": "main", "install": "pip install -r requirements.txt", "own": False}

WORKFLOWS = {path.name: path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml")} | {
    f"new {name}": scaffold.render_files(name, **NEW) for name in ("publish.yml", "check.yml")
}


@pytest.fixture(params=WORKFLOWS)
def text(request: pytest.FixtureRequest) -> str:
    return WORKFLOWS[request.param]


def jobs(text: str) -> dict[str, Any]:
    return yaml.safe_load(text)["jobs"]  # type: ignore[no-any-return]


def steps(text: str) -> list[dict[str, Any]]:
    return [step for job in jobs(text).values() for step in job["steps"]]


@pytest.mark.parametrize("name", ["workflows/publish.yml", "dependabot.yml"])
def test_this_repository_uses_what_an_owner_gets(name: str) -> None:
    assert (ROOT / ".github" / name).read_text() == scaffold.render_files(Path(name).name, **OWN)


def test_every_action_is_pinned_by_commit_and_names_its_version(text: str) -> None:
    uses = re.findall(r"uses: (.*)", text)

    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", use) for use in uses)


def test_one_action_has_one_commit_everywhere() -> None:
    pins = {tuple(use.split("@")) for text in WORKFLOWS.values() for use in re.findall(r"uses: (\S+)", text)}
    repositories = {("/".join(name.split("/")[:2]), commit) for name, commit in pins}

    assert len({name for name, _ in repositories}) == len(repositories)


def test_a_workflow_begins_without_rights_and_each_job_says_what_it_needs_them_for(text: str) -> None:
    assert "\npermissions: {}\n" in text
    for job in jobs(text).values():
        assert job["permissions"]
        assert job["timeout-minutes"]
    for line in re.findall(r"\n {6}[a-z-]+: (?:write|read).*", text):
        assert "  # " in line, line


def test_no_secret_or_foreign_text_stands_in_a_command_line(text: str) -> None:
    assert all("${{" not in step.get("run", "") for step in steps(text))
    assert "pull_request_target" not in text
    assert "workflow_run" not in text


def test_a_checkout_keeps_no_credentials(text: str) -> None:
    checkouts = [step for step in steps(text) if step.get("uses", "").startswith("actions/checkout@")]

    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize(
    ("name", "job"), [("publish.yml", "build"), ("new publish.yml", "build"), ("check.yml", "pages")]
)
def test_what_is_built_knows_who_wrote_it_and_leaves_the_archive_where_it_is(name: str, job: str) -> None:
    checkout = jobs(WORKFLOWS[name])[job]["steps"][0]

    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"] == {"persist-credentials": False, "fetch-depth": 0, "filter": "blob:none"}


def test_this_repository_checks_pull_requests_as_an_owner_does() -> None:
    own, new = (
        [step for step in jobs(WORKFLOWS[name])["pages"]["steps"] if step.get("name") != "Install"]
        for name in ("check.yml", "new check.yml")
    )

    assert own == new


@pytest.mark.parametrize("name", ["check.yml", "new check.yml"])
def test_pull_requests_get_no_secret_and_no_right_to_write(name: str) -> None:
    assert "secrets." not in WORKFLOWS[name]
    assert "write" not in {right for job in jobs(WORKFLOWS[name]).values() for right in job["permissions"].values()}


def test_the_schedule_is_off_the_hour_after_the_announcements_on_weekdays() -> None:
    triggers = yaml.safe_load(WORKFLOWS["publish.yml"])[True]

    crons = [entry["cron"].split() for entry in triggers["schedule"]]
    assert len(crons) == 2
    for minute, hour, *rest in crons:
        assert int(hour) * 60 + int(minute) > 4 * 60 + 30
        assert int(minute) % 15
        assert rest == ["*", "*", "1-5"]
    assert triggers["push"]["paths"] == ["docs/**", "mkdocs.yml"]


def test_two_runs_never_write_the_archive_together_and_none_is_cut_short() -> None:
    workflow = yaml.safe_load(WORKFLOWS["publish.yml"])

    assert workflow["concurrency"] == {"group": "publish", "cancel-in-progress": False}
    build = workflow["jobs"]["build"]
    assert next(step for step in build["steps"] if step.get("run") == "mkdocs build")["timeout-minutes"] < 120


@pytest.mark.parametrize("persona", ["regular", "pedantic"])
def test_zizmor_finds_nothing(tmp_path: Path, persona: str) -> None:
    program = shutil.which("zizmor", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("zizmor is not installed")
    shutil.copytree(ROOT / ".github", tmp_path / "own/.github")
    scaffold.write_site(tmp_path / "new", categories=["cs.CL"])

    done = subprocess.run(
        [program, "--offline", "--no-progress", "--persona", persona, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


# The steps, as a runner would take them


class Runner:
    """Runs the commands of one job in a folder, with the outputs and conditions that these steps use."""

    def __init__(self, root: Path, home: Path) -> None:
        self.printed: dict[str, str] = {}
        self._root = root
        self._outputs = home / "outputs"
        self._bin = bin_dir = home / "bin"
        bin_dir.mkdir()
        write_launchers(bin_dir)
        # A make above this one would be told where the site's own make works.
        self._environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("OPENAI_", "MAKE"))
        } | {
            "PATH": f"{bin_dir}:{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self._outputs),
            "GITHUB_STEP_SUMMARY": str(home / "summary.md"),
        }

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The site's own Makefile, with an rsync that only says what it was asked for."""
        rsync = self._bin / "rsync"
        rsync.write_text('#!/bin/sh\necho rsync "$@"\n')
        rsync.chmod(0o755)
        return subprocess.run(
            ["make", *arguments], cwd=self._root, env=self._environment, capture_output=True, text=True, check=False
        )

    def run(self, job: dict[str, Any], **more: str) -> dict[str, int]:
        """Each command's exit code by its name; a step without `always()` is left out after a failure."""
        codes: dict[str, int] = {}
        for step in job["steps"]:
            if "run" not in step or step["name"] == "Install":
                continue
            if any(codes.values()) and "always()" not in str(step.get("if")):
                continue
            constants = {key: value for key, value in step.get("env", {}).items() if "${{" not in value}
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=self._root,
                env=self._environment | constants | more,
                capture_output=True,
                text=True,
                check=False,
            )
            codes[step["name"]] = done.returncode
            self.printed[step["name"]] = done.stdout
            if done.returncode > 0:
                sys.stderr.write(done.stdout + done.stderr)
        return codes

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self._outputs.read_text().splitlines())


@pytest.fixture
def repository(tmp_path: Path, demo: DemoServer) -> Path:
    return new_repository(tmp_path, demo)


@pytest.fixture
def unspoilt() -> Iterator[DemoServer]:
    """A model that answers every text well, so that the second run of a day has nothing to ask."""
    papers = tuple(msgspec.structs.replace(one, fault=None) for one in load_demo().papers)
    with DemoServer(msgspec.structs.replace(load_demo(), papers=papers)) as server:
        yield server


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Path:
    """A repository whose archive has a day."""
    folder = tmp_path_factory.mktemp("built")
    root = new_repository(folder, demo)
    (folder / "home").mkdir()
    codes = Runner(root, folder / "home").run(jobs(WORKFLOWS["new publish.yml"])["build"])
    assert set(codes.values()) == {0}, codes
    return root


def new_repository(tmp_path: Path, demo: DemoServer) -> Path:
    """What `paperboy new` writes, in a clone of a repository, with a day at hand."""
    root = tmp_path / "papers"
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "remote", "add", "origin", str(origin)], check=True)
    options = demo_options(demo.url)
    scaffold.write_site(root, categories=options.pop("categories"), options=options)
    return root


def branch(repository: Path) -> list[str]:
    shown = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "archive"],
        cwd=repository.parent / "origin.git",
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.splitlines()


def test_the_steps_build_the_site_and_keep_the_archive(unspoilt: DemoServer, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    repository = new_repository(tmp_path, unspoilt)
    runner = Runner(repository, tmp_path / "home")
    build = jobs((repository / ".github/workflows/publish.yml").read_text())["build"]

    codes = runner.run(build)

    assert set(codes.values()) == {0}, codes
    assert runner.outputs["changed"] == "true"
    assert (repository / "site/2026/06/03/index.html").exists()
    assert "2026/06/03/translations.zh-CN.jsonl" in branch(repository)

    before = runner.outputs["content"]
    shutil.rmtree(repository / ".paperboy")
    assert set(runner.run(build).values()) == {0}
    assert runner.outputs["content"] == before, "a run with nothing new is known by this, and deploys nothing"
    assert runner.outputs["changed"] == "false"


def test_what_a_failed_build_has_paid_for_is_kept(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (repository / "docs/broken.md").write_bytes(b"\xff\xfe not UTF-8")
    build = jobs((repository / ".github/workflows/publish.yml").read_text())["build"]

    codes = Runner(repository, tmp_path / "home").run(build)

    assert codes["Build"] != 0
    assert codes["Keep the archive"] == 0
    assert "2026/06/03/translations.zh-CN.jsonl" in branch(repository)


def test_a_pull_request_is_built_from_the_archive_alone(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    runner = Runner(repository, tmp_path / "home")
    runner.run(jobs((repository / ".github/workflows/publish.yml").read_text())["build"])
    page = (repository / "site/2026/06/03/index.html").read_bytes()
    shutil.rmtree(repository / "site")
    shutil.rmtree(repository / ".paperboy")
    text = (repository / "mkdocs.yml").read_text()
    nowhere = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:9", text)
    (repository / "mkdocs.yml").write_text(nowhere)

    codes = runner.run(jobs((repository / ".github/workflows/check.yml").read_text())["pages"])

    assert set(codes.values()) == {0}, codes
    assert codes.keys() == {"Take out the archive", "Check what contributors wrote", "Build"}
    assert (repository / "site/2026/06/03/index.html").read_bytes() == page


@pytest.mark.parametrize(
    ("name", "text", "annotation"),
    [
        ("papers/2606.90001.md", "---\nid: 2606.90001\n---\n", "line=2,col=5::id: put it into quotes, "),
        ("papers/2606.99999.md", "x\n", "line=1,col=1::the paper 2606.99999 is in no edition of the archive\n"),
        ("days/2026-06-02.md", "x\n", "line=1,col=1::the archive has no edition of 2026-06-02\n"),
        ("glossary.yml", "zh-CN:\n  - {term: a}\n", "line=2,col=5::"),
    ],
)
@pytest.mark.parametrize("workflow", ["check.yml", "new check.yml"])
def test_a_wrong_file_in_a_pull_request_is_told_beside_its_line(
    built: Path, tmp_path: Path, workflow: str, name: str, text: str, annotation: str
) -> None:
    wrong = built / "docs/overrides" / name
    wrong.parent.mkdir(parents=True, exist_ok=True)
    wrong.write_text(text)
    runner = Runner(built, tmp_path)

    codes = runner.run(jobs(WORKFLOWS[workflow])["pages"])
    wrong.unlink()

    assert codes == {"Take out the archive": 0, "Check what contributors wrote": 1}
    told = runner.printed["Check what contributors wrote"]
    assert told.startswith(f"::error file=docs/overrides/{name},{annotation}"), told


def test_make_publish_builds_keeps_the_archive_and_copies_the_site(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    runner = Runner(repository, tmp_path / "home")

    nowhere = runner.make("publish")
    done = runner.make("publish", "DEST=user@host:/var/www/papers/")

    assert nowhere.returncode != 0
    assert "say where to" in nowhere.stderr
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("--delete-after site/ user@host:/var/www/papers/")
    assert "2026/06/03/translations.zh-CN.jsonl" in branch(repository)


def test_make_publish_copies_nothing_of_a_failed_build_and_keeps_its_archive(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (repository / "docs/broken.md").write_bytes(b"\xff\xfe not UTF-8")

    done = Runner(repository, tmp_path / "home").make("publish", "DEST=/somewhere/")

    assert done.returncode != 0
    assert "rsync" not in done.stdout
    assert "2026/06/03/translations.zh-CN.jsonl" in branch(repository)
