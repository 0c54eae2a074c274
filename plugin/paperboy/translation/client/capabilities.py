"""What an endpoint was found not to take, remembered from build to build.

A refused parameter costs a request to find out, and with many workers one for each of them. The file is a
cache: damaged, of another format or a month old, it is ignored, and the endpoint is asked anew.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

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


class Taken(msgspec.Struct):
    """The form of answer and the parameters that an endpoint takes, as far as known; down is forever in a run."""

    format: Format = "json_schema"
    limit: Limit = "max_completion_tokens"
    temperature: bool = True
    learnt: date | None = None
    """The day on which something was found refused; `None` where nothing was."""


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


def step_down(taken: Taken, what: Literal["format", "limit", "temperature"]) -> None:
    """Note that an endpoint refuses something: the next rung of it, or none."""
    if what == "temperature":
        taken.temperature = False
    elif what == "limit":
        taken.limit = LIMITS[LIMITS.index(taken.limit) + 1]
    else:
        taken.format = FORMATS[FORMATS.index(taken.format) + 1]
    taken.learnt = _today()


def _today() -> date:
    return datetime.now(UTC).date()
