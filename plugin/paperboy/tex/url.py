"""Addresses of the web in running text: where one begins, and where the sentence goes on."""

from __future__ import annotations

import re

URL = re.compile(
    r"(?<![A-Za-z])(?i:https?|ftp)://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|\\[_%&#~-])++",
)
"""An address in text; `trim_url` says how much of what it finds belongs to it."""


def trim_url(url: str) -> str:
    """Cut from the end of an address what belongs to the sentence: `(see https://a.org/b).` → `…/b`.

    A closing bracket belongs to the address where its opening one does too.
    """
    end = len(url)
    spare = {closing: url.count(closing) - url.count(opening) for opening, closing in ("()", "[]")}
    while end:
        last = url[end - 1]
        if spare.get(last, 0) > 0:
            spare[last] -= 1
        elif last not in ".,;:!?'*":
            break
        end -= 1
    return url[:end]
