"""The entries of feeds, day by day, kept so that a feed needs no edition but the new one.

<cache_dir>/feeds/categories_cs.CL_.json    the days of one feed, the newest first
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy.site.export.atom_json import FeedDay
from paperboy.storage import build_cache

if TYPE_CHECKING:
    from pathlib import Path


class FeedCache:
    """What earlier builds have made of the feeds.

    Arguments:
        cache_dir: The folder of everything that can be rebuilt.
    """

    def __init__(self, cache_dir: Path) -> None:
        self._folder = cache_dir / "feeds"

    def read(self, path: str) -> list[FeedDay]:
        """The days that the feed of a folder had; nothing where they cannot be read."""
        return build_cache.read_notes(self._place(path), list[FeedDay]) or []

    def write(self, path: str, days: list[FeedDay]) -> None:
        """Keep the days that it has now."""
        build_cache.write_notes(self._place(path), days)

    def _place(self, path: str) -> Path:
        return self._folder / f"{path.replace('/', '_') or 'site'}.json"
