"""The font of the formulas: small, with what stretches braces, and with the characters that formulas have."""

from __future__ import annotations

import gzip
import io
import json
import re
from html import unescape
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from paperboy import tex

if TYPE_CHECKING:
    from pathlib import Path

ASSETS = resources.files("paperboy.site") / "assets"
INVISIBLE = {"\ufe00", "\ufe01"}
"""They choose between two forms of script letters; fonts that have one form do not know them."""


@pytest.fixture(scope="module")
def font() -> TTFont:
    return TTFont(io.BytesIO((ASSETS / "math.woff2").read_bytes()))


def shown(html: str) -> str:
    """The characters of the formulas of a text."""
    return unescape(re.sub(r"<[^>]*>", "", "".join(re.findall(r"<math.*?</math>", html, re.DOTALL))))


def test_it_is_small_and_its_licence_lies_beside_it() -> None:
    assert len((ASSETS / "math.woff2").read_bytes()) <= 60 * 1024
    licence = (ASSETS / "math.LICENSE.txt").read_text("utf-8")
    assert "STIX Fonts Project Authors" in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_it_has_another_name_than_the_font_that_it_was_made_of(font: TTFont) -> None:
    assert font["name"].getDebugName(1) == "Paperboy Math"
    assert "STIX" in font["name"].getDebugName(0)


@pytest.mark.parametrize("sign", "(){}[]⟨⟩⌈⌊|‖√∑∏∫")
def test_what_grows_with_its_content_has_larger_forms(font: TTFont, sign: str) -> None:
    variants = font["MATH"].table.MathVariants
    grown = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    made = grown[font.getBestCmap()[ord(sign)]]

    assert made.MathGlyphVariantRecord or made.GlyphAssembly


def test_it_has_the_letters_that_browsers_make_of_single_ones(font: TTFont) -> None:
    codes = set(font.getBestCmap())

    assert codes >= {0x210E, *range(0x1D434, 0x1D455), *range(0x1D456, 0x1D468), *range(0x1D6E2, 0x1D71C)}


def test_it_has_nearly_all_that_formulas_of_a_week_are_made_of(font: TTFont, shared: Path) -> None:
    codes = set(font.getBestCmap())
    lacking: dict[str, int] = {}
    count = 0
    with gzip.open(shared / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz", "rb") as lines:
        for line in lines:
            row = json.loads(line)
            for sign in shown(tex.to_html(row["title"]) + tex.to_html(row["abstract"])):
                count += 1
                if ord(sign) not in codes and sign not in INVISIBLE:
                    lacking[sign] = lacking.get(sign, 0) + 1

    assert count > 5_000
    assert sum(lacking.values()) < count / 1_000, lacking
