from __future__ import annotations

import os
import sqlite3
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from paperboy.storage import archive
from paperboy.storage.journal import Journal
from paperboy.storage.translation_memory import Memory
from tests.factories import answer, paper

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.edition import Translation

MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)


def remember(root: Path, day: date, *answers: Translation) -> None:
    archive.write_announcements(root, day, [paper()])
    with Journal(root, day, "zh-CN") as journal:
        for answer in answers:
            journal.append(answer)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_an_answer_of_any_day_is_found_by_what_was_asked(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, answer(key="a", status="failed"), answer(key="b"))
    remember(root, TUESDAY, answer(key="a"))

    with Memory(tmp_path / "cache", root, "zh-CN") as memory:
        found = memory.find(["a", "b", "c"])

    assert [one.status for one in found["a"]] == ["failed", "ok"]
    assert set(found) == {"a", "b"}


def test_what_changed_in_the_archive_is_seen_at_the_next_opening(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, answer(key="a"))
    with Memory(tmp_path, root, "zh-CN") as memory:
        assert memory.find(["b"]) == {}

    remember(root, MONDAY, answer(key="b"))
    with Memory(tmp_path, root, "zh-CN") as memory:
        assert set(memory.find(["a", "b"])) == {"a", "b"}

    archive.folder(root, MONDAY).joinpath("translations.zh-CN.jsonl").unlink()
    with Memory(tmp_path, root, "zh-CN") as memory:
        assert memory.find(["a", "b"]) == {}


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(root, MONDAY, answer(key="a"))
    with Memory(tmp_path, root, "zh-CN"):
        pass

    def never(*_: object) -> None:
        pytest.fail("an unchanged file was read again")

    monkeypatch.setattr(archive, "read_translations", never)
    with Memory(tmp_path, root, "zh-CN") as memory:
        assert set(memory.find(["a"])) == {"a"}


@pytest.mark.parametrize(
    "damage", [b"", b"no database at all, whatever its name says", b"SQLite format 3\x00" + b"\xff" * 200]
)
def test_a_damaged_index_is_made_anew(tmp_path: Path, root: Path, damage: bytes) -> None:
    remember(root, MONDAY, answer(key="a"))
    (tmp_path / "memory.zh-CN.sqlite").write_bytes(damage)

    with Memory(tmp_path, root, "zh-CN") as memory:
        assert set(memory.find(["a"])) == {"a"}


def test_an_index_of_another_version_is_made_anew(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, answer(key="a"))
    base = sqlite3.connect(tmp_path / "memory.zh-CN.sqlite")
    base.execute("PRAGMA user_version = 99")
    base.close()

    with Memory(tmp_path, root, "zh-CN") as memory:
        assert set(memory.find(["a"])) == {"a"}


def test_more_keys_than_one_query_takes_are_found(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, *(answer(key=f"k{number}") for number in range(1200)))

    with Memory(tmp_path, root, "zh-CN") as memory:
        assert len(memory.find(f"k{number}" for number in range(1300))) == 1200


def test_a_folder_that_cannot_be_written_is_no_reason_to_forget(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, answer(key="a"))
    (tmp_path / "cache").write_text("a file where a folder should be")

    with Memory(tmp_path / "cache", root, "zh-CN") as memory:
        assert set(memory.find(["a"])) == {"a"}


def test_another_language_has_its_own_memory(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, answer(key="a"))

    with Memory(tmp_path, root, "ja") as memory:
        assert memory.find(["a"]) == {}


def test_a_changed_file_of_the_same_size_is_seen(tmp_path: Path, root: Path) -> None:
    remember(root, MONDAY, answer(key="a"))
    path = archive.folder(root, MONDAY) / "translations.zh-CN.jsonl"
    with Memory(tmp_path, root, "zh-CN"):
        pass
    path.write_bytes(path.read_bytes().replace(b'"key":"a"', b'"key":"b"'))
    later = time.time_ns() + 10**9
    os.utime(path, ns=(later, later))

    with Memory(tmp_path, root, "zh-CN") as memory:
        assert set(memory.find(["a", "b"])) == {"b"}


@pytest.mark.parametrize("refusal", ["PRAGMA query_only = ON", "PRAGMA max_page_count = 1"])
def test_an_index_that_cannot_be_written_is_kept_in_memory(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    remember(root, MONDAY, answer(key="a"))
    with Memory(tmp_path, root, "zh-CN"):
        pass
    remember(root, TUESDAY, *(answer(key=f"{number}", raw="r" * 9000) for number in range(9)), answer(key="b"))
    connect = sqlite3.connect

    def refusing(place: str) -> sqlite3.Connection:
        base = connect(place)
        if place != ":memory:":
            base.execute(refusal)
        return base

    monkeypatch.setattr(sqlite3, "connect", refusing)

    with Memory(tmp_path, root, "zh-CN") as memory:
        assert set(memory.find(["a", "b"])) == {"a", "b"}
        remember(root, MONDAY, answer(key="c"))
        memory.refresh()
        assert set(memory.find(["b", "c"])) == {"b", "c"}
