"""The demo's site in a real browser, as a reader has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browsing import is_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

VIEWS = [(1280, 900), (360, 740)]
DAY = "2026/06/03/"
PAGES = [
    "",
    DAY,
    f"{DAY}cs.LG/",
    f"{DAY}math.AP/",
    "2026/06/",
    "2026/",
    "archive/",
    "categories/",
    "categories/cs.LG/",
    "quality/",
    "topics/",
    "topics/language-models/",
    "topics/language-models/2026-06/",
    "starred/",
    "search/",
    "p/",
]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), VIEWS)
def test_no_page_scrolls_sideways_asks_another_host_or_logs_an_error(
    browser: Browser, address: str, width: int, height: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    for path in PAGES:
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    context.close()
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert errors == []


def test_an_abstract_opens_by_keyboard_and_its_formulas_are_drawn(page: Page, address: str) -> None:
    page.goto(address + "2026/06/03/cs.LG/")
    card = page.locator("article.paper:has(details.paper-abstract math)").first
    abstract = card.locator("details.paper-abstract")

    assert not abstract.evaluate("node => node.open")
    card.locator("details.paper-abstract > summary").focus()
    page.keyboard.press("Enter")

    assert abstract.evaluate("node => node.open")
    box = abstract.locator("math").first.bounding_box()
    assert box is not None
    assert box["width"] > 4
    assert box["height"] > 4


def test_a_short_entry_leads_to_its_card(page: Page, address: str) -> None:
    page.goto(address)
    entry = page.locator("article.paper-ref").first
    arxiv_id = entry.get_attribute("data-id")

    entry.locator("h3 a").click()
    page.wait_for_url(f"**#{arxiv_id}")

    assert page.locator("article.paper:target").get_attribute("id") == arxiv_id
    assert page.locator("article.paper:target").is_visible()


def test_everything_is_readable_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(address + "2026/06/03/cs.CL/")
    card = page.locator("article.paper").first
    card.locator("details.paper-abstract > summary").click()

    assert card.locator("details.paper-abstract p").first.is_visible()
    context.close()


def test_authors_beyond_the_sixth_open_on_demand(page: Page, address: str) -> None:
    page.goto(address + "2026/06/03/cs.LG/")
    card = page.locator("article.paper:has(details.paper-more)").first
    before = len(card.locator(".paper-authors").inner_text())

    card.locator("details.paper-more > summary").click()

    assert len(card.locator(".paper-authors").inner_text()) > before * 2


def test_the_refused_translation_is_marked_on_its_card(page: Page, address: str) -> None:
    page.goto(address + "2026/06/03/cs.CL/")

    refused = page.locator("article.paper[data-untranslated]")
    assert refused.count() == 1
    assert refused.get_attribute("id") == "2606.90004"
    assert "译文未通过检查" in refused.inner_text()
