"""What an endpoint takes: found out with a few requests, and remembered from build to build.

The file is a cache: damaged, of another format or a month old, it is ignored, and the endpoint is asked anew.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec.structs import replace

from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

FILE = "endpoints.json"
"""The file's name in the cache folder."""

FORGET_AFTER = timedelta(days=30)
"""Endpoints learn new things too: so often they are asked again for what they refused."""

FORMATS: tuple[Format, ...] = ("json_schema", "json_object", "prompt alone")
LIMITS: tuple[Limit, ...] = ("max_completion_tokens", "max_tokens", "none")

Format = Literal["json_schema", "json_object", "prompt alone"]
Limit = Literal["max_completion_tokens", "max_tokens", "none"]
Part = Literal["format", "temperature", "limit", "role"]

ORDER: tuple[Part, ...] = ("format", "temperature", "limit", "role")
"""What is left out, one after the other, where a refusal has no reason."""

LEAST_ROOM = 8192
"""Tokens that an answer may take: an abstract needs 800, and a model that thinks aloud some thousands."""

MOST_ROOM = 65_536
"""Tokens that it may take where the thoughts did not fit."""


class Taken(msgspec.Struct):
    """The form of answer and the parameters that an endpoint takes, as far as known."""

    format: Format = "json_schema"
    limit: Limit = "max_completion_tokens"
    temperature: bool = True
    system: bool = True
    """Whether it takes a message of the role `system`."""
    room: int = LEAST_ROOM
    """The tokens that an answer may take; more where the model's thoughts did not fit."""
    slow: bool = False
    """Whether its answers take longer than a server is waited for that may be dead."""
    learnt: date | None = None
    """The day on which something was learnt; `None` where nothing was."""

    def learn(self, **values: Any) -> None:
        """Take over what was found out today."""
        for name, value in values.items():
            setattr(self, name, value)
        self.learnt = _today()

    def lacks(self) -> list[str]:
        """What is left out of requests, in words."""
        found = [] if self.format == "json_schema" else [f"response_format json_schema (now: {self.format})"]
        found += [] if self.limit == "max_completion_tokens" else [f"max_completion_tokens (now: {self.limit})"]
        found += [] if self.temperature else ["temperature"]
        return found + ([] if self.system else ["the role system (the instructions stand in the user's message)"])


class _File(msgspec.Struct):
    schema: Literal[1]
    endpoints: dict[str, Taken]


class Capabilities:
    """The endpoints that were met, by address and model; neither stands in the file in the clear.

    Arguments:
        cache_dir: Where the file lies; `None` to remember for this run only.
    """

    def __init__(self, cache_dir: Path | None) -> None:
        self._path = cache_dir / FILE if cache_dir else None
        self._known: dict[str, Taken] = {}
        if self._path is None:
            return
        try:
            self._known = msgspec.json.decode(self._path.read_bytes(), type=_File).endpoints
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.info("%s is ignored: %s", self._path, error)

    def of(self, address: str, model: str) -> Taken:
        """What is known of one endpoint, to be changed by who learns more."""
        name = hashlib.sha256(f"{address}\n{model}".encode("utf-8", "replace")).hexdigest()[:24]
        known = self._known.get(name)
        if known is None or known.learnt is None or _today() - known.learnt > FORGET_AFTER:
            known = self._known[name] = Taken()
        return known

    def endpoints(self) -> list[Taken]:
        """What is known of every endpoint."""
        return list(self._known.values())

    def save(self) -> None:
        """Write down what was learnt; a folder that cannot be written is no reason to fail."""
        learnt = {name: taken for name, taken in sorted(self._known.items()) if taken.learnt is not None}
        if self._path is None or not (learnt or self._path.exists()):
            return
        try:
            data = msgspec.json.encode(_File(schema=1, endpoints=learnt)) + b"\n"
            atomic_files.write(self._path, data, durable=False)
        except OSError as error:
            log.info("%s cannot be written: %s", self._path, error)


class Ladder:
    """Finds the form of request that an endpoint takes, in at most eight refusals.

    A refusal that names a part leaves that part out, one without a reason the next part of `ORDER`. Once a form
    works, everything is tried again but the last part, for that alone was the cause, mostly. What an endpoint
    that has answered in this run refuses is the matter of one text, and changes nothing.
    """

    def __init__(self, taken: Taken) -> None:
        self._base = self.form = replace(taken)
        self.settled = False
        self._taken = taken
        self._steps: list[tuple[Part, bool]] = []
        self._fallback: Taken | None = None
        self._tried = self._exhausted = False
        self._crashes = 0

    def refused(self, part: Part | None) -> bool:
        """Take note of a refusal; True where another form is to be asked."""
        if self.settled or self._exhausted:
            return False
        if self._back():
            return True
        step = part if part and _lower(self.form, part) else next((p for p in ORDER if _lower(self.form, p)), None)
        if step is None:
            self.form, self._exhausted = replace(self._taken), True
            return False
        self._steps.append((step, step != part))
        self.form = _lower(self.form, step) or self.form
        return True

    @property
    def exhausted(self) -> bool:
        """Whether every form was refused for another text already."""
        return self._exhausted and not self.settled

    def crashed(self) -> bool:
        """Take note of a server's error, which a part may cause; True where another form is to be asked."""
        if self.settled:
            return False
        if self._back():
            return True
        self._crashes += 1
        if self._crashes == 1:  # it may have been chance
            return False
        has_more = self.refused(None)
        self._steps = self._steps if has_more else []
        return has_more

    def answered(self) -> None:
        """Take note of a completion; what was left out for it is remembered, and the rest tried once again."""
        if self.settled:
            return
        self._fallback = None
        if self._steps:
            self._taken.learn(
                **{name: getattr(self.form, name) for name in ("format", "limit", "temperature", "system")}
            )
        blind = [part for part, is_blind in self._steps if is_blind]
        if blind and not self._tried:
            self._tried = True
            cause = None if self._crashes and set(blind) == {"format"} else blind[-1]
            form = self._base
            for part, is_blind in self._steps:
                form = form if is_blind and part != cause else _lower(form, part) or form
            if form.lacks() != self.form.lacks():
                self._fallback, self.form = self.form, form
                return
        self.settled = True
        if self._steps and (lacks := self._taken.lacks()):
            log.info("the endpoint does not take %s; it is asked without from now on", ", ".join(lacks))

    def _back(self) -> bool:
        """Go back to the form that worked, where one with more in it was just tried."""
        if self._fallback is None:
            return False
        self.form, self._fallback = self._fallback, None
        return True


def _lower(taken: Taken, part: Part) -> Taken | None:
    """The form without a part of the request, or with the next kind of it; `None` where there is none."""
    if part == "temperature":
        return replace(taken, temperature=False) if taken.temperature else None
    if part == "role":
        return replace(taken, system=False) if taken.system else None
    if part == "limit":
        return replace(taken, limit=LIMITS[LIMITS.index(taken.limit) + 1]) if taken.limit != LIMITS[-1] else None
    return replace(taken, format=FORMATS[FORMATS.index(taken.format) + 1]) if taken.format != FORMATS[-1] else None


def _today() -> date:
    return datetime.now(UTC).date()
