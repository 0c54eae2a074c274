"""The translation workshop: announcements in, checked translations out, each reply kept before it is used."""

from __future__ import annotations

from paperboy.translation.outcome import Outcome, Progress
from paperboy.translation.prompts.prompt import PROMPT_VERSION
from paperboy.translation.revalidation import revalidate
from paperboy.translation.staleness import stale_papers
from paperboy.translation.translator import GIVE_UP_AFTER, translate

__all__ = [
    "GIVE_UP_AFTER",
    "PROMPT_VERSION",
    "Outcome",
    "Progress",
    "revalidate",
    "stale_papers",
    "translate",
]
