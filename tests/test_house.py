"""The project's own order: layers, documentation, and what must not be in the repository."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from paperboy.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "plugin" / "paperboy"

# From the doors down: a module may import from its own room and from the rooms below, never from one beside it.
LEVELS = [
    {"cli"},
    {"plugin"},
    {"tools"},
    {"pipeline"},
    {"site", "sources", "translation"},
    {"contributions", "storage"},
    {"domain"},
    {"tex"},
]
ROOMS_MKDOCS_MAY_ENTER = {"plugin", "cli"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "paperboy":
                yield from (f"paperboy.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards_only(path: Path) -> None:
    level = {name: number for number, names in enumerate(LEVELS) for name in names}
    mine = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "mkdocs":
            assert mine in ROOMS_MKDOCS_MAY_ENTER, "only the doors know MkDocs"
        if parts[0] != "paperboy" or len(parts) == 1 or parts[1].startswith("__") or parts[1] == mine:
            continue
        assert level[parts[1]] > level[mine], f"{mine} imports {name}"


def test_the_package_holds_its_rooms_and_nothing_else() -> None:
    entries = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}

    assert entries == {"__init__.py", "py.typed"}.union(*LEVELS)


def test_the_map_of_the_package_has_one_row_for_each_room() -> None:
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE) == [
        *("cli", "plugin", "tools", "pipeline", "sources", "translation", "site"),
        *("contributions", "storage", "domain", "tex"),
    ]


def test_a_function_is_found_by_its_name() -> None:
    names = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )

    assert {name: count for name, count in names.items() if count > 3} == {}


def test_no_test_sleeps_compares_times_or_waits_by_a_script_that_the_policy_refuses() -> None:
    refused = re.compile(
        r"\bwait_for_function\(|\bwait_for_timeout\("
        r"|^ +(?:real_time|time)\.sleep\("
        r"|\bassert\b.*\b(?:monotonic|perf_counter|process_time|time\.time)\("
    )
    helpers = {"bounds.py", "browsing.py", "model_server.py", "run.py", "test_house.py"}
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name not in helpers
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if refused.search(line)
    ]

    assert found == [], "use tests.bounds and tests.browsing: a busy machine is no bug"


def test_no_file_is_longer_than_a_sitting() -> None:
    long = {path.name: count for path in PACKAGE.rglob("*.py") if (count := len(path.read_text().splitlines())) > 400}

    assert long == {}


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        assert f"### `paperboy {name}" in page
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert any(f"`{flag}`" in page or f" {flag} " in page for flag in parameter.opts), (
                    name,
                    parameter.name,
                )


def test_the_readme_names_targets_that_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", (ROOT / "README.md").read_text() + (ROOT / ".ci/run").read_text()))

    assert named <= targets
    assert {"demo", "test"} <= named


def test_the_lock_file_has_every_dependency_with_a_hash_and_no_host() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = (ROOT / "requirements.lock").read_text()
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["site"]]
    wanted += project["dependency-groups"]["dev"]

    locked = {name.lower() for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)}
    for requirement in wanted:
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)
        assert name is not None
        assert name[0].lower() in locked
    assert "properdocs" not in locked
    assert "://" not in lock
    assert lock.count("==") <= lock.count("--hash=sha256:")


def test_the_readme_shows_two_pictures_that_are_there_and_small() -> None:
    shown = re.findall(r'<img src="([^"]+)"[^>]* alt="[^"]+"', (ROOT / "README.md").read_text(encoding="utf-8"))

    assert len(shown) == 2
    assert all((ROOT / name).stat().st_size < 200_000 for name in shown)
