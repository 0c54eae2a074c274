from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from paperboy.sources.arxiv import metadata_snapshot

if TYPE_CHECKING:
    from pathlib import Path


def line(**more: Any) -> bytes:
    row = {
        "id": "2606.00001",
        "title": "A title\n  of two lines",
        "abstract": "  An abstract.\n",
        "authors": "A. Bee and C. Dee Jr.",
        "authors_parsed": [["Bee", "A.", ""], ["Dee", "C.", "Jr."]],
        "categories": "cs.LG cs.CL",
        "versions": [{"version": "v1", "created": "Mon, 1 Jun 2026 18:00:00 GMT"}],
        "comments": None,
        "journal-ref": "J. 1 (2026)",
        "doi": None,
        "update_date": "2026-06-03",
    }
    return json.dumps(row | more).encode()


def read(**more: Any) -> Any:
    found = metadata_snapshot.parse_snapshot_line(line(**more), frozenset({"cs.CL", "eess.SY"}))
    assert found is not None
    return found


def test_a_line_is_a_paper_with_its_versions() -> None:
    paper, versions = read()

    assert (paper.id, paper.version, paper.title, paper.abstract) == (
        "2606.00001",
        1,
        "A title of two lines",
        "An abstract.",
    )
    assert paper.authors == ("A. Bee", "C. Dee Jr.")
    assert (paper.comment, paper.journal_ref, paper.doi) == (None, "J. 1 (2026)", None)
    assert [(one.number, one.submitted) for one in versions] == [(1, "2026-06-01T18:00:00Z")]


def test_a_paper_of_no_followed_category_is_passed_over() -> None:
    assert metadata_snapshot.parse_snapshot_line(line(categories="hep-th gr-qc"), frozenset({"cs.CL"})) is None
    assert read(categories="cs.SY math.OC")[0].id == "2606.00001", "an alias is followed too"


@pytest.mark.parametrize(
    ("categories", "updated", "primary"),
    [
        ("cs.LG cs.CL", "2026-06-03", "cs.LG"),  # not sorted, so the first is the primary one
        ("cs.AI cs.CL", "2026-06-03", None),  # sorted by the server, or by chance
        ("cs.AI cs.CL", "2024-06-03", "cs.AI"),  # of a time when the server sorted nothing
        ("cs.CL", "2026-06-03", "cs.CL"),
        ("cs.AI cs.CL", "", None),
    ],
)
def test_the_primary_category_is_named_where_it_is_certain(categories: str, updated: str, primary: str | None) -> None:
    assert read(categories=categories, update_date=updated)[0].primary_category == primary


def test_versions_are_put_in_order() -> None:
    versions = [
        {"version": "v10", "created": "Sat, 20 Jun 2026 00:00:00 GMT"},
        {"version": "v9", "created": "Fri, 19 Jun 2026 00:00:00 GMT"},
    ]

    assert [one.number for one in read(versions=versions)[1]] == [9, 10]


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[]",
        b'{"id": "2606.00001"}',
        line(id="no id"),
        line(title=" "),
        line(title=None),
        line(versions=[]),
        line(versions=[{"version": "v1", "created": "some day"}]),
        line(versions=[{"version": "v1", "created": "Mon, 31 Feb 2026 18:00:00 GMT"}]),
        line(versions=[{"version": "vX", "created": "Mon, 1 Jun 2026 18:00:00 GMT"}]),
        line()[:-20],
        line().replace(b"title", b"title\xff"),
    ],
)
def test_a_broken_line_is_refused(broken: bytes) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        metadata_snapshot.parse_snapshot_line(broken, frozenset({"cs.CL"}))


def test_real_lines_are_read(data: Path) -> None:
    lines = (data / "corpus/kaggle_arxiv-metadata-oai-snapshot_first200.jsonl").read_bytes().splitlines()
    every = frozenset(name for row in map(json.loads, lines) for name in row["categories"].split())
    papers = [metadata_snapshot.parse_snapshot_line(row, every) for row in lines]

    assert len(lines) == 200
    for found, row in zip(papers, map(json.loads, lines), strict=True):
        assert found is not None
        paper, versions = found
        assert (paper.id, paper.version) == (row["id"], len(row["versions"]))
        assert paper.primary_category == row["categories"].split()[0], "all of them are older than the present server"
        assert len(paper.authors) == len(row["authors_parsed"])
        assert versions[0].submitted[:4] == row["versions"][0]["created"].split()[3]
