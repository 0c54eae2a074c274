"""The one place that writes files which must survive a kill or a full disk.

A file is replaced as a whole, or appended to by whole lines: a reader sees the bytes from before or the bytes from
after. Every write goes through `os.open`, `os.write`, `os.fsync` and `os.replace`, so that tests can stop or fail
each of them.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from paperboy.domain.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write(path: Path, data: bytes, *, durable: bool = True) -> os.stat_result:
    """Put `data` in the place of a file, atomically.

    Arguments:
        path: The file; its folder is made.
        data: Its new content.
        durable: Whether the content is on the disk when this returns. A cache can do without.

    Returns:
        What the system says of the file that was written, also where somebody has replaced it already.

    Raises:
        OSError: The disk refuses; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # One name for all time: what a killed build left there is replaced by the next one.
    part = path.with_name(f".{path.name}.part")
    try:
        with _opened(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as handle:
            _write_all(handle, data)
            if durable:
                os.fsync(handle)
            os.replace(part, path)  # noqa: PTH105  see the head of this file
            written = os.fstat(handle)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)  # noqa: PTH108  see the head of this file
        raise
    if durable:
        sync_folder(path.parent)
    return written


def replace(path: Path, data: bytes) -> os.stat_result:
    """Put `data` in the place of a file of the archive, atomically and durably.

    Returns:
        What the system says of the file that was written.

    Raises:
        ArchiveError: The disk refuses; the old file is as it was.
    """
    with refusals_explained(path):
        return write(path, data)


def remove(path: Path) -> None:
    """Delete a file of the archive, if it is there.

    Raises:
        ArchiveError: The disk refuses.
    """
    with refusals_explained(path), suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108  see the head of this file
        sync_folder(path.parent)


def append(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Add lines to the end of a file: all of their bytes, or none.

    Raises:
        OSError: The disk refuses; the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as handle:
        append_to(handle, data, durable=durable)


def append_to(handle: int, data: bytes, *, durable: bool = True) -> None:
    """Add lines to the end of a file that is open for appending: all of their bytes, or none.

    Raises:
        OSError: The disk refuses. The file is cut back to what it was; where that fails too, it ends in a torn line.
    """
    end = os.fstat(handle).st_size
    try:
        _write_all(handle, data)
        if durable:
            os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, end)
        raise


def mend_tail(path: Path) -> None:
    """Make a journal end with a whole line, so that the next one does not continue a torn one.

    Raises:
        OSError: The disk refuses.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    tail = data.rpartition(b"\n")[2]
    if not tail:
        return
    with _opened(path, os.O_WRONLY | os.O_APPEND) as handle:
        if is_json(tail):
            append_to(handle, b"\n")
        else:
            os.ftruncate(handle, len(data) - len(tail))
            os.fsync(handle)


def sync_folder(path: Path) -> None:
    """Make a rename or a new file in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def refusals_explained(path: Path) -> Iterator[None]:
    """Turn an `OSError` of a write into an error with the path and what to do.

    Raises:
        ArchiveError: The disk refuses.
    """
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            f"{path}: cannot be written: {error.strerror or error}. What is on disk stays as it was; "
            "free some space or fix the permissions, then run it again"
        ) from error


def is_json(data: bytes) -> bool:
    """Whether a line is whole: one that a kill has cut is no JSON."""
    try:
        msgspec.json.decode(data)
    except msgspec.DecodeError:
        return False
    return True


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    """Write every byte: on a nearly full disk, `os.write` takes a part and raises at the next call."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
