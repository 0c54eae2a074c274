"""The translation memory: every answer in the archive, found by the hash of what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from paperboy.domain.edition import Translation
from paperboy.storage import archive
from paperboy.storage.day_index import AT_ONCE, DayIndex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path


class Memory(DayIndex):
    """Finds answers by key; to be used in a `with` block.

    Arguments:
        cache_dir: Where the index lies.
        root: The archive's folder.
        language: The language of the translations.
    """

    FORMAT = 2
    TABLES = """
    CREATE TABLE row (key TEXT NOT NULL, file INTEGER NOT NULL, line BLOB NOT NULL);
    CREATE INDEX row_by_key ON row (key);
    CREATE INDEX row_by_file ON row (file);
    """

    def __init__(self, cache_dir: Path, root: Path, language: str) -> None:
        self._language = language
        super().__init__(cache_dir / f"memory.{language}.sqlite", root, archive.translations(language))

    def find(self, keys: Iterable[str]) -> dict[str, list[Translation]]:
        """The answers to some questions, by key, the older days' first."""
        wanted = sorted(set(keys))
        found: dict[str, list[Translation]] = {}
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._select(
                "SELECT key, line FROM row JOIN file ON file.id = row.file "  # noqa: S608  only marks
                f"WHERE key IN ({marks}) ORDER BY file.path, row.rowid",
                part,
            )
            for key, line in rows:
                found.setdefault(key, []).append(msgspec.json.decode(line, type=Translation))
        return found

    def _take_in(self, day: date, number: int | None) -> None:
        answers = archive.read_translations(self._root, day, self._language)
        self._connection.executemany(
            "INSERT INTO row (key, file, line) VALUES (?, ?, ?)",
            ((answer.key, number, msgspec.json.encode(answer)) for answer in answers),
        )
