from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.papers import Previous
from paperboy.storage import archive
from paperboy.storage.version_index import Versions, settle_later_days, with_previous
from tests.factories import paper

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.papers import Announcement

MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def noted(root: Path, day: date, *papers: Announcement) -> list[Announcement]:
    with Versions(root.parent / "cache", root) as versions:
        return with_previous(versions, day, papers)


def replaced(version: int = 2, **more: Any) -> Announcement:
    return paper(version=version, listed={"cs.CL": "replace"}, **more)


def test_a_replacement_is_held_against_the_newest_version_of_an_earlier_day(root: Path) -> None:
    archive.write_announcements(root, MONDAY, [paper(title="First"), paper("2606.00009", title="Another")])
    archive.write_announcements(root, TUESDAY, [replaced(2, title="Second")])

    (third,) = noted(root, WEDNESDAY, replaced(3, title="Third"))

    assert third.previous == Previous(version=2, date="2026-06-02", title="Second")


def test_text_that_has_not_changed_is_not_kept_twice(root: Path) -> None:
    archive.write_announcements(root, MONDAY, [paper(abstract="An abstract\nof two lines.")])

    (second,) = noted(root, TUESDAY, replaced(abstract="An abstract of two lines."))

    assert second.previous == Previous(version=1, date="2026-06-01")


def test_what_the_archive_does_not_hold_leaves_no_note(root: Path) -> None:
    archive.write_announcements(root, TUESDAY, [paper("2606.00002")])
    archive.write_announcements(root, WEDNESDAY, [paper()])

    papers = [replaced(), paper("2606.00002", listed={"cs.LG": "cross"}), paper("2606.00003", version=None)]

    assert [one.previous for one in noted(root, WEDNESDAY, *papers)] == [None, None, None]


@pytest.mark.parametrize("held", [{"text_version": 4}, {"sources": ("listing",)}], ids=["a later text", "no TeX"])
def test_texts_that_cannot_be_compared_are_not(root: Path, held: dict[str, Any]) -> None:
    archive.write_announcements(root, MONDAY, [paper(title="Held", **held)])

    (second,) = noted(root, TUESDAY, replaced(title="Another"))

    assert second.previous == Previous(version=1, date="2026-06-01", compared=False)


def test_a_day_that_changes_changes_the_notes_of_later_days(root: Path) -> None:
    archive.write_announcements(root, WEDNESDAY, noted(root, WEDNESDAY, replaced(3, title="Third")))
    with Versions(root.parent / "cache", root) as versions:
        for day, text in ((MONDAY, "First"), (TUESDAY, "Second"), (TUESDAY, "Second, mended")):
            archive.write_announcements(root, day, [paper(version=2 if day == TUESDAY else 1, title=text)])
            settle_later_days(versions, root, day)

            (held,) = archive.read_announcements(root, WEDNESDAY)
            assert held.previous is not None
            assert held.previous.title == text


def test_a_day_that_cannot_be_read_costs_no_later_day(root: Path) -> None:
    archive.write_announcements(root, MONDAY, [paper()])
    path = archive.folder(root, MONDAY) / archive.PAPERS
    path.write_bytes(path.read_bytes().replace(b'"title":', b'"titel":'))
    archive.write_announcements(root, WEDNESDAY, [replaced(3)])

    (second,) = noted(root, TUESDAY, replaced())
    with Versions(root.parent / "cache", root) as versions:
        settle_later_days(versions, root, MONDAY)

    assert second.previous is None


def test_a_note_survives_the_archive(root: Path) -> None:
    archive.write_announcements(root, MONDAY, [paper(title="First")])
    archive.write_announcements(root, TUESDAY, noted(root, TUESDAY, replaced(title="Second")))

    (second,) = archive.read_announcements(root, TUESDAY)
    assert second.previous == Previous(version=1, date="2026-06-01", title="First")
