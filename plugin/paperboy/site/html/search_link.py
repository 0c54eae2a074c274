"""Adds a link to the search to every page's header; it needs no script."""

from __future__ import annotations

from markupsafe import escape
from msgspec import Struct

_HEADER = '<nav class="md-header__inner'
_SOURCE = '<div class="md-header__source">'
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" aria-hidden="true"><path d="M9.5 3a6.5 6.5 0 1 '
    '0 4 11.6l5.2 5.2 1.5-1.5-5.2-5.2A6.5 6.5 0 0 0 9.5 3m0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9"/></svg>'
)


class PageLink(Struct, frozen=True):
    """A page of the site: its address from the site's root, and its name."""

    address: str
    name: str


def with_search(html: str, address: str, label: str) -> str:
    """A page of Material with a link in its header, where that theme has its own search; any other as it is.

    Arguments:
        html: The whole page.
        address: Where the link leads.
        label: What it is called.
    """
    start = html.find(_HEADER)
    end = html.find("</nav>", start)
    if start < 0 or end < 0:
        return html
    source = html.find(_SOURCE, start, end)
    at = source if source >= 0 else end
    name = escape(label)
    link = f'<a class="md-header__button md-icon paper-search-link" href="{escape(address)}" title="{name}"'
    return f'{html[:at]}{link} aria-label="{name}">{_ICON}</a>{html[at:]}'
