"""Signals from Hugging Face into the archive: which dates are asked for, and which edition gets what."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain import config
from paperboy.domain.ledger import Ledger
from paperboy.domain.signals import Featured, FeaturedList, SignalList
from paperboy.pipeline.fetch import signals as noticing
from paperboy.pipeline.fetch.signals import dates_to_ask
from paperboy.sources.http_client import SourceClient
from paperboy.storage import archive
from tests.factories import paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.domain.config import Options

WEDNESDAY = date(2026, 6, 3)
WEEK = "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"


def day(number: int) -> date:
    return date(2026, 6, number)


def featured(arxiv_id: str, when: date, **more: Any) -> Featured:
    return Featured(**({"id": arxiv_id, "featured": when.isoformat(), "title": "T", "abstract": "A."} | more))


def put(root: Path, when: date, *papers: Featured, settled: bool = False) -> None:
    archive.write(root, when, FeaturedList(date=when.isoformat(), settled=settled, papers=papers))


def announce(root: Path, when: date, *ids: str) -> None:
    archive.write_announcements(root, when, [paper(arxiv_id) for arxiv_id in ids])
    archive.write_ledger(root, when, Ledger(date=when.isoformat()))


def signals(root: Path, when: date) -> dict[str, Any]:
    found = archive.read(root, when, SignalList)
    return {signal.id: signal for signal in found.papers} if found else {}


def editions(root: Path, when: date) -> dict[str, str | None]:
    found = archive.read(root, when, FeaturedList)
    assert found is not None
    return {paper.id: paper.edition for paper in found.papers}


# Which dates


def test_an_empty_archive_asks_for_the_last_week_newest_first() -> None:
    assert dates_to_ask(WEDNESDAY, {}, 14) == [
        day(3), day(2), day(1), date(2026, 5, 29), date(2026, 5, 28), date(2026, 5, 27)
    ]  # fmt: skip


def test_a_settled_date_is_not_asked_for_again() -> None:
    assert dates_to_ask(WEDNESDAY, {day(1): True, day(2): False}, 14) == [
        day(3), day(2), date(2026, 5, 29), date(2026, 5, 28), date(2026, 5, 27)
    ]  # fmt: skip


def test_dates_missed_in_a_pause_are_asked_for_as_far_back_as_editions_are() -> None:
    held = {day(1): True}

    assert dates_to_ask(day(24), held, 14)[-1] == day(10)
    assert dates_to_ask(day(24), held, 60)[-1] == day(2)


# Joining


def test_an_edition_has_the_signals_of_its_papers_whenever_they_were_featured(tmp_path: Path) -> None:
    announce(tmp_path, day(3), "2606.00001", "2606.00002", "2606.00003")
    put(tmp_path, day(3), featured("2606.00001", day(3), upvotes=3), featured("2606.09999", day(3)))
    put(tmp_path, day(12), featured("2606.00002", day(12), upvotes=5))
    noticing.join_signals(tmp_path, day(1), day(12))

    assert {name: signal.upvotes for name, signal in signals(tmp_path, day(3)).items()} == {
        "2606.00001": 3,
        "2606.00002": 5,
    }
    assert editions(tmp_path, day(3)) == {"2606.00001": "2026-06-03", "2606.09999": None}
    assert editions(tmp_path, day(12)) == {"2606.00002": "2026-06-03"}


def test_a_paper_featured_long_after_its_edition_is_not_joined(tmp_path: Path) -> None:
    announce(tmp_path, day(1), "2606.00001")
    put(tmp_path, day(16), featured("2606.00001", day(16)))
    noticing.join_signals(tmp_path, day(1), day(16))

    assert signals(tmp_path, day(1)) == {}


def test_a_replacement_has_the_votes_of_the_paper(tmp_path: Path) -> None:
    announce(tmp_path, day(2), "2606.00001")
    announce(tmp_path, day(9), "2606.00001")
    put(tmp_path, day(4), featured("2606.00001", day(4), upvotes=7))
    noticing.join_signals(tmp_path, day(1), day(9))

    assert [signals(tmp_path, day(number))["2606.00001"].upvotes for number in (2, 9)] == [7, 7]
    assert editions(tmp_path, day(4)) == {"2606.00001": "2026-06-02"}


def test_of_a_paper_that_was_featured_twice_the_newer_signals_count(tmp_path: Path) -> None:
    announce(tmp_path, day(2), "2606.00001")
    put(tmp_path, day(4), featured("2606.00001", day(4), upvotes=9))
    put(tmp_path, day(3), featured("2606.00001", day(3), upvotes=2))
    noticing.join_signals(tmp_path, day(1), day(9))

    assert signals(tmp_path, day(2))["2606.00001"].upvotes == 9


def test_an_edition_that_nobody_noticed_has_no_file(tmp_path: Path) -> None:
    announce(tmp_path, day(2), "2606.00001")
    put(tmp_path, day(2), featured("2606.00002", day(2)))
    noticing.join_signals(tmp_path, day(1), day(2))

    assert not (archive.folder(tmp_path, day(2)) / "signals.json").exists()


def test_unknown_keys_of_signals_are_kept_and_newer_schemas_untouched(tmp_path: Path) -> None:
    announce(tmp_path, day(2), "2606.00001")
    announce(tmp_path, day(3), "2606.00001")
    put(tmp_path, day(2), featured("2606.00001", day(2)))
    noticing.join_signals(tmp_path, day(1), day(3))
    known, newer = (archive.folder(tmp_path, day(number)) / "signals.json" for number in (2, 3))
    row = json.loads(known.read_text())
    row["later"] = 1
    row["papers"][0]["mood"] = "good"
    known.write_text(json.dumps(row))
    newer.write_text('{"schema": 2, "date": "2026-06-03", "papers": []}')
    put(tmp_path, day(2), featured("2606.00001", day(2), upvotes=8))
    noticing.join_signals(tmp_path, day(1), day(3))

    after = json.loads(known.read_text())
    assert (after["later"], after["papers"][0]["mood"], after["papers"][0]["upvotes"]) == (1, "good", 8)
    assert newer.read_text() == '{"schema": 2, "date": "2026-06-03", "papers": []}'


def test_a_broken_signals_file_does_not_take_the_edition_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    announce(tmp_path, day(2), "2606.00001")
    (archive.folder(tmp_path, day(2)) / "signals.json").write_text('{"schema": 1, "da')
    with caplog.at_level(logging.WARNING, "paperboy"):
        edition = archive.read_edition(tmp_path, day(2), "zh-CN")

    assert [paper.id for paper in edition.announcements] == ["2606.00001"]
    assert "signals.json" in caplog.text


# Against the replay


@pytest.fixture(scope="module")
def world(shared: Path) -> Iterator[Any]:
    """Hugging Face's recorded days on a local port."""
    import sys

    sys.path.insert(0, str(shared / "replay"))
    from replay import Replay  # type: ignore[import-not-found]  # only where ../shared is

    with Replay([shared / WEEK], hf_days=shared / "data/hf-daily-papers/days", today=date(2026, 7, 24)) as replay:
        yield replay


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noticing, "SourceClient", partial(SourceClient, sleep=lambda _: None))


@pytest.fixture
def options(world: Any, tmp_path: Path) -> Options:
    world.control({"faults": {}, "reset": True, "date": "2026-07-24"})
    return config.parse_options(
        {
            "categories": ["cs.CL"],
            "sources": {"huggingface": {"url": f"{world.url}/hf", "request_interval": 0, "time_limit": 20}},
        },
        tmp_path,
    )


def held(options: Options) -> dict[date, FeaturedList]:
    lists = {day: archive.read(options.archive, day, FeaturedList) for day in archive.featured_days(options.archive)}
    return {day: found for day, found in lists.items() if found}


def files(options: Options) -> dict[str, bytes]:
    return {
        str(path.relative_to(options.archive)): path.read_bytes() for path in sorted(options.archive.rglob("*.json"))
    }


def test_a_week_of_builds_settles_each_date_once(world: Any, options: Options) -> None:
    today = date(2026, 6, 24)
    for number in range(10):
        noticing.fetch_signals(options, today + timedelta(days=number))
    found = held(options)

    assert [day.isoformat() for day, entry in found.items() if entry.settled][-1] == "2026-06-26"
    assert {day: len(entry.papers) for day, entry in found.items()}[date(2026, 6, 24)] == 21
    # Each of 13 dates is asked for until a week has passed; what is unchanged is not sent again.
    assert world.journal.stats()["status"]["hf"] == {"200": 13, "304": 45}


def test_requests_for_unchanged_dates_are_conditional(world: Any, options: Options) -> None:
    for _ in range(2):
        noticing.fetch_signals(options, date(2026, 7, 2))

    assert world.journal.stats()["status"]["hf"] == {"200": 6, "304": 5}  # the oldest has settled


FAULTS: list[dict[str, Any]] = [
    {"hf": {"http_429": 0.3, "http_503": 0.2}},
    {"hf": {"truncated": 0.3, "blank": 0.2}},
    {"hf": {"reset": 0.4}},
    {"hf": {"http_500": 0.5}},
    {"hf": [{"fault": "stale_day", "every": 3}]},
    {"hf": [{"fault": "empty", "every": 3}]},
]


@pytest.mark.parametrize("faults", FAULTS, ids=lambda faults: "-".join(map(str, faults["hf"])))
def test_whatever_fails_for_some_builds_the_archive_ends_the_same(
    world: Any, options: Options, faults: dict[str, Any]
) -> None:
    noticing.fetch_signals(options, date(2026, 7, 2))
    calm = files(options)
    for path in options.archive.rglob("*.json"):
        path.unlink()
    world.control({"faults": {"seed": 3, **faults}})
    for _ in range(4):
        noticing.fetch_signals(options, date(2026, 7, 2))
    world.control({"faults": {}})
    noticing.fetch_signals(options, date(2026, 7, 2))

    assert files(options) == calm


def test_a_host_that_is_down_costs_one_line_and_changes_nothing(
    world: Any, options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    world.control({"faults": {"hf": {"http_500": 1.0}}})
    with caplog.at_level(logging.INFO, "paperboy"):
        noticing.fetch_signals(options, date(2026, 7, 2))

    said = [record for record in caplog.records if "without signals of Hugging Face" in record.message]
    assert [record.levelname for record in said] == ["INFO"]
    assert not options.archive.exists()


def test_a_format_that_has_changed_is_a_warning_and_is_not_asked_for_again_and_again(
    world: Any, options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    world.control({"faults": {"hf": {"blank": 1.0}}})
    with caplog.at_level(logging.WARNING, "paperboy"):
        noticing.fetch_signals(options, date(2026, 7, 2))

    assert len([record for record in caplog.records if "without signals" in record.message]) == 2
    assert world.journal.stats()["requests"]["hf"] == 8


def test_switched_off_it_asks_nothing(world: Any, options: Options, tmp_path: Path) -> None:
    sources = {"huggingface": {"url": f"{world.url}/hf", "enabled": False}}
    noticing.fetch_signals(
        config.parse_options({"categories": ["cs.CL"], "sources": sources}, tmp_path), date(2026, 7, 2)
    )

    assert world.journal.stats()["requests"].get("hf", 0) == 0
    assert not options.archive.exists()
