from __future__ import annotations

import errno
import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperboy.domain.errors import ArchiveError
from paperboy.domain.model import CategoryLedger, Counts, Ledger
from paperboy.storage import archive
from tests.factories import answer, paper

DAY = date(2026, 6, 4)


def test_what_is_written_is_read_back_sorted_by_id(tmp_path: Path) -> None:
    papers = [paper("2606.00002"), paper("hep-th/9901001"), paper("2606.00001")]

    archive.write_announcements(tmp_path, DAY, papers)

    read = archive.read_announcements(tmp_path, DAY)
    assert [one.id for one in read] == ["2606.00001", "2606.00002", "hep-th/9901001"]
    assert archive.days(tmp_path) == [DAY]


@given(st.text(), st.text())
def test_any_text_survives_the_archive(tmp_path_factory: pytest.TempPathFactory, title: str, name: str) -> None:
    root = tmp_path_factory.mktemp("archive")
    written = paper(title=title, authors=(name,))

    try:
        archive.write_announcements(root, DAY, [written])
    except UnicodeEncodeError:
        pytest.fail("a text could not be written")

    assert archive.read_announcements(root, DAY) == (written,)


def test_each_line_is_one_json_object_with_keys_in_the_order_of_the_model(tmp_path: Path) -> None:
    archive.write_announcements(tmp_path, DAY, [paper(title="Line\u2028separator\nand <b>")])

    data = (tmp_path / "2026/06/04/papers.jsonl").read_bytes()
    assert data.count(b"\n") == 1
    assert list(json.loads(data))[:3] == ["schema", "id", "version"]


def test_the_id_stays_a_string(tmp_path: Path) -> None:
    archive.write_announcements(tmp_path, DAY, [paper("2407.09450")])

    assert '"id":"2407.09450"' in (tmp_path / "2026/06/04/papers.jsonl").read_text()


def test_a_torn_last_line_is_dropped_and_the_next_answer_starts_a_line_of_its_own(tmp_path: Path) -> None:
    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00001"))
        journal.append(answer("2606.00002"))
    path = tmp_path / "2026/06/04/translations.zh-CN.jsonl"
    path.write_bytes(path.read_bytes()[:-9])

    assert [one.id for one in archive.read_translations(tmp_path, DAY, "zh-CN")] == ["2606.00001"]

    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00003"))
    read = archive.read_translations(tmp_path, DAY, "zh-CN")
    assert [one.id for one in read] == ["2606.00001", "2606.00003"]


def test_a_whole_last_line_without_its_newline_is_kept(tmp_path: Path) -> None:
    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00001"))
    path = tmp_path / "2026/06/04/translations.zh-CN.jsonl"
    path.write_bytes(path.read_bytes()[:-1])

    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00002"))

    read = archive.read_translations(tmp_path, DAY, "zh-CN")
    assert [one.id for one in read] == ["2606.00001", "2606.00002"]


def test_a_broken_line_inside_a_file_is_an_error_with_file_and_line(tmp_path: Path) -> None:
    archive.write_announcements(tmp_path, DAY, [paper("2606.00001"), paper("2606.00002")])
    path = tmp_path / "2026/06/04/papers.jsonl"
    path.write_text("{not json\n" + path.read_text())

    with pytest.raises(ArchiveError, match=r"papers\.jsonl:1: not readable as announcement"):
        archive.read_announcements(tmp_path, DAY)


@pytest.mark.parametrize("arxiv_id", ["../../etc/passwd", "2606.1", "javascript:alert(1)", "2606.00001v2", ""])
def test_an_id_that_is_no_id_is_named_with_file_and_line(tmp_path: Path, arxiv_id: str) -> None:
    archive.write_announcements(tmp_path, DAY, [paper()])
    path = tmp_path / "2026/06/04/papers.jsonl"
    path.write_text(path.read_text().replace("2606.00001", arxiv_id))

    with pytest.raises(ArchiveError, match=r"papers\.jsonl:1: .*\$\.id"):
        archive.read_announcements(tmp_path, DAY)


@pytest.mark.parametrize("line", ['{"schema":2,"id":"2606.00001"}', '{"schema":2}'])
def test_a_newer_schema_is_an_error_and_nothing_is_overwritten(tmp_path: Path, line: str) -> None:
    path = tmp_path / "2026/06/04/papers.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(line + "\n")

    with pytest.raises(ArchiveError, match="schema 2 is not known"):
        archive.write_announcements(tmp_path, DAY, [paper()])

    assert path.read_text() == line + "\n"


def test_a_newer_ledger_is_an_error_and_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "2026/06/04/ledger.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 3}')

    with pytest.raises(ArchiveError, match="Upgrade mkdocs-paperboy"):
        archive.write_ledger(tmp_path, DAY, Ledger(date="2026-06-04"))

    assert path.read_text() == '{"schema": 3}'


def test_unknown_keys_are_kept_in_every_file(tmp_path: Path) -> None:
    archive.write_announcements(tmp_path, DAY, [paper()])
    archive.write_ledger(tmp_path, DAY, Ledger(date="2026-06-04"))
    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer())
    folder = tmp_path / "2026/06/04"
    for path in folder.iterdir():
        path.write_text(json.dumps(json.loads(path.read_text()) | {"later": {"a": 1}}) + "\n")

    archive.write_announcements(tmp_path, DAY, [paper(title="Another")])
    archive.write_ledger(tmp_path, DAY, Ledger(date="2026-06-04", unanswered=("2606.00001",)))
    archive.close_translations(tmp_path, DAY, "zh-CN")

    for path in folder.iterdir():
        assert json.loads(path.read_text())["later"] == {"a": 1}


def test_closing_a_day_sorts_it_and_keeps_every_answer_of_a_paper_in_order(tmp_path: Path) -> None:
    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00002", status="failed"))
        journal.append(answer("2606.00001"))
        journal.append(answer("2606.00002", status="ok"))

    archive.close_translations(tmp_path, DAY, "zh-CN")

    read = archive.read_translations(tmp_path, DAY, "zh-CN")
    assert [(one.id, one.status) for one in read] == [
        ("2606.00001", "ok"),
        ("2606.00002", "failed"),
        ("2606.00002", "ok"),
    ]


def test_closing_twice_changes_no_byte(tmp_path: Path) -> None:
    with archive.Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00002"))
        journal.append(answer("2606.00001"))
    path = tmp_path / "2026/06/04/translations.zh-CN.jsonl"

    archive.close_translations(tmp_path, DAY, "zh-CN")
    once = path.read_bytes()
    archive.close_translations(tmp_path, DAY, "zh-CN")

    assert once == path.read_bytes()


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.write_announcements(tmp_path, DAY, [paper()])
    folder = tmp_path / "2026/06/04"
    before = (folder / "papers.jsonl").read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left on device"):
        archive.write_announcements(tmp_path, DAY, [paper(title="Longer than before")])

    assert before == (folder / "papers.jsonl").read_bytes()
    assert [path.name for path in folder.iterdir()] == ["papers.jsonl"]


def test_a_ledger_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = Ledger(
        date="2026-06-04",
        categories={
            "cs.CL": CategoryLedger(
                status="incomplete", stated=Counts(3, 1, 0), held=Counts(2, 1, 0), sources=("feed",)
            )
        },
        unanswered=("2606.00001",),
    )

    archive.write_ledger(tmp_path, DAY, ledger)

    assert archive.read_ledger(tmp_path, DAY) == ledger


def test_a_folder_that_is_no_date_is_no_day(tmp_path: Path) -> None:
    for name in ("2026/02/31", "2026/06/04"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "papers.jsonl").touch()

    assert archive.days(tmp_path) == [DAY]


def test_a_day_that_is_not_there_is_empty() -> None:
    nowhere = Path("nowhere")

    assert archive.days(nowhere) == []
    assert archive.read_announcements(nowhere, DAY) == ()
    assert archive.read_translations(nowhere, DAY, "zh-CN") == []
    assert archive.read_ledger(nowhere, DAY) is None
