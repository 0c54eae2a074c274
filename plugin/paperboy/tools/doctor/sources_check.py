"""Checks the sources: each is asked once, under the rate limit and the rules of a build."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from paperboy import sources
from paperboy.domain import arxiv_calendar
from paperboy.domain.errors import BadAnswer, SourceError
from paperboy.sources import huggingface
from paperboy.sources.arxiv import catchup_listing, query_api, rss_feed
from paperboy.sources.http_client import SourceClient
from paperboy.tools.doctor.finding import Diagnosis, SiteUnderTest, fault, ok, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from paperboy.domain.papers import Record

_LATER = "nothing, if this passes: a build goes on without it and completes the day later"
_KNOWN_PAPER = "1706.03762"
"""Any paper that arXiv has, for a day without one."""


class SourcesCheck:
    """Asks the sources, and keeps what the feeds announced for those who want to count.

    Arguments:
        site: The set-up.
    """

    def __init__(self, site: SiteUnderTest) -> None:
        self.announced: dict[str, Record] = {}
        self._site = site
        self._silent = 0

    def examine(self) -> Iterator[Diagnosis]:
        """One line a source that is switched on."""
        options = self._site.options
        with SourceClient(options.sources.arxiv, options.cache) as client:
            yield from self._feeds(client)
            yield from self._listing(client)
            if options.sources.arxiv.api_url:
                known = next(iter(self.announced), _KNOWN_PAPER)
                yield self._asked("API", lambda: _api(client, options.sources.arxiv.api_url or "", known))
            if options.sources.arxiv.oai_url:
                yield self._asked("OAI-PMH", lambda: _oai(client, options.sources.arxiv.oai_url or ""))
        if options.sources.huggingface.enabled:
            with SourceClient(options.sources.huggingface, options.cache) as client:
                yield self._asked("Hugging Face", lambda: self._featured(client))

    def _feeds(self, client: SourceClient) -> Iterator[Diagnosis]:
        arxiv = self._site.options.sources.arxiv
        if arxiv.feed_url is None:
            return
        served = sources.read_feeds(client, arxiv, self._site.options.categories)
        self.date = served.date
        for found in served.feeds.values():
            for record in found.records if isinstance(found, rss_feed.Feed) else ():
                self.announced.setdefault(record.id, record)
        failed = {name: found for name, found in served.feeds.items() if isinstance(found, SourceError)}
        if failed:
            name, error = next(iter(failed.items()))
            yield self._silence(
                "feeds", f"{len(failed)} of {len(served.feeds)} were not served, {name} for one: {error}"
            )
        else:
            day = f", the newest of {served.date}" if served.date else ""
            yield ok("feeds", f"{len(served.feeds)} served{day}, {len(self.announced):,} papers")

    def _listing(self, client: SourceClient) -> Iterator[Diagnosis]:
        address, categories = self._site.options.sources.arxiv.listing_url, self._site.options.categories
        if address is None:
            yield warning(
                "listing",
                "it is switched off, so no day can be held against arXiv's counts",
                "set sources.arxiv.listing_url",
            )
            return

        def ask() -> str:
            page = catchup_listing.fetch_listing(client, address, categories[0], self._day())
            stated = f"{page.stated.total:,} announcements stated" if page.stated else "no announcement"
            return f"{categories[0]} on {self._day()}: {stated}"

        yield self._asked("listing", ask)

    def _featured(self, client: SourceClient) -> str:
        found = huggingface.fetch_daily_papers(client, self._site.options.sources.huggingface.url, self._day())
        return f"{len(found.papers)} papers featured on {self._day()}"

    def _day(self) -> date:
        return getattr(self, "date", None) or arxiv_calendar.weekday_before(datetime.now(arxiv_calendar.EASTERN).date())

    def _asked(self, name: str, ask: Callable[[], str]) -> Diagnosis:
        try:
            return ok(name, ask())
        except SourceError as error:
            return self._silence(name, str(error))

    def _silence(self, name: str, text: str) -> Diagnosis:
        """A day needs the feeds or the listing: without both, nothing can be fetched."""
        needed = name in ("feeds", "listing")
        self._silent += needed
        if needed and self._silent > 1:
            return fault(name, text, "check the network of this machine, and the addresses under sources.arxiv")
        return warning(name, text, _LATER)


def _api(client: SourceClient, address: str, known: str) -> str:
    answer = query_api.fetch_records(client, address, [(known, None)])
    if answer.problem or answer.unanswered:
        raise BadAnswer(answer.problem or f"it does not know {known}")
    return "answers"


def _oai(client: SourceClient, address: str) -> str:
    # https://www.openarchives.org/OAI/openarchivesprotocol.html#Identify
    data = client.get(f"{address}?verb=Identify", accept="text/xml")
    if b"<Identify" not in data:
        raise BadAnswer(f"{address} does not say who it is; check sources.arxiv.oai_url")
    return "answers"
