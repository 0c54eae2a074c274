"""What topics have found, day by day, kept so that their pages and feeds need no edition but the new one.

    <cache_dir>/topics/2026-06-04.json    the hits of one edition, with a hash of all that they come from

Days that no page or feed has asked for are deleted: they can be found again.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy.site.pages.topic_hits import DayHits
from paperboy.storage import build_cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

_IN_MEMORY = 31
"""Days that are held at once: topics ask for those of a month one after another."""


class _Kept(Struct, frozen=True):
    key: str
    hits: DayHits


class TopicHitsCache:
    """The hits of days, from an earlier build or made now.

    Arguments:
        cache_dir: The folder of everything that can be rebuilt.
        make: Finds the hits of a day.
    """

    def __init__(self, cache_dir: Path, make: Callable[[date], DayHits]) -> None:
        self._folder = cache_dir / "topics"
        self._make = make
        self._asked: set[date] = set()
        self._lately: dict[date, DayHits] = {}

    def put(self, day: date, key: str, hits: DayHits) -> None:
        """Keep what has just been found.

        Arguments:
            day: The date of the edition.
            key: A hash of the edition and of the topics.
            hits: What was found.
        """
        if not hits.papers:
            return
        build_cache.write_notes(self._place(day), _Kept(key, hits))

    def of(self, day: date, key: str) -> DayHits:
        """The hits of a day; where they are not kept, its edition is read for them."""
        self._asked.add(day)
        hits = self._lately.pop(day, None) or self._read(day, key)
        if hits is None:
            hits = self._make(day)
            self.put(day, key, hits)
        self._lately[day] = hits
        if len(self._lately) > _IN_MEMORY:
            del self._lately[next(iter(self._lately))]
        return hits

    def forget(self) -> None:
        """Delete the files of days that were not asked for."""
        asked = {day.isoformat() for day in self._asked}
        for place in self._folder.glob("*.json"):
            if place.stem not in asked:
                with suppress(OSError):  # a cache that cannot be written is left as it is
                    place.unlink()

    def _read(self, day: date, key: str) -> DayHits | None:
        kept = build_cache.read_notes(self._place(day), _Kept)
        return kept.hits if kept is not None and kept.key == key else None

    def _place(self, day: date) -> Path:
        return self._folder / f"{day.isoformat()}.json"
