"""All that people wrote for the site, as one piece of plain data."""

from __future__ import annotations

from datetime import date

from msgspec import Struct, field

from paperboy.domain.overrides import Contribution


class Overrides(Struct, frozen=True, kw_only=True):
    """All that people wrote for the site, by paper, by day and by category."""

    papers: dict[str, Contribution] = field(default_factory=dict)
    days: dict[date, Contribution] = field(default_factory=dict)
    categories: dict[str, Contribution] = field(default_factory=dict)
