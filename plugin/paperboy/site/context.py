"""The context that all generated pages of a site share: options, translations, links and templates."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paperboy.domain import taxonomy
from paperboy.domain.config import Topic
from paperboy.site.components.edit_links import Contributions, editor
from paperboy.site.components.notes import MarkdownOptions
from paperboy.site.components.paper_card import Cards, template_environment
from paperboy.site.html import urls
from paperboy.site.html.document import Block
from paperboy.site.html.i18n import Translator
from paperboy.site.views.topic_matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import BytecodeCache

    from paperboy.domain.edition import Edition
    from paperboy.domain.overrides import Contribution
    from paperboy.domain.papers import Announcement

PLAIN = ("navigation", "toc")
"""Hidden where a page has no sections: the tabs above are the navigation."""


class SiteOptions(Struct, frozen=True, kw_only=True):
    """The options as far as pages depend on them."""

    categories: tuple[str, ...]
    announce_types: tuple[str, ...] = ("new", "cross", "replace")
    language: str = "zh-CN"
    topics: tuple[Topic, ...] = ()
    directory_urls: bool = True
    site_name: str = "paperboy"
    site_url: str = ""
    """The site's address with a slash at its end, where that is known."""
    repo_url: str = ""
    edit_uri: str = ""
    """Where the repository is, and from there its editor, as in mkdocs.yml; empty where there is none."""
    search: bool = False
    """Whether the site has a search."""
    signals: bool = True
    """Whether Hugging Face is asked for what the community noticed."""
    institutions: dict[str, str] = {}
    """Names of institutions in the site's language, by their English name in small letters."""


class SiteContext:
    """The context of one site's pages: templates, translations, links.

    Arguments:
        options: The options as far as pages depend on them.
        templates: Where compiled templates are kept.
        markdown: How the notes of contributors are rendered.
        about: What contributors wrote about categories.
    """

    def __init__(
        self,
        options: SiteOptions,
        templates: BytecodeCache | None = None,
        markdown: MarkdownOptions | None = None,
        about: Mapping[str, Contribution] = MappingProxyType({}),
    ) -> None:
        self.options = options
        self.about = about
        self.words = Translator(options.language)
        self.link = urls.Linker(directory_urls=options.directory_urls).link
        self.env = template_environment(self.words, templates)
        self.contributions = Contributions(editor(options.repo_url, options.edit_uri), markdown or MarkdownOptions())
        self.cards = Cards(self.env, options.language, self.contributions, options.institutions)
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

    def note(self, note: Contribution | None, page: str, anchor: str) -> tuple[Block, ...]:
        """What somebody wrote above a page, if anybody did.

        Arguments:
            note: The note.
            page: The path of the page.
            anchor: An anchor of the page that is the note's alone.
        """
        return () if note is None else (self.part("note", self.contributions.view(note, page, anchor)),)

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
        return [paper for paper in edition.announcements if paper.is_of(self.options.announce_types)]
