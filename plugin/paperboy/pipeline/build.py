"""Fetch, translate, publish: the only place that knows the order.

Both doors call these functions. `update()` brings the archive up to date, `publish()` makes the pages from
what the archive holds; a failure in the first never stops the second.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date
from itertools import chain
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
from jinja2 import FileSystemBytecodeCache

from paperboy import contributions
from paperboy.contributions import glossary_file
from paperboy.domain.errors import ArchiveError, CacheError
from paperboy.pipeline.publish.publication import Publication
from paperboy.pipeline.stage_timer import timed_stage
from paperboy.pipeline.translate.backlog import RECENT, DateSpan
from paperboy.site import incremental_build, size_forecast
from paperboy.site.context import SiteOptions
from paperboy.site.html.document import Document
from paperboy.site.search import pagefind
from paperboy.storage.archive_lock import PATIENCE, ArchiveLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jinja2 import BytecodeCache
    from jinja2.bccache import Bucket

    from paperboy.domain.config import Options
    from paperboy.site.components.notes import MarkdownOptions
    from paperboy.site.html.document import DataFile
    from paperboy.site.views.day_summary import DaySummary

log = logging.getLogger(__name__)


class Run:
    """One build of a site, which keeps other runs from writing to the archive and the cache until it has ended.

    Where another run goes on for too long, the site is built from what the archive holds, and nothing is written but
    the site itself.

    Arguments:
        options: The plugin's options.
        patience: Seconds to wait for another run.
    """

    def __init__(self, options: Options, patience: float = PATIENCE) -> None:
        self._own = self.options = options
        self._lock = ArchiveLock(options.archive, patience=patience)
        self._aside: TemporaryDirectory[str] | None = None
        try:
            self._lock.acquire()
        except ArchiveError as error:
            # Whoever looks at a preview has asked for nothing to be written.
            log.log(logging.WARNING if patience else logging.INFO, "%s. The site is built without writing there", error)
            self._aside = TemporaryDirectory(prefix="paperboy-")
            self.options = msgspec.structs.replace(options, cache_dir=self._aside.name)

    @property
    def writes(self) -> bool:
        """Whether this run may write to the archive."""
        return self._aside is None

    def end(self) -> Options:
        """Let other runs write; gives the options as they were."""
        self._lock.release()
        if self._aside is not None:
            self._aside.cleanup()
        return self._own


def update(options: Options) -> None:
    """Bring the archive up to date: fetch what is missing, translate what is not translated.

    Whatever fails is said in the log, and a later build goes on with it.
    """
    if options.fetch != "never":
        # What speaks to sources takes a tenth of a second to load, and a preview asks none.
        from paperboy.pipeline.fetch import affiliations, signals  # noqa: PLC0415  as said above
        from paperboy.pipeline.fetch import days as fetching  # noqa: PLC0415  as said above
        from paperboy.sources.http_client import SourceClient  # noqa: PLC0415  a preview asks none

        # One client for all that is asked of arXiv in a build, so that one clock holds over all of it.
        with timed_stage("fetching"), SourceClient(options.sources.arxiv, options.cache) as arxiv:
            today = fetching.fetch_days(options, arxiv)
            signals.fetch_signals(options, today)
            affiliations.fetch_affiliations(options, arxiv, today)
    if options.translation.enabled is False:
        return
    try:
        with timed_stage("translating"):
            translate(options)
    except ArchiveError as error:
        log.warning("%s", error)


def translate(
    options: Options, span: DateSpan = RECENT, *, batch: bool = False, stale: bool = False, retry: bool = False
) -> None:
    """Bring in what batches have answered, and ask for what is missing: at once, or in a new batch.

    Arguments:
        options: The plugin's options.
        span: The editions; without one, the recent ones.
        batch: Whether what was never asked goes into a batch. What was answered badly is asked for at once.
        stale: Whether to renew all that was made with other terms than there are now; in the recent editions
            that is done anyway.
        retry: Whether to ask instead for the papers alone that got bad answers, given up or not.

    Raises:
        ArchiveError: It is not known what waits in a batch, so nothing is asked.
        ModelError: No batch can be sent.
    """
    # The checks of the gate alone take a tenth of a second to load; a build without translation starts without.
    from paperboy.pipeline.translate import batches, glossary_updates  # noqa: PLC0415  as said above
    from paperboy.pipeline.translate import days as translating  # noqa: PLC0415  as said above

    if batch:
        translating.needed_access(options)
    answered = batches.collect(options)
    if retry:
        everything = DateSpan(date.min) if span == RECENT else span
        translating.translate_editions(options, everything, answered_only=True, retry=True)
        return
    left = translating.translate_editions(options, span, also=answered, answered_only=batch)
    if left is not None:
        batches.forget_collected(options)
        if batch:
            batches.submit(options, span, left)
        else:
            glossary_updates.renew(options, left, span, everywhere=stale)
    elif batch:
        log.warning("no batch is sent, for asking had to stop")


def translate_on_cluster(options: Options, span: DateSpan = RECENT, workers: int | None = None) -> None:
    """Bring in what batches have answered, and have a Ray cluster ask for what is missing.

    Raises:
        ArchiveError: It is not known what waits in a batch, so nothing is asked.
        PaperboyError: There is no cluster.
    """
    from paperboy.pipeline.translate import batches, ray_cluster  # noqa: PLC0415  as in `translate()`

    batches.collect(options)
    ray_cluster.translate_on_cluster(options, span, workers)


def publish(
    options: Options,
    *,
    directory_urls: bool = True,
    site_name: str = "paperboy",
    site_url: str = "",
    repository: tuple[str, str] = ("", ""),
    markdown: MarkdownOptions | None = None,
) -> Publication:
    """Make ready the site's pages and data files from the archive.

    Arguments:
        options: The plugin's options.
        directory_urls: Whether addresses end in a folder, as `use_directory_urls` in mkdocs.yml says.
        site_name: The name of the site, for its feeds.
        site_url: The site's address with a slash at its end; without one, the feeds lead to arXiv.
        repository: `repo_url` and `edit_uri`, for links to its editor.
        markdown: How the notes of contributors are rendered.
    """
    program = pagefind.find_pagefind() if options.search else None
    site = SiteOptions(
        categories=options.categories,
        announce_types=options.announce_types,
        topics=contributions.load_topics(options),
        language=options.translation.language,
        directory_urls=directory_urls,
        site_name=site_name,
        site_url=site_url,
        repo_url=repository[0],
        edit_uri=repository[1],
        search=program is not None,
        signals=options.sources.huggingface.enabled,
        institutions=glossary_file.institution_names(
            glossary_file.load_glossary(options), options.translation.language
        ),
    )
    return Publication(
        options, site, incremental_build.code_fingerprint(), compiled_templates(options), program, markdown
    )


def compiled_templates(options: Options) -> BytecodeCache | None:
    """Where compiled templates are kept from one build to the next; nowhere if that cannot be written."""
    folder = options.cache / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return _TemplateCache(str(folder))


class _TemplateCache(FileSystemBytecodeCache):
    """Keeps compiled templates where that works; on a full disk they are compiled again by the next build."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write one template."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def before_cleaning(options: Options, site_dir: Path, *, dirty: bool = False) -> None:
    """Save from the former site what the next one will hold unchanged.

    Arguments:
        options: The plugin's options.
        site_dir: The folder of the built site.
        dirty: Whether MkDocs is not going to clean the site.
    """
    incremental_build.stash(site_dir, options.cache)
    if dirty:
        incremental_build.clear(site_dir, options.cache)


def install_site(
    publication: Publication,
    render: Callable[[Document], tuple[str, bytes]],
    site_dir: Path,
    options: Options,
    frame: str,
) -> tuple[str, ...]:
    """Put the pages of all editions and the search into the built site: what has not changed as it was.

    Arguments:
        publication: The site's pages.
        render: Makes of a document its path on the site and the bytes of its page, in the theme.
        site_dir: The folder of the built site.
        options: The plugin's options.
        frame: What the theme makes of an empty page; where that changes, all pages are rendered anew.

    Returns:
        The paths of all files of these pages on the site.

    Raises:
        CacheError: The site or the cache cannot be written.
    """

    def write(item: Document | DataFile) -> tuple[str, bytes]:
        return render(item) if isinstance(item, Document) else (item.path, item.content)

    try:
        with timed_stage("rendering"):
            units = chain(publication.units(), publication.search())
            done = incremental_build.install_units(units, write, site_dir, options.cache, frame)
    except OSError as error:
        raise CacheError(f"{error.filename or site_dir}: cannot be written: {error.strerror or error}") from error
    publication.close()
    for day, lines in publication.unreadable.items():
        log.warning("%s: shown without %s lines of the archive that cannot be read, and marked incomplete", day, lines)
    parts = (done.rendered, done.carried)
    log.info("parts of the site made: %s, carried over: %s", *parts, extra={"parts": parts})
    _warn_of_size(done.size, options, publication.days)
    return done.files


def _warn_of_size(size: int, options: Options, days: Sequence[DaySummary]) -> None:
    known = size_forecast.forecast(size, options.retention.site_limit, [(day.date, day.papers) for day in days])
    if known.share >= size_forecast.WARN_FROM:
        log.warning(
            "the site uses %.0f %% of the %s MB that its host takes, and is full on %s; set retention.months to keep "
            "older months in less, or retention.site_limit to what the host takes",
            100 * known.share,
            f"{known.limit / 1e6:,.0f}",
            known.full_on,
        )
