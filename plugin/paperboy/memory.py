"""The translation memory: every answer in the archive, found by the hash of what was asked.

It is an index over the archive's translations files, kept in `cache_dir` so that a build need not read
years of them. It can be deleted at any time: it is made again from the archive, whose files it compares
by size and time of change whenever it is opened or refreshed.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Self

import msgspec

from paperboy import archive
from paperboy.errors import ArchiveError
from paperboy.model import Translation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

log = logging.getLogger(__name__)

_FORMAT = 1
"""Another number makes the index anew."""

_TABLES = """
CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER, changed INTEGER);
CREATE TABLE answer (key TEXT NOT NULL, file INTEGER NOT NULL, line BLOB NOT NULL);
CREATE INDEX answer_by_key ON answer (key);
CREATE INDEX answer_by_file ON answer (file);
"""
_AT_ONCE = 500
"""Keys in one query; SQLite takes 999 and more."""


class Memory:
    """Finds answers by key; to be used in a `with` block.

    Arguments:
        cache_dir: Where the index lies.
        root: The archive's folder.
        language: The language of the translations.
    """

    def __init__(self, cache_dir: Path, root: Path, language: str) -> None:
        self._root = root
        self._language = language
        self._path = cache_dir / f"memory.{language}.sqlite"
        try:
            self._base = self._open()
            self.refresh()
        except sqlite3.DatabaseError as error:
            log.info("%s is made anew: %s", self._path, error)
            self._base.close()
            self._path.unlink(missing_ok=True)
            self._base = self._open()
            self.refresh()

    def refresh(self) -> None:
        """Take in every translations file that is new or changed, and forget those that are gone."""
        known = {
            path: (number, size, changed)
            for number, path, size, changed in self._base.execute("SELECT id, path, size, changed FROM file")
        }
        with self._base:
            for day in archive.translated_days(self._root, self._language):
                state = (archive.folder(self._root, day) / archive.translations(self._language)).stat()
                name = day.isoformat()
                number, *seen = known.pop(name, (None, None, None))
                if seen != [state.st_size, state.st_mtime_ns]:
                    self._forget(number)
                    self._take_in(day, name, state.st_size, state.st_mtime_ns)
            for number, _, _ in known.values():
                self._forget(number)

    def find(self, keys: Iterable[str]) -> dict[str, list[Translation]]:
        """The answers to some questions, by key, the older days' first."""
        wanted = sorted(set(keys))
        found: dict[str, list[Translation]] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._base.execute(
                "SELECT key, line FROM answer JOIN file ON file.id = answer.file "  # noqa: S608  only marks
                f"WHERE key IN ({marks}) ORDER BY file.path, answer.rowid",
                part,
            )
            for key, line in rows:
                found.setdefault(key, []).append(msgspec.json.decode(line, type=Translation))
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def _open(self) -> sqlite3.Connection:
        """Open the index; where the folder cannot be written, one that lives as long as the build."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self._path)
            # The archive is the durable store; this file may be lost at any moment.
            self._base.execute("PRAGMA synchronous = OFF")
        except (OSError, sqlite3.OperationalError) as error:
            log.info("%s cannot be used, the memory is kept for this build alone: %s", self._path, error)
            self._base = sqlite3.connect(":memory:")
        (known,) = self._base.execute("PRAGMA user_version").fetchone()
        if known != _FORMAT:
            if known:
                raise sqlite3.DatabaseError(f"its format is {known}, not {_FORMAT}")
            self._base.executescript(_TABLES)
            self._base.execute(f"PRAGMA user_version = {_FORMAT}")
        return self._base

    def _forget(self, number: int | None) -> None:
        self._base.execute("DELETE FROM answer WHERE file = ?", (number,))
        self._base.execute("DELETE FROM file WHERE id = ?", (number,))

    def _take_in(self, day: date, name: str, size: int, changed: int) -> None:
        try:
            answers = archive.read_translations(self._root, day, self._language)
        except ArchiveError as error:
            log.warning("%s", error)
            return
        with closing(
            self._base.execute("INSERT INTO file (path, size, changed) VALUES (?, ?, ?)", (name, size, changed))
        ) as cursor:
            number = cursor.lastrowid
        self._base.executemany(
            "INSERT INTO answer (key, file, line) VALUES (?, ?, ?)",
            ((answer.key, number, msgspec.json.encode(answer)) for answer in answers),
        )
