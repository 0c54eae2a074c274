"""What lies behind the listing's ninety days: days derived from OAI-PMH or from arXiv's bulk snapshot."""

from __future__ import annotations

import gzip
import hashlib
import logging
import math
import sys
import zipfile
import zlib
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import IO, TYPE_CHECKING

import msgspec
from msgspec import Struct

from paperboy.domain import arxiv_calendar
from paperboy.domain.errors import PaperboyError
from paperboy.pipeline.backfill import merge
from paperboy.sources.arxiv import derivation, metadata_snapshot, oai_harvest
from paperboy.sources.arxiv.oai_harvest import HarvestPosition
from paperboy.sources.http_client import SourceClient
from paperboy.storage import atomic_files
from paperboy.storage.staging_store import LONGEST_HELD, StagingStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from paperboy.domain.config import Options
    from paperboy.domain.papers import Record, Source
    from paperboy.pipeline.backfill.merge import Merged
    from paperboy.sources.arxiv.oai_pmh import OaiVersion

log = logging.getLogger(__name__)

_MOST_NAMED = 20
_DAYS_LISTED = 90
_NOT_UNPACKED = {".zst": "zstdcat", ".xz": "xzcat", ".bz2": "bzcat"}


class SnapshotRead(Struct):
    """How far a reading is, or how it went."""

    records: int = 0
    taken: int = 0
    """Records in the followed categories."""
    refused: list[tuple[str, str]] = []
    """The first of those that could not be read: where they stand, and why."""
    unreadable: int = 0

    def refuse(self, place: str, reason: object) -> None:
        """Count a record that cannot be read, and name it if it is among the first."""
        self.unreadable += 1
        if len(self.refused) < _MOST_NAMED:
            self.refused.append((place, str(reason)))


class BackfillState(Struct):
    """Where a backfill stands; the harvests of the categories before the current one are done.

    `last` is the last date of the range as the first run took it: the default moves from day to day.
    """

    last: date
    category: int = 0
    position: HarvestPosition | None = None
    read: SnapshotRead = msgspec.field(default_factory=SnapshotRead)


def backfill(
    options: Options, first: date, last: date | None, progress: Callable[[str, SnapshotRead], None] = lambda *_: None
) -> tuple[SnapshotRead, Merged]:
    """Derive the days of a range from OAI-PMH, and merge them into the archive.

    Where it was stopped before, be it by a kill, it goes on.

    Arguments:
        options: The plugin's options.
        first: The first date of the range.
        last: The last date of the range; `None` for yesterday, as it was when the backfill began.
        progress: Called after each page with the category and what was read so far.

    Raises:
        SourceError: OAI-PMH was not served; what was read is kept.
        PaperboyError: There is no address for it, or the cache cannot be written.
    """
    if options.sources.arxiv.oai_url is None:
        raise PaperboyError("sources.arxiv.oai_url is null; a backfill needs its address")
    # Named after what was asked for, and not after what that means today. Categories may be more than a name holds.
    followed = hashlib.sha256(" ".join(options.categories).encode()).hexdigest()[:16]
    work = options.cache / "backfill" / f"{first}..{last or ''} {followed}"
    store = StagingStore(work / "days")
    state = _read_state(work)
    if state is None:
        store.clear()
        state = BackfillState(last or yesterday())
    elif state.category or state.position:
        log.info("going on where an earlier run stopped, after %s records", f"{state.read.records:,}")
    _log_listed_days(state.last)
    try:
        read = _harvest(options, work, store, first, state, progress)
        merged = merge.merge_derived_days(options, store, first, state.last, "oai")
        if not merged.failed:
            # The state first: without it, what is left of the rows is put down anew.
            (work / "state.json").unlink(missing_ok=True)
            store.clear()
    except OSError as error:
        raise PaperboyError(f"{work}: cannot be written: {error.strerror or error}") from error
    return read, merged


def import_snapshot(
    options: Options,
    path: Path,
    first: date = date.min,
    last: date = date.max,
    progress: Callable[[str, SnapshotRead], None] = lambda *_: None,
) -> tuple[SnapshotRead, Merged]:
    """Derive days from arXiv's bulk metadata snapshot, and merge them into the archive.

    Arguments:
        options: The plugin's options.
        path: JSON Lines; plain, packed by gzip or zip, or `-` for the standard input.
        first: The first date to derive.
        last: The last date to derive.
        progress: Called now and then with the file's name and what was read so far.

    Raises:
        PaperboyError: The file cannot be read, or the cache cannot be written.
    """
    followed = frozenset(options.categories)
    quiet = merge.quiet_days(options)
    store = StagingStore(options.cache / "import" / "days")
    store.clear()
    read = SnapshotRead()
    try:
        with _snapshot_lines(path) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                read.records += 1
                if read.records % 10_000 == 0:
                    progress(path.name, read)
                try:
                    found = metadata_snapshot.parse_snapshot_line(line, followed)
                    if found is not None:
                        _stage_announcements(store, found, options, quiet, "snapshot", (first, last))
                        read.taken += 1
                except (msgspec.DecodeError, ValueError, OverflowError) as error:
                    read.refuse(f"line {number}", error)
        store.flush()
        return read, merge.merge_derived_days(options, store, first, last, "snapshot")
    except OSError as error:
        raise PaperboyError(f"{error.filename or options.cache}: {error.strerror or error}") from error
    finally:
        store.clear()


def yesterday() -> date:
    """The last date that a backfill can derive: what is sent in today has no date yet."""
    return datetime.now(arxiv_calendar.EASTERN).date() - timedelta(days=1)


def _harvest(
    options: Options,
    work: Path,
    store: StagingStore,
    first: date,
    state: BackfillState,
    progress: Callable[[str, SnapshotRead], None],
) -> SnapshotRead:
    """Put down what OAI-PMH has of the followed categories since a date; what was read before is not asked again."""
    quiet = merge.quiet_days(options)
    start = HarvestPosition((first - timedelta(days=2)).isoformat())
    # A backfill takes as long as it takes; nobody waits for a site.
    arxiv = msgspec.structs.replace(options.sources.arxiv, time_limit=math.inf)
    with SourceClient(arxiv, options.cache) as client:
        for number, category in enumerate(options.categories):
            if number < state.category:
                continue
            position = (state.position if number == state.category else None) or start
            for page, behind in oai_harvest.harvest_pages(client, arxiv.oai_url or "", category, position):
                read = state.read
                for record in page.records:
                    try:
                        _stage_announcements(
                            store, (record.paper, record.versions), options, quiet, "oai", (first, state.last)
                        )
                    except (ValueError, OverflowError) as error:
                        read.refuse(record.paper.id, error)
                for problem in page.problems:
                    read.refuse(category, problem)
                read.records += len(page.records)
                read.taken += len(page.records)
                store.flush()
                state = BackfillState(state.last, number if behind else number + 1, behind, read)
                _write_state(work, state)
                progress(category, read)
    return state.read


def _stage_announcements(
    store: StagingStore,
    found: tuple[Record, tuple[OaiVersion, ...] | list[OaiVersion]],
    options: Options,
    quiet: frozenset[date],
    source: Source,
    between: tuple[date, date],
) -> None:
    """Put the announcements of one paper down.

    Raises:
        ValueError: They cannot be told.
    """
    first, last = between
    paper, versions = found
    for day, announcement in list(derivation.derive_announcements(paper, versions, options.categories, quiet, source)):
        # What moderators held back comes later than its schedule, perhaps within the range.
        is_near = announcement.version == 1 and first - day <= LONGEST_HELD
        if day <= last and (day >= first or is_near):
            store.add(day, announcement)


def _log_listed_days(last: date) -> None:
    if last >= datetime.now(arxiv_calendar.EASTERN).date() - timedelta(days=_DAYS_LISTED):
        log.info(
            "arXiv's listing still tells of the last %s days, with its own counts: a build with catch_up_days: %s "
            "fetches those of them that are missing or derived",
            _DAYS_LISTED,
            _DAYS_LISTED,
        )


def _read_state(work: Path) -> BackfillState | None:
    try:
        return msgspec.json.decode((work / "state.json").read_bytes(), type=BackfillState)
    except (OSError, msgspec.DecodeError):
        return None


def _write_state(work: Path, state: BackfillState) -> None:
    atomic_files.write(work / "state.json", msgspec.json.encode(state))


@contextmanager
def _snapshot_lines(path: Path) -> Iterator[IO[bytes]]:
    """A file's lines, unpacked.

    Raises:
        PaperboyError: It cannot be read.
    """
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                yield file  # type: ignore[misc]  # it reads as a binary file does
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                names = [name for name in packed.namelist() if name.endswith((".json", ".jsonl"))]
                if len(names) != 1:
                    raise PaperboyError(f"{path}: expected one .json file in it, found {len(names)}")
                with packed.open(names[0]) as file:
                    yield file
        elif path.suffix in _NOT_UNPACKED:
            tool = _NOT_UNPACKED[path.suffix]
            raise PaperboyError(f"{path}: unpack it on the way: {tool} {path.name} | paperboy import -")
        else:
            with path.open("rb") as file:
                yield file
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise PaperboyError(f"{path}: the packed file is damaged: {error}") from error
