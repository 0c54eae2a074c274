"""The Content-Security-Policy of the pages: only the site's own scripts run, only its own files load.

It stands in a `<meta>` first in the head, for a static host sets no headers
(https://www.w3.org/TR/CSP3/#meta-element). Inline scripts run by their hash, and only those of the theme are
hashed: a script that got into the text of a paper would have none.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)
_NOT_RUN = re.compile(r"\bsrc\s*=|\btype\s*=\s*[\"']?application/(?:ld\+)?json", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

_DIRECTIVES = (
    "default-src 'self'",
    # Pagefind's search runs as WebAssembly.
    "script-src 'self' 'wasm-unsafe-eval'{hashes}",
    # Material sets styles by attribute; a style reads nothing and sends nothing, for all sources are closed.
    "style-src 'self' 'unsafe-inline'",
    # Notes of contributors may show images from elsewhere; the theme has its icons in the stylesheet.
    "img-src 'self' data: https:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
)


def with_policy(page: str, content: str = "") -> str:
    """Put the policy into a page, first in its head; a page without a head stays as it is.

    Arguments:
        page: The whole page.
        content: What of it may hold text that is not ours: no script in there is allowed.
    """
    head = _HEAD.search(page)
    if head is None:
        return page
    frame = page.replace(content, "", 1) if content else page
    at = head.end()
    return (
        f'{page[:at]}<meta http-equiv="Content-Security-Policy" content="{policy(inline_scripts(frame))}">{page[at:]}'
    )


def inline_scripts(html: str) -> list[str]:
    """The code of the scripts that stand in a page, in order."""
    return [match["code"] for match in _INLINE.finditer(html) if not _NOT_RUN.search(match["attributes"])]


def policy(scripts: Iterable[str] = ()) -> str:
    """The policy that allows these inline scripts."""
    hashes = "".join(f" {_hash(code)}" for code in dict.fromkeys(scripts))
    return "; ".join(_DIRECTIVES).format(hashes=hashes)


@lru_cache(maxsize=64)
def _hash(code: str) -> str:
    digest = hashlib.sha256(code.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
