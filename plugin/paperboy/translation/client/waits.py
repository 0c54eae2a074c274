"""For how long a server asks to wait: by its headers, by fields of its answer, or in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST = 1800.0
"""Seconds that a run waits in all because an endpoint asks for it.

A rate limit by the minute fits in many times; a quota by the day does not, and the next build tries again.
"""

_SPAN = (
    r"(\d+(?:\.\d+)?)\s*(ms|milli\w*|毫秒|d(?:ays?)?|天|h(?:(?:ou)?rs?)?|小?时|m(?:in(?:ute)?s?)?|分钟?"
    r"|s(?:ec(?:ond)?s?)?|秒钟?)(?![a-z])"
)
_SPANS = rf"(?:{_SPAN}[\s,]*)+"
_MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_SECONDS = {"ms": 0.001, "mi": 0.001, "毫秒": 0.001, "d": 86400, "天": 86400, "h": 3600, "小": 3600, "时": 3600}
_SECONDS |= {"m": 60, "分": 60}
_IN_WORDS = re.compile(
    rf"(?:again|retry|wait|resets?|available|重试|等待|恢复|重置|请在|请于|将在)\D{{0,40}}?(?P<a>{_MOMENT}|{_SPANS})"
    rf"|(?P<b>{_SPANS})(?:之?后|later)|retry[ _-]after\D{{0,4}}(?P<c>\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_FIELDS = re.compile(r"(x-)?retry[-_]?(after|delay|in)\w*(-?ms)?|wait\w*|cool_?down\w*", re.IGNORECASE)


def find(headers: Mapping[str, str], facts: Sequence[tuple[str, str]] = ()) -> tuple[float | None, str]:
    """Seconds to wait by an answer's headers and the facts of its body, and the names of limits that are spent."""
    named = {name.lower(): value.strip() for name, value in (*facts, *headers.items())}
    limits = {name: value for name, value in named.items() if "reset" in name and not name.endswith("code")}
    left = {name: named.get(name.replace("reset", "remaining"), "") for name in limits}
    spent = [name for name in limits if re.fullmatch(r"0(\.0+)?", left[name])]
    fields = [name for name in named if _FIELDS.fullmatch(name)]
    fields.sort(key=lambda name: not name.endswith("ms"))
    told = [seconds(named[name], 0.001 if name.endswith("ms") else 1) for name in fields]
    matches = [match for _, text in facts if (match := _IN_WORDS.search(text))]
    told += [seconds(match["a"] or match["b"] or match["c"]) for match in matches]
    told += sorted((seconds(limits[name]) or 0 for name in spent), reverse=True)
    told += sorted(wait for name in limits if not left[name] and (wait := seconds(limits[name])) is not None)
    if field := re.search(r"\b(?:reset|t)=(\d+)", named.get("ratelimit", "")):
        told.append(float(field[1]))
    return next((wait for wait in told if wait is not None), None), " ".join(f"limit {name}" for name in spent)


def seconds(text: str, unit: float = 1) -> float | None:
    """A time to wait in seconds: a number, a moment as a number or a date, or spans as `1m2.5s` and `20 秒`."""
    text, now = text.strip().rstrip(",."), datetime.now(UTC)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        value = float(text)
        if value > 1e9:  # noqa: PLR2004  a moment of this century, in seconds or in milliseconds
            return max(0.0, (value / 1000 if value > 1e11 else value) - now.timestamp())  # noqa: PLR2004  as above
        return max(0.0, value * unit)
    if re.fullmatch(_SPANS, text, re.IGNORECASE):
        parts = re.findall(_SPAN, text.lower())
        return sum(float(number) * (_SECONDS.get(u) or _unit(u)) for number, u in parts)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, IndexError, TypeError):
            continue
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    return None


def until(wait: float | None) -> str:
    """The end of a wait, for a message."""
    if wait is None:
        return "until the provider's next day"
    moment = datetime.now(UTC) + timedelta(seconds=wait)
    return f"until {moment:%Y-%m-%d %H:%M} UTC, in {wait / 3600:.1f} hours ({wait:,.0f} seconds)"


def _unit(name: str) -> float:
    return 0.001 if name.startswith("milli") else _SECONDS.get(name[0], 1)
