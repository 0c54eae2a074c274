"""The threat model: each of its lines names the tests that hold it, and these are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LINES = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith(("|---", "| threat |"))]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREATS = (
    *(
        "hostile metadata",
        "prompt injection",
        "hostile model",
        "workflow",
        "XML bombs",
        "gigabyte",
        "drips",
        "redirect",
    ),
    *("`file:`", "sends it back", "title and abstract", "lists of pages", "hashes", "attestations", "configured|climb"),
)


def functions(path: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("line", LINES, ids=[line.split("|")[1].strip()[:40] for line in LINES])
def test_each_line_names_tests_that_are_there(line: str) -> None:
    _, threat, done, held, _ = (part.strip() for part in re.split(r"(?<!\\)\|", line))
    named = NAMED.findall(held)

    assert threat
    assert done
    assert named
    for path, name in named:
        assert name.startswith("test_")
        assert name in functions(ROOT / path), f"{path}::{name}"
    assert NAMED.sub("", held).strip(", ") == ""


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_has_its_line(threat: str) -> None:
    assert any(re.search(threat, line) for line in LINES)


def test_a_release_is_attested_and_lists_its_components() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]

    assert "secrets." not in text
    assert jobs["pypi"]["permissions"] == {"id-token": "write"}
    assert any(step.get("with", {}).get("attestations") is True for step in jobs["pypi"]["steps"])
    runs = [step.get("run") for step in jobs["build"]["steps"]]
    assert runs.index("make test-wheel") < runs.index("make sbom")


def test_the_audit_is_documented_as_it_is_to_be_run() -> None:
    command = re.compile(r"`(pipx run pip-audit [^`]+)`")
    other = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")

    assert command.findall(PAGE) == command.findall(other) != []
    assert (ROOT / command.findall(PAGE)[0].split()[-1]).is_file()
