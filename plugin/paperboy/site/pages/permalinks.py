"""Permalinks: `p/#2601.08512` leads to the paper's card, wherever that is.

A static host knows no redirects by id, so that a small page looks the id up: `p/2026-06.json` has, for the
editions of one month, the ids of the papers by the page that holds their cards. Only the newest month's
file changes from build to build.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from paperboy.site.context import PLAIN
from paperboy.site.html import urls
from paperboy.site.html.document import DataFile, Document, Heading, PagePlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paperboy.site.context import SiteContext
    from paperboy.site.views.day_summary import DaySummary


def permalink_page(context: SiteContext, days: Sequence[DaySummary]) -> Document:
    """The page that redirects to a card; without scripts, it explains how to find a paper."""
    title = context.words.gettext("Find a paper by its arXiv id")
    months = [name for name, _ in _by_month(days)]
    archive = context.link(urls.PERMALINK, urls.ARCHIVE)
    content = (Heading(1, title, "permalink"), context.part("permalink", " ".join(reversed(months)), archive))
    return Document(path=urls.PERMALINK, title=title, hide=PLAIN, content=content)


def permalink_plans(days: Sequence[DaySummary]) -> Iterator[PagePlan]:
    """The files of all months."""
    for name, own in _by_month(days):
        places = {f"{urls.day(day.date)}{page}": ids for day in own for page, ids in day.places.items()}
        path = f"{urls.PERMALINK}{name}.json"
        yield PagePlan(name=path, content=places, make=partial(_permalink_file, path, places))


def _permalink_file(path: str, places: dict[str, str]) -> Iterator[Document | DataFile]:
    yield DataFile(path, msgspec.json.encode(places) + b"\n")


def _by_month(days: Sequence[DaySummary]) -> list[tuple[str, list[DaySummary]]]:
    return [(name, list(own)) for name, own in groupby(days, key=lambda day: f"{day.date:%Y-%m}")]
