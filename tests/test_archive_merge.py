from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from paperboy.domain.papers import SOURCES
from paperboy.storage.archive_merge import merge_files, whole_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paperboy.domain.papers import Source

ANSWERS = "translations.zh-CN.jsonl"


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def answer(arxiv_id: str, raw: str = "raw", **more: Any) -> dict[str, Any]:
    base = {"schema": 1, "id": arxiv_id, "version": 1, "key": f"k-{arxiv_id}", "status": "ok", "model": "m", "raw": raw}
    return base | {"prompt_version": 1, "prompt_tokens": 5, "completion_tokens": 5} | more


def test_what_only_one_side_changed_is_taken_from_it() -> None:
    assert merge_files("any.txt", b"a", b"a", b"b") == b"b"
    assert merge_files("any.txt", b"a", b"b", b"a") == b"b"


def test_answers_of_both_sides_are_united_and_sorted_as_in_a_closed_day() -> None:
    base = lines(answer("2606.00002"))
    ours = base + lines(answer("2606.00004"), answer("2606.00001"))
    theirs = base + lines(answer("2606.00003"))

    merged = merge_files(ANSWERS, base, ours, theirs)

    assert [row["id"] for row in rows(merged)] == ["2606.00001", "2606.00002", "2606.00003", "2606.00004"]


def test_answers_to_one_question_stay_in_the_order_in_which_they_came() -> None:
    first, second = answer("2606.00001", "first", status="failed"), answer("2606.00001", "second")
    theirs = lines(first, second)

    assert rows(merge_files(ANSWERS, None, lines(answer("2606.00001", "mine")), theirs)) == [
        first,
        second,
        answer("2606.00001", "mine"),
    ]


def test_the_same_refused_answer_paid_for_twice_by_one_side_stays_there_twice() -> None:
    twice = lines(answer("2606.00001", status="failed"), answer("2606.00001", status="failed"))

    assert len(rows(merge_files(ANSWERS, None, twice, lines(answer("2606.00001", status="failed"))))) == 2


def test_another_verdict_on_an_answer_replaces_the_former_one() -> None:
    base = lines(answer("2606.00001", status="failed"))
    judged_again = lines(answer("2606.00001", status="ok"))
    more = base + lines(answer("2606.00002"))

    for ours, theirs in ((judged_again, more), (more, judged_again)):
        merged = rows(merge_files(ANSWERS, base, ours, theirs))
        assert [(row["id"], row["status"]) for row in merged] == [("2606.00001", "ok"), ("2606.00002", "ok")]


def test_a_torn_last_line_is_left_out() -> None:
    whole = lines(answer("2606.00001"))

    assert whole_lines(whole + b'{"id": "2606') == whole
    assert whole_lines(b'{"id": "2606') == b""
    assert whole_lines(whole.rstrip(b"\n")) == whole
    assert merge_files(ANSWERS, None, whole + b'{"id"', lines(answer("2606.00002"))).count(b"\n") == 2


def test_papers_that_both_sides_fetched_keep_the_fuller_record() -> None:
    poor = {"id": "2606.00001", "listed": {"cs.CL": "new"}, "title": "T", "comment": None, "sources": ["feed"]}
    rich = poor | {"listed": {"cs.LG": "cross"}, "comment": "8 pages", "sources": ["listing", "api"], "later": [1]}

    for ours, theirs in ((poor, rich), (rich, poor)):
        (row,) = rows(merge_files("papers.jsonl", None, lines(ours), lines(theirs)))
        assert row["listed"] == {"cs.CL": "new", "cs.LG": "cross"}
        assert row["sources"] == ["feed", "listing", "api"]
        assert (row["comment"], row["later"]) == ("8 pages", [1])


def test_papers_of_either_side_alone_are_kept_in_order() -> None:
    merged = merge_files(
        "papers.jsonl", b"", lines({"id": "2606.00002"}), lines({"id": "2606.00003"}, {"id": "2606.00001"})
    )

    assert [row["id"] for row in rows(merged)] == ["2606.00001", "2606.00002", "2606.00003"]


def ledger(**entry: Any) -> bytes:
    return json.dumps({"date": "2026-06-04", "categories": {"cs.CL": entry}, "translations": {}}).encode()


def test_of_two_accounts_the_complete_one_is_kept() -> None:
    part = ledger(status="incomplete", held={"new": 9})
    complete = ledger(status="complete", held={"new": 8})

    assert merge_files("ledger.json", None, part, complete) == merge_files("ledger.json", None, complete, part)
    assert json.loads(merge_files("ledger.json", None, part, complete))["categories"]["cs.CL"]["status"] == "complete"


def test_documents_are_joined_key_by_key() -> None:
    base, ours, theirs = ({"a": 1, "b": {"x": 1}}, {"a": 1, "b": {"x": 2}}, {"a": 5, "b": {"x": 1, "y": 3}})

    merged = merge_files("signals.json", *(json.dumps(side).encode() for side in (base, ours, theirs)))

    assert json.loads(merged) == {"a": 5, "b": {"x": 2, "y": 3}}


def test_lists_of_papers_in_a_document_are_joined_by_their_ids() -> None:
    base = {"papers": [{"id": "2", "votes": 1}, {"id": "3", "votes": 1}]}
    ours = {"papers": [{"id": "1", "votes": 9}, {"id": "2", "votes": 5}, {"id": "3", "votes": 1}]}
    theirs = {"papers": [{"id": "2", "votes": 1}, {"id": "3", "votes": 7}, {"id": "4", "votes": 2}]}

    merged = merge_files("signals.json", *(json.dumps(side).encode() for side in (base, ours, theirs)))

    assert [(row["id"], row["votes"]) for row in json.loads(merged)["papers"]] == [
        ("1", 9),
        ("2", 5),
        ("3", 7),
        ("4", 2),
    ]


def test_a_document_that_is_cut_off_gives_way_to_the_other_side() -> None:
    whole = ledger(status="complete", held={})

    assert merge_files("ledger.json", None, whole[:20], whole) == whole
    assert merge_files("ledger.json", None, whole, whole[:20]) == whole


numbered = st.lists(st.tuples(st.integers(1, 4), st.sampled_from("abc"), st.sampled_from(["ok", "failed"])), max_size=6)


def journal(answers: list[tuple[int, str, str]]) -> bytes:
    return lines(*(answer(f"2606.0000{number}", raw, status=status) for number, raw, status in answers))


@settings(max_examples=500)
@example([], [(1, "a", "ok"), (1, "b", "ok"), (1, "b", "ok")], [(1, "b", "ok")])
@given(numbered, numbered, numbered)
def test_no_answer_of_either_side_is_ever_lost_and_merging_again_changes_nothing(
    before: list[tuple[int, str, str]], mine: list[tuple[int, str, str]], other: list[tuple[int, str, str]]
) -> None:
    base = journal(before)
    ours, theirs = base + journal(mine), base + journal(other)

    merged = merge_files(ANSWERS, base, ours, theirs)

    paid = {(row["id"], row["raw"]) for row in rows(ours) + rows(theirs)}
    assert {(row["id"], row["raw"]) for row in rows(merged)} == paid
    assert len(rows(merged)) <= len(rows(ours)) + len(rows(theirs)) - len(before)
    assert merge_files(ANSWERS, base, ours, merged) == merged
    assert merge_files(ANSWERS, base, merged, theirs) == merged


def ordered(names: Iterable[Source]) -> list[Source]:
    """Sources in the order in which an archive names them, as all that writes papers does."""
    return sorted(names, key=SOURCES.index)


records = st.dictionaries(
    st.sampled_from(["2606.00001", "2606.00002", "2606.00003"]),
    st.fixed_dictionaries(
        {
            "listed": st.dictionaries(st.sampled_from(["cs.CL", "cs.LG"]), st.sampled_from(["new", "cross"])),
            "comment": st.sampled_from([None, "8 pages", "9 pages"]),
            "sources": st.sets(st.sampled_from(SOURCES), min_size=1).map(ordered),
        }
    ),
)


@settings(max_examples=300)
@example(
    {"2606.00001": {"listed": {"cs.CL": "new"}, "comment": None, "sources": ["oai"]}},
    {"2606.00001": {"listed": {"cs.LG": "new"}, "comment": None, "sources": ["snapshot"]}},
)
@given(records, records)
def test_papers_of_both_sides_are_there_and_merging_again_changes_nothing(mine: Any, other: Any) -> None:
    ours, theirs = (lines(*({"id": key} | side[key] for key in sorted(side))) for side in (mine, other))

    merged = merge_files("papers.jsonl", None, ours, theirs)

    assert {row["id"] for row in rows(merged)} == mine.keys() | other.keys()
    for row in rows(merged):
        sides = [side[row["id"]] for side in (mine, other) if row["id"] in side]
        assert row["sources"] == ordered({name for side in sides for name in side["sources"]})
        assert row["listed"].keys() == {name for side in sides for name in side["listed"]}
    assert rows(merge_files("papers.jsonl", None, ours, merged)) == rows(merged)
    assert rows(merge_files("papers.jsonl", None, merged, theirs)) == rows(merged)


json_values = st.recursive(st.none() | st.integers(0, 3), lambda inner: st.dictionaries(st.sampled_from("ab"), inner))
documents = st.dictionaries(st.sampled_from(["a", "b", "categories", "translations"]), json_values)


@given(documents, documents, documents)
def test_joining_documents_again_changes_nothing(base: Any, ours: Any, theirs: Any) -> None:
    before, mine, other = (json.dumps(side).encode() for side in (base, ours, theirs))

    merged = merge_files("ledger.json", before, mine, other)

    assert json.loads(merge_files("ledger.json", before, mine, merged)) == json.loads(merged)


@given(st.binary(), st.binary(), st.binary(), st.sampled_from([ANSWERS, "papers.jsonl", "ledger.json", "x.jsonl", "x"]))
def test_no_bytes_break_it(base: bytes, ours: bytes, theirs: bytes, name: str) -> None:
    assert isinstance(merge_files(name, base, ours, theirs), bytes)
