"""A disk that stops or fails at a chosen point: every kill and every failed write, one after another, without chance.

    disk = Disk(folder)
    for point in disk.points_to_kill(run):  # run once, and count where bytes reach the disk
        with disk.killed(point): run()      # end there, as by SIGKILL: nothing below the folder changes any more
    for point in disk.points_to_fail(run):
        with disk.failing(point, ENOSPC): run()

Points are the calls of `os.open` for writing, `os.write`, `os.fsync`, `os.ftruncate`, `os.replace`, `os.rename`,
`os.unlink` and `os.mkdir` that change something below the folder, and for a kill the end of each git command that does
(a process that ends has lost nothing by an `fsync` that was not made, so that is a point of failure alone). A write
that is stopped or fails has written half of its bytes before.
"""

from __future__ import annotations

import io
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATHS = ("replace", "rename", "unlink", "mkdir", "link")
_HANDLES = ("fsync", "ftruncate")
_GIT = ("init", "add", "fetch", "push", "commit-tree", "update-ref")
"""The commands of git that change more than its caches."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Killed(BaseException):
    """The process has ended here. Nothing catches it, and what runs while it passes changes nothing on the disk."""


class Disk:
    """Stops or fails writes below a folder.

    Arguments:
        root: The folder.
        but: Folders below it whose writes are no points, such as a cache.
    """

    def __init__(self, root: Path, *but: Path) -> None:
        self._root = str(root)
        self._but = tuple(map(str, but))
        self._count = 0
        self._at = -1
        self._fault: int | None = None
        self._lasts = False
        self._is_over = False
        self._handles: set[int] = set()
        self.point = ""
        """What the last run was stopped at."""

    def points_to_kill(self, run: Callable[[], object]) -> range:
        """The points of a run that nothing disturbs, as `killed()` counts them."""
        with self._watched(-1, None):
            run()
        return range(self._count)

    def points_to_fail(self, run: Callable[[], object]) -> range:
        """The points of a run that nothing disturbs, as `failing()` counts them."""
        with self._watched(-1, 0):
            run()
        return range(self._count)

    @contextmanager
    def killed(self, at: int) -> Iterator[None]:
        """End what runs in the block at a point."""
        with self._watched(at, None):
            try:
                yield
            except BaseException:
                if not self._is_over:
                    raise

    @contextmanager
    def failing(self, at: int, fault: int, *, lasts: bool = False) -> Iterator[None]:
        """Let the disk refuse at a point, once or from there on."""
        with self._watched(at, fault, lasts=lasts):
            yield

    @contextmanager
    def _watched(self, at: int, fault: int | None, *, lasts: bool = False) -> Iterator[None]:
        self._count, self._at, self._fault, self._lasts, self._is_over = 0, at, fault, lasts, False
        self._handles.clear()
        self.point = ""
        patches: dict[str, Any] = {name: self._on_path(getattr(os, name)) for name in _PATHS}
        patches |= {name: self._on_handle(getattr(os, name)) for name in _HANDLES}
        patches |= {"open": self._opened(os.open), "write": self._written(os.write), "close": self._closed(os.close)}
        with (
            mock.patch.multiple(os, **patches),
            mock.patch.object(io, "open", self._opened_by_name(io.open)),
            mock.patch.object(subprocess, "run", self._ran(subprocess.run)),
        ):
            yield

    def _reach(self, name: str, path: object) -> bool:
        """Whether the disk refuses now, after having counted the point."""
        if self._is_over:
            raise Killed
        here = self._count
        self._count += 1
        if here != self._at and not (self._lasts and here > self._at >= 0):
            return False
        self.point = self.point or f"{here}: {name} {path}"
        if self._fault is None:
            self._is_over = True
            if name != "write":
                raise Killed
        return True

    def _refused(self, path: object) -> OSError:
        assert self._fault is not None
        return OSError(self._fault, os.strerror(self._fault), str(path))

    def _is_mine(self, path: Any) -> bool:
        text = os.fspath(path) if not isinstance(path, int) else ""
        text = os.fsdecode(text)
        return text.startswith(self._root) and not text.startswith(self._but or ("\0",))

    def _on_path(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *more: Any, **options: Any) -> Any:
            changes = self._is_mine(path) and os.path.lexists(path) != (real.__name__ == "mkdir")
            if (changes or self._is_over) and self._reach(real.__name__, path):
                raise self._refused(path)
            return real(path, *more, **options)

        return call

    def _on_handle(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *more: Any) -> Any:
            counts = self._fault is not None or self._is_over or real.__name__ != "fsync"
            if handle in self._handles and counts and self._reach(real.__name__, handle):
                raise self._refused(handle)
            return real(handle, *more)

        return call

    def _opened(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *more: Any, **options: Any) -> int:
            if not self._is_mine(path):
                return real(path, flags, *more, **options)
            if flags & _WRITES and self._reach("open", path):
                raise self._refused(path)
            handle = real(path, flags, *more, **options)
            self._handles.add(handle)
            return handle

        return call

    def _opened_by_name(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
            if self._is_mine(path) and set(mode) & set("wax+") and self._reach("open", path):
                raise self._refused(path)
            return real(path, mode, *more, **options)

        return call

    def _closed(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def call(handle: int) -> None:
            self._handles.discard(handle)
            real(handle)

        return call

    def _written(self, real: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        def call(handle: int, data: Any) -> int:
            if handle not in self._handles or not self._reach("write", handle):
                return real(handle, data)
            half = bytes(data)[: len(data) // 2]
            real(handle, half)
            if self._fault is None:
                raise Killed
            if half and not self._lasts:
                self._at = self._count  # a full disk takes a part, and refuses the rest
                return len(half)
            raise self._refused(handle)

        return call

    def _ran(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(command: Any, *more: Any, **options: Any) -> Any:
            if command[0] != "git" or not self._is_mine(options.get("cwd", "")):
                return real(command, *more, **options)
            if self._is_over:
                raise Killed
            done = real(command, *more, **options)
            if self._fault is None and command[1] in _GIT:
                self._reach(f"git {command[1]}", self._root)
            return done

        return call
