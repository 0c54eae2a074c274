"""The stable link of a paper, in a real browser: it leads to the card, wherever that lies now."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.browsing import served, theme
from tests.conftest import Site
from tests.factories import paper
from tests.filling import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

OLD = "hep-th/9901001"


@pytest.fixture(scope="module", params=[True, False], ids=["folders", "files"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with editions of four months, the addresses of which end in a folder, or in a file."""
    site = Site(tmp_path_factory.mktemp("links"))
    options = {"categories": ["cs.CL"], "fetch": "never", "translation": {"enabled": False}}
    site.configure(options, theme=theme(), use_directory_urls=request.param)
    announced = {
        date(2026, 1, 2): [paper("2512.00001"), paper("2512.00002")],
        date(2026, 1, 30): [paper("2601.00001"), paper("2512.00002", version=2, listed={"cs.CL": "replace"})],
        date(2026, 3, 2): [paper("2602.00001"), paper("2601.00001", version=2, listed={"cs.CL": "replace"})],
        date(2026, 6, 4): [paper("2606.00001"), paper(OLD, version=5, listed={"cs.CL": "replace"})],
    }
    for day, papers in announced.items():
        fill(site.root / ".paperboy" / "archive", day, papers)
    built = site.build()
    assert built.code == 0, built.log
    with served(built.site) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def link(address: str, arxiv_id: str) -> str:
    return f"{address}p/#{arxiv_id}"


@pytest.mark.parametrize(
    ("arxiv_id", "day", "asked"),
    [
        ("2601.00001", "2026/01/30/", 1),
        ("2601.00001v7", "2026/01/30/", 1),
        ("2512.00001", "2026/01/02/", 1),
        ("2512.00002", "2026/01/30/", 1),
        ("2602.00001", "2026/03/02/", 1),
        ("2606.00001", "2026/06/04/", 1),
        (OLD, "2026/06/04/", 1),
    ],
)
def test_it_leads_to_the_card_and_asks_for_little(
    page: Page, address: str, arxiv_id: str, day: str, asked: int
) -> None:
    files: list[str] = []
    page.on("request", lambda request: files.append(request.url) if request.url.endswith(".json") else None)
    page.goto(link(address, arxiv_id))
    page.wait_for_url(f"**/{day}**")
    page.locator("article.paper:target").wait_for()

    assert page.locator("article.paper:target").get_attribute("id") == arxiv_id.partition("v")[0]
    assert len([url for url in files if "/p/" in url]) == asked


def test_every_card_has_its_link_and_it_comes_back_to_the_card(page: Page, address: str) -> None:
    page.goto(link(address, "2606.00001"))
    card = page.locator("article.paper:target")
    card.wait_for()

    own = str(card.locator("a.paper-id").evaluate("node => node.href"))
    assert own.startswith(f"{address}p/")
    page.goto("about:blank")
    page.goto(own)
    page.wait_for_url("**/2026/06/04/**")
    page.locator("article.paper:target").wait_for()


@pytest.mark.parametrize("wrong", ["2699.99999", "9912.00001"])
def test_a_paper_that_is_not_on_the_site_is_said_to_be_at_arxiv(page: Page, address: str, wrong: str) -> None:
    page.goto(link(address, wrong))
    page.get_by_text("没有").wait_for()

    assert page.get_by_role("link", name=f"arXiv:{wrong}").get_attribute("href") == f"https://arxiv.org/abs/{wrong}"


@pytest.mark.parametrize("wrong", ["<img src=x onerror=alert(1)>", "%", "javascript:alert(1)", "../../x", "2606.1"])
def test_what_is_no_id_is_said_to_be_none(page: Page, address: str, wrong: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(link(address, wrong))
    field = page.locator(".paper-find input")
    field.wait_for()

    assert page.locator(".paper-permalink :is(img, script)").count() == 0
    field.fill("arXiv:2606.00001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/2026/06/04/**")


def test_a_file_that_does_not_come_is_not_taken_for_an_answer(page: Page, address: str) -> None:
    page.route("**/p/*.json", lambda route: route.fulfill(status=503, body=""))
    page.goto(link(address, "2606.00001"))
    page.get_by_text("未能载入").wait_for()

    assert page.get_by_role("link", name="arXiv:2606.00001").is_visible()


def test_a_map_that_was_tampered_with_leads_nowhere_else(page: Page, address: str) -> None:
    page.route(
        "**/p/*.json",
        lambda route: route.fulfill(json={"https://evil.example/": "2606.00001", "//evil.example/": "2606.00001"}),
    )
    page.goto(link(address, "2606.00001"))
    page.get_by_text("没有").wait_for()

    assert "evil" not in page.url


def test_without_javascript_the_page_says_how_to_find_it(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(link(address, "2606.00001"))

    assert page.get_by_text("未启用 JavaScript").is_visible()
    assert page.locator(".paper-permalink a").first.is_visible()
    context.close()
