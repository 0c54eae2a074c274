"""An index over one file of each day of the archive, kept in `cache_dir` so that a build need not read years.

It can be deleted at any time: it is made again from the archive, whose files it compares by size and time of
change whenever it is opened or refreshed.
"""

from __future__ import annotations

import logging
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, ClassVar, Self

from paperboy.domain.errors import ArchiveError
from paperboy.storage import archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Keys in one query; SQLite takes 999 and more."""

_FILES = "CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER, changed INTEGER);"


class DayIndex(ABC):
    """Rows found by key; to be used in a `with` block.

    Arguments:
        path: Where the index lies.
        root: The archive's folder.
        name: The file of each day that it is made of.
    """

    FORMAT: ClassVar[int]
    """Another number makes the index anew."""
    TABLES: ClassVar[str]
    """The table `row` with a column `file`, and its indices."""

    def __init__(self, path: Path, root: Path, name: str) -> None:
        self._root = root
        self._name = name
        self._path = path
        self._base: sqlite3.Connection | None = None
        try:
            self._open(str(path))
            self._refresh(None)
        except (OSError, sqlite3.Error) as error:
            log.info("%s is made anew: %s", path, error)
            self._make_anew()

    def refresh(self, days: Iterable[date] | None = None) -> None:
        """Take in every file that is new or changed, and forget those that are gone.

        Arguments:
            days: The only days that can have changed, where that is known.
        """
        try:
            self._refresh(days)
        except (OSError, sqlite3.Error) as error:
            self._forsake(error)

    def _select(self, query: str, values: Sequence[Any]) -> list[Any]:
        """The rows that a query finds."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._forsake(error)
            return self._connection.execute(query, values).fetchall()

    def _make_anew(self) -> None:
        """Delete the index and build it again."""
        self._close()
        try:
            self._path.unlink(missing_ok=True)
            self._open(str(self._path))
            self._refresh(None)
        except (OSError, sqlite3.Error) as error:
            self._forsake(error)

    def _forsake(self, error: Exception) -> None:
        """Go on with an index in memory, which lives as long as the build: a cache's failure costs time alone."""
        log.info("%s cannot be used, the index is kept for this build alone: %s", self._path, error)
        self._close()
        self._open(":memory:")
        self._refresh(None)

    def _close(self) -> None:
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._base.close()
            self._base = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._base is None:
            raise sqlite3.ProgrammingError("the index is closed")
        return self._base

    def _refresh(self, days: Iterable[date] | None) -> None:
        known = {
            path: (number, size, changed)
            for number, path, size, changed in self._connection.execute("SELECT id, path, size, changed FROM file")
            if days is None
        }
        with self._connection:
            for day in archive.days_with(self._root, self._name) if days is None else days:
                try:
                    state = (archive.folder(self._root, day) / self._name).stat()
                except FileNotFoundError:
                    continue
                name = day.isoformat()
                number, *seen = known.pop(name, None) or self._known(name)
                if seen != [state.st_size, state.st_mtime_ns]:
                    self._forget(number)
                    self._add(day, name, state.st_size, state.st_mtime_ns)
            for number, _, _ in known.values():
                self._forget(number)

    @abstractmethod
    def _take_in(self, day: date, number: int | None) -> None:
        """Add the rows of a day under the number of its file.

        Raises:
            ArchiveError: The file cannot be read.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _open(self, place: str) -> None:
        if place != ":memory:":
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(place)
        # The archive is the durable store; this file may be lost at any moment.
        self._base.execute("PRAGMA synchronous = OFF")
        (known,) = self._base.execute("PRAGMA user_version").fetchone()
        if known != self.FORMAT:
            if known:
                raise sqlite3.DatabaseError(f"its format is {known}, not {self.FORMAT}")
            self._base.executescript(f"{_FILES} {self.TABLES}")
            self._base.execute(f"PRAGMA user_version = {self.FORMAT}")

    def _known(self, name: str) -> tuple[int | None, ...]:
        found = self._connection.execute("SELECT id, size, changed FROM file WHERE path = ?", (name,)).fetchone()
        return found or (None,)

    def _forget(self, number: int | None) -> None:
        self._connection.execute("DELETE FROM row WHERE file = ?", (number,))
        self._connection.execute("DELETE FROM file WHERE id = ?", (number,))

    def _add(self, day: date, name: str, size: int, changed: int) -> None:
        insert = self._connection.execute(
            "INSERT INTO file (path, size, changed) VALUES (?, ?, ?)", (name, size, changed)
        )
        with closing(insert) as cursor:
            number = cursor.lastrowid
        try:
            self._take_in(day, number)
        except ArchiveError as error:
            log.warning("%s", error)
            self._forget(number)
