"""The archive's days held against arXiv's own counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy.domain import audit
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date
    from pathlib import Path


def read(root: Path, language: str, types: Collection[str], first: date, last: date) -> Iterator[audit.DayAudit]:
    """The dates of a range as the archive has them, oldest first.

    Arguments:
        root: The archive's folder.
        language: The language of the translations.
        types: The announce types that the site shows.
        first: The first date of the range.
        last: The last date of the range.

    Raises:
        ArchiveError: A file of a day cannot be read.
    """
    days = [day for day in archive.days(root) if first <= day <= last]
    held = []
    for day in days:
        edition = archive.read_edition(root, day, language)
        shown = [paper for paper in edition.announcements if paper.is_of(types)]
        found = audit.audit_rows(edition.ledger.categories, audit.of_edition(edition, shown, language))
        held.append(audit.DayAudit(date=day, state="held", rows=found))
    quiet = set(archive.known_days(root)) - set(archive.days(root))
    yield from audit.with_missing(held, quiet, first, last)
