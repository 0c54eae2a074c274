"""Archive histories: whatever happens to folders, branches and remotes, a day held anywhere is held afterwards.

The suite takes some short histories; PAPERBOY_HISTORIES=500 takes so many long ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import stamina
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from paperboy.storage.archive_branch import Branch
from tests.test_archive_branch import answer, put

MACHINES = st.sampled_from(["one", "two"])
REMOTES = st.sampled_from(["../first.git", "../first.git", "../second.git"])
DAYS = st.sampled_from(["2026/06/01", "2026/06/02", "2026/06/03", "2026/06/04"])
AUTHOR = ("-c", "user.name=o", "-c", "user.email=o@localhost")
HISTORIES = int(os.environ.get("PAPERBOY_HISTORIES", "0"))


def git(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


class Histories(RuleBasedStateMachine):
    """Two machines, each with a folder, and two remotes, of which either can be new, emptied or rewritten."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        for name in ("first.git", "second.git"):
            self.make(name)
        self.number = 0
        self.paid: dict[str, set[str]] = {}
        """For each day, the answers that were paid for and that nobody took away on purpose."""
        # Short histories begin where there is something to lose.
        self.a_build_pays_for_an_answer("one", "2026/06/01")
        self.a_build_pays_and_pushes("one", "../first.git", "2026/06/02")

    def make(self, name: str) -> None:
        shutil.rmtree(self.place / name, ignore_errors=True)
        git("init", "--quiet", "--bare", name, folder=self.place)

    @rule(machine=MACHINES, day=DAYS)
    def a_build_pays_for_an_answer(self, machine: str, day: str) -> None:
        self.number += 1
        path = self.place / machine / day / "translations.zh-CN.jsonl"
        before = path.read_text() if path.exists() else ""
        put(self.place / machine, {f"{day}/translations.zh-CN.jsonl": before + answer(self.number)})
        self.paid.setdefault(day, set()).add(answer(self.number))

    @rule(machine=MACHINES, remote=REMOTES, day=DAYS)
    def a_build_pays_and_pushes(self, machine: str, remote: str, day: str) -> None:
        self.a_build_pays_for_an_answer(machine, day)
        self.push(machine, remote)

    @rule(machine=MACHINES, remote=REMOTES)
    def push(self, machine: str, remote: str) -> None:
        before = self.in_folder(machine)
        with Branch(self.place / machine, remote) as branch:
            branch.push("m")
        assert self.in_folder(machine) == self.on_branch(remote)
        self.loses_nothing(machine, before)

    @rule(machine=MACHINES, remote=REMOTES)
    def pull(self, machine: str, remote: str) -> None:
        before = self.in_folder(machine)
        with Branch(self.place / machine, remote) as branch:
            branch.pull()
        self.loses_nothing(machine, before)

    def loses_nothing(self, machine: str, before: dict[str, set[str]]) -> None:
        for day, lines in before.items():
            assert lines <= self.in_folder(machine).get(day, set()) | self.in_folder(machine, ".trash").get(day, set())

    @rule(remote=REMOTES, day=DAYS)
    def a_commit_takes_a_day_off_the_branch(self, remote: str, day: str) -> None:
        if day not in self.on_branch(remote):
            return
        folder = self.remote(remote)
        git("read-tree", "archive", folder=folder)
        git("rm", "--cached", "--quiet", "-r", day, folder=folder)
        tree = git("write-tree", folder=folder).strip()
        parent = git("rev-parse", "archive", folder=folder).strip()
        commit = git(*AUTHOR, "commit-tree", tree, "-p", parent, "-m", "off", folder=folder).strip()
        git("update-ref", "refs/heads/archive", commit, folder=folder)
        self.paid.pop(day, None)

    @rule(remote=REMOTES, how=st.sampled_from(["deleted", "made anew", "set back", "written anew"]))
    def the_branch_is_lost(self, remote: str, how: str) -> None:
        folder = self.remote(remote)
        older = git("rev-parse", "--verify", "archive~1", folder=folder).strip()
        tree = git("rev-parse", "--verify", "archive^{tree}", folder=folder).strip()
        if how == "deleted":
            self.lose(remote)
            git("update-ref", "-d", "refs/heads/archive", folder=folder)
        elif how == "made anew":
            self.lose(remote)
            self.make(folder.name)
        elif how == "set back" and older:
            self.lose(remote, older)
            git("update-ref", "refs/heads/archive", older, folder=folder)
        elif how == "written anew" and tree:
            commit = git(*AUTHOR, "commit-tree", tree, "-m", "anew", folder=folder).strip()
            git("update-ref", "refs/heads/archive", commit, folder=folder)

    @rule(
        machine=MACHINES,
        remote=REMOTES,
        how=st.sampled_from(["deleted", "made anew", "set back", "written anew"]),
        day=DAYS,
    )
    def the_branch_is_lost_before_a_push(self, machine: str, remote: str, how: str, day: str) -> None:
        self.the_branch_is_lost(remote, how)
        self.a_build_pays_and_pushes(machine, remote, day)

    @rule(machine=MACHINES, day=DAYS)
    def a_folder_of_a_day_is_deleted_on_one_machine(self, machine: str, day: str) -> None:
        before = self.in_folder(machine).get(day, set())
        elsewhere = self.everywhere(but=machine).get(day, set())
        self.paid[day] = self.paid.get(day, set()) - (before - elsewhere)
        shutil.rmtree(self.place / machine / day, ignore_errors=True)

    @invariant()
    def a_day_held_anywhere_is_held(self) -> None:
        if not hasattr(self, "paid"):
            return
        held = self.everywhere()
        for day, lines in self.paid.items():
            assert lines <= held.get(day, set()), day

    def lose(self, remote: str, older: str = "") -> None:
        """Count no more what was on this branch alone: somebody has deleted it there, and nobody else had it."""
        kept = self.on_branch(remote, older) if older else {}
        others = self.everywhere(but=remote)
        for day, lines in self.on_branch(remote).items():
            self.paid[day] = self.paid.get(day, set()) - (lines - others.get(day, set()) - kept.get(day, set()))

    def everywhere(self, but: str = "") -> dict[str, set[str]]:
        """What is held by day, in folders and on branches."""
        found: dict[str, set[str]] = {}
        places = [self.in_folder(name) for name in ("one", "two") if name != but]
        places += [self.on_branch(name) for name in ("../first.git", "../second.git") if name != but]
        for held in places:
            for day, lines in held.items():
                found.setdefault(day, set()).update(lines)
        return found

    def in_folder(self, machine: str, below: str = "") -> dict[str, set[str]]:
        root = self.place / machine / below
        return {
            "/".join(path.parts[-4:-1]): set(path.read_text().splitlines(keepends=True))
            for path in root.glob("[0-9]*/*/*/translations.zh-CN.jsonl")
        }

    def remote(self, name: str) -> Path:
        return self.place / name.removeprefix("../")

    def on_branch(self, remote: str, commit: str = "archive") -> dict[str, set[str]]:
        folder = self.remote(remote)
        names = git("ls-tree", "-r", "--name-only", commit, folder=folder).split()
        return {
            name.rpartition("/")[0]: set(git("show", f"{commit}:{name}", folder=folder).splitlines(keepends=True))
            for name in names
        }

    def teardown(self) -> None:
        if hasattr(self, "place"):
            shutil.rmtree(self.place, ignore_errors=True)


stamina.set_testing(True, attempts=5, cap=True)
Histories.TestCase.settings = settings(
    max_examples=HISTORIES or 10,
    stateful_step_count=30 if HISTORIES else 6,
    deadline=None,
    derandomize=not HISTORIES,
    phases=[Phase.generate] if not HISTORIES else list(Phase),
    suppress_health_check=list(HealthCheck),
)
TestHistories = Histories.TestCase
