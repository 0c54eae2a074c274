r"""Finds the formulas of a text in one pass and linear time; amounts of money are no formulas.

The delimiters are those that MathJax, which arXiv's pages use, can take: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` and
environments. As in MathJax, a dollar inside braces does not close a formula that began outside them,
so `$a \text{ if $b$}$` is one formula.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal, NamedTuple

Kind = Literal["dollar", "double-dollar", "parenthesis", "bracket", "environment", "ensuremath"]

_ENVIRONMENTS = (
    "align alignat aligned alignedat array bmatrix Bmatrix cases dcases displaymath dmath empheq"
    " eqnarray equation flalign gather gathered math matrix multline pmatrix smallmatrix split"
    " subarray subequations vmatrix Vmatrix"
)
ENVIRONMENTS = frozenset(_ENVIRONMENTS.split())
"""The environments that are formulas, without the star: those of LaTeX and amsmath."""

# `\\` and `\$` are read as pairs, so that neither opens anything.
_TOKEN = re.compile(
    r"\\(?:(?P<edge>begin|end)\s*+\{(?P<name>[A-Za-z]+)\*?\}|(?P<ensure>ensuremath\s*+\{)|[\s\S])"
    r"|[${}]|\n[ \t]*+\n",
)
_BRACKETS: dict[str, tuple[str, Kind]] = {
    "\\)": ("\\(", "parenthesis"),
    "\\]": ("\\[", "bracket"),
}
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u9fff\uac00-\ud7af]")
_PLAIN_WORDS = re.compile(r"(?:(?<![^\s(])[^\W\d_]{3,}[,.;:)]?\s+){2}")
_MANY_PLAIN_WORDS = re.compile(r"(?:(?<![^\s(])[^\W\d_]{3,}[,.;:)]?\s+){4}")
_HAN = re.compile(r"[\u3001-\u303f\u3040-\u9fff\uac00-\ud7af\uff01-\uff1f]")
_IN_BRACES = re.compile(r"\{[^{}]*+\}")
_TEX = re.compile(r"[\\^_{}=+<>|]")
# How much of a would-be formula is looked at to tell it from prose: more than any sum of money needs,
# and a bound that keeps hostile text linear.
_WINDOW = 400


class Span(NamedTuple):
    r"""One formula: `text[start:end]` with its delimiters, `body` without them.

    The body of an environment keeps its `\begin` and `\end`, which are part of what it says.
    """

    start: int
    end: int
    kind: Kind
    body: str
    display: bool


def spans(text: str) -> list[Span]:
    r"""Find the formulas of a text, in order and not overlapping.

    Everything else is text: escaped dollars (`\$`), sums of money ("costs $5 and $10 million"), a
    delimiter without a partner, environments of prose such as `itemize`. The text may be a title, an
    abstract, a comment or a name, as arXiv gives it or as a translator gave it back.
    """
    if "$" not in text and "\\" not in text:
        return []
    delimiters = _Delimiters(text)
    found: list[Span] = []
    position = 0
    for start in delimiters.openings():
        closing = delimiters.close(start) if start >= position else None
        if closing is None:
            continue
        kind, body, body_end, position = closing
        display = kind in {"double-dollar", "bracket", "environment"}
        found.append(Span(start, position, kind, text[body:body_end], display))
    return found


class _Closing(NamedTuple):
    """Where a formula ends: the offsets of its body, and of its own end."""

    kind: Kind
    body: int
    body_end: int
    end: int


class _Delimiters:
    """All delimiters of a text, each opening one with what could close it.

    Brackets and environments are matched while reading. What a dollar means depends on what stands
    before it, so dollars are only prepared here: `_single` and `_double` say which dollar, or pair of
    dollars, is the next one not deeper in braces, and `_near` which is the next at all.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._closed: dict[int, _Closing] = {}
        self._single: dict[int, int] = {}
        self._double: dict[int, int] = {}
        self._near: dict[int, int] = {}
        self._dollars: list[tuple[int, int]] = []
        self._waiting: dict[str, list[int]] = {}
        self._read()

    def _read(self) -> None:
        depth = paragraph = 0
        for match in _TOKEN.finditer(self._text):
            sign = match[0]
            if sign == "$":
                self._dollars.append((match.start(), depth))
            elif sign == "{" or match["ensure"]:
                depth += 1
                self._open("{", match.start())
            elif sign == "}":
                depth -= 1
                self._close_brace(match)
            elif sign in {"\\(", "\\["}:
                self._open(sign, match.start())
            elif sign in _BRACKETS:
                self._close_bracket(match)
            elif match["edge"]:
                self._environment(match)
            elif sign.startswith("\n"):
                # A blank line ends what a single dollar opened, as in TeX.
                self._pair_singles(self._dollars[paragraph:])
                paragraph = len(self._dollars)
        self._pair_singles(self._dollars[paragraph:])
        self._double = _next_not_deeper(
            [here for here, after in pairwise(self._dollars) if after[0] == here[0] + 1],
        )

    def _open(self, name: str, start: int) -> None:
        self._waiting.setdefault(name, []).append(start)

    def _opening(self, name: str) -> int | None:
        """Where the last delimiter of a name was opened that is not closed yet."""
        waiting = self._waiting.get(name)
        return waiting.pop() if waiting else None

    def _close_brace(self, match: re.Match[str]) -> None:
        opening = self._opening("{")
        if opening is not None and self._text[opening] == "\\":
            body = self._text.index("{", opening) + 1
            self._closed[opening] = _Closing("ensuremath", body, match.start(), match.end())

    def _close_bracket(self, match: re.Match[str]) -> None:
        name, kind = _BRACKETS[match[0]]
        opening = self._opening(name)
        if opening is not None:
            self._closed[opening] = _Closing(kind, opening + 2, match.start(), match.end())

    def _environment(self, match: re.Match[str]) -> None:
        name = match["name"]
        if match["edge"] == "begin":
            self._open(name, match.start())
            return
        opening = self._opening(name)
        if opening is not None and name in ENVIRONMENTS:
            self._closed[opening] = _Closing("environment", opening, match.end(), match.end())

    def _pair_singles(self, dollars: list[tuple[int, int]]) -> None:
        self._single |= _next_not_deeper(dollars)
        self._near |= {here[0]: after[0] for here, after in pairwise(dollars)}

    def openings(self) -> list[int]:
        """The offsets where a formula may begin, in order."""
        return sorted([*self._closed, *(offset for offset, _ in self._dollars)])

    def close(self, start: int) -> _Closing | None:
        """Where the formula ends that begins at `start`; `None` if none begins there."""
        if start in self._closed:
            return self._closed[start]
        if self._near.get(start) == start + 1:
            double = self._double.get(start, start)
            # `$$$` would leave nothing between: the pair that closes must not overlap the opening one.
            if double > start + 2:
                return _Closing("double-dollar", start + 2, double, double + 2)
            return None
        # With a brace missing somewhere in a formula, the next dollar is the best guess for its end.
        for single in (self._single.get(start), self._near.get(start)):
            if single is not None and not _is_prose(self._text, start, single):
                return _Closing("dollar", start + 1, single, single + 1)
        return None


def _next_not_deeper(dollars: list[tuple[int, int]]) -> dict[int, int]:
    """Map each offset to the next one whose depth is not greater, where there is one."""
    following: dict[int, int] = {}
    waiting: list[tuple[int, int]] = []
    for offset, depth in dollars:
        while waiting and waiting[-1][1] >= depth:
            following[waiting.pop()[0]] = offset
        waiting.append((offset, depth))
    return following


def _is_prose(text: str, start: int, end: int) -> bool:
    r"""Tell whether what stands between two dollars is prose, so that the first is money or a slip.

    A formula of plain words is rare and prose with TeX between two sums of money is too, so TeX decides
    for a formula. Pandoc's rule (no digit after, no space before the closing dollar) decides the rest
    where the text begins like a sum; else two plain words that run into the closing dollar do, or four.
    Chinese, Japanese or Korean outside of `\text{…}` is a translator's, who leaves formulas as they are.
    """
    body = text[start + 1 : min(end, start + _WINDOW)]
    after = text[end + 1 : end + 2]
    if not body.isascii() and _HAN.search(_IN_BRACES.sub("", body)):
        return True
    if _TEX.search(body):
        return False
    runs_on = after.isalnum() or text[end - 1].isspace()
    if body[:1].isdigit():
        return (after.isdigit() or _WORD.search(body) is not None) and runs_on
    return (_PLAIN_WORDS if runs_on else _MANY_PLAIN_WORDS).search(body) is not None
