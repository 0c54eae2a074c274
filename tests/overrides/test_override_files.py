"""Files of contributors: what is read, and what is said of every mistake, with its place."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import pytest

from paperboy import contributions
from paperboy.contributions import file_name
from paperboy.contributions.conversion import keys
from paperboy.domain.config import Options, Topic
from paperboy.domain.overrides import Override

if TYPE_CHECKING:
    from pathlib import Path

PAPER = "papers/2606.00001.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "docs" / "overrides"


def options(root: Path, **more: object) -> Options:
    return Options(categories=("cs.CL",), docs_dir=root.parent, **more)  # type: ignore[arg-type]


def write(root: Path, name: str, text: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(root: Path) -> list[tuple[str, int, str]]:
    return [
        (problem.path.relative_to(root).as_posix(), problem.line, problem.message)
        for problem in contributions.examine_contributions(options(root))[1]
    ]


def front(text: str) -> str:
    return f"---\n{text}\n---\n"


# ── What is read ──


def test_every_key_of_a_paper_and_its_note_are_read(root: Path) -> None:
    write(
        root,
        PAPER,
        """---
# yaml-language-server: $schema=x
id: "2606.00001"
version: 2
title: >-
  标题 $L_\\infty$
summary: '一句话: 好'
abstract: |
  第一段。

  第二段。
affiliations: [甲大学, 乙 研究所]
tags: [必读]
links: {录像: "https://example.org/a?b=c"}
pin: true
---
说明 **一**。
""",
    )

    found = contributions.examine_contributions(options(root))

    assert found[1] == []
    one = found[0].papers["2606.00001"]
    assert one.override == Override(
        id="2606.00001",
        version=2,
        title="标题 $L_\\infty$",
        summary="一句话: 好",
        abstract="第一段。\n\n第二段。",
        affiliations=("甲大学", "乙 研究所"),
        tags=("必读",),
        links={"录像": "https://example.org/a?b=c"},
        pin=True,
    )
    assert (one.note.strip(), one.line, one.file) == ("说明 **一**。", 17, f"overrides/{PAPER}")


def test_a_paper_can_have_a_note_alone_or_keys_alone(root: Path) -> None:
    write(root, PAPER, "只有说明。")
    write(root, "papers/2606.00002.md", front("hide: 重复收录") + "<!-- nothing\n here -->\n")

    found = contributions.examine_contributions(options(root))

    assert found[1] == []
    assert found[0].papers["2606.00001"].note == "只有说明。"
    assert found[0].papers["2606.00002"].note == ""
    assert found[0].papers["2606.00002"].override.hide == "重复收录"


def test_notes_on_days_and_categories_are_read_by_their_names(root: Path) -> None:
    write(root, "days/2026-06-04.md", "今日。")
    write(root, "categories/cs.CL.md", "---\n---\n分类。")
    write(root, "categories/cs.SY.md", "系统。")

    found, wrong = contributions.examine_contributions(options(root))

    assert wrong == []
    assert found.days[date(2026, 6, 4)].note == "今日。"
    assert {name: one.note for name, one in found.categories.items()} == {"cs.CL": "分类。", "eess.SY": "系统。"}


@pytest.mark.parametrize("arxiv_id", ["2606.00001", "0704.0001", "hep-th/9901001", "math.GT/0309136"])
def test_a_papers_file_is_named_by_its_id(root: Path, arxiv_id: str) -> None:
    write(root, f"papers/{file_name(arxiv_id)}", front("pin: true"))

    assert list(contributions.load_overrides(options(root)).papers) == [arxiv_id]
    assert "/" not in file_name(arxiv_id)


def test_what_is_no_text_of_ours_is_left_alone(root: Path) -> None:
    for name in ("README.md", "papers/README.md", "img/plan.png", ".git/config.yml", "papers/.DS_Store"):
        write(root, name, "x")

    assert problems(root) == []


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake(root: Path) -> None:
    write(root, PAPER, "\ufeff---\r\npin: true\r\n---\r\n说明\r\n".encode())

    assert contributions.load_overrides(options(root)).papers["2606.00001"].override.pin


# ── What is wrong with a file ──


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("---\ntitel: x\n---\n", 2, "unknown key 'titel'; did you mean 'title'?"),
        ("---\ntitle: x\n---\n---\nx", 0, ""),
        ("---\ntitle:\n---\n", 2, "title: expected a text, got nothing; delete the line"),
        ("---\ntitle: ''\n---\n", 2, "title: the text is empty; delete the line"),
        ("---\ntitle: [a]\n---\n", 2, "title: expected a text, got a list"),
        ("---\ntitle: a\ntitle: b\n---\n", 3, "the key 'title' is there already, in line 2"),
        ('---\ntitle: "$\\alpha$"\n---\n', 2, "in double quotes a backslash begins a sign of its own; write TeX in"),
        ('---\nabstract: "a\n  $\\nabla$"\n---\n', 3, "in double quotes a backslash begins a sign of its own"),
        ('---\ntitle: "$\\L$"\n---\n', 2, "in double quotes a backslash begins a sign of its own"),
        ('---\ntitle: "$\\sum$"\n---\n', 2, "this is no YAML: in double quotes a backslash begins a sign of its own"),
        ('---\ntitle: "$\\t$"\n---\n', 2, "title: '\\t' cannot stand in a text; in double quotes"),
        ('---\nabstract: "a \\\\nu\\n\\nb \\u4e2d \\"c\\""\n---\n', 0, ""),
        ("---\ntitle：题\n---\n", 2, "title: behind a key stands a colon of ASCII with a space, as in `title: `"),
        ("---\npin: true\ntags:[a]\n---\n", 3, "tags: behind a key stands a colon of ASCII with a space"),
        ("---\nlinks: {a: https://x.org}\nabstract: |\n  title：x\n---\n", 0, ""),
        ("---\ntitle: >-\n题\n---\n", 3, "this is no YAML: no key stands here. A key has a colon and a space"),
        ("---\ntitle: a: b\n---\n", 2, "this is no YAML: mapping values are not allowed in this context; where a text"),
        ("----\ntitle: x\n----\n", 1, "above the keys stands a line of three hyphens, ---, and nothing else"),
        ("——\ntitle: x\n——\n", 1, "above the keys stands a line of three hyphens, ---, and nothing else"),
        ('---\ntitle: "\\u202Eabc"\n---\n', 2, "title: '\\u202e' cannot stand in a text"),
        ("---\ntitle: see <m0/>\n---\n", 2, "title: '<m0/>' is a placeholder of the machine"),
        (f"---\ntitle: {'x' * 1001}\n---\n", 2, "title: the text has 1,001 characters, at most 1,000 are allowed"),
        ("---\nid: 2606.00001\n---\n", 2, 'id: put it into quotes, "2606.00001"'),
        ("---\nid: 2606.00010\npin: true\n---\n", 2, 'id: put it into quotes, "2606.00010"'),
        ('---\nid: "2606.00002"\npin: true\n---\n', 2, "id: 2606.00002 is another paper than the file's name says"),
        ('---\nid: "2606.00001v2"\n---\n', 2, "id: '2606.00001v2' is not an arXiv id without version"),
        ("---\nversion: v2\n---\n", 2, "version: expected a whole number, got the text 'v2'"),
        ("---\nversion: '2'\n---\n", 2, "version: expected a whole number, got the text '2'"),
        ("---\nversion: 0\n---\n", 2, "version: expected 1 or more, got 0"),
        ("---\npin: yes\n---\n", 2, "pin: expected true or false, got the text 'yes'"),
        ("---\nhide: true\n---\n", 2, "hide: write the reason"),
        ("---\nhide: x\npin: true\n---\n", 3, "pin: a paper cannot be hidden and pinned"),
        ("---\ntags: 必读\n---\n", 2, "tags: expected a list, got the text '必读'; write [必读]"),
        ("---\ntags: [a, b, a]\n---\n", 2, "tags: 'a' stands there twice"),
        (f"---\ntags: {list(range(21))}\n---\n", 2, "tags: has 21 entries, at most 20 are allowed"),
        ("---\nlinks: {a: 'javascript:alert(1)'}\n---\n", 2, "links.a: 'javascript:alert(1)' is not an address with"),
        ("---\nlinks: {a: 'https://x/\"onclick=1'}\n---\n", 2, "links.a: "),
        ("---\nlinks: {a: https://x.org, a: https://y.org}\n---\n", 2, "links: the key 'a' is there already"),
        ("---\nlinks: [https://x.org]\n---\n", 2, "links: expected a mapping; got a list"),
        ("---\n- a\n---\n", 2, "expected a mapping with id, version, title"),
        ("---\n? [a]\n: b\n---\n", 2, "expected a text as key, got a list"),
        ("---\ntitle: x\n", 1, "the keys are not closed"),
        ("\n---\ntitle: x\n---\n", 2, "the --- above the keys must be the first line"),
        ("title: x\n\nnote\n", 1, "keys stand between two lines with only ---"),
        ("---\ntitle: x\n\tpin: true\n---\n", 3, "this is no YAML: a tab stands here; indent with spaces"),
        ("---\ntitle: 'x\n---\n", 2, "this is no YAML"),
        ("---\ntitle: &a x\nsummary: *a\n---\n", 2, "anchors and aliases (& and *) are not allowed"),
        ("---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n---\n", 2, "anchors and aliases"),
        ("---\n<<: {pin: true}\n---\n", 2, "unknown key '<<'"),
        ("---\ntitle: !!python/name:os.system x\n---\n", 2, "tags are not allowed"),
        ("---\ntags: [[[[[[[a]]]]]]]\n---\n", 2, "this is nested deeper than 6 levels"),
        ("---\npin: true\n---\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n", 4, "a merge left its marks here"),
        ("", 1, "the file says nothing"),
        ("---\n---\n", 1, "the file says nothing"),
        ('---\nid: "2606.00001"\n---\n<!-- note -->\n', 1, "the file says nothing"),
        ("---\npin: true\n---\n" + "x" * 5001, 4, "the note has 5,001 characters, at most 5,000 are allowed"),
        ("---\npin: true\n---\n" + "[" * 301, 4, "the note has 301 opening brackets, at most 300 are allowed"),
        ("---\npin: true\n---\na\nb\x07\n", 5, "'\\x07' cannot stand in a note"),
        (b"---\npin: true\n---\n\xff\n", 4, "the file is not UTF-8"),
        ("x" * (64 * 1024 + 1), 1, "the file is larger than 64 KB"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_file_is_left_out(
    root: Path, text: str | bytes, line: int, message: str
) -> None:
    write(root, PAPER, text)

    found, wrong = contributions.examine_contributions(options(root))

    if not line:
        assert wrong == []
        return
    assert found.papers == {}
    assert wrong[0].line == line
    assert wrong[0].message.startswith(message)


def test_all_mistakes_of_a_file_are_named_in_order(root: Path) -> None:
    write(root, PAPER, front("pin: 1\ntitel: x\nversion: x\ntags: [a, a]"))

    assert [line for _, line, _ in problems(root)] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("papers/hello.md", "'hello' is no arXiv id; name the file like 2407.09450.md or hep-th_9901001.md"),
        ("papers/2606.00001v2.md", "name the file 2606.00001.md and write `version: 2` into it"),
        ("papers/2606.00001.yml", "name the file 2606.00001.md; others are not read"),
        ("papers/hep-th/9901001.md", "no such file is read here"),
        ("days/2026-02-31.md", "'2026-02-31' is no date; name the file like 2026-06-04.md"),
        ("days/20260604.md", "'20260604' is no date"),
        ("categories/cs.cl.md", "'cs.cl' is not an arXiv category; did you mean cs.CL.md?"),
        ("notes.md", "no such file is read here: known are papers/, days/, categories/, glossary.yml and topics.yml"),
        ("paper/2606.00001.md", "no such file is read here"),
    ],
)
def test_a_file_at_the_wrong_place_is_named(root: Path, name: str, message: str) -> None:
    write(root, name, front("pin: true"))

    assert [(path, line) for path, line, _ in problems(root)] == [(name, 1)]
    assert problems(root)[0][2].startswith(message)


def test_keys_of_a_note_on_a_day_are_refused(root: Path) -> None:
    write(root, "days/2026-06-04.md", front("title: x") + "今日。")

    assert problems(root) == [("days/2026-06-04.md", 2, "unknown key 'title'; there are no keys here")]


def test_one_category_under_two_names_is_a_conflict(root: Path) -> None:
    write(root, "categories/cs.SY.md", "一")
    write(root, "categories/eess.SY.md", "二")

    assert problems(root) == [
        (
            "categories/eess.SY.md",
            1,
            "overrides/categories/cs.SY.md is about the same category under its other name; keep one",
        )
    ]


@pytest.mark.parametrize("name", [PAPER, "papers/linked", "days"])
def test_links_out_of_the_folder_are_not_followed(root: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    (outside / "papers").mkdir(parents=True)
    (outside / "2606.00001.md").write_text(front("pin: true"))
    (outside / "2026-06-04.md").write_text("secret")
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(outside / "2606.00001.md" if name.endswith(".md") else outside)

    found, wrong = contributions.examine_contributions(options(root))

    assert (found.papers, found.days) == ({}, {})
    assert [problem.message for problem in wrong] == ["this is a link; links are not followed"]


def test_a_linked_folder_of_overrides_is_not_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", PAPER, front("pin: true"))
    root.parent.mkdir()
    root.symlink_to(tmp_path / "elsewhere")

    found, wrong = contributions.examine_contributions(options(root))

    assert found.papers == {}
    assert [problem.message for problem in wrong] == ["this folder is a link; links are not followed"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(root: Path) -> None:
    write(root, PAPER, front("pin: true")).chmod(0)

    assert problems(root)[0][2].startswith("the file cannot be read")


def test_a_build_says_what_it_left_out_and_goes_on(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(root, PAPER, front("titel: x"))
    write(root, "papers/2606.00002.md", front("pin: true"))

    found = contributions.load_overrides(options(root))

    assert list(found.papers) == ["2606.00002"]
    (record,) = caplog.records
    assert record.getMessage().endswith("did you mean 'title'?. The file is left out of this build")
    assert f"{PAPER}:2: " in record.getMessage()


def test_without_a_folder_there_is_nothing_and_nothing_is_said(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = contributions.load_overrides(options(root))

    assert (found.papers, found.days, found.categories) == ({}, {}, {})
    assert caplog.records == []


def test_the_keys_are_those_of_the_struct() -> None:
    assert keys(Override)[:3] == ("id", "version", "title")


# ── Topics ──


def test_topics_of_the_options_and_of_the_file_are_one_list(root: Path) -> None:
    write(root, "topics.yml", "- {slug: agents, name: 智能体, any: [agent], authors: [], categories: [cs.CL]}\n")
    mine = Topic(slug="sgd", name="梯度下降", any=("SGD",))

    topics = contributions.load_topics(options(root, topics=(mine,)))

    assert topics == (mine, Topic(slug="agents", name="智能体", any=("agent",), categories=("cs.CL",)))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("slug: a\n", 1, "expected a list of topics, each with slug and name; got a mapping"),
        ("- {slug: a}\n", 1, "name is missing"),
        ("- {slug: A b, name: x, any: [y]}\n", 1, "slug: 'A b' is not of the form"),
        ("- {slug: sgd, name: x, any: [y]}\n", 1, "slug: the topic 'sgd' is there already, in mkdocs.yml"),
        ("- {slug: a, name: x, any: [y]}\n- {slug: a, name: x, any: [y]}\n", 2, "slug: the topic 'a' is there already"),
        ("- {slug: a, name: x, any: y}\n", 1, "any: expected a list, got the text 'y'; write [y]"),
        ("- {slug: a, name: x, anny: [y]}\n", 1, "unknown key 'anny'; did you mean"),
        (
            "- {slug: a, name: x, categories: [cs.cl]}\n",
            1,
            "categories: 'cs.cl' is not an arXiv category; did you mean",
        ),
        ("- {slug: a, name: x, none: [y]}\n", 1, "the topic 'a' finds nothing"),
        ("- &a {slug: a, name: x}\n", 1, "anchors and aliases"),
    ],
)
def test_a_mistake_in_the_topics_is_named_and_the_others_hold(root: Path, text: str, line: int, message: str) -> None:
    write(root, "topics.yml", text)
    mine = Topic(slug="sgd", name="梯度下降", any=("SGD",))

    topics, wrong = contributions.examine_topics(options(root, topics=(mine,)))

    assert topics[0] == mine
    assert [topic.slug for topic in topics[1:]] == (["a"] if line == 2 else [])
    assert [(problem.line, problem.message[: len(message)]) for problem in wrong] == [(line, message)]
