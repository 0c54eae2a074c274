"""The search as units of the incremental build: which papers form a shard, and when it is rebuilt.

    search/pagefind-1.5.2/    Pagefind's WebAssembly
    search/2026-05/           a closed month: titles, authors, summaries
    search/2026-06-03/        a day of the newest month: abstracts too
    search/shards.json        the shards, the newest first

A new day costs its own shard, and the first day of a month that of the month before. A shard that cannot be made is
left out and said in the log; the next build tries again.
"""

from __future__ import annotations

import logging
from datetime import date
from functools import cache, partial
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paperboy.domain.errors import SearchError
from paperboy.site.html import urls
from paperboy.site.html.document import DataFile
from paperboy.site.incremental_build import Unit, UnitNotMadeError, fingerprint
from paperboy.site.search import shard
from paperboy.site.search.record import search_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from paperboy.site.html.document import Document
    from paperboy.site.search.pagefind import Pagefind
    from paperboy.site.search.record import Searchable

log = logging.getLogger(__name__)

MOST_PAPERS = 4000
"""Papers in one shard: a month that has more is cut between two days. Pagefind needs 0.08 MB for each."""

_PROGRAM = "its program"
_MADE_BY = (
    "site/search",
    "site/html/plain_text.py",
    "tex/__init__.py",
    "tex/spans.py",
    "tex/symbols.py",
    "tex/tokens.py",
    "tex/unicode.py",
)
"""The files of the package that decide about the bytes of a shard."""


class SearchDay(Struct, frozen=True):
    """One date: the number of its papers, and a hash of their search records."""

    date: date
    papers: int
    key: str


class _Part(Struct, frozen=True):
    """The dates of one shard, the newest first."""

    path: str
    days: tuple[SearchDay, ...]
    abstracts: bool

    @property
    def key(self) -> str:
        return fingerprint(str(self.abstracts), *(f"{day.date} {day.key}" for day in self.days))


class _Shard(Struct, frozen=True):
    """A shard as `shards.json` lists it."""

    path: str
    first: date
    last: date
    papers: int
    key: str


class _SearchManifest(Struct, frozen=True):
    schema: int
    runtime: str
    file: str
    """What follows the folder of a page in its address."""
    shards: list[_Shard]


def search_units(
    pagefind: Pagefind,
    days: Sequence[SearchDay],
    papers: Callable[[date], Iterable[Searchable]],
    *,
    directory_urls: bool,
) -> Iterator[Unit[Document | DataFile]]:
    """The files of the search, to be made or carried; the list of the shards comes last, when all of them are there.

    Arguments:
        pagefind: The program that makes them.
        days: The dates of the site, oldest first.
        papers: Gives the papers of a date.
        directory_urls: Whether the site's addresses end in a folder.
    """
    code = fingerprint(_code_fingerprint(), pagefind.version)
    runtime = f"{urls.SEARCH}pagefind-{pagefind.version}/"
    missing: set[str] = set()
    program = partial(_shard_files, runtime, partial(shard.runtime_files, pagefind), _PROGRAM, missing)
    yield Unit(name="search", key=code, framed=False, make=program)
    found = []
    for part in search_parts(days):
        key = fingerprint(code, part.key)
        make = partial(_make_shard, pagefind, part, papers, missing)
        yield Unit(name=f"search {part.path}", key=key, framed=False, make=make)
        if part.path not in missing:
            last, *_, first = (*part.days, part.days[-1])
            found.append(_Shard(part.path, first.date, last.date, sum(day.papers for day in part.days), key[:12]))
    if _PROGRAM in missing:
        found = []
    manifest = _SearchManifest(shard.SCHEMA, runtime, "" if directory_urls else "index.html", found)
    content = msgspec.json.encode(manifest)
    file = DataFile(f"{urls.SEARCH}shards.json", content)
    yield Unit(name="search shards", key=fingerprint(content), framed=False, make=lambda: [file])


def search_parts(days: Sequence[SearchDay]) -> list[_Part]:
    """What is one shard, the newest first: each day of the newest month, each month before it.

    Arguments:
        days: The dates of the site, oldest first.
    """
    days = [day for day in days if day.papers]
    found = []
    for number, (month, own) in enumerate(groupby(reversed(days), key=lambda day: f"{day.date:%Y-%m}")):
        if number == 0:
            found += [_Part(day.date.isoformat(), (day,), abstracts=True) for day in own]
        else:
            found += _month_part(month, list(own))
    return found


def _month_part(name: str, days: Sequence[SearchDay]) -> list[_Part]:
    cut: list[list[SearchDay]] = [[]]
    for day in days:
        if cut[-1] and sum(one.papers for one in cut[-1]) + day.papers > MOST_PAPERS:
            cut.append([])
        cut[-1].append(day)
    names = [name, *(f"{name}.{number}" for number in range(2, len(cut) + 1))]
    return [_Part(path, tuple(own), abstracts=False) for path, own in zip(names, cut, strict=True)]


def _make_shard(
    pagefind: Pagefind, part: _Part, papers: Callable[[date], Iterable[Searchable]], missing: set[str]
) -> Iterator[DataFile]:
    records = [search_record(one, abstracts=part.abstracts) for day in part.days for one in papers(day.date)]
    return _shard_files(f"{urls.SEARCH}{part.path}/", partial(shard.build_shard, pagefind, records), part.path, missing)


def _shard_files(
    folder: str, make: Callable[[], Iterable[tuple[str, bytes]]], name: str, missing: set[str]
) -> Iterator[DataFile]:
    """The files of a unit; one that cannot be made is noted as missing.

    Raises:
        NotMade: The files cannot be made.
    """
    try:
        for path, content in make():
            yield DataFile(f"{folder}{path}", content)
    except SearchError as error:
        log.warning("the search is built without %s: %s", name, error)
        missing.add(name)
        raise UnitNotMadeError from error


@cache
def _code_fingerprint() -> str:
    package = resources.files("paperboy")
    found: list[bytes] = []
    for name in _MADE_BY:
        place = package.joinpath(*name.split("/"))
        files = [place] if place.is_file() else sorted(place.iterdir(), key=lambda file: file.name)
        found += [file.read_bytes() for file in files if file.name.endswith(".py")]
    return fingerprint(*found)
