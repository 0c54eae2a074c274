"""What a reader downloads on a real Tuesday, page by page: bytes, formulas, and Lighthouse's marks.

    python benchmarks/pages.py [--keep FOLDER] [--lighthouse FOLDER] [--runs 3]

Builds the announcements of 2026-06-30 in seven categories, replayed from ../shared and translated by its stand-in for a
model, as `paperboy new` sets a site up. Lighthouse (npm) is asked where it is installed in a folder outside of the
project (`npm install lighthouse` there); its pages come from a server that compresses, as GitHub Pages does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from paperboy.tools import scaffold

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).resolve().parents[2] / "shared"
WEEK = SHARED / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
DAY = "2026-06-30"
CATEGORIES = ("cs.CL", "cs.LG", "cs.CV", "cs.AI", "cs.RO", "cs.MA", "eess.SP")
TOPICS = [
    {"slug": "agents", "name": "智能体", "any": ["agent*", "multi-agent"]},
    {"slug": "diffusion", "name": "扩散模型", "any": ["diffusion"], "none": ["survey"]},
]
FOLDER = DAY.replace("-", "/")
FULL_PAGE = 45
"""Cards from which a page counts as one full of cards."""


class Weight(NamedTuple):
    """A page: its bytes as they are and compressed, its cards and short entries."""

    path: str
    raw: int
    compressed: int
    cards: int
    entries: int


def build(root: Path) -> Path:
    """Build the site; the folder that holds it."""
    sys.path.insert(0, str(SHARED / "replay"))
    from replay import Replay  # type: ignore[import-not-found]  # noqa: PLC0415  only where ../shared is

    with Replay([WEEK]) as world:
        world.control({"date": DAY})
        options = {
            "date": DAY,
            "catch_up_days": 0,
            "topics": TOPICS,
            "sources": {
                "arxiv": {
                    "listing_url": world.url,
                    "feed_url": world.url,
                    "api_url": f"{world.url}/api/query",
                    "request_interval": 0,
                },
                "huggingface": {"enabled": False},
            },
            "translation": {"model": "replay-translator", "base_url": f"{world.url}/v1"},
        }
        scaffold.write_site(root, site_name="arXiv 每日论文", categories=CATEGORIES, options=options)
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "OPENAI_API_KEY": "none"}
        subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet"], cwd=root, env=environment, check=True)
    return root / "site"


def weigh(site: Path) -> list[Weight]:
    """All HTML pages of the site."""
    found = []
    for place in sorted(site.rglob("*.html")):
        data = place.read_bytes()
        path = place.relative_to(site).parent.as_posix()
        cards, entries = data.count(b'<article class="paper"'), data.count(b'<article class="paper-ref"')
        found.append(Weight(path, len(data), len(gzip.compress(data, 6)), cards, entries))
    return found


def kind(page: Weight) -> str:
    """What a page is."""
    if page.path == ".":
        return "home"
    rest = page.path.removeprefix(FOLDER).strip("/") if page.path.startswith(FOLDER) else None
    if rest is not None:
        named = rest.split("/")[0] in CATEGORIES
        return f"category, {'full of cards' if page.cards >= FULL_PAGE else 'other'}" if named else "date"
    first = page.path.split("/")[0]
    if first == "topics":
        return ("topics", "topic", "topic by month")[min(page.path.count("/"), 2)]
    return "calendar" if first.isdigit() else first


def show_weights(pages: list[Weight]) -> None:
    """Print the bytes of each kind of page."""
    kinds: dict[str, list[Weight]] = {}
    for page in pages:
        kinds.setdefault(kind(page), []).append(page)
    print(f"{'bytes':24}{'pages':>7}{'largest':>10}{'gzip':>9}{'a paper':>9}")
    for name, own in kinds.items():
        papers = sum(page.cards + page.entries for page in own)
        a_paper = f"{sum(page.raw for page in own) / papers:9,.0f}" if papers else ""
        largest, compressed = max(page.raw for page in own), max(page.compressed for page in own)
        print(f"{name:24}{len(own):7}{largest:10,}{compressed:9,}{a_paper}")


def show_formulas(site: Path) -> None:
    """Print how many formulas of the cards are MathML."""
    text = "".join(place.read_text("utf-8") for place in site.glob(f"{FOLDER}/*.*/**/index.html"))
    drawn, source = text.count("<math"), len(re.findall(r'<code class="tex">', text))
    print(f"formulas: {drawn:,} as MathML, {source} as source: {drawn / (drawn + source):.2%}")


@contextmanager
def serve(site: Path) -> Iterator[str]:
    """The address of a site whose texts are compressed once and kept, as a host's edge does."""

    @cache
    def compressed(place: Path) -> bytes:
        return gzip.compress(place.read_bytes(), 6)

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(site))

        def do_GET(self) -> None:
            place = Path(self.translate_path(self.path))
            place = place / "index.html" if place.is_dir() else place
            if not place.is_file():
                self.send_error(404)
                return
            kind = self.guess_type(str(place))
            zipped = kind.startswith(("text/", "application/json", "image/svg"))
            body = compressed(place) if zipped else place.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=600")
            if zipped:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def show_lighthouse(site: Path, pages: list[Weight], folder: Path, runs: int) -> None:
    """Print Lighthouse's marks for a phone, the median of some runs."""
    largest = max((page for page in pages if page.path.startswith(FOLDER)), key=lambda page: page.compressed).path
    chosen = {
        "home": "",
        "date": f"{FOLDER}/",
        "largest category": f"{largest}/",
        "topic": "topics/agents/",
        "search": "search/",
    }
    print(f"\n{'Lighthouse, phone':24}{'speed':>7}{'access':>8}{'LCP s':>7}{'shift':>7}{'blocked ms':>12}{'worst':>7}")
    with serve(site) as address:
        for name, path in chosen.items():
            found = [_marks(f"{address}{path}", folder) for _ in range(runs)]
            middle = [statistics.median(values) for values in zip(*found, strict=True)]
            worst = min(one[0] for one in found)
            print(
                f"{name:24}{middle[0]:7.0f}{middle[1]:8.0f}{middle[2]:7.2f}{middle[3]:7.3f}{middle[4]:12.0f}{worst:7.0f}"
            )


def _marks(address: str, folder: Path) -> tuple[float, ...]:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")
    command = [
        "npx",
        "lighthouse",
        address,
        "--quiet",
        "--output=json",
        "--only-categories=performance,accessibility",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "CHROME_PATH": browser}, capture_output=True, text=True, check=True
    )
    report = json.loads(done.stdout)
    audits = report["audits"]
    for failed in (
        name for name, one in audits.items() if one["score"] == 0 and one.get("scoreDisplayMode") == "binary"
    ):
        print(f"    {address}: {failed}")
    return (
        100 * report["categories"]["performance"]["score"],
        100 * report["categories"]["accessibility"]["score"],
        audits["largest-contentful-paint"]["numericValue"] / 1000,
        audits["cumulative-layout-shift"]["numericValue"],
        audits["total-blocking-time"]["numericValue"],
    )


def main() -> None:
    """Build, weigh, and ask Lighthouse."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--keep", type=Path, help="a folder for the site; one that holds a site is measured as it is"
    )
    arguments.add_argument("--lighthouse", type=Path, help="a folder in which npm has installed lighthouse")
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    if not WEEK.is_file():
        sys.exit("needs the recorded announcements in ../shared, which are not on this machine")
    with tempfile.TemporaryDirectory() as scratch:
        root = chosen.keep or Path(scratch)
        site = root / "site" if (root / "site").is_dir() else build(root)
        pages = weigh(site)
        show_weights(pages)
        show_formulas(site)
        if chosen.lighthouse:
            show_lighthouse(site, pages, chosen.lighthouse, chosen.runs)


if __name__ == "__main__":
    main()
