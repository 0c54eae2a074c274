"""What is held of arXiv's categories: the table is whole, and a wrong id finds its right one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from paperboy.domain import taxonomy

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "taxonomy.json"


@pytest.fixture(name="published")
def _published() -> dict[str, dict[str, str]]:
    """ArXiv's own table, with the active categories by id; and its aliases."""
    if not SHARED.exists():
        pytest.skip(f"arXiv's own taxonomy is not beside this checkout: {SHARED}")
    table = json.loads(SHARED.read_text(encoding="utf-8"))
    active = {entry["id"]: entry["name"] for entry in table["categories"] if entry["active"]}
    return {"names": active, "aliases": table["aliases"]}


def test_ids_and_english_names_are_arxivs(published: dict[str, dict[str, str]]) -> None:
    held = {category.id: category.name for category in taxonomy.CATEGORIES.values()}

    assert published["names"] == held


def test_aliases_are_arxivs(published: dict[str, dict[str, str]]) -> None:
    assert published["aliases"] == dict(taxonomy.ALIASES)


def test_all_155_categories_are_there_under_their_own_id() -> None:
    assert len(taxonomy.CATEGORIES) == 155
    assert all(key == category.id for key, category in taxonomy.CATEGORIES.items())


def test_each_chinese_name_is_chinese() -> None:
    names = {category.id: category.name_zh for category in taxonomy.CATEGORIES.values()}
    # K-theory is the only one that keeps a Latin letter in Chinese.
    odd = {key: name for key, name in names.items() if not re.fullmatch(r"[\u4e00-\u9fff、]+", name)}

    assert odd == {"math.KT": "K 理论与同调"}


def test_aliases_have_the_names_of_what_they_stand_for() -> None:
    for alias, name in taxonomy.ALIASES.items():
        pair = taxonomy.CATEGORIES[alias], taxonomy.CATEGORIES[name]
        if name != "econ.GN":  # arXiv calls the alias "Economics", the category "General Economics"
            assert pair[0][1:] == pair[1][1:]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cs.SY", "eess.SY"), ("math.MP", "math-ph"), ("cs.CL", "cs.CL"), ("cs.XX", "cs.XX")],
)
def test_canonical_resolves_aliases_and_nothing_else(name: str, expected: str) -> None:
    assert expected == taxonomy.canonical(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cs.CL", True),
        ("cs.SY", True),
        ("hep-th", True),
        ("cs.cl", False),
        ("cs", False),
        ("", False),
    ],
)
def test_only_exact_ids_are_categories(name: str, *, expected: bool) -> None:
    assert expected is taxonomy.is_category(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cs.cl", "cs.CL"),
        ("csCL", "cs.CL"),
        (" CS.LG ", "cs.LG"),
        ("LG", "cs.LG"),
        ("hep.th", "hep-th"),
        ("physics.optic", "physics.optics"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest_finds_what_was_meant(name: str, expected: str | None) -> None:
    assert expected == taxonomy.nearest(name)


def test_nearest_stays_in_the_archive() -> None:
    found = taxonomy.nearest("cs.XX")

    assert found is not None
    assert found.startswith("cs.")


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("cs.CV", "zh-CN", "计算机视觉与模式识别"),
        ("cs.CV", "zh", "计算机视觉与模式识别"),
        ("cs.CV", "en", "Computer Vision and Pattern Recognition"),
        ("cs.CV", "de", "Computer Vision and Pattern Recognition"),
        ("35J05", "zh-CN", "35J05"),
    ],
)
def test_label_speaks_the_readers_language(name: str, language: str, expected: str) -> None:
    assert expected == taxonomy.label(name, language)
