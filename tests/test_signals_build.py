"""Signals, trending pages and institutions on a site built by the real `mkdocs build`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

from tests.conftest import Built, Site, demo_options

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.tools.demo.fake_server import DemoServer

DAY = "2026/06/03"
NOWHERE = "http://127.0.0.1:9"
OUTSIDE = "2605.90877"
"""A featured paper of the demo that no followed category announces."""


def options(demo: DemoServer, **huggingface: Any) -> dict[str, Any]:
    made = demo_options(demo.url)
    made["sources"]["huggingface"] = {"url": demo.url, "request_interval": 0} | huggingface
    return made


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def page(built: Built, path: str) -> LexborHTMLParser:
    return LexborHTMLParser(built.html(path))


def test_what_the_community_featured_is_fetched_joined_translated_and_shown(site: Site, demo: DemoServer) -> None:
    site.configure(options(demo), site_url="https://example.org/")
    built = site.build()

    assert built.code == 0, built.log
    assert [node.text() for node in page(built, "").css(".noticed .paper-votes")] == ["▲ 62 票", "▲ 17 票", "▲ 5 票"]
    cards = page(built, "trending/2026-06-03").css("article.paper")
    assert [card.attributes["id"] for card in cards] == ["2606.90001", OUTSIDE, "2606.90012", "2606.90002"]
    assert not any("data-untranslated" in card.attributes for card in cards)
    assert cards[1].css_first(".paper-title span:has(+ small)").text() == "用两只笨拙的手折报纸"  # type: ignore[union-attr]
    assert len(page(built, "trending/2026-06").css("ol.trending > li")) == 4
    assert len(page(built, "trending").css("ol.trending > li")) == 4
    assert OUTSIDE in (built.site / "trending/feed.xml").read_text()
    assert "trending/feed.xml" in (built.site / "feeds.opml").read_text()
    heads = page(built, "trending/2026-06-03").css("link[rel='alternate feed']")
    assert "../feed.xml" in {head.attributes["href"] for head in heads}
    papers = {one["id"]: one for one in json.loads((built.site / DAY / "edition.json").read_text())["papers"]}
    assert papers["2606.90001"]["signals"]["stars"] == 1184
    assert OUTSIDE not in papers


def test_a_featured_paper_is_no_paper_of_the_edition_and_is_paid_for_once(site: Site, demo: DemoServer) -> None:
    site.configure(options(demo))
    built = site.build()
    account = json.loads((built.archive / DAY / "ledger.json").read_text())["translations"]["zh-CN"]
    answers = rows(built.archive / DAY / "translations.zh-CN.jsonl")

    assert (account["translated"], account["untranslated"]) == (15, 1)
    assert [answer["status"] for answer in answers if answer["id"] == OUTSIDE] == ["ok"]
    again = site.build()
    accepted = [answer for answer in answers if answer["status"] == "ok"]
    later = rows(again.archive / DAY / "translations.zh-CN.jsonl")
    assert [answer for answer in later if answer["status"] == "ok"] == accepted


def test_without_hugging_face_the_site_is_built_and_says_so(site: Site, demo: DemoServer) -> None:
    site.configure(options(demo, url=NOWHERE))
    built = site.build()

    assert built.code == 0, built.log
    assert "without signals of Hugging Face" in built.log
    assert "未能取得 Hugging Face 当日的数据" in built.html()
    assert "未能访问 Hugging Face" in built.html("trending")
    assert len(page(built, DAY).css("article.paper-ref")) == 16

    site.configure(options(demo))
    later = site.build()
    assert "未能取得 Hugging Face 当日的数据" not in later.html()
    assert len(page(later, "").css(".noticed li")) == 3


def test_hugging_face_is_not_asked_where_it_is_off_or_nothing_is(site: Site, demo: DemoServer) -> None:
    site.configure(options(demo, enabled=False))
    off = site.build()
    assert off.code == 0, off.log
    assert "Hugging Face" not in off.log
    assert "本站不从 Hugging Face 取得数据" in off.html("trending")
    assert not list(off.archive.rglob("featured.json"))

    site.configure(options(demo) | {"fetch": "never"})
    never = site.build()
    assert never.code == 0, never.log
    assert not list(never.archive.rglob("featured.json"))
