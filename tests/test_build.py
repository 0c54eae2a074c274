"""Builds of a demo day by the real `mkdocs build`: what happens when something is missing or wrong."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from paperboy.tools.demo import load_demo
from paperboy.tools.demo.fake_model import DemoModel
from paperboy.tools.demo.fake_server import DemoServer
from tests.conftest import Built, Site, demo_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = "2026/06/03"
NOWHERE = "http://127.0.0.1:9"


def cards(built: Built, category: str) -> LexborHTMLParser:
    return LexborHTMLParser(built.html(f"{DAY}/{category}"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def built(site: Site, demo: DemoServer) -> Built:
    site.configure(demo_options(demo.url))
    return site.build()


def test_the_demo_day_is_whole_translated_and_published(built: Built) -> None:
    assert built.code == 0, built.log
    for category in load_demo().categories:
        truth = {entry.paper.id: entry.announce_type for entry in load_demo().announced([category])}
        html = cards(built, category)
        shown = {node.attributes["id"]: node.attributes["data-announce"] for node in html.css("article.paper")}
        shown |= {
            node.attributes["data-id"]: node.attributes["data-announce"] for node in html.css("article.paper-ref")
        }
        assert shown == truth
    ledger = json.loads((built.archive / DAY / "ledger.json").read_text())
    account = ledger["translations"]["zh-CN"]
    assert (account["translated"], sum(account["failed"].values())) == (15, 1)
    data = json.loads((built.site / DAY / "edition.json").read_text())
    assert len(data["papers"]) == 16
    assert data["complete"] is True


def test_every_field_of_the_demo_papers_is_in_the_archive_as_it_was_announced(built: Built) -> None:
    rows = {row["id"]: row for row in lines(built.archive / DAY / "papers.jsonl")}

    for paper in load_demo().papers:
        row = rows[paper.id]
        assert row["title"] == paper.title
        assert row["abstract"] == paper.abstract
        assert row["version"] == paper.version
        assert tuple(row["authors"]) == paper.authors
        assert set(row["categories"]) == {*paper.categories, *paper.codes}
        assert row["primary_category"] == paper.categories[0]
        assert (row["comment"], row["journal_ref"], row["doi"]) == (paper.comment, paper.journal_ref, paper.doi)
        assert row["authors_complete"] is True


def test_generated_pages_stay_out_of_the_navigation(built: Built) -> None:
    navigation = LexborHTMLParser(built.html()).css("nav.md-nav--primary a.md-nav__link")

    links = [str(link.attributes["href"]) for link in navigation]
    assert not [link for link in links if "2026/" in link]
    assert {"archive/", "categories/", "about/"} <= set(links)


def test_a_second_build_asks_the_model_only_about_what_was_refused_and_gives_up_after_days(
    built: Built, site: Site
) -> None:
    path = built.archive / DAY / "translations.zh-CN.jsonl"
    first = lines(path)
    refused = {row["id"] for row in first if row["status"] == "failed"}

    assert site.build(strict=False).code == 0
    assert len(lines(path)) > len(first)
    assert {row["id"] for row in lines(path) if row["status"] == "failed"} == refused

    refused_on_several_days(path)
    before = path.read_bytes()
    assert site.build(strict=False).code == 0
    assert path.read_bytes() == before, "a hopeless text does not cost for ever"


def refused_on_several_days(path: Path) -> None:
    """Let the refused answers of a day be of builds on one day after another."""
    rows = lines(path)
    failed = [row for row in rows if row["status"] == "failed"]
    assert len(failed) >= 3
    for number, row in enumerate(failed):
        row["asked"] = f"2026-06-{3 + number:02}"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_without_a_key_and_an_endpoint_the_site_is_english_and_says_so(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url, translation={}))

    built = site.build()

    assert built.code == 0, built.log
    assert built.log.count("OPENAI_API_KEY") == 1
    html = cards(built, "cs.CL")
    marks = html.css("article.paper .paper-mark")
    assert len(marks) == len(html.css("article.paper"))
    assert all("data-untranslated" in card.attributes for card in html.css("article.paper"))


def test_without_a_network_and_an_archive_there_is_still_a_site(site: Site) -> None:
    site.configure(demo_options(NOWHERE))

    built = site.build(strict=False)

    assert built.code == 0, built.log
    assert "Traceback" not in built.log
    assert NOWHERE in built.log
    assert "还没有任何一期" in built.html()
    assert site.build().code != 0, "strict mode says that something is missing"


def test_without_a_network_the_site_is_built_from_the_archive(built: Built, site: Site) -> None:
    before = (built.archive / DAY / "papers.jsonl").read_bytes()
    site.configure(demo_options(NOWHERE))

    again = site.build(strict=False)

    assert again.code == 0, again.log
    assert before == (again.archive / DAY / "papers.jsonl").read_bytes()
    assert len(cards(again, "cs.CL").css("article.paper:not([data-untranslated])")) > 2


def test_an_endpoint_that_cannot_be_reached_is_said_and_the_site_is_english(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url, translation={"model": "demo", "base_url": f"{NOWHERE}/v1", "concurrency": 1}))

    built = site.build(strict=False)

    assert built.code == 0, built.log
    assert "the connection failed" in built.log
    assert "Traceback" not in built.log
    assert cards(built, "cs.CL").css("article.paper:not([data-untranslated])") == []


def test_one_paper_without_an_answer_is_said_too(built: Built, site: Site) -> None:
    path = built.archive / DAY / "translations.zh-CN.jsonl"
    kept = [row for row in lines(path) if row["id"] not in ("2606.90004", "2606.90001")]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), encoding="utf-8")
    site.configure(demo_options(NOWHERE, fetch="never"))

    again = site.build(strict=False)

    assert again.code == 0, again.log
    assert "2 papers got no answer (" in again.log
    assert "the connection failed" in again.log


def test_fetch_never_asks_nobody(built: Built, site: Site) -> None:
    assert built.code == 0
    site.configure(demo_options(NOWHERE, fetch="never", translation={"enabled": False}))

    again = site.build()

    assert again.code == 0, again.log
    assert cards(again, "cs.LG").css("article.paper")


def test_papers_without_their_ledger_are_shown_as_incomplete_and_asked_for_again(
    built: Built, site: Site, demo: DemoServer
) -> None:
    # What a kill between the two writes leaves.
    ledger = built.archive / DAY / "ledger.json"
    whole = json.loads(ledger.read_text())
    ledger.unlink()
    site.configure(demo_options(NOWHERE, fetch="never", translation={"enabled": False}))
    alone = site.build(strict=False)

    assert alone.code == 0, alone.log
    assert "Traceback" not in alone.log
    assert len(cards(alone, "cs.CL").css("article.paper")) == len(cards(built, "cs.CL").css("article.paper")) > 0
    assert "不完整" in alone.html(f"{DAY}/cs.CL")

    site.configure(demo_options(demo.url))
    assert site.build(strict=False).code == 0
    assert json.loads(ledger.read_text())["categories"] == whole["categories"]


def test_html_where_xml_was_due_is_said_and_the_listing_still_serves(site: Site, demo: DemoServer) -> None:
    options = demo_options(demo.url, date="2026-06-03")
    with portal() as url:
        options["sources"]["arxiv"]["feed_url"] = url
        site.configure(options)
        built = site.build(strict=False)

    assert built.code == 0, built.log
    assert "HTML" in built.log
    assert "Traceback" not in built.log
    ledger = json.loads((built.archive / DAY / "ledger.json").read_text())
    assert ledger["categories"]["cs.CL"]["status"] == "complete"
    assert ledger["categories"]["cs.CL"]["sources"] == ["listing"]


@contextmanager
def portal() -> Iterator[str]:
    """A server that answers everything with a sign-in page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!DOCTYPE html><html><body>Please sign in.</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  as in the base class
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_broken_archive_line_is_named_and_takes_no_day_off_the_site(
    built: Built, site: Site, demo: DemoServer, tmp_path: Path
) -> None:
    path = built.archive / DAY / "papers.jsonl"
    pages = built.html(f"{DAY}/cs.CL")
    whole = path.read_text()
    path.write_text(whole.replace("\n", "\n{torn\n", 1))
    outputs = tmp_path / "outputs"
    site.configure(demo_options(demo.url, fetch="never"))

    again = site.build(strict=True, GITHUB_OUTPUT=str(outputs))

    assert again.code == 1
    assert "papers.jsonl:2" in again.log
    assert "2026-06-03: shown without 1 lines" in again.log
    assert "Traceback" not in again.log
    assert "delete" not in again.log
    assert "unreadable=1" in outputs.read_text()
    found = re.compile(r'id="(\d{4}\.\d{5})"')
    assert found.findall(again.html(f"{DAY}/cs.CL")) == found.findall(pages) != []
    assert json.loads((again.site / DAY / "edition.json").read_text())["complete"] is False

    site.configure(demo_options(demo.url))
    mended = site.build(strict=False, GITHUB_OUTPUT=str(outputs))

    assert mended.code == 0, mended.log
    assert path.read_text() == whole, "arXiv was asked again"
    assert outputs.read_text().splitlines()[-1] == "unreadable=0"


def test_a_day_that_this_version_cannot_read_stops_the_build_before_a_site_without_it(built: Built, site: Site) -> None:
    path = built.archive / DAY / "papers.jsonl"
    newer = '{"schema": 99, "id": "2606.90001"}\n' + path.read_text()
    path.write_text(newer)

    again = site.build(strict=False)

    assert again.code == 1
    assert "Upgrade mkdocs-paperboy" in again.log
    assert "Traceback" not in again.log
    assert path.read_text() == newer


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"categories": ["cs.XX"]}, "'cs.XX' is not an arXiv category"),
        ({"categoriess": ["cs.CL"]}, "did you mean 'categories'?"),
        ({"catch_up_days": "many"}, "catch_up_days"),
        ({"translation": {"api_key": "sk-secret"}}, "OPENAI_API_KEY"),
    ],
)
def test_a_wrong_option_stops_the_build_with_one_clear_message(
    site: Site, demo: DemoServer, options: dict[str, Any], words: str
) -> None:
    site.configure(demo_options(demo.url, **options))

    built = site.build()

    assert built.code == 1
    assert words in built.log
    assert "Traceback" not in built.log
    assert "sk-secret" not in built.log
    assert not built.site.exists()


def test_a_page_that_somebody_wrote_is_not_replaced(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url))
    (site.root / "docs" / "index.md").write_text("# My own home\n")

    built = site.build()

    assert built.code == 0, built.log
    assert "My own home" in built.html()
    assert cards(built, "cs.CL").css("article.paper")


def test_addresses_without_folders_lead_to_the_same_pages(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url), use_directory_urls=False)

    built = site.build()

    assert built.code == 0, built.log
    for link in LexborHTMLParser(built.html()).css("article.paper-ref h3 a"):
        target = str(link.attributes["href"]).partition("#")
        assert target[2] in (built.site / target[0]).read_text()


def test_the_feeds_are_found_from_every_page_of_a_plain_theme_without_folders(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url), theme={"name": "mkdocs"}, use_directory_urls=False)

    built = site.build()

    assert built.code == 0, built.log
    pages = [path for path in built.site.rglob("*.html") if path.name != "404.html"]
    assert built.site / "about.html" in pages
    for path in pages:
        links = LexborHTMLParser(path.read_text()).css("head link[rel~=alternate]")
        feeds = {(path.parent / str(link.attributes["href"])).resolve() for link in links}
        assert feeds >= {built.site / "feed.xml", built.site / "feed.json"}
        assert all(feed.is_file() for feed in feeds), path


def test_a_file_that_somebody_wrote_is_not_replaced(site: Site, demo: DemoServer) -> None:
    site.configure(demo_options(demo.url))
    (site.root / "docs" / "llms.txt").write_text("# Mine\n")

    built = site.build()

    assert built.code == 0, built.log
    assert (built.site / "llms.txt").read_text() == "# Mine\n"
    assert (built.site / "feed.xml").is_file()


def test_every_internal_link_of_the_site_leads_somewhere(built: Built) -> None:
    pages = {path: LexborHTMLParser(path.read_text()) for path in built.site.rglob("*.html") if path.name != "404.html"}
    anchors = {path: {str(node.attributes["id"]) for node in html.css("[id]")} for path, html in pages.items()}

    for path, html in pages.items():
        assert len(html.css("link[rel~=alternate]")) in {2, 4}, path
        for link in html.css("article a, nav.edition-nav a, table a, ul.months a, link[rel~=alternate]"):
            address, _, anchor = str(link.attributes["href"]).partition("#")
            if "://" in address:
                continue
            target = (path.parent / address).resolve() if address else path
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), (path, address)
            # The page of the stable links looks up where the paper is.
            assert not anchor or anchor in anchors[target] or address.endswith("/p/"), (path, address, anchor)


def test_a_killed_build_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    with thinking_for_ever_from(5) as (url, is_asked):
        options = demo_options(url)
        options["translation"]["concurrency"] = 1
        site.configure(options)
        journal = tmp_path / ".paperboy/archive" / DAY / "translations.zh-CN.jsonl"
        process = site.start("mkdocs", "build")
        assert is_asked.wait(120), "the build asked for no fifth paper"
        process.kill()
        process.wait()
        paid = [row["key"] for row in lines(journal) if row["status"] == "ok"]
        assert len(paid) >= 3, "each answer is on disk before the next paper is asked for"

    with DemoServer() as server:
        url = server.url
        site.configure(demo_options(url))
        built = site.build()

    assert built.code == 0, built.log
    keys = [row["key"] for row in lines(journal) if row["status"] == "ok"]
    assert len(keys) == len(set(keys)) == 15, "an answer that was on disk was paid for again"


@contextmanager
def thinking_for_ever_from(number: int) -> Iterator[tuple[str, Event]]:
    """The demo's server, whose model never answers the question of that number; an event says that it was asked."""
    complete = DemoModel.complete
    questions = count(1)
    is_asked, is_over = Event(), Event()

    def thinking(model: DemoModel, body: bytes) -> Any:
        if next(questions) >= number:
            is_asked.set()
            is_over.wait()
        return complete(model, body)

    with pytest.MonkeyPatch.context() as patch, DemoServer() as server:
        patch.setattr(DemoModel, "complete", thinking)
        yield server.url, is_asked
        is_over.set()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Site:
    """A built site to run commands on."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.configure(demo_options(demo.url))
    assert site.build().code == 0
    return site


def test_status_prints_the_ledger_as_a_table(shown: Site) -> None:
    done = shown.paperboy("status")

    assert done.returncode == 0, done.stderr
    assert "2026-06-03" in done.stdout
    for category in load_demo().categories:
        assert category in done.stdout
    assert done.stdout.count("complete") == 3


def test_answers_on_disk_are_judged_again_for_nothing(built: Built, site: Site) -> None:
    path = built.archive / DAY / "translations.zh-CN.jsonl"
    before = path.read_bytes()
    strict = site.root / "docs/overrides/glossary.yml"
    strict.parent.mkdir()
    strict.write_text("zh-CN:\n  - {term: newspaper, translation: 报章}\n", encoding="utf-8")

    with_row = site.paperboy("translate", "--regate")
    refused = [row for row in lines(path) if "glossary" in row["faults"]]
    strict.unlink()
    without = site.paperboy("translate", "--regate")

    assert with_row.returncode == 0, with_row.stderr
    assert refused
    assert f"{len(refused)} are refused now" in " ".join(with_row.stderr.split())
    assert without.returncode == 0, without.stderr
    assert before == path.read_bytes()


def test_the_translate_command_goes_on_where_a_build_stopped(built: Built, site: Site) -> None:
    path = built.archive / DAY / "translations.zh-CN.jsonl"
    path.unlink()

    done = site.paperboy("translate")

    assert done.returncode == 0, done.stderr
    assert sum(row["status"] == "ok" for row in lines(path)) == 15


def test_export_writes_every_page_as_markdown(shown: Site, tmp_path: Path) -> None:
    done = shown.paperboy("export", "--out", str(tmp_path / "out"))

    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / DAY / "cs.CL/index.md").read_text()
    assert page.startswith("---\ntitle: ")
    assert "## 新提交 (3) { #new }" in page
    assert json.loads((tmp_path / "out" / DAY / "edition.json").read_text())["date"] == "2026-06-03"


def test_a_command_without_a_configuration_says_what_to_do(tmp_path: Path) -> None:
    done = Site(tmp_path).paperboy("status")

    assert done.returncode == 1
    assert "mkdocs.yml: there is no such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_new_writes_a_site_that_builds(tmp_path: Path, demo: DemoServer) -> None:
    done = Site(tmp_path).paperboy("new", "mine", "--category", "cs.CL", "--name", 'Quotes " and: colons')
    assert done.returncode == 0, done.stderr
    site = Site(tmp_path / "mine")
    path = site.root / "mkdocs.yml"
    text = path.read_text()
    arxiv = (
        f'{{listing_url: "{demo.url}", feed_url: "{demo.url}", api_url: "{demo.url}/api/query", request_interval: 0}}'
    )
    path.write_text(
        text.replace(
            'categories: ["cs.CL"]',
            f'categories: ["cs.CL"]\n      sources: {{arxiv: {arxiv}, huggingface: {{url: "{demo.url}"}}}}',
        )
    )

    built = site.build()

    assert built.code == 0, built.log
    assert cards(built, "cs.CL").css("article.paper")
    assert (site.root / ".github/workflows/publish.yml").is_file()
    assert "<<" not in (site.root / ".github/workflows/publish.yml").read_text()


def test_new_overwrites_nothing_and_knows_its_categories(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("mine")

    refused = Site(tmp_path).paperboy("new", ".")
    unknown = Site(tmp_path).paperboy("new", "other", "--category", "cs.Cl")

    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert (tmp_path / "mkdocs.yml").read_text() == "mine"
    assert unknown.returncode == 1
    assert "did you mean cs.CL" in unknown.stderr


def test_the_demo_replaces_only_a_demo(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("mine")

    refused = Site(tmp_path).paperboy("demo", "--dir", "work")
    first = Site(tmp_path).paperboy("demo", "--dir", "demo")
    second = Site(tmp_path).paperboy("demo", "--dir", "demo", OPENAI_API_KEY="someone's own")

    assert refused.returncode == 1
    assert (tmp_path / "work" / "thesis.txt").read_text() == "mine"
    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    assert "The demo site lies in demo/site" in second.stdout
    page = (tmp_path / "demo/site" / DAY / "cs.CL/index.html").read_text()
    assert "译文未通过检查" in page
    assert "由读者贡献" in page, "the demo shows what a contributor can do"
