"""The trending pages of a site: of a date whose files have not changed only its row of few words is read."""

from __future__ import annotations

import logging
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from paperboy import contributions
from paperboy.contributions.model import Overrides
from paperboy.domain.signals import FeaturedList
from paperboy.site.html import urls
from paperboy.site.incremental_build import Unit, fingerprint
from paperboy.site.pages import calendar
from paperboy.site.pages.trending import Featuring, TrendingPages, as_edition, in_few_words
from paperboy.site.plans import neighbours
from paperboy.storage import archive, build_cache
from paperboy.storage.build_cache import KnownDay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from paperboy.domain.config import Options
    from paperboy.domain.edition import Edition
    from paperboy.site.context import SiteContext
    from paperboy.site.html.document import DataFile, Document
    from paperboy.site.pages.trending import Place

log = logging.getLogger(__name__)

FEED_DATES = 7
"""Dates in the feed: about a hundred papers, and the days on which a paper is still on its way up."""


class Trends:
    """The trending pages, made from the archive.

    Arguments:
        options: The plugin's options.
        context: The site's tools.
        key: A hash of what all pages are made of beside the archive.
        editions: A hash of each edition, whose cards the pages link.
        place: Tells where the card of a paper lies.
        written: What contributors wrote, and a hash of what renders it.
    """

    def __init__(
        self,
        options: Options,
        context: SiteContext,
        key: str,
        editions: Mapping[date, str],
        place: Place,
        written: tuple[Overrides, str] = (Overrides(), ""),
    ) -> None:
        self._overrides, self._notes_key = contributions.about_papers(written[0]), written[1]
        self._options = options
        self._context = context
        self._key = key
        self._editions = editions
        self._days = self._read()
        older = calendar.before(self._days, max(editions, default=None), options.retention.months)
        self._in_full = [day for day, known in self._days.items() if known.summary.rows and day not in older]
        self._pages = TrendingPages(context, self._in_full, place)

    def index(self) -> Document:
        """The page above all dates, which changes with each of them."""
        return self._pages.index([known.summary for known in self._days.values()])

    def units(self) -> Iterator[Unit[Document | DataFile]]:
        """The pages of each date and month, and the feed, to be made or carried."""
        for day, around in neighbours(self._in_full).items():
            editions = (self._editions.get(date.fromisoformat(one), "") for one in self._days[day].summary.editions)
            make = partial(self._date, day, around)
            yield self._unit(urls.trending(day), [day], make, *map(str, around), *editions)
        days = [day for day, known in self._days.items() if known.summary.rows]
        for first, own in calendar.calendar_months(days):
            in_full = str(own[-1] in self._in_full)
            yield self._unit(urls.trending_month(first), own, partial(self._month, first, own), in_full)
        newest = self._in_full[-FEED_DATES:]
        yield self._unit(f"{urls.TRENDING}feed", newest, partial(self._feed, newest))

    def _unit(
        self, name: str, days: Sequence[date], make: Callable[[], Iterator[Document | DataFile]], *more: str
    ) -> Unit[Document | DataFile]:
        return Unit(name=name, key=fingerprint(self._key, *(self._days[day].digest for day in days), *more), make=make)

    def _date(self, day: date, around: tuple[date | None, date | None]) -> Iterator[Document | DataFile]:
        yield self._pages.day(self._edition(day), around)

    def _month(self, first: date, days: Sequence[date]) -> Iterator[Document | DataFile]:
        yield self._pages.month(first, [self._days[day].summary for day in days])

    def _feed(self, days: Sequence[date]) -> Iterator[Document | DataFile]:
        yield from self._pages.feed(self._edition(day) for day in reversed(days))

    # What the archive holds

    def _edition(self, day: date) -> Edition:
        root, language = self._options.archive, self._options.translation.language
        featured = archive.read(root, day, FeaturedList) or FeaturedList(date=day.isoformat())
        edition = as_edition(featured, archive.to_show(archive.read_translations(root, day, language)))
        return contributions.apply(edition, self._overrides)

    def _read(self) -> dict[date, KnownDay[Featuring]]:
        last = self._options.date or date.max
        held = (day for day in archive.featured_days(self._options.archive) if day <= last)
        return build_cache.load_days(
            self._options.cache / "trending.json", Featuring, self._key, held, self._look, may_lack=True
        )

    def _look(self, day: date, known: KnownDay[Featuring] | None) -> KnownDay[Featuring]:
        folder = archive.folder(self._options.archive, day)
        names = {archive.FEATURED, archive.translations(self._options.translation.language)}
        files = {name: file for name, file in build_cache.file_stamps(folder).items() if name in names}
        touched = self._touching(known.summary) if known else ""
        if known is not None and (known.files, known.touched) == (files, touched):
            return known
        content = [part for name in sorted(files) for part in (name, (folder / name).read_bytes())]
        if known is not None and known.digest == fingerprint(*content, touched):
            return msgspec.structs.replace(known, files=files)
        summary = in_few_words(self._edition(day))
        touched = self._touching(summary)
        return KnownDay(files, fingerprint(*content, touched), summary, touched)

    def _touching(self, day: Featuring) -> str:
        touched = contributions.touching(self._overrides, day.date, [row.id for row in day.rows])
        return fingerprint(touched, self._notes_key) if touched else ""
