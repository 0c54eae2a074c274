"""Forecasts when a site reaches the size that its host allows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WARN_FROM = 0.8
"""The share of the limit from which a build warns."""

_RECENT_DAYS = 28
"""Four weeks: long enough for the weekly ups and downs."""


class Forecast(Struct, frozen=True, kw_only=True):
    """The size of a site and its limit in bytes, and how many papers still fit."""

    size: int
    limit: int
    papers: int
    papers_a_day: float
    """Of the last four weeks, weekends included."""
    full_on: date | None
    """When the limit is reached at today's rate; `None` where nothing tells a rate."""

    @property
    def bytes_a_paper(self) -> float:
        """All that the site holds, divided by its papers."""
        return self.size / self.papers if self.papers else 0.0

    @property
    def papers_left(self) -> int:
        """How many more papers fit."""
        return int(max(0, self.limit - self.size) / self.bytes_a_paper) if self.papers else 0

    @property
    def share(self) -> float:
        """How much of the limit is used; 1 is full."""
        return self.size / self.limit


def forecast(size: int, limit: int, days: Sequence[tuple[date, int]]) -> Forecast:
    """Say when a site is full.

    Arguments:
        size: What it holds now, in bytes.
        limit: What its host takes, in bytes.
        days: The dates of its editions with their papers, oldest first.
    """
    papers = sum(count for _, count in days)
    newest = days[-1][0] if days else date.min
    rate = sum(count for day, count in days if (newest - day).days < _RECENT_DAYS) / _RECENT_DAYS
    now = Forecast(size=size, limit=limit, papers=papers, papers_a_day=rate, full_on=None)
    if not rate:
        return now
    left = min(now.papers_left / rate, (date.max - newest).days)
    return Forecast(
        size=size, limit=limit, papers=papers, papers_a_day=rate, full_on=newest + timedelta(days=int(left))
    )


def folder_size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
