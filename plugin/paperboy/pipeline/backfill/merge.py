"""Days derived from bulk data, merged into the archive: never over what arXiv announced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paperboy.domain.errors import ArchiveError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.sources.arxiv.reconciliation import count_fields
from paperboy.storage import archive
from paperboy.storage.version_index import Versions, settle_later_days, with_previous

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from paperboy.domain.config import Options
    from paperboy.domain.papers import Announcement, AnnounceType, Source
    from paperboy.storage.staging_store import StagingStore

log = logging.getLogger(__name__)


class Merged(Struct):
    """What became of derived announcements."""

    days: int = 0
    announcements: int = 0
    announced: int = 0
    """Days that were left, for arXiv's own announcements are held of every category."""
    failed: int = 0
    """Days that could not be read or written."""


def quiet_days(options: Options) -> frozenset[date]:
    """The dates of which the archive knows that nothing was announced."""
    days = set(archive.known_days(options.archive)) - set(archive.days(options.archive))
    return frozenset(days)


def merge_derived_days(options: Options, store: StagingStore, first: date, last: date, source: Source) -> Merged:
    """Merge the derived days of a range into the archive, the oldest first.

    It can be killed and begun again at any point: the same rows give the same days.

    Arguments:
        options: The plugin's options.
        store: The derived announcements.
        first: The first date of the range.
        last: The last date of the range.
        source: Who told of them.
    """
    done = Merged()
    quiet = quiet_days(options)
    held_back = store.held_back(quiet)
    later: dict[date, list[Announcement]] = {}
    days = sorted({*store.days(), *held_back.values()})
    in_line: list[date] = []
    with Versions(options.cache, options.archive) as versions:
        for day in days:
            found = {paper.id: paper for paper in later.pop(day, [])}
            for paper in store.read(day):
                moved = held_back.get(paper.id) if paper.version == 1 else None
                if moved is None or moved <= day:
                    found[paper.id] = paper
                else:
                    later.setdefault(moved, []).append(paper)
            if first <= day <= last and _merge_day(options, versions, day, found.values(), source, done):
                in_line.append(day)
        # Also where nothing was new: a run before this one may have been killed right here.
        settle_later_days(versions, options.archive, first, but=in_line)
    return done


def _merge_day(
    options: Options,
    versions: Versions,
    day: date,
    found: Iterable[Announcement],
    source: Source,
    done: Merged,
) -> bool:
    """Merge one day; whether the archive has changed."""
    try:
        known = archive.read_ledger(options.archive, day) or Ledger(date=day.isoformat())
        free = _free(known, options.categories)
        if not known.announced or not free:
            done.announced += known.announced
            return False
        before = list(archive.read_announcements(options.archive, day))
        papers = _joined_announcement(before, dict(_to_add(versions, day, found, free)), free)
        if not papers:
            return False
        papers = with_previous(versions, day, papers)
        ledger = _accounts(known, day, papers, free, source)
        done.days += 1
        done.announcements += sum(not free.isdisjoint(paper.listed) for paper in papers)
        if papers == before and ledger == known:
            return False
        archive.write_announcements(options.archive, day, papers)
        versions.refresh([day])
        archive.write_ledger(options.archive, day, ledger)
    except ArchiveError as error:
        log.warning("%s", error)
        done.failed += 1
        return False
    return True


def _free(ledger: Ledger, followed: Iterable[str]) -> frozenset[str]:
    """The categories in which a day is not held as arXiv announced it."""
    entries = ledger.categories
    return frozenset(name for name in followed if name not in entries or entries[name].status == "derived")


def _to_add(
    versions: Versions, day: date, found: Iterable[Announcement], free: Collection[str]
) -> Iterator[tuple[str, Announcement]]:
    """What is derived for some categories, without what the archive holds of these under another date."""
    mine = {paper.id: paper for paper in found}
    elsewhere = versions.elsewhere(((paper.id, paper.version) for paper in mine.values()), day)
    for paper in mine.values():
        known = elsewhere.get(paper.id, ())
        listed = {name: kind for name, kind in paper.listed.items() if name in free and name not in known}
        if listed:
            yield paper.id, structs.replace(paper, listed=listed)


def _joined_announcement(
    before: Iterable[Announcement], found: Mapping[str, Announcement], free: Collection[str]
) -> list[Announcement]:
    """What is held and what is derived, as one day: nothing that is held is dropped or written over."""
    papers = {paper.id: paper for paper in before}
    for name, paper in found.items():
        held = papers.get(name)
        papers[name] = paper if held is None else _with_categories(held, paper, free)
    return [papers[name] for name in sorted(papers)]


def _with_categories(held: Announcement, paper: Announcement, free: Collection[str]) -> Announcement:
    """A held announcement that is now derived too: the text nearest to the announced version stays."""
    types: dict[str, AnnounceType] = {name: kind for name, kind in held.listed.items() if name not in free}
    known = held.primary_category is not None or paper.primary_category is None
    one, other = (held.listed, paper.listed) if known else (paper.listed, held.listed)
    types |= {name: kind for name, kind in {**other, **one}.items() if name in free}
    is_better = not {"feed", "listing", "api"}.intersection(held.sources) and _distance(paper) < _distance(held)
    return structs.replace(
        paper if is_better else held,
        listed=dict(sorted(types.items())),
        primary_category=held.primary_category or paper.primary_category,
    )


def _distance(paper: Announcement) -> int:
    """How many versions the text is away from the announced one."""
    return paper.text_version - (paper.version or 1) if paper.text_version is not None else 0


def _accounts(ledger: Ledger, day: date, papers: list[Announcement], free: Collection[str], source: Source) -> Ledger:
    entries = dict(ledger.categories)
    for name in free:
        types = [paper.listed[name] for paper in papers if name in paper.listed]
        before = entries.get(name)
        sources = {*(before.sources if before else ()), source}
        entries[name] = CategoryLedger(
            status="derived",
            held=Counts.of(types),
            sources=tuple(sorted(sources)),
        )
    return structs.replace(
        ledger,
        date=day.isoformat(),
        categories={name: entries[name] for name in sorted(entries)},
        fields=count_fields(papers),
    )
