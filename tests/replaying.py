"""What the replay of arXiv knows to be true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date


def announced(world: Any, category: str, day: date) -> dict[str, str]:
    """What arXiv announced, from the replay's own tables: id → type."""
    from paperboy_replay import listing, taxonomy  # type: ignore[import-not-found]
    from paperboy_replay.wire import View  # type: ignore[import-not-found]

    kinds = {"new": "new", "cross": "cross", "rep": "replace", "repcross": "replace-cross"}
    view = View(world.corpus, day)
    found = listing.entries(view, taxonomy.subject(category), day)
    return {paper.id: kinds[kind] for kind, paper, _ in found}
