"""The MkDocs plugin: each event calls one function below it."""

from __future__ import annotations

import copy
import logging
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
from mkdocs.config.base import LegacyConfig, ValidationError
from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.utils import get_relative_url, write_file

from paperboy import contributions
from paperboy.contributions import json_schema
from paperboy.domain import config as options_module
from paperboy.domain.errors import OptionError, PaperboyError
from paperboy.pipeline import build
from paperboy.plugin.page_renderer import GeneratedPage, Theme, publication
from paperboy.site.components.edit_links import corrections
from paperboy.site.export.atom_json import alternates
from paperboy.site.export.sitemap import INDEX, sitemaps
from paperboy.site.html.assets import EARLY, FOLDER, READER, STYLESHEET, browser_files
from paperboy.site.html.content_security_policy import with_policy
from paperboy.site.html.document import Document
from paperboy.site.html.search_link import with_search
from paperboy.site.html.urls import TOPICS
from paperboy.storage.archive_lock import PATIENCE
from paperboy.tools import github_actions, run_report

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.base import ConfigErrors, ConfigWarnings
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page


class PaperboyPlugin(BasePlugin[LegacyConfig]):  # type: ignore[no-untyped-call]  # MkDocs' own hook
    """Fetches, translates and publishes the day's announcements while MkDocs builds."""

    options: options_module.Options
    _serves = _dirty = _updated = False

    def load_config(
        self, options: dict[str, Any], config_file_path: str | None = None
    ) -> tuple[ConfigErrors, ConfigWarnings]:
        """Check the options; MkDocs prints what is wrong with them and stops."""
        base = Path(config_file_path).resolve().parent if config_file_path else Path.cwd()
        try:
            self.options = options_module.parse_options(options, base, os.environ.values())
        except OptionError as error:
            return [(error.key, ValidationError(error.message))], []
        return [], []

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Keep this instance over the rebuilds of `mkdocs serve`, which fetches only once."""
        self._serves, self._dirty = command == "serve", dirty
        _forward_log()
        self._listener = run_report.listen()
        self._updated = False

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Add the stylesheet of the generated pages and the reader's tools."""
        _forward_log()
        self.options = msgspec.structs.replace(self.options, docs_dir=Path(config.docs_dir))
        try:
            options_module.check_folders(self.options, Path(config.site_dir))
        except OptionError as error:
            raise PluginError(f"paperboy: {error}") from error
        if STYLESHEET not in config.extra_css:
            config.extra_css.insert(0, STYLESHEET)
        if READER not in map(str, config.extra_javascript):
            script = ExtraScriptValue(READER)
            script.type = "module"
            config.extra_javascript.append(script)
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Fetch and translate what is missing, before MkDocs cleans the old site away."""
        # A preview never waits: it shows what the archive holds.
        self._run = build.Run(self.options, patience=0.0 if self._serves else PATIENCE)
        self.options = self._run.options
        if not self._updated and self._run.writes:
            try:
                build.update(self.options)
            except PaperboyError as error:
                raise PluginError(str(error)) from error
            self._updated = True
        build.before_cleaning(self.options, Path(config.site_dir), dirty=self._dirty)

    @event_priority(100)  # Run first: to other plugins they are no pages either.
    def _leave_out(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Take the files of contributors out of the site: they are corrections, not pages."""
        del config
        glossary = PurePosixPath(self.options.translation.glossary).as_posix()
        for file in files:
            if contributions.is_text(file.src_uri, self.options.overrides_dir) or file.src_uri == glossary:
                file.inclusion = InclusionLevel.EXCLUDED
        return files

    @event_priority(-100)  # Run last, so that the pages which other plugins write are seen as people's.
    def _add_pages(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add the pages above the editions; where somebody wrote a file at the same place, theirs stays."""
        try:
            self._publication = publication(self.options, config, files, directory_urls=config.use_directory_urls)
            for item in self._publication.overview():
                if isinstance(item, Document):
                    if files.get_file_from_path(item.src_uri) is None:
                        files.append(GeneratedPage.of(item, config).file)
                    if item.path == TOPICS:
                        _into_nav(config, item.src_uri)
                elif files.get_file_from_path(item.path) is None:
                    files.append(File.generated(config, item.path, content=item.content))
        except PaperboyError as error:
            raise PluginError(str(error)) from error
        mended = corrections(config.repo_url or "", config.edit_uri or "", self.options.overrides_dir)
        for path, content in browser_files(self.options.translation.language, mended):
            files.append(File.generated(config, path, content=content))
        for name, content in json_schema.shipped():
            files.append(File.generated(config, f"{FOLDER}{name}", content=content))
        return files

    on_files = CombinedEvent(_leave_out, _add_pages)

    @event_priority(-100)
    def on_env(self, env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> None:
        """Keep the template environment for the editions' pages, and cache compiled templates."""
        env.bytecode_cache = build.compiled_templates(self.options)
        self._theme = Theme(env, self._nav, files, config)

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> None:
        """Keep the navigation for the pages of the editions."""
        del config, files
        self._nav = nav

    @event_priority(-100)  # Run last: what others have put on the site stays.
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Install the editions' pages: unchanged ones from the cache, the others rendered.

        They are many, so none of them is a page of MkDocs's own list, which holds all of them in memory.
        """
        theme = self._theme
        site_dir = Path(config.site_dir)
        try:
            placed = build.install_site(self._publication, theme.render, site_dir, self.options, theme.frame())
        except PaperboyError as error:
            raise PluginError(str(error)) from error
        if config.site_url:
            pages = [*theme.paths(), *(path for path in placed if path.endswith(".html"))]
            for file in sitemaps(pages, config.site_url, directory_urls=config.use_directory_urls):
                write_file(file.content, str(site_dir / file.path))
            # MkDocs's own list, which knows of some pages only, and of none when it has changed.
            (site_dir / f"{INDEX}.gz").unlink(missing_ok=True)
        github_actions.write_output("unreadable", str(sum(self._publication.unreadable.values())))
        self._end()
        self._summarise()

    def on_build_error(self, *, error: Exception) -> None:
        """Report on the run's page what a failed build did and paid for."""
        self._end()
        self._summarise(str(error) or type(error).__name__)

    def _end(self) -> None:
        """Let other runs write to the archive."""
        if (run := getattr(self, "_run", None)) is not None:
            self.options = run.end()

    def _summarise(self, error: str = "") -> None:
        if (listener := getattr(self, "_listener", None)) is not None:
            run_report.write_report(self.options, listener, error)
            self._listener = None

    @event_priority(-100)  # Run last: the policy knows every script that others have added.
    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Put in the feeds' addresses, the script that runs before the first paint, a link to the search, the policy.

        `extra_javascript` comes after the body.
        """
        feeds = alternates(page.file.dest_uri, config.site_name, self._publication.feeds)
        # Looking for the end of the head is much faster than a regular expression, and no theme is asked for it.
        at = output.find("</head>")
        script = f'<script src="{get_relative_url(EARLY, page.url)}"></script>'
        if at >= 0:
            output = f"{output[:at]}{feeds}{script}{output[at:]}"
        if search := self._publication.search_page:
            output = with_search(output, get_relative_url(search.address, page.url), search.name)
        if not self.options.content_security_policy:
            return output
        # People write the other pages, and may have written a script there.
        return with_policy(_asking_nobody(output), (page.content or "") if isinstance(page, GeneratedPage) else "")

    @event_priority(-100)
    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Put the policy into the theme's own pages, such as 404.html."""
        del config
        wanted = self.options.content_security_policy and template_name.endswith(".html")
        return with_policy(_asking_nobody(output_content)) if wanted else output_content


def _asking_nobody(page: str) -> str:
    """The page without the mark at which the theme asks GitHub how many stars `repo_url` has: that is another host."""
    return page.replace(' data-md-component="source"', "")


def _into_nav(config: MkDocsConfig, page: str) -> None:
    """Add a page to the owner's navigation, after the other lists of papers, unless it is in it already."""
    nav = config.nav
    if isinstance(nav, list) and page not in str(nav):
        before = [number for number, item in enumerate(nav, 1) if str(item).endswith(("/index.md", "'index.md"))]
        nav.insert(max(before, default=len(nav)), page)


class _Forward(logging.Handler):
    """Forwards paperboy's log to MkDocs, which prints it and counts warnings in strict mode."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log under MkDocs's tree, where its own handlers and levels hold."""
        target = logging.getLogger("mkdocs.plugins.paperboy")
        if target.isEnabledFor(record.levelno):
            said = copy.copy(record)
            said.msg, said.args = f"paperboy: {github_actions.without_commands(record.getMessage())}", ()
            target.handle(said)


def _forward_log() -> None:
    log = logging.getLogger("paperboy")
    if not any(isinstance(handler, _Forward) for handler in log.handlers):
        log.addHandler(_Forward())
        log.setLevel(logging.INFO)
        log.propagate = False
