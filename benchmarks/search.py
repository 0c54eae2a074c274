"""The search over real papers: what its index costs, what a reader downloads, and whether Chinese is found.

    python benchmarks/search.py [--months 12]

Needs ../shared/data and the programs zstd and chromium; what is missing is said, and its part left out. The papers
are those that a public site listed month by month. Few of them have a published translation, so each has the Chinese
title, summary and abstract of some paper that has one: the sizes are real, the sense is not. The recall is measured
over the published translations themselves. Bytes are those of the answers' bodies, as Chromium counts them, from a
server that sends nothing compressed and serves parts of files.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.domain.edition import Translation
from paperboy.domain.papers import Announcement
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html import urls
from paperboy.site.html.assets import EARLY, READER, STYLESHEET, browser_files
from paperboy.site.html.document import DataFile, to_html
from paperboy.site.incremental_build import fingerprint
from paperboy.site.pages.overview import Overview
from paperboy.site.search import pagefind, shard, units
from paperboy.site.search.record import Searchable, search_key, search_record
from tests.browsing import chromium, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from paperboy.site.search.pagefind import Pagefind

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data"
PAIRS = DATA / "pairs-en-zh/cn-chat-arxiv.jsonl.gz"
LISTED = DATA / "corpus/daily-cs_dw-dengwei_2025-03-18..2026-07-01.jsonl.zst"
CATEGORIES = ("cs.CL", "cs.CV", "cs.AI", "cs.LG", "cs.IT", "cs.GR")
LAST_MONTH = "2026-06"
GOAL_PAPERS = 10_000
QUERIES = (
    "扩散模型",
    "大语言模型",
    "diffusion",
    "强化学习 机器人",
    "graph neural network",
    "蛋白质折叠",
    "zeolite",
)
"""From what every day has to what no paper has."""
QUERIES_FOR_RECALL = 300


class Text(NamedTuple):
    """A published translation."""

    id: str
    title: str
    abstract: str
    zh_title: str
    zh_abstract: str
    summary: str


def pairs() -> list[Text]:
    """The published translations that have all texts."""
    with gzip.open(PAIRS, "rt", encoding="utf-8") as lines:
        return [
            Text(row["id"], row["title_en"], row["abstract_en"], row["title_zh"], row["abstract_zh"], row["tldr_zh"])
            for row in map(json.loads, lines)
            if row["title_zh"] and row["abstract_zh"] and row["tldr_zh"]
        ]


def listed(texts: list[Text], months: int) -> dict[date, list[Searchable]]:
    """The papers of the newest months by the date on which they were listed first."""
    lines = subprocess.run(
        [shutil.which("zstd") or "zstd", "-dc", LISTED], capture_output=True, check=True
    ).stdout.splitlines()
    found: dict[date, list[Searchable]] = {}
    for number, row in enumerate(map(json.loads, lines)):
        day = date.fromisoformat(min(row["listed_on"]))
        if f"{day:%Y-%m}" <= LAST_MONTH:
            category = next((name for name in row["categories"] if name in CATEGORIES), row["categories"][0])
            paper = searchable(row, day, category, texts[number % len(texts)])
            found.setdefault(day, []).append(paper)
    newest = sorted({f"{day:%Y-%m}" for day in found})[-months:]
    return {day: found[day] for day in sorted(found) if f"{day:%Y-%m}" in newest}


def searchable(row: dict[str, Any], day: date, category: str, text: Text) -> Searchable:
    """One paper with a translation."""
    return Searchable(
        day=day,
        paper=Announcement(
            id=row["id"],
            version=1,
            listed={category: "new"},
            title=row["title"],
            abstract=row["abstract"],
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
            primary_category=category,
            sources=("feed",),
        ),
        translation=Translation(
            id=row["id"],
            version=1,
            key="",
            status="ok",
            title=text.zh_title,
            abstract=text.zh_abstract,
            summary=text.summary,
            model="",
            prompt_version=1,
        ),
        page=urls.day_category(day, category),
        category=category,
    )


def cost(program: Pagefind, papers: list[Searchable], *, abstracts: bool) -> tuple[float, float, int, int]:
    """CPU seconds, MiB of Pagefind, bytes and files of one shard."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.process_time()
    files = list(shard.build_shard(program, [search_record(one, abstracts=abstracts) for one in papers]))
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.process_time()
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return end - start + children, after.ru_maxrss / 1024, sum(len(content) for _, content in files), len(files)


def build(program: Pagefind, days: dict[date, list[Searchable]], site: Path) -> tuple[int, int]:
    """A site that has nothing but its search; how many files and bytes this takes."""
    counted = [units.SearchDay(day, len(papers), fingerprint(search_key(papers))) for day, papers in days.items()]
    size = files = 0
    for unit in units.search_units(program, counted, days.__getitem__, directory_urls=True):
        for item in unit.make():
            if isinstance(item, DataFile):
                write(site / item.path, item.content)
                size, files = size + len(item.content), files + 1
    for path, content in browser_files("zh-CN"):
        write(site / path, content)
    context = SiteContext(SiteOptions(categories=CATEGORIES, search=True))
    page = next(page for page in Overview(context, []).pages() if page.path == urls.SEARCH)
    html = (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>search</title>'
        f'<link rel="stylesheet" href="../{STYLESHEET}"><script src="../{EARLY}"></script></head>'
        f'<body><main>{to_html(page)}</main><script type="module" src="../{READER}"></script></body></html>'
    )
    write(site / "search/index.html", html.encode())
    return files, size


def write(path: Path, content: bytes) -> None:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


class Counted:
    """A reader's page, which counts what it downloads."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = browser.new_context().new_page()
        self._bytes: Counter[str] = Counter()
        self.page.on("response", lambda answer: self._bytes.update({answer.url: len(answer.body())}))
        self.page.goto(f"{url}search/")
        self.page.wait_for_load_state("networkidle")

    def search(self, query: str) -> tuple[int, str]:
        """Bytes that one search takes, and what it says."""
        before = self._bytes.total()
        self.page.fill("[name=q]", query)
        self.page.press("[name=q]", "Enter")
        return self._settled() - before, self.page.inner_text(".paper-search-results [role=status]")

    def to_the_end(self) -> int:
        """Bytes that it takes to search all papers that are left."""
        before = self._bytes.total()
        while (more := self.page.locator(".paper-search-more")).is_visible():
            if "更多" in more.inner_text():
                break
            more.click()
            self._settled()
        return self._bytes.total() - before

    @property
    def all(self) -> int:
        """Bytes so far, without the page, its stylesheet and the reader's other tools."""
        return sum(size for url, size in self._bytes.items() if "/search" in url and not url.endswith("/search/"))

    def _settled(self) -> int:
        self.page.wait_for_function(
            """() => { const more = document.querySelector(".paper-search-more");
                       const status = document.querySelector(".paper-search-results [role=status]").textContent;
                       return /\\d/.test(status) && !more.disabled }"""
        )
        self.page.wait_for_load_state("networkidle")
        return self._bytes.total()


def print_downloads(browser: Browser, url: str, arxiv_id: str) -> None:
    """The bytes of each query as a reader's first search and as a later one, and of the whole archive."""
    print(f"\n{'query':24}{'first KB':>10}{'next KB':>10}{'to the end':>12}  what the first says")
    warm = Counted(browser, url)
    warm.search("neural")
    for query in (*QUERIES, arxiv_id):
        cold = Counted(browser, url)
        _, said = cold.search(query)
        first = cold.all
        later, _ = warm.search(query)
        rest = cold.to_the_end()
        print(f"{query:24}{first / 1000:10.0f}{later / 1000:10.0f}{rest / 1000:12.0f}  {said}")


def recall(program: Pagefind, texts: list[Text], browser: Browser, site: Path) -> tuple[float, float, int]:
    """Recall and precision of Chinese queries against the papers that hold them as a piece of their text."""
    rows = [{"id": t.id, "title": t.title, "abstract": "", "authors": [], "categories": ["cs.CL"]} for t in texts]
    papers = [searchable(row, date(2026, 5, 1), "cs.CL", text) for row, text in zip(rows, texts, strict=True)]
    newest = searchable(rows[0], date(2026, 6, 1), "cs.CL", texts[0])
    size = units.MOST_PAPERS
    cut = [papers[at : at + size] for at in range(0, len(papers), size)]
    days = {date(2026, 5, number): own for number, own in enumerate(cut, 1)}
    paths = ["2026-05", *(f"2026-05.{number}" for number in range(2, len(cut) + 1))]
    parts = dict(zip(paths, reversed(cut), strict=True))  # the newest first
    build(program, days | {date(2026, 6, 1): [newest]}, site)
    draw = random.Random(4)  # noqa: S311  the same queries each time
    held = {text.id: f"{text.zh_title}\n{text.summary}" for text in texts}
    queries = set()
    while len(queries) < QUERIES_FOR_RECALL:
        runs = re.findall(r"[\u4e00-\u9fff]{2,}", draw.choice(list(held.values())))
        run = draw.choice(runs)
        at = draw.randrange(len(run) - 1)
        queries.add(run[at : at + draw.choice((2, 2, 3, 4, 4, 5, 6))])
    with served(site) as url:
        page = browser.new_context().new_page()
        page.goto(f"{url}search/")
        found = page.evaluate(FIND_ALL, sorted(queries))
    right = wanted = got = 0
    for query, hits in found.items():
        truth = {paper for paper, text in held.items() if query in text}
        ids = {parts[path][number].paper.id for path, number in hits}
        right, wanted, got = right + len(truth & ids), wanted + len(truth), got + len(ids)
    return right / wanted, right / got, len(found)


FIND_ALL = """async queries => {
  const { openArchive, begin, extend } = await import('/assets/paperboy/search-archive.js');
  const { parse } = await import('/assets/paperboy/search-query.js');
  const archive = await openArchive();
  const found = {};
  for (const query of queries) {
    const search = begin(archive, parse(query).terms, '2026-05');
    while (search.left.length) await extend(archive, search, Infinity);
    if (search.failed.length) throw new Error(query);
    found[query] = search.hits.map(({ shard, number }) => [shard.path, number]);
  }
  return found;
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--months", type=int, default=12)
    months = parser.parse_args().months
    program = pagefind.find_pagefind()
    if program is None:
        sys.exit("Pagefind is not installed: pip install pagefind_bin")
    if not DATA.is_dir() or shutil.which("zstd") is None:
        sys.exit("the search was not measured: it needs ../shared/data and the program zstd")
    texts = pairs()
    days = listed(texts, months)
    papers = list(chain.from_iterable(days.values()))
    print(f"{'index':32}{'papers':>8}{'CPU s':>8}{'MiB':>6}{'bytes a paper':>15}{'files':>7}")
    for name, own, abstracts in (
        ("a day, with abstracts", next(reversed(days.values()))[:320], True),
        ("a day, without", next(reversed(days.values()))[:320], False),
        ("one full shard", papers[-units.MOST_PAPERS :], False),
        ("one shard of the goal's size", papers[-GOAL_PAPERS:], False),
    ):
        # In a small process of its own: the system counts for Pagefind what its parent held when it was started.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, memory, size, files = pool.apply(cost, (program, own), {"abstracts": abstracts})
        print(f"{name:32}{len(own):8}{seconds:8.2f}{memory:6.0f}{size / len(own):15.0f}{files:7}", flush=True)
    if shutil.which("chromium") is None:
        sys.exit("downloads and recall were not measured: they need chromium")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        files, size = build(program, days, Path(folder) / "year")
        print(f"{f'{months} months':32}{len(papers):8}{'':14}{size / len(papers):15.0f}{files:7}", flush=True)
        with served(Path(folder) / "year") as url:
            print_downloads(browser, url, papers[len(papers) // 4].paper.id)
        found, precise, queries = recall(program, texts, browser, Path(folder) / "recall")
        print(f"\n{queries} Chinese queries over {len(texts)} papers: recall {found:.4f}, precision {precise:.4f}")


if __name__ == "__main__":
    main()
