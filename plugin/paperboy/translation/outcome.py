"""What a run did, in numbers: while it runs, and when it is over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from paperboy.domain.fault_names import VALIDATION_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of the papers that `translate()` was given.

    Each is counted once: `translated` (asked for now), `reused` (an answer was on disk), `refused` (by
    the first fault of its last answer), `given_up` (refused on too many days; `given_up_for` counts these by
    that fault) or `left` (no answer came: endpoint, budget, circuit). `stopped` names in one line why asking
    ended early, `trouble` what the last request met that got no answer. `terms_asked` counts the glossary's
    rows in the texts translated now, `terms_followed` those that their translations follow.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    translated: int = 0
    reused: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    given_up: int = 0
    given_up_for: dict[str, int] = field(default_factory=dict)
    left: int = 0
    stopped: str | None = None
    trouble: str | None = None
    terms_followed: int = 0
    terms_asked: int = 0

    @property
    def untranslated(self) -> int:
        """Papers that are shown in English."""
        return sum(self.refused.values()) + self.given_up + self.left


def total(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of several runs together; of reasons, the first one."""
    found = list(outcomes)
    values: dict[str, Any] = {}
    for name, nothing in msgspec.structs.asdict(Outcome()).items():
        parts = [getattr(one, name) for one in found]
        if isinstance(nothing, int):
            values[name] = sum(parts)
        elif isinstance(nothing, dict):
            values[name] = dict(sum(map(Counter, parts), Counter[str]()))
        else:
            values[name] = next(filter(None, parts), None)
    return Outcome(**values)


class Progress(Struct, frozen=True, kw_only=True):
    """How far a run is; `done` of `total` questions are settled, `refused` of them badly."""

    done: int
    total: int
    refused: int
    tokens: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; `None` before there is one."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


class RunStats:
    """The counts of a run, while it runs."""

    def __init__(self) -> None:
        self.requests = self.prompt = self.completion = 0
        self.translated = self.reused = self.given_up = self.left = self.done = 0
        self.terms_followed = self.terms_asked = 0
        self.refused: Counter[str] = Counter()
        self.given_up_for: Counter[str] = Counter()
        self.trouble: str | None = None

    def outcome(self, stopped: str | None) -> Outcome:
        """The counts as they stand, for the caller to keep."""
        return Outcome(
            requests=self.requests,
            prompt_tokens=self.prompt,
            completion_tokens=self.completion,
            translated=self.translated,
            reused=self.reused,
            refused=dict(sorted(self.refused.items())),
            given_up=self.given_up,
            given_up_for=dict(sorted(self.given_up_for.items())),
            left=self.left,
            stopped=stopped,
            trouble=self.trouble,
            terms_followed=self.terms_followed,
            terms_asked=self.terms_asked,
        )


FIRST_ANSWERS = 12
"""Answers at the beginning of a build that may all be of no use, before it stops asking."""

_SHOWN = 120


class Verdicts:
    """What became of a build's answers: whether the server works, and so whose fault a refused answer is."""

    def __init__(self) -> None:
        self._good: set[str] = set()
        self._bad: Counter[str] = Counter()
        self._works = False
        self._last = ""

    def good(self, key: str) -> None:
        """A translation was accepted."""
        self._good.add(key)
        self._works = True

    def usable(self) -> None:
        """One text of several was accepted."""
        self._works = True

    def bad(self, fault: str, content: str) -> None:
        """An answer was refused."""
        self._bad[fault] += 1
        self._last = " ".join(content.split())[:_SHOWN]

    def has_good_beside(self, key: str) -> bool:
        """Whether another question was answered well."""
        return bool(self._good - {key})

    def useless(self) -> str | None:
        """Why nothing more is to be asked, where all of the first answers were of no use."""
        if self._works or self._bad.total() < FIRST_ANSWERS:
            return None
        names = ", ".join(f"{VALIDATION_ERRORS.get(name, name)}: {count}" for name, count in self._bad.most_common())
        shown = f"it was {self._last!r}" if self._last else "it was empty"
        return (
            f"the first {self._bad.total()} answers are all unusable ({names}); the last one: {shown}. No paper is "
            "given up for it; check translation.model and the server with `paperboy doctor --model`"
        )
