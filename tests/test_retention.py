"""Older months in less room: what they still show, and how an abstract is opened there."""

from __future__ import annotations

import gzip
import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from paperboy.domain.ledger import CategoryLedger, Ledger
from paperboy.domain.overrides import Contribution, Override
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html.document import DataFile, Document, to_html
from paperboy.site.pages.condensed_edition import CondensedPages
from tests.browsing import served
from tests.factories import edition_of, paper
from tests.test_carried_build import OPTIONS, add, build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import Site

OLD, NEW = date(2026, 1, 8), date(2026, 6, 3)


def with_past(site: Site, older: str) -> dict[str, bytes]:
    site.configure(OPTIONS | {"retention": {"months": 3, "older": older}})
    add(site, OLD)
    add(site, NEW)
    return build(site)


def test_a_condensed_month_keeps_titles_and_anchors_and_has_its_abstracts_in_one_file(site: Site) -> None:
    files = with_past(site, "condensed")
    page = files["2026/01/08/cs.CL/index.html"].decode()
    abstracts = json.loads(gzip.decompress(files["2026/01/08/abstracts.json.gz"]))

    assert 'id="2601.8000"' in page
    assert "标题" in page
    assert "摘要。" not in page
    assert abstracts["2601.8000"] == [["zh-CN", ["摘要。"]], ["en", ["An abstract."]]]
    assert "2026/01/08/edition.json" not in files
    assert "2026/06/03/edition.json" in files
    assert b"2026/01/08" not in files["llms.txt"]


def test_a_hidden_paper_of_a_condensed_month_has_no_abstract_either() -> None:
    written = {"2606.00001": Contribution(file="x.md", override=Override(hide="withdrawn"))}
    ledger = Ledger(date="2026-06-04", categories={"cs.CL": CategoryLedger(status="complete")})
    shown = edition_of(paper(), paper("2606.00002"), contributions=written, ledger=ledger)

    made = {item.path: item for item in CondensedPages(SiteContext(SiteOptions(categories=("cs.CL",))), shown).all()}

    abstracts = made["2026/06/04/abstracts.json.gz"]
    assert isinstance(abstracts, DataFile)
    assert json.loads(gzip.decompress(abstracts.content)).keys() == {"2606.00002"}
    page = made["2026/06/04/cs.CL/"]
    assert isinstance(page, Document)
    assert "withdrawn" in to_html(page)
    assert to_html(page).count("A title") == 1


def test_months_as_downloads_leave_their_calendar_and_a_file_with_every_paper(site: Site) -> None:
    files = with_past(site, "downloads")
    lines = gzip.decompress(files["2026/01/papers.jsonl.gz"]).splitlines()

    assert [len(json.loads(line)["papers"]) for line in lines] == [3]
    assert b"papers.jsonl.gz" in files["2026/01/index.html"]
    assert not any(path.startswith("2026/01/08") for path in files)
    assert "2026/06/03/cs.CL/index.html" in files
    assert b"2026-01-08" not in files["2026/06/03/index.html"]


def test_more_months_bring_older_pages_back(site: Site) -> None:
    with_past(site, "downloads")
    site.configure(OPTIONS)

    files = build(site)
    assert "2026/01/08/edition.json" in files
    assert "2026/01/papers.jsonl.gz" not in files


@pytest.fixture
def condensed(site: Site) -> Iterator[str]:
    with_past(site, "condensed")
    with served(site.root / "site") as url:
        yield f"{url}/2026/01/08/cs.CL/"


def test_an_abstract_of_a_condensed_month_opens_in_place(browser: Browser, condensed: str) -> None:
    page = browser.new_page()
    page.goto(condensed)
    page.locator("article.paper").first.locator(".paper-fetch a").click()

    opened = page.locator("article.paper").first.locator("details.paper-abstract")
    opened.wait_for()
    assert opened.locator("div[lang=en]").inner_text() == "An abstract."
    assert page.url == condensed
    page.close()


def test_abstracts_that_do_not_load_are_said_and_the_link_stays(browser: Browser, condensed: str) -> None:
    page = browser.new_page()
    page.route("**/abstracts.json.gz", lambda route: route.abort())
    page.goto(condensed)
    page.locator("article.paper").first.locator(".paper-fetch a").click()

    page.get_by_text("当日的摘要未能载入").wait_for()
    link = page.locator("article.paper").first.locator(".paper-fetch a")
    assert link.get_attribute("href") == "https://arxiv.org/abs/2601.8000v1"
    page.close()
