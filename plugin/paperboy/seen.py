"""What a build notes for the next one, in the folder of everything that can be rebuilt.

A file of the archive that has the size and the time of change of the last build is not read again.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

Value = TypeVar("Value")

_JUST_NOW = 2_000_000_000
"""Nanoseconds: a file that changed so lately may change again without a new time."""


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """The files of a folder, with size and time of change in nanoseconds."""
    with os.scandir(folder) as entries:
        found = {entry.name: entry.stat() for entry in entries if not entry.name.startswith(".")}
    return {name: (file.st_size, file.st_mtime_ns) for name, file in sorted(found.items())}


def trusted(found: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """What a later build may rely on: not the times of files of which one has changed just now."""
    newest = max((changed for _, changed in found.values()), default=0)
    return {} if newest > time.time_ns() - _JUST_NOW else found


def read(place: Path, kind: type[Value]) -> Value | None:
    """What an earlier build has noted; nothing where it cannot be read."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def write(place: Path, value: object) -> None:
    """Note something for a later build."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        part.write_bytes(msgspec.json.encode(value))
        part.replace(place)
    except OSError as error:
        log.warning("%s cannot be written (%s); the next build takes longer", place, error)
