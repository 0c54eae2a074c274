"""`paperboy check`: what contributors wrote, held against the archive and the site, and how it is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from paperboy.cli import main
from paperboy.contributions import json_schema
from paperboy.contributions.conversion import keys
from paperboy.contributions.front_matter import read_paper
from paperboy.contributions.glossary_file import GlossaryRow
from paperboy.domain.config import Options, Topic
from paperboy.domain.ledger import Ledger
from paperboy.domain.overrides import Override
from paperboy.pipeline import contribution_check
from paperboy.site.components.notes import MarkdownOptions
from paperboy.storage import archive
from tests.factories import paper

ROOT = Path(__file__).resolve().parents[1]
PAPER = "papers/2606.00001.md"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """A site that follows cs.CL, with one paper at v2 that was v1 on another day."""
    found = Options(categories=("cs.CL",), base_dir=tmp_path, docs_dir=tmp_path / "docs")
    (tmp_path / "docs/overrides").mkdir(parents=True)
    for day, version in ((date(2026, 6, 3), 1), (date(2026, 6, 4), 2)):
        one = paper(version=version, title="On $L_\\infty$", abstract="We show $a < b$ and $x^2$.")
        archive.write_announcements(found.archive, day, [one])
        archive.write_ledger(found.archive, day, Ledger(date=day.isoformat()))
    return found


def write(options: Options, name: str, text: str | bytes) -> Path:
    path = options.docs_dir / "overrides" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(options: Options, *paths: Path) -> list[str]:
    found = contribution_check.check_contributions(options, MarkdownOptions(resolve={"about.md": "about/"}.get), paths)
    root = options.docs_dir / "overrides"
    return [f"{one.path.relative_to(root)}:{one.line}:{one.column}: {one.message}" for one in found]


def test_good_files_have_no_problem(options: Options) -> None:
    write(
        options, PAPER, '---\nid: "2606.00001"\nversion: 2\ntitle: 论 $L_\\infty$ 与 $a<b$\n---\n[见](../../about.md)\n'
    )
    write(options, "days/2026-06-04.md", "今日。")
    write(options, "categories/cs.CL.md", "分类。")
    write(options, "glossary.yml", "zh-CN:\n  - {term: agent, translation: 智能体}\n")
    write(options, "topics.yml", "- {slug: a, name: A, any: [x]}\n")

    assert told(options) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            PAPER,
            "---\nversion: 1\nid: '2606.00001'\ntitle: 题\n---\n",
            f"{PAPER}:2:1: written for v1, and the paper is at v2; read it again and raise `version`",
        ),
        (
            PAPER,
            "---\ntitle: 题\nversion: 3\n---\n",
            f"{PAPER}:3:1: version: the archive knows the paper up to v2 only",
        ),
        (
            PAPER,
            "---\npin: true\nabstract: >-\n  有 $y$ 与 $x^2$\n---\n",
            f"{PAPER}:3:1: abstract: the formula $y$ stands neither in the paper's title nor in its abstract",
        ),
        (PAPER, "---\ntitle: 有 <m0/>\n---\n", f"{PAPER}:2:8: title: '<m0/>' is a placeholder of the machine"),
        (
            PAPER,
            "---\npin: true\n---\na\nb [c](../../../x)\n",
            f"{PAPER}:5:7: '../../../x' is not shown: a link leads to",
        ),
        (PAPER, "a\n\nb <script>x</script>\n", f"{PAPER}:3:3: <script> is not shown"),
        ("papers/2606.00009.md", "x", "papers/2606.00009.md:1:1: the paper 2606.00009 is in no edition of the archive"),
        ("days/2026-06-05.md", "x", "days/2026-06-05.md:1:1: the archive has no edition of 2026-06-05"),
        ("categories/cs.LG.md", "x", "categories/cs.LG.md:1:1: the site does not follow cs.LG"),
        (
            "glossary.yml",
            "zh-CN:\n  - {term: a, translation: b}\n  - {term: A, translation: c}\n",
            "glossary.yml:3:5: the term 'A' stands here a second time; it is already in line 2",
        ),
        ("topics.yml", "- {slug: a, name: A}\n", "topics.yml:1:3: the topic 'a' finds nothing"),
    ],
)
def test_a_problem_is_told_with_its_place(options: Options, name: str, text: str, problem: str) -> None:
    write(options, name, text)

    (line,) = told(options)

    assert line.startswith(problem)


HEAD = "---\nversion: 2\n"
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (PAPER, f"{HEAD}titel: 题\n---\n", "3:1: unknown key 'titel'; did you mean 'title'?"),
        (PAPER, f"{HEAD}tags: 必读\n---\n", "3:7: tags: expected a list, got the text '必读'; write [必读]"),
        (
            "papers/2407.09450.md",
            "---\nid: 2407.09450\n---\n",
            '2:5: id: put it into quotes, "2407.09450"; other programs read a number here, and drop a zero at its end',
        ),
        (PAPER, f"{HEAD}title: 题\n", "1:1: the keys are not closed: a line with only --- must stand below them"),
        (PAPER, f"{HEAD}tags:\n\t- 必读\n---\n", "4:1: this is no YAML: a tab stands here; indent with spaces"),
        (PAPER, f"{HEAD}{BOMB}---\n", "3:4: anchors and aliases (& and *) are not allowed; write it out"),
        (PAPER, f"{HEAD}title: *a\n---\n", "3:8: anchors and aliases (& and *) are not allowed; write it out"),
        (PAPER, HEAD.encode() + b"---\nok\n\xe9t\xe9\n", "5:1: the file is not UTF-8; save it in that encoding"),
        (PAPER, "x" * (64 * 1024 + 1), "1:1: the file is larger than 64 KB"),
        ("glossary.yml", BOMB, "1:4: anchors and aliases (& and *) are not allowed; write it out"),
        ("glossary.yml", "zh-CN:\n\t- {term: a, keep: true}\n", "2:1: this is no YAML: a tab stands here"),
        ("glossary.yml", b"zh-CN:\n  - {term: \xe9, keep: true}\n", "2:1: the file is not UTF-8"),
        ("glossary.yml", "#" * (64 * 1024 + 1), "1:1: the file is larger than 64 KB"),
        ("topics.yml", BOMB, "1:4: anchors and aliases (& and *) are not allowed; write it out"),
        ("topics.yml", "- slug: a\n\tname: A\n", "2:1: this is no YAML: a tab stands here"),
        ("topics.yml", b"- {slug: a, name: \xe9}\n", "1:1: the file is not UTF-8"),
        ("topics.yml", "#" * (64 * 1024 + 1), "1:1: the file is larger than 64 KB"),
        ("days/2026-06-04.md", "---\nx: &a y\n---\n今日。", "2:4: anchors and aliases"),
        ("categories/cs.CL.md", b"\xff", "1:1: the file is not UTF-8"),
    ],
)
def test_what_no_file_may_hold_is_told_by_line_and_column(
    options: Options, name: str, text: str | bytes, problem: str
) -> None:
    write(options, name, text)

    (line,) = told(options)

    assert line.startswith(f"{name}:{problem}")


@pytest.mark.parametrize("target", ["secret", "nowhere"])
@pytest.mark.parametrize("name", [PAPER, "days/2026-06-04.md", "categories/cs.CL.md", "glossary.yml", "topics.yml"])
def test_a_link_is_told_once_and_not_followed(options: Options, tmp_path: Path, name: str, target: str) -> None:
    (tmp_path / "secret").write_text("---\nsecret: 1\n---\n")
    link = options.docs_dir / "overrides" / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / target)

    (line,) = told(options)

    assert line.startswith(f"{name}:1:1: this is ")
    assert line.endswith("links are not followed")


def test_a_topic_of_the_file_and_of_the_options_must_not_share_a_slug(options: Options) -> None:
    mine = msgspec.structs.replace(options, topics=(Topic(slug="a", name="A", any=("x",)),))
    write(options, "topics.yml", "- {slug: a, name: B, any: [y]}\n")

    assert told(mine) == ["topics.yml:1:10: slug: the topic 'a' is there already, in mkdocs.yml"]


def test_without_an_archive_papers_and_dates_are_not_looked_up(options: Options) -> None:
    write(options, "papers/2606.00009.md", "x")
    write(options, "days/2026-06-05.md", "x")

    assert told(msgspec.structs.replace(options, archive_dir="nowhere")) == []


def test_with_paths_only_their_problems_are_told(options: Options, tmp_path: Path) -> None:
    write(options, "days/2026-06-05.md", "x")
    mine = write(options, "papers/2606.00009.md", "x")

    assert [line.partition(":")[0] for line in told(options, mine)] == ["papers/2606.00009.md"]
    assert [line.partition(":")[0] for line in told(options, mine.parent.parent / "days")] == ["days/2026-06-05.md"]
    for path in (tmp_path / "mkdocs.yml", mine.parent / "../../../../etc/passwd"):
        (problem,) = contribution_check.check_contributions(options, MarkdownOptions(), [path])
        assert problem.message.startswith("this is no file of contributors; they lie in")
    (problem,) = contribution_check.check_contributions(options, MarkdownOptions(), [mine.with_name("2606.00010.md")])
    assert problem.message == "there is no such file"


# ── The command ──


@pytest.fixture
def run(options: Options, monkeypatch: pytest.MonkeyPatch) -> Any:
    root = options.base_dir
    config = {"site_name": "x", "plugins": [{"paperboy": {"categories": ["cs.CL"]}}]}
    (root / "mkdocs.yml").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(root)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def invoke(*arguments: str, **environment: str) -> Any:
        return CliRunner().invoke(main, ["check", *arguments], env=environment)

    return invoke


def test_each_problem_is_one_line_and_the_exit_code_is_one(options: Options, run: Any) -> None:
    write(options, PAPER, "---\ntitel: x\npin: maybe\n---\n")

    done = run()

    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "docs/overrides/papers/2606.00001.md:2:1: unknown key 'titel'; did you mean 'title'?",
        "docs/overrides/papers/2606.00001.md:3:6: pin: expected true or false, got the text 'maybe'",
    ]
    assert done.stderr.endswith("2 problems\n")


def test_under_actions_a_problem_stands_beside_its_line(options: Options, run: Any) -> None:
    write(options, PAPER, "---\ntitle: a <m0/>\n---\n")

    done = run(GITHUB_ACTIONS="true")

    assert done.exit_code == 1
    place = "::error file=docs/overrides/papers/2606.00001.md,line=2,col=8::"
    assert done.stdout == f"{place}title: '<m0/>' is a placeholder of the machine; write the formula itself\n"


def test_a_correction_for_an_older_version_is_a_notice(options: Options, run: Any) -> None:
    write(options, PAPER, "---\nversion: 1\ntitle: 题\n---\n")

    plain, annotated = run(), run(GITHUB_ACTIONS="true")

    assert (plain.exit_code, annotated.exit_code) == (0, 0)
    assert plain.stdout.startswith("docs/overrides/papers/2606.00001.md:2:1: notice: written for v1")
    assert annotated.stdout.startswith("::notice file=docs/overrides/papers/2606.00001.md,line=2,col=1::written for v1")


def test_a_path_can_be_named(options: Options, run: Any) -> None:
    write(options, PAPER, "---\ntitel: x\n---\n")
    write(options, "days/2026-06-04.md", "今日。")

    assert run("docs/overrides/days").exit_code == 0
    assert run("docs/overrides/papers").exit_code == 1
    assert run("docs/overrides/days", "mkdocs.yml").exit_code == 1


# ── The schemas ──


def test_the_schemas_in_the_package_are_those_of_the_structs() -> None:
    assert dict(json_schema.shipped()) == json_schema.generate(), "run: python scripts/schemas.py"


def test_the_schema_of_the_glossary_has_the_keys_that_are_read() -> None:
    assert keys(GlossaryRow) == ("term", "translation", "keep", "case", "also", "note")


VALUES: list[Any] = ["x", "", "x" * 2001, 1, 0, -1, True, [], ["a"], [""], [1], {}, {"a": "https://x.org"}, {"a": "x"}]


@pytest.mark.parametrize("key", [*keys(Override), "other"])
@pytest.mark.parametrize("value", VALUES, ids=[repr(value)[:20] for value in VALUES])
def test_the_reader_takes_what_the_schema_takes(tmp_path: Path, key: str, value: Any) -> None:
    head = yaml.safe_dump({key: value})
    path = tmp_path / "2606.00001.md"
    path.write_text(f"---\n{head}---\nnote\n")
    try:
        msgspec.convert({key: value}, Override)
        expected = True
    except msgspec.ValidationError:
        expected = False

    found, _ = read_paper(path, "2606.00001", "f")

    # A text may be written without quotes even if it looks like a number; and nobody means `hide: true`.
    texts = ("title", "summary", "abstract", "hide")
    if key in texts and isinstance(value, int):
        expected = not (key == "hide" and value is True)
    elif key in ("tags", "affiliations") and value == [1]:
        expected = True
    assert (found is not None) == expected
