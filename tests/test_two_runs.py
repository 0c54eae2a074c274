"""Two runs in one folder, a preview beside a build, and builds that leave the old site where it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paperboy.domain.errors import ArchiveBusyError
from paperboy.storage.archive_lock import FILE, ArchiveLock
from tests.conftest import demo_options

if TYPE_CHECKING:
    from paperboy.tools.demo.fake_server import DemoServer
    from tests.conftest import Built, Site

DAY = "2026/06/03"


def test_a_second_run_waits_and_says_for_whom(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = ArchiveLock(tmp_path)
    first.acquire()
    waits = threading.Thread(target=lambda: ArchiveLock(tmp_path).acquire())

    with caplog.at_level("INFO", "paperboy"):
        waits.start()
        while "waiting for its end" not in caplog.text:
            waits.join(0.01)
        first.release()
        waits.join()

    assert re.search(rf"another run writes to {tmp_path} \(.+, process {os.getpid()}, since 20", caplog.text)


def test_a_run_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from paperboy.storage.archive_lock import ArchiveLock;"
        "ArchiveLock(Path(sys.argv[1])).acquire(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    assert (tmp_path / FILE).stat().st_size > 0

    with ArchiveLock(tmp_path, patience=0):
        pass


def test_a_child_that_goes_on_after_its_parent_keeps_the_lock(tmp_path: Path) -> None:
    with ArchiveLock(tmp_path) as lock:
        assert lock.handle is not None
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock.handle,))
    with pytest.raises(ArchiveBusyError):
        ArchiveLock(tmp_path, patience=0).acquire()

    child.communicate()

    with ArchiveLock(tmp_path, patience=0):
        pass


def test_the_holder_is_named_without_what_could_be_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/paperboy", "archive", "push", "--remote", "https://me:s3cret@host"])

    with ArchiveLock(tmp_path):
        assert json.loads((tmp_path / FILE).read_text())["command"] == "paperboy archive push"


def test_an_archive_that_is_not_ours_to_write_is_not_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    with ArchiveLock(tmp_path) as lock:
        assert lock.handle is None


def test_two_builds_at_once_pay_once(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url))
    done: list[Built] = []
    threads = [threading.Thread(target=lambda: done.append(site.build(strict=False))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [built.code for built in done] == [0, 0], [built.log for built in done]
    assert sum("another run writes to" in built.log for built in done) == 1
    rows = [json.loads(row) for row in (done[0].archive / DAY / "translations.zh-CN.jsonl").read_text().splitlines()]
    # One answer a paper, and two for the one that the demo's model spoils, as in a build that is alone.
    assert len({row["id"] for row in rows}) == 16
    assert sum(row["status"] == "ok" for row in rows) == 15
    assert done[0].html(DAY)


def test_a_dirty_build_leaves_nothing_stale(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url, topics=[{"slug": "all", "name": "All", "categories": ["cs.CL"]}]))
    before = site.build(strict=False)
    folder = site.root / "docs/overrides/papers"
    folder.mkdir(parents=True)
    (folder / "2606.90001.md").write_text('---\nid: "2606.90001"\ntitle: 人写的标题\n---\n', encoding="utf-8")

    dirty = site.build("--dirty", strict=False)
    stale = {path.relative_to(site.root): path.read_bytes() for path in before.site.rglob("*") if path.is_file()}
    clean = site.build(strict=False)

    assert (dirty.code, clean.code) == (0, 0), dirty.log
    fresh = {path.relative_to(site.root): path.read_bytes() for path in clean.site.rglob("*") if path.is_file()}
    # Around a page, MkDocs itself warns of a navigation that is not accurate.
    pages = {path for path in fresh if path.suffix == ".html"}
    assert [path for path in fresh.keys() - pages if path.suffix != ".gz" and stale.get(path) != fresh[path]] == []
    for path in (f"site/{DAY}/cs.CL/index.html", "site/topics/all/index.html", "site/feed.xml"):
        assert "人写的标题" in stale[Path(path)].decode(), path
