"""Why no reply came, in kinds that ask for different things: wait, try again, go elsewhere, or stop."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_SECRET = 8
"""Characters of a key that is one; shorter ones, as "none" and "EMPTY", are given to servers that want none."""

_SHOWN = 200
_QUOTA = re.compile(
    r"insufficient_quota|billing_hard_limit|billing_not_active|insufficient.?(?:balance|credit|fund)"
    r"|exceeded your current quota, please check your plan",
    re.IGNORECASE,
)
_FILTER = re.compile(
    r"content exists risk|content.?filter|content.?policy|content.?management|data_inspection_failed"
    r"|inappropriate content|sensitive|moderation|flagged|responsibleai",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|no such model"
    r"|(?:model|deployment)\b.{0,80}(?:not exist|not found|not supported|unknown)"
    r"|unknown model|invalid model",
    re.IGNORECASE | re.DOTALL,
)


class Failure(Exception):
    """No reply; the text says why in one line, for the log. It never holds the key."""

    def without(self, secret: str) -> Self:
        """The same failure, with the key taken out of what the server said."""
        self.args = tuple(hidden(str(part), secret) for part in self.args)
        return self


class Fatal(Failure):
    """Asking again is of no use in this run: key, money, model name, address."""


class Busy(Failure):
    """The endpoint says "not now", and perhaps for how long."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Broken(Failure):
    """No answer, or none that is one; the next try may succeed."""


class Slow(Broken):
    """The whole call took longer than its deadline."""


class Filtered(Failure):
    """The endpoint's content filter closed on this text."""


class Rejected(Failure):
    """The endpoint will not take this one text, for another reason; others it may."""


def hidden(text: str, secret: str) -> str:
    """A text without the key, as it is or as it stands in an address.

    It is to be taken out before a text is cut, or the beginning of one at the end of it would stay.
    """
    if len(secret) < LEAST_SECRET:
        return text
    return text.replace(secret, "…").replace(quote(secret, safe=""), "…")


def from_status(status: int, headers: Mapping[str, str], body: bytes, model: str) -> Failure:
    """Name what a status outside 200 to 299 means for the run."""
    detail = said(body)
    # A filter may come with 400 or 403 and must not stop the run.
    if status in (400, 403, 422) and is_filter(detail):
        return Filtered(f"content filter: {detail}")
    if reason := _fatal(status, headers, detail, model):
        return Fatal(reason)
    wait = retry_after(headers)
    if status in (429, 503, 529) or wait is not None:
        return Busy(f"HTTP {status}: {detail}", wait)
    if status in (408, 409, 425) or status >= 500:  # noqa: PLR2004  the server's own errors
        return Broken(f"HTTP {status}: {detail}")
    return Rejected(f"HTTP {status}: {detail}")


def _fatal(status: int, headers: Mapping[str, str], detail: str, model: str) -> str | None:
    """Why no request of this run can succeed, if that is so."""
    heard = f"(HTTP {status}: {detail})"
    if status == 402 or (status in (403, 429) and _QUOTA.search(detail)):  # noqa: PLR2004  payment required
        return f"the account has no credit left {heard}"
    if status in (400, 404) and _NO_MODEL.search(detail):
        return f"the endpoint does not know the model {model!r}; check translation.model {heard}"
    if 300 <= status < 400:  # noqa: PLR2004  HTTP's redirects
        place = headers.get("location", "another address")[:_SHOWN]
        return f"the endpoint redirects to {place}; set translation.base_url to the address meant"
    reasons = {
        401: "the endpoint refuses the key; check the variable named in translation.api_key_env",
        403: "the key may not use this endpoint or model",
        404: "there is no Chat Completions endpoint at translation.base_url",
        405: "there is no Chat Completions endpoint at translation.base_url",
    }
    return f"{reasons[status]} {heard}" if status in reasons else None


def is_filter(detail: str) -> bool:
    """Whether a refusal is a content filter's, such as DeepSeek's "Content Exists Risk"."""
    return _FILTER.search(detail) is not None


def said(body: bytes) -> str:
    """What an error body says, in one short line: OpenAI's form, FastAPI's, or the text as it is."""
    text = body[:20_000].decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict):
        text = _message(data.get("error", data.get("detail", data)))
    text = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip()
    return text[:_SHOWN] or "no reason given"


def _message(error: Any) -> str:
    if isinstance(error, dict):
        parts = (error.get(name) for name in ("message", "msg", "code", "type", "param", "loc"))
        return " ".join(str(part) for part in parts if part)
    if isinstance(error, list):
        return "; ".join(_message(part) for part in error[:5])
    return str(error)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `Retry-After-Ms` or `Retry-After` in either of its two forms."""
    by_name = {name.lower(): value.strip() for name, value in headers.items()}
    try:
        if milliseconds := by_name.get("retry-after-ms"):
            return _seconds(float(milliseconds) / 1000)
        value = by_name.get("retry-after", "")
        return _seconds(float(value)) if value else None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(by_name.get("retry-after", ""))
    except (ValueError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _seconds((moment - datetime.now(UTC)).total_seconds())


def _seconds(value: float) -> float | None:
    return max(0.0, value) if value == value and value != float("inf") else None  # noqa: PLR0124  not a number
