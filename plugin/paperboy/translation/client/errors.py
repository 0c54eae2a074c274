"""What an answer that is no completion means, by the table beside this file; and the failures that come of it."""

from __future__ import annotations

import functools
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import quote

from paperboy.translation.client import waits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEAST_SECRET = 8
"""Characters of a key that is one; shorter ones, as "none" and "EMPTY", are given to servers that want none."""

_SHOWN = 200
_CODES = re.compile(r"\w*code|type|status|\w*reason|name", re.IGNORECASE)
_MESSAGES = re.compile(r"\w*(message|msg|detail|error|raw)|", re.IGNORECASE)
# Fields that repeat the question, or lead to a manual with words of its own.
_ECHOED = re.compile(r"input|failed_?generation|messages|prompt|url|help|doc\w*|ctx|@type|links?", re.IGNORECASE)
_BY_STATUS = {400: "refused", 403: "forbidden", 404: "refused", 405: "address", 408: "broken", 409: "broken"}
_BY_STATUS |= {422: "refused", 425: "broken", 503: "wait"}
_FATAL = {
    "credit": "the account has no credit left",
    "key": "the endpoint refuses the key; check the variable named in translation.api_key_env, and translation.headers",
    "forbidden": "the key may not use this endpoint or model",
    "address": "there is no Chat Completions endpoint at translation.base_url",
    "redirect": "the endpoint redirects; set translation.base_url to the address meant",
    "form": "the endpoint refuses every form of request; what it asks for can be set in translation.parameters "
    "or translation.headers",
}


class Failure(Exception):
    """No reply; the text names the reason in one line, for the log. It never holds the key."""

    def without(self, *secrets: str) -> Self:
        """The same failure, with the secrets taken out of what the server sent."""
        self.args = tuple(hidden(str(part), *secrets) for part in self.args)
        return self


class Fatal(Failure):
    """Asking again is of no use in this run: key, money, model name, address."""


class Busy(Failure):
    """The endpoint asks to wait, perhaps for a stated time."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Broken(Failure):
    """No answer, or none that is one; the next try may succeed."""


class Slow(Broken):
    """The whole call took longer than its deadline."""


class Withheld(Failure):
    """The endpoint refuses its own answer: `fault` names why, a content filter or no JSON."""

    def __init__(self, reason: str, fault: str) -> None:
        super().__init__(reason)
        self.fault = fault


class Rejected(Failure):
    """The endpoint does not take this one text, for its length or another reason; others it may."""


class Meaning(NamedTuple):
    """A kind of the table, or `forbidden`, `redirect`, `refused` (without a known reason) or `broken`."""

    kind: str
    detail: str
    wait: float | None = None


@functools.cache
def knowledge() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """The table's rows as field, pattern and meaning."""
    lines = files(__package__).joinpath("error_table.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple((row[0], re.compile(row[1], re.IGNORECASE | re.DOTALL), row[2]) for row in rows)


def meaning(status: int, headers: Mapping[str, str], body: bytes) -> Meaning:
    """What an answer that is no completion means; `status` is 200 where an error came as a success."""
    facts = list(_facts(body))
    wait, spent = waits.find(headers, facts)
    words = " ".join(re.sub(r"https?://\S+", " ", value) for _, value in facts)
    success = 200 <= status < 300  # noqa: PLR2004  what HTTP calls success
    codes = [value for name, value in facts if _CODES.fullmatch(name)]
    # A gateway's success may hold the status that it had from another server.
    inner = next((int(code) for code in codes if success and re.fullmatch(r"[45]\d\d", code)), status)
    found = {
        "text": [f"{words} {spent}"],
        "code": codes,
        "key": [name for name, _ in facts],
        "status": [str(inner)],
    }
    kind = next(
        (kind for field, pattern, kind in knowledge() if any(_fits(field, pattern, v) for v in found[field])), ""
    )
    if status >= 500 and "<html" in words.lower():  # noqa: PLR2004  a proxy's page, whose words are not the endpoint's
        kind = "wait" if status == 503 else "broken"  # noqa: PLR2004  HTTP's "unavailable"
    if 300 <= status < 400:  # noqa: PLR2004  HTTP's redirects
        kind = "redirect"
    elif not kind:
        kind = _BY_STATUS.get(inner) or ("refused" if 400 < inner < 500 else "broken")  # noqa: PLR2004  HTTP's classes
        kind = "wait" if wait is not None and not success else kind
    elif kind == "address" and (success or status >= 500):  # noqa: PLR2004  a portal's or proxy's page, which passes
        kind = kind if status == 200 and "<html" not in words.lower() else "wait" if status == 503 else "broken"  # noqa: PLR2004
    if kind == "wait" and wait is not None and wait > waits.LONGEST:
        kind = "day"
    place = {name.lower(): value for name, value in headers.items()}.get("location", "")[:_SHOWN]
    return Meaning(kind, place if kind == "redirect" else said(body), wait)


def failure(found: Meaning, status: int, model: str) -> Failure:
    """The failure that a meaning is for a run."""
    heard = f"(HTTP {status}: {found.detail})"
    if found.kind == "model":
        return Fatal(f"the endpoint does not know the model {model!r}; check translation.model {heard}")
    if found.kind == "day":
        return Fatal(f"a quota by the day is used up {waits.until(found.wait)}; the next build goes on {heard}")
    if found.kind in _FATAL:
        return Fatal(f"{_FATAL[found.kind]} {heard}")
    if found.kind in ("filter", "json"):
        fault, words = ("content-filter", "content filter") if found.kind == "filter" else ("json", "no JSON")
        return Withheld(f"{words}: {found.detail}", fault)
    heard = heard.strip("()")
    if found.kind == "wait":
        return Busy(heard, found.wait)
    is_of_text = found.kind == "length" or (400 <= status < 500 and found.kind != "broken")  # noqa: PLR2004
    return Rejected(heard) if is_of_text else Broken(heard)


def hidden(text: str, *secrets: str) -> str:
    """A text without some secrets, as they are or as they stand in an address.

    They are to be taken out before a text is cut, or the beginning of one at the end of it would stay.
    """
    for secret in secrets:
        if len(secret) >= LEAST_SECRET:
            text = text.replace(secret, "…").replace(quote(secret, safe=""), "…")
    return text


def said(body: bytes) -> str:
    """What an error body holds, in one short line: its messages first."""
    facts = sorted(_facts(body), key=lambda fact: _MESSAGES.fullmatch(fact[0]) is None)
    text = " ".join(dict.fromkeys(value for _, value in facts))
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip()[:_SHOWN] or "no reason given"


def _fits(field: str, pattern: re.Pattern[str], value: str) -> bool:
    return (pattern.search(value) if field == "text" else pattern.fullmatch(value)) is not None


def _facts(body: bytes) -> Iterator[tuple[str, str]]:
    """Each text and number of a body with the name of its field, those of JSON within texts too."""
    return _walk(body[:20_000].decode("utf-8", "replace"), "", 8)


def _walk(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and (not name or value[:1] in ("{", "[")):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            yield name, value
            return
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield key, ""
            if not _ECHOED.fullmatch(key):
                yield from _walk(inner, key, depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value[:20]:
            yield from _walk(inner, name or "item", depth - 1)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield name or "error", str(value)
