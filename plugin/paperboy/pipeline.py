"""Fetch, translate, publish: the only place that knows the order.

Both doors call these functions. `update()` brings the archive up to date, `publish()` makes the pages from
what the archive holds; a failure in the first never stops the second.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from paperboy import archive, fetching, translating
from paperboy.errors import ArchiveError
from paperboy.pages.site import SiteOptions, build_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from paperboy.config import Options
    from paperboy.model import Edition
    from paperboy.pages.document import Document
    from paperboy.pages.site import DataFile

log = logging.getLogger(__name__)


def update(options: Options) -> None:
    """Bring the archive up to date: fetch what is missing, translate what is not translated.

    Whatever fails is said in the log, and a later build goes on with it.
    """
    if options.fetch != "never":
        fetching.fetch(options)
    translating.translate_editions(options)


def publish(
    options: Options, *, directory_urls: bool = True, site_name: str = "paperboy", site_url: str = ""
) -> Iterator[Document | DataFile]:
    """Make the site's pages and data files from the archive.

    Arguments:
        options: The plugin's options.
        directory_urls: Whether addresses end in a folder, as `use_directory_urls` in mkdocs.yml says.
        site_name: The name of the site, for its feeds.
        site_url: The site's address with a slash at its end; without one, the feeds lead to arXiv.
    """
    editions = [
        edition
        for day in archive.days(options.archive)
        if options.date is None or day <= options.date
        if (edition := _readable(options, day)) is not None
    ]
    site = SiteOptions(
        categories=options.categories,
        announce_types=options.announce_types,
        language=options.translation.language,
        directory_urls=directory_urls,
        site_name=site_name,
        site_url=site_url,
    )
    if not editions:
        log.warning("the archive %s holds no edition; the site is built without one", options.archive)
    return build_site(editions, site)


def _readable(options: Options, day: date) -> Edition | None:
    try:
        return archive.read_edition(options.archive, day, options.translation.language)
    except ArchiveError as error:
        log.warning("%s. The site is built without %s", error, day)
        return None
