r"""Converts text-mode TeX to Unicode: one pass over the tokens of a text, with an allow-list of commands.

Formulas and URLs pass through unread. A command that is not in the tables stays as it is, so that a
reader sees what was not understood; and a bare `%` is a percent sign, never a comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import normalize

from paperboy.tex.spans import Span, spans
from paperboy.tex.symbols import (
    BRACKETED,
    CITATIONS,
    COMBINING,
    DECLARATIONS,
    ESCAPES,
    LETTERS,
    OPTIONED,
    ROMAN,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SYMBOLS,
    UNWRAPPED,
)
from paperboy.tex.tokens import Token, match_braces, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TRIGGER = re.compile(r"[\\{~]|--|``|''")
_PROSE_ENVIRONMENT = re.compile(r"(?:itemize|enumerate|description|quote|center|abstract|flushleft)\*?")
# A tie stands between a word and what belongs to it; elsewhere authors mean "about" (`~30%`), "similar to"
# (`A ~ B`, `log(M)~9`), a range (`5~10`) or a home page (`/~name`).
_TIE_AFTER = re.compile(r"[\w.,:;)\]’”'\"%$°]\Z")
_OPTION = re.compile(r"\s*(?:\[[^\[\]]*\]\s*)+")
# `{0, 1}`, `{bad, fairly good, good}`: first some words, not half a sentence, and more after the comma.
_SET = re.compile(r"\s*[^{}\\,\s]+(?:\s[^{}\\,\s]+){0,2}\s*,[^{}\\]*[^{}\\,\s]\s*")
_ACCENTED_LETTERS = frozenset({"i", "j", "ae", "AE", "o", "O", "aa", "AA"})
_DASHES = {"--": "–", "---": "—"}
# How many tokens an accent, a script or a set may span.
_SHORT = 16


def convert(text: str) -> list[str | Span]:
    """Convert a text and keep its formulas apart: strings of plain Unicode between spans."""
    parts = split_at_formulas(text)
    if any(isinstance(part, str) and _TRIGGER.search(part) for part in parts):
        return _merged(_Converter(parts).run())
    return parts


def to_unicode(text: str) -> str:
    r"""Convert text-mode TeX to Unicode; formulas and addresses stay as they are.

    `{\em Schr\"odinger} bridges~\cite{a} for $\alpha$ gain 5\%` gives `Schrödinger bridges for $\alpha$
    gain 5%`. Fonts are unwrapped, notes and links go into brackets, pointers into the paper (`\cite`,
    `\ref`) are dropped. A letter is composed with its own accent; nothing else is normalised. What is no
    TeX, and a command that is not known, stays character by character. The only change to an address
    is that an escape in it (`\_`) loses its backslash.
    """
    if not _TRIGGER.search(text):
        return text
    return "".join(text[part.start : part.end] if isinstance(part, Span) else part for part in convert(text))


def split_at_formulas(text: str) -> list[str | Span]:
    """Cut a text at its formulas: strings, with a span between each two."""
    parts: list[str | Span] = []
    position = 0
    for span in spans(text):
        parts += [text[position : span.start], span]
        position = span.end
    return [*parts, text[position:]]


def _merged(parts: Iterable[str | Span]) -> list[str | Span]:
    merged: list[str | Span] = []
    run: list[str] = []
    for part in parts:
        if isinstance(part, Span):
            merged += ["".join(run), part]
            run = []
        else:
            run.append(part)
    return [*merged, "".join(run)]


class _Converter:
    """The state of one pass: the tokens, what has been written, and what closes at which brace."""

    def __init__(self, parts: Iterable[str | Span]) -> None:
        self._tokens = [token for part in parts for token in tokens(part)]
        self._partner = match_braces(self._tokens)
        self._closing: dict[int, Callable[[], None]] = {}
        self._kept: set[int] = set()
        self._out: list[str | Span] = []
        self._quotes = 0

    def run(self) -> list[str | Span]:
        """Convert all tokens."""
        index = 0
        while index < len(self._tokens):
            index = self._step(index)
        return self._out

    def _step(self, index: int) -> int:
        """Convert the token at `index`, and say which one is next."""
        kind, text, span = self._tokens[index]
        if kind == "command":
            return self._command(index, text[1:])
        if kind == "escape":
            return self._escape(index, text[1:])
        if span is not None:
            self._out.append(span)
        elif kind == "url":
            # Out of `project{https://a.org}`, which had no space.
            space = " " if self._before().isalnum() else ""
            self._out.append(space + re.sub(r"\\(.)", r"\1", text))
        elif index in self._kept:
            self._out.append(text)
        elif text == "{" and index in self._partner:
            self._group(index)
        elif text == "}" and index in self._closing:
            self._closing.pop(index)()
        else:
            self._out.append(self._punctuation(index) if kind == "mark" else text)
        return index + 1

    # Groups.

    def _group(self, index: int) -> None:
        """A bare group: its braces go, unless they mean something to the reader."""
        end = self._partner[index]
        short = end - index < _SHORT
        last = self._out[-1] if self._out else ""
        if short and isinstance(last, str) and last.endswith(("^", "_")):
            self._closing[end] = self._script(len(self._out), last[-1], written=True)
        elif short and _SET.fullmatch(self._raw(index, end)):
            # `{0, 1}` is a set, not a group.
            self._kept.add(end)
            self._out.append("{")
        else:
            self._closing[end] = _nothing

    def _script(self, start: int, sign: str, *, written: bool) -> Callable[[], None]:
        r"""Close a group that is raised or lowered: by Unicode's own signs if it has them all.

        Where the sign was `written` (`10^{-3}`, not `\textsuperscript`), brackets keep the group together.
        """
        small_forms = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS

        def close() -> None:
            inner = "".join(part for part in self._out[start:] if isinstance(part, str))
            before = self._out[start - 1] if 0 < start < len(self._out) else ""
            if not inner or any(isinstance(part, Span) for part in self._out[start:]):
                return
            if written and not (isinstance(before, str) and before.endswith(sign)):
                return
            if all(ord(character) in small_forms for character in inner):
                self._out[start:] = [inner.translate(small_forms)]
                if written:
                    self._out[start - 1] = str(before)[:-1]
            elif written and not inner.isalnum():
                self._out[start:] = ["(", inner, ")"]

        return close

    def _raw(self, index: int, end: int) -> str:
        """The source between the braces at two indices."""
        return "".join(token.text for token in self._tokens[index + 1 : end])

    def _argument(self, index: int, *, optional: bool = False) -> int | None:
        """The index of the brace that opens the argument which begins at `index`, if one does.

        Where one in square brackets is `optional`, it is passed over.
        """
        if optional and _OPTION.fullmatch(self._text_at(index)):
            index += 1
        if self._text_at(index).isspace():
            index += 1
        return index if self._text_at(index) == "{" and index in self._partner else None

    def _text_at(self, index: int) -> str:
        return self._tokens[index].text if index < len(self._tokens) else ""

    # Commands.

    def _command(self, index: int, name: str) -> int:
        name = name.rstrip("*")
        following = index + 1
        argument = self._argument(following, optional=name in OPTIONED)
        if name in LETTERS or name in DECLARATIONS or name == "item":
            self._out.append(LETTERS.get(name, "• " if name == "item" else " " if name in SPACES else ""))
            self._skip_space(following)
            return following
        if name in SYMBOLS:
            if name == "circ":
                self._drop_before("^")
            self._out.append(SYMBOLS[name])
            return following
        if name in COMBINING and (after := self._accent(index, name)):
            return after
        if argument is None:
            self._out.append(self._tokens[index].text)
            return following
        return self._with_argument(index, name, argument)

    def _with_argument(self, index: int, name: str, argument: int) -> int:
        """A command with at least one argument in braces, at `argument`."""
        end = self._partner[argument]
        second = self._argument(end + 1)
        following = argument + 1
        if name in UNWRAPPED:
            self._closing[end] = _nothing
        elif name in BRACKETED:
            opening, closing = BRACKETED[name]
            if opening.startswith(" "):
                self._strip_before()
            self._out.append(opening)
            self._closing[end] = lambda: self._out.append(closing)
        elif name in {"textsuperscript", "textsubscript"} and end - argument < _SHORT:
            sign = "^" if name == "textsuperscript" else "_"
            self._closing[end] = self._script(len(self._out), sign, written=False)
        elif second and name in {"href", "hyperlink", "textcolor", "colorbox", "ion"}:
            following = self._with_two(name, argument, second)
        elif (dropped := self._replaced(name, argument)) is not None:
            if name in CITATIONS:
                self._strip_before()
            self._out.append(dropped)
            following = end + 1
        else:
            self._keep(index, argument)
            following = index + 1
        return following

    def _replaced(self, name: str, argument: int) -> str | None:
        """What a command and its argument together stand for."""
        if name in {"url", "path", "href"}:
            return self._address(argument, self._partner[argument])
        if name in {"begin", "end"} and self._is_prose_environment(argument):
            return " "
        return "" if name in CITATIONS or name in {"color", "textcolor"} else None

    def _with_two(self, name: str, first: int, second: int) -> int:
        """A command with two arguments, of which the second is its text."""
        close = self._partner[second]
        if name == "ion":
            stage = self._raw(second, close).strip() if close - second < _SHORT else ""
            self._out.append(f"{self._address(first, self._partner[first])} {ROMAN.get(stage, stage.upper())}")
            return close + 1
        self._closing[close] = _nothing
        if name in {"href", "hyperlink"}:
            address = self._address(first, self._partner[first])
            if close - second < _SHORT and self._address(second, close) in {"", address}:
                self._out.append(address)
                return close + 1
            self._closing[close] = lambda: self._out.append(f" ({address})")
        return second + 1

    def _keep(self, index: int, argument: int | None) -> None:
        """Keep an unknown command visible, with the braces of all its arguments."""
        self._out.append(self._tokens[index].text)
        while argument is not None and self._partner[argument] not in self._kept:
            self._kept |= {argument, self._partner[argument]}
            argument = self._argument(self._partner[argument] + 1)

    def _address(self, index: int, end: int) -> str:
        return re.sub(r"\\([_%&#~$])(?:\{\})?", r"\1", self._raw(index, end)).strip()

    def _is_prose_environment(self, argument: int) -> bool:
        end = self._partner[argument]
        short = end - argument < _SHORT
        return short and _PROSE_ENVIRONMENT.fullmatch(self._raw(argument, end)) is not None

    def _strip_before(self) -> None:
        while self._out and isinstance(last := self._out[-1], str):
            self._out[-1] = last.rstrip()
            if self._out[-1]:
                return
            self._out.pop()

    def _drop_before(self, sign: str) -> None:
        if self._out and isinstance(last := self._out[-1], str):
            self._out[-1] = last.removesuffix(sign)

    def _skip_space(self, index: int) -> None:
        if index < len(self._tokens) and self._tokens[index].kind == "text":
            self._tokens[index] = Token("text", self._tokens[index].text.lstrip())

    # Characters.

    def _escape(self, index: int, character: str) -> int:
        if character in COMBINING and (after := self._accent(index, character)):
            return after
        if character in "~^" and (character == "~" or self._empty_group(index + 1)):
            # `\~{}` and `\~5` are how authors write the sign itself.
            self._out.append(character)
        else:
            self._out.append(ESCAPES.get(character, f"\\{character}"))
        return index + 1

    def _empty_group(self, index: int) -> bool:
        return self._partner.get(index) == index + 1

    def _accent(self, index: int, accent: str) -> int | None:
        r"""Accent what follows: `\"o`, `\" o`, `\"{o}`, `\'\i`, `\'{\^e}`; `None` if nothing fits."""
        following = index + 1
        argument = self._argument(following)
        if argument is not None:
            return self._accent_group(argument, accent)
        sign = self._text_at(following)
        if sign.startswith("\\") and sign[1:] in _ACCENTED_LETTERS:
            self._out.append(_composed(LETTERS[sign[1:]], accent))
            self._skip_space(following + 1)
            return following + 1
        bare = sign.lstrip(" \n")
        # A letter as accent needs its space; those below the line are more often someone's macro.
        macro = accent.isalpha() and (bare == sign or accent in "bd")
        if macro or not bare[:1].isalpha() or self._tokens[following].kind != "text":
            return None
        self._out += [_composed(bare[0], accent), bare[1:]]
        return following + 1

    def _accent_group(self, argument: int, accent: str) -> int | None:
        end = self._partner[argument]
        raw = self._raw(argument, end).strip() if end - argument < _SHORT else ""
        if not raw:
            return None
        # `\r{ho}` and `\c{opyright}` are what a broken converter makes of `{\rho}`.
        if accent.isalpha() and raw.isalpha() and accent + raw in SYMBOLS:
            self._out.append(SYMBOLS[accent + raw])
            return end + 1
        start = len(self._out)
        self._closing[end] = lambda: self._compose(start, accent)
        return argument + 1

    def _compose(self, start: int, accent: str) -> None:
        inner = "".join(part for part in self._out[start:] if isinstance(part, str)).lstrip()
        if inner and inner[0].isalpha() and not any(isinstance(p, Span) for p in self._out[start:]):
            # The first letter may already carry an accent that Unicode cannot compose with it.
            marks = re.match(r".[\u0300-\u036f]*", inner, re.DOTALL)
            first = marks[0] if marks else inner[0]
            self._out[start:] = [_composed(first, accent), inner[len(first) :]]
        else:
            self._out.insert(start, f"\\{accent}{{")
            self._out.append("}")

    def _punctuation(self, index: int) -> str:
        sign = self._tokens[index].text
        before = self._before()
        after = self._text_at(index + 1)
        if sign == "~":
            about = (before.isdigit() or before in ")]%$") and after[:1].isdigit()
            tied = _TIE_AFTER.search(before) and after and not after[0].isspace()
            return " " if tied and not about else sign
        if sign in {"``", "''"}:
            return self._quote(sign, before, after)
        arrow = before in {"<", "!"} or after.startswith(">")
        option = sign == "--" and (not before or before.isspace()) and after[:1].isalpha()
        return sign if arrow or option else _DASHES.get(sign, sign)

    def _quote(self, sign: str, before: str, after: str) -> str:
        if before.isdigit() and sign == "''" and not self._quotes:
            return sign  # seconds of arc
        # `''so''` opens with the closing sign.
        opens = (not before or before in " \n([") and after[:1].isalnum() and not self._quotes
        self._quotes = self._quotes + 1 if opens or sign == "``" else max(0, self._quotes - 1)
        return "“" if opens or sign == "``" else "”"

    def _before(self) -> str:
        """The character before; a formula counts as a dollar, which can be tied to."""
        for part in reversed(self._out):
            if isinstance(part, Span):
                return "$"
            if part:
                return part[-1]
        return ""


def _nothing() -> None:
    """Close a group that leaves no trace."""


def _composed(letter: str, accent: str) -> str:
    """One letter with an accent, composed where Unicode has it; a dotless one gets its dot's place."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    return normalize("NFC", base + COMBINING[accent])
