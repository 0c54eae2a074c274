"""Make the font of the formulas: STIX Two Math, as far as arXiv's abstracts use it.

    python scripts/math_font.py STIXTwoMath-Regular.ttf plugin/paperboy/site/assets/math.woff2

The source is STIX Two Math (https://github.com/stipub/stixfonts, SIL Open Font License 1.1), which the package
`ziamath` of PyPI brings along: `pip download --no-deps ziamath`, and unpack `ziamath/fonts/STIXTwoMath-Regular.ttf`.
What is kept of its tables is what a browser asks for in MathML Core (https://www.w3.org/TR/mathml-core/#opentype-math-table):
the table MATH with the sizes and the pieces of which braces, roots and big operators are made.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Paperboy Math"
_VARIATIONS = 14
"""The format of a `cmap` that knows variants of characters (0 with a stroke), which nobody asks for."""
_PRIMES, _RAISED = (0x2032, 0x2033, 0x2034), ".ssty"
"""Primes stand as superscripts, for which the font has glyphs that browsers do not ask for."""
LARGEST = 60 * 1024
"""Bytes that a reader may have to fetch before formulas have their font."""

_LATIN = "".join(map(chr, range(0x20, 0x7F)))
_SIGNS = "\u00a0¬§¨®¯°±´¶·ÅÐØéóð÷×ıȷŁƛˆˇ˙˚˜\u2009–—‖‘’“”†‡…′″‴\u2061\u2062\u2063\u2064"
_ACCENTS = "\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u030a\u030c\u0332\u0338\u20d6\u20d7\u20e1"
_GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψωϑϕϖϰϱϵ"
_LETTERLIKE = "ℂℋℍℎℏℐℑℒℓℕ℘ℙℚℛℜℝℤÅℬℭℰℱℳℵ"
_ARROWS = "←↑→↓↔↕↗↘↛↦↪⇀⇌⇐⇒⇔⟶⟹⟺⟼"
_OPERATORS = (
    "∀∂∃∄∅∆∇∈∉∋∏∐∑−∓∖∗∘∙√∝∞∠∣∤∥∦∧∨∩∪∫∬∭∮∴∼≃≅≈≍≐≔≜≠≡≢≤≥≪≫≲≳≺≻≽≼⊂⊃⊄⊆⊇⊈⊊⊑⊓⊔⊕⊖⊗⊘⊙⊠⊢⊣⊤⊥⊨⊸⋀⋁⋂⋃⋄⋅⋆⋈⋉⋊⋮⋯⋱⌈⌉⌊⌋⏞⏟⟂⟨⟩⨁⨂⩽⩾⪅⪆⪯⪰"
)
_SHAPES = "□■△▲◇◊○●★☉♭♮♯"
_ALPHABETS = (  # of the block Mathematical Alphanumeric Symbols; browsers make the italic of it from <mi>x</mi>
    *range(0x1D400, 0x1D4B6),  # bold, italic, bold italic, script capitals
    *range(0x1D538, 0x1D552),  # double-struck capitals
    *range(0x1D5A0, 0x1D5D4),  # sans-serif
    *range(0x1D670, 0x1D6A6),  # monospace, dotless italic
    *range(0x1D6E2, 0x1D71C),  # italic Greek
    *range(0x1D7CE, 0x1D7D8),  # bold digits
)


def characters() -> set[int]:
    """The code points that the font is asked for."""
    plain = (_LATIN, _SIGNS, _ACCENTS, _GREEK, _LETTERLIKE, _ARROWS, _OPERATORS, _SHAPES)
    return {*(ord(one) for group in plain for one in group), *_ALPHABETS}


def made(source: Path) -> TTFont:
    """The smaller font, under a name of its own."""
    font = TTFont(source)
    font["cmap"].tables = [table for table in font["cmap"].tables if table.format != _VARIATIONS]
    raised = {code: f"{font.getBestCmap()[code]}{_RAISED}" for code in _PRIMES}
    for table in font["cmap"].tables:
        table.cmap.update(raised)
    options = subset.Options(
        layout_features=[],
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        drop_tables=["DSIG", "GDEF", "GPOS", "GSUB"],
    )
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=characters())
    chosen.subset(font)
    names = {1: FAMILY, 3: f"{FAMILY} of STIX Two Math", 4: FAMILY, 6: FAMILY.replace(" ", "")}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    font.flavor = "woff2"
    return font


def main(source: Path, target: Path) -> None:
    """Write the font, and say what it has."""
    font = made(source)
    lacking = sorted(chr(code) for code in characters() - set(font.getBestCmap()))
    font.save(target)
    size = target.stat().st_size
    print(f"{target}: {size:,} bytes, {len(font.getGlyphOrder()):,} glyphs; the source lacks {' '.join(lacking)}")
    if size > LARGEST:
        sys.exit(f"this is more than {LARGEST:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
