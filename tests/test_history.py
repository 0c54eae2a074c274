"""Backfill and import, over the replay of a real week and over invented snapshots."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from paperboy.cli import main
from paperboy.domain import config, taxonomy
from paperboy.domain.errors import PaperboyError, Unreachable
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.pipeline.backfill import harvest
from paperboy.storage import archive
from tests.conftest import demo_options
from tests.factories import paper
from tests.test_catching_up import announced, fetch, held, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.domain.config import Options
    from paperboy.pipeline.backfill.harvest import SnapshotRead
    from tests.conftest import Site

WEEK = "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
CATEGORIES = ["cs.CL", "cs.MA"]
FIRST, LAST = date(2026, 6, 29), date(2026, 7, 3)
WEDNESDAY, THURSDAY = date(2026, 7, 1), date(2026, 7, 2)


@pytest.fixture(scope="module")
def world(shared: Path) -> Iterator[Any]:
    sys.path.insert(0, str(shared / "replay"))
    from replay import Replay  # type: ignore[import-not-found]  # only where ../shared is

    with Replay([shared / WEEK], today=date(2026, 7, 8)) as replay:
        yield replay


@pytest.fixture(autouse=True)
def calm(request: pytest.FixtureRequest) -> None:
    if "world" in request.fixturenames:
        request.getfixturevalue("world").control({"faults": {}, "reset": True, "date": "2026-07-08"})


def read(url: str, folder: Path) -> Options:
    values = demo_options(url, categories=CATEGORIES, translation={"enabled": False})
    values["sources"]["arxiv"]["oai_url"] = f"{url}/oai"
    return config.parse_options(values, folder)


@pytest.fixture
def options(world: Any, tmp_path: Path) -> Options:
    return read(world.url, tmp_path)


# Backfill


def test_a_backfilled_week_holds_what_arxiv_announced(world: Any, options: Options) -> None:
    harvest.backfill(options, FIRST, LAST)

    days = archive.days(options.archive)
    everything: dict[str, set[str]] = {name: set() for name in CATEGORIES}
    right = total = 0
    for day in days:
        ledger = archive.read_ledger(options.archive, day)
        assert ledger is not None
        for name in CATEGORIES:
            mine, truth = held(options, name, day), announced(world, name, day)
            right, total = right + len(mine & truth), total + len(truth)
            everything[name] |= mine
            entry = ledger.categories[name]
            assert (entry.status, entry.stated, entry.sources) == ("derived", None, ("oai",))
            assert entry.held.total == len(mine)
    assert days == [FIRST, date(2026, 6, 30), WEDNESDAY, THURSDAY, LAST]
    assert right > 0.98 * total
    for name in CATEGORIES:
        truth = set().union(*(announced(world, name, day) for day in days))
        assert len(truth - everything[name]) <= 0.03 * len(truth), "but for what was held back since before the range"


def test_types_and_versions_are_those_of_arxiv(world: Any, options: Options, tmp_path: Path) -> None:
    told = read(world.url, tmp_path / "told")
    world.control({"date": "2026-07-02"})
    fetch(told)
    world.control({"date": "2026-07-08"})
    harvest.backfill(options, THURSDAY, THURSDAY)

    mine = {one.id: one for one in archive.read_announcements(options.archive, THURSDAY)}
    truth = {one.id: one for one in archive.read_announcements(told.archive, THURSDAY)}
    both = mine.keys() & truth.keys()
    certain = [name for name in both if mine[name].primary_category is not None]
    assert len(both) > 0.98 * len(truth)
    assert len(certain) > 0.3 * len(both)
    assert sum(mine[name].version == truth[name].version for name in both) > 0.99 * len(both)
    assert all(mine[name].listed == truth[name].listed for name in certain if mine[name].version == truth[name].version)
    for name in both:
        if mine[name].text_version is None and mine[name].version == truth[name].version:
            assert (mine[name].title, mine[name].abstract) == (truth[name].title, truth[name].abstract)


class Stopped(Exception):
    """As if the process had been killed."""


def test_a_backfill_that_is_stopped_goes_on_where_it_was(world: Any, options: Options, tmp_path: Path) -> None:
    whole = read(world.url, tmp_path / "whole")
    harvest.backfill(whole, FIRST, LAST)
    world.control({"reset": True})

    def stop(category: str, read: SnapshotRead) -> None:
        del read
        raise Stopped(category)

    for _ in CATEGORIES:
        with pytest.raises(Stopped):
            harvest.backfill(options, FIRST, LAST, stop)
    assert archive.days(options.archive) == [], "nothing is merged before all is there"
    (days,) = options.cache.glob("backfill/*/days")
    newest = max(days.iterdir())
    newest.write_bytes(newest.read_bytes() + b'\n{"schema":1,"id":"2607.')  # a row that a kill cut off
    harvest.backfill(options, FIRST, LAST)

    assert stored(options) == stored(whole)
    assert world.journal.stats()["requests"]["oai"] == len(CATEGORIES), "no page is asked for twice"
    assert list(options.cache.glob("backfill/*/days")) == []


def test_a_backfill_goes_on_on_the_next_day(
    world: Any, options: Options, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = read(world.url, tmp_path / "whole")
    harvest.backfill(whole, FIRST, LAST)
    world.control({"reset": True})

    def stop(category: str, read: SnapshotRead) -> None:
        raise Stopped(category, read)

    monkeypatch.setattr(harvest, "yesterday", lambda: LAST)
    with pytest.raises(Stopped):
        harvest.backfill(options, FIRST, None, stop)
    monkeypatch.setattr(harvest, "yesterday", lambda: date(2026, 7, 4))
    harvest.backfill(options, FIRST, None)

    assert stored(options) == stored(whole)
    assert world.journal.stats()["requests"]["oai"] == len(CATEGORIES), "no page is asked for twice"


def test_a_backfill_of_many_categories_has_a_place(world: Any, tmp_path: Path) -> None:
    every = [name for name in taxonomy.CATEGORIES if name.startswith("cs.")]
    values = demo_options(world.url, categories=every, translation={"enabled": False})
    values["sources"]["arxiv"]["oai_url"] = f"{world.url}/oai"

    def stop(category: str, read: SnapshotRead) -> None:
        raise Stopped(category, read)

    assert len(every) == 40
    with pytest.raises(Stopped):
        harvest.backfill(config.parse_options(values, tmp_path), FIRST, LAST, stop)
    assert len(list(tmp_path.glob(".paperboy/cache/backfill/*/state.json"))) == 1


def test_an_announced_day_is_never_written_over(world: Any, options: Options) -> None:
    world.control({"date": THURSDAY.isoformat()})
    fetch(options)
    before = stored(options)
    world.control({"date": "2026-07-08"})

    harvest.backfill(options, FIRST, LAST)

    after = stored(options)
    folder = f"{THURSDAY:%Y/%m/%d}"
    ledgers = [files[f"{folder}/ledger.json"] for files in (before, after)]
    assert ledgers[0] == ledgers[1]
    strip = [
        [{**json.loads(line), "previous": None} for line in files[f"{folder}/papers.jsonl"].splitlines()]
        for files in (before, after)
    ]
    assert strip[0] == strip[1], "but for the note of what was replaced"
    assert len(archive.days(options.archive)) == 5


def test_a_category_that_is_followed_later_is_derived_beside_what_was_announced(world: Any, tmp_path: Path) -> None:
    alone = config.parse_options(demo_options(world.url, categories=["cs.CL"]), tmp_path)
    world.control({"date": THURSDAY.isoformat()})
    fetch(alone)
    before = archive.read_announcements(alone.archive, THURSDAY)
    both = read(world.url, tmp_path)
    world.control({"date": "2026-07-08"})

    harvest.backfill(both, THURSDAY, THURSDAY)

    ledger = archive.read_ledger(both.archive, THURSDAY)
    assert ledger is not None
    assert [ledger.categories[name].status for name in CATEGORIES] == ["complete", "derived"]
    after = {one.id: one for one in archive.read_announcements(both.archive, THURSDAY)}
    for one in before:
        assert after[one.id].listed["cs.CL"] == one.listed["cs.CL"]
        assert after[one.id].title == one.title
        assert after[one.id].sources == one.sources
    assert held(both, "cs.MA", THURSDAY) & announced(world, "cs.MA", THURSDAY)


def test_a_derived_day_gives_way_to_arxivs_own_listing(world: Any, options: Options) -> None:
    harvest.backfill(options, THURSDAY, LAST)
    world.control({"date": LAST.isoformat()})

    fetch(options)

    for day in (THURSDAY, LAST):
        ledger = archive.read_ledger(options.archive, day)
        assert ledger is not None
        assert ledger.complete
        for name in CATEGORIES:
            assert held(options, name, day) == announced(world, name, day)
        assert {one.sources for one in archive.read_announcements(options.archive, day)} == {("api",)}
        assert all(one.text_version is None for one in archive.read_announcements(options.archive, day))


def test_a_backfill_without_an_answer_says_that_what_was_read_is_kept(world: Any, options: Options) -> None:
    world.control({"faults": {"oai": [{"fault": "http_500"}]}})

    with pytest.raises(Unreachable, match="HTTP 500"):
        harvest.backfill(options, FIRST, LAST)


def test_foul_weather_loses_nothing(world: Any, options: Options, tmp_path: Path) -> None:
    calm = read(world.url, tmp_path / "calm")
    harvest.backfill(calm, FIRST, LAST)
    faults = [
        {"fault": "http_503", "retry_after": 0, "requests": [0]},
        {"fault": "truncated", "requests": [1, 4]},
        {"fault": "empty", "requests": [2]},
        {"fault": "reset", "requests": [5]},
    ]
    world.control({"faults": {"oai": faults}})

    harvest.backfill(options, FIRST, LAST)

    assert stored(options) == stored(calm)


# Import


def row(number: int, **more: Any) -> bytes:
    base: dict[str, Any] = {
        "id": f"2406.{number:05}",
        "title": f"Paper {number}",
        "abstract": "  An abstract.\n",
        "authors_parsed": [["Bee", "A.", ""]],
        "categories": "cs.CL",
        "versions": [{"version": "v1", "created": "Mon, 3 Jun 2024 18:00:00 GMT"}],
        "update_date": "2024-06-05",
    }
    return json.dumps(base | more).encode()


REPLACED = [
    {"version": "v1", "created": "Mon, 3 Jun 2024 18:00:01 GMT"},
    {"version": "v2", "created": "Mon, 10 Jun 2024 12:00:00 GMT"},
]
LINES = [
    row(1),
    row(2, versions=REPLACED, title="Newest title"),
    b"{ this is no JSON",
    row(3, categories="hep-th"),
    row(4, title=" "),
    b"",
    row(5, categories="cs.MA cs.CL"),
]
NEW, REPLACEMENT = date(2024, 6, 5), date(2024, 6, 11)


@pytest.fixture
def away(tmp_path: Path) -> Options:
    return read("http://localhost:9", tmp_path)


def snapshot_file(folder: Path, name: str = "snapshot.json", lines: list[bytes] = LINES) -> Path:
    data = b"\n".join(lines) + b"\n"
    path = folder / name
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(data))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("arxiv-metadata-oai-snapshot.json", data)
    else:
        path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["snapshot.json", "snapshot.json.gz", "archive.zip"])
def test_a_snapshot_is_imported_by_announcement_date(away: Options, tmp_path: Path, name: str) -> None:
    read, merged = harvest.import_snapshot(away, snapshot_file(tmp_path, name))

    assert archive.days(away.archive) == [NEW, REPLACEMENT]
    assert [one.id for one in archive.read_announcements(away.archive, NEW)] == [
        "2406.00001",
        "2406.00002",
        "2406.00005",
    ]
    assert (read.records, read.taken, merged.days, merged.announcements) == (6, 3, 2, 4)
    ledger = archive.read_ledger(away.archive, NEW)
    assert ledger is not None
    assert ledger.categories["cs.CL"] == CategoryLedger(
        status="derived", held=Counts(new=2, cross=1), sources=("snapshot",)
    )


def test_a_broken_line_is_counted_and_named_and_ends_nothing(away: Options, tmp_path: Path) -> None:
    read, _ = harvest.import_snapshot(away, snapshot_file(tmp_path))

    assert read.unreadable == 2
    assert [place for place, _ in read.refused] == ["line 3", "line 5"]
    assert read.refused[1][1] == "it has no title"


def test_the_newest_text_stands_under_the_first_version_and_is_marked(away: Options, tmp_path: Path) -> None:
    harvest.import_snapshot(away, snapshot_file(tmp_path))

    first = {one.id: one for one in archive.read_announcements(away.archive, NEW)}["2406.00002"]
    (second,) = archive.read_announcements(away.archive, REPLACEMENT)
    assert (first.version, first.title, first.text_version) == (1, "Newest title", 2)
    assert (second.version, second.text_version) == (2, None)
    assert second.previous is not None
    assert not second.previous.compared, "the text of the first version is not known"


def test_an_import_can_be_bounded_and_repeated(away: Options, tmp_path: Path) -> None:
    path = snapshot_file(tmp_path)
    harvest.import_snapshot(away, path, date(2024, 6, 6), date(2024, 12, 31))
    assert archive.days(away.archive) == [REPLACEMENT]

    harvest.import_snapshot(away, path)
    once = stored(away)
    harvest.import_snapshot(away, path)

    assert stored(away) == once
    assert archive.days(away.archive) == [NEW, REPLACEMENT]


def test_a_paper_that_was_held_back_is_placed_by_its_number(away: Options, tmp_path: Path) -> None:
    late = [{"version": "v1", "created": "Tue, 4 Jun 2024 12:00:00 GMT"}]
    next_day = [{"version": "v1", "created": "Wed, 5 Jun 2024 12:00:00 GMT"}]
    lines = [row(1), row(2, versions=next_day), row(3, versions=late), row(4, versions=next_day)]

    harvest.import_snapshot(away, snapshot_file(tmp_path, lines=lines))

    # Number 3 was sent in before number 2: a moderator held it back.
    assert [one.id for one in archive.read_announcements(away.archive, date(2024, 6, 6))] == [
        "2406.00002",
        "2406.00003",
        "2406.00004",
    ]


def test_what_is_announced_under_another_date_is_not_derived_again(away: Options, tmp_path: Path) -> None:
    # Announced on the 7th, a cross-list: by its submission alone it would be the 5th's.
    late = paper("2406.00001", listed={"cs.CL": "cross"}, sources=("api",))
    day = date(2024, 6, 7)
    archive.write_announcements(away.archive, day, [late])
    entry = CategoryLedger(status="complete", stated=Counts(cross=1), held=Counts(cross=1))
    ledger = Ledger(date=day.isoformat(), categories=dict.fromkeys(CATEGORIES, entry))
    archive.write_ledger(away.archive, day, ledger)

    harvest.import_snapshot(away, snapshot_file(tmp_path))

    assert [one.id for one in archive.read_announcements(away.archive, NEW)] == ["2406.00002", "2406.00005"]
    assert archive.read_announcements(away.archive, day) == (late,)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.json.gz", b"\x1f\x8b\x08 and no more", "damaged"),
        ("s.zip", b"PK no zip", "damaged"),
        ("s.json.zst", b"", r"zstdcat s\.json\.zst \| paperboy import -"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    away: Options, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(PaperboyError, match=said):
        harvest.import_snapshot(away, tmp_path / name)


def test_the_commands_say_what_they_did(site: Site, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    values = demo_options(world.url, categories=CATEGORIES)
    values["sources"]["arxiv"]["oai_url"] = f"{world.url}/oai"
    site.configure(values)
    monkeypatch.chdir(site.root)
    runner = CliRunner()

    filled = runner.invoke(main, ["backfill", "--from", "2026-07-01", "--to", "2026-07-02"])
    piped = runner.invoke(main, ["import", "-"], input=io.BytesIO(b"\n".join(LINES)))
    wrong = runner.invoke(main, ["backfill", "--from", "2026-07-03", "--to", "2026-07-02"])

    assert filled.exit_code == 0, filled.output
    assert "announcements on 2 derived days" in filled.output
    assert piped.exit_code == 0, piped.output
    assert "6 records read, 3 of them in the followed categories; 4 announcements on 2 derived days" in piped.output
    assert "line 3: " in piped.output
    assert wrong.exit_code == 2
