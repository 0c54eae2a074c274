"""Real announced days, replayed over HTTP, built by the real `mkdocs build --strict`."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

from paperboy import tex
from paperboy.storage import archive
from tests.conftest import Built, Site, demo_options
from tests.replaying import announced

if TYPE_CHECKING:
    from collections.abc import Iterator

CATEGORIES = ["cs.CL", "cs.LG", "cs.CV"]


def parts(built: Built, category: str, day: date) -> Iterator[LexborHTMLParser]:
    """The parts of a category-day's page, as its pager leads to them."""
    folder = f"{day:%Y/%m/%d}/{category}"
    first = LexborHTMLParser(built.html(folder))
    yield first
    for link in first.css("nav.pager a"):
        yield LexborHTMLParser(built.html(f"{folder}/{link.attributes['href']}"))


def on_page(built: Built, category: str, day: date) -> dict[str, str]:
    """What a category-day's page shows in all its parts: id → type, cards and short entries together."""
    shown = [
        (node.attributes[key], node.attributes["data-announce"])
        for html in parts(built, category, day)
        for selector, key in (("article.paper", "id"), ("article.paper-ref", "data-id"))
        for node in html.css(selector)
    ]
    found = {str(key): str(value) for key, value in shown}
    assert len(found) == len(shown), "nothing stands there twice"
    return found


def ledger(built: Built, day: date) -> dict[str, Any]:
    return json.loads((built.archive / f"{day:%Y/%m/%d}/ledger.json").read_text())  # type: ignore[no-any-return]


def options(world: Any, **more: Any) -> dict[str, Any]:
    return demo_options(world.url, **({"categories": CATEGORIES, "translation": {"enabled": False}} | more))


def check(world: Any, built: Built, day: date) -> None:
    """Every category-day holds exactly what arXiv announced, on the page and in the ledger."""
    account = ledger(built, day)
    for category in CATEGORIES:
        truth = announced(world, category, day)
        assert truth, (category, day)
        assert on_page(built, category, day) == truth, (category, day)
        entry = account["categories"][category]
        assert entry["status"] == "complete"
        assert entry["held"] == entry["stated"]
        assert sum(entry["held"].values()) == len(truth)
    everything = {arxiv_id for category in CATEGORIES for arxiv_id in announced(world, category, day)}
    cards = [
        str(node.attributes["id"])
        for category in CATEGORIES
        for html in parts(built, category, day)
        for node in html.css("article.paper")
    ]
    assert sorted(cards) == sorted(everything), "each paper's full text stands exactly once a date"


def test_a_week_of_mornings_with_a_tuesday_a_weekend_and_faults(world: Any, site: Site) -> None:
    site.configure(options(world))
    mornings: list[tuple[date, dict[str, Any]]] = [
        (date(2026, 6, 29), {}),
        (date(2026, 6, 30), {"feed": [{"fault": "http_429", "retry_after": 1, "first": 1}]}),
        (
            date(2026, 7, 1),
            {
                "listing": [{"fault": "truncated", "first": 1}, {"fault": "http_500", "requests": [2]}],
                "api": [{"fault": "http_500", "first": 1}],
            },
        ),
        (date(2026, 7, 2), {"feed": [{"fault": "stale_day"}]}),
        (date(2026, 7, 3), {"feed": [{"fault": "blank", "first": 1}], "listing": [{"fault": "reset", "first": 1}]}),
    ]
    for day, faults in mornings:
        world.control({"date": day.isoformat(), "faults": faults})
        stale = "stale_day" in str(faults)
        built = site.build(strict=not stale)
        assert built.code == 0, built.log
        check(world, built, day)
        assert ("stale" in built.log) == stale

    pages = {path.parent for path in (site.root / "site/2026").glob("0[67]/[0-3][0-9]/edition.json")}
    world.control({"date": "2026-07-04", "faults": {}})
    weekend = site.build()

    assert weekend.code == 0, weekend.log
    assert pages == {path.parent for path in (site.root / "site/2026").glob("0[67]/[0-3][0-9]/edition.json")}
    assert "WARNING" not in weekend.log
    for day, _ in mornings:
        check(world, weekend, day)


def test_a_past_day_comes_from_the_listing_alone(world: Any, site: Site) -> None:
    world.control({"date": "2026-07-03"})
    site.configure(options(world, date="2026-06-30"))

    built = site.build()

    assert built.code == 0, built.log
    check(world, built, date(2026, 6, 30))
    assert ledger(built, date(2026, 6, 30))["categories"]["cs.CL"]["sources"] == ["listing"]


def test_a_weekend_as_the_first_build_shows_the_last_announced_day(world: Any, site: Site) -> None:
    world.control({"date": "2026-07-05"})
    site.configure(options(world))

    built = site.build()

    assert built.code == 0, built.log
    check(world, built, date(2026, 7, 3))
    assert [path.name for path in (built.archive / "2026/07").iterdir()] == ["03"]


def test_a_stated_count_that_differs_is_incomplete_everywhere_until_it_agrees(world: Any, site: Site) -> None:
    day = date(2026, 7, 2)
    faults = {"listing": [{"fault": "wrong_counts", "delta": 5, "match": "cs.CL"}]}
    world.control({"date": day.isoformat(), "faults": faults})
    site.configure(options(world))

    built = site.build(strict=False)

    assert built.code == 0, built.log
    entry = ledger(built, day)["categories"]["cs.CL"]
    assert entry["status"] == "incomplete"
    assert entry["stated"]["new"] == entry["held"]["new"] + 5
    assert "cs.CL" in built.log
    assert "incomplete" in built.log
    assert "ledger-status--incomplete" in built.html("2026/07/02/cs.CL")
    assert on_page(built, "cs.CL", day) == announced(world, "cs.CL", day)
    assert site.build().code != 0, "strict mode counts it as a failure"

    world.control({"faults": {}})
    again = site.build()

    assert again.code == 0, again.log
    check(world, again, day)


def test_a_stale_feed_is_recognised_without_an_archive_too(world: Any, site: Site) -> None:
    day = date(2026, 7, 1)
    world.control({"date": day.isoformat(), "faults": {"feed": [{"fault": "stale_day"}]}})
    site.configure(options(world))

    built = site.build(strict=False)

    assert built.code == 0, built.log
    assert "stale" in built.log
    check(world, built, day)


def test_when_every_source_is_stale_the_day_before_is_not_stored_again(world: Any, site: Site) -> None:
    site.configure(options(world))
    world.control({"date": "2026-07-01"})
    assert site.build().code == 0
    world.control(
        {"date": "2026-07-02", "faults": {"feed": [{"fault": "stale_day"}], "listing": [{"fault": "stale_day"}]}}
    )

    built = site.build(strict=False)

    assert built.code == 0, built.log
    assert not (built.archive / "2026/07/02").exists()

    world.control({"faults": {}})
    check(world, site.build(), date(2026, 7, 2))


def test_without_the_listing_a_day_is_not_reconciled_and_says_so(world: Any, site: Site) -> None:
    day = date(2026, 7, 2)
    world.control({"date": day.isoformat()})
    chosen = options(world)
    chosen["sources"]["arxiv"]["listing_url"] = None
    site.configure(chosen)

    built = site.build()

    assert built.code == 0, built.log
    entry = ledger(built, day)["categories"]["cs.CL"]
    assert (entry["status"], entry["stated"]) == ("not reconciled", None)
    assert "Fetched: " in built.html("2026/07/02/cs.CL") or "未核对" in built.html("2026/07/02/cs.CL")
    assert on_page(built, "cs.CL", day) == announced(world, "cs.CL", day)


def test_a_settled_day_costs_nothing_but_conditional_requests(world: Any, site: Site) -> None:
    world.control({"date": "2026-07-02"})
    site.configure(options(world))
    assert site.build().code == 0
    world.control({"reset": True})

    assert site.build().code == 0

    stats = world.journal.stats()
    assert "listing" not in stats["requests"]
    assert "api" not in stats["requests"]
    assert stats["status"] == {"feed": {"304": len(CATEGORIES)}}


def test_a_day_that_is_translated_is_never_paid_for_twice(world: Any, site: Site) -> None:
    day = date(2026, 7, 2)
    world.control({"date": day.isoformat()})
    chosen = options(
        world, categories=["cs.MA", "cs.HC"], translation={"model": "replay-translator", "base_url": f"{world.url}/v1"}
    )
    site.configure(chosen)

    built = site.build()

    assert built.code == 0, built.log
    truth = announced(world, "cs.MA", day) | announced(world, "cs.HC", day)
    account = ledger(built, day)["translations"]["zh-CN"]
    assert account["translated"] + sum(account["failed"].values()) == len(truth)
    assert account["translated"] > len(truth) * 0.95
    path = built.archive / "2026/07/02/translations.zh-CN.jsonl"
    translations = path.read_bytes()
    papers = {paper.id: paper for paper in archive.read_announcements(built.archive, day)}
    for answer in archive.read_translations(built.archive, day, "zh-CN"):
        if answer.status == "ok":
            for field in ("title", "abstract"):
                kept = tex.mask(tex.to_unicode(getattr(papers[answer.id], field))).pieces
                assert sorted(kept) == sorted(tex.mask(getattr(answer, field)).pieces), "a formula or link was lost"

    world.control({"reset": True})
    again = site.build()

    assert again.code == 0, again.log
    paid = world.journal.stats()["requests"].get("llm", 0)
    assert paid <= 2 * sum(account["failed"].values()), "only what was refused is asked again"
    assert translations == path.read_bytes() or paid


def test_a_holiday_is_noted_once_and_leaves_no_page(world: Any, site: Site) -> None:
    """The nineteenth of June was a holiday: Monday the 22nd has no listing."""
    site.configure(options(world, date="2026-06-19"))
    world.control({"date": "2026-06-24"})
    assert site.build().code == 0
    site.configure(options(world, date="2026-06-23"))

    built = site.build()

    assert built.code == 0, built.log
    assert "2026-06-22: no announcement" in built.log
    assert not (built.site / "2026/06/22").exists()
    assert json.loads((built.archive / "2026/06/22/ledger.json").read_text())["announced"] is False
    check(world, built, date(2026, 6, 23))

    world.control({"reset": True})
    again = site.build()

    assert again.code == 0, again.log
    assert "listing" not in world.journal.stats()["requests"]
