"""TeX accents, and in titles and comments Greek letters, as the pages of arxiv.org print them.

This is the other side's rendering, on purpose apart from `paperboy.tex`: what paperboy makes of a
page must not depend on the page having been made by paperboy's own rules.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = {
    "`": "\N{COMBINING GRAVE ACCENT}",
    "'": "\N{COMBINING ACUTE ACCENT}",
    "^": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "~": "\N{COMBINING TILDE}",
    '"': "\N{COMBINING DIAERESIS}",
    "=": "\N{COMBINING MACRON}",
    ".": "\N{COMBINING DOT ABOVE}",
    "u": "\N{COMBINING BREVE}",
    "v": "\N{COMBINING CARON}",
    "H": "\N{COMBINING DOUBLE ACUTE ACCENT}",
    "r": "\N{COMBINING RING ABOVE}",
    "c": "\N{COMBINING CEDILLA}",
    "k": "\N{COMBINING OGONEK}",
}
_LETTERS = dict(zip(("aa", "AA", "ae", "AE", "oe", "OE", "o", "O", "l", "L", "ss", "i"), "åÅæÆœŒøØłŁßı", strict=True))
_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "ϕ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}

# A mark that is a letter needs braces or a space, else `\vec` would be an accent.
_ACCENT = re.compile(
    r"""\\(?:(?P<sign>[`'^~"=.])\s*|(?P<letter>[uvHrck])(?=[\s{])\s*)"""
    r"(?:\{\\?(?P<braced>[A-Za-z])\}|\\?(?P<bare>[A-Za-z])(?![A-Za-z]*\{))"
)


def _command(names: dict[str, str]) -> re.Pattern[str]:
    """A command that stands for a letter, in braces of its own or ended by `{}` or a space."""
    known = "|".join(names)
    return re.compile(rf"\{{\\({known})\}}|\\({known})(?:\{{\}}| |(?![A-Za-z]))")


_LETTER, _GREEK_LETTER = _command(_LETTERS), _command(_GREEK)


def _accented(match: re.Match[str]) -> str:
    mark = _MARKS[match["sign"] or match["letter"]]
    return unicodedata.normalize("NFC", (match["braced"] or match["bare"]) + mark)


def to_unicode(text: str, *, greek: bool = False) -> str:
    """Print accents and special letters as Unicode, inside formulas too, as arXiv does.

    Arguments:
        text: A title, comment, abstract or name in TeX.
        greek: Whether Greek letters are printed too; arXiv does so in titles and comments.
    """
    text = _ACCENT.sub(_accented, text)
    text = _LETTER.sub(lambda match: _LETTERS[match[1] or match[2]], text)
    if greek:
        text = _GREEK_LETTER.sub(lambda match: _GREEK[match[1] or match[2]], text)
    return text
