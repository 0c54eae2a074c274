"""Feed, listing and API of one world, in fair weather and foul."""

from __future__ import annotations

import importlib
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain import taxonomy
from paperboy.domain.errors import BadAnswer, Unreachable
from paperboy.domain.ledger import Counts
from paperboy.sources.arxiv import catchup_listing, oai_pmh, query_api, rss_feed
from paperboy.sources.http_transport import XML

if TYPE_CHECKING:
    from paperboy.domain.papers import Record
    from paperboy.sources.http_client import SourceClient
    from tests.sources.conftest import Open, Time

THURSDAY = date(2026, 7, 2)
DAYS = [date(2026, 6, 26), date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 1), THURSDAY]
CATEGORIES = ("cs.CL", "cs.LG", "cs.SY", "eess.SP")
Faults = dict[str, list[dict[str, Any]]]


def types(records: tuple[Record, ...]) -> dict[str, str | None]:
    return {record.id: record.announce_type for record in records}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_three_sources_tell_the_same_day(client: SourceClient, replay: Any, day: date) -> None:
    replay.control({"date": str(day)})
    for category in CATEGORIES:
        fed = rss_feed.fetch_feed(client, replay.url, category)
        listed = catchup_listing.fetch_listing(client, replay.url, category, day)
        asked = query_api.fetch_records(client, replay.url + "/api/query", [(r.id, r.version) for r in fed.records])

        assert (day, (), ()) == (fed.date, fed.problems, listed.problems)
        assert types(fed.records) == types(listed.records)
        assert listed.stated == Counts.of(r.announce_type for r in listed.records if r.announce_type)
        assert bool(listed.records) == listed.announced
        assert (asked.unanswered, asked.problem) == ((), None)
        by_id = {record.id: record for record in asked.records}
        for one, other in zip(fed.records, listed.records, strict=True):
            exact = by_id[one.id]
            assert one.version == other.version == exact.version
            assert (one.title, one.abstract) == (exact.title, exact.abstract)
            homes = {record.primary_category for record in (one, other, exact)} - {None}
            assert len({taxonomy.canonical(home) for home in homes if home}) == 1
            assert (exact.journal_ref, exact.comment is None) == (other.journal_ref, other.comment is None)
            if exact.title and "\\" not in exact.title:
                assert exact.title == other.title


def test_every_word_that_the_replay_knows_comes_through(client: SourceClient, replay: Any, week: Any) -> None:
    read = chain.from_iterable(rss_feed.fetch_feed(client, replay.url, name).records for name in ("cs.CV", "cs.LG"))
    for record in read:
        paper = week.papers[record.id]
        text = paper.text(record.version)
        assert (text.title, text.abstract) == (record.title, record.abstract)
        if not any("(" in name for name in text.authors):
            assert len(text.authors) == len(record.authors)


@pytest.mark.parametrize("day", ["2026-07-04", "2026-07-05"])
def test_a_weekend_is_empty_everywhere(client: SourceClient, replay: Any, day: str) -> None:
    replay.control({"date": day})
    fed = rss_feed.fetch_feed(client, replay.url, "cs.CL")
    listed = catchup_listing.fetch_listing(client, replay.url, "cs.CL", date.fromisoformat(day))

    assert (fed.records, listed.records, listed.announced) == ((), (), False)


def test_a_feed_that_has_not_changed_costs_no_body(open_courier: Open, replay: Any) -> None:
    answers = [rss_feed.fetch_feed(open_courier(), replay.url, "cs.CL") for _ in range(2)]

    assert answers[0] == answers[1]
    assert replay.journal.stats()["status"]["feed"] == {"200": 1, "304": 1}


def test_arxivs_pace_is_kept(open_courier: Open, replay: Any, time: Time) -> None:
    client = open_courier(request_interval=3.0)
    fed = rss_feed.fetch_feed(client, replay.url, "cs.CL")
    catchup_listing.fetch_listing(client, replay.url, "cs.CL", THURSDAY)  # and robots.txt before it
    query_api.fetch_records(client, replay.url + "/api/query", [(r.id, r.version) for r in fed.records[:3]])

    assert time.slept == [3.0, 3.0, 3.0]


def test_a_day_too_long_past_is_a_bad_answer_at_once(client: SourceClient, replay: Any) -> None:
    with pytest.raises(BadAnswer, match=r"HTTP 400 \(Invalid date: 2026-01-05. Catchup only allowed for past 90"):
        catchup_listing.fetch_listing(client, replay.url, "cs.CL", date(2026, 1, 5))


PASSING = [
    {"fault": "http_429", "first": 1, "retry_after": 7},
    {"fault": "http_500", "first": 3},
    {"fault": "http_503", "first": 2},
    {"fault": "http_406", "first": 1},
    {"fault": "truncated", "first": 2, "keep": 0.6},
    {"fault": "truncated", "first": 1, "keep": 0.999},
    {"fault": "reset", "first": 1},
    {"fault": "blank", "first": 1},
    {"fault": "hang", "first": 1, "seconds": 0.0},
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault['fault']}-{fault.get('keep', '')}")
def test_what_passes_is_waited_out(client: SourceClient, replay: Any, time: Time, fault: dict[str, Any]) -> None:
    replay.control({"faults": {"feed": [fault], "listing": [fault], "api": [fault]}})
    fed = rss_feed.fetch_feed(client, replay.url, "cs.CL")
    listed = catchup_listing.fetch_listing(client, replay.url, "cs.CL", THURSDAY)
    asked = query_api.fetch_records(client, replay.url + "/api/query", [(r.id, r.version) for r in fed.records])

    assert types(fed.records) == types(listed.records)
    assert (asked.unanswered, asked.problem) == ((), None)
    expected = {"http_429": [7.0] * 3, "http_406": [120.0] * 3}
    assert [seconds for seconds in time.slept if seconds] == expected.get(fault["fault"], [])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http_500", Unreachable),
        ("http_404", BadAnswer),
        ("http_429", Unreachable),
        ("truncated", BadAnswer),
        ("blank", BadAnswer),
        ("reset", Unreachable),
    ],
)
def test_what_stays_is_told(open_courier: Open, replay: Any, fault: str, error: type[Exception]) -> None:
    rule = {"fault": fault, "retry_after": 300}
    replay.control({"faults": {"feed": [rule], "listing": [rule], "api": [rule]}})
    with pytest.raises(error, match=replay.url):
        rss_feed.fetch_feed(open_courier(), replay.url, "cs.CL")
    with pytest.raises(error, match=replay.url):
        catchup_listing.fetch_listing(open_courier(), replay.url, "cs.CL", THURSDAY)
    asked = query_api.fetch_records(open_courier(), replay.url + "/api/query", [("2606.26859", 1)])
    assert asked.unanswered == ("2606.26859",)
    assert asked.problem


def test_wrong_counts_are_handed_on(client: SourceClient, replay: Any) -> None:
    fair = catchup_listing.fetch_listing(client, replay.url, "cs.CL", THURSDAY)
    replay.control({"faults": {"listing": [{"fault": "wrong_counts", "delta": 5}]}})
    read = catchup_listing.fetch_listing(client, replay.url, "cs.CL", THURSDAY)

    assert read.records == fair.records
    assert read.stated == Counts(fair.stated.new + 5, fair.stated.cross, fair.stated.replace)


def test_a_wrong_total_of_the_api_loses_nothing(client: SourceClient, replay: Any) -> None:
    replay.control({"faults": {"api": [{"fault": "wrong_counts", "delta": 5}]}})
    fed = rss_feed.fetch_feed(client, replay.url, "cs.CL")
    asked = query_api.fetch_records(client, replay.url + "/api/query", [(r.id, r.version) for r in fed.records])

    assert (asked.unanswered, asked.problem) == ((), None)


def test_empty_answers_are_what_they_say(client: SourceClient, replay: Any) -> None:
    replay.control({"faults": {kind: [{"fault": "empty"}] for kind in ("feed", "listing", "api")}})

    assert rss_feed.fetch_feed(client, replay.url, "cs.CL").records == ()
    assert not catchup_listing.fetch_listing(client, replay.url, "cs.CL", THURSDAY).announced
    asked = query_api.fetch_records(client, replay.url + "/api/query", [("2606.26859", 1)])
    assert asked.unanswered == ("2606.26859",)
    assert "expected 1 entries, got none" in (asked.problem or "")


def test_a_stale_source_can_be_told_from_the_day_before(client: SourceClient, replay: Any) -> None:
    replay.control({"date": "2026-07-01"})
    before = rss_feed.fetch_feed(client, replay.url, "cs.CL")
    replay.control({"date": "2026-07-02", "faults": {"feed": [{"fault": "stale_day"}]}})
    stale = rss_feed.fetch_feed(client, replay.url, "cs.CL")

    assert stale.date == THURSDAY
    assert types(before.records) == types(stale.records)


def test_a_version_that_is_not_there_gives_the_one_that_is(client: SourceClient, replay: Any) -> None:
    read = query_api.fetch_records(
        client, replay.url + "/api/query", [("2606.26859", 9), ("2699.00001", 1), ("2606.27347", None)]
    )

    assert {("2606.26859", 2), ("2606.27347", 2)} == {(record.id, record.version) for record in read.records}
    assert (read.unanswered, read.problem) == (("2699.00001",), None)


def test_a_day_of_more_than_one_page_is_whole(client: SourceClient, replay_module: Any) -> None:
    corpus = importlib.import_module("paperboy_replay.corpus").Corpus
    rows = [
        {
            "id": f"2606.{number:05}",
            "title": f"Paper {number}",
            "abstract": "See arXiv:2501.00001 and https://github.com/a/b.",
            "categories": ["cs.CL"] if number % 3 else ["cs.LG", "cs.CL"],
            "primary_category": "cs.CL" if number % 3 else "cs.LG",
            "authors": ["A. Bee"],
            "announced": "2026-07-02",
        }
        for number in range(1, 4202)
    ]
    with replay_module.Replay(corpus(rows), today=THURSDAY) as running:
        listed = catchup_listing.fetch_listing(client, running.url, "cs.CL", THURSDAY)
        fed = rss_feed.fetch_feed(client, running.url, "cs.CL")

    assert len(listed.records) == 4201
    assert listed.stated == Counts.of(r.announce_type for r in listed.records if r.announce_type)
    assert listed.problems == ()
    assert (len(fed.records), fed.overfull) == (2000, True)
    # As arXiv does, an overfull feed has lost the lowest-numbered new papers.
    assert {r.id for r in listed.records} - {r.id for r in fed.records} == {
        r.id for r in listed.records if r.announce_type == "new" and r.id not in types(fed.records)
    }


def test_a_harvest_goes_on_by_its_token(client: SourceClient, replay: Any) -> None:
    address = f"{replay.url}/oai?verb=ListRecords"
    page = client.read(
        f"{address}&metadataPrefix=arXivRaw&from=2026-06-29&set=cs:cs:CL", accept=XML, parse=oai_pmh.parse_oai_page
    )
    records = list(page.records)
    while page.token:
        page = client.read(f"{address}&resumptionToken={page.token}", accept=XML, parse=oai_pmh.parse_oai_page)
        records += page.records

    listed = catchup_listing.fetch_listing(client, replay.url, "cs.CL", THURSDAY)
    assert {r.id for r in listed.records} <= {record.paper.id for record in records}
    assert all(record.versions and record.paper.version for record in records)
