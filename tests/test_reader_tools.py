"""The reader's tools in a real browser: keys, languages, marks, filters and the starred page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browsing import is_error, value_at_rest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

DAY = "2026/06/03/"
CATEGORY = f"{DAY}cs.LG/"
PAPERS = "article:is(.paper, .paper-ref)"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader who comes for the first time; nothing may fail or leave the site while they read."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(5000)
    errors: list[str] = []
    asked: list[str] = []
    context.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    context.on("weberror", lambda error: errors.append(error.error.stack or str(error.error)))
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()
    # Material's own inline scripts do not expect a storage that refuses.
    assert [error for error in errors if "assets/paperboy" in error or "\n" not in error] == []
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    visit(page, address + CATEGORY)
    return page


def visit(page: Page, url: str) -> None:
    page.goto(url, wait_until="domcontentloaded")
    page.locator(".paper-tools details, .paper-files").first.wait_for(state="attached")


def focused(page: Page) -> str | None:
    """The id of the paper that has the focus."""
    found: str | None = page.evaluate("document.activeElement.closest('article[data-announce]')?.id || null")
    return found


def ids(page: Page, state: str = "") -> list[str]:
    found: list[str] = page.locator(f"{PAPERS}{state}").evaluate_all("all => all.map(one => one.dataset.id || one.id)")
    return found


def shown(page: Page) -> list[str]:
    return ids(page, ":not([hidden])")


def count(page: Page) -> list[int]:
    """Shown, all and unread, as the toolbar says."""
    return [int(number) for number in re.findall(r"\d+", page.locator(".paper-count").inner_text())]


def kept(page: Page, name: str) -> Any:
    return page.evaluate("name => JSON.parse(localStorage.getItem(`paperboy:/:${name}`))", name)


def pressed(paper: Locator, mark: str) -> str | None:
    return paper.locator(f"[data-mark={mark}]").get_attribute("aria-pressed")


# Keys


def test_j_and_k_move_the_focus_from_paper_to_paper_and_into_view(page: Page) -> None:
    order = ids(page)
    walked = []
    for _ in range(4):
        page.keyboard.press("j")
        walked.append(focused(page) or page.evaluate("document.activeElement.closest('article').dataset.id"))
        box = page.locator(":focus").bounding_box()
        assert box is not None
        assert 48 <= box["y"] < 900, "below the header, in the window"
    page.keyboard.press("k")

    assert walked == order[:4]
    assert page.evaluate("document.activeElement.matches('h3 a') && document.activeElement.matches(':focus-visible')")
    assert page.evaluate("(document.activeElement.closest('article').id)") == order[2]


def test_o_opens_and_closes_the_abstract(page: Page) -> None:
    page.keyboard.press("j")
    abstract = page.locator(f"[id='{focused(page)}'] details.paper-abstract")

    page.keyboard.press("o")
    assert abstract.evaluate("node => node.open")
    page.keyboard.press("o")
    assert not abstract.evaluate("node => node.open")


def test_o_on_a_short_entry_goes_to_its_card(page: Page, address: str) -> None:
    visit(page, address)
    page.keyboard.press("j")
    arxiv_id = page.evaluate("document.activeElement.closest('article').dataset.id")

    page.keyboard.press("o")
    page.wait_for_url(f"**#{arxiv_id}")

    assert page.locator("article.paper:target").get_attribute("id") == arxiv_id


def test_s_and_r_mark_the_paper_with_the_focus(page: Page) -> None:
    page.keyboard.press("j")
    first = page.locator("article.paper").first
    for key, name in (("s", "star"), ("r", "read")):
        assert pressed(first, name) == "false"
        page.keyboard.press(key)
        assert pressed(first, name) == "true"

    page.keyboard.press("s")

    assert pressed(first, "star") == "false"
    assert kept(page, "stars") == []
    assert kept(page, "read") == [first.get_attribute("id")]


def test_t_cycles_the_language_of_the_titles_and_it_is_remembered(page: Page, address: str) -> None:
    title = page.locator("article.paper:not([data-untranslated]) .paper-title").first
    translated, original = title.locator("span:has(+ small)"), title.locator("small")

    def visible() -> tuple[bool, bool]:
        return translated.is_visible(), original.is_visible()

    assert visible() == (True, True)
    page.keyboard.press("t")
    assert visible() == (True, False)
    page.keyboard.press("t")
    assert visible() == (False, True)
    assert title.locator("a").is_visible(), "the link stays, whatever the language"

    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => window.early = document.documentElement.dataset.paperTitles)"
    )
    visit(page, address)
    assert page.evaluate("window.early") == "english"
    assert page.locator("article[data-untranslated] .paper-title").first.is_visible(), "English as ever"
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.paperTitles") == "both"
    assert page.locator("[data-titles=both]").get_attribute("aria-pressed") == "true"


def test_g_d_and_g_c_go_to_the_pages_of_the_date_and_the_category(page: Page, address: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(address + DAY)

    visit(page, address + CATEGORY)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(f"{address}categories/cs.LG/")

    visit(page, address)
    page.keyboard.press("j")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(f"{address}{DAY}cs.CL/")


def test_f_goes_to_the_phrase_and_letters_typed_there_are_no_keys(page: Page) -> None:
    page.keyboard.press("f")
    page.keyboard.type("jost?")

    assert page.evaluate("document.activeElement.name") == "phrase"
    assert page.locator("input[name=phrase]").input_value() == "jost?"
    assert kept(page, "stars") is None
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.name") != "phrase"


@pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta"])
def test_keys_with_a_modifier_are_left_to_the_browser(page: Page, modifier: str) -> None:
    page.keyboard.press("j")
    page.evaluate("""document.body.addEventListener('keydown', event => window.seen = event)""")
    page.keyboard.press(f"{modifier}+r" if modifier == "Alt" else f"{modifier}+o")

    assert not page.evaluate("window.seen.defaultPrevented")
    assert kept(page, "read") is None
    assert page.locator("article.paper details.paper-abstract[open]").count() == 0


def test_the_sheet_tells_every_key_closes_on_escape_and_can_turn_them_off(page: Page, address: str) -> None:
    page.keyboard.press("?")
    sheet = page.locator("dialog.paper-keys")
    assert sheet.is_visible()
    assert sheet.locator("kbd").all_inner_texts() == [
        "j",
        "k",
        "o",
        "s",
        "r",
        "c",
        "t",
        "g",
        "d",
        "g",
        "c",
        "/",
        "f",
        "?",
    ]

    page.keyboard.press("j")
    assert focused(page) is None, "the page behind the sheet keeps still"
    page.keyboard.press("Escape")
    assert not sheet.is_visible()

    page.get_by_role("button", name="快捷键").click()
    sheet.locator("input").uncheck()
    page.keyboard.press("Escape")
    visit(page, address + CATEGORY)
    page.keyboard.press("j")
    assert focused(page) is None


def test_a_link_to_a_far_paper_shows_it_below_the_header(page: Page, address: str) -> None:
    far = page.locator("article.paper").last.get_attribute("id")
    page.goto("about:blank")
    visit(page, f"{address}{CATEGORY}#{far}")
    y = value_at_rest(page, "() => document.querySelector('article.paper:target').getBoundingClientRect().y")
    assert 40 <= y <= 800


# Marks


def test_stars_and_read_marks_are_kept_over_pages_and_reloads(page: Page, address: str) -> None:
    card = page.locator("article.paper").first
    arxiv_id = card.get_attribute("id")
    card.locator("[data-mark=star]").click()
    card.locator("[data-mark=read]").click()

    page.reload()
    page.locator("article.paper [data-mark]").first.wait_for()
    assert (pressed(card, "star"), pressed(card, "read")) == ("true", "true")

    visit(page, address)
    entry = page.locator(f"article.paper-ref[data-id='{arxiv_id}']")
    assert (pressed(entry, "star"), pressed(entry, "read")) == ("true", "true")
    shown, every, unread = count(page)
    assert shown == every == unread + 1


def test_hidden_read_papers_are_gone_from_the_first_paint_on_and_the_focus_goes_on(page: Page, address: str) -> None:
    order = ids(page)
    page.locator(".paper-view input").check()
    page.keyboard.press("j")
    page.keyboard.press("r")

    assert shown(page) == order[1:]
    assert focused(page) == order[1]
    assert count(page) == [len(order) - 1, len(order), len(order) - 1]

    visit(page, address + CATEGORY)
    assert shown(page) == order[1:]
    visit(page, f"{address}{CATEGORY}#{order[0]}")
    page.reload()
    assert page.locator("article.paper:target").is_visible(), "a link to a paper shows it"


def test_a_mark_set_in_another_tab_is_seen_here(page: Page, context: BrowserContext, address: str) -> None:
    other = context.new_page()
    visit(other, address + CATEGORY)
    other.locator("[data-mark=star]").first.click()

    page.locator("[data-mark=star][aria-pressed=true]").wait_for()


@pytest.mark.parametrize("broken", ["setItem", "all"])
def test_with_storage_refused_everything_works_for_the_page_and_says_so_once(
    context: BrowserContext, address: str, broken: str
) -> None:
    refuse = "() => { throw Object.assign(new Error('full'), { name: 'QuotaExceededError' }) }"
    context.add_init_script(
        f"Storage.prototype.setItem = {refuse}"
        if broken == "setItem"
        else f"Object.defineProperty(window, 'localStorage', {{ get: {refuse} }})"
    )
    page = context.new_page()
    visit(page, address + CATEGORY)
    page.evaluate(
        """() => { window.said = []; new MutationObserver(() => {
          const text = document.querySelector('.paper-say')?.textContent;
          if (text && text !== said.at(-1)) said.push(text) }).observe(document.body, {childList: true, subtree: true})
        }"""
    )
    card = page.locator("article.paper").first
    card.locator("[data-mark=star]").click()
    page.locator(".paper-say:not(:empty)").wait_for()
    card.locator("[data-mark=read]").click()
    page.locator(".paper-view input").check()

    assert not card.is_visible()
    assert "1" in page.locator(".paper-view a").inner_text()
    assert page.evaluate("said") == ["浏览器无法保存：星标与已读标记仅在离开本页前有效。"]


def test_foreign_values_in_storage_break_nothing(context: BrowserContext, address: str) -> None:
    context.add_init_script(
        """for (const name of ['read', 'stars', 'titles', 'hide-read', 'keys'])
             localStorage.setItem(`paperboy:/:${name}`, '{"a": [null, "<b>"'.repeat(2))"""
    )
    page = context.new_page()
    visit(page, address + CATEGORY)

    assert len(shown(page)) == len(ids(page))
    assert page.locator("article.paper:not([data-untranslated]) .paper-title small").first.is_visible()


# Filters


@pytest.mark.parametrize(
    ("query", "selector"),
    [
        ("type=cross", "[data-announce=cross]"),
        ("type=new,replace", ":is([data-announce=new], [data-announce^=replace])"),
        ("category=stat.ML", ":is([data-categories~='stat.ML'], :has(.paper-head > :is(b, span):text-is('stat.ML')))"),
        ("topic=language-models", "[data-topics~=language-models]"),
        ("code=1", "[data-code]"),
        ("venue=1", "[data-venue]"),
    ],
)
def test_each_filter_shows_what_it_says_and_stands_in_the_address(
    page: Page, address: str, query: str, selector: str
) -> None:
    wanted = ids(page, selector)
    ((name, (values,)),) = parse_qs(query).items()
    for value in values.split(","):
        if name in {"category", "topic"}:
            page.locator(f"select[name={name}]").select_option(value)
        else:
            page.locator(f"input[name={name}][value='{value}']").check()

    assert wanted
    assert shown(page) == wanted
    assert urlsplit(page.url).query == query
    assert count(page)[:2] == [len(wanted), len(ids(page))]

    visit(page, f"{address}{CATEGORY}?{query}")
    assert shown(page) == wanted, "the address alone gives the same view"


def test_a_phrase_and_an_excluded_phrase_look_through_all_texts(page: Page) -> None:
    everything = ids(page)
    page.locator("input[name=phrase]").fill("the")
    with_the = shown(page)
    page.locator("input[name=not]").fill("AND")

    assert 0 < len(with_the) < len(everything) or with_the == everything
    assert set(shown(page)) < set(with_the) or shown(page) == []
    assert parse_qs(urlsplit(page.url).query) == {"phrase": ["the"], "not": ["AND"]}

    page.locator("input[name=not]").fill("")
    word = page.locator("article.paper .paper-title span:has(+ small)").first.inner_text()[:4]
    page.locator("input[name=phrase]").fill(word)
    assert shown(page)[0] == everything[0]
    assert len(shown(page)) < len(everything)

    page.get_by_role("button", name="重置").click()
    assert shown(page) == everything
    assert urlsplit(page.url).query == ""


def test_headings_without_papers_to_show_go_and_other_parameters_stay(page: Page, address: str) -> None:
    visit(page, f"{address}{CATEGORY}?from=mail&type=cross#cross")

    assert page.locator("h2:visible").evaluate_all("all => all.map(one => one.id)") == ["cross"]
    page.get_by_role("button", name="重置").click()
    assert page.url == f"{address}{CATEGORY}?from=mail#cross"


def test_all_abstracts_open_and_close_at_once(page: Page) -> None:
    page.locator("input[name=type][value=new]").check()
    page.get_by_role("button", name="全部展开").click()
    opened = page.locator("details.paper-abstract[open]").count()

    assert opened == page.locator("article.paper[data-announce=new]").count() > 0
    page.get_by_role("button", name="全部收起").click()
    assert page.locator("details.paper-abstract[open]").count() == 0


# The starred page


HOSTILE = [
    {
        "id": "2606.00001",
        "title": "<img src=x onerror=alert(1)>",
        "translated": "<script>alert(2)</script>",
        "page": "x",
    },
    {"id": "2606.00002", "title": "a", "page": "javascript:alert(3)", "authors": ["<b>B</b>", 7, None], "date": "<i>"},
    {"id": "2606.00003", "title": {"a": 1}, "page": "//evil.example/", "language": '"><svg onload=alert(4)>'},
    {"id": "2606.00004", "title": "b", "page": "2026/06/03/../../..//evil.example/"},
    {"id": "javascript:alert(5)", "title": "no id"},
    {"id": "../../x", "title": "no id"},
    None,
    7,
    ["2606.00005"],
]


def test_hostile_stars_in_storage_are_shown_as_text_or_not_at_all(context: BrowserContext, address: str) -> None:
    context.add_init_script(f"localStorage.setItem('paperboy:/:stars', {json.dumps(json.dumps(HOSTILE))})")
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    visit(page, f"{address}starred/")

    assert ids(page) == ["2606.00001", "2606.00002", "2606.00003", "2606.00004"]
    links = page.locator("article .paper-title a").evaluate_all("all => all.map(one => one.href)")
    assert links == [f"https://arxiv.org/abs/2606.0000{number}" for number in range(1, 5)]
    assert page.locator(".paper-stars :is(img, script, svg, b, i)").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.locator("article").first.inner_text()


def test_the_starred_page_lists_both_titles_and_leads_to_the_card(page: Page, address: str) -> None:
    card = page.locator("article.paper:not([data-untranslated])").first
    arxiv_id = card.get_attribute("id")
    titles = card.locator(".paper-title span").all_text_contents()
    card.locator("[data-mark=star]").click()
    page.locator(".paper-view a").click()
    page.locator("article.paper-ref").wait_for()

    assert page.url == f"{address}starred/"
    entry = page.locator("article.paper-ref")
    assert entry.locator(".paper-title span").all_text_contents() == titles
    assert entry.locator("time").inner_text() == "2026-06-03"
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"{address}{CATEGORY}#{arxiv_id}")

    visit(page, f"{address}starred/")
    page.keyboard.press("j")
    page.keyboard.press("s")
    assert kept(page, "stars") == []
    page.keyboard.press("s")
    assert [star["id"] for star in kept(page, "stars")] == [arxiv_id], "taken back, the star is whole again"


def test_an_entry_and_its_card_give_the_same_star(page: Page, address: str) -> None:
    card = page.locator("article.paper:has(details.paper-more)").first
    arxiv_id = card.get_attribute("id")
    card.locator("[data-mark=star]").click()
    (from_card,) = kept(page, "stars")
    card.locator("[data-mark=star]").click()

    visit(page, address)
    page.locator(f"article[data-id='{arxiv_id}'] [data-mark=star]").click()
    (from_entry,) = kept(page, "stars")

    assert len(from_card["authors"]) > 6
    assert not any(re.search(r"\d|等", name) for name in from_card["authors"])
    assert from_entry["authors"] == from_card["authors"][:3]
    assert from_entry["more"] is True
    assert {**from_entry, "authors": [], "more": 0} == {**from_card, "authors": [], "more": 0}


def test_stars_go_out_and_come_back_and_other_programs_read_them(
    page: Page, browser: Browser, address: str, tmp_path: Path
) -> None:
    for index in range(3):
        page.locator("article.paper [data-mark=star]").nth(index).click()
    stars = kept(page, "stars")
    visit(page, f"{address}starred/")
    files = {}
    for name in ("JSON", "BibTeX", "RIS"):
        with page.expect_download() as found:
            page.get_by_role("button", name=name, exact=True).click()
        files[name] = tmp_path / found.value.suggested_filename
        found.value.save_as(files[name])

    ris = files["RIS"].read_bytes().decode()
    assert ris.count("TY  - UNPB\r\n") == ris.count("ER  - \r\n") == 3
    bib = files["BibTeX"].read_text()
    assert bib.count("{") == bib.count("}")
    for star in stars:
        assert f"@misc{{{star['id']},\n" in bib
        assert f"UR  - https://arxiv.org/abs/{star['id']}\r\n" in ris

    other = browser.new_context()
    fresh = other.new_page()
    visit(fresh, f"{address}starred/")
    assert ids(fresh) == []
    fresh.locator("input[type=file]").set_input_files(files["JSON"])
    fresh.locator("article.paper-ref").nth(2).wait_for()
    assert kept(fresh, "stars") == stars
    fresh.locator("input[type=file]").set_input_files(files["JSON"])
    fresh.locator(".paper-say:has-text('0')").wait_for()
    assert kept(fresh, "stars") == stars, "a second import adds nothing"
    fresh.locator("input[type=file]").set_input_files(files["BibTeX"])
    fresh.locator(".paper-say:has-text('没有')").wait_for()
    other.close()


def test_marks_of_tex_are_escaped_in_bibtex_and_families_come_first_in_ris(page: Page) -> None:
    star = {
        "id": "hep-th/9901001",
        "title": "50% of {A} & B_c \\ ~",
        "authors": ["Jan van der Berg", "Plato"],
        "more": True,
    }
    bib, ris = page.evaluate(
        """async star => { const files = await import('/assets/paperboy/formats.js');
           return [files.toBibTeX([star]), files.toRIS([star])] }""",
        star,
    )

    assert "title = {{50\\% of \\{A\\} \\& B\\_c \\textbackslash{} \\textasciitilde{}}}" in bib
    assert "author = {Jan van der Berg and Plato and others}" in bib
    assert "year = {1999}" in bib
    assert "AU  - van der Berg, Jan\r\nAU  - Plato\r\n" in ris


def test_on_the_page_of_a_topic_the_keys_lead_to_the_day_of_the_paper(page: Page, address: str) -> None:
    visit(page, f"{address}topics/language-models/")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(address + DAY)

    (star,) = kept(page, "stars")
    assert star["date"] == "2026-06-03"
    assert star["page"].startswith(DAY)


# Citations


def records(page: Page, name: str) -> str:
    """What the open sheet offers in one format."""
    sheet = page.locator("dialog.paper-cite")
    sheet.get_by_role("button", name=name, exact=True).click()
    return sheet.locator("textarea").input_value()


def test_c_shows_the_citation_of_the_paper_and_copies_it(
    page: Page, context: BrowserContext, address: str, tmp_path: Path
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.keyboard.press("j")
    arxiv_id = focused(page)
    page.keyboard.press("c")
    sheet = page.locator("dialog.paper-cite")
    bib = sheet.locator("textarea").input_value()

    assert bib.startswith(f"@misc{{{arxiv_id},")
    page.keyboard.press("j")
    assert sheet.is_visible(), "the page behind the sheet keeps still"
    page.keyboard.press("Enter")
    page.locator(".paper-say:not(:empty)").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == bib
    assert focused(page) == arxiv_id, "the reader goes on where they were"

    page.locator("[data-mark=cite]").nth(1).click()
    ris = records(page, "RIS")
    with page.expect_download() as found:
        page.get_by_role("button", name="下载").click()
    found.value.save_as(tmp_path / "one.ris")
    assert (tmp_path / "one.ris").read_bytes().decode() == ris.replace("\r\n", "\n").replace("\n", "\r\n")
    assert not sheet.is_visible()


def test_where_the_page_may_not_copy_the_text_is_selected(page: Page) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.get_by_text("文本已选中").wait_for()

    chosen = page.locator("dialog.paper-cite textarea").evaluate(
        "one => one.value.slice(one.selectionStart, one.selectionEnd)"
    )
    assert chosen == page.locator("dialog.paper-cite textarea").input_value()
    page.keyboard.press("Escape")
    assert page.locator("dialog.paper-cite").count() == 0


def test_the_papers_that_a_filter_leaves_are_cited_together(page: Page) -> None:
    page.locator("input[name=type][value=new]").check()
    wanted = shown(page)
    page.get_by_role("button", name="引用当前显示的论文").click()

    bib, ris = records(page, "BibTeX"), records(page, "RIS")
    assert re.findall(r"@misc\{([^,]+),", bib) == wanted
    assert [line.rpartition(":")[2] for line in ris.splitlines() if line.startswith("AN  - arXiv:")] == wanted


def test_a_citation_is_that_of_the_file_of_the_day(page: Page, address: str) -> None:
    """Names, titles and formulas are those that the files made with the site have."""
    page.get_by_role("button", name="引用当前显示的论文").click()
    cards = [f"arXiv:{one}" for one in page.locator("article.paper").evaluate_all("all => all.map(one => one.id)")]
    here = {entry["AN"][0]: entry for entry in ris_entries(records(page, "RIS"))}
    file = page.request.get(f"{address}{DAY}papers.ris").text()
    there = {entry["AN"][0]: entry for entry in ris_entries(file)}

    assert len(here) > len(cards) > 0
    for name, entry in here.items():
        # A short entry has the first names and no DOI; the card of the paper has all.
        for tag in ("TI", "PY", "AN", "PB", *(("AU", "DO") if name in cards else ())):
            assert entry.get(tag) == there[name].get(tag), (name, tag)


def ris_entries(text: str) -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = []
    for line in text.splitlines():
        tag, _, value = line.partition("  - ")
        if tag == "TY":
            found.append({})
        elif tag.strip():
            found[-1].setdefault(tag, []).append(value)
    return found


def test_zotero_finds_each_card(page: Page, address: str) -> None:
    cards = page.locator("article.paper").count()
    coins = page.locator("article.paper .Z3988").evaluate_all("all => all.map(one => one.title)")

    assert len(coins) == cards
    found = {pairs["rft_id"][0]: pairs for pairs in map(parse_qs, coins)}
    assert all("+" not in title for title in coins), "Zotero reads a plus as a space"
    one = found["https://arxiv.org/abs/2606.90001v1"]
    assert one["rft.type"] == ["preprint"]
    assert one["rft.title"] == [
        "Lantern: Attention in $\\mathcal{O}(n \\log n)$ Time by Sorting Keys along a Learned Curve"
    ]
    assert one["rft.date"] == ["2026-06"]
    assert all(", " in name for name in one["rft.au"])
    assert max(len(pairs["rft.au"]) for pairs in found.values()) <= 100

    visit(page, f"{address}{DAY}cs.CL/")
    (title,) = page.locator("article[id='2605.90213'] .Z3988").evaluate_all("all => all.map(one => one.title)")
    assert parse_qs(title)["rft_id"] == ["https://arxiv.org/abs/2605.90213v2", "info:doi/10.99999/demo.2026.90213"]


def test_each_card_has_its_lasting_link_and_those_to_discussions(page: Page, address: str) -> None:
    card = page.locator("article.paper").first
    arxiv_id = card.get_attribute("id")

    assert card.locator("a.paper-id").get_attribute("href") == f"{address}p/#{arxiv_id}"
    links = card.locator(".paper-links a").evaluate_all("all => all.map(one => one.href)")
    assert f"https://huggingface.co/papers/{arxiv_id}" in links
    assert f"https://www.alphaxiv.org/abs/{arxiv_id}" in links


# The page around them


def test_without_javascript_there_is_no_dead_button_and_no_empty_place(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + CATEGORY)

    assert page.locator(".md-content button, .md-content input, .md-content select").count() == 0
    box = page.locator(".paper-tools").bounding_box()
    assert box is None or box["height"] == 0
    page.goto(f"{address}starred/")
    assert page.locator(".paper-stars p").is_visible()
    context.close()


@pytest.mark.parametrize(("width", "is_open"), [(360, 0), (768, 1), (1000, 1), (1280, 1), (2560, 1)])
def test_nothing_moves_when_the_toolbar_comes_and_no_page_scrolls_sideways(
    browser: Browser, address: str, width: int, is_open: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740})
    page = context.new_page()
    page.add_init_script(
        """window.moved = 0;
           new PerformanceObserver(list => { for (const entry of list.getEntries()) moved += entry.value })
             .observe({type: 'layout-shift', buffered: true})"""
    )
    for path in ("", CATEGORY, "topics/language-models/"):
        visit(page, address + path)
        page.locator("article [data-mark]").first.wait_for()
        tools = page.locator(".paper-tools")
        assert tools.locator("details").evaluate("node => node.open") == bool(is_open)
        reserved = tools.evaluate("node => parseFloat(getComputedStyle(node).minHeight)")
        assert tools.evaluate("node => node.offsetHeight") == pytest.approx(reserved, abs=1)
        assert page.evaluate("moved") == 0
        tools.locator("details").evaluate("node => node.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("?")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_the_tools_run_under_a_policy_that_forbids_inline_scripts_and_styles(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "assets/paperboy" in message.text else None)

    def guard(route: Any) -> None:
        answer = route.fetch()
        policy = {"content-security-policy": "default-src 'self'; img-src 'self' data:"}
        route.fulfill(response=answer, headers={**answer.headers, **policy})

    page.route("**/*", guard)
    visit(page, address + CATEGORY)
    page.locator("[data-mark=star]").first.click()
    page.locator("input[name=type][value=cross]").check()

    assert len(kept(page, "stars")) == 1
    assert len(shown(page)) < len(ids(page))
    assert refused == []
    context.close()


def test_every_script_is_small_and_asks_no_other_host() -> None:
    from importlib import resources

    folder = resources.files("paperboy.site") / "assets"
    scripts = {source.name: source.read_text("utf-8") for source in folder.iterdir() if source.name.endswith(".js")}

    assert max(len(text) for text in scripts.values()) < 8_000
    for name, text in scripts.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            name
        )
        addresses = set(re.findall(r"https?://[^\s\"'`$]+", text))
        # Where links lead, and where comments point; nothing of it is asked for anything.
        elsewhere = {"https://huggingface.co/papers/", "https://www.alphaxiv.org/abs/", "https://doi.org/"}
        known = {"https://www.zotero.org/support/dev/exposing_metadata", "https://github.com/zotero/zotero,"}
        assert addresses <= {"https://arxiv.org/abs/"} | elsewhere | known, name
