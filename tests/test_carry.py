from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paperboy.site import incremental_build
from paperboy.site.incremental_build import Unit
from tests.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = tuple[str, bytes]


class Maker:
    """Makes units, and counts what is made."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def unit(self, day: str, content: str = "text", files: Iterable[str] = ("index.html",)) -> Unit[Item]:
        def make() -> list[Item]:
            self.made.append(day)
            return [(f"{day}/{name}", content.encode()) for name in files]

        return Unit(name=day, key=content, make=make)


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Build a site as MkDocs does, which cleans the former one away; gives all its files."""

    def run(*units: Unit[Item], frame: str = "frame") -> dict[str, bytes]:
        site, cache = tmp_path / "site", tmp_path / "cache"
        site.mkdir(exist_ok=True)
        incremental_build.stash(site, cache)
        subprocess.run(["rm", "-rf", str(site)], check=True)
        site.mkdir()
        incremental_build.install_units(units, lambda item: item, site, cache, frame)
        return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    return run


def test_what_has_not_changed_is_not_made_again(build: Callable[..., dict[str, bytes]], maker: Maker) -> None:
    days = [maker.unit(f"2026/06/0{number}", str(number)) for number in range(1, 5)]
    first = build(*days)

    assert build(*days) == first
    assert len(maker.made) == 4


@pytest.mark.parametrize("change", ["key", "frame"])
def test_another_key_or_theme_makes_a_page_anew(
    build: Callable[..., dict[str, bytes]], maker: Maker, change: str
) -> None:
    build(maker.unit("2026/06/01", "old"), maker.unit("2026/06/02", "same"))

    frame = "frame" if change == "key" else "other"
    site = build(maker.unit("2026/06/01", "new"), maker.unit("2026/06/02", "same"), frame=frame)

    assert site["2026/06/01/index.html"] == b"new"
    assert len(maker.made) == (3 if change == "key" else 4)


def test_a_day_that_is_gone_leaves_nothing_behind(
    build: Callable[..., dict[str, bytes]], maker: Maker, tmp_path: Path
) -> None:
    build(maker.unit("2026/06/01"), maker.unit("2026/06/02"))
    site = build(maker.unit("2026/06/02"))

    assert list(site) == ["2026/06/02/index.html"]
    assert not (tmp_path / "cache/pages/2026/06/01").exists()


def test_a_page_that_a_unit_no_longer_has_is_gone(build: Callable[..., dict[str, bytes]], maker: Maker) -> None:
    build(maker.unit("2026/06/01", "long", files=("index.html", "2/index.html")))
    site = build(maker.unit("2026/06/01", "short"))

    assert site == {"2026/06/01/index.html": b"short"}


def _truncate(page: Path) -> None:
    page.write_bytes(page.read_bytes()[:2])


def _same_size(page: Path) -> None:
    page.write_bytes(b"evil")


@pytest.mark.parametrize("damage", [_truncate, _same_size, Path.unlink])
@pytest.mark.parametrize("where", ["cache/pages", "site"])
def test_a_damaged_page_is_made_anew(
    build: Callable[..., dict[str, bytes]], maker: Maker, tmp_path: Path, damage: Callable[[Path], None], where: str
) -> None:
    day = maker.unit("2026/06/01", "text")
    build(day)
    damage(tmp_path / where / "2026/06/01/index.html")

    assert build(day) == {"2026/06/01/index.html": b"text"}


def test_a_foreign_file_in_the_former_site_is_cleaned_away(
    build: Callable[..., dict[str, bytes]], maker: Maker, tmp_path: Path
) -> None:
    day = maker.unit("2026/06/01")
    first = build(day)
    (tmp_path / "site/2026/06/01/notes.html").write_text("not ours")

    assert build(day) == first


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema": 99, "units": {}}', b'{"schema": 1, "units": {"a": 1}}'])
def test_an_unreadable_manifest_costs_a_cold_build(
    build: Callable[..., dict[str, bytes]], maker: Maker, tmp_path: Path, content: bytes
) -> None:
    day = maker.unit("2026/06/01")
    first = build(day)
    (tmp_path / "cache/pages.json").write_bytes(content)

    assert build(day) == first
    assert len(maker.made) == 2


def test_a_cache_that_lost_its_times_is_carried_by_its_bytes(
    build: Callable[..., dict[str, bytes]], maker: Maker, tmp_path: Path
) -> None:
    day = maker.unit("2026/06/01")
    build(day)
    os.utime(tmp_path / "cache/pages/2026/06/01/index.html", (1, 1))

    build(day)
    assert len(maker.made) == 1


def test_what_somebody_put_on_the_site_stays(maker: Maker, tmp_path: Path) -> None:
    page = tmp_path / "site/2026/06/01/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("written by a person")

    incremental_build.install_units(
        [maker.unit("2026/06/01")], lambda item: item, tmp_path / "site", tmp_path / "cache", ""
    )

    assert page.read_text() == "written by a person"


KILLED = """
import os, signal, sys
from pathlib import Path
from paperboy.site.incremental_build import Unit, install_units, stash
root, stop = Path(sys.argv[1]), int(sys.argv[2])
made = 0
def write(item):
    global made
    made += 1
    if made == stop:
        os.kill(os.getpid(), signal.SIGKILL)
    return item
def unit(day):
    return Unit(name=day, key="k", make=lambda: [(f"{day}/{name}.html", day.encode()) for name in "abc"])
(root / "site").mkdir(exist_ok=True)
stash(root / "site", root / "cache")
install_units([unit(f"2026/06/{day:02}") for day in range(1, 71)], write, root / "site", root / "cache", "f")
"""


@pytest.mark.parametrize("stop", [1, 2, 100, 151, 209])
def test_after_a_kill_the_next_build_is_right(tmp_path: Path, stop: int) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(stop)], check=False)
    assert killed.returncode == -signal.SIGKILL
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "0"], check=True)

    files = {str(path.relative_to(tmp_path / "site")): path.read_text() for path in (tmp_path / "site").rglob("*.html")}
    assert files == {f"2026/06/{day:02}/{name}.html": f"2026/06/{day:02}" for day in range(1, 71) for name in "abc"}


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_cache_that_fails_anywhere_costs_time_and_no_page(tmp_path: Path, maker: Maker, fault: int) -> None:
    units = [maker.unit(f"2026/06/0{day}", files=("index.html", "more.html")) for day in (1, 2)]

    def build(root: Path) -> dict[str, bytes]:
        site, cache = root / "site", root / "cache"
        incremental_build.stash(site, cache)
        subprocess.run(["rm", "-rf", str(site)], check=True)
        site.mkdir(parents=True)
        incremental_build.install_units(units, lambda item: item, site, cache, "frame")
        return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    points = Disk(tmp_path / "calm/cache").points_to_fail(lambda: build(tmp_path / "calm"))
    whole = build(tmp_path / "calm")
    assert len(points) > 8
    for point in points:
        root = tmp_path / str(point)
        disk = Disk(root / "cache")
        with disk.failing(point, fault, lasts=fault == errno.EROFS):
            assert build(root) == whole, disk.point

        assert build(root) == whole, disk.point
