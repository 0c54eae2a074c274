"""What people write of a paper holds wherever it stands: topics, trending pages, feeds, the search and letters."""

from __future__ import annotations

import email.policy
import gzip
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from paperboy.tools.demo.build import TOPICS
from tests.conftest import Built, Site, demo_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.tools.demo.fake_server import DemoServer

DAY = "2026/06/03/"
PAPER = "2606.90002"
"""Featured, found by a topic, and announced."""
TITLES = ("Fill in the Blank Politely", "礼貌地填空")
DATA = {f"{DAY}edition.json", f"{DAY}papers.bib", f"{DAY}papers.ris"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Site:
    """A site with everything that shows papers, which needs nobody any more."""
    site = Site(tmp_path_factory.mktemp("site"))
    options = demo_options(demo.url, topics=TOPICS)
    options["sources"]["huggingface"] = {"url": demo.url, "request_interval": 0}
    site.configure(options, site_url="https://example.org/")
    assert site.build().code == 0
    options |= {"fetch": "never", "translation": {"enabled": False}}
    site.configure(options, site_url="https://example.org/")
    return site


@pytest.fixture
def correction(site: Site) -> Iterator[Path]:
    path = site.root / f"docs/overrides/papers/{PAPER}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path
    path.unlink(missing_ok=True)


def naming(built: Built, *words: str) -> set[str]:
    """The files of a site that hold one of some words; those of the search are one."""
    assert built.code == 0, built.log
    found = set()
    for path in (one for one in built.site.rglob("*") if one.is_file()):
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        if any(word.encode() in content for word in words):
            name = path.relative_to(built.site).as_posix()
            found.add("search" if name.startswith("search/") else name)
    return found


def letters(site: Site, folder: Path) -> str:
    """The letter to all subscribers, and the notes of a release."""
    (folder / "lists").write_text("ada@example.org\n")
    command = ["digest", "--now", "--subscribers", str(folder / "lists"), "--out", str(folder / "letters")]
    sent = site.paperboy(*command, PAPERBOY_SMTP_HOST="mail.example.org", PAPERBOY_SMTP_FROM="papers@example.org")
    assert sent.returncode == 0, sent.stderr
    (letter,) = (folder / "letters").glob("*.eml")
    notes = site.paperboy("digest", "--markdown")
    assert notes.returncode == 0, notes.stderr
    message = email.message_from_bytes(letter.read_bytes(), policy=email.policy.default)
    return notes.stdout + "".join(part.get_content() for part in message.walk() if not part.is_multipart())


def test_a_hidden_paper_is_named_nowhere_but_in_the_data(site: Site, correction: Path, tmp_path: Path) -> None:
    topic = "topics/language-models/"
    before = naming(site.build(), *TITLES)
    assert before >= DATA | {
        *("index.html", f"{DAY}index.html", f"{DAY}cs.CL/index.html", "search"),
        *(f"{place}feed.{kind}" for place in ("", "categories/cs.CL/", topic, "trending/") for kind in ("xml", "json")),
        *(f"{topic}index.html", f"{topic}2026-06/index.html"),
        *("trending/index.html", "trending/2026-06/index.html", "trending/2026-06-03/index.html"),
    }
    assert TITLES[1] in letters(site, tmp_path)

    correction.write_text("---\nhide: 作者要求撤下\n---\n")
    built = site.build()

    assert naming(built, *TITLES) == DATA
    assert not any(title in letters(site, tmp_path) for title in TITLES)


def test_a_corrected_title_stands_wherever_the_paper_does(site: Site, correction: Path, tmp_path: Path) -> None:
    places = naming(site.build(), TITLES[1]) - {f"{DAY}papers.ris"}
    correction.write_text("---\ntitle: 人的标题\n---\n")

    built = site.build()

    assert naming(built, TITLES[1]) == set()
    assert naming(built, "人的标题") >= places
    assert "人的标题" in letters(site, tmp_path)


def test_a_trending_page_shows_what_people_wrote(site: Site, correction: Path) -> None:
    correction.write_text("---\naffiliations: [甲大学, 乙研究所]\ntags: [必读]\n---\n一条**说明**。\n")

    tree = LexborHTMLParser(site.build().html("trending/2026-06-03"))

    card = tree.css_first(f'article[id="{PAPER}"]')
    assert card is not None
    for selector, text in (
        (".paper-institutions", "甲大学；乙研究所"),
        (".paper-tag", "必读"),
        (".paper-contribution strong", "说明"),
    ):
        node = card.css_first(selector)
        assert node is not None, selector
        assert node.text() == text


def test_words_for_an_older_version_stay_and_say_so_and_the_check_lists_them(site: Site) -> None:
    path = site.root / "docs/overrides/papers/2605.90213.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\nversion: 1\ntitle: 第一版的标题\n---\n")

    tree = LexborHTMLParser(site.build().html(f"{DAY}cs.CL"))
    checked = site.paperboy("check")
    path.unlink()

    card = tree.css_first('article[id="2605.90213"]')
    assert card is not None
    assert "第一版的标题" in card.text()
    marked = card.css_first(".paper-written-for")
    assert marked is not None
    assert marked.text() == "针对 v1 撰写"
    assert checked.returncode == 0
    assert checked.stdout == (
        "docs/overrides/papers/2605.90213.md:2:1: notice: "
        "written for v1, and the paper is at v2; read it again and raise `version`\n"
    )


def test_a_topic_changes_what_lists_topics_and_the_pages_of_the_papers_that_it_finds(site: Site) -> None:
    before = contents(site.build())
    path = site.root / "docs/overrides/topics.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("- {slug: press, name: 报业, any: [Dispersive Waves]}\n")
    now = contents(site.build())
    path.unlink()

    assert now.keys() - before.keys() == {
        f"topics/press/{name}" for name in ("index.html", "2026-06/index.html", "feed.xml", "feed.json")
    }
    assert {name for name in before if before[name] != now.get(name)} == {
        *("index.html", f"{DAY}index.html", f"{DAY}math.AP/index.html"),
        *("topics/index.html", "feeds.opml", "sitemaps/pages.xml"),
    }


def contents(built: Built) -> dict[str, bytes]:
    assert built.code == 0, built.log
    found = {path.relative_to(built.site).as_posix(): path for path in built.site.rglob("*") if path.is_file()}
    # It holds the time of the build.
    return {name: path.read_bytes() for name, path in found.items() if name != "sitemap.xml.gz"}
