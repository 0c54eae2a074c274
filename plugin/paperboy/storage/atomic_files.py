"""Files that survive a kill: replaced as a whole, or appended to with at most the last line torn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from paperboy.domain.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path


def mend_tail(path: Path) -> None:
    """Make a journal end with a whole line, so that the next one does not continue a torn one."""
    if not path.exists():
        return
    data = path.read_bytes()
    tail = data.rpartition(b"\n")[2]
    if not tail:
        return
    with path.open("rb+") as file:
        if is_json(tail):
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        else:
            file.truncate(len(data) - len(tail))
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file so that a reader sees the old bytes or the new, never a part.

    Raises:
        ArchiveError: The disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One name for all time: what a killed build left there is replaced by the next one.
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def sync_folder(path: Path) -> None:
    """Make a rename or a new file in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cannot_write(path: Path, error: OSError) -> ArchiveError:
    """What to say when the disk refuses."""
    return ArchiveError(
        f"{path}: cannot be written: {error.strerror or error}. What is on disk stays as it was; "
        "make room or mend the permissions and build again"
    )


def is_json(data: bytes) -> bool:
    """Whether a line is whole: one that a kill has cut is no JSON."""
    try:
        msgspec.json.decode(data)
    except msgspec.DecodeError:
        return False
    return True
