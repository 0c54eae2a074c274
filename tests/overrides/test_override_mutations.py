"""Files of contributors with anything in them: no build crashes, and nothing active comes onto a page."""

from __future__ import annotations

import random
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from paperboy import contributions
from paperboy.domain.config import Options
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.pipeline import contribution_check
from paperboy.site.components.notes import MarkdownOptions
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html.document import to_html
from paperboy.site.pages.edition import EditionPages
from paperboy.storage import archive
from tests.factories import answer, edition_of, paper

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site

SEEDS = [
    b"""---
# comment
id: "2606.00001"
version: 2
title: >-
  \xe6\xa0\x87\xe9\xa2\x98 $L_\\infty$
summary: 'one: two'
abstract: |
  First $a<b$.

  Second.
affiliations: [A, "B & C"]
tags: [x, y]
links: {Talk: "https://example.org/a?b=c"}
pin: true
---
A **note** with [a link](https://example.org), ![an image](../../img/a.png) and `code`.

| a | b |
|---|--:|
| 1 | $x_1$ |
""",
    b"---\nhide: withdrawn\n---\n",
    b"<b>only</b> a note[^1]\n\n[^1]: foot\n\n```python\nx = 1\n```\n",
]
PIECES = [
    *(b"<script>alert(1)</script>", b"<img src=x onerror=alert(1)>", b"javascript:alert(1)", b"{: onclick=alert(1) }"),
    *(b"</article>", b"</div>", b"<!--", b"-->", b"<svg onload=alert(1)>", b"<iframe src=//x>", b'" onmouseover="a()'),
    *(
        b"---\n",
        b"\n",
        b": ",
        b"- ",
        b"&a ",
        b"*a",
        b"<<: ",
        b"!!python/name:os.system ",
        b"\t",
        b"'",
        b'"',
        b"[",
        b"]",
    ),
    *(
        b"{",
        b"}",
        b"|",
        b">",
        b"#",
        b"%",
        b"\\",
        b"$",
        b"\\text{<script>}",
        b"\x00",
        b"\xff",
        b"\xe2\x80\xae",
        b"\xef\xbb\xbf",
    ),
    *(
        b"<m0/>",
        b"{{ 7*7 }}",
        b"{% raw %}",
        b"\xee\x80\x800\xee\x80\x81",
        b"9" * 30,
        b"id: 2606.00001\n",
        b"A" * 70_000,
    ),
]
HOSTILE_NAME = '"><script>alert(1)</script>'


COUNTS = Counts(new=2)
ENTRY = CategoryLedger(status="complete", stated=COUNTS, held=COUNTS)
EDITION = edition_of(
    paper(),
    paper("2606.00002"),
    ledger=Ledger(date="2026-06-04", categories={"cs.CL": ENTRY}),
    translations={"2606.00001": answer(), "2606.00002": answer()},
)
MARKDOWN = MarkdownOptions(
    extensions=("tables", "fenced_code", "attr_list", "md_in_html", "footnotes"),
    resolve={"img/a.png": "img/a.png"}.get,
)
KIT = SiteContext(
    SiteOptions(categories=("cs.CL",), repo_url="https://github.com/a/b", edit_uri="edit/main/docs/"),
    markdown=MARKDOWN,
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good file with some pieces cut out, doubled, or put in."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        middle = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4), st.just(text[start:end] * 2)))
        text = text[:start] + middle + text[end:]
    return text


def assert_harmless(html: str, where: str = "article") -> None:
    tree = LexborHTMLParser(html)
    active = "script, iframe, frame, object, embed, form, input, button, svg, style, link, meta, base"
    for node in tree.css(where):
        assert node.css(active) == []
        for inner in node.css("*"):
            for name, value in inner.attributes.items():
                assert not name.startswith("on"), name
                if name in ("href", "src", "action", "formaction", "xlink:href"):
                    assert re.match(r"https?://|[^:]*$|#", str(value)), value


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("docs")


@settings(max_examples=1000, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated())
def test_a_mutated_file_crashes_nothing_and_brings_no_script(
    folder: Path, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contributions, "contributors", lambda _: {"papers/2606.00001.md": (HOSTILE_NAME,)})
    for name in ("papers/2606.00001.md", "days/2026-06-04.md", "categories/cs.CL.md", "topics.yml", "glossary.yml"):
        path = folder / "overrides" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    options = Options(categories=("cs.CL",), docs_dir=folder)

    written, _ = contributions.examine_contributions(options)
    for problem in contribution_check.check_contributions(options, MARKDOWN):
        assert problem.line > 0
        assert problem.column > 0

    pages = EditionPages(KIT, contributions.apply(EDITION, written))
    documents = [*pages.day(), *pages._category("cs.CL")]
    for document in documents:
        html = to_html(document)
        assert html.count("<article") == 2, "every paper is there"
        assert_harmless(f"<main>{html}</main>", "main > :not(.paper-tools)")
        assert "\n\n\n" not in html
    for block in KIT.note(written.categories.get("cs.CL"), "categories/cs.CL/", "category"):
        assert_harmless(f"<main>{block.html}</main>", "main")


def test_a_thousand_mutated_files_at_once_do_not_stop_a_build(site: Site) -> None:
    numbers = random.Random(7)
    site.configure({"categories": ["cs.CL"], "fetch": "never", "translation": {"enabled": False}})
    papers = [paper(f"2606.{number:05d}") for number in range(1, 1001)]
    day = date(2026, 6, 4)
    counts = Counts(new=len(papers))
    archive.write_announcements(site.root / ".paperboy/archive", day, papers)
    entry = CategoryLedger(status="complete", stated=counts, held=counts)
    archive.write_ledger(
        site.root / ".paperboy/archive", day, Ledger(date=day.isoformat(), categories={"cs.CL": entry})
    )
    folder = site.root / "docs/overrides/papers"
    folder.mkdir(parents=True)
    for number in range(1, 1001):
        text = numbers.choice(SEEDS).replace(b"2606.00001", f"2606.{number:05d}".encode())
        for _ in range(numbers.randrange(4)):
            at = numbers.randrange(len(text) + 1)
            text = text[:at] + numbers.choice(PIECES) + text[at + numbers.randrange(20) :]
        (folder / f"2606.{number:05d}.md").write_bytes(text)

    built = site.build(strict=False)

    assert built.code == 0, built.log[-3000:]
    assert "Traceback" not in built.log
    assert built.log.count("The file is left out of this build") > 200
    pages = [path.read_text(encoding="utf-8") for path in (built.site / "2026").rglob("index.html")]
    assert sum(page.count('<article class="paper"') + page.count('<article class="paper ') for page in pages) == 1000
    assert sum("paper-contribution" in page for page in pages) > 10
    for page in pages:
        assert_harmless(page, "article.paper, article.paper-ref")
