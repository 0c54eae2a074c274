"""A generated page as data, and its two forms: Markdown for export, HTML for MkDocs.

Both forms come from the same headings and HTML blocks; a test holds that Python-Markdown makes the second
of the first. The blocks are raw HTML made by autoescaping templates, so Markdown has nothing to interpret.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import yaml
from markupsafe import escape
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator


_SIGNS = re.compile(r"[\\`*_\[\]{}#]")
"""What begins markup in the middle of a line of Markdown, beside HTML."""


class Heading(Struct, frozen=True):
    """A heading with its anchor; the text is plain, and may hold the name that a contributor gave a topic."""

    level: int
    text: str
    anchor: str


class Block(Struct, frozen=True):
    """One block-level HTML element, safe by construction."""

    html: str


class Document(Struct, frozen=True, kw_only=True):
    """A page: its folder on the site, its title, and what stands on it.

    `hide` names parts of the theme's page that would only be in the way, as Material reads them.
    """

    path: str
    title: str
    description: str = ""
    hide: tuple[str, ...] = ()
    listed: bool = False
    """Whether the page may stand in the site's navigation."""
    content: tuple[Heading | Block, ...]

    @property
    def src_uri(self) -> str:
        """The file that the page would be, relative to `docs_dir`."""
        return f"{self.path}index.md"

    @property
    def meta(self) -> dict[str, object]:
        """The page's front matter."""
        meta: dict[str, object] = {"title": self.title}
        if self.description:
            meta["description"] = self.description
        if self.hide:
            meta["hide"] = list(self.hide)
        return meta

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings in their order."""
        return tuple(part for part in self.content if isinstance(part, Heading))


def to_markdown(document: Document, *, front_matter: bool = True) -> str:
    """The page as a Markdown file: front matter, headings with their anchors, and HTML blocks.

    The anchors need the `attr_list` extension, which comes with Python-Markdown.
    """
    parts = []
    if front_matter:
        head = yaml.safe_dump(document.meta, allow_unicode=True, sort_keys=False, width=1000)
        parts.append(f"---\n{head}---")
    parts += _markdown_parts(document)
    return "\n\n".join(parts) + "\n"


def to_html(document: Document) -> str:
    """The page's content as HTML, as Python-Markdown would make it of the Markdown."""
    return "".join(
        f'<h{part.level} id="{escape(part.anchor)}">{_block_text(part)}</h{part.level}>\n'
        if isinstance(part, Heading)
        # Python-Markdown leaves an empty line behind a block that it has put aside as it is.
        else f"{part.html}\n\n"
        for part in document.content
    ).rstrip("\n")


def _block_text(heading: Heading) -> str:
    return html.escape(heading.text, quote=False)


def _markdown_parts(document: Document) -> Iterator[str]:
    for part in document.content:
        if isinstance(part, Heading):
            text = _SIGNS.sub(r"\\\g<0>", _block_text(part))
            yield f"{'#' * part.level} {text} {{ #{part.anchor} }}"
        else:
            yield part.html


class DataFile(Struct, frozen=True):
    """A file that is not a page, with its path on the site."""

    path: str
    content: bytes


class PagePlan(Struct, frozen=True, kw_only=True):
    """Pages and files that are made together: `content` is all that they show, `make` makes them."""

    name: str
    content: Any
    make: Callable[[], Iterable[Document | DataFile]]
