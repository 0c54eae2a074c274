from __future__ import annotations

from datetime import date

import pytest

from paperboy.domain.papers import Announcement, Record
from paperboy.sources.arxiv import derivation
from paperboy.sources.arxiv.oai_pmh import OaiVersion

WEDNESDAY = date(2026, 6, 3)


def derived(
    *moments: str, categories: tuple[str, ...] = ("cs.CL",), primary: str | None = "cs.CL", quiet: tuple[date, ...] = ()
) -> list[tuple[date, Announcement]]:
    paper = Record(id="2606.00001", title="T", abstract="A", categories=categories, primary_category=primary)
    versions = [OaiVersion(number, moment) for number, moment in enumerate(moments, 1)]
    return list(derivation.derive_announcements(paper, versions, ("cs.CL", "cs.LG", "eess.SY"), quiet, "oai"))


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        ("2026-06-01T18:00:00Z", WEDNESDAY),  # Monday 14:00 Eastern: mailed on Tuesday evening, dated Wednesday
        ("2026-06-02T17:59:59Z", WEDNESDAY),  # a second before the next deadline
        ("2026-06-02T18:00:00Z", date(2026, 6, 4)),
        ("2026-06-05T17:59:00Z", date(2026, 6, 8)),  # Friday: mailed on Sunday evening, dated Monday
        ("2026-06-05T18:00:00Z", date(2026, 6, 9)),  # after Friday's deadline: mailed on Monday, dated Tuesday
        ("2026-06-07T12:00:00Z", date(2026, 6, 9)),
        ("2026-06-19T12:00:00Z", date(2026, 6, 23)),  # the nineteenth is a holiday: no listing on Monday the 22nd
        ("2026-01-06T18:59:59Z", date(2026, 1, 7)),  # 14:00 Eastern in winter is 19:00 UTC
    ],
)
def test_a_version_is_announced_by_arxivs_schedule(submitted: str, announced: date) -> None:
    ((day, paper),) = derived(submitted)

    assert day == announced
    assert (paper.version, paper.listed, paper.submitted) == (1, {"cs.CL": "new"}, submitted)


def test_each_version_is_announced_and_only_the_newest_has_its_own_text() -> None:
    found = derived("2026-06-01T18:00:00Z", "2026-06-08T12:00:00Z", "2026-06-20T12:00:00Z")

    assert [(day, paper.version, paper.text_version) for day, paper in found] == [
        (WEDNESDAY, 1, 3),
        (date(2026, 6, 9), 2, 3),
        (date(2026, 6, 23), 3, None),
    ]
    assert [paper.listed["cs.CL"] for _, paper in found] == ["new", "replace", "replace"]
    assert found[1][1].updated == "2026-06-08T12:00:00Z"


def test_of_two_versions_on_one_day_the_last_is_announced() -> None:
    found = derived("2026-06-01T18:00:00Z", "2026-06-08T12:00:00Z", "2026-06-08T13:00:00Z")

    assert [paper.version for _, paper in found] == [1, 3]


def test_a_paper_is_not_replaced_before_it_is_announced() -> None:
    found = derived("2026-06-01T18:00:00Z", "2026-06-02T01:00:00Z")

    assert [(day, paper.version) for day, paper in found] == [(WEDNESDAY, 1), (date(2026, 6, 4), 2)]


def test_replacements_past_the_fifth_version_are_left_out_as_arxiv_does() -> None:
    found = derived(*(f"2026-06-{day:02}T12:00:00Z" for day in (1, 8, 10, 15, 16, 24, 29)))

    assert [paper.version for _, paper in found] == [1, 2, 3, 4, 5]


def test_types_follow_the_primary_category_and_aliases_count() -> None:
    ((_, paper), (_, second)) = derived(
        "2026-06-01T18:00:00Z", "2026-06-08T12:00:00Z", categories=("cs.LG", "cs.CL", "cs.SY", "68T50"), primary="cs.LG"
    )

    assert paper.listed == {"cs.CL": "cross", "cs.LG": "new", "eess.SY": "cross"}
    assert second.listed == {"cs.CL": "replace-cross", "cs.LG": "replace", "eess.SY": "replace-cross"}


def test_where_nobody_tells_the_primary_category_a_paper_is_new_in_each() -> None:
    ((_, paper),) = derived("2026-06-01T18:00:00Z", categories=("cs.CL", "cs.LG"), primary=None)

    assert paper.listed == {"cs.CL": "new", "cs.LG": "new"}


def test_a_day_that_the_archive_knows_to_be_quiet_passes_its_papers_on() -> None:
    ((day, _),) = derived("2026-06-01T18:00:00Z", quiet=(WEDNESDAY,))

    assert day == date(2026, 6, 4)


def test_papers_of_other_categories_are_left() -> None:
    assert derived("2026-06-01T18:00:00Z", categories=("hep-th",), primary="hep-th") == []


def test_a_paper_without_versions_is_refused() -> None:
    with pytest.raises(ValueError, match="no version"):
        derived()
