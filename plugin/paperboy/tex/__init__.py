"""Finds TeX in titles, abstracts, comments and names, masks it, and renders it as Unicode, MathML and safe HTML.

Everything here is a pure function of a string, takes any string without an error, and runs in linear time.

    spans, paragraphs     where the formulas are; where arXiv begins a new paragraph
    mask, unmask          what a translator must not touch, out of its sight and back
    readable, restore     the same for a text made readable, and for its translation
    to_unicode            text-mode TeX as Unicode, formulas left
    to_mathml, to_html    one formula, or a whole text, for a page
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from paperboy.tex.mathml import to_mathml
from paperboy.tex.spans import Span, spans
from paperboy.tex.unicode import convert, split_at_formulas, to_unicode
from paperboy.tex.url import URL, trim_url

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "PLACEHOLDER",
    "Masked",
    "Span",
    "mask",
    "paragraphs",
    "placeholders",
    "readable",
    "restore",
    "spans",
    "to_html",
    "to_mathml",
    "to_unicode",
    "unmask",
]

PLACEHOLDER = re.compile(r"<m(0|[1-9][0-9]{0,8})/>")
"""The one form of a placeholder: `<m0/>`. It costs a model three tokens, other forms four to seven."""

# What must reach the other side unchanged, besides formulas. The first alternative is wider than
# `PLACEHOLDER`: a translator that tidies `< m0 />` in the source must not make a placeholder of it.
_FIXED = re.compile(
    r"<\s{0,3}+/?\s{0,3}+[mM]\s{0,3}+\d+\s{0,3}+/?\s{0,3}+>"
    rf"|(?P<url>{URL.pattern})"
    r"|(?<![\w.%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++"
    r"|\\(?:[A-Za-z]++\*?(?:\[[^\[\]]*+\])?+(?:\{(?:[^{}]|\{[^{}]*+\})*+\})*+|[^\sA-Za-z])",
)
_BEGINS_FIXED = ("<", "://", "@", "\\")
"""Signs of which each of these holds one; most texts have none, and need not be searched."""
_BREAK = re.compile(r"\n(?:[ \t]|[ \t\r]*+\n)\s*+")
_ANY_SPACE = re.compile(r"\s+")
_DOLLAR = re.compile(r"(?<!\\)\$")
_TIGHT = re.compile(r"<m\d+/>(?=[A-Za-z\d])")
_SPACE = re.compile(r"[ \t\n\r\f\v\x85\u2028\u2029]+")
# Controls, lone surrogates and marks that reorder a line: none says anything, each can harm a page.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Without one of these, a printable text is its own HTML.
_NOT_PLAIN = re.compile(r"""[<>&"'`$\\{}~]|--|://|  """)
_LINKED = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_LINK_FORMULA = re.compile(r"\s*\\(?:href|url)\s*\{")


class Masked(NamedTuple):
    """A text with placeholders, and what they stand for: `pieces[0]` for `<m0/>`."""

    text: str
    pieces: list[str]


def mask(text: str) -> Masked:
    r"""Put a placeholder in the place of all that no translator may change.

    These are formulas, addresses of the web and of mail, TeX commands with their arguments, and whatever
    looks like a placeholder already.

    Returns:
        The text and its pieces, numbered from 0 in order; equal pieces have numbers of their own.
        `unmask(*mask(text)) == text` for every text.
    """
    return _masked(
        (part, text[part.start : part.end]) if isinstance(part, Span) else part for part in split_at_formulas(text)
    )


def readable(text: str) -> Masked:
    r"""A text as a translator should see it: text-mode TeX as Unicode, one line, and masked.

    Words inside `\emph{…}` are seen and translated; what is masked as a command is only what `to_unicode` does
    not know. Formulas are those of the text as it came, where `\$` is money and `$` is not.
    """
    masked = _masked(
        (part, " ".join(text[part.start : part.end].split())) if isinstance(part, Span) else _ANY_SPACE.sub(" ", part)
        for part in convert(text)
    )
    return Masked(masked.text.strip(), masked.pieces)


def restore(masked_text: str, pieces: list[str]) -> str:
    """`unmask` for a translation: a page finds these formulas in it, and no others.

    Where dollars of money would pair with those of formulas they are escaped, and a formula that begins like
    a sum is set apart from a digit or letter behind it.
    """
    restored = unmask(masked_text, pieces)
    used = [pieces[number] for number in placeholders(masked_text) if number < len(pieces)]
    wanted = [formula for piece in used for formula in ([piece] if piece[:1] == "$" else _formulas(piece))]
    if _formulas(restored) == wanted:
        return restored
    escaped = _DOLLAR.sub(r"\\$", masked_text)
    others = (unmask(text, pieces) for text in (escaped, _TIGHT.sub(r"\g<0> ", escaped)))
    return next((other for other in others if _formulas(other) == wanted), restored)


def _formulas(text: str) -> list[str]:
    return [text[span.start : span.end] for span in spans(text)]


def _masked(parts: Iterable[str | tuple[Span, str]]) -> Masked:
    pieces: list[str] = []
    masked: list[str] = []

    def replace(piece: str) -> None:
        masked.append(f"<m{len(pieces)}/>")
        pieces.append(piece)

    for part in parts:
        if isinstance(part, tuple):
            replace(part[1])
            continue
        start = 0
        may_hold = any(sign in part for sign in _BEGINS_FIXED)
        while may_hold and (match := _FIXED.search(part, start)):
            piece = trim_url(match[0]) if match["url"] else match[0]
            masked.append(part[start : match.start()])
            replace(piece)
            start = match.start() + len(piece)
        masked.append(part[start:])
    return Masked("".join(masked), pieces)


def unmask(masked_text: str, pieces: list[str]) -> str:
    """Put the pieces back for their placeholders.

    A piece is put back as often as its placeholder occurs and is not read again; a placeholder without a
    piece stays. Whether each occurs exactly once is for the caller to ask of `placeholders`.
    """

    def piece(match: re.Match[str]) -> str:
        number = int(match[1])
        return pieces[number] if number < len(pieces) else match[0]

    return PLACEHOLDER.sub(piece, masked_text)


def placeholders(text: str) -> list[int]:
    """The numbers of the placeholders in a text, in order, with repetitions; only the strict form counts."""
    return [int(number) for number in PLACEHOLDER.findall(text)]


def paragraphs(text: str) -> list[str]:
    """Split an abstract into its paragraphs, each on one line.

    A paragraph begins after a line break that is followed by a space, which is how arXiv marks it
    (https://info.arxiv.org/help/prep.html), or after a blank line, but never inside a formula.
    Every other line break is only a wrapped line.
    """
    breaks = list(_BREAK.finditer(text))
    formulas = spans(text) if breaks else []
    found: list[str] = []
    position = index = 0
    for match in breaks:
        while index < len(formulas) and formulas[index].end <= match.start():
            index += 1
        if index < len(formulas) and formulas[index].start < match.start():
            continue
        found.append(text[position : match.start()])
        position = match.end()
    lines = (_SPACE.sub(" ", part).strip(" ") for part in [*found, text[position:]])
    return [line for line in lines if line]


def to_html(text: str, mark: re.Pattern[str] | None = None) -> str:
    """Render a text as HTML of one line that is inert whatever the text holds.

    Text goes through `to_unicode`, formulas through `to_mathml`; a formula that is refused is shown as
    `<code class="tex">` with its source. Addresses of the web become links. Runs of white space become
    one space; controls, and marks that reorder text, are dropped.

    Arguments:
        text: The text, with TeX in it.
        mark: What to put into `<mark>` where it stands in prose; formulas and addresses are left alone.

    Returns:
        HTML for the content of a block or an inline element. Its only elements are those of MathML, `code`
        with that class, `mark`, and `a` with `href` (http or https).
    """
    if mark is None and text.isprintable() and not _NOT_PLAIN.search(text):
        return text  # three texts of four: names, most titles, most sentences
    return "".join(
        _formula(part, text[part.start : part.end]) if isinstance(part, Span) else _prose(part, mark)
        for part in convert(text)
    )


def _prose(text: str, mark: re.Pattern[str] | None) -> str:
    text = _clean(text)
    parts: list[str] = []
    position = 0
    for match in URL.finditer(text):
        url = trim_url(match[0])
        if _LINKED.match(url):
            parts += [_marked(text[position : match.start()], mark), _link(url)]
            position = match.start() + len(url)
    return "".join([*parts, _marked(text[position:], mark)])


def _marked(text: str, mark: re.Pattern[str] | None) -> str:
    if mark is None:
        return _escaped(text)
    parts: list[str] = []
    position = 0
    for match in mark.finditer(text):
        if match[0]:
            parts += [_escaped(text[position : match.start()]), f"<mark>{_escaped(match[0])}</mark>"]
            position = match.end()
    return "".join([*parts, _escaped(text[position:])])


def _formula(span: Span, source: str) -> str:
    source = _clean(source)
    mathml = to_mathml(_clean(span.body), display=span.display)
    if mathml is not None:
        return mathml
    # Some authors write a link as a formula, to have it work on arXiv's page.
    if _LINK_FORMULA.match(span.body) and (url := URL.search(source)):
        address = trim_url(url[0])
        if _LINKED.match(address):
            return _link(address.replace("\\", ""))
    return f'<code class="tex">{_escaped(source)}</code>'


def _clean(text: str) -> str:
    text = _SPACE.sub(" ", text)
    return text if text.isprintable() else _SPACE.sub(" ", _UNPRINTABLE.sub("", text))


def _escaped(text: str) -> str:
    return escape(text, quote=False)  # for the content of elements, where quotes are letters


def _link(url: str) -> str:
    return f'<a href="{escape(url)}">{_escaped(url)}</a>'
