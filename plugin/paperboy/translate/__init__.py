"""The translation workshop: announcements in, checked translations out, each reply kept before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paperboy.translate.prompt import PROMPT_VERSION, request_key

if TYPE_CHECKING:
    from paperboy.translate.work import FAULTS, GIVE_UP_AFTER, Outcome, Progress, translate

__all__ = [
    "FAULTS",
    "GIVE_UP_AFTER",
    "PROMPT_VERSION",
    "Outcome",
    "Progress",
    "request_key",
    "translate",
]


def __getattr__(name: str) -> Any:
    """Load the rest, and `openai` with it (0.3 s), only in a build that asks a model."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from paperboy.translate import work  # noqa: PLC0415  as said above

    return getattr(work, name)
