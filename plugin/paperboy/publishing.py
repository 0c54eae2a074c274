"""The third stage: what the archive holds, as pages; of a day that has not changed only its summary is read."""

from __future__ import annotations

import logging
import os
import time
from datetime import date
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from paperboy import archive
from paperboy.carry import Unit, digest
from paperboy.errors import ArchiveError
from paperboy.pages.condensed import CondensedPages, download
from paperboy.pages.editions import EditionPages
from paperboy.pages.feeds import Entry
from paperboy.pages.kit import Kit, SiteOptions
from paperboy.pages.overview import calendars
from paperboy.pages.site import FeedEntries, Older, neighbours, overview
from paperboy.pages.summary import DaySummary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jinja2 import BytecodeCache

    from paperboy.config import Options
    from paperboy.model import Edition
    from paperboy.pages.document import Document
    from paperboy.pages.kit import DataFile

log = logging.getLogger(__name__)

_Value = TypeVar("_Value")

_JUST_NOW = 2_000_000_000
"""Nanoseconds: a file that changed so lately may change again without a new time."""


class _Known(Struct, frozen=True):
    """A day as an earlier build saw it: its files with size and time of change, their hash, its summary."""

    files: dict[str, tuple[int, int]]
    digest: str
    summary: DaySummary


class _Index(Struct):
    """What earlier builds saw, for one set of options and one version of paperboy."""

    key: str = ""
    days: dict[date, _Known] = {}


class Publication:
    """The pages of a site, made from its archive.

    Arguments:
        options: The plugin's options.
        site: What the pages need to know.
        code: A hash of paperboy itself; what another version has noted is not used.
        templates: Where compiled templates are kept.
    """

    def __init__(
        self, options: Options, site: SiteOptions, code: str = "", templates: BytecodeCache | None = None
    ) -> None:
        self._options = options
        self._kit = Kit(site, templates)
        self._key = digest(msgspec.json.encode(site), code)
        self._pages: dict[date, EditionPages] = {}
        self._days = self._read()
        older = _before(list(self._days), options.retention.months)
        self._older = Older(older, older if options.retention.older == "downloads" else frozenset())
        self._around = neighbours([day for day in self._days if day not in self._older.downloads])

    @property
    def days(self) -> list[DaySummary]:
        """All editions in few words, oldest first."""
        return [known.summary for known in self._days.values()]

    def overview(self) -> Iterator[Document | DataFile]:
        """The pages and files that change with every edition."""
        if not self._days:
            log.warning("the archive %s holds no edition; the site is built without one", self._options.archive)
        entries = self._options.cache / "feeds.json"
        stamps = {day: digest(self._key, known.digest) for day, known in self._days.items()}
        known = FeedEntries(_read_cache(entries, dict[str, Entry]) or {}, stamps)
        before = known.entries.keys()
        yield from overview(self._kit, self.days, self._newest, known, self._older)
        if known.entries.keys() != before:
            _write_cache(entries, known.entries)

    def units(self) -> list[Unit[Document | DataFile]]:
        """The pages of each edition and the calendars, to be made or carried."""
        found = [
            Unit(
                name=day.isoformat(),
                key=digest(self._key, known.digest, *map(str, self._around[day]), str(day in self._older.days)),
                make=partial(self._all, day),
            )
            for day, known in self._days.items()
            if day not in self._older.downloads
        ]
        for first, group in groupby(sorted(self._older.downloads), key=lambda day: day.replace(day=1)):
            days = tuple(group)
            key = digest(self._key, *(self._days[day].digest for day in days))
            found.append(Unit(name=f"{first:%Y-%m}.gz", key=key, make=partial(self._download, days)))
        for calendar in calendars(self._kit, self.days, self._quiet, self._older.downloads):
            key = digest(self._key, msgspec.json.encode(calendar.content))
            found.append(Unit(name=calendar.path, key=key, make=partial(self._one, calendar.make)))
        return found

    def _all(self, day: date) -> Iterator[Document | DataFile]:
        return (self._pages.get(day) or self._make(day)).all()

    @staticmethod
    def _one(make: Callable[[], Document]) -> Iterator[Document | DataFile]:
        yield make()

    def _download(self, days: tuple[date, ...]) -> Iterator[Document | DataFile]:
        editions = (EditionPages(self._kit, self._edition(day)) for day in days)
        yield download(days[0], editions, self._kit.options.language)

    def _make(self, day: date) -> EditionPages:
        before, after = self._around[day]
        form = CondensedPages if day in self._older.days else EditionPages
        return form(self._kit, self._edition(day), before=before, after=after)

    # What the archive holds

    @cached_property
    def _quiet(self) -> frozenset[date]:
        return frozenset(archive.known_days(self._options.archive)) - self._days.keys()

    def _newest(self) -> Iterator[EditionPages]:
        for day in reversed(self._around):
            if day not in self._pages:
                self._pages[day] = self._make(day)
            yield self._pages[day]

    def _edition(self, day: date) -> Edition:
        return archive.read_edition(self._options.archive, day, self._options.translation.language)

    def _read(self) -> dict[date, _Known]:
        place = self._options.cache / "days.json"
        index = _read_cache(place, _Index)
        before = index.days if index is not None and index.key == self._key else {}
        found: dict[date, _Known] = {}
        for day in archive.days(self._options.archive):
            if self._options.date is not None and day > self._options.date:
                continue
            try:
                found[day] = self._look(day, before.get(day))
            except ArchiveError as error:
                log.warning("%s. The site is built without %s", error, day)
        now = {day: _trusted(known) for day, known in found.items()}
        if now != before:
            _write_cache(place, _Index(self._key, now))
        return found

    def _look(self, day: date, known: _Known | None) -> _Known:
        folder = archive.folder(self._options.archive, day)
        files = _files(folder)
        if known is not None and known.files == files:
            return known
        content = digest(*(part for name in sorted(files) for part in (name, (folder / name).read_bytes())))
        if known is not None and known.digest == content:
            return msgspec.structs.replace(known, files=files)
        summary = EditionPages(self._kit, self._edition(day)).summary()
        return _Known(files, content, summary)


def _before(days: Sequence[date], months: int | None) -> frozenset[date]:
    """The days before so many newest months, the month of the newest edition counted as one."""
    if months is None or not days:
        return frozenset()
    newest = days[-1].year * 12 + days[-1].month
    return frozenset(day for day in days if newest - (day.year * 12 + day.month) >= months)


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """The files of a day, with size and time of change in nanoseconds."""
    with os.scandir(folder) as entries:
        found = {entry.name: entry.stat() for entry in entries if not entry.name.startswith(".")}
    return {name: (file.st_size, file.st_mtime_ns) for name, file in sorted(found.items())}


def _trusted(known: _Known) -> _Known:
    """What a later build may rely on: not the times of files that have changed just now."""
    newest = max((changed for _, changed in known.files.values()), default=0)
    return msgspec.structs.replace(known, files={}) if newest > time.time_ns() - _JUST_NOW else known


def _read_cache(place: Path, kind: type[_Value]) -> _Value | None:
    """What an earlier build has noted; nothing where it cannot be read."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _write_cache(place: Path, value: object) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        part.write_bytes(msgspec.json.encode(value))
        part.replace(place)
    except OSError as error:
        log.warning("%s cannot be written (%s); the next build takes longer", place, error)
