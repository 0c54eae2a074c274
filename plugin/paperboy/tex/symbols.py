"""What text-mode TeX stands for in Unicode: tables, chosen by what the corpora of abstracts hold."""

from __future__ import annotations


def _table_words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


COMBINING = {
    '"': "\N{COMBINING DIAERESIS}",
    "'": "\N{COMBINING ACUTE ACCENT}",
    "`": "\N{COMBINING GRAVE ACCENT}",
    "^": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "~": "\N{COMBINING TILDE}",
    "=": "\N{COMBINING MACRON}",
    ".": "\N{COMBINING DOT ABOVE}",
    "u": "\N{COMBINING BREVE}",
    "v": "\N{COMBINING CARON}",
    "H": "\N{COMBINING DOUBLE ACUTE ACCENT}",
    "r": "\N{COMBINING RING ABOVE}",
    "c": "\N{COMBINING CEDILLA}",
    "k": "\N{COMBINING OGONEK}",
    "d": "\N{COMBINING DOT BELOW}",
    "b": "\N{COMBINING MACRON BELOW}",
}
"""Accent commands of LaTeX by their character."""

LETTERS = {
    "AA": "Å",
    "AE": "Æ",
    "DH": "Ð",
    "DJ": "Đ",
    "L": "Ł",
    "NG": "Ŋ",
    "O": "Ø",
    "OE": "Œ",
    "TH": "Þ",
    "aa": "å",
    "ae": "æ",
    "dh": "ð",
    "dj": "đ",
    "i": "ı",
    "j": "ȷ",
    "l": "ł",
    "ng": "ŋ",
    "o": "ø",
    "oe": "œ",
    "ss": "ß",
    "th": "þ",
}
"""Commands that are letters of a word, so that the space after them is TeX's own."""

SYMBOLS = {
    "LaTeX": "LaTeX",
    "P": "¶",
    "S": "§",
    "TeX": "TeX",
    "copyright": "©",
    "dag": "†",
    "ddag": "‡",
    "dots": "…",
    "euro": "€",
    "ldots": "…",
    "lq": "‘",
    "pounds": "£",
    "rq": "’",
    "slash": "/",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textbackslash": "\\",
    "textbar": "|",
    "textbullet": "•",
    "textcopyright": "©",
    "textdegree": "°",
    "textdollar": "$",
    "textellipsis": "…",
    "textemdash": "—",
    "textendash": "–",
    "texteuro": "€",
    "textgreater": ">",
    "textless": "<",
    "textmu": "µ",
    "textpm": "±",
    "textquotedblleft": "“",
    "textquotedblright": "”",
    "textquoteleft": "‘",
    "textquoteright": "’",
    "textquotesingle": "'",
    "textregistered": "®",
    "textsection": "§",
    "texttimes": "×",
    "texttrademark": "™",
    "textunderscore": "_",
    # Authors' macros that all mean the same.
    "eg": "e.g.",
    "etal": "et al.",
    "etc": "etc.",
    "ie": "i.e.",
    # Signs of mathematics that authors leave outside a formula; with one meaning each.
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
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
    "phi": "φ",
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
    "Msun": "M⊙",
    "msun": "M⊙",
    "approx": "≈",
    "arcmin": "′",
    "arcsec": "″",
    "degr": "°",
    "degree": "°",
    "ell": "ℓ",
    "kms": "km/s",
    "odot": "⊙",
    "propto": "∝",
    "simeq": "≃",
    "sun": "⊙",
    "cap": "∩",
    "cup": "∪",
    "bullet": "•",
    "cdot": "·",
    "checkmark": "✓",
    "circ": "°",
    "deg": "°",
    "ge": "≥",
    "geq": "≥",
    "gtrsim": "≳",
    "in": "∈",
    "infty": "∞",
    "int": "∫",
    "le": "≤",
    "leftrightarrow": "↔",
    "leq": "≤",
    "lesssim": "≲",
    "nabla": "∇",
    "neq": "≠",
    "partial": "∂",
    "pm": "±",
    "rightarrow": "→",
    "sim": "∼",
    "star": "⋆",
    "subset": "⊂",
    "sum": "∑",
    "times": "×",
    "to": "→",
}
"""Commands that are one sign or word; the space after them is kept, as readers expect it."""

ESCAPES = {
    **{character: character for character in "%&_#${}"},
    **dict.fromkeys([" ", "\n", "\t", ",", ";", ":", ">", "\\"], " "),
    **dict.fromkeys(["!", "-", "/", "@"], ""),
    "|": "‖",
}
"""Commands of one character that is not a letter: escapes, spaces, hints to the typesetter."""

UNWRAPPED = _table_words(
    "ac acl acrfull acrlong acrshort acs ce emph gls hbox hl mathbb mathcal mathrm mbox num so text textbf",
    "textit textlf textmd textnormal textrm textsc textsf textsl texttt textup uline ul underline uwave",
    # What authors mark for their referees, and forget to unmark.
    "added blue cameraready change changed highlight red rev revise revised revision",
)
"""Commands of which only the argument is text."""

BRACKETED = {
    "enquote": ("“", "”"),
    "footnote": (" (", ")"),
    "textquote": ("“", "”"),
    "thanks": (" (", ")"),
}
"""Commands whose argument is text between two signs."""

CLOSED_AT_END = UNWRAPPED | BRACKETED.keys() | {"href", "textcolor", "url"}
"""Commands whose argument goes on to the end of the text where its closing brace is missing."""

DECLARATIONS = _table_words(
    "Huge LARGE Large bf bfseries bigskip boldmath centering em footnotesize hfill huge indent it",
    "itshape large linebreak medskip newline noindent normalfont normalsize par quad qquad rm rmfamily",
    "sc scriptsize scshape sf sffamily sl slshape small smallskip tiny thinspace tt ttfamily upshape xspace",
)
"""Commands that set a fashion or a space, without an argument."""

SPACES = _table_words("bigskip hfill linebreak medskip newline par quad qquad smallskip thinspace")
"""Those declarations in whose place a space is due."""

CITATIONS = _table_words(
    "autocite autoref bibitem cite citealp citealt citeauthor citep citet citeyear cref Cref eqref",
    "footcite hspace index label nocite pageref parencite ref textcite vspace",
)
"""Commands that point into the paper or its layout, and are dropped with their argument."""

OPTIONED = CITATIONS | _table_words("color colorbox footnote href textcolor")
"""Commands that may have an argument in square brackets first, which says nothing to a reader."""

ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV", "5": "V", "6": "VI", "7": "VII", "8": "VIII", "9": "IX"}
r"""Stages of ionisation, as astronomers write them: `\ion{S}{2}` is S II."""

SUPERSCRIPTS = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
