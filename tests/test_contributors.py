"""Builds of a site that people contribute to: each file changes the pages that it is about, and no other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.bounds import eventually
from tests.conftest import Built, Site, demo_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.tools.demo.fake_server import DemoServer

DAY = "2026/06/03/"
HOME = {"index.html", f"{DAY}index.html"}
DATA = {"feed.xml", "feed.json", f"{DAY}edition.json", f"{DAY}papers.ris"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Site:
    """A site that was fetched and translated, and needs nobody any more."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.configure(demo_options(demo.url))
    assert site.build().code == 0
    options = demo_options("http://127.0.0.1:9", fetch="never", translation={"enabled": False})
    site.configure(options, repo_url="https://github.com/you/site", edit_uri="edit/main/docs/")
    return site


@pytest.fixture(scope="module")
def base(site: Site) -> dict[str, bytes]:
    return files(site.build())


@pytest.fixture
def docs(site: Site) -> Iterator[Path]:
    """The folder of the overrides, empty again afterwards."""
    yield site.root / "docs" / "overrides"
    for path in [one for one in (site.root / "docs" / "overrides").rglob("*") if one.is_file()]:
        path.unlink()


def files(built: Built) -> dict[str, bytes]:
    assert built.code == 0, built.log
    found = {
        path.relative_to(built.site).as_posix(): path.read_bytes() for path in built.site.rglob("*") if path.is_file()
    }
    # It holds the time of the build.
    return {name: content for name, content in found.items() if name != "sitemap.xml.gz"}


def changed(site: Site, base: dict[str, bytes], *, strict: bool = True) -> set[str]:
    now = files(site.build(strict=strict))
    names = now.keys() | base.keys()
    found = {name for name in names if now.get(name) != base.get(name)}
    # The index of the search is one thing in files of its own names.
    assert {name for name in now.keys() ^ base.keys() if not name.startswith("search/")} == set()
    return {"search" if name.startswith("search/") else name for name in found}


def write(docs: Path, name: str, text: str) -> None:
    (docs / name).parent.mkdir(parents=True, exist_ok=True)
    (docs / name).write_text(text, encoding="utf-8")


def of(*categories: str) -> set[str]:
    """The pages of a day's categories, and their feeds."""
    pages = {f"{DAY}{name}/index.html" for name in categories}
    return pages | {f"categories/{name}/feed.{kind}" for name in categories for kind in ("xml", "json")}


def test_a_title_changes_the_pages_feeds_and_data_that_show_it(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "papers/2606.90004.md", '---\nid: "2606.90004"\ntitle: 人的标题\n---\n')

    found = changed(site, base)

    audit = {"audit/index.html", "audit/2026/06/index.html"}  # what people translated is translated
    assert found == HOME | DATA | {"search"} | of("cs.CL", "cs.LG") | audit
    html = (site.root / "site" / DAY / "cs.CL/index.html").read_text()
    assert "人的标题" in html
    assert "https://github.com/you/site/edit/main/docs/overrides/papers/2606.90004.md" in html


def test_a_note_changes_the_page_of_its_card_and_the_data(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "papers/hep-th_9999001.md", "一条**说明**，见[关于](../../about.md)。")

    found = changed(site, base)

    assert found == {f"{DAY}math.AP/index.html", f"{DAY}edition.json"}
    html = (site.root / "site" / DAY / "math.AP/index.html").read_text()
    assert '一条<strong>说明</strong>，见<a href="../../../../about/"' in html


def test_a_pinned_paper_stands_first_in_its_section(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "papers/2606.90007.md", "---\npin: true\n---\n")

    found = changed(site, base)

    # In the feeds too; its citation and its data stand where they stood, but the data tells of it.
    assert found == HOME | {"feed.xml", "feed.json", f"{DAY}edition.json"} | of("cs.LG")
    tree = LexborHTMLParser((site.root / "site" / DAY / "cs.LG/index.html").read_text())
    first = tree.css_first("article.paper")
    assert first is not None
    assert first.attributes["id"] == "2606.90007"


def test_a_hidden_paper_is_told_and_counted_and_in_no_feed(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "papers/2606.90010.md", "---\nhide: 作者要求撤下 <b>\n---\n")

    found = changed(site, base)

    assert found == HOME | {"search", "feed.xml", "feed.json", f"{DAY}edition.json"} | of("math.AP")
    html = (site.root / "site" / DAY / "math.AP/index.html").read_text()
    tree = LexborHTMLParser(html)
    card = tree.css_first('article[id="2606.90010"]')
    assert card is not None
    assert "作者要求撤下 <b>" in card.text()
    assert "Dispersive" not in html
    before = LexborHTMLParser(base[f"{DAY}math.AP/index.html"])
    for counted in ("article", "h2"):
        assert len(tree.css(counted)) == len(before.css(counted))
    assert [node.text() for node in tree.css("h2")] == [node.text() for node in before.css("h2")]
    for name in ("feed.xml", "feed.json", "categories/math.AP/feed.xml"):
        assert b"2606.90010" in base[name]
        assert b"2606.90010" not in (site.root / "site" / name).read_bytes()


def test_the_editors_words_stand_above_their_day(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "days/2026-06-03.md", "今日要点。")

    assert changed(site, base) == HOME


def test_words_on_a_category_stand_on_its_own_page_alone(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "categories/cs.LG.md", "本分类说明。")

    assert changed(site, base) == {"categories/cs.LG/index.html"}


def test_a_glossary_alone_changes_no_page(site: Site, base: dict[str, bytes], docs: Path) -> None:
    write(docs, "glossary.yml", "zh-CN:\n  - {term: newspaper, translation: 报章}\n")

    assert changed(site, base) == set()


def test_a_topic_adds_its_pages_and_changes_those_of_the_papers_that_it_finds(
    site: Site, base: dict[str, bytes], docs: Path
) -> None:
    write(docs, "topics.yml", "- {slug: press, name: 报业, any: [Dispersive Waves]}\n")

    now = files(site.build())

    added = now.keys() - base.keys()
    assert {name.split("/")[0] for name in added} == {"topics"}
    assert "topics/press/index.html" in added
    # The first topic puts the topics into the navigation of every page; the papers that it finds name it.
    found = {name for name in base if b'data-topics="press"' in now[name] and now[name] != base[name]}
    assert found == HOME | {f"{DAY}math.AP/index.html"}


@pytest.mark.parametrize("name", ["papers/2606.90001.md", "days/2026-06-03.md", "glossary.yml", "topics.yml", "x.md"])
def test_a_broken_file_changes_nothing_and_is_told(site: Site, base: dict[str, bytes], docs: Path, name: str) -> None:
    write(docs, name, "---\ntitel: &a [x\n")

    built = site.build(strict=False)

    assert {key for key, content in files(built).items() if content != base[key]} == set()
    if name.endswith(".md"):
        assert f"docs/overrides/{name}:" in built.log
    assert "Traceback" not in built.log
    assert "left out" in built.log or name.endswith(".yml")


def test_files_of_contributors_are_no_pages_but_their_images_are_there(
    site: Site, base: dict[str, bytes], docs: Path
) -> None:
    write(docs, "papers/2606.90004.md", "![图](../img/plan.png)")
    write(docs, "README.md", "# How to help")
    write(docs, "img/plan.png", "no real image")

    now = files(site.build())

    assert now.keys() - base.keys() == {"overrides/img/plan.png"}
    html = now[f"{DAY}cs.CL/index.html"].decode()
    assert '<img alt="图" src="../../../../overrides/img/plan.png">' in html


def test_without_them_the_site_is_again_what_it_was(site: Site, base: dict[str, bytes]) -> None:
    assert changed(site, base) == set()


def test_the_contributor_of_a_committed_file_is_named(site: Site, docs: Path) -> None:
    write(docs, "papers/2606.90004.md", "---\nversion: 7\n---\n说明。")
    git = ["git", "-c", "user.name=王 <五>&六", "-c", "user.email=w@example.org"]
    for arguments in (["init", "--quiet"], ["add", "docs"], ["commit", "--quiet", "--message", "x"]):
        subprocess.run([*git, *arguments], cwd=site.root, check=True, capture_output=True)

    tree = LexborHTMLParser(site.build().html(f"{DAY}cs.CL"))

    line = tree.css_first(".paper-by")
    assert line is not None
    assert line.text().startswith("贡献者：王 五&六 · 源文件 · 针对 v7 撰写")
    link = line.css_first("a")
    assert link is not None
    assert link.attributes["href"] == "https://github.com/you/site/blob/main/docs/overrides/papers/2606.90004.md"


def test_export_has_the_notes_as_html_blocks(site: Site, docs: Path, tmp_path: Path) -> None:
    write(docs, "papers/2606.90004.md", "a\n\n    code\n\n    more\n")

    done = site.paperboy("export", "--out", str(tmp_path))

    assert done.returncode == 0, done.stderr
    page = (tmp_path / DAY / "cs.CL/index.md").read_text()
    assert "<pre><code>code&#10;&#10;more&#10;</code></pre>" in page


def test_a_served_site_shows_a_change_without_fetching_or_translating_again(tmp_path: Path, demo: DemoServer) -> None:
    site = Site(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site.configure(demo_options(demo.url), site_url=f"http://127.0.0.1:{port}/")
    address, log = f"http://127.0.0.1:{port}/{DAY}cs.CL/", tmp_path / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=out, stderr=out)
    try:
        wait_for(address, "2606.90002")
        before = log.read_text()
        for title in ("一改就见", "再改再见"):
            write(tmp_path / "docs/overrides", "papers/2606.90002.md", f"---\ntitle: {title}\n---\n")
            wait_for(address, title)
    finally:
        process.terminate()
        process.wait()

    assert "to translate" in before
    after = log.read_text().removeprefix(before)
    assert "Documentation built" in after
    assert "to translate" not in after
    assert "announcements" not in after


def wait_for(address: str, text: str) -> None:
    """Wait until a page has a text."""

    def is_there() -> bool:
        with suppress(OSError), urlopen(address, timeout=10) as answer:
            return text in answer.read().decode()
        return False

    eventually(is_there)
