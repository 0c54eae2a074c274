"""The feeds of a site: of all papers, of each category and of each topic, and the list of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from paperboy.site.export.atom_json import ATOM, JSON, OPML, FeedDay, FeedWriter, ListedPaper, category_name
from paperboy.site.html import urls
from paperboy.site.html.document import DataFile, PagePlan
from paperboy.site.views.sections import by_section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from paperboy.site.context import SiteContext
    from paperboy.site.pages.edition import EditionPages
    from paperboy.site.pages.topics import Topics
    from paperboy.site.views.day_summary import DaySummary

FEED_EDITIONS = 30
"""A feed goes no further back, or the feed of a quiet category would have a build read half a year for it."""


class FeedStore(Protocol):
    """The feed as an earlier build wrote it."""

    def read(self, path: str) -> list[FeedDay]:
        """The days that a feed had."""

    def write(self, path: str, days: list[FeedDay]) -> None:
        """Keep the days that it has now."""


class Feeds:
    """Makes the feeds of a site, day by day: of a day that has not changed, the entries are those of before.

    Arguments:
        context: The site's tools.
        days: All editions in few words, oldest first.
        pages: Gives the pages of the edition of a date.
        topics: The pages of topics.
        stamps: A hash of each edition; of a date without one, nothing is kept.
        kept: What an earlier build has made.
    """

    def __init__(
        self,
        context: SiteContext,
        days: Sequence[DaySummary],
        pages: Callable[[date], EditionPages],
        topics: Topics,
        stamps: Mapping[date, str],
        kept: FeedStore | None = None,
    ) -> None:
        options = context.options
        self._context = context
        self._days = days[: -FEED_EDITIONS - 1 : -1]
        self._pages = pages
        self._topics = topics
        self._stamps = stamps
        self._kept = kept
        self._names = feed_names(context)
        self._writer = FeedWriter(
            context.env,
            context.words,
            site_name=options.site_name,
            site_url=options.site_url,
            directory_urls=options.directory_urls,
        )

    def plans(self) -> Iterator[PagePlan]:
        """Each feed in both formats, but for that of trending papers, which is made beside their pages."""
        for path, name in self._names.items():
            kind, _, of = path.rstrip("/").partition("/")
            if path == urls.TRENDING:
                continue
            if f"{kind}/" == urls.TOPICS:
                days, listed = self._topics.stamped(of), partial(self._topics.listed, of)
            else:
                held = (day.date for day in self._days if not of or of in day.categories)
                days = {day: self._stamps.get(day, "") for day in held}
                listed = partial(self._listed, of)
            content = [(day.isoformat(), stamp) for day, stamp in days.items()]
            yield PagePlan(
                name=f"{path}feed", content=(name, content), make=partial(self._feed, path, name, days, listed)
            )

    def opml(self) -> Iterator[DataFile]:
        """The list of all feeds, if the site has an address."""
        if self._context.options.site_url:
            yield DataFile(OPML, self._writer.opml(self._names))

    def _feed(
        self, path: str, name: str, days: Mapping[date, str], listed: Callable[[date], Iterator[ListedPaper]]
    ) -> Iterator[DataFile]:
        known = {(day.date, day.stamp): day for day in self._kept.read(path)} if self._kept else {}
        used: list[FeedDay] = []

        def made() -> Iterator[FeedDay]:
            for day, stamp in days.items():
                one = known.get((day, stamp)) if stamp else None
                used.append(one or self._writer.day(day, listed(day), stamp))
                yield used[-1]

        atom, json = self._writer.write(path, name, made())
        yield DataFile(f"{path}{ATOM}", atom)
        yield DataFile(f"{path}{JSON}", json)
        if self._kept:
            self._kept.write(path, [day for day in used if day.stamp])

    def _listed(self, category: str, day: date) -> Iterator[ListedPaper]:
        """The papers of one category, or of all, in arXiv's order of sections."""
        pages = self._pages(day)
        edition = pages.edition
        papers = edition.listed_in(category) if category else edition.announcements
        typed = [(paper, paper.listed[category] if category else paper.announce_type) for paper in papers]
        for section in by_section(typed, self._context.options.announce_types, edition.contributions).values():
            for paper, _ in section:
                if not edition.hides(paper.id):
                    yield ListedPaper(
                        day=day,
                        paper=paper,
                        translation=edition.translations.get(paper.id),
                        address=self._context.link("", pages.places[paper.id], paper.id),
                    )


def feed_names(context: SiteContext) -> dict[str, str]:
    """The folder of each feed of a site, with what it is of; the first is that of all papers."""
    options = context.options
    return {
        urls.HOME: "",
        **{urls.category(name): category_name(name, options.language) for name in options.categories},
        **{urls.topic(topic.slug): topic.name for topic in options.topics},
        **({urls.TRENDING: context.words.gettext("Trending")} if options.signals else {}),
    }
