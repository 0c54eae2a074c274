"""Completes announcements from the API: the exact text of the version that was announced."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from paperboy.domain import arxiv_calendar
from paperboy.sources.arxiv import query_api
from paperboy.sources.arxiv.reconciliation import announced_version, merge_records

if TYPE_CHECKING:
    from datetime import date

    from paperboy.domain.papers import Announcement, Record
    from paperboy.sources.http_client import SourceClient

_STEPS = 12
"""Versions to go back at most to find the one that was announced."""


def complete_from_api(
    client: SourceClient, api_url: str | None, day: date, papers: dict[str, Announcement]
) -> tuple[tuple[str, ...], str | None]:
    """Complete the announcements of a day from the API, in place.

    The listing of a past day shows each paper as it is today. So where neither the feed nor the type tells
    the announced version, the newest one is asked for, and where its date is too late for that day, the one
    before it, and so on.

    Returns:
        The ids of which it did not return the announced version, and why if that is known.
    """
    wanted = {
        paper.id: announced_version(paper.listed, {}, paper) for paper in papers.values() if "api" not in paper.sources
    }
    if api_url is None or not wanted:
        return (), None
    asked = wanted
    problem: str | None = None
    for _ in range(_STEPS):
        answer = query_api.fetch_records(client, api_url, list(asked.items()))
        problem = problem or answer.problem
        earlier: dict[str, int | None] = {}
        for record in answer.records:
            paper = papers[record.id]
            tried = asked[record.id]
            if wanted[record.id] is not None or (step := _earlier(record, day, paper)) is None:
                papers[record.id] = merge_records(paper.id, paper.listed, {"api": record}, paper)
            elif tried is None or step < tried:
                earlier[record.id] = step
        if not earlier:
            break
        asked = earlier
    return tuple(name for name in wanted if "api" not in papers[name].sources), problem


def _earlier(record: Record, day: date, paper: Announcement) -> int | None:
    """The version before this one, where this one was sent in too late to be the one announced on a day."""
    least = 1 if "cross" in paper.listed.values() else 2
    if record.version is None or record.version <= least or record.updated is None:
        return None
    announced = arxiv_calendar.announcement_day(datetime.fromisoformat(record.updated))
    return record.version - 1 if announced > day else None
