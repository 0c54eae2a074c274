"""The translation workshop: announcements in, checked translations out, each reply kept before it is used."""

from __future__ import annotations

from paperboy.translate.outcome import Outcome, Progress
from paperboy.translate.prompt import PROMPT_VERSION
from paperboy.translate.regate import regate
from paperboy.translate.stale import stale
from paperboy.translate.work import GIVE_UP_AFTER, translate

__all__ = [
    "GIVE_UP_AFTER",
    "PROMPT_VERSION",
    "Outcome",
    "Progress",
    "regate",
    "stale",
    "translate",
]
