"""Hugging Face's daily papers: recorded days, and answers that nobody should rely on."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.errors import BadAnswer, Unreachable
from paperboy.domain.signals import Featured
from paperboy.sources import huggingface
from paperboy.sources.huggingface import parse_daily_papers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.conftest import Host, Open, Time

DAY = date(2026, 6, 4)
PATH = "/api/daily_papers?date=2026-06-04&limit=50&p="


def item(arxiv_id: str = "2606.00001", **more: Any) -> dict[str, Any]:
    paper = {"id": arxiv_id, "title": "A title", "summary": "An abstract.", "authors": [{"name": "Ada Ohm"}]}
    return {"paper": paper | {key: value for key, value in more.items() if key != "numComments"}, **more}


def page(*items: Any) -> bytes:
    return json.dumps(items).encode()


def only(*items: Any) -> Featured:
    (paper,) = parse_daily_papers(page(*items), DAY).papers
    return paper


# Recorded days


def test_every_recorded_day_is_read_whole(data: Path) -> None:
    days = sorted((data / "hf-daily-papers/days").glob("*.json"))
    papers = 0
    for file in days:
        raw = file.read_bytes()
        read = parse_daily_papers(raw, date.fromisoformat(file.stem))
        assert not read.problems
        assert {paper.id for paper in read.papers} == {one["paper"]["id"] for one in json.loads(raw)}
        assert all(paper.title and paper.abstract and paper.authors for paper in read.papers)
        assert not any("\n" in paper.title for paper in read.papers)
        papers += len(read.papers)

    assert (len(days), papers) == (43, 869)


def test_the_recorded_fields_come_through(data: Path) -> None:
    raw = (data / "hf-daily-papers/days/2026-06-24.json").read_bytes()
    paper = next(paper for paper in parse_daily_papers(raw, date(2026, 6, 24)).papers if paper.id == "2606.24530")

    assert (paper.featured, paper.upvotes, paper.comments) == ("2026-06-24", 39, 1)
    assert paper.keywords[:2] == ("NatureBench", "NatureGym")
    assert (paper.organization, paper.organization_page) == ("Frontis AI", "FrontisAI")
    assert (paper.repository, paper.stars) == ("https://github.com/FrontisAI/NatureBench", 6)
    assert paper.project_page == "https://frontisai.github.io/NatureBench/"
    assert len(paper.authors) == 17


def test_two_dates_in_one_answer_are_not_taken_for_one(data: Path) -> None:
    read = parse_daily_papers(
        (data / "hf-daily-papers/recorded/daily_papers_25_2026-07-13.json").read_bytes(), date(2026, 7, 13)
    )

    assert len(read.papers) == 14
    assert len(read.problems) == 11
    assert "2026-07-10" in read.problems[0]


def test_several_pages_in_one_are_of_several_dates(data: Path) -> None:
    raw = gzip.decompress((data / "hf-daily-papers/recorded/daily_papers_245_2026-07-13..27.json.gz").read_bytes())

    assert len(parse_daily_papers(raw, date(2026, 7, 21)).papers) == 37


# Pages


def test_more_than_fifty_papers_are_paged_to_the_end(open_courier: Open, host: Host) -> None:
    names = [f"2606.{number:05}" for number in range(120)]
    for number in range(3):
        part = names[number * 50 : (number + 1) * 50]
        host.says(f"{PATH}{number}", (200, page(*map(item, part)), {}))

    found = huggingface.fetch_daily_papers(open_courier(), host.url, DAY)

    assert [paper.id for paper in found.papers] == names
    assert len(host.asked) == 3


def test_a_host_that_knows_no_pages_is_not_asked_for_ever(open_courier: Open, host: Host) -> None:
    host.says("/api/daily_papers", (200, page(*(item(f"2606.{number:05}") for number in range(50))), {}))

    found = huggingface.fetch_daily_papers(open_courier(), host.url, DAY)

    assert len(found.papers) == 50
    assert len(host.asked) == 2


def test_an_unchanged_day_costs_a_conditional_request(open_courier: Open, host: Host) -> None:
    host.says("/api/daily_papers", (200, page(item()), {"ETag": 'W/"a"'}), (304, b"", {"ETag": 'W/"a"'}))
    one, two = (huggingface.fetch_daily_papers(open_courier(), host.url, DAY) for _ in range(2))

    assert one == two
    assert host.asked[1][1]["If-None-Match"] == 'W/"a"'


def test_the_rate_limit_header_says_how_long_to_rest(open_courier: Open, host: Host, time: Time) -> None:
    limit = {"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    host.says("/api/daily_papers", (429, b"{}", limit), (200, page(item()), {}))
    huggingface.fetch_daily_papers(open_courier(), host.url, DAY)

    assert time.slept == [55.0]


def test_a_long_rest_ends_the_asking_instead_of_the_build(open_courier: Open, host: Host, time: Time) -> None:
    host.says("/api/daily_papers", (429, b"{}", {"RateLimit": '"api";r=0;t=290'}))
    with pytest.raises(Unreachable, match=r"290 s after HTTP 429"):
        huggingface.fetch_daily_papers(open_courier(time_limit=60.0), host.url, DAY)

    assert time.slept == []


# Answers that are none


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no JSON"),
        (b"<html>Service unavailable</html>", "no JSON"),
        (b"[{'paper': {'id': '2412.07730'}}]", "no JSON"),
        (page(item())[:-9], "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"error": "Internal Error"}', "an object"),
        (b"null", "null"),
        (b"3", "a number"),
        (b"[1, 2]", "none of 2 entries"),
        (page({"paper": {"id": 2606.00001}}), "none of 1 entries"),
        (page({"paper": {"id": "../../etc"}}), "none of 1 entries"),
        (page(item(submittedOnDailyAt="2026-06-03T00:00:00.000Z")), "expected the papers of 2026-06-04, got those of"),
    ],
)
def test_an_answer_that_is_none_is_bad(data: bytes, message: str) -> None:
    with pytest.raises(BadAnswer, match=message):
        parse_daily_papers(data, DAY)


def test_texts_in_the_place_of_papers_are_bad() -> None:
    # As one repository saved a month of days: the reprs of Python objects.
    damaged = "{'paper': {'id': '2412.07730', 'authors': [{'_id': '67590ae2', 'name': 'Z', 'hidden': False}]}}"
    with pytest.raises(BadAnswer, match="none of 1 entries"):
        parse_daily_papers(page(damaged), DAY)


def test_an_empty_day_has_no_papers() -> None:
    assert parse_daily_papers(b"[]", DAY).papers == ()


def test_a_bad_entry_loses_only_itself() -> None:
    read = parse_daily_papers(page("text", {"paper": None}, item("2606.00002"), item("no id"), {}), DAY)

    assert [paper.id for paper in read.papers] == ["2606.00002"]
    assert len(read.problems) == 4


# Fields


def test_every_field_is_optional() -> None:
    paper = only({"paper": {"id": "2606.00001"}})

    assert paper == Featured(id="2606.00001", featured="2026-06-04", title="", abstract="")


@pytest.mark.parametrize("junk", [None, 7, -1, True, 1e300, "", "\n", [], [None], {}, {"name": 3}, [[]], "\ud800"])
def test_a_field_that_is_not_of_its_kind_is_left_out(junk: object) -> None:
    names = ("title", "summary", "authors", "ai_keywords", "organization", "githubRepo", "projectPage", "publishedAt")
    paper = only({"paper": {"id": "2606.00001", **dict.fromkeys(names, junk)}, "organization": junk})

    assert paper.authors == ()
    assert paper.keywords == ()
    assert (paper.organization, paper.repository, paper.project_page) == (None, None, None)


@pytest.mark.parametrize("junk", [None, -1, True, 1.5, "7", 10**12, [], {}])
def test_a_count_that_is_none_is_nought(junk: object) -> None:
    paper = only(item(upvotes=junk, numComments=junk, githubStars=junk, githubRepo="https://github.com/a/b"))

    assert (paper.upvotes, paper.comments, paper.stars) == (0, 0, None)


def test_line_breaks_in_titles_are_folded_and_paragraphs_kept() -> None:
    paper = only(item(title="One\n  Two\r\nThree", summary="First.\n  Second."))

    assert paper.title == "One Two Three"
    assert paper.abstract == "First.\n  Second."


def test_monstrous_fields_are_cut() -> None:
    paper = only(
        item(
            title="t" * 10**6,
            summary="s" * 10**6,
            ai_keywords=[f"{n}k" for n in range(10**4)],
            authors=[{"name": "n" * 10**6}],
        )
    )

    assert (len(paper.title), len(paper.abstract), len(paper.keywords), len(paper.authors[0])) == (
        1000,
        20_000,
        50,
        200,
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://github.com/QwenLM/Qwen-AgentWorld", "https://github.com/QwenLM/Qwen-AgentWorld"),
        ("https://github.com/a/b/", "https://github.com/a/b"),
        ("https://www.github.com/a/b.git", "https://github.com/a/b"),
        ("https://github.com/a/b/tree/main/c?x=<script>", "https://github.com/a/b"),
        ("https://github.com/a", None),
        ("http://github.com/a/b", None),
        ("https://github.com/a/..", None),
        ("https://github.com.evil.org/a/b", None),
        ("https://evil.org/https://github.com/a/b", None),
        ("https://user@github.com/a/b", None),
        ("javascript:alert(1)//github.com/a/b", None),
        ("//github.com/a/b", None),
    ],
)
def test_only_a_repository_at_github_is_one(given: str, kept: str | None) -> None:
    assert only(item(githubRepo=given)).repository == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.org/", True),
        ("https://example.org", True),
        ("https://sub.example.org/a/b.html?c=d&e#f", True),
        ("https://example.org:8443/", False),
        ("http://example.org/", False),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ('https://example.org/"onmouseover="alert(1)', False),
        ("https://example.org/<script>", False),
        ("https://user:pass@example.org/", False),
        ("https://example.org\\@evil.org/", False),
        ("https://localhost/", False),
        ("https://exämple.org/", False),
        ("https://example.org/\u202e", False),
        ("https://example.org/ x", False),
        ("https://[::1]/", False),
        ("https://example.org/" + "a" * 500, False),
    ],
)
def test_only_a_plain_https_address_is_a_project_page(given: str, *, kept: bool) -> None:
    assert only(item(projectPage=given)).project_page == (given if kept else None)


def test_a_project_page_that_is_a_repository_is_one() -> None:
    paper = only(item(projectPage="https://github.com/a/b/tree/main"))

    assert (paper.repository, paper.project_page) == ("https://github.com/a/b", None)


@pytest.mark.parametrize("slug", ["../../evil", "a/b", "<b>", "", ".hidden", "a" * 200])
def test_an_organisation_has_a_page_only_under_a_plain_name(slug: str) -> None:
    paper = only(item(organization={"name": slug, "fullname": "Umber & Sons"}))

    assert (paper.organization, paper.organization_page) == ("Umber & Sons", None)


def test_recorded_addresses_are_kept(data: Path) -> None:
    """Of what real days link, nothing that is whole is lost."""
    lost = []
    for file in sorted((data / "hf-daily-papers/days").glob("2026-*.json")):
        raw = file.read_bytes()
        found = {paper.id: paper for paper in parse_daily_papers(raw, date.fromisoformat(file.stem)).papers}
        for told in json.loads(raw):
            paper = told["paper"]
            signal = found[paper["id"]]
            code, project = paper.get("githubRepo"), paper.get("projectPage")
            lost += [code] if code and not signal.repository else []
            lost += [project] if project and not (signal.project_page or signal.repository) else []

    assert all(re.match(r"http:|https://github\.com/[^/]+/?$", address) for address in lost), lost
