"""Sitemaps of all pages: one file a month, and an index of them (https://www.sitemaps.org/protocol.html).

They say no time of change: a page that has not changed keeps its bytes, and so does what lists it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

from paperboy.site.html.document import DataFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INDEX = "sitemap.xml"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_MONTH = re.compile(r"(\d{4})/(\d\d)/", re.ASCII)


def sitemaps(pages: Iterable[str], site_url: str, *, directory_urls: bool) -> Iterator[DataFile]:
    """The sitemaps of a site, its index last.

    Arguments:
        pages: The pages' files on the site, such as `2026/06/04/index.html`.
        site_url: The site's address with a slash at its end.
        directory_urls: Whether an address leaves out the `index.html` at its end.
    """
    groups: dict[str, list[str]] = {}
    for path in sorted(set(pages)):
        month = _MONTH.match(path)
        name = f"{month[1]}-{month[2]}" if month else "pages"
        address = path.removesuffix("index.html") if directory_urls else path
        groups.setdefault(f"sitemaps/{name}.xml", []).append(f"{site_url}{quote(address)}")
    for path, addresses in groups.items():
        yield DataFile(path, _sitemap("urlset", "url", addresses))
    yield DataFile(INDEX, _sitemap("sitemapindex", "sitemap", [f"{site_url}{path}" for path in groups]))


def _sitemap(kind: str, item: str, addresses: Iterable[str]) -> bytes:
    rows = "".join(f"<{item}><loc>{escape(address)}</loc></{item}>\n" for address in addresses)
    return f"{_HEAD}<{kind} {_SPACE}>\n{rows}</{kind}>\n".encode()
