"""Converts one formula to MathML with math-core, or to nothing: no formula adds anything but MathML to a page."""

from __future__ import annotations

import re

from math_core import LatexError, LatexToMathML

MAX_LENGTH = 1000
"""Longer formulas are refused; the longest of 104,000 in the corpora has 808 characters."""
MAX_DEPTH = 50
"""Deeper nesting is refused, of braces in the source and of elements in the result."""
MAX_SPACE = 10.0
"""The widest single space, in em."""
_MAX_OVERLAP = 2.0
"""How far, in em, all negative spaces together may pull a formula over its neighbours."""

# Commands that math-core lacks and that mean one thing wherever they occur in the corpora; those of single
# authors (`\ours`, `\Om`) are not guessed at: their source is shown.
_MACROS = {
    # Other packages' names for what is known.
    "mbox": r"\text{#1}",
    "hbox": r"\text{#1}",
    "textup": r"\text{#1}",
    "textsc": r"\text{#1}",
    "mathbbm": r"\mathbb{#1}",
    "mathds": r"\mathbb{#1}",
    "bm": r"\boldsymbol{#1}",
    "widetilde": r"\tilde{#1}",
    "Bar": r"\bar{#1}",
    "ensuremath": r"#1",
    "smash": r"#1",
    "sfrac": r"\tfrac{#1}{#2}",
    "sp": r"^{#1}",
    "sb": r"_{#1}",
    "dotsc": r"\ldots",
    "thicksim": r"\sim",
    "slash": r"/",
    "xspace": "",
    "nonumber": "",
    "notag": "",
    "boldmath": "",
    "thinspace": r"\,",
    "substack": r"\begin{matrix}#1\end{matrix}",
    "abs": r"\left|#1\right|",
    "norm": r"\left\|#1\right\|",
    "eps": r"\varepsilon",
    "RR": r"\mathbb{R}",
    "Rn": r"\mathbb{R}^n",
    "CC": r"\mathbb{C}",
    "NN": r"\mathbb{N}",
    "ZZ": r"\mathbb{Z}",
    "C": r"\mathbb{C}",
    "N": r"\mathbb{N}",
    "Q": r"\mathbb{Q}",
    "Z": r"\mathbb{Z}",
    "tr": r"\operatorname{tr}",
    "Tr": r"\operatorname{Tr}",
    "dist": r"\operatorname{dist}",
    "supp": r"\operatorname{supp}",
    "sech": r"\operatorname{sech}",
    "poly": r"\operatorname{poly}",
    "polylog": r"\operatorname{polylog}",
    "lambdabar": "ƛ",
    "upmu": r"\mathrm{μ}",
    # Astronomers' units and signs: aastex and mnras.
    "Msun": r"M_\odot",
    "msun": r"M_\odot",
    "MSUN": r"M_\odot",
    "Msol": r"M_\odot",
    "Lsun": r"L_\odot",
    "lsun": r"L_\odot",
    "Rsun": r"R_\odot",
    "rsun": r"R_\odot",
    "Zsun": r"Z_\odot",
    "sun": r"\odot",
    "arcsec": r"^{\prime\prime}",
    "arcmin": r"^{\prime}",
    "farcs": r"\overset{\prime\prime}{.}",
    "farcm": r"\overset{\prime}{.}",
    "fdg": r"\overset{\circ}{.}",
    "degr": r"^{\circ}",
    "arcdeg": r"^{\circ}",
    "kms": r"\mathrm{km\,s^{-1}}",
    "Mpc": r"\mathrm{Mpc}",
    "kpc": r"\mathrm{kpc}",
    "pc": r"\mathrm{pc}",
    "Gyr": r"\mathrm{Gyr}",
    "Myr": r"\mathrm{Myr}",
    "angstrom": "Å",
    "micron": r"\mathrm{μm}",
}
_CONVERTER = LatexToMathML(macros=_MACROS, fancy_error=False)

_BARE_PERCENT = re.compile(r"(?<!\\)((?:\\\\)*+)%")
_REFUSED = re.compile(r"\\(?:(?:e|g|x)?def|let|(?:re)?newcommand|newenvironment|eqref|ref)(?![A-Za-z])")
_COLOUR = re.compile(r"\\(?:text)?color\s*(?:\[\w*\])?\{[^{}]*\}")
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+)\*?\}(?:(?<=at\}|ed\}|t\*\})\s*\{\d+\})?")
# The environments of displays as those of parts: numbers mean nothing outside the paper.
_UNNUMBERED = {
    "align": "aligned",
    "flalign": "aligned",
    "split": "aligned",
    "alignat": "aligned",
    "alignedat": "aligned",
    "gather": "gathered",
    "multline": "gathered",
    "smallmatrix": "matrix",
    "dmath": None,
    "displaymath": None,
    "equation": None,
    "math": None,
    "subequations": None,
}
_UNICODE = re.compile(r"\\unicode\s*\{x([0-9A-Fa-f]{2,5})\}")
_ESCAPED = "%&_#${}"
_RING = re.compile(r"\\r\s*\{A\}")
_LABEL = re.compile(r"\\label\s*\{[^{}]*\}|\\(?:small|tiny|scriptsize|footnotesize|normalsize|large|Large)(?![A-Za-z])")
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")
_SWITCH = re.compile(r"([_^])\s*\\(rm|bf|it|cal|tt|sf)(?![A-Za-z])\s*")
_FENCE = re.compile(r"\\(left|right)\s*([<>])")
_TEXT_COMMAND = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt|up|sc|normal)?|[mh]box)\s*\{")
_SPECIAL_IN_TEXT = re.compile(r"(?<!\\)([_#&])")

_ELEMENTS = (
    "math|mrow|mi|mo|mn|ms|mtext|mspace|msup|msub|msubsup|mfrac|msqrt|mroot|mover|munder|munderover"
    "|mtable|mtr|mtd|mstyle|mpadded|mphantom|menclose|mmultiscripts|mprescripts|merror|none"
)
_ATTRIBUTES = (
    "accent|accentunder|columnalign|depth|display|displaystyle|fence|form|height|largeop|linethickness"
    "|lspace|mathvariant|maxsize|minsize|movablelimits|notation|rspace|scriptlevel|separator|stretchy"
    "|style|symmetric|voffset|width"
)
# The whole output must be of these elements, attributes and harmless values, whatever the engine does.
_SAFE = re.compile(
    rf"(?:[^<>\x00-\x1f\x7f-\x9f]"
    rf"|<(?:{_ELEMENTS})(?:\ (?:{_ATTRIBUTES})=\"[\w .,:;%#+-]*\")*+/?>|</(?:{_ELEMENTS})>)++",
)
# Text commands give elements of HTML for their fonts: the words are kept without them.
_HTML_FONT = re.compile(r"</?(?:b|em|i|u|s|code|strong|small|span)(?: class=\"[\w -]*\")?>")
_LENGTH = re.compile(r"[\":]\s*(-?)([\d.]+)r?e[mx]\b")
_FORMATTING = re.compile(r"[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def to_mathml(body: str, *, display: bool) -> str | None:
    """Convert one formula, without its delimiters, to a `<math>` element on one line.

    Bare `%` is a percent sign, as authors of abstracts mean it, not the comment that TeX would see.
    Numbers, labels and colours are dropped: they mean something only inside the paper.

    Arguments:
        body: The formula; `Span.body`.
        display: Whether it stands on a line of its own.

    Returns:
        The element, of MathML elements and plain attributes only; `None` where math-core refuses the
        formula or one of the limits above does.
    """
    if len(body) > MAX_LENGTH or _depth(body) > MAX_DEPTH or _FORMATTING.search(body):
        return None
    source = " ".join(body.split())
    if "%" in source:
        source = _BARE_PERCENT.sub(r"\1\\%", source)
    if "\\" in source:
        if _REFUSED.search(source):
            return None
        source = _COLOUR.sub("", source)
        if "\\begin" in source:
            source = _ENVIRONMENT.sub(_unnumbered, _LABEL.sub("", source))
    result = _convert(source, display=display)
    if result is None:
        repaired = _repair(source)
        result = _convert(repaired, display=display) if repaired != source else None
    return result


def _convert(source: str, *, display: bool) -> str | None:
    """Convert with the engine, and accept only output that is known to be harmless."""
    try:
        result = _CONVERTER.convert_with_local_state(source, displaystyle=display)
    except LatexError:
        return None
    result = _HTML_FONT.sub("", result)
    if _SAFE.fullmatch(result) is None or not _modest(result):
        return None
    return result


def _modest(result: str) -> bool:
    """Tell whether the spaces stay small and the elements shallow."""
    overlap = 0.0
    for sign, number in _LENGTH.findall(result):
        size = float(number)
        overlap += size if sign else 0.0
        if size > MAX_SPACE or overlap > _MAX_OVERLAP:
            return False
    # No nesting is deeper than the number of end tags, which is cheap to have.
    if result.count("</") <= MAX_DEPTH:
        return True
    depth = 0
    for tag in re.findall(r"<[^>]*>", result):
        if tag.startswith("</"):
            depth -= 1
        elif not tag.endswith("/>"):
            depth += 1
            if depth > MAX_DEPTH:
                return False
    return True


def _depth(body: str) -> int:
    """How deep the braces nest, escaped ones included: this is a limit, not a parse."""
    if body.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for character in body:
        if character == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "}":
            depth -= 1
    return deepest


def _unnumbered(match: re.Match[str]) -> str:
    edge, name = match[1], match[2]
    if name == "eqnarray":
        return r"\begin{array}{rcl}" if edge == "begin" else r"\end{array}"
    inner = _UNNUMBERED.get(name, name)
    return f"\\{edge}{{{inner}}}" if inner else ""


def _repair(source: str) -> str:
    """Rewrite what authors write and MathJax takes, but the engine does not."""
    source = _LABEL.sub("", source)
    source = _RING.sub("Å", source).replace("\\newline", r"\\").replace("\\hfill", " ")
    source = _TAG.sub(r"\\quad(\\text{\1})", source)
    source = _UNICODE.sub(lambda match: f"\\text{{{_character(match[1])}}}", source)
    source = _SWITCH.sub(lambda match: f"{match[1]}\\math{match[2]} ", source)
    source = _FENCE.sub(lambda match: f"\\{match[1]}\\{'l' if match[2] == '<' else 'r'}angle ", source)
    return _split_text(source)


def _character(code: str) -> str:
    character = chr(min(int(code, 16), 0x10FFFF))
    if character in _ESCAPED:
        return f"\\{character}"
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _split_text(source: str) -> str:
    r"""Take formulas out of text (`\text{if $x$}` → `{\text{if }x}`), and escape its underscores."""
    parts: list[str] = []
    position = 0
    for match in _TEXT_COMMAND.finditer(source):
        if match.start() < position:
            continue
        end = _closing_brace(source, match.end())
        if end is None:
            break
        # Every second piece stood between dollars, and is a formula.
        pieces = source[match.end() : end].split("$")
        for index in range(0, len(pieces), 2):
            text = _SPECIAL_IN_TEXT.sub(r"\\\1", pieces[index])
            pieces[index] = f"{match[0]}{text}}}" if text else ""
        parts += [source[position : match.start()], "{", "".join(pieces), "}"]
        position = end + 1
    return "".join([*parts, source[position:]])


def _closing_brace(source: str, start: int) -> int | None:
    """Where the group ends whose content begins at `start`."""
    depth = 1
    for match in re.compile(r"\\.|[{}]").finditer(source, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None
