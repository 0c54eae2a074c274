"""Votes, organisations and institutions on pages; the trending pages; and what hostile fields cannot do there."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import feedparser
import pytest
from msgspec import structs
from selectolax.lexbor import LexborHTMLParser

from paperboy.contributions import apply
from paperboy.contributions.model import Overrides
from paperboy.domain.ledger import CategoryLedger, Ledger
from paperboy.domain.overrides import Contribution, Override
from paperboy.domain.signals import Featured, FeaturedList, Signal
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html.document import Document, to_html, to_markdown
from paperboy.site.pages.edition import EditionPages
from paperboy.site.pages.trending import MOST_A_MONTH, TrendingPages, as_edition, in_few_words, most_noticed
from paperboy.sources import huggingface
from tests.factories import answer, edition_of, paper

if TYPE_CHECKING:
    from paperboy.domain.edition import Edition, Translation

DAY = date(2026, 6, 4)
OPTIONS = SiteOptions(
    categories=("cs.CL",),
    site_name="论文",
    site_url="https://example.org/",
    institutions={"umber university": "棕土大学"},
)
KIT = SiteContext(OPTIONS)


def signal(arxiv_id: str = "2606.00001", **more: Any) -> Signal:
    base: dict[str, Any] = {"id": arxiv_id, "featured": "2026-06-04", "upvotes": 62, "comments": 3}
    return Signal(**(base | more))


def featured(arxiv_id: str, **more: Any) -> Featured:
    base = {
        "id": arxiv_id,
        "featured": "2026-06-04",
        "title": f"Title {arxiv_id}",
        "abstract": "A.",
        "authors": ("Ada",),
    }
    return Featured(**(base | more))


def listing(*papers: Featured, when: str = "2026-06-04") -> FeaturedList:
    return FeaturedList(date=when, papers=papers)


def trending(*papers: Featured, when: str = "2026-06-04", answers: dict[str, Translation] | None = None) -> Edition:
    return as_edition(listing(*papers, when=when), answers or {})


def edition(*papers: Any, **more: Any) -> Edition:
    ledger = Ledger(date="2026-06-04", categories={"cs.CL": CategoryLedger(status="complete")})
    return edition_of(*(papers or (paper(),)), **({"ledger": ledger} | more))


def pages(shown: Edition, options: SiteOptions = OPTIONS) -> dict[str, str]:
    made = {}
    for item in EditionPages((KIT if options is OPTIONS else SiteContext(options)), shown).all():
        made[item.path] = to_html(item) if isinstance(item, Document) else item.content.decode()
    return made


def text(html: str, selector: str) -> str:
    node = LexborHTMLParser(html).css_first(selector)
    assert node is not None, selector
    return " ".join(node.text().split())


def links(html: str) -> dict[str, str]:
    nodes = LexborHTMLParser(html).css("a")
    return {" ".join(node.text().split()): node.attributes["href"] or "" for node in nodes}


# Cards and entries


def test_a_card_shows_votes_comments_organisation_code_and_stars() -> None:
    known = signal(
        organization="Umber & Sons", organization_page="umber", repository="https://github.com/a/b", stars=1184,
        project_page="https://umber.example/", keywords=("world model", "agents"),
    )  # fmt: skip
    html = pages(edition(signals={"2606.00001": known}))["2026/06/04/cs.CL/"]

    assert text(html, ".paper-votes") == "▲ 62 票"
    assert text(html, ".paper-stargazers") == "★ 1,184 个 GitHub 星标"
    assert text(html, ".paper-facts dd") == "world model, agents"
    found = links(html)
    assert found["Umber & Sons"] == "https://huggingface.co/umber"
    assert found["代码"] == "https://github.com/a/b"
    assert found["3 条评论"] == "https://huggingface.co/papers/2606.00001"
    assert found["项目主页"] == "https://umber.example/"
    assert 'data-votes="62"' in html
    assert "data-code" in html


def test_stars_are_shown_only_of_the_repository_that_is_linked() -> None:
    own = paper(abstract="Code: https://github.com/own/code")
    for repository, shown in (("https://github.com/other/code", False), ("https://github.com/Own/Code", True)):
        known = signal(repository=repository, stars=7)
        html = pages(edition(own, signals={"2606.00001": known}))["2026/06/04/cs.CL/"]
        assert links(html)["代码"] == "https://github.com/own/code"
        assert ("paper-stargazers" in html) is shown


def test_a_paper_that_nobody_noticed_shows_nothing_of_it() -> None:
    html = "".join(pages(edition(featured=listing())).values())

    assert "paper-votes" not in html
    assert "最受关注" not in html
    assert "data-votes" not in html


def test_institutions_stand_on_the_card_with_their_chinese_names() -> None:
    names = ("Umber University", "Tidewater Labs")
    html = pages(edition(institutions={"2606.00001": names}))["2026/06/04/cs.CL/"]

    assert text(html, ".paper-institutions") == "棕土大学 Umber University；Tidewater Labs"


def test_many_institutions_are_counted() -> None:
    names = tuple(f"University {number}" for number in range(20))
    html = pages(edition(institutions={"2606.00001": names}))["2026/06/04/cs.CL/"]

    assert "14" in text(html, ".paper-institutions")
    assert "University 7" not in text(html, ".paper-institutions")


def test_the_edition_as_data_has_signals_and_institutions() -> None:
    shown = edition(
        paper(),
        paper("2606.00002"),
        signals={"2606.00001": signal()},
        institutions={"2606.00001": ("Umber University",)},
    )
    one, two = json.loads(pages(shown)["2026/06/04/edition.json"])["papers"]

    assert one["signals"]["upvotes"] == 62
    assert "id" not in one["signals"]
    assert one["institutions"] == ["Umber University"]
    assert (two["signals"], two["institutions"]) == (None, [])


# Most noticed


def test_the_most_noticed_papers_stand_at_the_head_of_the_day_by_votes() -> None:
    papers = [paper(f"2606.{number:05}", title=f"Paper {number}") for number in range(15)]
    known = {one.id: signal(one.id, upvotes=number) for number, one in enumerate(papers)}
    shown = edition(*papers, signals=known, featured=listing(featured("2606.00001")))
    html = LexborHTMLParser(pages(shown)["2026/06/04/"])
    rows = html.css(".noticed li")

    assert len(rows) == 10
    assert [row.css_first("a").attributes["href"] for row in rows][:2] == [  # type: ignore[union-attr]
        "cs.CL/#2606.00014",
        "cs.CL/#2606.00013",
    ]
    assert "../../../trending/2026-06-04/" in {node.attributes["href"] for node in html.css(".noticed > p a")}


def test_a_page_says_where_hugging_face_was_not_reached() -> None:
    words = "未能取得 Hugging Face 当日的数据"

    assert words in pages(edition())["2026/06/04/"]
    assert words not in pages(edition(featured=listing()))["2026/06/04/"]
    off = SiteOptions(categories=("cs.CL",), signals=False)
    assert words not in pages(edition(), off)["2026/06/04/"]


# Trending pages


def test_the_page_of_a_date_has_every_featured_paper_in_full_by_votes() -> None:
    shown = trending(
        featured("2606.00001", upvotes=3, edition="2026-06-03"),
        featured("2606.00002", upvotes=9, organization="Umber", comments=2),
        answers={"2606.00002": answer("2606.00002", title="译名")},
    )
    place = {("2026-06-03", "2606.00001"): "2026/06/03/cs.CL/2/"}
    made = TrendingPages(KIT, place=lambda day, name: place.get((day, name))).day(shown, (date(2026, 6, 3), None))
    html = to_html(made)
    cards = LexborHTMLParser(html).css("article.paper")

    assert made.path == "trending/2026-06-04/"
    assert [card.attributes["id"] for card in cards] == ["2606.00002", "2606.00001"]
    assert text(html, "a > span:has(+ small)") == "译名"
    assert "paper-type" not in html
    found = links(html)
    assert found["见 2026-06-03 的论文"] == "../../2026/06/03/cs.CL/2/#2606.00001"
    assert "../2026-06-03/" in found.values()
    assert found["订阅（Atom）"] == "../feed.xml"
    assert found["2026年6月"] == "../2026-06/"


def test_more_papers_than_fit_stand_below_in_few_words() -> None:
    shown = trending(*(featured(f"2606.{number:05}", upvotes=number) for number in range(80)))
    html = LexborHTMLParser(to_html(TrendingPages(KIT).day(shown)))

    assert len(html.css("article.paper")) == 60
    assert len(html.css("ol.trending > li")) == 20


def test_the_page_of_a_month_ranks_its_papers_once_each() -> None:
    days = [
        in_few_words(trending(featured("2606.00001", upvotes=5, authors=("A", "B", "C", "D")))),
        in_few_words(trending(featured("2606.00001", upvotes=7), featured("2606.00002", upvotes=6), when="2026-06-05")),
    ]
    made = TrendingPages(KIT, [DAY, date(2026, 6, 5)]).month(date(2026, 6, 1), days)
    rows = LexborHTMLParser(to_html(made)).css("ol.trending > li")

    assert made.path == "trending/2026-06/"
    assert [row.css_first("a").attributes["href"] for row in rows] == [  # type: ignore[union-attr]
        "../2026-06-05/#2606.00001",
        "../2026-06-05/#2606.00002",
    ]
    assert "7 票" in rows[0].text()


def test_a_month_whose_dates_have_no_pages_any_more_leads_to_arxiv() -> None:
    few = in_few_words(trending(featured("2606.00001", comments=2)))
    html = to_html(TrendingPages(KIT, [date(2026, 9, 1)]).month(date(2026, 6, 1), [few]))

    assert links(html)["Title 2606.00001"] == "https://arxiv.org/abs/2606.00001"
    assert not any("2026-06-04" in address for address in links(html).values())
    assert links(html)["2 条评论"] == "https://huggingface.co/papers/2606.00001"


def test_a_month_shows_its_first_hundred_and_says_so() -> None:
    few = in_few_words(trending(*(featured(f"2606.{number:05}", upvotes=number) for number in range(MOST_A_MONTH + 1))))
    html = to_html(TrendingPages(KIT).month(date(2026, 6, 1), [few]))

    assert len(LexborHTMLParser(html).css("ol.trending > li")) == MOST_A_MONTH
    assert "此处列出前 100 篇" in html


def test_the_index_leads_to_dates_and_months() -> None:
    days = [
        in_few_words(trending(featured("2605.00001"), when="2026-05-29")),
        in_few_words(trending(featured("2606.00001"))),
        in_few_words(trending(when="2026-06-05")),
    ]
    made = TrendingPages(KIT, [day.date for day in days if day.rows]).index(days)
    found = links(to_html(made))

    assert made.listed
    assert {"2026-05-29/", "2026-06-04/", "2026-05/", "2026-06/", "./feed.xml"} <= set(found.values())
    assert "2026-06-05/" not in found.values()


@pytest.mark.parametrize(("asked", "words"), [(True, "未能访问 Hugging Face"), (False, "本站不从 Hugging Face")])
def test_without_anything_the_index_says_why(*, asked: bool, words: str) -> None:
    made = TrendingPages(SiteContext(SiteOptions(categories=("cs.CL",), signals=asked))).index([])

    assert words in to_html(made)
    assert not made.listed


def test_trending_has_a_feed_of_its_own() -> None:
    shown = trending(
        featured("2606.00001", upvotes=3),
        featured("2606.00002", upvotes=9),
        answers={"2606.00002": answer("2606.00002", version=None, title="译名")},
    )
    files = {item.path: item.content for item in TrendingPages(KIT).feed([shown])}
    feed = feedparser.parse(files["trending/feed.xml"])

    assert not feed.bozo
    assert feed.feed.title == "论文 · 热门"
    assert feed.feed.subtitle == "Hugging Face 社区推荐的论文。"
    assert [entry.title for entry in feed.entries] == ["译名", "Title 2606.00001"]
    assert feed.entries[0].link == "https://example.org/trending/2026-06-04/#2606.00002"
    assert feed.entries[0].id == "https://arxiv.org/abs/2606.00002"
    assert [item["title"] for item in json.loads(files["trending/feed.json"])["items"]] == ["译名", "Title 2606.00001"]


# Hostile fields

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</article></p></ol><h1>owned</h1>",
    "[x](javascript:alert(1))",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "$\\text{<script>alert(1)</script>}$",
    "\\href{javascript:alert(1)}{x}",
    "<!--",
    "]]>",
    "\u202e\x00\x1b[31m\n\n# heading\n\n<b>",
]
FIELDS = ("title", "summary", "ai_summary", "githubRepo", "projectPage", "id_", "publishedAt")


def hostile(payload: str) -> list[Featured]:
    """Each field of an entry in turn holds the payload, as Hugging Face would serve it."""
    entries = []
    for number, field in enumerate((*FIELDS, "authors", "ai_keywords", "fullname", "name")):
        one: dict[str, Any] = {"id": f"2606.{number:05}", "title": "T", "summary": "S", "upvotes": 5}
        match field:
            case "authors":
                one[field] = [{"name": payload}]
            case "ai_keywords":
                one[field] = [payload]
            case "fullname" | "name":
                one["organization"] = {"name": "umber", "fullname": "Umber", field: payload}
            case _:
                one[field] = payload
        entries.append({"paper": one, "numComments": 1})
    return list(huggingface.parse_daily_papers(json.dumps(entries).encode(), DAY).papers)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_field_of_hugging_face_adds_an_element_or_a_link(payload: str) -> None:
    papers = hostile(payload)
    assert len(papers) == 11
    shown = trending(*papers)
    inside = edition(signals={"2606.00001": structs.replace(papers[9], upvotes=5)})
    documents = [
        TrendingPages(KIT).day(shown),
        TrendingPages(KIT).month(date(2026, 6, 1), [in_few_words(shown)]),
        TrendingPages(KIT, [DAY]).index([in_few_words(shown)]),
        *(item for item in EditionPages(KIT, inside).all() if isinstance(item, Document)),
    ]
    for document in documents:
        html = to_html(document)
        tree = LexborHTMLParser(html)
        assert not tree.css("script, img, svg, iframe, form, object, embed, style, meta, base, link")
        assert not [node for node in tree.css("b") if node.parent.attributes.get("class") != "paper-head"]  # type: ignore[union-attr]
        assert len(tree.css("h1")) == 1
        for node in tree.css("*"):
            assert not any(name.startswith("on") or name == "autofocus" for name in node.attributes), node.html
        for link in tree.css("a[href]"):
            address = urlsplit(link.attributes["href"] or "")
            assert (address.scheme, bool(address.netloc)) in {("https", True), ("", False)}, link.html
        assert "\n\n\n" not in to_markdown(document)


def test_a_hostile_organisation_has_no_page_and_a_hostile_address_no_link() -> None:
    papers = {one.id: one for one in hostile("javascript:alert(1)")}

    assert all(one.repository is None and one.project_page is None for one in papers.values())
    assert papers["2606.00010"].organization_page is None


def test_hostile_institutions_stay_text() -> None:
    names = tuple(PAYLOADS)
    html = pages(edition(institutions={"2606.00001": names}))["2026/06/04/cs.CL/"]
    block = LexborHTMLParser(html).css_first(".paper-institutions")

    assert block is not None
    assert {node.tag for node in block.css("*")} == {"p", "span"}


# ── What contributors wrote ──


def test_a_hidden_paper_stands_on_trending_pages_and_above_an_edition_without_a_word_of_its_own() -> None:
    written = {"2606.00001": Contribution(file="x.md", override=Override(hide="withdrawn & <b>"))}
    noticed = trending(featured("2606.00001", upvotes=9, organization="Umber"), featured("2606.00002", upvotes=3))
    noticed = structs.replace(noticed, contributions=written)
    pages = TrendingPages(KIT, [DAY])

    made = to_html(pages.day(noticed)) + to_html(pages.month(DAY, [in_few_words(noticed)]))

    assert "Title 2606.00001" not in made
    assert "Umber" not in in_few_words(noticed).rows[0].organization
    assert "arXiv:2606.00001" in made
    assert "withdrawn &amp; &lt;b&gt;" in made
    assert all(b"2606.00001" not in file.content for file in pages.feed([noticed]))
    one = edition_of(
        paper(), signals={"2606.00001": signal()}, contributions=written, featured=listing(featured("2606.00001"))
    )
    assert most_noticed(KIT, one, "", {"2606.00001": "2026/06/04/cs.CL/"}) is None


def test_a_persons_title_stands_in_the_rows_too() -> None:
    written = Overrides(papers={"2606.00001": Contribution(file="x.md", override=Override(title="人的标题"))})

    assert in_few_words(apply(trending(featured("2606.00001")), written)).rows[0].translated == "人的标题"
