"""A page in several parts, in a real browser: one list for the reader whose scripts run, links for the others."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from paperboy.site.pages.edition import CARDS_A_PART
from tests.browsing import is_error, served, theme, value_at_rest, wait_until
from tests.conftest import Site
from tests.factories import paper
from tests.filling import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Route

DAY = "2026/06/04/"
CATEGORY = f"{DAY}cs.CL/"
ALL = 2 * CARDS_A_PART + 20
LAST_NEW = CARDS_A_PART + 10


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site whose only category has three parts, the second with the end of one section and the start of the next."""
    site = Site(tmp_path_factory.mktemp("parts"))
    site.configure({"categories": ["cs.CL"], "fetch": "never", "translation": {"enabled": False}}, theme=theme())
    papers = [
        paper(
            f"2606.{number:05d}",
            listed={"cs.CL": "new" if number <= LAST_NEW else "cross"},
            categories=("cs.CL", "cs.IR") if number > ALL - 5 else ("cs.CL",),
            abstract="An abstract that is long enough to give a card its height. " * 6,
        )
        for number in range(1, ALL + 1)
    ]
    fill(site.root / ".paperboy" / "archive", date(2026, 6, 4), papers)
    built = site.build()
    assert built.code == 0, built.log
    with served(built.site) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    errors: list[str] = []
    context.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert [text for text in errors if "ERR_FAILED" not in text and "503" not in text] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.add_init_script(
        """window.moved = 0;
           new PerformanceObserver(list => { for (const entry of list.getEntries()) moved += entry.value })
             .observe({type: 'layout-shift', buffered: true})"""
    )
    return page


def visit(page: Page, url: str) -> None:
    page.goto(url)
    page.locator(".paper-tools details").wait_for(state="attached")


def ids(page: Page, state: str = "") -> list[str]:
    found: list[str] = page.locator(f"article.paper{state}").evaluate_all("all => all.map(one => one.id)")
    return found


def wait_for_papers(page: Page, count: int) -> None:
    wait_until(page, "count => document.querySelectorAll('article.paper').length === count", count)


def numbers(first: int, last: int) -> list[str]:
    return [f"2606.{number:05d}" for number in range(first, last + 1)]


def count(page: Page) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", page.locator(".paper-count").inner_text())]


def test_the_first_part_stands_alone_until_the_reader_comes_near_its_end(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, address + CATEGORY)

    assert ids(page) == numbers(1, CARDS_A_PART)
    assert count(page) == [CARDS_A_PART, ALL, CARDS_A_PART]
    assert f"{address}{CATEGORY}2/" not in asked

    page.locator("article.paper").nth(CARDS_A_PART - 3).scroll_into_view_if_needed()
    wait_for_papers(page, 2 * CARDS_A_PART)
    page.locator("article.paper").nth(2 * CARDS_A_PART - 3).scroll_into_view_if_needed()
    wait_for_papers(page, ALL)

    assert ids(page) == numbers(1, ALL)
    assert count(page) == [ALL, ALL, ALL]
    assert page.locator(".md-content h2").evaluate_all("all => all.map(one => one.id)") == ["new", "cross"]
    before = page.locator(f"h2#cross ~ article.paper[id='2606.{LAST_NEW:05d}']")
    assert before.count() == 0, "the heading stands between the sections"
    assert not page.locator("nav.pager").is_visible()
    assert page.locator("article.paper [data-mark=star]").count() == ALL


def test_nothing_that_is_read_moves_when_a_part_comes(page: Page, address: str) -> None:
    visit(page, address + CATEGORY)
    page.mouse.move(400, 400)
    while len(ids(page)) < ALL:
        page.mouse.wheel(0, 700)
        value_at_rest(page, "() => scrollY")

    value_at_rest(page, "() => moved")
    assert page.evaluate("moved") == 0


def test_j_at_the_end_of_a_part_goes_on_into_the_next(page: Page, address: str) -> None:
    page.route(f"**/{CATEGORY}2/", lambda route: route.continue_())
    visit(page, address + CATEGORY)
    page.locator(f"[id='2606.{CARDS_A_PART:05d}'] .paper-title a").focus()

    page.keyboard.press("j")
    wait_until(page, "() => document.activeElement.closest('article')?.id !== '2606.00050'")

    assert page.evaluate("document.activeElement.closest('article').id") == f"2606.{CARDS_A_PART + 1:05d}"


@pytest.mark.parametrize("part", ["", "2/", "3/"])
def test_a_filter_looks_through_all_parts_from_whichever_it_was_set(page: Page, address: str, part: str) -> None:
    visit(page, f"{address}{CATEGORY}{part}?category=cs.IR")
    wait_for_papers(page, ALL)

    assert ids(page) == numbers(1, ALL)
    assert ids(page, ":not([hidden])") == numbers(ALL - 4, ALL)
    assert count(page) == [5, ALL, 5]
    assert page.locator(".md-content h2").evaluate_all("all => all.map(one => one.id)") == ["new", "cross"]
    assert page.locator("h2:visible").evaluate_all("all => all.map(one => one.id)") == ["cross"]


def test_the_choice_of_categories_counts_all_parts(page: Page, address: str) -> None:
    visit(page, address + CATEGORY)

    options = page.locator("select[name=category] option").all_inner_texts()[1:]
    assert options == [f"cs.CL ({ALL})", "cs.IR (5)"]


def test_all_abstracts_open_in_parts_that_come_later_too(page: Page, address: str) -> None:
    visit(page, address + CATEGORY)
    page.get_by_role("button", name="全部展开").click()
    wait_for_papers(page, ALL)

    assert page.locator("details.paper-abstract[open]").count() == ALL


def test_read_papers_that_are_hidden_make_room_for_the_next_parts(page: Page, address: str) -> None:
    page.add_init_script(
        f"localStorage.setItem('paperboy:/:read', '{str(numbers(1, 2 * CARDS_A_PART)).replace(chr(39), chr(34))}');"
        "localStorage.setItem('paperboy:/:hide-read', '1')"
    )
    visit(page, address + CATEGORY)
    wait_for_papers(page, ALL)

    assert ids(page, ":not([hidden])") == numbers(2 * CARDS_A_PART + 1, ALL)


def test_links_of_a_paper_lead_where_they_did_on_its_own_part(page: Page, address: str) -> None:
    links = f"[id='2606.{CARDS_A_PART + 1:05d}'] a"
    visit(page, f"{address}{CATEGORY}2/")
    own = page.locator(links).evaluate_all("all => all.map(one => one.href)")
    visit(page, f"{address}{CATEGORY}?category=cs.CL")
    wait_for_papers(page, ALL)
    here = page.locator(links).evaluate_all("all => all.map(one => one.href)")

    assert len(own) > 3
    assert [link for link in here if "#" not in link] == [link for link in own if "#" not in link]


def test_a_star_remembers_the_part_that_holds_the_paper(page: Page, address: str) -> None:
    visit(page, f"{address}{CATEGORY}?category=cs.IR")
    wait_for_papers(page, ALL)
    page.locator(f"[id='2606.{ALL:05d}'] [data-mark=star]").click()

    (star,) = page.evaluate("JSON.parse(localStorage.getItem('paperboy:/:stars'))")
    assert star["page"] == f"{CATEGORY}3/"


@pytest.mark.parametrize("failure", ["aborted", "refused", "another page"])
def test_a_part_that_does_not_come_is_said_and_its_link_stays(page: Page, address: str, failure: str) -> None:
    def answer(route: Route) -> None:
        if failure == "aborted":
            route.abort()
        elif failure == "refused":
            route.fulfill(status=503, body="busy")
        else:
            route.fulfill(body="<h1>Sign in to the network</h1>", content_type="text/html")

    page.route(f"**/{CATEGORY}3/", answer)
    visit(page, f"{address}{CATEGORY}?category=cs.IR")
    page.locator(".paper-say:not(:empty)").wait_for()

    assert "第 3 部分未能载入" in page.locator(".paper-say").inner_text()
    assert ids(page) == numbers(1, 2 * CARDS_A_PART)
    link = page.locator("nav.pager a[href='3/']")
    assert link.is_visible()
    assert "Sign in" not in page.locator("body").inner_text()

    page.unroute(f"**/{CATEGORY}3/")
    page.get_by_role("button", name="重置").click()
    link.click()
    page.wait_for_url(f"{address}{CATEGORY}3/")
    assert ids(page)[:20] == numbers(2 * CARDS_A_PART + 1, ALL)


def test_a_link_to_a_paper_of_another_part_finds_it(page: Page, address: str) -> None:
    wanted = f"2606.{ALL:05d}"
    visit(page, f"{address}{CATEGORY}#{wanted}")
    wait_for_papers(page, ALL)
    page.locator("article.paper:target").wait_for()

    assert page.locator("article.paper:target").get_attribute("id") == wanted
    assert (
        40
        <= value_at_rest(page, "() => document.querySelector('article.paper:target').getBoundingClientRect().y")
        <= 850
    )


def test_a_reload_and_the_way_back_keep_the_place(page: Page, address: str) -> None:
    visit(page, address + CATEGORY)
    page.get_by_role("button", name="全部展开").click()
    wait_for_papers(page, ALL)
    wanted = f"[id='2606.{ALL - 5:05d}']"
    page.locator(f"{wanted} .paper-title").scroll_into_view_if_needed()
    page.reload()
    wait_for_papers(page, ALL)

    y = value_at_rest(page, f"() => document.querySelector(`{wanted}`).getBoundingClientRect().y")
    assert -900 < y < 1800, "the paper is near the window still"


def test_without_javascript_the_links_lead_through_all_parts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + CATEGORY)
    found = ids(page)
    while page.locator("nav.pager a[rel=next]").count():
        page.locator("nav.pager a[rel=next]").click()
        found += ids(page)
    context.close()

    assert found == numbers(1, ALL)


def test_a_list_that_fits_one_page_has_no_parts(page: Page, address: str) -> None:
    visit(page, address)

    assert page.locator("article.paper-ref").count() == ALL  # short entries are small
    assert page.locator("nav.pager").count() == 0
    assert count(page)[1] == ALL
