"""Batches of requests that are under way at an endpoint: which papers wait in which, remembered in the archive.

    <archive_dir>/batches/{name}.json

A record is written before anything is sent, so that no kill can hide a batch from the next build, and taken
away when its answers are in the archive. A paper that waits in a batch is not asked for in any other way.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from paperboy.domain.errors import ArchiveError
from paperboy.domain.papers import SCHEMA, parse_id
from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = "batches"


class PaperRef(NamedTuple):
    """A paper of an edition: where an answer belongs. Written as `2026-06-04 2606.00001v1`."""

    day: date
    id: str
    version: int | None

    def __str__(self) -> str:
        """The form that stands in a record."""
        return f"{self.day} {self.id}" + (f"v{self.version}" if self.version else "")

    @classmethod
    def read(cls, text: str) -> PaperRef:
        """The place that is written so.

        Raises:
            ValueError: None is.
        """
        day, _, paper = text.partition(" ")
        return cls(date.fromisoformat(day), *parse_id(paper))


class Batch(Struct, frozen=True, kw_only=True):
    """One batch, and what was asked in it.

    `planned`: nothing is known to have been sent. `open`: the endpoint has it under the name `id`. `collected`:
    its answers are in the archive, and what failed the checks is still to be asked again. `file` is the
    endpoint's name of the uploaded requests, `address` a hash of where they went. `papers` has, by the key of
    each question, the papers that it is the text of; the first is the one asked for.
    """

    schema: int = SCHEMA
    name: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
    status: Literal["planned", "open", "collected"] = "planned"
    language: str
    model: str
    address: str
    file: str = ""
    id: str = ""
    papers: dict[str, list[str]]

    @property
    def places(self) -> dict[str, list[PaperRef]]:
        """The papers of each question."""
        return {key: [PaperRef.read(text) for text in texts] for key, texts in self.papers.items()}

    @property
    def days(self) -> set[date]:
        """The editions that its answers belong to."""
        return {place.day for places in self.places.values() for place in places}


class Waiting(NamedTuple):
    """What is not to be asked for now, for an answer is on its way: questions by key, papers by id and version."""

    keys: frozenset[str]
    papers: frozenset[tuple[str, int | None]]


def read_batch(root: Path, language: str) -> list[Batch]:
    """The batches for a language that are not done with, in the order of their names.

    Raises:
        ArchiveError: A record cannot be read; what waits in it is not known then.
    """
    found = [_decode_batch(path) for path in sorted(root.glob(f"{FOLDER}/*.json"))]
    return [batch for batch in found if batch.language == language]


def write_batch(root: Path, batch: Batch) -> None:
    """Put a record on disk, in the place of its former state.

    Raises:
        ArchiveError: The disk refuses.
    """
    data = msgspec.json.encode(batch)
    atomic_files.replace(path_of(root, batch), msgspec.json.format(data, indent=1) + b"\n")


def forget_batch(root: Path, batch: Batch) -> None:
    """Take the record of a batch away; its papers wait no more.

    Raises:
        ArchiveError: The disk refuses.
    """
    atomic_files.remove(path_of(root, batch))


def path_of(root: Path, batch: Batch) -> Path:
    """Where the record of a batch lies."""
    return root / FOLDER / f"{batch.name}.json"


def waiting_questions(found: Iterable[Batch]) -> Waiting:
    """The questions and papers whose answers are still to come."""
    under_way = [batch for batch in found if batch.status != "collected"]
    places = {(place.id, place.version) for batch in under_way for asked in batch.places.values() for place in asked}
    return Waiting(frozenset(key for batch in under_way for key in batch.papers), frozenset(places))


def _decode_batch(path: Path) -> Batch:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        batch = msgspec.json.decode(data, type=Batch)
        if (batch.schema, batch.name) != (SCHEMA, path.stem) or not all(batch.places.values()):
            raise ValueError(f"schema {batch.schema} and name {batch.name}")  # noqa: TRY301  explained below
    except ValueError as error:  # what msgspec raises is one too
        raise ArchiveError(
            f"{path}: not readable as the record of a batch: {error}. Nothing is translated until it is restored "
            "from the archive's history, or deleted: papers that wait in it are then paid for twice"
        ) from None
    return batch
