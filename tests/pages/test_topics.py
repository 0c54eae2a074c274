"""The pages of topics, and what a build reads for them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from msgspec import structs
from selectolax.lexbor import LexborHTMLParser

from paperboy.contributions import apply
from paperboy.contributions.model import Overrides
from paperboy.domain import config
from paperboy.domain.config import Topic
from paperboy.domain.overrides import Contribution, Override
from paperboy.pipeline import build
from paperboy.site import incremental_build
from paperboy.site.context import SiteOptions
from paperboy.site.export import atom_json
from paperboy.site.html.document import DataFile, Document, to_html
from paperboy.site.pages.topics import HITS_A_PART
from paperboy.site.plans import build_site
from paperboy.storage import archive
from tests.factories import answer, paper
from tests.filling import fill
from tests.pages.test_pages import HARD, edition, tree

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DIFFUSION = Topic(slug="diffusion", name="扩散 <模型>", any=("diffusion model*",), none=("survey",))
ANNE = Topic(slug="anne", name="Anne", authors=("Anne Author",))


def site(*editions: Any, topics: tuple[Topic, ...] = (DIFFUSION, ANNE), **more: Any) -> dict[str, Any]:
    options = SiteOptions(categories=("cs.CL", "cs.LG"), topics=topics, **more)
    return {item.path: item for item in build_site(editions, options)}


def hits(document: Document) -> list[str | None]:
    return [node.attributes["data-id"] for node in tree(document).css("article.paper-ref")]


MAY = edition(
    paper("2605.00001", title="Diffusion models at last"),
    paper("2605.00002", title="A survey of diffusion models"),
    day=date(2026, 5, 29),
)
JUNE = edition(
    paper(
        "2606.00001", abstract="It is new. We beat any diffusion model with $x_1$. It is fast.", authors=("B. Beta",)
    ),
    paper("2606.00002", authors=("Anne Author",)),
    paper("2606.00003"),
    day=date(2026, 6, 1),
)
LATER = edition(
    paper("2605.00001", version=2, title="Diffusion models at last", listed={"cs.LG": "replace-cross"}),
    paper("2606.00009", title="Another diffusion model", authors=("Anne Author",), listed={"cs.LG": "new"}),
    day=date(2026, 6, 2),
)


def test_a_topic_finds_the_affiliations_that_people_corrected_and_not_those_they_replaced() -> None:
    asked = (
        Topic(slug="one", name="1", institutions=("Umber",)),
        Topic(slug="two", name="2", institutions=("甲大学",)),
    )
    read = structs.replace(JUNE, institutions={"2606.00001": ("Umber University",)})
    wrote = Contribution(file="x.md", override=Override(affiliations=("甲大学",)))

    made = site(apply(read, Overrides(papers={"2606.00001": wrote})), topics=asked)

    assert (hits(made["topics/one/"]), hits(made["topics/two/"])) == ([], ["2606.00001"])


def test_a_topic_lists_its_hits_of_all_dates_the_newest_first_and_by_month() -> None:
    pages = site(MAY, JUNE, LATER)

    assert hits(pages["topics/diffusion/"]) == ["2606.00009", "2605.00001", "2606.00001", "2605.00001"]
    assert hits(pages["topics/diffusion/2026-06/"]) == ["2606.00009", "2605.00001", "2606.00001"]
    assert hits(pages["topics/diffusion/2026-05/"]) == ["2605.00001"]
    assert hits(pages["topics/anne/"]) == ["2606.00009", "2606.00002"]
    assert "topics/anne/2026-05/" not in pages
    june = pages["topics/diffusion/2026-06/"]
    assert [heading.anchor for heading in june.headings] == ["topic", "2026-06-02", "2026-06-01"]
    links = {link.attributes["href"]: link.attributes.get("rel") for link in tree(june).css("nav.edition-nav a")}
    assert links == {"../2026-05/": "prev", "../": "up", "../feed.xml": None}


def test_an_entry_leads_to_the_card_and_says_and_marks_why_it_is_there() -> None:
    pages = site(MAY, JUNE, LATER)
    articles = {node.attributes["data-id"]: node for node in tree(pages["topics/diffusion/2026-06/"]).css("article")}

    one = articles["2606.00001"]
    assert [link.attributes["href"] for link in one.css("h3 a")] == ["../../../2026/06/01/cs.CL/#2606.00001"]
    assert [node.text() for node in one.css(".paper-context")] == ["We beat any diffusion model with x1."]
    assert [mark.text() for mark in one.css("mark")] == ["diffusion model"]
    assert [node.text() for node in one.css(".paper-reasons")] == ["命中：diffusion model*"]
    title = articles["2606.00009"]
    assert [mark.text() for mark in title.css("h3 mark")] == ["diffusion model"]
    assert title.css_first(".paper-context") is None, "the title shows it"
    assert articles["2605.00001"].attributes["data-announce"] == "replace-cross"


def test_hits_are_counted_on_the_day_and_the_home_page_and_marked_for_the_filter() -> None:
    pages = site(MAY, JUNE, LATER)

    for path in ("", "2026/06/02/"):
        links = tree(pages[path]).css(".edition-topics a")
        assert [link.text() for link in links] == ["扩散 <模型> (2)", "Anne (1)"]
        prefix = "" if path == "" else "../../../"
        assert links[0].attributes["href"] == f"{prefix}topics/diffusion/2026-06/#2026-06-02"
        tools = tree(pages[path]).css_first(".paper-tools")
        assert tools is not None
        assert parse_qs(str(tools.attributes["data-topics"])) == {
            "diffusion": ["扩散 <模型> (2)"],
            "anne": ["Anne (1)"],
        }
    card = tree(pages["2026/06/02/cs.LG/"]).css_first("article.paper[id='2606.00009']")
    assert card is not None
    assert card.attributes["data-topics"] == "diffusion anne"
    cards = tree(pages["2026/06/01/cs.CL/"]).css("article[data-topics~=diffusion]")
    assert [one.attributes["id"] for one in cards] == ["2606.00001"]
    assert "data-topics" not in to_html(site(MAY, topics=())["2026/05/29/"])


def test_all_topics_stand_on_one_page_with_their_counts() -> None:
    empty = Topic(slug="none", name="Nothing", any=("zzz",))
    pages = site(MAY, JUNE, LATER, topics=(DIFFUSION, ANNE, empty))

    rows = [[cell.text() for cell in row.css("th, td")] for row in tree(pages["topics/"]).css("tbody tr")]
    assert rows == [["扩散 <模型>", "2", "4", "4"], ["Anne", "1", "2", "2"], ["Nothing", "0", "0", "0"]]
    assert "尚无命中" in tree(pages["topics/none/"]).text()
    assert pages["topics/"].listed
    assert "topics/" not in site(MAY, topics=())


def test_a_topic_has_feeds_and_stands_in_the_list_of_feeds() -> None:
    pages = site(MAY, JUNE, LATER, site_url="https://papers.example/")

    feed = pages["topics/diffusion/feed.xml"]
    assert isinstance(feed, DataFile)
    text = feed.content.decode()
    assert text.count("<entry>") == 4
    assert text.index("2606.00009") < text.index("2606.00001")
    assert "扩散 &lt;模型&gt;" in text
    assert b'"url":"https://papers.example/2026/06/02/cs.LG/#2606.00009"' in pages["topics/diffusion/feed.json"].content
    assert b"https://papers.example/topics/anne/feed.xml" in pages["feeds.opml"].content


def test_a_month_with_many_hits_has_parts() -> None:
    many = edition(*(paper(f"2606.{number:05d}", title="diffusion model") for number in range(1, HITS_A_PART + 11)))
    pages = site(many)

    assert len(hits(pages["topics/diffusion/2026-06/"])) == HITS_A_PART
    assert len(hits(pages["topics/diffusion/2026-06/2/"])) == 10
    tools = tree(pages["topics/diffusion/2026-06/2/"]).css_first(".paper-tools")
    assert tools is not None
    assert tools.attributes["data-all"] == str(HITS_A_PART + 10)


def test_hostile_texts_and_topics_reach_no_page_as_markup() -> None:
    hostile = Topic(slug="bad", name="<script>x</script>", any=("script", "<", "&", "x", "</mark>"), none=("'\"><i>",))
    for item in site(HARD, topics=(hostile,)).values():
        if isinstance(item, Document):
            html = LexborHTMLParser(to_html(item))
            assert html.css("script, img, iframe, style, i, form") == []
            assert html.css("math mark, mark math, mark mark") == []


# What a build reads


def built(root: Path, topics: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> tuple[list[date], set[str]]:
    """The editions that a build has read, and the units that it has rendered."""
    options = config.parse_options({"categories": ["cs.CL"], "topics": topics, "fetch": "never"}, root)
    read: list[date] = []

    def counting(place: Path, day: date, language: str) -> Any:
        read.append(day)
        return original(place, day, language)

    monkeypatch.setattr(atom_json, "MOST_ENTRIES", 1)  # else they are filled with the papers of many small days
    original = archive.read_edition
    monkeypatch.setattr(archive, "read_edition", counting)
    publication = build.publish(options)
    for _ in publication.overview():
        pass
    rendered: set[str] = set()
    units = [
        incremental_build.Unit(name=unit.name, key=unit.key, make=_noting(unit, rendered))
        for unit in publication.units()
    ]
    (root / "site").mkdir(exist_ok=True)
    incremental_build.install_units(units, _written, root / "site", options.cache, "frame")
    publication.close()
    monkeypatch.setattr(archive, "read_edition", original)
    return sorted(set(read)), rendered


def _noting(unit: Any, rendered: set[str]) -> Any:
    def make() -> Any:
        rendered.add(unit.name)
        return unit.make()

    return make


def _written(item: Any) -> tuple[str, bytes]:
    if isinstance(item, Document):
        return f"{item.path}index.html", to_html(item).encode()
    return item.path, item.content


TOPIC = {"slug": "diffusion", "name": "D", "any": ["diffusion"]}
DAYS = [date(2026, 5, day) for day in (27, 28, 29)] + [date(2026, 6, day) for day in (1, 2, 3, 4)]


def _fill(root: Path, day: date, *, hit: bool = True) -> None:
    papers = [
        paper(f"{day:%y%m}.{day.day:02d}{number:03d}", title="diffusion" if hit and number == 1 else "x")
        for number in range(1, 4)
    ]
    fill(root / ".paperboy" / "archive", day, papers, [answer(one.id, title="题") for one in papers])


def test_the_next_day_is_the_only_edition_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in DAYS[:-1]:
        _fill(tmp_path, day)
    assert built(tmp_path, [TOPIC], monkeypatch)[0] == DAYS[:-1]
    _fill(tmp_path, DAYS[-1])
    read, rendered = built(tmp_path, [TOPIC], monkeypatch)

    assert read == DAYS[-2:], "and the day before, which gets a link to it"
    assert {name for name in rendered if name.startswith("2026-")} == {day.isoformat() for day in DAYS[-2:]}
    month = (tmp_path / ".paperboy/cache/pages/topics/diffusion/2026-06/index.html").read_text()
    assert month.count("<article") == 4


def test_a_new_day_renders_its_month_of_the_topic_and_no_closed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS[:-1]:
        _fill(tmp_path, day)
    built(tmp_path, [TOPIC], monkeypatch)
    _fill(tmp_path, DAYS[-1])

    _, rendered = built(tmp_path, [TOPIC], monkeypatch)

    topical = {name for name in rendered if name.startswith(("topics/", "p/"))}
    assert topical == {"topics/diffusion/", "topics/diffusion/feed", "topics/diffusion/2026-06/", "p/2026-06.json"}


def test_a_new_topic_looks_through_the_archive_once_and_renders_only_what_it_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS:
        _fill(tmp_path, day, hit=day in DAYS[-2:])
    built(tmp_path, [], monkeypatch)

    read, rendered = built(tmp_path, [TOPIC], monkeypatch)
    assert read == DAYS
    days = {name for name in rendered if name.startswith("2026-")}
    assert days == {day.isoformat() for day in DAYS[-2:]}

    read, rendered = built(tmp_path, [TOPIC], monkeypatch)
    assert read == DAYS[-1:], "the home page"
    assert rendered == set()


def test_lost_or_damaged_findings_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in DAYS:
        _fill(tmp_path, day)
    built(tmp_path, [TOPIC], monkeypatch)
    folder = tmp_path / ".paperboy/cache/topics"
    kept = sorted(folder.glob("*.json"))
    assert kept
    kept[0].write_text("{torn")
    for place in kept[1:3]:
        place.unlink()
    (tmp_path / ".paperboy/cache/pages.json").unlink()

    built(tmp_path, [TOPIC], monkeypatch)

    month = (tmp_path / ".paperboy/cache/pages/topics/diffusion/2026-05/index.html").read_text()
    assert month.count("<article") == 3
