"""Cleans single texts as sources give them: titles, names, comments."""

from __future__ import annotations


def collapse_whitespace(text: str) -> str:
    """Text without the line breaks that older servers put into titles, comments and references."""
    if text.isprintable():  # most are, and a line break is not
        return text.strip()
    return " ".join(filter(None, (line.strip() for line in text.splitlines())))


def is_name(text: str) -> bool:
    """Whether this is a name, not the `:` that stands between a collaboration and its members."""
    return text[:1].isalnum() or any(map(str.isalnum, text))
