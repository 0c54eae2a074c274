"""Documents as pages of MkDocs, and those of the editions rendered one by one, outside its list of pages."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import msgspec
from mkdocs.commands.build import get_context
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from paperboy.pipeline import build
from paperboy.site.components.notes import MarkdownOptions
from paperboy.site.html.document import Block, Document, Heading, to_html, to_markdown
from paperboy.site.incremental_build import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.toc import _TocToken

    from paperboy.domain.config import Options
    from paperboy.pipeline.publish.publication import Publication

_HARMLESS = str.maketrans("<>", "＜＞")
_PLACE = re.compile(r" at 0x[0-9a-f]+")


class GeneratedPage(Page):
    """A page whose HTML comes straight from data: Python-Markdown would take nine tenths of a build."""

    def __init__(self, document: Document, file: File, config: MkDocsConfig) -> None:
        self._document = document
        super().__init__(_search_words(document.title), file, config)
        self.edit_url = None  # there is no file behind it that somebody could edit

    @classmethod
    def of(cls, document: Document, config: MkDocsConfig) -> GeneratedPage:
        """The page of a document, with a file that nobody reads: the page renders itself."""
        level = InclusionLevel.UNDEFINED if document.listed else InclusionLevel.NOT_IN_NAV
        return cls(document, File.generated(config, document.src_uri, content="", inclusion=level), config)

    def read_source(self, config: MkDocsConfig) -> None:
        """Take the front matter from the document; as Markdown, its headings are enough."""
        del config
        document = self._document
        self.meta = {
            name: _search_words(value) if isinstance(value, str) else value for name, value in document.meta.items()
        }
        # MkDocs keeps the Markdown of every page until the end of a build: the HTML blocks would be held twice.
        outline = msgspec.structs.replace(document, content=document.headings)
        self.markdown = to_markdown(outline, front_matter=False)

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Take the HTML, the table of contents and the anchors from the document."""
        del config, files
        headings = self._document.headings
        self.content = to_html(self._document)
        self._document = msgspec.structs.replace(self._document, content=headings)
        self.toc = get_toc(_nested(headings))
        self.present_anchor_ids = {part.anchor for part in headings}


class Theme:
    """Renders documents as MkDocs would, one at a time, so that a site of any size needs the memory of a page.

    Arguments:
        env: The theme's templates.
        nav: The site's navigation.
        files: The site's files, as far as MkDocs knows them.
        config: The site's configuration.
    """

    def __init__(self, env: jinja2.Environment, nav: Navigation, files: Files, config: MkDocsConfig) -> None:
        self._env = env
        self._nav = nav
        self._files = files
        self._pages = files.documentation_pages()
        self._config = config

    def render(self, document: Document) -> tuple[str, bytes]:
        """The path and the bytes of a document's page, through the events of a page that plugins listen to."""
        config, plugins = self._config, self._config.plugins
        made = GeneratedPage.of(document, config)
        page = plugins.on_pre_page(made, config=config, files=self._files)
        page.read_source(config)
        page.markdown = plugins.on_page_markdown(page.markdown or "", page=page, config=config, files=self._files)
        page.render(config, self._files)
        page.content = plugins.on_page_content(page.content or "", page=page, config=config, files=self._files)
        context = get_context(self._nav, self._pages, config, page)
        context = plugins.on_page_context(context, page=page, config=config, nav=self._nav)
        output = self._template(page).render(context)
        output = plugins.on_post_page(output, page=page, config=config)
        return page.file.dest_uri, output.encode("utf-8", errors="xmlcharrefreplace")

    def paths(self) -> list[str]:
        """The pages that MkDocs itself has built, by their files on the site."""
        return [file.dest_uri for file in self._pages]

    def frame(self) -> str:
        """A hash of what the theme puts around the content of a page, and of the plugins that change pages."""
        content = (Heading(1, "frame", "frame"), Block("<p></p>"), Heading(2, "section", "section"))
        page = GeneratedPage.of(Document(path="0000/00/00/", title="frame", content=content), self._config)
        page.read_source(self._config)
        page.render(self._config, self._files)
        context = get_context(self._nav, self._pages, self._config, page)
        # Without events: a plugin that gathers pages, such as a search, must not get this one.
        plugins = [f"{name} {plugin.config!r}" for name, plugin in self._config.plugins.items() if name != "paperboy"]
        return fingerprint(self._template(page).render(context), *plugins)

    def _template(self, page: Page) -> jinja2.Template:
        return self._env.get_template(str(page.meta.get("template", "main.html")))


def publication(options: Options, config: MkDocsConfig, files: Files, *, directory_urls: bool = True) -> Publication:
    """The generated pages of a site, as MkDocs configures it.

    Arguments:
        options: The plugin's options.
        config: The site's configuration.
        files: The files that people wrote.
        directory_urls: Whether addresses end in a folder.
    """
    return build.publish(
        options,
        directory_urls=directory_urls,
        site_name=config.site_name,
        site_url=config.site_url or "",
        repository=(config.repo_url or "", config.edit_uri or ""),
        markdown=markdown(config, files),
    )


def markdown(config: MkDocsConfig, files: Files) -> MarkdownOptions:
    """How the site renders Markdown, for the notes of contributors."""
    known = {file.src_uri: file.url for file in files if file.inclusion != InclusionLevel.EXCLUDED}
    extensions = [str(name) for name in config.markdown_extensions]
    return MarkdownOptions(
        extensions=tuple(extensions),
        configs=config.mdx_configs,
        resolve=known.get,
        # A function in it is shown with its place in memory, which is another one in each process.
        key=fingerprint(*extensions, _PLACE.sub("", repr(config.mdx_configs)), *sorted(known)),
    )


def _search_words(text: str) -> str:
    """Escape a title for themes, which insert it as HTML, some after `striptags`, which unescapes it.

    So it is escaped, and has no sign that would begin an element once it is not.
    """
    return html.escape(text.translate(_HARMLESS))


def _nested(headings: Sequence[Heading]) -> list[_TocToken]:
    """Headings as a tree, as Python-Markdown's `toc` extension gives it to MkDocs."""
    roots: list[_TocToken] = []
    above: list[_TocToken] = []
    for part in headings:
        token: _TocToken = {"level": part.level, "id": part.anchor, "name": _search_words(part.text), "children": []}
        while above and above[-1]["level"] >= part.level:
            above.pop()
        (above[-1]["children"] if above else roots).append(token)
        above.append(token)
    return roots
