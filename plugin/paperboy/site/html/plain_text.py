"""Plain text for places without markup: titles of feeds, names, citations."""

from __future__ import annotations

import re

from paperboy import tex

# Controls, surrogates and code points that XML 1.0 forbids, and marks that reorder a line.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def printable(text: str) -> str:
    """The text on one line, without control characters."""
    return " ".join(_UNWANTED.sub(" ", text).split())


def plain(text: str) -> str:
    """The text with its text-mode TeX as Unicode; formulas stay as they are written."""
    return printable(tex.to_unicode(text))


def markdown(text: str) -> str:
    """The text on one line as Markdown that shows it as it is: no markup, no link, and nobody is mentioned.

    Any ASCII punctuation may stand behind a backslash (https://spec.commonmark.org/0.31.2/#backslash-escapes). An
    `@` or `#` is found by GitHub after that is taken away, so that nothing may follow it at once.
    """
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", printable(text))
    return re.sub(r"([@#])(?=\S)", "\\1\u200b", escaped)
