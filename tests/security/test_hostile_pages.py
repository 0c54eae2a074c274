"""Hostile text in every field of a built site: it runs nothing, asks for nothing, and adds no element."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import feedparser
import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from defusedxml.ElementTree import fromstring
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

from paperboy.plugin.page_renderer import _search_words
from paperboy.site.components.notes import _ATTRIBUTES, _TAGS
from tests.browsing import served, wait_until
from tests.conftest import Built, Site
from tests.security import payloads
from tests.security.hostile_site import PLAIN, configure, fill, harmless, rotating
from tests.security.watching import Watched, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

RECORDS = 5_000
DAY = "2026/06/04/"
PAGES = (
    *("", DAY, f"{DAY}cs.CL/", f"{DAY}cs.CL/2/", f"{DAY}cs.LG/", "2026/01/14/", "2026/01/14/cs.CL/", "2026/06/"),
    *("trending/", "trending/2026-06-04/", "trending/2026-06/", "topics/", "topics/words/", "audit/", "audit/2026/06/"),
    *("archive/", "categories/", "categories/cs.CL/", "search/", "starred/", "p/", "2026/"),
)
"""A page of each kind."""

_MATHML = (
    "math semantics mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup"
    " munder mover munderover mmultiscripts mprescripts none mtable mtr mtd menclose annotation"
)
MATHML = frozenset(_MATHML.split())
HARMLESS = re.compile(r"https?://[^/\\]|(?!//)[^:\\\s]*$|[^:\\\s]*[#?/](?<!//)", re.IGNORECASE)
"""An address by http, or one within the site."""
ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "srcset", "poster", "data", "background", "ping")
IN_FEEDS = {"html", "head", "body", "div", "p", "a", "b", "em", "span", "code", "br"}
COUNTED = (
    "article, h1, h2, main, header, footer, nav, section, dl, details, summary, script, style, link, meta, base,"
    " iframe, object, embed, svg, form, input, button, textarea, select, video, audio, template, title"
)


def build(folder: Path, text: Any, count: int, **more: Any) -> Built:
    site = Site(folder)
    configure(site, **more.pop("options", {}))
    fill(site, text, count, **more)
    built = site.build(strict=False)
    assert built.code == 0, built.log[-3000:]
    assert "Traceback" not in built.log
    return built


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Our own kinds of payloads, each in every field, on a site with everything switched on."""
    texts = (*payloads.own(), PLAIN)
    folder = tmp_path_factory.mktemp("hostile")
    return build(folder, rotating(texts), len(texts), written=len(texts) // 2, options={"search": True})


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The same site in harmless words."""
    count = len(payloads.own()) + 1
    return build(tmp_path_factory.mktemp("twin"), harmless, count, written=count // 2, options={"search": True})


@pytest.fixture(scope="module")
def address(hostile: Built) -> Iterator[str]:
    with served(hostile.site) as url:
        yield url


def pages(built: Built) -> dict[str, LexborHTMLParser]:
    """The pages of a site by their place, without what makes a page of people."""
    return {
        str(path.relative_to(built.site)): LexborHTMLParser(path.read_text(encoding="utf-8"))
        for path in built.site.rglob("*.html")
    }


def in_note(node: Any) -> bool:
    while node is not None:
        if "paper-contribution" in (node.attributes.get("class") or "").split():
            return True
        node = node.parent
    return False


def parts(tree: LexborHTMLParser) -> set[tuple[str, str]]:
    """Each element of a page with each of its attributes, but for formulas and what a note may have."""
    found: set[tuple[str, str]] = set()
    for node in tree.css("*"):
        tag = node.tag or ""
        if tag in MATHML:
            continue
        names = {(tag, name) for name in node.attributes} | {(tag, "")}
        if tag in _TAGS and not names <= found and in_note(node):
            allowed = _ATTRIBUTES.get(tag, set()) | _ATTRIBUTES["*"] | {"", "rel", "loading", "referrerpolicy"}
            assert {name for _, name in names} <= allowed, node.html
            continue
        found |= names
    return found


def formulas_are_plain(tree: LexborHTMLParser) -> None:
    for node in tree.css("math *"):
        assert node.tag in MATHML, node.html
        for name, value in node.attributes.items():
            assert not name.startswith("on"), node.html
            assert name not in ADDRESSES, node.html
            assert "url(" not in (value or ""), node.html


def addresses_are_harmless(tree: LexborHTMLParser) -> None:
    for name in ADDRESSES:
        for node in tree.css(f"[{name.replace(':', chr(92) + ':')}]"):
            value = node.attributes[name] or ""
            assert HARMLESS.match(value), node.html


def test_hostile_text_adds_no_element_and_no_attribute(hostile: Built, twin: Built) -> None:
    made, wanted = pages(hostile), pages(twin)
    known = set().union(*map(parts, wanted.values()))

    assert set().union(*map(parts, made.values())) == known
    for path, tree in made.items():
        formulas_are_plain(tree)
        addresses_are_harmless(tree)
        if not path.startswith("topics/"):  # there, what a page holds depends on the words
            have, may = (
                Counter(node.tag for node in one.css(COUNTED) if not in_note(node)) for one in (tree, wanted[path])
            )
            assert have - may == {}, path
    assert {path for path in made if not path.startswith("topics/")} == {
        path for path in wanted if not path.startswith("topics/")
    }


# Files beside the pages


def files_are_well_formed(built: Built) -> int:
    """Parse every file that other programs read; gives how many entries they have."""
    entries = 0
    for path in built.site.rglob("*"):
        if path.suffix in (".xml", ".opml", ".svg"):
            root = fromstring(path.read_bytes(), forbid_dtd=True)
            for node in root.iter():
                for name, value in node.attrib.items():
                    assert not name.startswith("on"), path
                    assert HARMLESS.match(value) or name not in ADDRESSES, path
        if path.name == "feed.xml":
            feed = feedparser.parse(path.read_bytes(), sanitize_html=False)
            assert not feed.bozo, (path, feed.bozo_exception)
            for entry in feed.entries:
                shown = LexborHTMLParser(entry.content[0].value)
                addresses_are_harmless(shown)
                assert {node.tag for node in shown.css("*")} <= IN_FEEDS | MATHML, path
            entries += len(feed.entries)
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".bib":
            library = parse_string(path.read_text(encoding="utf-8"))
            assert library.failed_blocks == [], path
            assert [entry.key for entry in library.entries] == cited(path), path
            entries += len(library.entries)
        elif path.suffix == ".ris":
            records = rispy.loads(path.read_text(encoding="utf-8"))
            assert [record["id"] for record in records] == cited(path), path
            entries += len(records)
    return entries


def cited(path: Path) -> list[str]:
    """The papers of the edition that a file of citations lies beside."""
    day = json.loads((path.parent / "edition.json").read_text(encoding="utf-8"))
    return [one["id"] for one in day["papers"]]


def test_files_for_other_programs_are_whole_and_hold_each_paper_once(hostile: Built) -> None:
    assert files_are_well_formed(hostile) > 1_000


@pytest.mark.parametrize("payload", payloads.own())
def test_a_title_stays_text_wherever_a_theme_puts_it(payload: str) -> None:
    """Material puts it into the header as it is, and into `<title>` through `striptags`, which unescapes."""
    title = _search_words(payload)
    for made in (title, Markup(title).striptags()):
        page = LexborHTMLParser(f"<head><title>{made}</title></head><body><p>{made}</p></body>")
        assert {node.tag for node in page.css("*")} == {"html", "head", "title", "body", "p"}


# In a browser


def wander(watch: Watched, address: str) -> None:
    """Read a page of each kind, and use everything that a reader can use."""
    page = watch.context.new_page()
    for path in PAGES:
        watch.visit(page, address + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        watch.look(page)

    # An abstract that a script fetches.
    watch.visit(page, f"{address}2026/01/14/cs.CL/")
    page.locator(".paper-fetch a").first.click()
    page.locator("article.paper details.paper-abstract[open]").first.wait_for()
    watch.look(page)

    # Stars, their page, and citations in both formats.
    watch.visit(page, f"{address}{DAY}cs.CL/")
    for number in range(8):
        page.locator("[data-mark=star]").nth(number).click()
    page.locator("[data-mark=cite]").first.click()
    sheet = page.locator("dialog.paper-cite")
    for tab in ("BibTeX", "RIS"):
        sheet.get_by_role("button", name=tab).click()
    watch.look(page)
    watch.visit(page, f"{address}starred/")
    page.locator(".paper-stars article").nth(7).wait_for()
    watch.look(page)

    # The search, by what stands in the texts and by what is hostile itself.
    for query in ("alert", "onerror evil", "<img src=x onerror=alert(1)>", "'\"><script>alert(1)</script>"):
        watch.visit(page, f"{address}search/?q={quote(query)}")
        wait_until(
            page,
            "() => /\\d|没有/.test(document.querySelector('.paper-search-results [role=status]')?.textContent ?? '')",
        )
        watch.look(page)

    # Fragments and parameters that a stranger's link may bring.
    for payload in payloads.own()[::60]:
        for place in (f"p/#{payload}", f"?type={quote(payload)}&q={quote(payload)}#{quote(payload)}"):
            watch.visit(page, address + place)


@pytest.mark.parametrize("policy", [True, False], ids=["under the policy", "by escaping alone"])
def test_nothing_runs_and_nothing_leaves_the_site(browser: Browser, address: str, *, policy: bool) -> None:
    with watched(browser, address, policy=policy) as watch:
        wander(watch, address)

    assert watch.happened == []
    assert watch.pages > 2 * len(PAGES)


@pytest.mark.parametrize("policy", [True, False])
def test_what_ran_would_be_noted(browser: Browser, hostile: Built, *, policy: bool, tmp_path: Path) -> None:
    page = hostile.html(f"{DAY}cs.CL")
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)><img src=https://evil.example/pixel>"
    (tmp_path / "index.html").write_text(page.replace("</h1>", f"</h1>{bad}", 1), encoding="utf-8")
    with served(tmp_path) as url, watched(browser, url, policy=policy) as watch:
        watch.visit(watch.context.new_page(), url)

    happened = " ".join(watch.happened)
    assert ("script-src" in happened) == policy
    assert ("alert(1)" in happened) != policy
    assert "https://evil.example/pixel" in happened


# Five thousand records


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The packaged payloads, ours, and strings of nasty signs with payloads among them: each in every field."""
    known = tuple(dict.fromkeys((*payloads.packaged(), *payloads.own())))
    among = zip(payloads.strings(RECORDS - len(known)), known[::7], strict=False)
    texts = (*known, *(string + payload + string[::-1] for string, payload in among))
    assert len(texts) == RECORDS
    return build(tmp_path_factory.mktemp("crowd"), rotating(texts), RECORDS, written=300)


def test_five_thousand_hostile_records_break_no_page(crowd: Built, twin: Built) -> None:
    known = set().union(*map(parts, pages(twin).values()))
    cards = 0
    for path, tree in pages(crowd).items():
        assert parts(tree) <= known, path
        formulas_are_plain(tree)
        addresses_are_harmless(tree)
        assert len(tree.css("h1")) == 1, path
        cards += len(tree.css("article.paper[data-announce]")) if re.match(r"\d{4}/\d\d/\d\d/", path) else 0
    assert cards == RECORDS
    assert files_are_well_formed(crowd) > RECORDS


def test_five_thousand_hostile_records_run_nothing(browser: Browser, crowd: Built) -> None:
    """By escaping alone: each record's card, and the scripts that stand in the page itself."""
    paths = sorted({path.parent for path in crowd.site.glob("20*/*/*/cs.CL/**/index.html")})
    with served(crowd.site) as url, watched(browser, url, policy=False, scripts=False) as watch:
        page = watch.context.new_page()
        for path in paths:
            watch.visit(page, f"{url}{path.relative_to(crowd.site).as_posix()}/")

    assert watch.happened == []
    assert watch.pages >= RECORDS / 50
