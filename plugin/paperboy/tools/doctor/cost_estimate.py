"""Estimates what a day will cost: from the archive's own days, else from the feeds, else from usual volumes."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from paperboy.domain.errors import ArchiveError
from paperboy.domain.papers import Announcement, section_of
from paperboy.pipeline.translate.days import estimate
from paperboy.storage import archive
from paperboy.tools.doctor.finding import Diagnosis, SiteUnderTest, ok, warning

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from paperboy.domain.papers import Record

_MANY = 100_000
_LAST = 20
"""Editions that are counted: four weeks."""

# New papers by primary category on a usual weekday (medians over half a year); Tuesdays have about twice as many.
_NEW = {"cs.CV": 110, "cs.LG": 110, "cs.CL": 62, "cs.AI": 48}
_NEW_ELSEWHERE = 30
_SHARE = {"new": 1.0, "cross": 0.8, "replace": 1.2}
"""Announcements of each kind for a new one, roughly."""

_USUAL = Announcement(
    id="2606.00001",
    version=1,
    listed={"cs.LG": "new"},
    title="t" * 80,
    abstract="a" * 1300,
    authors=(),
    categories=(),
    primary_category=None,
    sources=("feed",),
)
"""A paper of the usual length: the median abstract has 179 words."""


class DayEstimate(NamedTuple):
    """A day's papers and tokens, and where the numbers come from."""

    papers: int
    prompt: int
    completion: int
    source: str


def check_cost(site: SiteUnderTest, announced: Collection[Record]) -> Iterator[Diagnosis]:
    """The papers, tokens and, where prices are set, the cost of a day; and whether the budget holds."""
    wanted = site.options.translation
    if wanted.enabled is False:
        return
    day = by_history(site) or by_feeds(site, announced) or by_custom(site)
    tokens = day.prompt + day.completion
    cost = f", cost {wanted.prices.cost(day.prompt, day.completion):.2f}" if wanted.prices else ""
    text = f"about {day.papers:,} papers, {_short(tokens)} tokens{cost} ({day.source})"
    if wanted.max_tokens_per_build is not None and wanted.max_tokens_per_build < tokens:
        covered = day.papers * wanted.max_tokens_per_build // tokens
        yield warning(
            "day",
            f"{text}; max_tokens_per_build covers about {covered:,} of the papers a build",
            "raise translation.max_tokens_per_build, or leave the rest to later builds",
        )
    else:
        yield ok("day", text)


def by_history(site: SiteUnderTest) -> DayEstimate | None:
    """The median of the last editions that were translated; `None` where there are none."""
    language = site.options.translation.language
    days: list[tuple[int, int, int]] = []
    for when in reversed(archive.days(site.options.archive)):
        try:
            ledger = archive.read_ledger(site.options.archive, when)
        except ArchiveError:
            continue
        entry = ledger.translations.get(language) if ledger else None
        # What came from the memory cost nothing, and says nothing of what a day costs.
        if entry is not None and entry.requests and entry.requests >= entry.translated // 2:
            days.append((entry.translated + sum(entry.failed.values()), entry.prompt_tokens, entry.completion_tokens))
        if len(days) == _LAST:
            break
    if not days:
        return None
    papers, prompt, completion = (int(statistics.median(column)) for column in zip(*days, strict=True))
    return DayEstimate(
        papers,
        prompt,
        completion,
        f"the median of the last {len(days)} editions" if len(days) > 1 else "as the last edition",
    )


def by_feeds(site: SiteUnderTest, announced: Collection[Record]) -> DayEstimate | None:
    """What the feeds announce at the moment; `None` at a weekend, or where they were not served."""
    kinds = site.options.announce_types
    papers = [
        _USUAL if record.title is None or record.abstract is None else _like(record.title, record.abstract)
        for record in announced
        if section_of(record.announce_type or "new") in kinds
    ]
    return DayEstimate(len(papers), *estimate(papers), "at most, by today's feeds") if papers else None


def by_custom(site: SiteUnderTest) -> DayEstimate:
    """What such categories announce on a usual weekday."""
    new = sum(_NEW.get(name, _NEW_ELSEWHERE) for name in site.options.categories)
    papers = int(new * sum(_SHARE[kind] for kind in site.options.announce_types))
    prompt, completion = estimate([_USUAL])
    return DayEstimate(
        papers, papers * prompt, papers * completion, "at most, on a usual weekday; a Tuesday has twice as many"
    )


def _like(title: str, abstract: str) -> Announcement:
    return replace(_USUAL, title=title, abstract=abstract)


def _short(tokens: int) -> str:
    return f"{tokens / 1e6:.1f} M" if tokens >= _MANY else f"{tokens:,}"
