from __future__ import annotations

import json
import posixpath
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from defusedxml import ElementTree
from selectolax.lexbor import LexborHTMLParser

from paperboy.site.components.paper_card import template_environment
from paperboy.site.context import SiteOptions
from paperboy.site.export.atom_json import MOST_BYTES, MOST_ENTRIES, FeedWriter, ListedPaper, alternates
from paperboy.site.html.document import DataFile
from paperboy.site.html.i18n import Translator
from paperboy.site.plans import build_site
from tests.factories import answer, paper
from tests.pages.test_pages import HARD, HOSTILE, edition

if TYPE_CHECKING:
    from paperboy.domain.edition import Edition

SITE = "https://papers.example/daily/"
ATOM = "{http://www.w3.org/2005/Atom}"


def files(*editions: Edition, **options: Any) -> dict[str, bytes]:
    defaults = {"categories": ("cs.CL", "cs.LG"), "site_name": "论文 & Co", "site_url": SITE}
    made = build_site(editions, SiteOptions(**(defaults | options)))
    return {item.path: item.content for item in made if isinstance(item, DataFile)}


def parse(atom: bytes) -> Any:
    """What an independent reader makes of a feed, as it came: without sanitising and without looking anything up."""
    read = feedparser.parse(atom, sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    return read


ONE = edition(
    paper(
        version=2,
        title=r"On $\alpha$ and \emph{more}",
        abstract="English $x^2$.",
        authors=("Ada Lovelace", r"Paul Erd\H{o}s"),
        categories=("cs.CL", "35J05"),
    ),
    translations=(answer(title=r"关于 $\alpha$", abstract="中文摘要。", summary="一句话。"),),
)


def test_an_entry_has_both_titles_the_summary_both_abstracts_and_the_rest() -> None:
    feed = parse(files(ONE)["feed.xml"])

    assert feed.feed.title == "论文 & Co"
    assert feed.feed.language == "zh-CN"
    (entry,) = feed.entries
    assert entry.title == r"关于 $\alpha$"
    assert entry.title_detail.type == "text/plain"
    assert entry.id == "https://arxiv.org/abs/2606.00001v2"
    assert entry.link == f"{SITE}2026/06/04/cs.CL/#2606.00001"
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Paul Erdős"]
    assert [tag.term for tag in entry.tags] == ["cs.CL", "35J05"]
    assert entry.summary == "一句话。"
    content = LexborHTMLParser(entry.content[0].value)
    assert entry.content[0].type == "text/html"
    assert content.css_first("b").text() == "On α and more"  # type: ignore[union-attr]
    assert "中文摘要。" in content.css_first("div[lang=zh-CN]").text()  # type: ignore[union-attr]
    assert content.css_first("div[lang=en] math") is not None
    assert "https://arxiv.org/abs/2606.00001v2" in [link.attributes["href"] for link in content.css("a")]


def test_both_formats_hold_the_same_entries() -> None:
    made = files(HARD)
    for folder in ("", "categories/cs.CL/", "categories/cs.LG/"):
        atom, json_feed = parse(made[f"{folder}feed.xml"]), json.loads(made[f"{folder}feed.json"])
        assert atom.feed.title == json_feed["title"]
        assert [(entry.id, entry.title, entry.link) for entry in atom.entries] == [
            (item["id"], item["title"], item["url"]) for item in json_feed["items"]
        ]
        assert [entry.content[0].value for entry in atom.entries] == [
            item["content_html"] for item in json_feed["items"]
        ]


def test_a_json_feed_has_what_the_format_asks_for() -> None:
    feed = json.loads(files(ONE)["categories/cs.CL/feed.json"])

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "论文 & Co · cs.CL 计算与语言"
    assert feed["home_page_url"] == f"{SITE}categories/cs.CL/"
    assert feed["feed_url"] == f"{SITE}categories/cs.CL/feed.json"
    (item,) = feed["items"]
    assert item["url"] == f"{SITE}2026/06/04/cs.CL/#2606.00001"
    assert item["date_published"] == "2026-06-04T04:00:00+00:00"
    assert item["authors"] == [{"name": "Ada Lovelace"}, {"name": "Paul Erdős"}]
    assert item["tags"] == ["cs.CL", "35J05"]
    assert item["language"] == "zh-CN"
    assert item["summary"] == "一句话。"


def test_an_atom_feed_has_what_the_standard_asks_for() -> None:
    for path in ("feed.xml", "categories/cs.LG/feed.xml"):
        root = ElementTree.fromstring(files(HARD)[path])
        for node in (root, *root.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated", *(["link", "content"] if node is not root else [])):
                assert len(node.findall(f"{ATOM}{name}")) == 1, name
        assert root.find(f"{ATOM}author/{ATOM}name") is not None, "an entry without authors needs the feed's"
        relations = {str(link.get("rel")): str(link.get("href")) for link in root.findall(f"{ATOM}link")}
        assert relations == {"self": f"{SITE}{path}", "alternate": f"{SITE}{posixpath.dirname(path)}".rstrip("/") + "/"}
        ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 6, 4), 4), (date(2026, 12, 3), 5)])
def test_times_are_midnight_where_arxiv_announces(day: date, hour: int) -> None:
    feed = parse(files(edition(paper(), day=day))["feed.xml"])

    time = f"{day.isoformat()}T0{hour}:00:00+00:00"
    assert feed.feed.updated == feed.entries[0].updated == feed.entries[0].published == time


def test_the_same_editions_give_the_same_bytes() -> None:
    assert files(HARD, ONE) == files(HARD, ONE)
    assert files() == files()


def test_hostile_text_is_inert_without_any_sanitising() -> None:
    entries = parse(files(HARD)["feed.xml"]).entries

    assert len(entries) == len(HARD.announcements)
    for entry in entries:
        assert entry.title_detail.type == "text/plain", "a reader shows it as text"
        html = LexborHTMLParser(entry.content[0].value)
        assert html.css("script, img, iframe, style, object, embed, form, input, h1") == []
        for node in html.css("*"):
            for name, value in node.attributes.items():
                assert not name.startswith("on")
                assert not (value or "").strip().lower().startswith(("javascript:", "data:"))
    shown = {entry.title for entry in entries}
    assert "<script>alert(1)</script>" in shown
    assert len(HOSTILE) + 1 == len(entries)


def test_the_newest_day_comes_first_and_in_it_new_cross_lists_and_replacements() -> None:
    old = edition(paper("2606.00001"), day=date(2026, 6, 3))
    new = edition(
        paper("2606.00002", listed={"cs.CL": "replace", "cs.LG": "cross"}),
        paper("2606.00003", listed={"cs.CL": "cross"}),
        paper("2606.00004"),
    )
    made = files(old, new)

    def ids(path: str) -> list[str]:
        return [entry.id[-7:-2] for entry in parse(made[path]).entries]

    assert ids("feed.xml") == ["00004", "00002", "00003", "00001"]
    assert ids("categories/cs.CL/feed.xml") == ["00004", "00003", "00002", "00001"]
    assert ids("categories/cs.LG/feed.xml") == ["00002"]


def test_types_that_the_owner_leaves_out_are_in_no_feed() -> None:
    made = files(edition(paper(), paper("2606.00002", listed={"cs.CL": "replace"})), announce_types=("new",))

    assert [entry.id[-7:-2] for entry in parse(made["feed.xml"]).entries] == ["00001"]


def test_a_version_announced_on_two_days_is_one_entry() -> None:
    again = edition(paper(listed={"cs.LG": "cross"}), day=date(2026, 6, 5))

    (entry,) = parse(files(ONE, edition(paper(version=2), day=date(2026, 6, 5)), again)["feed.xml"]).entries[:1]
    assert entry.updated.startswith("2026-06-05")
    entries = parse(files(edition(paper()), again)["feed.xml"]).entries
    assert [one.updated[:10] for one in entries] == ["2026-06-05"]


def write(*listed: ListedPaper) -> tuple[bytes, bytes]:
    words = Translator("zh-CN")
    writer = FeedWriter(template_environment(words), words, site_name="x", site_url=SITE)
    days = (writer.day(day, papers) for day, papers in groupby(listed, key=lambda one: one.day))
    return writer.write("", "", days)


def day_of(count: int, abstract: str = "", month: int = 6) -> list[ListedPaper]:
    day = date(2026, month, 4)
    return [
        ListedPaper(day=day, paper=paper(f"26{month:02}.{number:05d}", abstract=abstract)) for number in range(count)
    ]


def test_a_feed_stays_under_a_megabyte_and_says_what_it_leaves_out() -> None:
    atom, json_feed = write(*day_of(300, "a < b & c " * 200))

    assert MOST_BYTES * 0.98 < len(atom) < MOST_BYTES
    assert len(json_feed) < MOST_BYTES
    feed = parse(atom)
    assert 100 < len(feed.entries) < 300
    assert f"共 300 篇，本订阅源只容得下 {len(feed.entries)} 篇" in feed.feed.subtitle
    assert json.loads(json_feed)["description"] == feed.feed.subtitle


def test_a_feed_of_small_papers_has_so_many_and_no_more() -> None:
    feed = parse(write(*day_of(MOST_ENTRIES + 20))[0])

    assert len(feed.entries) == MOST_ENTRIES
    assert f"共 {MOST_ENTRIES + 20} 篇" in feed.feed.subtitle


def test_older_days_that_do_not_fit_are_nothing_to_speak_of() -> None:
    feed = parse(write(*day_of(300, month=6), *day_of(300, month=5))[0])

    assert len(feed.entries) == MOST_ENTRIES
    assert feed.feed.subtitle == "arXiv 最新公布的论文。"


def test_one_monstrous_paper_keeps_no_other_out() -> None:
    monster, *others = day_of(3)
    monster = ListedPaper(day=monster.day, paper=paper(monster.paper.id, abstract="<" * 200_000))
    feed = parse(write(monster, *others)[0])

    assert [entry.id for entry in feed.entries] == [f"https://arxiv.org/abs/{one.paper.id}v1" for one in others]
    assert "共 3 篇，本订阅源只容得下 2 篇" in feed.feed.subtitle


def test_a_paper_without_a_translation_is_in_english_and_says_so() -> None:
    made = json.loads(files(edition(paper("2606.00001"), paper("2606.00002"), translations=(
        answer("2606.00002", status="failed", title="坏", faults=("numbers",)),
    )))["feed.json"])  # fmt: skip

    waiting, refused = made["items"]
    assert "尚未翻译" in waiting["content_html"]
    assert "译文未通过检查" in refused["content_html"]
    assert refused["title"] == "A title"
    assert refused["language"] == "en"
    assert "summary" not in refused
    assert "坏" not in json.dumps(made, ensure_ascii=False)


def test_without_an_address_of_the_site_entries_lead_to_arxiv() -> None:
    made = files(ONE, site_url="")
    feed = parse(made["feed.xml"])

    assert feed.entries[0].link == "https://arxiv.org/abs/2606.00001v2"
    assert feed.feed.id.startswith("urn:uuid:")
    assert feed.feed.id != parse(made["categories/cs.CL/feed.xml"]).feed.id
    assert json.loads(made["feed.json"])["items"][0]["url"] == "https://arxiv.org/abs/2606.00001v2"
    assert "feeds.opml" not in made, "a list of feeds needs their whole addresses"


def test_entries_lead_to_files_where_addresses_have_no_folders() -> None:
    feed = parse(files(ONE, directory_urls=False)["feed.xml"])

    assert feed.entries[0].link == f"{SITE}2026/06/04/cs.CL/index.html#2606.00001"
    assert feed.feed.link == f"{SITE}index.html"


def test_a_site_without_an_edition_has_empty_feeds() -> None:
    made = files()

    assert parse(made["feed.xml"]).entries == []
    assert json.loads(made["categories/cs.CL/feed.json"])["items"] == []


def test_the_opml_lists_every_feed() -> None:
    made = files(ONE)
    root = ElementTree.fromstring(made["feeds.opml"])

    outlines = [outline.attrib for outline in root.iter("outline")]
    assert root.findtext("head/title") == "论文 & Co"
    assert {outline["xmlUrl"].removeprefix(SITE) for outline in outlines} == {
        *(path for path in made if path.endswith("feed.xml")),
        "trending/feed.xml",
    }
    assert all(outline["type"] == "rss" and outline["text"] == outline["title"] for outline in outlines)


@pytest.mark.parametrize(
    ("page", "addresses"),
    [
        ("index.html", ["feed.xml", "feed.json"]),
        ("about/index.html", ["../feed.xml", "../feed.json"]),
        ("about.html", ["feed.xml", "feed.json"]),
        ("categories/cs.CL/index.html", ["../../feed.xml", "../../feed.json", "feed.xml", "feed.json"]),
        (
            "2026/06/04/cs.CL/index.html",
            [
                "../../../../feed.xml",
                "../../../../feed.json",
                "../../../../categories/cs.CL/feed.xml",
                "../../../../categories/cs.CL/feed.json",
            ],
        ),
        ("2026/06/04/math.AP/index.html", ["../../../../feed.xml", "../../../../feed.json"]),
    ],
)
def test_each_page_names_the_feeds_that_concern_it(page: str, addresses: list[str]) -> None:
    links = LexborHTMLParser(alternates(page, 'A "site" <b>', {"": "", "categories/cs.CL/": "cs.CL"})).css(
        "link[rel~=alternate]"
    )

    assert [link.attributes["href"] for link in links] == addresses
    assert {link.attributes["type"] for link in links} == {"application/atom+xml", "application/feed+json"}
    assert links[0].attributes["title"] == 'A "site" <b>'


def test_llms_txt_has_its_form_and_leads_to_every_edition() -> None:
    text = files(edition(paper(), day=date(2026, 6, 3)), ONE)["llms.txt"].decode()

    lines = text.splitlines()
    assert lines[0] == "# 论文 & Co"
    assert lines[2].startswith("> ")
    assert [line for line in lines if line.startswith("#")][1:] == [
        "## Newest edition", "## All editions", "## Optional"
    ]  # fmt: skip
    newest = f"- [2026-06-04]({SITE}2026/06/04/edition.json): papers announced: 1, complete"
    assert lines[lines.index("## Newest edition") + 2] == newest
    assert f"- [2026-06-03]({SITE}2026/06/03/edition.json)" in text


def test_llms_txt_explains_every_key_of_the_data() -> None:
    made = files(ONE)
    data = json.loads(made["2026/06/04/edition.json"])
    text = made["llms.txt"].decode()

    for key in (*data, *data["papers"][0], *data["papers"][0]["translation"]):
        assert f"`{key}`" in text
