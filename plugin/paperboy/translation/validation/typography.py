"""Chinese punctuation: full-width signs between Han characters, and no space after them."""

from __future__ import annotations

import re

_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_WIDE = r"[\u3001\u3002\uff0c\uff1a\uff1b\uff1f\uff01\uff08\uff09\u300a\u300b\u201c\u201d]"
_SIGNS = str.maketrans(",;:?!", "，；：？！")
_SIGN = re.compile(rf"(?<={_HAN})\s?([,;:?!])\s?(?={_HAN})")
_STOP = re.compile(rf"\.(?<={_HAN}\.)(?=\s*$|\s*{_HAN})")
# Both brackets or none: the text inside has Han characters, no bracket and no placeholder's sign.
_BRACKETS = re.compile(rf"(?<={_HAN})\s?\(([^()<>]*{_HAN}[^()<>]*)\)")
_SPACE_AFTER = re.compile(r"([\u3001\u3002\uff0c\uff1a\uff1b\uff1f\uff01\uff09])[ \t]+")
_SPACE_BEFORE = re.compile(rf"[ \t]+(?={_WIDE})(?![ \t]+[\u201c\u201d\u300a\uff08])")


def full_width(text: str) -> str:
    """Set `,` `;` `:` `?` `!` `.` and brackets full-width where Han characters stand around them.

    A sign next to a formula, a number or a Latin word stays as it is: it may be part of that.
    """
    if any(sign in text for sign in ",;:?!"):
        text = _SIGN.sub(lambda match: match[1].translate(_SIGNS), text)
    text = _STOP.sub("。", text)
    if "(" in text:
        text = _BRACKETS.sub(r"（\1）", text)
    return _SPACE_BEFORE.sub("", _SPACE_AFTER.sub(r"\1", text))
