"""Archives made of small papers, for builds that ask nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.storage import archive
from paperboy.storage.journal import Journal
from tests.factories import answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from paperboy.domain.edition import Translation
    from paperboy.domain.papers import Announcement, AnnounceType


def fill(root: Path, day: date, papers: Sequence[Announcement], answers: Sequence[Translation] = ()) -> None:
    """Write a complete day; a paper without an answer gets one."""
    given = {one.id: one for one in answers}
    with Journal(root, day, "zh-CN") as journal:
        for paper in papers:
            journal.append(given.get(paper.id) or answer(paper.id, title=f"标题 {paper.id}"))
    archive.write_announcements(root, day, papers)
    kinds: dict[str, list[AnnounceType]] = {}
    for paper in papers:
        for name, kind in paper.listed.items():
            kinds.setdefault(name, []).append(kind)
    categories = {
        name: CategoryLedger(status="complete", stated=Counts.of(own), held=Counts.of(own))
        for name, own in kinds.items()
    }
    archive.write_ledger(root, day, Ledger(date=day.isoformat(), categories=categories))
