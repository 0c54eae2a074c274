"""A build writes under the folders of the configuration, whatever the names in the texts that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import Site
from tests.security import payloads
from tests.security.hostile_site import configure, fill, rotating

if TYPE_CHECKING:
    from pathlib import Path

CLIMBING = (
    "../../../../../../escaped",
    "/tmp/escaped",
    "..\\..\\escaped",
    "%2e%2e%2fescaped",
    "escaped\x00.md",
    "~/escaped",
    "$HOME/escaped",
    "C:\\escaped",
)


def test_nothing_is_written_beside_the_configured_folders(tmp_path: Path) -> None:
    site = Site(tmp_path / "deep" / "down" / "site")
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for folder in (site.root, home, temporary):
        folder.mkdir(parents=True)
    configure(site)
    fill(site, rotating((*CLIMBING, *payloads.own()[::7])), 60, written=24)
    given = {path: path.read_bytes() for path in (site.root / "docs").rglob("*") if path.is_file()}

    built = site.build(strict=False, HOME=str(home), TMPDIR=str(temporary), XDG_CACHE_HOME=str(home / "cache"))

    assert built.code == 0, built.log[-2000:]
    allowed = (site.root / "site", site.root / ".paperboy", site.root / "docs", site.root / "mkdocs.yml")
    elsewhere = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and not any(path.is_relative_to(folder) for folder in allowed)
    ]
    assert elsewhere == []
    assert {path: path.read_bytes() for path in (site.root / "docs").rglob("*") if path.is_file()} == given
    assert not [path for path in built.site.rglob("*") if "escaped" in path.name or ".." in path.parts]
