from __future__ import annotations

import errno
import json
import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperboy.domain.errors import ArchiveError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.domain.signals import SignalList
from paperboy.storage import archive
from paperboy.storage.journal import Journal
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
    with Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00001"))
        journal.append(answer("2606.00002"))
    path = tmp_path / "2026/06/04/translations.zh-CN.jsonl"
    path.write_bytes(path.read_bytes()[:-9])

    assert [one.id for one in archive.read_translations(tmp_path, DAY, "zh-CN")] == ["2606.00001"]

    with Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00003"))
    read = archive.read_translations(tmp_path, DAY, "zh-CN")
    assert [one.id for one in read] == ["2606.00001", "2606.00003"]


def test_a_whole_last_line_without_its_newline_is_kept(tmp_path: Path) -> None:
    with Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00001"))
    path = tmp_path / "2026/06/04/translations.zh-CN.jsonl"
    path.write_bytes(path.read_bytes()[:-1])

    with Journal(tmp_path, DAY, "zh-CN") as journal:
        journal.append(answer("2606.00002"))

    read = archive.read_translations(tmp_path, DAY, "zh-CN")
    assert [one.id for one in read] == ["2606.00001", "2606.00002"]


@pytest.mark.parametrize("broken", ["{not json", '{"schema":1,"id":"2606.0', "\x00\x00", "[]", '{"schema":1}'])
def test_a_broken_line_costs_itself_alone_and_is_named_with_file_and_line(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    archive.write_announcements(tmp_path, DAY, [paper("2606.00001"), paper("2606.00002")])
    entry = CategoryLedger(status="complete", stated=Counts(new=2), held=Counts(new=2))
    archive.write_ledger(tmp_path, DAY, Ledger(date="2026-06-04", categories={"cs.CL": entry}))
    path = tmp_path / "2026/06/04/papers.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{broken}\n{second}\n")

    edition = archive.read_edition(tmp_path, DAY, "zh-CN")

    assert [one.id for one in edition.announcements] == ["2606.00001", "2606.00002"]
    assert (edition.unreadable, edition.ledger.state) == (1, "incomplete")
    assert "papers.jsonl:2: not readable as announcement" in caplog.text
    assert "delete" not in caplog.text

    archive.write_announcements(tmp_path, DAY, edition.announcements)

    assert path.read_text() == f"{first}\n{second}\n"
    assert path.with_name(".papers.jsonl.unreadable").read_text() == f"{broken}\n"


def test_a_broken_line_among_translations_costs_no_other_answer(tmp_path: Path) -> None:
    with Journal(tmp_path, DAY, "zh-CN") as journal:
        for arxiv_id in ("2606.00002", "2606.00001"):
            journal.append(answer(arxiv_id))
    path = tmp_path / "2026/06/04/translations.zh-CN.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b'\n{"id":"2606.00003","status":"o\n', 1))

    archive.close_translations(tmp_path, DAY, "zh-CN")

    assert [one.id for one in archive.read_translations(tmp_path, DAY, "zh-CN")] == ["2606.00001", "2606.00002"]
    assert b"2606.00003" in path.with_name(f".{path.name}.unreadable").read_bytes(), "nothing is thrown away"


@pytest.mark.parametrize("arxiv_id", ["../../etc/passwd", "2606.1", "javascript:alert(1)", "2606.00001v2", ""])
def test_an_id_that_is_no_id_is_left_out_and_named_with_file_and_line(
    tmp_path: Path, arxiv_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    archive.write_announcements(tmp_path, DAY, [paper()])
    path = tmp_path / "2026/06/04/papers.jsonl"
    path.write_text(path.read_text().replace("2606.00001", arxiv_id))

    assert archive.read_announcements(tmp_path, DAY) == ()
    assert re.search(r"papers\.jsonl:1: .*\$\.id", caplog.text)


def test_what_is_counted_is_what_is_there(tmp_path: Path) -> None:
    archive.write_announcements(tmp_path, DAY, [paper("2606.00001"), paper("2606.00002")])
    entry = CategoryLedger(status="complete", stated=Counts(new=2), held=Counts(new=2))
    archive.write_ledger(tmp_path, DAY, Ledger(date="2026-06-04", categories={"cs.CL": entry}))
    path = tmp_path / "2026/06/04/papers.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])

    accounts = archive.read_accounts(tmp_path, DAY)

    assert accounts is not None
    assert accounts.categories["cs.CL"] == CategoryLedger(status="incomplete", stated=Counts(new=2), held=Counts(new=1))
    assert archive.read_edition(tmp_path, DAY, "zh-CN").ledger == accounts


@pytest.mark.parametrize("ledger", [None, "{torn", '{"schema":1,"date":"2026-06-04"}'])
def test_a_day_whose_accounts_are_lost_is_shown_as_incomplete_and_gets_new_ones(
    tmp_path: Path, ledger: str | None
) -> None:
    archive.write_announcements(tmp_path, DAY, [paper(listed={"cs.CL": "new", "cs.LG": "cross"})])
    path = tmp_path / "2026/06/04/ledger.json"
    if ledger is not None:
        path.write_text(ledger)

    edition = archive.read_edition(tmp_path, DAY, "zh-CN")

    assert {name: entry.status for name, entry in edition.ledger.categories.items()} == {
        "cs.CL": "incomplete",
        "cs.LG": "incomplete",
    }
    archive.write_ledger(tmp_path, DAY, edition.ledger)
    assert archive.read_ledger(tmp_path, DAY) == edition.ledger


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
    with Journal(tmp_path, DAY, "zh-CN") as journal:
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
    with Journal(tmp_path, DAY, "zh-CN") as journal:
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
    with Journal(tmp_path, DAY, "zh-CN") as journal:
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


def test_a_document_without_a_key_that_has_a_default_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "2026/06/04/signals.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 1, "date": "2026-06-04", "later": 1}')

    archive.write(tmp_path, DAY, SignalList(date="2026-06-04"))

    assert json.loads(path.read_text()) == {"schema": 1, "date": "2026-06-04", "papers": [], "later": 1}


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
