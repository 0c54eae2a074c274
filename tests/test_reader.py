"""The demo's site in a real browser, as a reader has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browsing import is_error, value_at_rest, wait_until
from tests.kinds import DAY, HARD, LONG_TITLE, LONG_WORD, MANY_AUTHORS, NO_ABSTRACT, NO_FORMULA, PAGES, RIGHT_TO_LEFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

VIEWS = [(1280, 900), (360, 740)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), VIEWS)
def test_no_page_scrolls_sideways_asks_another_host_or_logs_an_error(
    browser: Browser, every_kind: str, width: int, height: int, scheme: str
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

    for name, path in PAGES.items():
        page.goto(every_kind + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    context.close()
    assert [url for url in asked if not url.startswith((every_kind, "data:"))] == []
    assert errors == []


def test_an_abstract_opens_by_keyboard_and_its_formulas_are_drawn(page: Page, every_kind: str) -> None:
    page.goto(every_kind + "2026/06/03/cs.LG/")
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


def test_a_short_entry_leads_to_its_card(page: Page, every_kind: str) -> None:
    page.goto(every_kind)
    entry = page.locator("article.paper-ref").first
    arxiv_id = entry.get_attribute("data-id")

    entry.locator("h3 a").click()
    page.wait_for_url(f"**#{arxiv_id}")

    assert page.locator("article.paper:target").get_attribute("id") == arxiv_id
    assert page.locator("article.paper:target").is_visible()


def test_everything_is_readable_without_javascript(browser: Browser, every_kind: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(every_kind + path)
        content = page.locator(".md-content")
        assert content.locator("h1").is_visible(), name
        assert len(content.inner_text().split("\n")) > 1 or name == "not found", f"{name} has nothing but a title"
        for element in content.locator(":is(article.paper, article.paper-ref, table, nav)").all()[:5]:
            assert element.is_visible(), name

    page.goto(f"{every_kind}{DAY}cs.CL/")
    card = page.locator("article.paper").first
    card.locator("details.paper-abstract > summary").click()

    assert card.locator("details.paper-abstract p").first.is_visible()
    context.close()


def test_authors_beyond_the_sixth_open_on_demand(page: Page, every_kind: str) -> None:
    page.goto(every_kind + "2026/06/03/cs.LG/")
    card = page.locator("article.paper:has(details.paper-more)").first
    before = len(card.locator(".paper-authors").inner_text())

    card.locator("details.paper-more > summary").click()

    assert len(card.locator(".paper-authors").inner_text()) > before * 2


def test_the_refused_translation_is_marked_on_its_card(page: Page, every_kind: str) -> None:
    page.goto(every_kind + "2026/06/03/cs.CL/")

    refused = page.locator("article.paper[data-untranslated]")
    assert refused.count() == 1
    assert refused.get_attribute("id") == "2606.90004"
    assert "译文未通过检查" in refused.inner_text()


# Papers that are hard to show


@pytest.fixture
def hard(browser: Browser, every_kind: str) -> Iterator[Page]:
    """Their page on a phone; none of them may break it."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(every_kind + HARD)
    page.locator("article [data-mark]").first.wait_for()
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert errors == []


def test_a_paper_without_an_abstract_says_so(hard: Page) -> None:
    card = hard.locator(f"article[id='{NO_ABSTRACT}']")
    card.locator("details.paper-abstract > summary").click()

    assert "arXiv 未提供摘要" in card.inner_text()


def test_hundreds_of_authors_are_six_until_they_are_asked_for(hard: Page) -> None:
    card = hard.locator(f"article[id='{MANY_AUTHORS}']")
    height = card.evaluate("node => node.offsetHeight")

    assert "334" in card.locator("details.paper-more > summary").inner_text()
    assert height < 400
    card.locator("details.paper-more > summary").click()
    assert card.locator(".paper-authors").inner_text().endswith("Author-339")


@pytest.mark.parametrize("arxiv_id", [LONG_TITLE, LONG_WORD])
def test_a_title_of_500_characters_stays_in_its_card_beside_the_buttons(hard: Page, arxiv_id: str) -> None:
    card = hard.locator(f"article[id='{arxiv_id}']")
    card.scroll_into_view_if_needed()

    assert card.evaluate("""node => [...node.querySelectorAll("*")].every(one =>
        one.getBoundingClientRect().right <= node.getBoundingClientRect().right + 1)""")
    card.locator("[data-mark=star]").click()
    assert card.locator("[data-mark=star]").get_attribute("aria-pressed") == "true"


def test_names_from_right_to_left_turn_nothing_else_round(hard: Page) -> None:
    card = hard.locator(f"article[id='{RIGHT_TO_LEFT}']")
    card.locator("[data-mark=star]").click()  # it is drawn only now that it is in view
    text = card.inner_text()

    assert "محمد بن موسى الخوارزمي" in text
    assert "👩‍💻" in text
    # An override that somebody left in a name must not reach beyond it: the links below read as they are written.
    first, last = (card.locator(".paper-links a").nth(number).bounding_box() for number in (0, 2))
    assert first is not None
    assert last is not None
    assert first["x"] < last["x"]


def test_a_formula_that_no_engine_takes_is_shown_as_it_was_written(hard: Page) -> None:
    card = hard.locator(f"article[id='{NO_FORMULA}']")
    card.locator("details.paper-abstract > summary").click()

    assert card.locator(".paper-title code.tex").all_inner_texts() == [r"$\frac{$", r"$\ours{x}$"]
    assert card.locator(".paper-abstract code.tex").all_inner_texts() == [r"\(\foo{\bar\)"]


def test_a_wide_formula_scrolls_in_its_own_line_by_keys_too(hard: Page) -> None:
    card = hard.locator(f"article[id='{NO_FORMULA}']")
    card.locator("details.paper-abstract > summary").click()
    formula = card.locator("math[display=block]")
    formula.focus()
    hard.keyboard.press("ArrowRight")

    wait_until(hard, "document.querySelector('math[display=block]').scrollLeft > 0")


@pytest.mark.parametrize("path", [f"{HARD}2/", f"{DAY}cs.LG/", "trending/2026-06-03/", f"{DAY}math.AP/"])
def test_nothing_moves_on_a_phone_when_scripts_add_links_and_the_font_comes(
    browser: Browser, every_kind: str, path: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script(
        """window.moved = [];
           new PerformanceObserver(list => { for (const entry of list.getEntries()) for (const one of entry.sources)
               moved.push([one.node?.parentElement?.outerHTML.slice(0, 200), one.previousRect, one.currentRect])
             })
             .observe({type: 'layout-shift', buffered: true})"""
    )
    # Scripts come after the first paint, as on a slow line: what they add must find its place kept free.
    held: list[Route] = []
    is_held = True

    def answer(route: Route) -> None:
        if is_held and "early" not in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/paperboy/*.js", answer)
    page.goto(every_kind + path, wait_until="commit")
    page.locator("footer").wait_for(state="attached")
    value_at_rest(page, "() => document.documentElement.scrollHeight")
    is_held = False
    for route in held:
        route.continue_()
    page.locator("article .paper-correct").first.wait_for()
    page.wait_for_load_state("networkidle")

    assert value_at_rest(page, "() => moved") == []
    context.close()


def test_the_font_of_formulas_is_fetched_where_a_formula_is_seen_and_nowhere_else(page: Page, every_kind: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(".woff2") else None)
    for path in ("archive/", f"{HARD}2/"):
        page.goto(every_kind + path, wait_until="networkidle")
    assert asked == []

    page.goto(f"{every_kind}{DAY}math.AP/")
    page.locator("article.paper:has(.paper-abstract math) .paper-abstract > summary").first.click()
    wait_until(page, "document.fonts.check('16px \"Paperboy Math Opened\"')")

    assert asked == [f"{every_kind}assets/paperboy/math.woff2"]
