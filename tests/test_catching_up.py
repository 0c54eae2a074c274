"""The first stage alone, over the replay of a real week: what is missed, stale, empty or quiet."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain import arxiv_calendar, config
from paperboy.pipeline.fetch import days
from paperboy.sources.http_client import SourceClient
from paperboy.storage import archive
from tests import replaying
from tests.conftest import demo_options

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.config import Options

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (
    date(2026, 6, 29),
    date(2026, 6, 30),
    date(2026, 7, 1),
    date(2026, 7, 2),
    date(2026, 7, 3),
)


@pytest.fixture
def options(world: Any, tmp_path: Path) -> Options:
    values = demo_options(world.url, categories=["cs.MA", "cs.HC"], translation={"enabled": False})
    return config.parse_options(values, tmp_path)


def morning(world: Any, options: Options, day: date, **faults: Any) -> None:
    world.control({"date": day.isoformat(), "faults": faults})
    fetch(options)


def fetch(options: Options) -> None:
    with SourceClient(options.sources.arxiv, options.cache) as client:
        days.fetch_days(options, client)


def announced(world: Any, category: str, day: date) -> set[str]:
    return set(replaying.announced(world, category, day))


def held(options: Options, category: str, day: date) -> set[str]:
    return {paper.id for paper in archive.read_announcements(options.archive, day) if category in paper.listed}


def papers(options: Options) -> dict[str, bytes]:
    root = options.archive
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("papers.jsonl"))}


def stored(options: Options) -> dict[str, bytes]:
    root = options.archive
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_days_fetched_late_have_the_bytes_of_days_fetched_at_once(world: Any, options: Options, tmp_path: Path) -> None:
    late = config.parse_options(demo_options(world.url, categories=["cs.MA", "cs.HC"]), tmp_path / "late")
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY):
        morning(world, options, day)
    morning(world, late, MONDAY)
    morning(world, late, FRIDAY)

    # Of the papers new on Tuesday some were replaced by Friday, when the listing of Tuesday shows the later version.
    assert papers(options) == papers(late)
    assert len(papers(late)) == 5


def test_a_stale_listing_is_recognised_though_the_day_before_is_missing(world: Any, options: Options) -> None:
    morning(world, options, MONDAY)
    # On Wednesday Tuesday's listing fails, and Wednesday's shows Tuesday's announcements.
    faults = [{"fault": "http_404", "match": "06-30", "times": 2}, {"fault": "stale_day", "match": "07-01"}]
    morning(world, options, WEDNESDAY, listing=faults, feed=[{"fault": "http_404"}])

    assert archive.days(options.archive) == [MONDAY]

    morning(world, options, WEDNESDAY)
    assert held(options, "cs.MA", WEDNESDAY) == announced(world, "cs.MA", WEDNESDAY)
    assert held(options, "cs.MA", TUESDAY) == announced(world, "cs.MA", TUESDAY)


@pytest.mark.parametrize(
    ("beside", "mornings"),
    [
        pytest.param("cs.HC", 1, id="is asked once more"),
        pytest.param("cs.LG", 3, id="is never believed where papers of the day name it"),
    ],
)
def test_a_category_that_seems_empty(world: Any, tmp_path: Path, beside: str, mornings: int) -> None:
    options = config.parse_options(demo_options(world.url, categories=[beside, "cs.MA"]), tmp_path)
    morning(world, options, TUESDAY)
    faults = [{"fault": "empty", "match": "cs.MA"}]
    for _ in range(mornings):
        morning(world, options, WEDNESDAY, listing=faults, feed=faults)

    ledger = archive.read_ledger(options.archive, WEDNESDAY)
    assert ledger is not None
    assert ledger.categories["cs.MA"].status == "not reconciled"

    morning(world, options, WEDNESDAY)
    assert held(options, "cs.MA", WEDNESDAY) == announced(world, "cs.MA", WEDNESDAY) != set()


def test_a_category_that_announces_nothing_is_believed_in_the_end(world: Any, tmp_path: Path) -> None:
    options = config.parse_options(demo_options(world.url, categories=["cs.MA", "q-fin.TR"]), tmp_path)
    morning(world, options, MONDAY)
    morning(world, options, WEDNESDAY)
    late = archive.read_ledger(options.archive, TUESDAY)
    morning(world, options, WEDNESDAY)
    again = archive.read_ledger(options.archive, TUESDAY)

    assert late is not None
    assert again is not None
    assert announced(world, "q-fin.TR", TUESDAY) == set()
    assert (late.categories["q-fin.TR"].status, again.categories["q-fin.TR"].status) == ("not reconciled", "complete")
    assert again.complete


def test_an_empty_answer_beside_a_full_one_is_a_failure(world: Any, options: Options) -> None:
    morning(world, options, TUESDAY, feed=[{"fault": "empty"}])
    morning(world, options, WEDNESDAY, listing=[{"fault": "empty"}])

    ledgers = [archive.read_ledger(options.archive, day) for day in (TUESDAY, WEDNESDAY)]
    fed, listed = (ledger.categories["cs.HC"] for ledger in ledgers if ledger is not None)
    assert (fed.status, fed.sources, fed.only_listing) == ("complete", ("listing",), ())
    assert (listed.status, listed.sources) == ("not reconciled", ("feed",))


def test_a_holiday_that_nobody_knew_is_noted_when_the_listing_has_said_so_twice(
    world: Any, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without this holiday in its calendar, paperboy expects an edition on Monday the 6th of July.
    monkeypatch.setattr(arxiv_calendar, "holidays", lambda _: frozenset())
    monday, tuesday = date(2026, 7, 6), date(2026, 7, 7)
    morning(world, options, FRIDAY)
    morning(world, options, monday)
    assert archive.known_days(options.archive) == [FRIDAY], "nothing is noted before a later day is there"

    world.corpus._days[tuesday] = world.corpus._days[FRIDAY][:40]
    try:
        morning(world, options, tuesday)
        first = archive.read_ledger(options.archive, monday)
        morning(world, options, tuesday)
        second = archive.read_ledger(options.archive, monday)
        world.control({"reset": True})
        morning(world, options, tuesday)
    finally:
        del world.corpus._days[tuesday]

    assert first is not None
    assert second is not None
    assert (first.announced, first.notes) == (False, (days.ASKED_AGAIN,))
    assert (second.announced, second.notes) == (False, ())
    assert "listing" not in world.journal.stats()["requests"], "a noted day is not asked for again"


def test_a_build_before_the_announcement_changes_nothing_and_says_when_to_come_back(
    world: Any, options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    morning(world, options, THURSDAY)
    before = stored(options)
    world.control({"reset": True})

    with caplog.at_level("INFO", "paperboy"):
        morning(world, options, THURSDAY)

    assert before == stored(options)
    assert world.journal.stats()["status"] == {"feed": {"304": 2}}
    assert "arXiv has announced nothing after 2026-07-02" in caplog.text


def test_when_to_come_back_is_said_by_this_clock_and_by_arxivs() -> None:
    evening = datetime(2026, 7, 2, 19, 0, tzinfo=arxiv_calendar.EASTERN)
    local = arxiv_calendar.ready(FRIDAY).astimezone()

    said = days.come_back(THURSDAY, evening)

    assert "the next edition, dated 2026-07-03" in said
    assert f"{local:%Y-%m-%d %H:%M} {local.tzname()} (Fri 00:30 US Eastern)" in said
    # The third of July is a holiday: after Friday's edition comes Tuesday's.
    assert "dated 2026-07-07" in days.come_back(FRIDAY, evening)


def test_when_arxiv_is_late_the_next_evening_is_named_too() -> None:
    friday_noon = datetime(2026, 7, 10, 12, 0, tzinfo=arxiv_calendar.EASTERN)

    said = days.come_back(date(2026, 7, 9), friday_noon)

    assert "though its calendar has an edition of 2026-07-10; build again in an hour" in said
    assert "Mon 00:30 US Eastern" in said
