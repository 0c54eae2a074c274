from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from selectolax.lexbor import LexborHTMLParser

from paperboy.domain.edition import Edition, Translation
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger, TranslationLedger
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html.document import DataFile, Document, to_html, to_markdown
from paperboy.site.html.urls import Linker
from paperboy.site.plans import build_site
from tests.factories import answer, paper

if TYPE_CHECKING:
    from paperboy.domain.papers import Announcement

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% raw %} {: onclick=alert(1) }",
    "[x](javascript:alert(1)) `code` **bold** _under_ # heading",
    "</article></details><h1>out</h1>",
    "&lt;b&gt; &amp; &#60;script&#62; &copy;",
    "a\n\n# not a heading\n\n    not code\n\n- not a list",
    "$x < y$ and $\\text{<script>alert(1)</script>}$ and $ unbalanced",
    "control \x02\x03 characters \x00 and a\ttab",
    "<!-- comment --> <![CDATA[ x ]]> <?php ?>",
    "right to left \u202e\u05d0 and 😀",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "[^1]: footnote\n*[HTML]: abbreviation",
)


def edition(
    *papers: Announcement,
    day: date = date(2026, 6, 4),
    translations: tuple[Translation, ...] = (),
    **more: Any,
) -> Edition:
    categories: dict[str, list[Any]] = {}
    for one in papers:
        for name, kind in one.listed.items():
            categories.setdefault(name, []).append(kind)
    ledger = Ledger(
        date=day.isoformat(),
        categories={
            name: CategoryLedger(status="complete", stated=Counts.of(kinds), held=Counts.of(kinds))
            for name, kinds in categories.items()
        },
    )
    return Edition(
        date=day,
        announcements=papers,
        ledger=more.get("ledger", ledger),
        translations={one.id: one for one in translations},
    )


def pages(*editions: Edition, **options: Any) -> dict[str, Document]:
    made = build_site(editions, SiteOptions(**({"categories": ("cs.CL", "cs.LG")} | options)))
    return {item.path: item for item in made if isinstance(item, Document)}


def tree(document: Document) -> LexborHTMLParser:
    return LexborHTMLParser(to_html(document))


def by_markdown(document: Document) -> str:
    """What Python-Markdown, run by MkDocs with the reference configuration, makes of the page."""
    config = MkDocsConfig()
    config.load_dict(
        {
            "site_name": "x",
            "markdown_extensions": ["attr_list", "tables", "toc", "md_in_html", "footnotes", "abbr"],
        }
    )
    assert config.validate()[0] == []
    config.plugins._current_plugin = "paperboy"
    file = File.generated(config, document.src_uri, content=to_markdown(document))
    page = Page(None, file, config)
    page.read_source(config)
    page.render(config, Files([file]))
    assert page.content is not None
    assert page.title == document.title
    return page.content


HARD = edition(
    *(
        paper(
            f"2606.{number:05d}",
            title=text,
            abstract=text,
            authors=(text, *(f"Author {index}" for index in range(9))),
            comment=text,
            journal_ref=text,
            doi=text,
            categories=("cs.CL", "35J05", text),
            listed={"cs.CL": "new", "cs.LG": "cross"},
        )
        for number, text in enumerate(HOSTILE, 1)
    ),
    paper("hep-th/9901001", version=3, listed={"cs.LG": "replace-cross"}, primary_category="hep-th"),
    translations=tuple(
        answer(f"2606.{number:05d}", title=text, abstract=text, summary=text)
        for number, text in enumerate(HOSTILE, 1)
        if number % 2
    ),
)


def test_markdown_and_direct_html_are_the_same_page() -> None:
    documents = pages(HARD)

    assert len(documents) >= 8
    for document in documents.values():
        assert by_markdown(document) == to_html(document), document.path


def test_hostile_text_reaches_no_page_as_markup() -> None:
    for document in pages(HARD).values():
        html = tree(document)
        assert html.css("script, img, iframe, style, object, embed, form, input") == []
        for node in html.css("*"):
            for name, value in node.attributes.items():
                assert not name.startswith("on"), (document.path, name)
                assert not (value or "").strip().lower().startswith(("javascript:", "data:")), value
        assert len(html.css("h1")) == 1


def test_each_card_is_an_article_with_its_id_type_and_state() -> None:
    document = pages(
        edition(paper("2606.00001"), paper("2606.00002", listed={"cs.CL": "cross"}), translations=(answer(),))
    )["2026/06/04/cs.CL/"]

    cards = tree(document).css("article.paper")
    assert [card.attributes["id"] for card in cards] == ["2606.00001", "2606.00002"]
    assert [card.attributes["data-announce"] for card in cards] == ["new", "cross"]
    assert ["data-untranslated" in card.attributes for card in cards] == [False, True]


def test_the_full_text_stands_once_a_date_and_elsewhere_a_short_entry_leads_to_it() -> None:
    both = paper(listed={"cs.CL": "cross", "cs.LG": "new"}, primary_category="cs.LG")
    documents = pages(edition(both))

    assert len(tree(documents["2026/06/04/cs.LG/"]).css("article.paper")) == 1
    entry = tree(documents["2026/06/04/cs.CL/"]).css_first("article.paper-ref")
    assert entry is not None
    assert entry.attributes["data-id"] == "2606.00001"
    link = entry.css_first("h3 a")
    assert link is not None
    assert link.attributes["href"] == "../cs.LG/#2606.00001"
    assert tree(documents["2026/06/04/cs.CL/"]).css("article.paper") == []


def test_a_paper_whose_primary_category_is_not_followed_has_its_card_on_the_first_followed_page() -> None:
    one = paper(listed={"cs.LG": "cross", "cs.CL": "cross"}, primary_category="stat.ML")

    assert one.home(("cs.CL", "cs.LG")) == "cs.CL"
    assert one.home(("cs.LG", "cs.CL")) == "cs.LG"


def test_sections_stand_in_arxivs_order() -> None:
    document = pages(
        edition(
            paper("2606.00001", listed={"cs.CL": "replace-cross"}),
            paper("2606.00002", listed={"cs.CL": "replace"}),
            paper("2606.00003", listed={"cs.CL": "cross"}),
            paper("2606.00004", listed={"cs.CL": "new"}),
        )
    )["2026/06/04/cs.CL/"]

    assert [heading.anchor for heading in document.headings] == ["category", "new", "cross", "replace"]
    ids = [card.attributes["id"] for card in tree(document).css("article.paper")]
    assert ids == ["2606.00004", "2606.00003", "2606.00002", "2606.00001"]


def test_types_that_the_owner_leaves_out_are_not_shown() -> None:
    documents = pages(
        edition(paper("2606.00001"), paper("2606.00002", listed={"cs.CL": "replace"})),
        announce_types=("new",),
    )

    assert len(tree(documents["2026/06/04/cs.CL/"]).css("article.paper")) == 1
    assert len(tree(documents["2026/06/04/"]).css("article.paper-ref")) == 1


def test_each_page_of_a_day_says_held_and_stated_counts() -> None:
    ledger = Ledger(
        date="2026-06-04",
        categories={
            "cs.CL": CategoryLedger(
                status="incomplete", stated=Counts(new=3), held=Counts(new=1), only_feed=("2606.00001",)
            )
        },
    )
    documents = pages(edition(paper(), ledger=ledger))

    text = tree(documents["2026/06/04/cs.CL/"]).text()
    assert "收录 1 篇，arXiv 公布 3 篇" in text
    assert "不完整" in text
    assert "仅见于 arXiv 订阅源：2606.00001" in " ".join(text.split())
    for path in ("", "2026/06/04/", "categories/", "categories/cs.CL/"):
        assert "1 / 3" in tree(documents[path]).text(), path


def test_a_refused_translation_shows_english_with_a_mark_and_the_reason() -> None:
    refused = answer(status="failed", title="坏", abstract="坏", faults=("placeholders",))
    card = tree(pages(edition(paper(), translations=(refused,)))["2026/06/04/cs.CL/"]).css_first("article.paper")

    assert card is not None
    text = card.text()
    assert "译文未通过检查" in text
    assert "原因：公式或链接丢失、多出或重复" in text
    assert "A title" in text
    assert "坏" not in text


def test_hundreds_of_authors_open_on_demand() -> None:
    many = paper(authors=tuple(f"Author {number}" for number in range(300)))
    card = tree(pages(edition(many))["2026/06/04/cs.CL/"]).css_first("article.paper")

    assert card is not None
    more = card.css_first("details.paper-more")
    assert more is not None
    assert "294" in more.css_first("summary").text()  # type: ignore[union-attr]
    assert "Author 299" in more.text()


def test_a_paper_without_abstract_comment_or_authors_is_still_a_whole_card() -> None:
    bare = paper(abstract="", authors=(), comment=None)
    card = tree(pages(edition(bare))["2026/06/04/cs.CL/"]).css_first("article.paper")

    assert card is not None
    assert "arXiv 未提供摘要" in card.text()


def test_links_are_made_of_the_id_alone() -> None:
    old = paper("hep-th/9901001", version=2, doi="10.1000/a(b)<c>")
    card = tree(pages(edition(old))["2026/06/04/cs.CL/"]).css_first("article.paper")

    assert card is not None
    links = [link.attributes["href"] for link in card.css("p.paper-links a")]
    assert links == [
        "https://arxiv.org/abs/hep-th/9901001v2",
        "https://arxiv.org/pdf/hep-th/9901001v2",
    ]
    doi = card.css_first("dl a")
    assert doi is not None
    assert doi.attributes["href"] == "https://doi.org/10.1000/a(b)%3Cc%3E"


def test_the_newest_edition_is_the_home_page() -> None:
    documents = pages(edition(paper(), day=date(2026, 6, 3)), edition(paper("2606.00002"), day=date(2026, 6, 4)))

    assert "2606.00002" in to_html(documents[""])
    assert "2026年6月4日" in to_html(documents[""])
    links = [link.attributes["href"] for link in tree(documents[""]).css("article.paper-ref h3 a")]
    assert links == ["2026/06/04/cs.CL/#2606.00002"]


def test_a_site_without_an_edition_is_still_a_site() -> None:
    documents = pages()

    assert "还没有任何一期" in to_html(documents[""])
    assert {
        "",
        "archive/",
        "audit/",
        "categories/",
        "categories/cs.CL/",
        "categories/cs.LG/",
        "p/",
        "quality/",
        "starred/",
    } == set(documents)


def test_a_month_is_a_calendar_whose_days_lead_to_their_editions() -> None:
    documents = pages(edition(paper(), day=date(2026, 6, 4)), edition(paper(), day=date(2026, 7, 1)))

    calendar = tree(documents["2026/06/"])
    assert [link.attributes["href"] for link in calendar.css("td a")] == ["04/"]
    assert len(calendar.css("tbody tr")) == 5
    months = [link.attributes["href"] for link in tree(documents["archive/"]).css("li a")]
    assert months == ["../2026/07/", "../2026/06/"]


def test_the_quality_of_each_edition_stands_on_one_page() -> None:
    account = TranslationLedger(
        model="some-model",
        prompt_version=1,
        translated=98,
        untranslated=2,
        repaired=3,
        faults={"placeholders": 4, "numbers": 1},
        prompt_tokens=90_000,
        completion_tokens=10_000,
        cost=0.123,
        terms=(45, 50),
    )
    ledger = Ledger(
        date="2026-06-04", categories={"cs.CL": CategoryLedger(status="complete")}, translations={"zh-CN": account}
    )
    documents = pages(edition(paper(), ledger=ledger))

    row = tree(documents["quality/"]).css_first("tbody tr")
    assert row is not None
    cells = [cell.text() for cell in row.css("th, td")]
    assert cells[:8] == ["2026-06-04", "98", "3", "2", "45 / 50", "100,000", "0.12", "some-model"]
    assert cells[8] == "公式或链接丢失、多出或重复 4；数字丢失、改变或多出 1"
    links = [link.attributes["href"] for link in tree(documents["archive/"]).css("a")]
    assert "../quality/" in links


def test_neighbouring_editions_are_linked() -> None:
    documents = pages(edition(paper(), day=date(2026, 6, 3)), edition(paper(), day=date(2026, 6, 5)))

    assert tree(documents["2026/06/05/"]).css_first("a[rel=prev]").attributes["href"] == "../03/"  # type: ignore[union-attr]
    assert tree(documents["2026/06/03/"]).css_first("a[rel=next]").attributes["href"] == "../05/"  # type: ignore[union-attr]


def test_a_language_without_a_catalogue_has_english_words() -> None:
    documents = pages(edition(paper()), language="fr")

    assert "Fetched: 1. Announced by arXiv: 1." in tree(documents["2026/06/04/cs.CL/"]).text()


def test_every_interface_word_has_its_chinese() -> None:
    from pathlib import Path

    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import read_po

    import paperboy.site

    folder = Path(paperboy.site.__file__).parent
    found = {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(
            folder, method_map=[("templates/**.html", "jinja2"), ("**.py", "python")]
        )
    }
    with (folder / "locales" / "zh_CN.po").open("rb") as file:
        catalogue = read_po(file)
    translated = {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalogue
        if message.id
    }

    assert found | set(VALIDATION_ERRORS.values()) == set(translated)
    for english, chinese in translated.items():
        text = chinese if isinstance(chinese, str) else (chinese or [""])[0]
        assert text
        assert set(re.findall(r"%\(\w+\)s", english)) == set(re.findall(r"%\(\w+\)s", text))


def test_links_work_with_and_without_folder_addresses() -> None:
    assert Linker().link("2026/06/04/", "2026/06/04/cs.CL/", "2606.00001") == "cs.CL/#2606.00001"
    assert Linker(directory_urls=False).link("", "2026/06/04/") == "2026/06/04/index.html"
    assert Linker().link("2026/06/04/cs.CL/", "") == "../../../../"
    assert Linker().link("", "") == "./"


def test_the_day_lies_beside_its_page_as_data() -> None:
    made = build_site(
        [edition(paper(title="$\\alpha$ & <b>"), translations=(answer(),))],
        SiteOptions(categories=("cs.CL",)),
    )
    data = {item.path: item.content for item in made if isinstance(item, DataFile)}

    day = json.loads(data["2026/06/04/edition.json"])
    assert day["schema"] == 1
    assert day["complete"] is True
    one = day["papers"][0]
    assert one["id"] == "2606.00001"
    assert one["title"] == "$\\alpha$ & <b>"
    assert one["translation"]["title"] == "标题"
    assert one["page"] == "2026/06/04/cs.CL/#2606.00001"


@pytest.mark.parametrize("key", ["schema", "date", "language", "complete", "categories", "papers"])
def test_every_key_of_the_data_is_documented(key: str) -> None:
    from pathlib import Path

    page = (Path(__file__).resolve().parents[2] / "docs" / "edition-json.md").read_text()

    assert f"`{key}`" in page


def test_what_is_left_out_of_a_list_is_counted_with_its_noun() -> None:
    many = paper(authors=tuple(f"A{number}" for number in range(500)), title="Many authors")
    found = edition(many)
    institutions = {many.id: tuple(f"Institute {number}" for number in range(9))}
    made = pages(msgspec.structs.replace(found, institutions=institutions))
    context = SiteContext(SiteOptions(categories=("cs.CL",)))
    more = {
        noun: context.words.ngettext(f"and %(num)s more {noun}", f"and %(num)s more {noun}s", 379) % {"num": 379}
        for noun in ("author", "paper", "institution")
    }

    assert more == {
        "author": "等，另有 379 位作者",
        "paper": "等，另有 379 篇论文",
        "institution": "等，另有 379 个机构",
    }
    shown = to_html(made["2026/06/04/cs.CL/"])
    assert "等，另有 3 个机构" in shown
    assert re.search(r"等，另有 \d+ 位作者", shown)


def test_names_are_joined_as_the_language_joins_names() -> None:
    assert SiteContext(SiteOptions(categories=())).words.pgettext("between names", ", ") == "、"
    assert SiteContext(SiteOptions(categories=(), language="en")).words.pgettext("between names", ", ") == ", "
