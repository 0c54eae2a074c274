from __future__ import annotations

from typing import Any

from paperboy.domain.ledger import Counts
from paperboy.domain.papers import Announcement, Record, Source
from paperboy.sources.arxiv.reconciliation import count_fields, merge_records, reconcile, same_day, shortfall


def record(arxiv_id: str, kind: Any = "new", **more: Any) -> Record:
    return Record(id=arxiv_id, announce_type=kind, **more)


A, B, C = (record(f"2606.0000{number}") for number in (1, 2, 3))


def test_a_category_is_complete_when_as_many_are_held_as_arxiv_states() -> None:
    types, ledger = reconcile([A, B], [A, B], Counts(new=2), {})

    assert types == {"2606.00001": "new", "2606.00002": "new"}
    assert ledger.status == "complete"
    assert ledger.sources == ("feed", "listing")


def test_where_feed_and_listing_differ_the_union_is_kept_and_marked() -> None:
    types, ledger = reconcile([A, B], [B, C], Counts(new=2), {})

    assert list(types) == [A.id, B.id, C.id]
    assert ledger.only_feed == (A.id,)
    assert ledger.only_listing == (C.id,)
    assert ledger.status == "incomplete"
    assert shortfall(ledger) == "new 3 of 2"


def test_a_paper_that_only_the_listing_has_completes_the_day() -> None:
    types, ledger = reconcile([A], [A, B], Counts(new=2), {})

    assert list(types) == [A.id, B.id]
    assert ledger.status == "complete"


def test_counts_must_agree_section_by_section() -> None:
    listed = [A, record("2606.00002", "cross")]

    _, ledger = reconcile(None, listed, Counts(new=2, cross=0), {})

    assert ledger.status == "incomplete"
    assert shortfall(ledger) == "new 1 of 2, cross 1 of 0"


def test_replace_cross_counts_among_the_replacements() -> None:
    listed = [record("2606.00001", "replace"), record("2606.00002", "replace-cross")]

    _, ledger = reconcile(None, listed, Counts(replace=2), {})

    assert ledger.status == "complete"


def test_without_the_listing_a_category_is_not_reconciled() -> None:
    _, ledger = reconcile([A], None, None, {})

    assert ledger.status == "not reconciled"
    assert ledger.stated is None
    assert ledger.held.total == 1


def test_nothing_that_is_held_is_dropped_when_the_sources_fail() -> None:
    types, ledger = reconcile(None, None, None, {A.id: "new"}, ["feed: down"])

    assert types == {A.id: "new"}
    assert ledger.notes == ("feed: down",)


def test_a_type_that_nobody_knows_loses_no_paper() -> None:
    types, _ = reconcile([record("2606.00001", None)], [], Counts(), {})

    assert types == {"2606.00001": "new"}


def test_the_same_ids_with_the_same_types_are_a_stale_day() -> None:
    assert same_day([A, B], {A.id: "new", B.id: "new"})
    assert not same_day([A], {A.id: "new", B.id: "new"})
    assert not same_day([A], {A.id: "cross"})
    assert not same_day([], {})


def told_by_all() -> dict[Source, Record]:
    feed = record("2606.00001", version=1, title="$\\alpha$-nets", abstract="TeX", authors=("E. Erd\\H{o}s, Jr.",))
    listing = record("2606.00001", title="α-nets", abstract="Unicode", comment="12 pages", authors=("E. Erdős Jr.",))
    api = Record(
        id="2606.00001",
        version=1,
        title="$\\alpha$-nets",
        abstract="TeX",
        authors=("E. Erdős Jr.",),
        submitted="2026-06-03T01:00:00Z",
    )
    return {"feed": feed, "listing": listing, "api": api}


def test_until_the_api_has_told_text_is_taken_from_the_feed_and_comments_from_the_listing() -> None:
    told = told_by_all()
    del told["api"]

    made = merge_records("2606.00001", {"cs.CL": "new"}, told, None)

    assert (made.title, made.abstract, made.comment) == ("$\\alpha$-nets", "TeX", "12 pages")
    assert made.authors == ("E. Erdős Jr.",)
    assert made.sources == ("feed", "listing")


def test_what_the_api_says_of_the_announced_version_is_the_line_whoever_else_served() -> None:
    told = told_by_all()
    api: dict[Source, Record] = {"api": told.pop("api")}
    by_all = merge_records("2606.00001", {"cs.CL": "new"}, {**told, **api}, None)
    listed = merge_records("2606.00001", {"cs.CL": "new"}, {"listing": told["listing"]}, None)
    later = merge_records("2606.00001", {}, api, listed)
    again = merge_records("2606.00001", {"cs.CL": "new"}, told, later)

    assert by_all.sources == ("api",)
    assert by_all.comment is None, "the API's silence is its answer"
    assert by_all == later == again


def test_the_order_in_which_categories_are_asked_leaves_no_trace() -> None:
    one = merge_records("2606.00001", {"cs.LG": "cross"}, {"feed": A}, None)
    both = merge_records("2606.00001", {"cs.CL": "new"}, {"feed": A}, one)

    assert list(both.listed) == ["cs.CL", "cs.LG"]


def test_what_is_new_is_version_one_whatever_the_listing_of_a_past_day_shows() -> None:
    listing = record("2606.00001", version=3, title="Third", abstract="Three")

    made = merge_records("2606.00001", {"cs.CL": "new"}, {"listing": listing}, None)

    assert (made.version, made.title, made.text_version) == (1, "Third", 3)

    api = Record(id="2606.00001", version=1, title="First", abstract="One")
    exact = merge_records("2606.00001", {}, {"api": api}, made)
    assert (exact.version, exact.title, exact.text_version) == (1, "First", None)


def test_an_answer_for_another_version_gives_no_text() -> None:
    feed = record("2606.00001", "replace", version=2, title="Second", abstract="Two")
    api = Record(
        id="2606.00001",
        version=3,
        title="Third",
        abstract="Three",
        comment="v3",
        submitted="2026-01-01T00:00:00Z",
    )

    made = merge_records("2606.00001", {"cs.CL": "replace"}, {"feed": feed, "api": api}, None)

    assert (made.version, made.title, made.comment) == (2, "Second", None)
    assert made.submitted == "2026-01-01T00:00:00Z"


def test_a_cut_list_of_authors_gives_way_to_a_whole_one() -> None:
    whole = tuple(f"Author {number}" for number in range(300))
    feed = record("2606.00001", authors=whole)
    listing = record("2606.00001", authors=whole[:100], authors_complete=False)

    made = merge_records("2606.00001", {"cs.CL": "new"}, {"feed": feed, "listing": listing}, None)

    assert made.authors == whole
    assert made.authors_complete

    cut = merge_records("2606.00001", {"cs.CL": "new"}, {"listing": listing}, None)
    assert not cut.authors_complete


def test_a_better_source_takes_over_what_a_worse_one_gave_before_and_never_the_other_way() -> None:
    listing = record("2606.00001", title="α", abstract="a")
    feed = record("2606.00001", title="$\\alpha$", abstract="a")
    first = merge_records("2606.00001", {"cs.CL": "new"}, {"listing": listing}, None)

    better = merge_records("2606.00001", {"cs.CL": "new"}, {"feed": feed}, first)
    assert better.title == "$\\alpha$"

    again = merge_records("2606.00001", {"cs.CL": "new"}, {"listing": listing}, better)
    assert again.title == "$\\alpha$"
    assert again == better


def test_another_category_adds_itself_to_a_paper() -> None:
    first = merge_records("2606.00001", {"cs.CL": "new"}, {"feed": A}, None)

    both = merge_records("2606.00001", {"cs.LG": "cross"}, {}, first)

    assert both.listed == {"cs.CL": "new", "cs.LG": "cross"}


def test_the_ledger_counts_which_source_each_field_came_from() -> None:
    feed = record("2606.00001", title="t", abstract="a", authors=("A",))
    api = Record(id="2606.00001", version=1, authors=("A",), comment="c")
    papers: list[Announcement] = [merge_records("2606.00001", {"cs.CL": "new"}, {"feed": feed, "api": api}, None)]

    counts = count_fields(papers)

    assert counts["title"] == {"feed": 1}
    assert counts["authors"] == {"api": 1}
    assert counts["comment"] == {"api": 1}
    assert "doi" not in counts
