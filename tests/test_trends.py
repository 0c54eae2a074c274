"""The trending pages of a site: which there are, and which of them a change makes anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy import contributions
from paperboy.contributions.model import Overrides
from paperboy.domain import config
from paperboy.domain.signals import Featured, FeaturedList
from paperboy.pipeline.publish.trending import Trends
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html.document import Document
from paperboy.storage import archive
from paperboy.storage.journal import Journal
from tests.factories import answer

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.config import Options

DAYS = [date(2026, 3, 31), date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)]
KIT = SiteContext(SiteOptions(categories=("cs.CL",)))


def put(options: Options, day: date, upvotes: int = 1, edition: str | None = None) -> None:
    paper = Featured(
        id=f"26{day:%m}.000{day:%d}",
        featured=day.isoformat(),
        upvotes=upvotes,
        title="Title",
        abstract="Abstract.",
        edition=edition,
    )
    archive.write(options.archive, day, FeaturedList(date=day.isoformat(), papers=(paper,)))


@pytest.fixture
def options(tmp_path: Path) -> Options:
    made = configured(tmp_path)
    for day in DAYS:
        put(made, day)
    return made


def configured(folder: Path, **values: Any) -> Options:
    return config.parse_options({"categories": ["cs.CL"], **values}, folder)


def units(
    options: Options, editions: dict[date, str] | None = None, written: Overrides | None = None
) -> dict[str, str]:
    made = Trends(options, KIT, "key", editions or {}, lambda _day, _id: None, (written or Overrides(), ""))
    return {unit.name: unit.key for unit in made.units()}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_each_date_and_month_has_a_page_and_there_is_one_feed(options: Options) -> None:
    made = Trends(options, KIT, "key", {}, lambda _day, _id: None)
    paths = [item.path for unit in made.units() for item in unit.make()]

    assert paths == [
        *(f"trending/{day}/" for day in DAYS),
        "trending/2026-06/",
        "trending/2026-03/",
        "trending/feed.xml",
        "trending/feed.json",
    ]
    assert made.index().path == "trending/"


def test_what_has_not_changed_keeps_its_key(options: Options) -> None:
    assert units(options) == units(options)


def test_a_vote_changes_its_date_its_month_and_the_feed(options: Options) -> None:
    before = units(options)
    put(options, DAYS[2], upvotes=9)

    assert changed(before, units(options)) == {"trending/2026-06-02/", "trending/2026-06/", "trending/feed"}


def test_a_translation_of_a_featured_paper_changes_its_pages(options: Options) -> None:
    before = units(options)
    with Journal(options.archive, DAYS[0], "zh-CN") as journal:
        journal.append(answer("2603.00031", version=None, title="译名"))
    made = Trends(options, KIT, "key", {}, lambda _day, _id: None)
    (page,) = (unit for unit in made.units() if unit.name == "trending/2026-03-31/")
    (document,) = page.make()

    assert changed(before, units(options)) == {"trending/2026-03-31/", "trending/2026-03/", "trending/feed"}
    assert isinstance(document, Document)
    assert "译名" in document.content[-1].html  # type: ignore[union-attr]


def test_another_edition_changes_the_pages_that_link_its_cards(options: Options) -> None:
    put(options, DAYS[1], edition="2026-05-29")
    before = units(options, {date(2026, 5, 29): "a", date(2026, 5, 28): "b"})

    assert changed(before, units(options, {date(2026, 5, 29): "a", date(2026, 5, 28): "c"})) == set()
    assert changed(before, units(options, {date(2026, 5, 29): "x"})) == {"trending/2026-06-01/"}


def test_older_months_keep_the_page_of_the_month_alone(tmp_path: Path, options: Options) -> None:
    del options
    short = configured(tmp_path, retention={"months": 3})

    assert set(units(short, {DAYS[3]: ""})) == {
        *(f"trending/{day}/" for day in DAYS[1:]),
        "trending/2026-06/",
        "trending/2026-03/",
        "trending/feed",
    }


def test_dates_after_the_one_that_the_site_is_built_for_are_left_out(tmp_path: Path, options: Options) -> None:
    del options
    past = configured(tmp_path, date=DAYS[1])

    assert "trending/2026-06-02/" not in units(past)
    assert "trending/2026-06-01/" in units(past)


def test_a_broken_list_takes_only_its_own_date_away(options: Options, caplog: pytest.LogCaptureFixture) -> None:
    (archive.folder(options.archive, DAYS[1]) / "featured.json").write_text('{"schema": 9}')

    assert "trending/2026-06-01/" not in units(options)
    assert "trending/2026-06-02/" in units(options)
    assert "built without what it holds of 2026-06-01" in caplog.text


def test_what_people_write_of_a_paper_changes_its_date_its_month_and_the_feed(options: Options) -> None:
    before = units(options)
    path = options.docs_dir / "overrides" / "papers" / "2606.00002.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\ntitle: 人的标题\n---\n", encoding="utf-8")

    after = units(options, written=contributions.load_overrides(options))

    assert changed(before, after) == {"trending/2026-06-02/", "trending/2026-06/", "trending/feed"}
    assert units(options, written=contributions.load_overrides(options)) == after
