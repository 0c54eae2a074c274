"""How many of the papers that Hugging Face features are joined to an edition, at which cost.

Replays the recorded days of six weeks, one build a day: Hugging Face over HTTP, the announcements straight
into the archive. Needs the recorded answers in ../shared.

    python benchmarks/signals.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from paperboy.domain import config
from paperboy.domain.papers import Announcement
from paperboy.domain.signals import FeaturedList, SignalList
from paperboy.pipeline.fetch import signals as noticing
from paperboy.pipeline.publish.trending import Trends
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.storage import archive

SHARED = Path(__file__).resolve().parents[2] / "shared"
CORPUS = SHARED / "data/corpus/oai-changes_2026-06-15..2026-07-24.jsonl.zst"
FIRST, LAST = date(2026, 6, 15), date(2026, 7, 24)
BUILDS_UNTIL = LAST + timedelta(days=14)


def announcements(corpus: Any, day: date) -> list[Announcement]:
    """What was announced on a day, as the archive holds it."""
    return [
        Announcement(
            id=paper.id,
            version=told.version,
            listed={paper.primary: "replace" if told.kind == "replace" else "new"},
            title=paper.text(told.version).title,
            abstract=paper.text(told.version).abstract,
            authors=paper.text(told.version).authors,
            categories=paper.categories,
            primary_category=paper.primary,
            sources=(),
        )
        for paper, told in corpus.day(day)
    ]


def main() -> None:
    """Print the table."""
    sys.path.insert(0, str(SHARED / "replay"))
    from replay import Replay  # type: ignore[import-not-found]  # noqa: PLC0415  only where ../shared is

    with (
        tempfile.TemporaryDirectory() as folder,
        Replay([CORPUS], hf_days=SHARED / "data/hf-daily-papers/days", today=BUILDS_UNTIL) as world,
    ):
        sources = {"huggingface": {"url": f"{world.url}/hf", "request_interval": 0}}
        options = config.parse_options({"categories": ["cs.CL"], "sources": sources}, Path(folder))
        began, papers = time.perf_counter(), 0
        slowest = 0.0
        for number in range((BUILDS_UNTIL - FIRST).days + 1):
            day = FIRST + timedelta(days=number)
            if rows := announcements(world.corpus, day):
                archive.write_announcements(options.archive, day, rows)
                papers += len(rows)
            start = time.perf_counter()
            noticing.fetch_signals(options, day)
            slowest = max(slowest, time.perf_counter() - start)
        _report(options, papers, time.perf_counter() - began, slowest, world.journal.stats())


def _report(options: config.Options, papers: int, seconds: float, slowest: float, stats: Any) -> None:
    root = options.archive
    lists = [found for day in archive.featured_days(root) if (found := archive.read(root, day, FeaturedList))]
    featured = [one for found in lists for one in found.papers if FIRST.isoformat() <= one.featured <= LAST.isoformat()]
    signals = [found for day in archive.days(root) if (found := archive.read(root, day, SignalList))]
    size = sum(path.stat().st_size for path in root.rglob("*.json"))
    print(
        f"{papers:,} announcements on {len(archive.days(root))} days; {len(lists)} dates asked for in {seconds:.1f} s"
    )
    print(
        f"featured {FIRST}..{LAST}: {len(featured)}, joined to an edition: {sum(bool(one.edition) for one in featured)}"
    )
    print(f"signals on cards: {sum(len(found.papers) for found in signals)}, in {len(signals)} editions")
    print(f"requests: {stats['status']['hf']}; slowest build {slowest:.2f} s; signals on disk {size / 1000:,.0f} kB")
    context = SiteContext(SiteOptions(categories=options.categories))
    for name in ("cold", "carried"):
        start = time.perf_counter()
        units = list(Trends(options, context, "key", {}, lambda _day, _id: None).units())
        looked = time.perf_counter() - start
        made = sum(1 for unit in units for _ in unit.make()) if name == "cold" else 0
        print(f"{name}: {len(units)} trending units looked at in {looked:.3f} s, {made} files in all", end="")
        print(f" made in {time.perf_counter() - start - looked:.2f} s" if made else "")


if __name__ == "__main__":
    main()
