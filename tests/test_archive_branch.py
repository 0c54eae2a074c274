"""The archive's branch, with real git and bare repositories on this disk."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
import stamina

from paperboy.domain.errors import ArchiveBusyError, BranchError
from paperboy.storage import git
from paperboy.storage.archive_branch import Branch

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026/06/04"
ANSWERS = f"{DAY}/translations.zh-CN.jsonl"


@pytest.fixture(autouse=True)
def no_waiting() -> None:
    stamina.set_testing(True, attempts=5, cap=True)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return path


def told(remote: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=remote, capture_output=True, text=True, check=True).stdout


def on_branch(remote: Path, name: str = "archive") -> dict[str, str]:
    names = told(remote, "ls-tree", "-r", "--name-only", name).splitlines()
    return {path: told(remote, "show", f"{name}:{path}") for path in names}


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def held(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def answer(number: int, **more: object) -> str:
    row = {"id": f"2606.{number:05}", "version": 1, "key": str(number), "status": "ok", "raw": "r", "model": "m"}
    return json.dumps(row | more) + "\n"


def test_the_first_push_makes_a_branch_without_a_history_before_it(tmp_path: Path, remote: Path) -> None:
    files = {ANSWERS: answer(1), f"{DAY}/ledger.json": "{}\n"}
    put(tmp_path / "archive", files)

    with Branch(tmp_path / "archive", str(remote)) as branch:
        state = branch.push("Editions up to 2026-06-04")

    assert state.changed
    assert on_branch(remote) == files
    assert told(remote, "log", "--format=%P|%s", "archive") == "|Editions up to 2026-06-04\n"


def test_what_was_pushed_is_taken_out_elsewhere_byte_by_byte(tmp_path: Path, remote: Path) -> None:
    files = {ANSWERS: answer(1), "2026/06/05/papers.jsonl": '{"id": "ünï"}\r\n'}
    put(tmp_path / "one", files)
    with Branch(tmp_path / "one", str(remote)) as branch:
        branch.push("m")

    with Branch(tmp_path / "two", str(remote)) as branch:
        state = branch.pull()

    assert held(tmp_path / "two") == held(tmp_path / "one")
    assert (tmp_path / "two/2026/06/05/papers.jsonl").read_bytes().endswith(b"\r\n")
    assert state.commit == told(remote, "rev-parse", "archive").strip()


def test_without_a_branch_there_is_nothing_to_take_out_and_that_is_no_fault(tmp_path: Path, remote: Path) -> None:
    with Branch(tmp_path / "archive", str(remote)) as branch:
        assert branch.pull().commit is None
        assert branch.push("m")[:2] == (None, False)

    assert told(remote, "branch", "--list") == ""


def test_nothing_new_makes_no_commit(tmp_path: Path, remote: Path) -> None:
    put(tmp_path / "archive", {ANSWERS: answer(1)})
    with Branch(tmp_path / "archive", str(remote)) as branch:
        first = branch.push("m")
        second = branch.push("m")

    assert second == first._replace(changed=False)


def test_what_no_page_is_made_of_leaves_the_name_of_the_content(tmp_path: Path, remote: Path) -> None:
    put(tmp_path / "archive", {ANSWERS: answer(1)})
    with Branch(tmp_path / "archive", str(remote)) as branch:
        first = branch.push("m")
        put(tmp_path / "archive", {"digests.json": "{}"})
        second = branch.push("m")
        put(tmp_path / "archive", {ANSWERS: answer(1) + answer(2)})
        third = branch.push("m")

    assert second.commit != first.commit
    assert second.content == first.content != third.content


def test_a_remote_that_cannot_be_reached_is_an_error_and_never_an_empty_archive(tmp_path: Path) -> None:
    with Branch(tmp_path / "archive", str(tmp_path / "nowhere.git")) as branch, pytest.raises(BranchError):
        branch.pull()


def test_lines_that_both_sides_wrote_for_one_day_are_all_kept(tmp_path: Path, remote: Path) -> None:
    put(tmp_path / "one", {ANSWERS: answer(1)})
    with Branch(tmp_path / "one", str(remote)) as branch:
        branch.push("m")
    with Branch(tmp_path / "two", str(remote)) as branch:
        branch.pull()
    put(tmp_path / "one", {ANSWERS: answer(1) + answer(3)})
    put(tmp_path / "two", {ANSWERS: answer(1) + answer(2), "2026/06/05/ledger.json": "{}\n"})
    with Branch(tmp_path / "one", str(remote)) as branch:
        branch.push("m")

    with Branch(tmp_path / "two", str(remote)) as branch:
        state = branch.push("m")

    assert state.changed
    assert on_branch(remote) == held(tmp_path / "two")
    assert on_branch(remote)[ANSWERS] == answer(1) + answer(2) + answer(3)
    assert told(remote, "log", "--format=%s", "archive").count("\n") == 3, (
        "the history is a line, and nothing is forced"
    )


def test_files_of_two_sides_that_never_met_are_joined(tmp_path: Path, remote: Path) -> None:
    for name, number in (("one", 1), ("two", 2)):
        put(tmp_path / name, {ANSWERS: answer(number)})
        with Branch(tmp_path / name, str(remote)) as branch:
            branch.push("m")

    assert on_branch(remote)[ANSWERS] == answer(1) + answer(2)


def test_another_push_at_the_same_moment_is_joined_in_the_next_try(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "one", {ANSWERS: answer(1)})
    put(tmp_path / "two", {ANSWERS: answer(2)})
    ask = git.run_git
    raced = threading.Event()

    def slow(*arguments: str, **more: object) -> bytes:
        if arguments[0] == "push" and not raced.is_set():
            raced.set()
            with Branch(tmp_path / "two", str(remote)) as faster:
                faster.push("m")
        return ask(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "run_git", slow)
    with Branch(tmp_path / "one", str(remote)) as branch:
        branch.push("m")

    assert on_branch(remote)[ANSWERS] == answer(1) + answer(2)
    assert held(tmp_path / "one")[ANSWERS] == answer(1) + answer(2)


def test_a_push_that_is_always_refused_ends_in_an_error_and_leaves_the_folder(tmp_path: Path, remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    put(tmp_path / "archive", {ANSWERS: answer(1)})

    with Branch(tmp_path / "archive", str(remote)) as branch, pytest.raises(BranchError, match="push"):
        branch.push("m")

    assert held(tmp_path / "archive") == {ANSWERS: answer(1)}


DAYS = {f"2026/06/0{number}/ledger.json": f'{{"day": {number}}}\n' for number in (1, 2, 3)}


def other_remote(remote: Path) -> Path:
    path = remote.with_name("other.git")
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return path


@pytest.mark.parametrize("gone", ["branch deleted", "remote made anew", "branch written anew", "other remote"])
def test_a_branch_that_is_gone_or_another_takes_no_day_away(tmp_path: Path, remote: Path, gone: str) -> None:
    root = tmp_path / "archive"
    put(root, DAYS)
    with Branch(root, str(remote)) as branch:
        branch.push("m")
    if gone == "branch deleted":
        told(remote, "update-ref", "-d", "refs/heads/archive")
    elif gone == "remote made anew":
        subprocess.run(["rm", "-rf", str(remote)], check=True)
        subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    elif gone == "branch written anew":
        empty = told(remote, "hash-object", "-w", "-t", "tree", "/dev/null").strip()
        author = ("-c", "user.name=o", "-c", "user.email=o@localhost")
        told(remote, "update-ref", "refs/heads/archive", told(remote, *author, "commit-tree", empty, "-m", "m").strip())
    else:
        remote = other_remote(remote)
    put(root, {"2026/06/04/ledger.json": "{}\n"})

    with Branch(root, str(remote)) as branch:
        branch.pull()
        state = branch.push("m")

    assert state.changed
    assert held(root) == on_branch(remote) == DAYS | {"2026/06/04/ledger.json": "{}\n"}


def test_what_a_commit_took_away_lies_in_the_trash_until_the_next_push(tmp_path: Path, remote: Path) -> None:
    root, work = tmp_path / "archive", tmp_path / "work"
    put(root, DAYS)
    with Branch(root, str(remote)) as branch:
        branch.push("m")
    told(tmp_path, "clone", "--quiet", "--branch", "archive", str(remote), str(work))
    told(work, "rm", "--quiet", "-r", "2026/06/02", "2026/06/03")
    told(work, "-c", "user.name=o", "-c", "user.email=o@localhost", "commit", "--quiet", "-m", "Fetch them again")
    told(work, "push", "--quiet")
    put(root, {"2026/06/03/papers.jsonl": "{}\n"})

    with Branch(root, str(remote)) as branch:
        branch.pull()

    second = {"2026/06/02/ledger.json": DAYS["2026/06/02/ledger.json"]}
    kept = {name: text for name, text in DAYS.items() if name not in second} | {"2026/06/03/papers.jsonl": "{}\n"}
    assert held(root) == kept, "a day of which something is new here stays whole"
    assert held(root / ".trash") == second

    with Branch(root, str(remote)) as branch:
        branch.push("m")

    assert held(root) == on_branch(remote) == kept
    assert not (root / ".trash").exists()


def test_a_file_that_is_missing_here_is_never_deleted_there(tmp_path: Path, remote: Path) -> None:
    files = {ANSWERS: answer(1), "2026/06/05/ledger.json": "{}\n"}
    put(tmp_path / "archive", files)
    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.push("m")
    (tmp_path / "archive" / ANSWERS).unlink()

    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.push("m")

    assert on_branch(remote) == files
    assert held(tmp_path / "archive") == files


def test_a_note_of_work_under_way_that_was_taken_away_here_goes_there_too(tmp_path: Path, remote: Path) -> None:
    put(tmp_path / "archive", {ANSWERS: answer(1), "batches/one.json": "{}", "batches/two.json": "{}"})
    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.push("m")
    with Branch(tmp_path / "other", str(remote)) as branch:
        branch.pull()
    put(tmp_path / "other", {"batches/two.json": '{"status": "open"}'})
    with Branch(tmp_path / "other", str(remote)) as branch:
        branch.push("m")
    for name in ("one", "two"):
        (tmp_path / "archive" / f"batches/{name}.json").unlink()

    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.push("m")

    assert set(on_branch(remote)) == {ANSWERS, "batches/two.json"}, "the other side went on with the second"


def test_a_day_that_the_owner_took_off_the_branch_by_hand_goes_here_too(tmp_path: Path, remote: Path) -> None:
    put(tmp_path / "archive", {ANSWERS: answer(1), "2026/06/05/ledger.json": "{}\n"})
    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.push("m")
    work = tmp_path / "work"
    told(tmp_path, "clone", "--quiet", "--branch", "archive", str(remote), str(work))
    told(work, "rm", "--quiet", "-r", "2026/06/05")
    told(work, "-c", "user.name=o", "-c", "user.email=o@localhost", "commit", "--quiet", "-m", "Fetch it again")
    told(work, "push", "--quiet")

    with Branch(tmp_path / "archive", str(remote)) as branch:
        state = branch.push("m")

    assert not state.changed
    assert held(tmp_path / "archive") == {ANSWERS: answer(1)}


def test_the_torn_line_of_a_killed_build_is_not_pushed(tmp_path: Path, remote: Path) -> None:
    put(tmp_path / "archive", {ANSWERS: answer(1) + answer(2)[:20], f"{DAY}/.{ANSWERS[11:]}.part": "half"})

    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.push("m")

    assert on_branch(remote) == {ANSWERS: answer(1)}


def test_what_a_build_writes_while_the_archive_is_pushed_stays_for_the_next_push(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "archive"
    put(root, {ANSWERS: answer(2)})
    with Branch(root, str(remote)) as branch:
        branch.push("m")
    put(tmp_path / "two", {ANSWERS: answer(1)})
    with Branch(tmp_path / "two", str(remote)) as branch:
        branch.push("m")
    ask = git.run_git

    def busy(*arguments: str, **more: object) -> bytes:
        if arguments[0] == "push":
            put(root, {ANSWERS: answer(2) + answer(3) + answer(4)})
        return ask(*arguments, **more)  # type: ignore[arg-type]

    put(root, {ANSWERS: answer(2) + answer(3)})
    monkeypatch.setattr(git, "run_git", busy)
    with Branch(root, str(remote)) as branch:
        branch.push("m")
    monkeypatch.setattr(git, "run_git", ask)

    assert held(root)[ANSWERS] == answer(2) + answer(3) + answer(4)
    with Branch(root, str(remote)) as branch:
        branch.push("m")
    assert on_branch(remote)[ANSWERS] == "".join(answer(number) for number in (1, 2, 3, 4))


def test_links_and_hidden_files_of_a_branch_that_others_made_are_left_out(tmp_path: Path, remote: Path) -> None:
    work = tmp_path / "work"
    told(tmp_path, "init", "--quiet", "--initial-branch=archive", str(work))
    put(work, {ANSWERS: answer(1), ".secret/x": "no", "2026/06/04/.hidden": "no"})
    (work / "link").symlink_to("/etc/passwd")
    told(work, "add", "--all")
    told(work, "-c", "user.name=o", "-c", "user.email=o@localhost", "commit", "--quiet", "-m", "m")
    told(work, "push", "--quiet", str(remote), "archive")

    with Branch(tmp_path / "archive", str(remote)) as branch:
        branch.pull()

    visible = {path.name for path in (tmp_path / "archive").rglob("*") if ".branch" not in str(path)}
    assert visible == {".lock", "2026", "06", "04", "translations.zh-CN.jsonl"}


def test_a_store_that_was_deleted_or_left_locked_is_made_ready_again(tmp_path: Path, remote: Path) -> None:
    root = tmp_path / "archive"
    put(root, {ANSWERS: answer(1)})
    with Branch(root, str(remote)) as branch:
        branch.push("m")
    for lock in ("ours.lock", "merged.lock", "shallow.lock", "refs/paperboy/in-step/0.lock"):
        (root / ".branch" / lock).touch()
    (root / ".branch" / "ours").write_bytes(b"DIRC damaged")
    put(root, {ANSWERS: answer(1) + answer(2)})

    with Branch(root, str(remote)) as branch:
        assert branch.push("m").changed
    subprocess.run(["rm", "-rf", str(root / ".branch")], check=True)
    with Branch(root, str(remote)) as branch:
        assert not branch.push("m").changed

    assert on_branch(remote)[ANSWERS] == answer(1) + answer(2)


def test_a_second_run_in_the_same_folder_waits_and_then_says_so(tmp_path: Path, remote: Path) -> None:
    with (
        Branch(tmp_path / "archive", str(remote)),
        pytest.raises(ArchiveBusyError, match=r"another run .* process \d+"),
        Branch(tmp_path / "archive", str(remote), patience=0.2),
    ):
        pass


@pytest.mark.parametrize("name", ["", "-x", "a..b", "a.lock", "a b", "+a", "a:b", "a//b", "/a"])
def test_what_is_no_branch_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BranchError, match="no name"):
        Branch(tmp_path, "remote", name)


def test_the_token_goes_to_its_host_alone_and_into_no_file_or_command(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = git.token_environment("https://github.com/o/r", "s3cret")
    names = [key for key in variables if variables[key].startswith("http.https://github.com/")]
    assert len(names) == 1
    assert not any("s3cret" in value for value in git.token_environment("http://github.com/o/r", "s3cret").values())
    assert git.without_user("see https://me:s3cret@github.com/o/r") == "see https://github.com/o/r"

    commands: list[str] = []
    ask = git.run_git

    def heard(*arguments: str, **more: object) -> bytes:
        commands.extend(arguments)
        return ask(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "run_git", heard)
    put(tmp_path / "archive", {ANSWERS: answer(1)})
    with Branch(tmp_path / "archive", str(remote), token="s3cret") as branch:
        branch.push("m")

    assert "s3cret" not in " ".join(commands)
    stored = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert stored
    assert not any(b"s3cret" in path.read_bytes() for path in stored)
