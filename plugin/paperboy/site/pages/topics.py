"""The pages of topics: all of them, each with its newest hits, and each of its months; made from the hits of days."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from paperboy.site.context import PLAIN
from paperboy.site.export.atom_json import ATOM, ListedPaper
from paperboy.site.html import urls
from paperboy.site.html.document import Block, Document, Heading, PagePlan
from paperboy.site.pages.paper_list import ListRow, in_parts, tools

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from paperboy.site.context import SiteContext
    from paperboy.site.html.document import DataFile
    from paperboy.site.pages.topic_hits import DayHits
    from paperboy.site.views.day_summary import DaySummary
    from paperboy.site.views.topic_matcher import Matcher

HITS_A_PART = 100
"""Entries on one page; with a sentence around what was found they are longer than those of a date."""
NEWEST_HITS = 50
"""Entries on a topic's own page, and entries that its feed has at least, where there are so many."""
_LATELY = timedelta(days=30)


class Topics:
    """Makes the pages of a site's topics.

    Arguments:
        context: The site's tools.
        days: All editions in few words, oldest first.
        hits: Gives what the topics have found in the edition of a date.
        stamps: A hash of each edition.
        downloads: The dates that have no pages any more; their papers are at arXiv.
    """

    def __init__(
        self,
        context: SiteContext,
        days: Sequence[DaySummary],
        hits: Callable[[date], DayHits],
        stamps: Mapping[date, str] = MappingProxyType({}),
        downloads: Collection[date] = (),
    ) -> None:
        self._context = context
        self._hits = hits
        self._stamps = stamps
        self._downloads = downloads
        self._all = [day.date for day in days]
        self._days = {
            matcher.topic.slug: [day for day in days if day.topics.get(matcher.topic.slug)]
            for matcher in context.topics
        }

    def index(self) -> Document:
        """All topics with their counts."""
        title = self._context.words.gettext("Topics")
        since = self._all[-1] - _LATELY if self._all else None
        rows = []
        for topic in self._context.options.topics:
            days = self._days[topic.slug]
            counts = {day.date: len(day.topics[topic.slug]) for day in days}
            newest = counts.get(self._all[-1], 0) if self._all else 0
            lately = sum(count for day, count in counts.items() if since and day > since)
            address = self._context.link(urls.TOPICS, urls.topic(topic.slug))
            rows.append((topic.name, address, newest, lately, sum(counts.values())))
        content = (Heading(1, title, "topics"), self._context.part("index", rows, file="topic"))
        return Document(path=urls.TOPICS, title=title, hide=PLAIN, listed=True, content=content)

    def plans(self) -> Iterator[PagePlan]:
        """The page of each topic and those of its months; a month that is over is made once."""
        for matcher in self._context.topics:
            topic = matcher.topic
            months = [(first, list(days)) for first, days in groupby(self._days[topic.slug], key=_month_of)]
            query = msgspec.to_builtins(topic)
            shown = self._newest_days(topic.slug)
            counts = [(first.isoformat(), sum(len(day.topics[topic.slug]) for day in days)) for first, days in months]
            yield PagePlan(
                name=urls.topic(topic.slug),
                content=(query, counts, self._stamped(shown)),
                make=partial(self._front, matcher, months, shown),
            )
            for number, (first, days) in enumerate(months):
                before = months[number - 1][0] if number else None
                after = months[number + 1][0] if number + 1 < len(months) else None
                yield PagePlan(
                    name=urls.topic_month(topic.slug, first),
                    content=(query, str(before), str(after), self._stamped(days)),
                    make=partial(self._month, matcher, days, before, after),
                )

    def stamped(self, slug: str) -> dict[date, str]:
        """The dates of a topic's feed, the newest first, with a hash of what it shows of each."""
        return {
            day.date: " ".join((stamp, str(day.date in self._downloads), *day.topics[slug]))
            if (stamp := self._stamps.get(day.date))
            else ""
            for day in self._newest_days(slug)
        }

    def listed(self, slug: str, day: date) -> Iterator[ListedPaper]:
        """What a topic has found in the edition of a date, for its feed."""
        hits = self._hits(day)
        for arxiv_id in hits.topics.get(slug, {}):
            found = hits.papers[arxiv_id]
            yield ListedPaper(
                day=day,
                paper=found.paper,
                translation=found.translation,
                address="" if day in self._downloads else self._context.link("", found.page, arxiv_id),
            )

    def _newest_days(self, slug: str) -> list[DaySummary]:
        """The newest days with hits, the newest first: as many as give enough of them."""
        found: list[DaySummary] = []
        count = 0
        for day in reversed(self._days[slug]):
            if count >= NEWEST_HITS:
                break
            found.append(day)
            count += len(day.topics[slug])
        return found

    def _stamped(self, days: Sequence[DaySummary]) -> list[tuple[str, str, bool]]:
        return [(day.date.isoformat(), self._stamps.get(day.date, ""), day.date in self._downloads) for day in days]

    # Pages

    def _front(
        self, matcher: Matcher, months: Sequence[tuple[date, Sequence[DaySummary]]], days: Sequence[DaySummary]
    ) -> Iterator[Document | DataFile]:
        """A topic's own page: what it asks, its months, its newest hits."""
        topic, context = matcher.topic, self._context
        path = urls.topic(topic.slug)
        links = [
            (
                context.words.month(first),
                context.link(path, urls.topic_month(topic.slug, first)),
                sum(len(day.topics[topic.slug]) for day in own),
            )
            for first, own in reversed(months)
        ]
        rows = self._rows(matcher, days)[:NEWEST_HITS]
        content: list[Heading | Block] = [self._links(path), context.part("query", topic, file="topic")]
        if rows:
            content += [context.part("months", links, file="topic"), *self._content(path, rows)]
        else:
            content.append(context.part("none_yet", file="topic"))
        yield self._page(path, topic.name, content)

    def _month(
        self, matcher: Matcher, days: Sequence[DaySummary], before: date | None, after: date | None
    ) -> Iterator[Document | DataFile]:
        """What a topic has found in one month, the newest day first."""
        topic, context = matcher.topic, self._context
        first = urls.topic_month(topic.slug, days[0].date)
        title = context.words.title(topic.name, context.words.month(days[0].date))
        rows = self._rows(matcher, days[::-1])
        for path, content in in_parts(context, first, first, rows, HITS_A_PART):
            links = self._links(path, topic.name, topic.slug, before, after)
            yield self._page(path, title, [links, tools(context, path, rows), *content])

    def _content(self, path: str, rows: Sequence[ListRow]) -> list[Heading | Block]:
        content: list[Heading | Block] = [tools(self._context, path, rows)]
        for section, own in groupby(rows, key=lambda row: row.section):
            content += [section, *(row.make(path) for row in own)]
        return content

    def _rows(self, matcher: Matcher, days: Sequence[DaySummary]) -> list[ListRow]:
        rows = []
        for day in days:
            gone = day.date in self._downloads
            hits = self._hits(day.date)
            reasons = hits.topics.get(matcher.topic.slug, {})
            title = f"{self._context.words.long_date(day.date)} ({len(reasons)})"
            section = Heading(2, title, day.date.isoformat())
            for arxiv_id, why in reasons.items():
                found = hits.papers[arxiv_id]
                topics = tuple(slug for slug, ids in hits.topics.items() if arxiv_id in ids)

                def made(
                    path: str, found: Any = found, why: Any = why, topics: Any = topics, gone: Any = gone
                ) -> Block:
                    address = (
                        urls.abstract_page(found.paper.id, found.paper.version)
                        if gone
                        else self._context.link(path, found.page, found.paper.id)
                    )
                    return Block(self._context.cards.hit(found, matcher, why, address, topics))

                rows.append(ListRow(section, found.paper, topics, made))
        return rows

    def _links(
        self, path: str, name: str = "", slug: str = "", before: date | None = None, after: date | None = None
    ) -> Block:
        """Links to the months around, to the topic, to all topics, and to its feed."""
        _ = self._context.words.gettext
        link = self._context.link
        links = []
        for word, month, relation in ((_("Previous"), before, "prev"), (_("Next"), after, "next")):
            if month:
                text = f"{word}: {self._context.words.month(month)}"
                links.append((text, link(path, urls.topic_month(slug, month)), relation))
        if slug:
            links.append((name, link(path, urls.topic(slug)), "up"))
        else:
            links.append((_("All topics"), link(path, urls.TOPICS), "up"))
        feed = urls.Linker().link(path, urls.topic(slug) if slug else path)
        links.append((_("Feed (Atom)"), f"{feed}{ATOM}", ""))
        return self._context.part("neighbours", links)

    @staticmethod
    def _page(path: str, title: str, content: Sequence[Heading | Block]) -> Document:
        return Document(path=path, title=title, hide=("navigation",), content=(Heading(1, title, "topic"), *content))


def _month_of(day: DaySummary) -> date:
    return day.date.replace(day=1)
