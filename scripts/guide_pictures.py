"""Take the pictures of the guides in docs/guide from the demo, as a site with contributors.

python scripts/guide_pictures.py WORK_DIR OUT_DIR
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from paperboy.tools.demo.build import build_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

DAY = "2026/06/03"
REPOSITORY = "\nrepo_url: https://github.com/you/my-papers\nedit_uri: edit/main/docs/\n"
WRITTEN = {
    "papers/2606.90003.md": '---\nid: "2606.90003"\nhide: 虚构的理由：作者已撤稿\n---\n',
    "days/2026-06-03.md": "**编者的话（虚构）**：今日两篇论文都谈报纸的排版，值得对照阅读。\n",
}
PERSON = "张三（虚构）"
WIDTH = 760


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def site(work: Path) -> Path:
    """Build the demo, let people write something, and build it again."""
    if work.exists():
        shutil.rmtree(work)
    built = build_demo(work)
    for name, text in WRITTEN.items():
        path = work / "docs" / "overrides" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with (work / "mkdocs.yml").open("a", encoding="utf-8") as file:
        file.write(REPOSITORY)
    git = ["git", "-C", str(work), "-c", f"user.name={PERSON}", "-c", "user.email=reader@example.org"]
    for command in (["init", "--quiet"], ["add", "docs"], ["commit", "--quiet", "--message", "Write"]):
        subprocess.run([*git, *command], check=True)
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    build_again = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(work / "mkdocs.yml")]
    # The demo's server is gone, so fetching and translating fail, and the site is built from its archive.
    subprocess.run(build_again, env=environment, stderr=subprocess.DEVNULL, check=True)
    return built


def take(page: Page, address: str, out: Path) -> None:
    """All pictures."""

    def visible(path: str, name: str, height: int, width: int = WIDTH) -> None:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{address}/{path}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=out / f"{name}.png")

    def element(path: str, selector: str, name: str) -> None:
        page.set_viewport_size({"width": WIDTH, "height": 900})
        page.goto(f"{address}/{path}")
        found = page.locator(selector)
        found.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        found.screenshot(path=out / f"{name}.png")

    visible(f"{DAY}/cs.LG/index.html", "reader-day", 700)
    visible(f"{DAY}/index.html", "owner-day", 760)
    visible("quality/index.html", "owner-quality", 250, 980)
    element(f"{DAY}/cs.CL/index.html", "article.paper[id='2606.90002']", "contributor-card")
    element(f"{DAY}/cs.CL/index.html", "article.paper[id='2606.90003']", "owner-hidden")
    page.set_viewport_size({"width": WIDTH, "height": 560})
    page.goto(f"{address}/search/index.html?q=网络")
    page.locator(".paper-search-results mark").first.wait_for()
    page.screenshot(path=out / "reader-search.png")
    page.goto(f"{address}/{DAY}/cs.LG/index.html")
    card = page.locator("article.paper[id='2606.90007']")
    card.locator("summary").last.click()
    card.screenshot(path=out / "reader-card.png")


def main(work: Path, out: Path) -> None:
    """Build the site and take the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    handler = partial(_Quiet, directory=str(site(work)))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        context = browser.new_context(color_scheme="light")
        # The theme would ask GitHub for the repository's stars.
        context.route(lambda url: not url.startswith(address), lambda route: route.abort())
        take(context.new_page(), address, out)
        browser.close()
        server.shutdown()
    for path in sorted(out.glob("*.png")):
        print(f"{path}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
