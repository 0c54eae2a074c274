"""The stage beside the first: what the community noticed, fetched by date and joined to the editions.

A paper is featured up to two weeks after it was announced, and votes go on coming. So a date is asked for again
until it settles, and each edition of the last weeks is given the signals of its own papers, as a file in
its own folder: what a day shows depends on that folder alone.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from paperboy.domain import arxiv_calendar
from paperboy.domain.errors import ArchiveError, SourceError, Unreachable
from paperboy.domain.signals import FeaturedList, Signal, SignalList
from paperboy.sources import huggingface
from paperboy.sources.http_client import SourceClient
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from paperboy.domain.config import Options
    from paperboy.domain.signals import Featured

log = logging.getLogger(__name__)

SETTLES_AFTER = 7
"""Days after which a date's votes are taken as they are."""

JOINED_WITHIN = 14
"""Days between an announcement and the featuring of the same paper, either way; 98 of 100 are closer."""

_ENOUGH = 2
"""Dates with a bad answer after which the others are not asked for: what has changed has changed for all."""

_SIGNAL = Signal.__struct_fields__


def fetch_signals(options: Options, today: date) -> None:
    """Ask Hugging Face for the dates that are missing or not settled, and join them to the editions.

    Without an answer the archive stays as it is, and the log says so: no build fails for that.

    Arguments:
        options: The plugin's options.
        today: The day that the site is built for.
    """
    if not options.sources.huggingface.enabled:
        return
    dates = papers = refused = 0
    with SourceClient(options.sources.huggingface, options.cache) as client:
        held = _held_dates(options.archive, today, max(SETTLES_AFTER, options.catch_up_days))
        for day in dates_to_ask(today, held, options.catch_up_days):
            try:
                papers += _fetch_date(client, options, day, today)
                dates += 1
            except Unreachable as error:
                # Not a warning: the site is whole without it, and nobody has anything to do.
                log.info("%s: without signals of Hugging Face: %s", day, error)
                break
            except (SourceError, ArchiveError) as error:
                log.warning("%s: without signals of Hugging Face: %s", day, error)
                refused += 1
                if refused == _ENOUGH:
                    break
    if dates:
        log.info("Hugging Face: %s papers featured on %s dates", papers, dates)
    join_signals(options.archive, today - timedelta(days=max(JOINED_WITHIN, options.catch_up_days)), today)


def dates_to_ask(today: date, held: Mapping[date, bool], catch_up_days: int) -> list[date]:
    """The dates to ask for, newest first: weekdays, for on weekends nothing is featured.

    Arguments:
        today: The day that the site is built for.
        held: The dates in the archive, and whether each is settled.
        catch_up_days: How far back a date that was missed is asked for.
    """
    first = today - timedelta(days=SETTLES_AFTER)
    if known := [day for day in held if day <= today]:
        first = min(first, max(min(known), today - timedelta(days=catch_up_days)))
    days = (today - timedelta(days=number) for number in range((today - first).days + 1))
    return [day for day in days if arxiv_calendar.is_weekday(day) and not held.get(day, False)]


def join_signals(root: Path, first: date, last: date) -> None:
    """Give each edition the signals of its papers, and each featured paper the date of its edition.

    It is a function of what the archive holds: the same lists and editions give the same files, in
    whatever order they came.

    Arguments:
        root: The archive's folder.
        first: The first date to look at.
        last: The last one.
    """
    near = timedelta(days=JOINED_WITHIN)
    lists: dict[date, FeaturedList] = {}
    announced: dict[date, frozenset[str]] = {}
    for day in archive.featured_days(root):
        if first - near <= day <= last and (found := _read_list(root, day)) is not None:
            lists[day] = found
    for day in archive.days(root):
        if first - near <= day <= last:
            announced[day] = archive.read_ids(root, day)
    for day in sorted(lists.keys() | announced.keys()):
        if day < first:
            continue
        try:
            if day in announced:
                around = [found for other, found in lists.items() if abs(other - day) <= near]
                _join_edition(root, day, announced[day], around)
            if day in lists:
                editions = {other: ids for other, ids in announced.items() if abs(other - day) <= near}
                papers = tuple(replace(paper, edition=_edition_of(paper, day, editions)) for paper in lists[day].papers)
                archive.write(root, day, replace(lists[day], papers=papers))
        except ArchiveError as error:
            log.warning("%s", error)


def _fetch_date(client: SourceClient, options: Options, day: date, today: date) -> int:
    """Take what is featured on a date into the archive; the number of papers.

    A paper that an answer lacks stays as it was last seen: an answer may be short, and a list only grows.
    """
    answer = huggingface.fetch_daily_papers(client, options.sources.huggingface.url, day)
    for problem in answer.problems:
        log.info("%s: Hugging Face: %s", day, problem)
    before = archive.read(options.archive, day, FeaturedList)
    papers = {paper.id: paper for paper in (*(before.papers if before else ()), *answer.papers)}
    found = FeaturedList(
        date=day.isoformat(),
        # A weekday without a paper is more likely one that was not told than one that had none.
        settled=bool(papers) and (today - day).days >= SETTLES_AFTER,
        papers=tuple(papers[arxiv_id] for arxiv_id in sorted(papers)),
    )
    archive.write(options.archive, day, found)
    return len(papers)


def _join_edition(root: Path, day: date, ids: frozenset[str], lists: Iterable[FeaturedList]) -> None:
    """Write the signals of an edition's papers; of a paper that was featured twice, the newer ones."""
    featured = sorted((paper for found in lists for paper in found.papers), key=lambda paper: paper.featured)
    signals = {paper.id: _signal(paper) for paper in featured if paper.id in ids}
    if signals:
        papers = tuple(signals[arxiv_id] for arxiv_id in sorted(signals))
        archive.write(root, day, SignalList(date=day.isoformat(), papers=papers))


def _signal(paper: Featured) -> Signal:
    row = asdict(paper)
    return Signal(**{name: row[name] for name in _SIGNAL})


def _edition_of(paper: Featured, day: date, editions: Mapping[date, frozenset[str]]) -> str | None:
    """The newest edition up to the date that has the paper, else the first one after it."""
    having = sorted(other for other, ids in editions.items() if paper.id in ids)
    before = [other for other in having if other <= day]
    return next((other.isoformat() for other in (*before[-1:], *having)), None)


def _held_dates(root: Path, today: date, days: int) -> dict[date, bool]:
    """The dates in the archive, and whether each is settled, as is whatever is older than so many days."""
    first = today - timedelta(days=days)
    held = {}
    for day in archive.featured_days(root):
        # A file that cannot be read would not be overwritten either.
        found = _read_list(root, day) if first <= day <= today else None
        held[day] = found is None or found.settled
    return held


def _read_list(root: Path, day: date) -> FeaturedList | None:
    try:
        return archive.read(root, day, FeaturedList)
    except ArchiveError as error:
        log.warning("%s", error)
        return None
