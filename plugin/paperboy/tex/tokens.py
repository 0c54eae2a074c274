"""The tokens of text-mode TeX: commands, escapes, marks, formulas, addresses, and the text between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from paperboy.tex.spans import Span
from paperboy.tex.symbols import CLOSED_AT_END
from paperboy.tex.url import URL, trim_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    rf"(?P<url>\\?{URL.pattern})|\\unicode\s*\{{x(?P<code>[0-9A-Fa-f]{{2,5}})\}}"
    r"|\\(?P<command>[A-Za-z]++\*?)|\\(?P<escape>[\s\S])|(?P<mark>[{}~]|-{2,}+|``|'')",
)


class Token(NamedTuple):
    """One token; `span` is the formula where `kind` is `formula`."""

    kind: str
    text: str
    span: Span | None = None


def tokens(part: str | Span) -> Iterator[Token]:
    """Read the tokens of a text, or of a formula, which is one."""
    if isinstance(part, Span):
        yield Token("formula", "$", part)
        return
    position = 0
    while match := _TOKEN.search(part, position):
        if match.start() > position:
            yield Token("text", part[position : match.start()])
        kind, text = str(match.lastgroup), match[0]
        if kind == "url":
            text = trim_url(text)
        position = match.start() + len(text)
        if kind == "code":
            character = chr(min(int(match["code"], 16), 0x10FFFF))
            kind, text = "text", character if character.isprintable() else text
        yield Token(kind, text)
    if position < len(part):
        yield Token("text", part[position:])


def match_braces(tokens: list[Token]) -> dict[int, int]:
    r"""Map each opening brace to its closing one; a note that lost its own ends where the text ends.

    `\footnote{Code: https://a.org/b` is what remains where the brace was taken for part of the address.
    """
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind == "mark" and token.text == "{":
            waiting.append(index)
        elif token.kind == "mark" and token.text == "}" and waiting:
            partner[waiting.pop()] = index
    for index in reversed(waiting):
        if index and tokens[index - 1].text.lstrip("\\") in CLOSED_AT_END:
            partner[index] = len(tokens)
            tokens.append(Token("mark", "}"))
    return partner
