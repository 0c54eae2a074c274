"""The open translations file of one day, to which answers are appended as they come."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

import msgspec

from paperboy.storage import archive, atomic_files

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from paperboy.domain.edition import Translation


class Journal:
    """Appends answers to a day; each is on disk before `append` returns. To be used in a `with` block.

    One `write` and one `fsync` a record: after a kill at any moment, every record whose `append` had returned is
    there, and at most the last line is torn, which the next reading drops. A write that fails leaves no byte.

    Raises:
        ArchiveError: The disk refuses.
    """

    def __init__(self, root: Path, day: date, language: str) -> None:
        self._path = archive.folder(root, day) / archive.translations(language)
        self._is_torn = False
        with atomic_files.refusals_explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_files.mend_tail(self._path)
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                atomic_files.sync_folder(self._path.parent)
            except BaseException:
                os.close(self._handle)
                raise

    def append(self, translation: Translation) -> None:
        """Put one answer on disk.

        Raises:
            ArchiveError: The disk refuses; what was on it before stays.
        """
        line = msgspec.json.encode(translation) + b"\n"
        with atomic_files.refusals_explained(self._path):
            if self._is_torn:
                atomic_files.mend_tail(self._path)
            self._is_torn = True
            atomic_files.append_to(self._handle, line)
            self._is_torn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
