"""The third stage: what the archive holds, as pages; of a day that has not changed only its summary is read."""

from __future__ import annotations

import logging
from datetime import date
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from paperboy import contributions
from paperboy.pipeline.publish.feed_cache import FeedCache
from paperboy.pipeline.publish.topic_hits_cache import TopicHitsCache
from paperboy.pipeline.publish.trending import Trends
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html import urls
from paperboy.site.html.search_link import PageLink
from paperboy.site.incremental_build import Unit, fingerprint
from paperboy.site.pages import calendar
from paperboy.site.pages.condensed_edition import CondensedPages, download
from paperboy.site.pages.edition import EditionPages
from paperboy.site.pages.feeds import Feeds, feed_names
from paperboy.site.pages.topics import Topics
from paperboy.site.plans import OlderEdition, neighbours, overview_plan, page_plans
from paperboy.site.search import units as searching
from paperboy.site.search.record import search_key
from paperboy.site.views.day_summary import DaySummary
from paperboy.storage import archive, build_cache
from paperboy.storage.build_cache import KnownDay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import BytecodeCache

    from paperboy.domain.config import Options
    from paperboy.domain.edition import Edition
    from paperboy.site.components.notes import MarkdownOptions
    from paperboy.site.html.document import DataFile, Document
    from paperboy.site.pages.topic_hits import DayHits
    from paperboy.site.search.pagefind import Pagefind
    from paperboy.site.search.record import Searchable

log = logging.getLogger(__name__)


class Publication:
    """The pages of a site, made from its archive.

    Arguments:
        options: The plugin's options.
        site: What the pages need to know.
        code: A hash of paperboy itself; what another version has noted is not used.
        templates: Where compiled templates are kept.
        pagefind: What makes the index of the search, where the site has one.
        markdown: How the notes of contributors are rendered.
    """

    def __init__(
        self,
        options: Options,
        site: SiteOptions,
        code: str = "",
        templates: BytecodeCache | None = None,
        pagefind: Pagefind | None = None,
        markdown: MarkdownOptions | None = None,
    ) -> None:
        self._options = options
        self._pagefind = pagefind
        self._overrides = contributions.load_overrides(options)
        self._context = SiteContext(site, templates, markdown, self._overrides.categories)
        self._notes_key = markdown.key if markdown else ""
        # A new topic changes the pages of those days alone on which it finds something.
        self._key = fingerprint(msgspec.json.encode(msgspec.structs.replace(site, topics=())), code)
        self._topics_key = fingerprint(self._key, msgspec.json.encode(site.topics))
        self._topic_hits = TopicHitsCache(options.cache, lambda day: self._make(day).hits)
        self._pages: dict[date, EditionPages] = {}
        self._days = self._read()
        older = calendar.before(self._days, max(self._days, default=None), options.retention.months)
        self._older = OlderEdition(older, older if options.retention.older == "downloads" else frozenset())
        self._around = neighbours([day for day in self._days if day not in self._older.downloads])
        editions = {day: known.digest for day, known in self._days.items()}
        written = (self._overrides, self._notes_key)
        self._trends = Trends(options, self._context, self._key, editions, self._place, written)

    @property
    def days(self) -> list[DaySummary]:
        """All editions in few words, oldest first."""
        return [known.summary for known in self._days.values()]

    @property
    def unreadable(self) -> dict[date, int]:
        """The lines of the archive that the site is made without, by edition."""
        return {day.date: day.unreadable for day in self.days if day.unreadable}

    @property
    def feeds(self) -> dict[str, str]:
        """The folder of each feed, with what it is of."""
        return feed_names(self._context)

    @property
    def context(self) -> SiteContext:
        """The tools that make the pages."""
        return self._context

    def newest(self) -> EditionPages | None:
        """The pages of the newest edition; `None` where the archive holds none."""
        return self._in_full(max(self._days)) if self._days else None

    def overview(self) -> Iterator[Document | DataFile]:
        """The pages and files that change with every edition."""
        if not self._days:
            log.warning("the archive %s holds no edition; the site is built without one", self._options.archive)
        yield from overview_plan(
            self._context, self.days, self._in_full, self._topics, self._feeds, older=self._older, quiet=self._quiet
        )
        yield self._trends.index()

    def units(self) -> Iterator[Unit[Document | DataFile]]:
        """The pages of each edition, calendars, topics, trending pages and the like, to be made or carried."""
        names = {topic.slug: topic.name for topic in self._context.options.topics}
        for day, known in self._days.items():
            if day in self._older.downloads:
                continue
            found = [(slug, names[slug], ids) for slug, ids in known.summary.topics.items()]
            yield Unit(
                name=day.isoformat(),
                key=fingerprint(
                    self._key,
                    known.digest,
                    *map(str, self._around[day]),
                    str(day in self._older.days),
                    msgspec.json.encode(found),
                ),
                make=partial(self._all, day),
            )
        for first, group in groupby(sorted(self._older.downloads), key=lambda day: day.replace(day=1)):
            days = tuple(group)
            key = fingerprint(self._key, *(self._days[day].digest for day in days))
            yield Unit(name=f"{first:%Y-%m}.gz", key=key, make=partial(self._download, days))
        for plan in page_plans(self._context, self.days, self._topics, self._feeds, self._quiet, self._older):
            key = fingerprint(self._key, msgspec.json.encode(plan.content))
            yield Unit(name=plan.name, key=key, make=plan.make)
        yield from self._trends.units()

    def close(self) -> None:
        """Delete what was kept for this build and is not needed for the next one."""
        self._topic_hits.forget()

    @cached_property
    def search_page(self) -> PageLink | None:
        """The page of the search; `None` where the site has none."""
        if self._pagefind is None:
            return None
        return PageLink(self._context.link("", urls.SEARCH).removeprefix("./"), self._context.words.gettext("Search"))

    def search(self) -> Iterator[Unit[Document | DataFile]]:
        """The files of the search, to be made or carried; none where the site has no search."""
        if self._pagefind is None:
            return iter(())
        days = [
            searching.SearchDay(day, known.summary.papers, known.search)
            for day, known in self._days.items()
            if day not in self._older.downloads  # a result would lead nowhere
        ]
        directory_urls = self._context.options.directory_urls
        return searching.search_units(self._pagefind, days, self._searchable, directory_urls=directory_urls)

    def _searchable(self, day: date) -> list[Searchable]:
        return (self._pages.get(day) or self._make(day)).searchable()

    def _all(self, day: date) -> Iterator[Document | DataFile]:
        return (self._pages.get(day) or self._make(day)).all()

    def _download(self, days: tuple[date, ...]) -> Iterator[Document | DataFile]:
        editions = (EditionPages(self._context, self._edition(day)) for day in days)
        yield download(days[0], editions, self._context.options.language)

    def _make(self, day: date) -> EditionPages:
        before, after = self._around.get(day, (None, None))
        form = CondensedPages if day in self._older.days else EditionPages
        return form(
            self._context,
            self._edition(day),
            before=before,
            after=after,
            topics=self._days[day].summary.topics,
        )

    @cached_property
    def _stamps(self) -> dict[date, str]:
        return {day: fingerprint(self._key, known.digest) for day, known in self._days.items()}

    @cached_property
    def _topics(self) -> Topics:
        return Topics(self._context, self.days, self._hits, self._stamps, self._older.downloads)

    @cached_property
    def _feeds(self) -> Feeds:
        days = [day for day in self.days if day.date not in self._older.downloads]
        return Feeds(self._context, days, self._in_full, self._topics, self._stamps, FeedCache(self._options.cache))

    def _hits(self, day: date) -> DayHits:
        return self._topic_hits.of(day, fingerprint(self._topics_key, self._days[day].digest))

    def _place(self, edition: str, arxiv_id: str) -> str | None:
        known = self._days.get(day := date.fromisoformat(edition))
        return known.summary.page_of(arxiv_id) if known and day not in self._older.downloads else None

    # What the archive holds

    @cached_property
    def _quiet(self) -> frozenset[date]:
        return frozenset(archive.known_days(self._options.archive)) - self._days.keys()

    def _in_full(self, day: date) -> EditionPages:
        """The pages of a date; those of the newest are needed more than once."""
        if day not in self._pages:
            self._pages = {day: self._make(day)}
        return self._pages[day]

    def _edition(self, day: date) -> Edition:
        edition = archive.read_edition(self._options.archive, day, self._options.translation.language)
        return contributions.apply(edition, self._overrides)

    def _read(self) -> dict[date, KnownDay[DaySummary]]:
        last = self._options.date or date.max
        held = (day for day in archive.days(self._options.archive) if day <= last)
        return build_cache.load_days(self._options.cache / "days.json", DaySummary, self._topics_key, held, self._look)

    def _look(self, day: date, known: KnownDay[DaySummary] | None) -> KnownDay[DaySummary]:
        folder = archive.folder(self._options.archive, day)
        files = build_cache.file_stamps(folder)
        touched = self._touching(known.summary) if known else ""
        if known is not None and (known.files, known.touched) == (files, touched):
            return known
        content = [part for name in sorted(files) for part in (name, (folder / name).read_bytes())]
        if known is not None and known.digest == fingerprint(*content, touched):
            return msgspec.structs.replace(known, files=files)
        pages = EditionPages(self._context, self._edition(day))
        summary = pages.summary()
        touched = self._touching(summary)
        stamp = fingerprint(*content, touched)
        self._topic_hits.put(day, fingerprint(self._topics_key, stamp), pages.hits)
        return KnownDay(files, stamp, summary, touched, fingerprint(search_key(pages.searchable())))

    def _touching(self, day: DaySummary) -> str:
        """A hash of what contributors wrote for a day, and of what renders it; empty where that is nothing."""
        papers = " ".join(day.places.values()).split()
        touched = contributions.touching(self._overrides, day.date, papers)
        return fingerprint(touched, self._notes_key) if touched else ""
