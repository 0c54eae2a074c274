"""The guides: both languages alike, every key in them, and their pictures there and small."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from paperboy.cli import main
from paperboy.contributions.conversion import keys
from paperboy.contributions.front_matter import LONGEST_NOTE, MOST_BRACKETS
from paperboy.contributions.glossary_file import GlossaryRow
from paperboy.contributions.json_schema import shipped
from paperboy.domain.config import Topic
from paperboy.domain.overrides import Override

DOCS = Path(__file__).resolve().parents[1] / "docs"
GUIDES = ("reader", "contributor", "owner")
NOT_OURS = {"GitHub Actions", "Commit changes…", "Propose changes", "过时", "编者的话"}
"""What the guides quote of GitHub, and words of their own."""


def text(name: str) -> str:
    return (DOCS / "guide" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["contributor", "en/contributor"])
def test_every_key_of_a_correction_is_explained(name: str) -> None:
    page = text(name)

    for key in keys(Override):
        assert f"\n| `{key}` | " in page, key
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(keys(Override)), "the guide explains a key that is not there"
    for key in keys(Topic):
        assert re.search(rf"^[- ] {key}: ", page, re.MULTILINE), key
    assert f"{LONGEST_NOTE:,}" in page
    assert str(MOST_BRACKETS) in page
    for schema, _ in shipped():
        assert schema in page


@pytest.mark.parametrize("name", ["contributor", "en/contributor"])
def test_every_limit_of_a_key_is_told(name: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)", text(name), re.MULTILINE))

    properties = json.loads(dict(shipped())["override.schema.json"])["$defs"]["Override"]["properties"]
    limits = {
        key: limit
        for key, one in properties.items()
        for word in ("maxLength", "maxItems", "maxProperties")
        if (limit := one.get(word))
    }
    assert len(limits) > 5
    for key, limit in limits.items():
        assert re.search(rf"\b{limit:,}\b", rows[key]), key


def test_every_key_of_the_glossary_is_explained() -> None:
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")

    for key in keys(GlossaryRow):
        assert f"| `{key}` |" in page


@pytest.mark.parametrize("name", GUIDES)
def test_what_a_guide_puts_in_quotation_marks_stands_on_the_pages(name: str) -> None:
    catalogue = (files("paperboy.site") / "locales/zh_CN.po").read_text(encoding="utf-8")
    said = " ".join(re.findall(r'^msgstr.* "(.*)"', catalogue, re.MULTILINE))

    for quoted in re.findall("“([^”]*)”", text(name)):
        shown = re.sub(r"\bv\d", "v%(version)s", quoted)
        assert shown in said or quoted in NOT_OURS, quoted


@pytest.mark.parametrize("name", GUIDES)
def test_no_chinese_sentence_is_broken_in_two_lines_for_that_would_be_a_space_on_the_page(name: str) -> None:
    assert re.findall(r"[\u2e80-\uffef]\n[ ]*[\u2e80-\uffef].*", text(name)) == []


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_says_the_same_in_both_languages(name: str) -> None:
    here, english = text(name), text(f"en/{name}")

    for pattern in (r"^## ", r"^\d+\. ", r"^- ", r"^\| ", r"^```", r"!\["):
        assert len(re.findall(pattern, here, re.MULTILINE)) == len(re.findall(pattern, english, re.MULTILINE)), pattern
    code = re.compile(r"`[^`\n]+`")
    assert {part for part in code.findall(here) if "/" in part} == {
        part for part in code.findall(english) if "/" in part
    }


@pytest.mark.parametrize("name", [*GUIDES, *(f"en/{name}" for name in GUIDES)])
def test_what_a_guide_names_is_there(name: str) -> None:
    page = text(name)
    folder = (DOCS / "guide" / f"{name}.md").parent

    assert "![](" not in page, "a picture without words for those who do not see it"
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page):
        size = (folder / picture).stat().st_size
        assert 5_000 < size < 150_000, (picture, size)
    for command, rest in re.findall(r"`?paperboy ([a-z]+)([^`\n]*)", page):
        assert command in main.commands, command
        for flag in re.findall(r"--[a-z-]+", rest):
            options = {opt for one in main.commands[command].params for opt in one.opts}
            assert flag in options, (command, flag)


def test_every_picture_is_in_a_guide_and_every_guide_in_the_navigation() -> None:
    shown = {picture for name in GUIDES for picture in re.findall(r"\]\(img/([^)]+)\)", text(name))}
    taken = {path.name for path in (DOCS / "guide/img").iterdir()}
    navigation = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")

    assert shown == taken
    for page in DOCS.rglob("*.md"):
        assert f" {page.relative_to(DOCS).as_posix()}\n" in navigation
