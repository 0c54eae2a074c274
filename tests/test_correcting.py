"""Suggesting a correction from a card: the repository's editor opens with a file that is right as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from paperboy.contributions.front_matter import read_paper
from paperboy.site.components.edit_links import editor
from paperboy.tools.demo import load_demo
from tests.browsing import served, theme
from tests.conftest import Site, demo_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from paperboy.tools.demo.fake_server import DemoServer

DAY = "2026/06/03/"
NEW = "https://github.com/you/site/new/main/docs/overrides/papers?filename="


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Path:
    site = Site(tmp_path_factory.mktemp("site"))
    # A theme that shows where the repository is asks GitHub for its stars; this one does not.
    plain = theme() | {"name": "mkdocs"}
    site.configure(
        demo_options(demo.url), repo_url="https://github.com/you/site", edit_uri="edit/main/docs/", theme=plain
    )
    corrected = site.root / "docs/overrides/papers/2606.90005.md"
    corrected.parent.mkdir(parents=True)
    corrected.write_text("---\npin: true\n---\n")
    done = site.build()
    assert done.code == 0, done.log
    return done.site


@pytest.fixture(scope="module")
def url(built: Path) -> Iterator[str]:
    with served(built) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.route("https://github.com/**", lambda route: route.fulfill(body="the editor"))
    yield context.new_page()
    context.close()


def opened(page: Page, address: str, arxiv_id: str, **click: object) -> str:
    """The address that a click leads to."""
    page.goto(address)
    page.locator(f"[id='{arxiv_id}'] .paper-correct").click(**click)  # type: ignore[arg-type]
    page.wait_for_url("https://github.com/**")
    return page.url


def read(address: str, arxiv_id: str, folder: Path) -> object:
    """The file that the editor is given, as paperboy reads it."""
    value = parse_qs(urlsplit(address).query)["value"][0]
    path = folder / "paper.md"
    path.write_text(value, encoding="utf-8")
    found, problems = read_paper(path, arxiv_id, "paper.md")
    assert problems == [], value
    assert found is not None
    assert found.note == ""
    return found.override


@pytest.mark.parametrize(
    ("page_of", "arxiv_id"),
    [("cs.CL", "2606.90003"), ("cs.CL", "2606.90004"), ("math.AP", "2606.90010"), ("cs.LG", "2606.90007")],
)
def test_the_editor_opens_with_the_words_of_the_card_which_are_right_as_they_stand(
    page: Page, url: str, tmp_path: Path, page_of: str, arxiv_id: str
) -> None:
    address = opened(page, f"{url}{DAY}{page_of}/", arxiv_id)

    assert address.startswith(f"{NEW}{arxiv_id}.md&value=")
    assert len(address) < 8000
    override = read(address, arxiv_id, tmp_path)
    (truth,) = (paper for paper in load_demo().papers if paper.id == arxiv_id)
    assert override.id == arxiv_id  # type: ignore[attr-defined]
    assert override.version == truth.version  # type: ignore[attr-defined]
    if truth.fault is None:
        assert override.title == truth.zh.title  # type: ignore[attr-defined]
        assert override.summary == truth.zh.summary  # type: ignore[attr-defined]
        assert override.abstract in (truth.zh.abstract, "")  # type: ignore[attr-defined]
    else:
        assert override.title == truth.title  # type: ignore[attr-defined]


def test_an_old_id_is_a_files_name_with_an_underscore(page: Page, url: str, tmp_path: Path) -> None:
    address = opened(page, f"{url}{DAY}math.AP/", "hep-th/9999001")

    assert address.startswith(f"{NEW}hep-th_9999001.md&value=")
    assert read(address, "hep-th/9999001", tmp_path)


def test_a_file_that_is_there_is_opened_as_it_is(page: Page, url: str) -> None:
    assert opened(page, f"{url}{DAY}cs.LG/", "2606.90005") == (
        "https://github.com/you/site/edit/main/docs/overrides/papers/2606.90005.md"
    )


def test_where_the_data_cannot_be_had_the_file_opens_without_words(page: Page, url: str) -> None:
    page.route("**/edition.json", lambda route: route.abort())

    address = opened(page, f"{url}{DAY}math.AP/", "2606.90010")

    assert address.startswith(f"{NEW}2606.90010.md&value=")
    value = parse_qs(urlsplit(address).query)["value"][0]
    head, _, note = value.removeprefix("---\n").partition("---\n")
    assert re.fullmatch(r'# .*公式须照原样抄写。\nid: "2606\.90010"\nversion: 1\n', head)
    assert re.fullmatch(r"\n<!-- .* -->\n", note)


def test_every_card_and_no_short_entry_has_the_link(page: Page, url: str) -> None:
    for name in load_demo().categories:
        page.goto(f"{url}{DAY}{name}/")
        page.locator(".paper-correct").first.wait_for()
        assert page.locator("article.paper .paper-correct").count() == page.locator("article.paper").count() > 0
        assert page.locator("article.paper-ref .paper-correct").count() == 0


def test_only_a_file_that_is_there_costs_a_page_bytes(built: Path) -> None:
    tree = LexborHTMLParser((built / DAY / "cs.LG/index.html").read_text())

    assert [node.attributes["href"] for node in tree.css(".paper-correct")] == [
        "https://github.com/you/site/edit/main/docs/overrides/papers/2606.90005.md"
    ]


@pytest.mark.parametrize(
    ("repo_url", "edit_uri", "new"),
    [
        ("https://github.com/o/r", "edit/main/docs/", "https://github.com/o/r/new/main/docs/{}filename=x.md"),
        ("https://github.com/o/r/", "blob/dev/a/docs", "https://github.com/o/r/new/dev/a/docs/{}filename=x.md"),
        (
            "https://github.com/edit/edit",
            "edit/main/docs/",
            "https://github.com/edit/edit/new/main/docs/{}filename=x.md",
        ),
        ("https://github.my.org/o/r", "edit/main/docs/", "https://github.my.org/o/r/new/main/docs/{}filename=x.md"),
        ("https://gitlab.com/g/s/r", "edit/main/docs/", "https://gitlab.com/g/s/r/-/new/main/docs/{}file_name=x.md"),
        ("https://gitlab.com/g/r", "-/edit/main/docs/", "https://gitlab.com/g/r/-/new/main/docs/{}file_name=x.md"),
        (
            "https://github.com/o/r",
            "https://github.com/p/q/edit/b/d/",
            "https://github.com/p/q/new/b/d/{}filename=x.md",
        ),
        ("https://github.com/o/r", "", None),
        ("", "edit/main/docs/", None),
        ("https://github.com/o/r", "?path=docs/", None),
        ("https://bitbucket.org/o/r", "src/default/docs/", None),
        ("https://example.org/o/r", "edit/main/docs/", None),
        ("http://github.com/o/r", "edit/main/docs/", None),
        ("https://notgithub.com/o/r", "edit/main/docs/", None),
        ("javascript:alert(1)//github.com/o/r", "edit/main/docs/", None),
    ],
)
def test_the_editors_address_is_made_of_repo_url_and_edit_uri(repo_url: str, edit_uri: str, new: str | None) -> None:
    found = editor(repo_url, edit_uri)

    made = found.create("overrides/papers") + "x.md" if found else None
    assert made == (new and new.format("overrides/papers?"))
