"""What all generated pages of a site share: its options, words, links and templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paperboy import taxonomy
from paperboy.config import Topic
from paperboy.pages import urls
from paperboy.pages.cards import Cards, environment
from paperboy.pages.document import Block, Document
from paperboy.pages.i18n import Words
from paperboy.pages.matching import Matcher

if TYPE_CHECKING:
    from jinja2 import BytecodeCache

    from paperboy.model import Announcement, Edition

PLAIN = ("navigation", "toc")
"""Hidden where a page has no sections: the tabs above are the navigation."""


class SiteOptions(Struct, frozen=True, kw_only=True):
    """What the pages need to know of the options."""

    categories: tuple[str, ...]
    announce_types: tuple[str, ...] = ("new", "cross", "replace")
    language: str = "zh-CN"
    topics: tuple[Topic, ...] = ()
    directory_urls: bool = True
    site_name: str = "paperboy"
    site_url: str = ""
    """The site's address with a slash at its end, where that is known."""
    search: bool = False
    """Whether the site has a search."""
    signals: bool = True
    """Whether Hugging Face is asked for what the community noticed."""
    institutions: dict[str, str] = {}
    """Names of institutions in the site's language, by their English name in small letters."""


class DataFile(Struct, frozen=True):
    """A file that is no page, at its place on the site."""

    path: str
    content: bytes


class Plan(Struct, frozen=True, kw_only=True):
    """Pages and files that are made together: `content` is all that they show, `make` makes them."""

    name: str
    content: Any
    make: Callable[[], Iterable[Document | DataFile]]


class Kit:
    """The tools that make the pages of one site.

    Arguments:
        options: What the pages need to know of the options.
        templates: Where compiled templates are kept.
    """

    def __init__(self, options: SiteOptions, templates: BytecodeCache | None = None) -> None:
        self.options = options
        self.words = Words(options.language)
        self.link = urls.Linker(directory_urls=options.directory_urls).link
        self.env = environment(self.words, templates)
        self.cards = Cards(self.env, options.language, self.link, options.institutions)
        self.topics = tuple(map(Matcher, options.topics))
        self._modules: dict[str, Any] = {}

    def part(self, name: str, *values: Any, file: str = "overview") -> Block:
        """One element of a page, by the name of its macro.

        Arguments:
            name: The macro.
            values: What it shows.
            file: The template that it stands in.
        """
        if file not in self._modules:
            self._modules[file] = self.env.get_template(f"{file}.html").module
        return Block(str(getattr(self._modules[file], name)(*values)).strip())

    def label(self, category: str) -> str:
        """The name of a category."""
        return taxonomy.label(category, self.options.language)

    def followed(self, held: Iterable[str]) -> tuple[str, ...]:
        """The categories of an edition: those followed now, then those followed when it was fetched."""
        held = tuple(held)
        now = [name for name in self.options.categories if name in held]
        return (*now, *(name for name in held if name not in now))

    def shown(self, edition: Edition) -> list[Announcement]:
        """The announcements of the types that the site shows."""
        types = self.options.announce_types
        return [
            paper
            for paper in edition.announcements
            if any(kind.partition("-")[0] in types for kind in paper.listed.values())
        ]
