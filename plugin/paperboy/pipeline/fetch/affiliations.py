"""The stage beside the first, for those who switch it on: where the authors of the newest papers work.

Each paper is one request or two at the slow pace that arXiv asks for, so a build takes only the most wanted:
those that the community noticed, then new ones of the newest editions. Later builds go on with the rest.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from paperboy.domain.errors import ArchiveError, BadAnswer, SourceError
from paperboy.domain.papers import ANNOUNCE_TYPES, section_of
from paperboy.domain.signals import AffiliationList, SignalList
from paperboy.sources import affiliations
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from paperboy.domain.config import Options
    from paperboy.domain.papers import Announcement
    from paperboy.domain.signals import Affiliation
    from paperboy.sources.http_client import SourceClient

log = logging.getLogger(__name__)


def fetch_affiliations(options: Options, client: SourceClient, today: date) -> None:
    """Read the institutions of as many papers as one build may ask for; each is on disk before the next.

    Arguments:
        options: The plugin's options.
        client: The clock and connection of arXiv.
        today: The day that the site is built for.
    """
    base = options.sources.arxiv.listing_url
    if not options.sources.affiliations.enabled or base is None:
        return
    asked = found = 0
    for day, paper in _most_wanted(options, today)[: options.sources.affiliations.max_papers_per_build]:
        try:
            answer = affiliations.fetch_affiliation(client, base, paper)
            _write_affiliations(options.archive, day, answer)
        except BadAnswer as error:
            log.info("%s: %s", paper.id, error)
        except (ArchiveError, SourceError) as error:
            log.info("the other papers are not asked for their institutions: %s", error)
            break
        else:
            asked += 1
            found += bool(answer.institutions)
    if asked:
        log.info("%s papers asked for their institutions, %s name some", asked, found)


def _most_wanted(options: Options, today: date) -> list[tuple[date, Announcement]]:
    """The papers of the recent editions that were not asked for yet: the noticed ones, then the newest new ones."""
    first = today - timedelta(days=options.catch_up_days)
    ranked = []
    for day in archive.days(options.archive):
        if first <= day <= today:
            try:
                ranked += [
                    ((-votes, -day.toordinal(), ANNOUNCE_TYPES.index(paper.announce_type), paper.id), day, paper)
                    for votes, paper in _papers_without(options.archive, day, options.announce_types)
                ]
            except ArchiveError as error:
                log.warning("%s", error)
    return [(day, paper) for _, day, paper in sorted(ranked, key=lambda entry: entry[0])]


def _papers_without(root: Path, day: date, shown: Sequence[str]) -> Iterator[tuple[int, Announcement]]:
    """The papers of a day that were not asked for, with their votes; of replacements only those with votes."""
    known = archive.read(root, day, AffiliationList)
    signals = archive.read(root, day, SignalList)
    asked = {paper.id for paper in known.papers} if known else set()
    votes = {signal.id: signal.upvotes for signal in signals.papers} if signals else {}
    for paper in archive.read_announcements(root, day):
        kind = section_of(paper.announce_type)
        if paper.id not in asked and kind in shown and (kind != "replace" or votes.get(paper.id)):
            yield votes.get(paper.id, 0), paper


def _write_affiliations(root: Path, day: date, answer: Affiliation) -> None:
    before = archive.read(root, day, AffiliationList)
    papers = {paper.id: paper for paper in (*(before.papers if before else ()), answer)}
    archive.write(root, day, AffiliationList(date=day.isoformat(), papers=tuple(papers[key] for key in sorted(papers))))
