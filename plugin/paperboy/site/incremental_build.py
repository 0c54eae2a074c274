"""The incremental build: a unit of pages is rendered again only when its key has changed.

    <cache_dir>/pages/2026/06/04/cs.CL/index.html    the files of the units, as they lie on the site
    <cache_dir>/pages.json                           each unit's key and files

Files are linked into the site where both lie on one disk. What a build finds in the site of the build before
is set aside before MkDocs cleans it, and put back folder by folder where it is still the cache's own.

A file is carried as long as its size and time of change are those of the manifest; after a copy that keeps
no times, its bytes decide. Whatever does not agree is rendered again, so a lost, damaged or half written
cache costs a cold build and never a wrong page. Where the cache cannot be written, pages go straight into the site.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct

from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

Item = TypeVar("Item")

_SCHEMA = 1
_RENDERED_BETWEEN_SAVES = 50
_ONE_UNIT = re.compile(r"\d{4}/\d\d/\d\d(/|$)|search/[^/]+$")
"""Folders that no two units share: those of a day and of a shard of the search."""
_LIBRARIES = ("mkdocs", "jinja2", "markupsafe", "markdown", "nh3", "math-core", "babel", "msgspec")
"""Those whose version may change the bytes of a page, beside the theme, which shows in its own output."""


class Unit(Struct, Generic[Item], frozen=True, kw_only=True):
    """Pages and files that are rendered and cached together.

    `key` is a hash of all that they are made of but the theme; `framed` tells whether the theme is around them.
    """

    name: str
    key: str
    framed: bool = True
    make: Callable[[], Iterable[Item]]


class UnitNotMadeError(Exception):
    """A unit cannot be made by this build: the site has none of its files, and the next build tries again."""


class _UnitFile(Struct, frozen=True, array_like=True):
    size: int
    changed: int
    """Nanoseconds since 1970."""
    digest: str


class _CarriedUnit(Struct, frozen=True):
    key: str
    files: dict[str, _UnitFile]


class _Manifest(Struct):
    schema: int = _SCHEMA
    units: dict[str, _CarriedUnit] = {}


class BuildResult(Struct, frozen=True):
    """The result of a build: units from the cache, and units rendered."""

    carried: int
    rendered: int
    files: tuple[str, ...]
    """All files of the units, by their paths on the site."""
    size: int
    """The bytes of these files."""


def stash(site_dir: Path, cache_dir: Path) -> None:
    """Save the years and the search of a built site from being cleaned away; where that fails, they are linked anew."""
    aside = cache_dir / "aside"
    for folder in (*site_dir.glob("[0-9][0-9][0-9][0-9]"), site_dir / "search"):
        shutil.rmtree(aside / folder.name, ignore_errors=True)
        with suppress(OSError):
            aside.mkdir(parents=True, exist_ok=True)
            folder.rename(aside / folder.name)


def clear(site_dir: Path, cache_dir: Path) -> None:
    """Take the units' files off a site that MkDocs does not clean, so that the new ones take their places.

    A page that somebody wrote in the place of one of them stays.
    """
    root = cache_dir / "pages"
    for entry in _read_manifest(cache_dir / "pages.json").units.values():
        for path in entry.files:
            with suppress(OSError):
                mine, there = (root / path).stat(), (site_dir / path).stat()
                # Linked, or copied with its time to another disk.
                if (mine.st_size, mine.st_mtime_ns) == (there.st_size, there.st_mtime_ns):
                    (site_dir / path).unlink()


def install_units(
    units: Iterable[Unit[Item]],
    write: Callable[[Item], tuple[str, bytes]],
    site_dir: Path,
    cache_dir: Path,
    frame: str,
) -> BuildResult:
    """Put the files of all units into the site; those that are carried as they are, the others rendered.

    A file that is on the site already stays: somebody wrote a page at its place. A unit that raises
    `UnitNotMadeError` is left out. A failure of the cache is a warning, and the next build takes longer.

    Arguments:
        units: All units of the site. What is in the cache of others is deleted.
        write: Makes of an item its path on the site and its bytes.
        site_dir: The folder of the built site.
        cache_dir: The folder of everything that can be rebuilt.
        frame: A hash of what surrounds the content of a page: theme, navigation, configuration.

    Raises:
        OSError: The site cannot be written.
    """
    root = cache_dir / "pages"
    index = cache_dir / "pages.json"
    former = _read_manifest(index)
    now = _Manifest()
    aside = cache_dir / "aside"
    carried = rendered = 0
    trouble: OSError | None = None
    placed: dict[str, int] = {}
    for unit in units:
        key = fingerprint(unit.key, frame if unit.framed else "")
        entry = former.units.pop(unit.name, None)
        known = _verified(root, entry) if entry is not None and entry.key == key else None
        if known is None:
            try:
                known, trouble = _make(unit, key, write, root, trouble)
                if known is None:
                    placed |= _write_straight(site_dir, map(write, unit.make()))
            except UnitNotMadeError:
                _delete(root, entry.files if entry else ())
                continue
            rendered += 1
            if known is None:
                continue
            _delete(root, (entry.files.keys() - known.files.keys()) if entry else ())
            if rendered % _RENDERED_BETWEEN_SAVES == 0:
                # A cold build that is killed goes on where it stopped.
                trouble = _write_unit(index, _Manifest(units=former.units | now.units))
        else:
            carried += 1
        now.units[unit.name] = known
        if not _put_back(root, aside, site_dir, known.files):
            _link(root, site_dir, known.files)
    _delete_all(root, former, now)
    if rendered or former.units or not index.exists():
        trouble = _write_unit(index, now) or trouble
    if trouble is not None:
        log.warning("%s cannot be written (%s); the next build takes longer", trouble.filename or cache_dir, trouble)
    shutil.rmtree(aside, ignore_errors=True)
    placed |= {path: file.size for entry in now.units.values() for path, file in entry.files.items()}
    return BuildResult(carried, rendered, tuple(placed), sum(placed.values()))


def fingerprint(*parts: str | bytes) -> str:
    """A hash over some parts, which keeps them apart."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        made.update(len(data).to_bytes(8, "big"))
        made.update(data)
    return made.hexdigest()


@cache
def code_fingerprint() -> str:
    """A hash of paperboy itself and of the libraries that make its pages."""
    package = resources.files("paperboy")
    parts: list[str | bytes] = [f"{name} {metadata.version(name)}" for name in _LIBRARIES]
    stack = [package]
    while stack:
        for entry in sorted(stack.pop().iterdir(), key=lambda one: one.name):
            if entry.is_dir() and entry.name != "__pycache__":
                stack.append(entry)
            elif entry.is_file():
                parts += [entry.name, entry.read_bytes()]
    return fingerprint(*parts)


def _read_manifest(index: Path) -> _Manifest:
    try:
        manifest = msgspec.json.decode(index.read_bytes(), type=_Manifest)
    except (OSError, msgspec.DecodeError):
        return _Manifest()
    return manifest if manifest.schema == _SCHEMA else _Manifest()


def _write_unit(index: Path, manifest: _Manifest) -> OSError | None:
    """Write the manifest; gives what kept it from being written."""
    try:
        atomic_files.write(index, msgspec.json.encode(manifest), durable=False)
    except OSError as error:
        return error
    return None


def _verified(root: Path, entry: _CarriedUnit) -> _CarriedUnit | None:
    """The unit from the cache; `None` where one of its files has been changed."""
    files = {}
    for path, file in entry.files.items():
        place = f"{root}/{path}"
        try:
            # Of thousands of files: pathlib would take longer for the names than the system for the rest.
            found = os.stat(place)  # noqa: PTH116
            if found.st_size != file.size:
                return None
            if found.st_mtime_ns != file.changed and fingerprint(Path(place).read_bytes()) != file.digest:
                return None
        except OSError:
            return None
        files[path] = _UnitFile(file.size, found.st_mtime_ns, file.digest)
    return _CarriedUnit(entry.key, files)


def _render(root: Path, items: Iterable[tuple[str, bytes]]) -> dict[str, _UnitFile]:
    files = {}
    for path, content in items:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        # A new file: the old one may be linked into a site that somebody still serves.
        place.unlink(missing_ok=True)
        place.write_bytes(content)
        files[path] = _UnitFile(len(content), place.stat().st_mtime_ns, fingerprint(content))
    return files


def _make(
    unit: Unit[Item], key: str, write: Callable[[Item], tuple[str, bytes]], root: Path, trouble: OSError | None
) -> tuple[_CarriedUnit | None, OSError | None]:
    """Render a unit into the cache; else `None`, and what keeps the cache from being written."""
    if trouble is None:
        try:
            return _CarriedUnit(key, _render(root, map(write, unit.make()))), None
        except OSError as error:
            trouble = error
    return None, trouble


def _delete_all(root: Path, former: _Manifest, now: _Manifest) -> None:
    """Delete the files of units that the site no longer has."""
    held = {path for entry in now.units.values() for path in entry.files}
    for entry in former.units.values():
        _delete(root, entry.files.keys() - held)


def _write_straight(site_dir: Path, items: Iterable[tuple[str, bytes]]) -> dict[str, int]:
    """Write files into the site and not into the cache; gives their sizes."""
    files = {}
    for path, content in items:
        target = site_dir / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        files[path] = len(content)
    return files


def _put_back(root: Path, aside: Path, site_dir: Path, files: Mapping[str, _UnitFile]) -> bool:
    """Move the folder of a unit from the former site into this one, if all in it are the unit's own files."""
    folder = os.path.commonpath(map(os.path.dirname, files)) if files else ""
    target = site_dir / folder
    # A folder that holds other units too is not taken, nor one that is on the site already.
    if not _ONE_UNIT.match(folder) or target.exists():
        return False
    try:
        if dict(_inodes(f"{aside}/{folder}", folder)) != dict(_inodes(f"{root}/{folder}", folder)):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        (aside / folder).rename(target)
    except OSError:
        return False
    return True


def _inodes(place: str, name: str) -> Iterator[tuple[str, int]]:
    """The files below a folder, with what tells whether two names are one file on a disk."""
    with os.scandir(place) as entries:
        for entry in entries:
            inner = f"{name}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _inodes(entry.path, inner)
            else:
                yield inner, entry.inode()


def _link(root: Path, site_dir: Path, files: Iterable[str]) -> None:
    """Give the site the cache's own files, where both lie on one disk; else copies."""
    made = set()
    for path in files:
        target = f"{site_dir}/{path}"
        folder = target.rpartition("/")[0]
        if folder not in made:
            Path(folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        try:
            os.link(f"{root}/{path}", target)
        except FileExistsError:
            continue
        except OSError:
            shutil.copy2(f"{root}/{path}", target)


def _delete(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        place = root / path
        with suppress(OSError):  # the cache cannot be written
            place.unlink(missing_ok=True)
        for folder in _parents_below(place, root):
            with suppress(OSError):  # it is not empty
                folder.rmdir()


def _parents_below(place: Path, root: Path) -> Iterator[Path]:
    for folder in place.parents:
        if folder == root:
            return
        yield folder
