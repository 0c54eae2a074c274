"""What a run tells GitHub: its page, its annotations, and no command that others have written."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from paperboy.domain import config
from paperboy.site.html.plain_text import markdown
from paperboy.tools import github_actions, run_report
from tests.conftest import demo_options

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.tools.demo.fake_server import DemoServer
    from tests.conftest import Site

GITHUB = MarkdownIt("commonmark").enable("table")
HOSTILE = (
    "<script>alert(1)</script> | a | b |",
    "[x](javascript:alert(1)) ![y](https://evil.example/p.png) **b** `c`",
    "::add-mask::x\n::warning::y",
    "##[set-output name=a]b %0A",
    "@octocat #1 https://evil.example",
)


@pytest.fixture
def on_github(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return tmp_path / "summary.md"


def tables(text: str) -> dict[str, list[list[str]]]:
    """The rows of each table under its first heading."""
    page = LexborHTMLParser(GITHUB.render(text))
    return {
        table.css("th")[0].text(): [[cell.text() for cell in row.css("td")] for row in table.css("tbody tr")]
        for table in page.css("table")
    }


def pairs(rows: list[list[str]]) -> dict[str, str]:
    return {row[0]: row[1] for row in rows}


def test_a_build_writes_its_accounts_on_the_page_of_the_run(site: Site, demo: DemoServer, tmp_path: Path) -> None:
    chosen = demo_options(demo.url)
    chosen["translation"]["prices"] = {"prompt": 1.0, "completion": 2.0}
    site.configure(chosen)
    page = tmp_path / "summary.md"

    built = site.build(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))
    first = tables(page.read_text())
    page.unlink()
    site.build(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))
    second = tables(page.read_text())

    assert built.code == 0, built.log
    ((date, stated, held, status, translated, failed, tokens, cost),) = first["edition"]
    assert (date, status, translated, failed) == ("2026-06-03", "complete", "15", "1 placeholders")
    assert stated == held
    assert int(tokens.replace(",", "")) > 1000
    assert float(cost) > 0
    assert [row[0] for row in first["category on 2026-06-03"]] == ["cs.CL", "cs.LG", "math.AP"]
    run = pairs(first["this run"])
    assert run["papers translated"] == "15"
    assert {"fetching", "translating", "rendering", "the whole build"} <= run.keys()
    assert pairs(second["this run"])["papers translated"] == "0"


def test_without_the_variable_nothing_is_written_and_nothing_listened_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    assert run_report.listen() is None
    github_actions.write_output("a", "b")
    github_actions.write_summary("c")
    github_actions.print_command(github_actions.warning("d"))
    assert capsys.readouterr().out == ""


def heard(*warnings: str) -> run_report.Listener:
    listener = run_report.Listener()
    for text in warnings:
        listener.handle(logging.LogRecord("paperboy.x", logging.WARNING, __file__, 1, text, (), None))
    return listener


def options(root: Path) -> config.Options:
    return config.parse_options({"categories": ["cs.CL"]}, root)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_others_is_shown_as_it_is_and_is_no_command(
    on_github: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, hostile: str
) -> None:
    run_report.write_report(options(tmp_path), heard(hostile), error=hostile)

    text = on_github.read_text()
    page = LexborHTMLParser(GITHUB.render(text))
    assert not page.css("script, img, a, code, em, li table")
    assert "https://" not in text
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    for line in said:
        assert line.startswith("::warning title=paperboy::")
        assert "%0A" not in line
    assert f"\n{hostile}" not in text


def test_more_warnings_than_github_shows_are_counted(
    on_github: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run_report.write_report(options(tmp_path), heard(*(f"trouble {number}" for number in range(40))))

    said = capsys.readouterr().out.splitlines()
    assert len(said) == github_actions.MOST_ANNOTATIONS
    assert "and 32 more" in said[-1]
    assert on_github.read_text().count("- trouble") == run_report.MOST_WARNINGS
    assert "and 10 more, in the log" in on_github.read_text().replace("\\", "")


def test_a_warning_that_comes_twice_is_told_once(on_github: Path, tmp_path: Path) -> None:
    run_report.write_report(options(tmp_path), heard("the same", "the same"))

    assert on_github.read_text().count("the same") == 1


def test_a_failed_build_still_says_what_it_has_paid_for(site: Site, demo: DemoServer, tmp_path: Path) -> None:
    site.configure(demo_options(demo.url))
    (site.root / "docs/broken.md").write_bytes(b"\xff\xfe no UTF-8")
    page = tmp_path / "summary.md"

    built = site.build(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))

    assert built.code != 0
    assert "The build ended early" in page.read_text()
    assert pairs(tables(page.read_text())["this run"])["papers translated"] == "15"


@pytest.mark.parametrize(("line", "said"), [("a ::error::b", "a : :error: :b"), ("##[error]b", "## [error]b")])
def test_a_line_of_the_log_is_never_taken_as_a_command(monkeypatch: pytest.MonkeyPatch, line: str, said: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    record: Any = logging.LogRecord("paperboy", logging.INFO, __file__, 1, "%s", (line,), None)
    assert github_actions.CommandFilter().filter(record)
    assert record.getMessage() == said

    monkeypatch.delenv("GITHUB_ACTIONS")
    assert github_actions.without_commands(line) == line


@pytest.mark.parametrize("text", [*HOSTILE, "a_b*c [d] 100% $x$ ~y~ <z> \\ | `"])
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    page = LexborHTMLParser(GITHUB.render(markdown(text)))

    assert page.body is not None
    assert page.body.text().strip().replace("\u200b", "") == " ".join(text.split())
    assert {node.tag for node in page.body.css("*")} <= {"body", "p"}
