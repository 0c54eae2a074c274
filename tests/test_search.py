"""The search: what is indexed, what is made again, and the page of it in a real browser."""

from __future__ import annotations

import gzip
import json
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain.errors import SearchError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.site import incremental_build
from paperboy.site.search import pagefind, shard
from paperboy.site.search import units as searching
from paperboy.site.search.record import Searchable, marked, search_key, search_record, tokens
from paperboy.storage import archive
from paperboy.storage.journal import Journal
from tests.browsing import is_error, served, theme, wait_until
from tests.factories import answer, paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from paperboy.site.html.document import DataFile
    from paperboy.site.search.pagefind import Pagefind
    from tests.conftest import Site

DAYS = (date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 5), date(2026, 6, 2), date(2026, 6, 3))
SUBJECTS = (
    ("Diffusion Models for Images", "图像的扩散模型", "用扩散模型生成图像。"),
    ("A Graph Neural Network for Molecules", "分子的图神经网络", "图神经网络预测分子性质。"),
    ("Learning to Grasp", "学习抓取", "机器人用强化学习来抓取。"),
    ("Counting in $O(n)$ Time by Schölkopf's Trick", "以 $O(n)$ 时间计数", "计数只需线性时间。"),
)


def searchable(arxiv_id: str = "2606.00001", day: date = DAYS[-1], **more: Any) -> Searchable:
    translated = answer(arxiv_id, **more.pop("answer", {}))
    page = f"{day:%Y/%m/%d}/cs.CL/"
    return Searchable(day=day, paper=paper(arxiv_id, **more), translation=translated, page=page, category="cs.CL")


@pytest.fixture(scope="module")
def program() -> Pagefind:
    found = pagefind.find_pagefind()
    assert found is not None, "the tests need Pagefind, which the site's extra brings"
    return found


# What is indexed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("扩散模型", ["扩散", "散模", "模型", "型"]),
        ("用GPT-4做 3D 重建", ["用", "gpt", "4", "做", "3d", "重建", "建"]),
        ("Schölkopf's ＬＬＭ", ["scholkopf", "s", "llm"]),
        (r"the $\mathcal{O}(n)$ case", ["the", "o", "n", "case"]),
        ("ニューラル", ["ニュ", "ュー", "ーラ", "ラル", "ル"]),
        ("snake_case «x»", ["snake", "case", "x"]),
    ],
)
def test_a_text_becomes_words_and_pairs_of_letters(text: str, words: list[str]) -> None:
    assert tokens(text) == words


def test_a_record_has_titles_authors_summary_id_date_and_categories() -> None:
    made = search_record(
        searchable(title="On $x$", authors=("Ann Lee", "B", "C", "D"), categories=("cs.CL", "math.PR"))
    )

    assert made.title == "标题 题 on x"
    words = made.words.split()
    assert {"一句", "ann", "d", marked("2606.00001"), marked("2026-06-03"), marked("math.PR")} <= set(words)
    assert "abstract" not in words
    assert made.shown.authors == ("Ann Lee", "B", "C")
    assert made.shown.more


def test_abstracts_are_words_where_they_are_asked_for() -> None:
    made = search_record(searchable(abstract="Hidden."), abstracts=True)

    assert {"hidden", "摘要"} <= set(made.words.split())
    assert made.shown.abstracts == ("摘要。", "Hidden.")


def test_nothing_of_a_refused_translation_is_indexed() -> None:
    made = search_record(searchable(answer={"status": "failed", "title": "坏标题"}), abstracts=True)

    assert made.title == "a title"
    assert made.shown.translated == ""
    assert made.shown.abstracts == ("", "An abstract.")


@pytest.mark.parametrize(
    "change", [{"title": "Other"}, {"authors": ("Z",)}, {"answer": {"summary": "别的。"}}, {"categories": ("cs.LG",)}]
)
def test_the_key_of_a_day_changes_with_what_the_search_knows(change: dict[str, Any]) -> None:
    assert search_key([searchable(**change)]) != search_key([searchable()])
    assert search_key([searchable(answer={"prompt_tokens": 7}, comment="11 pages")]) == search_key([searchable()])


# Shards


def test_each_day_of_the_newest_month_and_each_month_before_is_a_shard() -> None:
    days = [searching.SearchDay(day, 3, "k") for day in DAYS]

    parts = searching.search_parts(days)

    assert [(part.path, part.abstracts) for part in parts] == [
        ("2026-06-03", True),
        ("2026-06-02", True),
        ("2026-05", False),
        ("2026-04", False),
        ("2026-03", False),
    ]


def test_a_month_of_very_many_papers_is_cut_between_two_days() -> None:
    days = [searching.SearchDay(date(2026, 5, number), 1500, "k") for number in range(1, 8)]

    parts = searching.search_parts([*days, searching.SearchDay(date(2026, 6, 1), 1, "k")])

    assert [part.path for part in parts] == ["2026-06-01", "2026-05", "2026-05.2", "2026-05.3", "2026-05.4"]
    assert [len(part.days) for part in parts] == [1, 2, 2, 2, 1]


def test_a_day_without_papers_is_no_shard() -> None:
    assert searching.search_parts([searching.SearchDay(DAYS[0], 0, "k")]) == []


def test_the_same_records_give_the_same_bytes(program: Pagefind) -> None:
    records = [
        search_record(
            searchable(f"2606.{number:05d}", title=f"Paper {number} of {number % 7}", categories=("cs.CL", "cs.LG"))
        )
        for number in range(300)
    ]

    first, second = (dict(shard.build_shard(program, records)) for _ in range(2))

    assert first == second
    assert sorted(first) == ["index-0.bin", "records-0.bin", "table.bin"]
    assert max(map(len, first.values())) <= shard.VOLUME


def test_pieces_follow_each_other_as_the_table_says(program: Pagefind) -> None:
    made = dict(shard.build_shard(program, [search_record(searchable(f"2606.{number:05d}")) for number in range(9)]))

    table = json.loads(gzip.decompress(made["table.bin"]))
    assert table["papers"] == 9
    assert sum(table["chunks"]) == len(made["index-0.bin"])
    assert len(table["begins"]) == len(table["chunks"])
    blocks = []
    at = 0
    for length in table["blocks"]:
        blocks += json.loads(gzip.decompress(made["records-0.bin"][at : at + length]))
        at += length
    assert [row[0] for row in blocks] == [f"2606.{number:05d}" for number in range(9)]


def test_what_is_no_table_of_pagefind_is_an_error(program: Pagefind, monkeypatch: pytest.MonkeyPatch) -> None:
    files = pagefind.build_index(program, [("a", "a")])
    (name,) = (path for path in files if path.endswith(".pf_meta"))
    for content in (b"", b"nonsense", gzip.compress(b"pagefind_dcd\x81"), files[name][:-9]):
        monkeypatch.setattr(shard, "build_index", lambda *_, content=content: files | {name: content})
        with pytest.raises(SearchError, match="table"):
            list(shard.build_shard(program, [search_record(searchable())]))


def test_a_program_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "pagefind"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)

    with pytest.raises(SearchError, match="ended before"):
        pagefind.build_index(pagefind.Pagefind(broken, "1.5.2"), [("a", "a")])


def test_a_version_that_is_not_known_makes_no_search(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="paperboy")
    monkeypatch.setattr(metadata, "version", lambda _: "1.6.0")

    assert pagefind.find_pagefind() is None
    assert "this is 1.6.0" in caplog.text


# What is made again


class Placed:
    """Builds the search of some days again and again, and tells which shards were made."""

    def __init__(self, root: Path, program: Pagefind) -> None:
        self.root = root
        self._program = program
        self._builds = 0
        self.made: list[str] = []

    def build(self, papers: dict[date, list[Searchable]]) -> list[str]:
        self.made = []
        self._builds += 1
        days = [
            searching.SearchDay(day, len(own), incremental_build.fingerprint(search_key(own)))
            for day, own in papers.items()
        ]

        def write(item: DataFile) -> tuple[str, bytes]:
            return item.path, item.content

        def read(day: date) -> list[Searchable]:
            self.made.append(day.isoformat())
            return papers[day]

        units: Iterator[Any] = searching.search_units(self._program, days, read, directory_urls=True)
        incremental_build.install_units(units, write, self.site, self.root / "cache", f"frame {self._builds}")
        return self.made

    @property
    def site(self) -> Path:
        return self.root / f"site-{self._builds}"

    @property
    def shards(self) -> list[str]:
        return [one["path"] for one in json.loads((self.site / "search/shards.json").read_text())["shards"]]


@pytest.fixture
def placed(tmp_path: Path, program: Pagefind) -> Placed:
    return Placed(tmp_path, program)


def month(days: tuple[date, ...]) -> dict[date, list[Searchable]]:
    return {day: [searchable(f"2606.{day:%m%d}{number}", day) for number in range(3)] for day in days}


def test_a_new_day_makes_its_own_shard_and_no_other_whatever_the_theme(placed: Placed) -> None:
    placed.build(month(DAYS[:-1]))

    assert placed.build(month(DAYS)) == ["2026-06-03"]
    assert placed.shards == ["2026-06-03", "2026-06-02", "2026-05", "2026-04", "2026-03"]
    assert placed.build(month(DAYS)) == []


def test_a_corrected_paper_makes_the_shard_of_its_month_again(placed: Placed) -> None:
    placed.build(month(DAYS))
    papers = month(DAYS)
    papers[DAYS[2]][0] = searchable("2606.05050", DAYS[2], answer={"title": "更好的标题"})

    assert placed.build(papers) == ["2026-05-05"]


def test_a_month_that_ends_becomes_one_shard(placed: Placed) -> None:
    placed.build(month(DAYS))
    july = {**month(DAYS), **month((date(2026, 7, 1),))}

    assert placed.build(july) == ["2026-07-01", "2026-06-03", "2026-06-02"]
    assert not (placed.site / "search/2026-06-03").exists()
    assert (placed.site / "search/2026-06/table.bin").is_file()


def test_carried_and_cold_builds_have_the_same_bytes(placed: Placed, tmp_path: Path, program: Pagefind) -> None:
    placed.build(month(DAYS[:-1]))
    placed.build(month(DAYS))
    cold = Placed(tmp_path / "cold", program)
    cold.build(month(DAYS))

    def content(site: Path) -> dict[str, bytes]:
        return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    assert content(placed.site) == content(cold.site)


def test_the_shards_of_the_former_site_are_put_back_as_they_were(placed: Placed) -> None:
    placed.build(month(DAYS))
    former = placed.site / "search"
    (former / "2026-04" / "foreign.bin").write_bytes(b"somebody's")
    incremental_build.stash(placed.site, placed.root / "cache")
    assert not former.exists()

    assert placed.build(month(DAYS)) == []
    assert len(placed.shards) == 5
    assert (placed.site / "search/2026-05/table.bin").is_file()
    assert sorted(path.name for path in (placed.site / "search/2026-04").iterdir()) == [
        "index-0.bin",
        "records-0.bin",
        "table.bin",
    ]


def test_a_shard_that_cannot_be_made_is_left_out_and_made_by_the_next_build(
    placed: Placed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = shard.build_shard

    def failing(program: Pagefind, records: Any) -> Any:
        if records[0].shown.date == "2026-05-05":
            raise SearchError("no memory")
        return real(program, records)

    monkeypatch.setattr(shard, "build_shard", failing)
    placed.build(month(DAYS))
    assert "2026-05" not in placed.shards
    assert "without 2026-05: no memory" in caplog.text

    monkeypatch.setattr(shard, "build_shard", real)
    assert placed.build(month(DAYS)) == ["2026-05-05"]
    assert "2026-05" in placed.shards


# A site


def fill(root: Path) -> None:
    """An archive with days in four months: four papers each, the last announced again on the newest day."""
    for day in DAYS:
        rows = []
        with Journal(root, day, "zh-CN") as journal:
            for number, (title, translated, summary) in enumerate(SUBJECTS):
                arxiv_id = f"{day:%y%m}.{day:%d}{number:03d}"
                if day == DAYS[-1] and number == 3:
                    arxiv_id = "2603.31003"
                category = "cs.LG" if number == 1 else "cs.CL"
                rows.append(
                    paper(
                        arxiv_id,
                        title=f"{title} ({day:%B})",
                        abstract="The abstract speaks of <zeolites> & more.",
                        authors=("Zoë Nguyen", "Bernhard Schölkopf", "C. C", "D. D"),
                        listed={category: "replace" if arxiv_id.startswith("2603.31003") else "new"},
                        categories=(category,),
                        primary_category=category,
                    )
                )
                text = {"title": translated, "summary": summary, "abstract": f"摘要里有沸石。{summary}"}
                journal.append(answer(arxiv_id, **text))
        archive.write_announcements(root, day, rows)
        entry = CategoryLedger(status="complete", stated=Counts(new=4), held=Counts(new=4), sources=("feed",))
        ledger = Ledger(date=day.isoformat(), categories=dict.fromkeys(("cs.CL", "cs.LG"), entry))
        archive.write_ledger(root, day, ledger)


def options(**more: Any) -> dict[str, Any]:
    return {"categories": ["cs.CL", "cs.LG"], "fetch": "never", "translation": {"enabled": False}, **more}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site below the root of its host."""
    from tests.conftest import Site

    site = Site(tmp_path_factory.mktemp("site"))
    fill(site.root / ".paperboy" / "archive")
    site.configure(options(), theme=theme(), site_dir="www/repo", site_url="https://x.github.io/repo/")
    built = site.build()
    assert built.code == 0, built.log
    with served(site.root / "www") as url:
        yield f"{url}repo/"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader who comes for the first time; nothing leaves the site."""
    context = browser.new_context(viewport={"width": 1000, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}search/")
    page.errors = errors  # type: ignore[attr-defined]
    return page


def search(page: Page, query: str, **more: str) -> list[str]:
    """The ids of the results."""
    page.fill("[name=q]", query)
    for name, value in more.items():
        page.select_option(f"[name={name}]", value)
    page.press("[name=q]", "Enter")
    settled(page)
    return ids(page)


def settled(page: Page) -> None:
    wait_until(
        page,
        """() => { const said = document.querySelector(".paper-search-results [role=status]")?.textContent ?? "";
                   const more = document.querySelector(".paper-search-more");
                   return /\\d|没有|no papers/i.test(said) && !more.disabled }""",
    )


def ids(page: Page) -> list[str]:
    return list(page.locator(".paper-results article").evaluate_all("nodes => nodes.map(node => node.dataset.id)"))


def said(page: Page, role: str = "status") -> str:
    return page.locator(f".paper-search-results [role={role}]").inner_text()


def test_a_chinese_query_finds_any_piece_of_a_text_newest_first(page: Page) -> None:
    expected = ["2606.03000", "2606.02000", "2605.05000", "2604.01000", "2603.31000"]

    assert search(page, "扩散模型") == expected
    assert search(page, "散模") == expected
    assert search(page, "型生成") == expected
    assert search(page, "模扩") == []
    assert page.errors == []  # type: ignore[attr-defined]


def test_an_english_query_finds_stems_and_beginnings_of_words(page: Page) -> None:
    for query in ("network", "networks", "netw", "graph neural", '"neural network"', "NETWORKS molecule"):
        assert len(search(page, query)) == 5, query
    for query in ("netx", "xyzzy", '"network neural"', "graph diffusion"):
        assert search(page, query) == [], query


def test_names_are_found_with_and_without_accents(page: Page) -> None:
    assert len(search(page, "scholkopf")) == 10
    assert len(search(page, "Zoë")) == 10
    assert page.locator("mark").first.inner_text() == "Zoë"


@pytest.mark.parametrize("query", ["2605.05001", "2605.05001v3", "https://arxiv.org/abs/2605.05001v1"])
def test_an_id_leads_to_its_paper(page: Page, query: str) -> None:
    assert search(page, query) == ["2605.05001"]


def test_a_date_finds_its_papers(page: Page) -> None:
    assert sorted(search(page, "2026-05-05")) == ["2605.05000", "2605.05001", "2605.05002", "2605.05003"]


def test_results_can_be_filtered_by_category_and_month_and_the_address_says_so(page: Page, address: str) -> None:
    assert len(search(page, "学习", c="cs.CL")) == 5
    assert search(page, "网络", c="cs.CL") == []
    assert search(page, "网络", c="cs.LG", m="2026-05") == ["2605.05001"]
    assert page.url.endswith("?q=%E7%BD%91%E7%BB%9C&c=cs.LG&m=2026-05")

    page.goto(f"{address}search/?q=扩散&m=2026-04&c=cs.CL")
    settled(page)
    assert ids(page) == ["2604.01000"]
    assert page.input_value("[name=m]") == "2026-04"


def test_going_back_shows_the_search_before(page: Page) -> None:
    search(page, "扩散")
    search(page, "网络")
    page.go_back()
    page.locator("[data-id='2606.03000']").wait_for()

    assert page.input_value("[name=q]") == "扩散"
    assert len(ids(page)) == 5


def test_by_relevance_a_title_comes_before_an_abstract(page: Page) -> None:
    found = search(page, "沸石 抓取", o="score")

    assert found[0] in {"2606.03002", "2606.02002"}


def test_a_result_leads_to_the_card_of_its_paper(page: Page) -> None:
    search(page, "分子 2606.02001")
    page.locator(".paper-results a").first.click()
    page.wait_for_url("**/2026/06/02/cs.LG/**")

    assert page.url.endswith("#2606.02001")
    assert page.locator("article.paper:target").get_attribute("id") == "2606.02001"


def test_a_paper_that_was_announced_twice_stands_there_once(page: Page) -> None:
    found = search(page, "线性时间")

    assert found.count("2603.31003") == 1
    assert found[0] == "2603.31003"
    assert len(found) == 4


def test_what_was_looked_for_is_marked_and_hostile_text_is_text(page: Page) -> None:
    search(page, "<zeolites>")

    excerpt = page.locator(".paper-excerpt").first
    assert excerpt.locator("mark").inner_text() == "zeolites"
    assert "<zeolites> & more" in excerpt.inner_text()


def test_abstracts_are_searched_in_the_newest_month_only(page: Page) -> None:
    assert {arxiv_id[:4] for arxiv_id in search(page, "沸石")} == {"2606", "2603"}  # the last came again in June


def test_ten_results_are_shown_at_first_and_then_ten_more(page: Page) -> None:
    assert len(search(page, "scholkopf")) == 10
    page.locator(".paper-search-more").click()
    settled(page)

    assert len(ids(page)) == 19, "twenty announcements of nineteen papers"
    assert not page.locator(".paper-search-more").is_visible()


def test_a_filter_changes_the_results_at_once(page: Page) -> None:
    search(page, "学习")
    page.select_option("[name=m]", "2026-04")
    wait_until(page, "() => document.querySelectorAll('.paper-results li').length === 1")

    assert ids(page) == ["2604.01002"]


# The page


def test_slash_leads_to_the_search_from_any_page(page: Page, address: str) -> None:
    for path in ("2026/06/03/cs.CL/index.html", "index.html"):
        page.goto(address + path)
        page.locator(".paper-tools details").wait_for(state="attached")
        page.keyboard.press("/")
        page.wait_for_url("**/search/**")
        wait_until(page, "() => document.activeElement.name === 'q'")
    page.keyboard.type("网络/j")
    assert page.input_value("[name=q]") == "网络/j"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_results_are_moved_through_and_starred_by_keys(page: Page, address: str) -> None:
    search(page, "网络")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('article').dataset.id") == "2606.03001"
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.goto(f"{address}starred/")
    star = page.locator(".paper-stars article")
    star.wait_for()

    assert star.get_attribute("data-id") == "2606.02001"
    assert "2026-06-02" in star.inner_text()
    assert "Bernhard Schölkopf" in star.inner_text()
    assert "2026/06/02/cs.LG/" in str(star.locator("a").get_attribute("href"))


def test_every_page_links_to_the_search_without_a_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("index.html", "archive/index.html", "2026/06/03/cs.LG/index.html"):
        page.goto(address + path)
        page.locator("header a.paper-search-link").click()
        page.wait_for_url(f"{address}search/*")
    assert page.locator(".paper-search-without").is_visible()
    assert not page.locator(".paper-search form").is_visible()
    context.close()


@pytest.mark.parametrize("how", ["gone", "offline", "damaged"])
@pytest.mark.parametrize("file", ["table", "index-0"])
def test_a_month_that_cannot_be_read_is_named_and_the_rest_is_shown(page: Page, how: str, file: str) -> None:
    def answered(route: Any) -> None:
        if how == "offline":
            route.abort()
        else:
            route.fulfill(status=404 if how == "gone" else 200, body="no such thing")

    page.route(f"**/search/2026-05/{file}.bin*", answered)

    assert search(page, "扩散模型") == ["2606.03000", "2606.02000", "2604.01000", "2603.31000"]
    assert "2026-05" in said(page, "alert")
    assert "2026-04" not in said(page, "alert")
    page.unroute(f"**/search/2026-05/{file}.bin*")
    assert len(search(page, "扩散模型")) == 5, "the next search tries again"
    assert said(page, "alert") == ""


def test_records_that_cannot_be_read_are_named_too(page: Page) -> None:
    page.route("**/search/2026-06-03/records-0.bin*", lambda route: route.abort())

    assert search(page, "网络") == ["2606.02001", "2605.05001", "2604.01001", "2603.31001"]
    assert "2026-06-03" in said(page, "alert")


@pytest.mark.parametrize("file", ["shards.json", "pagefind-*/pagefind-worker.js", "pagefind-*/wasm*"])
def test_a_search_that_cannot_start_says_so_and_starts_later(page: Page, file: str, address: str) -> None:
    pattern = f"**/search/{file}*"
    page.route(pattern, lambda route: route.abort())
    page.goto(f"{address}search/?q=网络")
    page.locator("[role=alert]:not(:empty)").wait_for()
    assert "未能启动" in said(page, "alert") or "could not be started" in said(page, "alert")
    page.unroute(pattern)

    assert len(search(page, "扩散")) == 5


def test_addresses_of_files_and_a_host_that_serves_no_parts_of_them_do_as_well(
    context: BrowserContext, site: Site
) -> None:
    fill(site.root / ".paperboy" / "archive")
    site.configure(options(), theme=theme(), use_directory_urls=False)
    built = site.build()
    assert built.code == 0, built.log
    with served(built.site, parts=False) as url:
        page = context.new_page()
        page.goto(f"{url}index.html")
        page.keyboard.press("/")
        page.wait_for_url(f"{url}search/index.html")
        assert len(search(page, "扩散模型")) == 5
        assert search(page, "图神经网络")[0] == "2606.03001"
        page.locator(".paper-results a").first.click()
        page.wait_for_url(f"{url}2026/06/03/cs.LG/index.html#2606.03001")


def test_the_search_runs_under_a_strict_policy(context: BrowserContext, address: str) -> None:
    refused: list[str] = []
    policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:"

    def guard(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})

    page = context.new_page()
    page.on("console", lambda line: refused.append(line.text) if "assets/paperboy" in line.text else None)
    page.route("**/*", guard)
    page.goto(f"{address}search/")

    assert len(search(page, "扩散模型")) == 5
    assert refused == []


def test_words_are_the_same_in_the_browser_as_in_the_index(page: Page) -> None:
    texts = [
        "扩散模型与GPT-4：从 3D 重建到 ＬＬＭ，「你好」世界 2.0",
        "Schölkopf’s naïve Ærøskøbing ŁÓDŹ ﬁne ½ ² Ⅷ Straße İstanbul ΟΔΟΣ",
        r"on $\mathcal{C}^{1,α}$ and $L^2$-bounds in $\mathbb R^n$",
        "ニューラルネットワークのガイド 한국어 번역 ภาษาไทยคำ 👩‍🚀 𠮷野家 々",
        "state-of-the-art e.g. snake_case O'Neill C++ 100%",
    ]
    made = page.evaluate(
        """async texts => { const { tokens } = await import(new URL('../assets/paperboy/search-query.js', location));
                            return texts.map(tokens) }""",
        texts,
    )

    assert made == [tokens(text) for text in texts]


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_moves_and_no_page_scrolls_sideways(browser: Browser, address: str, width: int, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.add_init_script(
        """window.moved = 0;
           new PerformanceObserver(list => { for (const entry of list.getEntries()) moved += entry.value })
             .observe({type: 'layout-shift', buffered: true})"""
    )
    page.goto(f"{address}search/?q=scholkopf")
    settled(page)

    assert page.evaluate("moved") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


# A site without it


def test_without_pagefind_the_site_has_no_search_and_the_log_says_so_once(site: Site, tmp_path: Path) -> None:
    fill(site.root / ".paperboy" / "archive")
    site.configure(options())
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "pagefind_bin.py").write_text("raise ImportError('not here')\n")
    import os

    path = os.pathsep.join([str(blocker), *filter(None, [os.environ.get("PYTHONPATH")])])
    built = site.build(PYTHONPATH=path)

    assert built.code == 0, built.log
    assert built.log.count("built without a search") == 1
    assert not (built.site / "search").exists()
    assert "paper-search-link" not in built.html()


def test_the_option_switches_the_search_off(site: Site) -> None:
    fill(site.root / ".paperboy" / "archive")
    site.configure(options(search=False))
    built = site.build()

    assert built.code == 0, built.log
    assert not (built.site / "search").exists()
    assert "without a search" not in built.log
