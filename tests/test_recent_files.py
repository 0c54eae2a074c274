"""What is kept of a file of the archive is what the file holds, whoever changed it since and however."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperboy.domain.errors import ArchiveError
from paperboy.domain.ledger import CategoryLedger, Ledger
from paperboy.storage import archive, json_lines
from paperboy.storage.journal import Journal
from tests.factories import answer, paper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = date(2026, 6, 4)
LANGUAGE = "zh-CN"
ANSWERS = archive.translations(LANGUAGE)


def held(root: Path) -> tuple[Any, ...]:
    edition = archive.read_edition(root, DAY, LANGUAGE)
    answers = archive.read_translations(root, DAY, LANGUAGE)
    return edition, answers, archive.read_ids(root, DAY), [*archive.line_spans(root, DAY)]


def held_on_disk(root: Path) -> tuple[Any, ...]:
    json_lines._recent.clear()
    return held(root)


def fetch(root: Path, number: int) -> None:
    archive.write_announcements(root, DAY, [paper(title="old" if number % 2 else "new"), paper(f"2606.0000{number}")])


def account(root: Path, number: int) -> None:
    entry = CategoryLedger(status="complete", notes=(str(number),))
    archive.write_ledger(root, DAY, Ledger(date=DAY.isoformat(), categories={"cs.CL": entry}))


def pay(root: Path, number: int) -> None:
    with Journal(root, DAY, LANGUAGE) as journal:
        journal.append(answer(title=str(number), asked="2026-06-04" if number % 2 else msgspec.UNSET))


def close(root: Path, _: int) -> None:
    archive.close_translations(root, DAY, LANGUAGE)


def judge_again(root: Path, number: int) -> None:
    answers = archive.read_translations(root, DAY, LANGUAGE)
    status = "ok" if number % 2 else "failed"
    changed = [msgspec.structs.replace(one, status=status, asked=msgspec.UNSET) for one in answers]
    if changed:
        archive.replace_translations(root, DAY, LANGUAGE, changed)


def each_file(root: Path) -> list[Path]:
    return sorted(path for path in archive.folder(root, DAY).glob("[a-z]*") if path.is_file())


def edit_in_place(root: Path, number: int) -> None:
    """As an editor, or `rsync --inplace --times`: the same file, size and time of modification."""
    for path in each_file(root):
        times = path.stat()
        with path.open("r+b") as file:
            data = file.read().replace(b"old", b"OLD") if number % 2 else file.read().replace(b"new", b"NEW")
            file.seek(0)
            file.write(data)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def put_another_in_place(root: Path, _: int) -> None:
    """As `git checkout`, or a restored copy with the times of its own."""
    for path in each_file(root):
        times = path.stat()
        copy = path.with_name(".copy")
        copy.write_bytes(path.read_bytes()[::-1])
        os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
        copy.replace(path)


def tear(root: Path, _: int) -> None:
    """As a kill in the middle of a line."""
    path = archive.folder(root, DAY) / ANSWERS
    if path.exists():
        with path.open("ab") as file:
            file.write(b'{"id": "2606')


def delete(root: Path, _: int) -> None:
    shutil.rmtree(archive.folder(root, DAY), ignore_errors=True)


STEPS: list[Callable[[Path, int], None]] = [
    *(fetch, account, pay, close, judge_again, edit_in_place, put_another_in_place, tear, delete)
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(2, 5)), max_size=12))
def test_what_is_read_is_what_the_file_holds_whoever_changed_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Callable[[Path, int], None], int]]
) -> None:
    root = tmp_path_factory.mktemp("archive")
    for step, number in steps:
        step(root, number)

        kept = held(root)
        assert kept == held_on_disk(root), step.__name__
        held(root)  # so that the next step finds something kept


def test_what_another_process_wrote_is_read(tmp_path: Path) -> None:
    fetch(tmp_path, 2)
    path = archive.folder(tmp_path, DAY) / archive.PAPERS
    assert archive.read_announcements(tmp_path, DAY)[0].title == "new"

    code = "import sys; d = open(sys.argv[1]).read(); open(sys.argv[1], 'w').write(d.replace('e\":\"new', 'e\":\"NEW'))"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)

    assert archive.read_announcements(tmp_path, DAY)[0].title == "NEW"


def test_a_file_that_somebody_replaces_while_it_is_written_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(tmp_path, 2)
    path = archive.folder(tmp_path, DAY) / archive.LEDGER
    theirs = path.read_bytes().replace(b'"2"', b'"9"')
    replace = os.replace

    def overtaken(source: Path, target: Path) -> None:
        replace(source, target)
        copy = tmp_path / "theirs"
        copy.write_bytes(theirs)
        replace(copy, target)

    with monkeypatch.context() as context:
        context.setattr(os, "replace", overtaken)
        account(tmp_path, 3)

    ledger = archive.read_ledger(tmp_path, DAY)
    assert ledger is not None
    assert ledger.categories["cs.CL"].notes == ("9",)


def test_what_could_not_be_written_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account(tmp_path, 2)

    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as context:
        context.setattr(os, "write", full)
        with pytest.raises(ArchiveError, match="No space"):
            account(tmp_path, 3)

    assert archive.read_ledger(tmp_path, DAY) == Ledger(
        date=DAY.isoformat(), categories={"cs.CL": CategoryLedger(status="complete", notes=("2",))}
    )


def test_an_answer_that_is_judged_again_loses_a_mark_that_the_new_verdict_has_not(tmp_path: Path) -> None:
    pay(tmp_path, 3)

    judge_again(tmp_path, 3)

    assert b"asked" not in (archive.folder(tmp_path, DAY) / ANSWERS).read_bytes()
