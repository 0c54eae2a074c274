"""No kind of page has a fault that axe-core finds, light and dark, on a wide screen and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.kinds import DAY, PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

# What axe leaves out unless told: the size of what is touched, which WCAG 2.2 asks for.
ALL: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
SCHEMES = {"light": {"scheme": "default", "primary": "white"}, "dark": {"scheme": "slate", "primary": "black"}}
COLLECTION = f"{DAY}cs.LG/"


WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 360, "height": 800}


def faults(page: Page) -> list[str]:
    """What axe finds on a page: everything in the light, wide and narrow, and what depends on colours in the dark."""
    found = []
    for scheme, options, size in (("dark", COLOURS, WIDE), ("light", ALL, WIDE), ("light", ALL, NARROW)):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a typed dictionary of Playwright's
        for name, value in SCHEMES[scheme].items():  # as Material's switch does, without loading the page again
            page.evaluate(
                "([name, value]) => document.body.setAttribute(name, value)", [f"data-md-color-{name}", value]
            )
        violations: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
        found += [
            f"{scheme}, {size['width']} px, {one['id']}: {one['nodes'][0]['html'][:200]}, {len(one['nodes'])} in all"
            for one in violations
        ]
    return found


def visit(page: Page, url: str) -> None:
    """Go to a page and wait for its scripts; all can be seen: the first dozen of papers, opened, and the filters."""
    page.goto(url)
    if page.locator(".paper-tools").count():
        page.locator(".paper-tools details").wait_for(state="attached")
    # A change of colours is no fading here: half of it would be judged.
    page.add_style_tag(content="*, ::before, ::after { transition: none !important }")
    page.evaluate("[...document.querySelectorAll('article:is(.paper, .paper-ref)')].slice(12).forEach(n => n.remove())")
    page.evaluate("document.querySelectorAll('.md-content details').forEach(one => one.open = true)")


@pytest.fixture
def page(browser: Browser, every_kind: str) -> Iterator[Page]:
    """A reader who has starred and read some papers; the pages' policy would refuse what the test adds."""
    context = browser.new_context(bypass_csp=True)
    context.set_default_timeout(8000)
    page = context.new_page()
    visit(page, every_kind + COLLECTION)
    for mark in ("star", "read"):
        for card in page.locator("article.paper").all()[:3]:
            card.locator(f"[data-mark={mark}]").click()
    yield page
    context.close()


def test_no_kind_of_page_has_a_fault(page: Page, every_kind: str) -> None:
    waits = {"starred": "article", "search results": ".paper-results article", "permalink of an unknown paper": "form"}
    found = {}
    for name, path in PAGES.items():
        visit(page, every_kind + path)
        if name in waits:
            page.locator(f".md-content {waits[name]}").first.wait_for()
        found[name] = faults(page)

    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_sheet_over_a_page_has_a_fault(page: Page, every_kind: str) -> None:
    visit(page, every_kind + COLLECTION)
    found = {}
    for key, sheet in (("j", ""), ("c", "dialog.paper-cite"), ("?", "dialog.paper-keys:not(.paper-cite)")):
        page.keyboard.press(key)
        if sheet:
            page.locator(f"{sheet}[open]").wait_for()
        found[key] = faults(page)
        if sheet:
            page.keyboard.press("Escape")
            page.locator(f"{sheet}[open]").wait_for(state="detached")

    assert {name: lines for name, lines in found.items() if lines} == {}
