"""One lock an archive, taken by every run that writes to it.

    <archive_dir>/.lock    the process that holds it, for the message of a run that waits

The lock belongs to the open file, so the system releases it when its process ends, be it by a kill. `filelock` locks
the descriptor; its own lock files would not do, for it truncates them and does not hand them on to children.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec
from filelock import lock_descriptor

from paperboy.domain.errors import ArchiveBusyError
from paperboy.storage import atomic_files

log = logging.getLogger(__name__)

FILE = ".lock"
PATIENCE = 3600.0
"""Seconds to wait for another run."""

_POLL = 0.05
_NOT_OURS = (errno.EROFS, errno.EACCES, errno.EPERM)


class _Holder(msgspec.Struct):
    pid: int
    command: str
    since: str


class ArchiveLock:
    """Keeps other runs from writing to an archive; to be used in a `with` block, or by `acquire` and `release`.

    An archive that this process cannot write to is not locked: there is nothing to keep apart.

    Arguments:
        root: The archive's folder; made where it is missing.
        patience: Seconds to wait for another run.
    """

    def __init__(self, root: Path, *, patience: float = PATIENCE) -> None:
        self._root = root
        self._patience = patience
        self.handle: int | None = None
        """The open file, to be handed on to child processes that write; `None` while nothing is locked."""
        self.refusal: OSError | None = None
        """Why an archive is not locked: this process cannot write to it."""

    def acquire(self) -> None:
        """Wait for the lock, and take it.

        Raises:
            ArchiveBusyError: Another run still holds it.
            ArchiveError: The disk refuses.
        """
        path = self._root / FILE
        with atomic_files.refusals_explained(path):
            try:
                self._root.mkdir(parents=True, exist_ok=True)
                handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                if error.errno not in _NOT_OURS:
                    raise
                log.info("%s cannot be written, so nothing is locked", self._root)
                self.refusal = error
                return
            try:
                self._wait(handle)
                _sign(handle)
            except BaseException:
                os.close(handle)
                raise
        self.handle = handle

    def release(self) -> None:
        """Let other runs write; a second call does nothing."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _wait(self, handle: int) -> None:
        until = time.monotonic() + self._patience
        is_told = False
        while not lock_descriptor(handle, blocking=False):
            if time.monotonic() >= until:
                raise ArchiveBusyError(
                    f"another run writes to {self._root}{_holder(handle)}; try again when it has ended"
                )
            if not is_told:
                log.info("another run writes to %s%s; waiting for its end", self._root, _holder(handle))
                is_told = True
            time.sleep(_POLL)


def _sign(handle: int) -> None:
    """Write down who holds the lock. It is for a message alone, so a full disk is no reason to stop."""
    # Without arguments that name addresses: one may hold a password.
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    first_option = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    since = datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds")
    data = msgspec.json.encode(_Holder(os.getpid(), " ".join(words[: max(1, first_option)]), since)) + b"\n"
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, data, 0)
    except OSError as error:
        log.debug("the holder of the lock is not noted: %s", error)


def _holder(handle: int) -> str:
    try:
        holder = msgspec.json.decode(os.pread(handle, 4096, 0), type=_Holder)
    except (OSError, msgspec.DecodeError):
        return ""
    return f" ({holder.command}, process {holder.pid}, since {holder.since})"
