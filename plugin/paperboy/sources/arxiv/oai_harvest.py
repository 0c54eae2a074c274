"""A harvest by OAI-PMH: one category's records, page by page, from wherever an earlier run stopped.

The protocol is that of https://www.openarchives.org/OAI/openarchivesprotocol.html. A resumption token dies at
the next UTC midnight; then the harvest goes on from the last datestamp, which it reads once more.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from paperboy.domain.errors import BadAnswer
from paperboy.sources.arxiv import oai_pmh
from paperboy.sources.http_transport import XML

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.sources.arxiv.oai_pmh import OaiPage
    from paperboy.sources.http_client import SourceClient

_PHYSICS = frozenset(
    "astro-ph cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics quant-ph".split()  # noqa: SIM905  a row
)
"""The archives of the group `physics`; every other archive is a group of its own name."""


class HarvestPosition(Struct, frozen=True):
    """The position of a harvest: a token, valid on its day (UTC), else a datestamp."""

    since: str
    token: str | None = None
    token_day: str | None = None


def set_of(category: str) -> str:
    """The set that holds a category's papers: `cs:cs:CL`, `physics:hep-th`."""
    archive = category.partition(".")[0]
    return f"{'physics' if archive in _PHYSICS else archive}:{category.replace('.', ':')}"


def harvest_pages(
    client: SourceClient, oai_url: str, category: str, position: HarvestPosition
) -> Iterator[tuple[OaiPage, HarvestPosition | None]]:
    """A category's records from a position on, and after each page the position behind it; `None` at the end.

    Raises:
        Unreachable: A page was not served.
        BadAnswer: A page cannot be read.
    """
    here: HarvestPosition | None = position
    begun_anew: set[str] = set()
    while here is not None:
        page = _page(client, oai_url, category, here)
        if page is None:
            if here.since in begun_anew:
                raise BadAnswer(f"{oai_url}: refuses its own resumption token again for {category}; try again tomorrow")
            begun_anew.add(here.since)
            here = HarvestPosition(here.since)
            continue
        if page.token and page.token == here.token:
            raise BadAnswer(f"{oai_url}: gives the same resumption token again for {category}; try again tomorrow")
        since = max((record.datestamp for record in page.records), default=here.since)
        here = HarvestPosition(since, page.token, _today()) if page.token else None
        yield page, here


def _page(client: SourceClient, oai_url: str, category: str, position: HarvestPosition) -> OaiPage | None:
    """One page; `None` where the token is no longer taken."""
    by_token = position.token is not None and position.token_day == _today()
    arguments = (
        f"resumptionToken={quote(position.token or '', safe='')}"
        if by_token
        else f"metadataPrefix=arXivRaw&set={set_of(category)}&from={position.since}"
    )
    empty = 0

    def read(data: bytes) -> OaiPage | None:
        nonlocal empty
        try:
            page = oai_pmh.parse_oai_page(data)
        except oai_pmh.ExpiredTokenError:
            if not by_token:
                raise BadAnswer("a resumption token is refused, and none was sent") from None
            return None
        if not page.records and not page.deleted and not page.problems:
            # A token promises more; and that a set has nothing since a day is believed the second time.
            empty += 1
            if by_token or empty == 1:
                raise BadAnswer("expected OAI-PMH records, got none")
        return page

    return client.read(f"{oai_url}?verb=ListRecords&{arguments}", accept=XML, parse=read)


def _today() -> str:
    return date.isoformat(datetime.now(UTC).date())
