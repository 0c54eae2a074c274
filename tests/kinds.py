"""A site with a page of every kind, as `paperboy new` sets it up, and with the papers that are hard to show."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from paperboy.tools import scaffold
from paperboy.tools.demo.build import TOPICS
from tests.conftest import Built, Site, demo_options
from tests.factories import answer, paper
from tests.filling import fill

if TYPE_CHECKING:
    from paperboy.domain.papers import Announcement
    from paperboy.tools.demo.fake_server import DemoServer

DOCS = Path(__file__).resolve().parents[1] / "docs"
DAY = "2026/06/03/"
"""The demo's day, with all that arXiv, Hugging Face and a model say."""
LONG_DAY = "2026/06/02/"
"""The day before: a list in two parts, the hard papers first."""
HARD = f"{LONG_DAY}cs.CL/"

PAGES = {
    "home": "",
    "date": DAY,
    "category-day": f"{DAY}cs.LG/",
    "category-day with formulas": f"{DAY}math.AP/",
    "long category-day": HARD,
    "later part": f"{HARD}2/",
    "month": "2026/06/",
    "year": "2026/",
    "archive": "archive/",
    "categories": "categories/",
    "category": "categories/cs.LG/",
    "topics": "topics/",
    "topic": "topics/language-models/",
    "topic by month": "topics/language-models/2026-06/",
    "trending": "trending/",
    "trending date": "trending/2026-06-03/",
    "trending month": "trending/2026-06/",
    "search": "search/",
    "search results": "search/?q=%E8%AF%AD%E8%A8%80",
    "starred": "starred/",
    "permalink": "p/",
    "permalink of an unknown paper": "p/#2601.00001",
    "audit": "audit/",
    "audit month": "audit/2026/06/",
    "quality": "quality/",
    "guide": "guide/contributor/",
    "documentation": "options/",
    "not found": "404.html",
}
"""Each kind of page, and where one of it lies."""

NO_ABSTRACT, NO_FORMULA, MANY_AUTHORS, LONG_TITLE, LONG_WORD, RIGHT_TO_LEFT = (f"2606.0000{n}" for n in range(1, 7))
TITLE = ("Extraordinarily long titles of papers about extraordinarily long titles " * 8)[:500]


def hard() -> list[Announcement]:
    """Papers that strain a page: each lacks something, or has far too much of it."""
    wide = r"$$\underbrace{" + "+".join(f"x_{{{number}}}^{{2}}" for number in range(60)) + r"}_{\text{wide}}$$"
    return [
        paper(NO_ABSTRACT, abstract="", authors=(), title="A paper without an abstract"),
        paper(NO_FORMULA, title=r"Of $\frac{$ and $\ours{x}$", abstract=rf"First \(\foo{{\bar\), then {wide}."),
        paper(MANY_AUTHORS, authors=tuple(f"Ann Author-{number}" for number in range(340))),
        paper(LONG_TITLE, title=TITLE, comment="https://example.org/" + "comment" * 60, journal_ref="J" * 200),
        paper(LONG_WORD, title="W" * 500, authors=("N" * 200,), doi="10.99999/" + "d" * 200),
        paper(
            RIGHT_TO_LEFT,
            title="نماذج اللغة 🧪 and what they say",
            authors=("محمد بن موسى الخوارزمي", "Ada 👩‍💻 Lovelace", "שלמה \u202eevil"),
        ),
    ]


def build(root: Path, demo: DemoServer, **options: object) -> Built:
    """Build the site in an empty folder.

    Arguments:
        root: The folder.
        demo: Who answers for arXiv, Hugging Face and the model.
        options: More options of the plugin.
    """
    chosen = demo_options(demo.url, topics=TOPICS, date="2026-06-03", catch_up_days=0) | options
    chosen["sources"]["huggingface"] = {"url": demo.url, "request_interval": 0}
    categories = chosen.pop("categories")
    scaffold.write_site(root, site_name="arXiv 每日论文", categories=categories, language="zh-CN", options=chosen)
    with (root / "mkdocs.yml").open("a", encoding="utf-8") as file:
        file.write("\nrepo_url: https://github.com/you/papers\nedit_uri: edit/main/docs/\n")  # corrections are invited
    for source in [*DOCS.glob("*.md"), DOCS / "guide"]:
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, root / "docs" / source.name)
    papers = [*hard(), *(paper(f"2606.{number:05d}") for number in range(11, 70))]
    answers = [answer(NO_ABSTRACT, abstract=""), answer(LONG_TITLE, title="题" * 250)]
    fill(root / ".paperboy" / "archive", date(2026, 6, 2), papers, answers)
    return Site(root).build(strict=False)
