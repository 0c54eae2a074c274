"""Take a picture of each kind of page of a built site: desktop and phone, light and dark.

python scripts/screenshots.py SITE_DIR OUT_DIR README_DIR

The two of the README go into README_DIR.
"""

from __future__ import annotations

import shutil
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEWS = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
README = {"wide.png": ("desktop", "light"), "phone.png": ("phone", "dark")}
"""The README's: a category's day as it opens, with the first abstract shown on the wide screen."""


def kinds(site: Path) -> dict[str, Path]:
    """One page of each kind: the newest where there are several."""
    days = sorted(path.parent for path in site.glob("[0-9]*/[0-9]*/[0-9]*/edition.json"))
    found = {
        "home": site / "index.html",
        "archive": site / "archive/index.html",
        "categories": site / "categories/index.html",
        "search": site / "search/index.html",
        "quality": site / "quality/index.html",
        "topics": site / "topics/index.html",
        "starred": site / "starred/index.html",
        "permalink": site / "p/index.html",
    }
    for topic in sorted(site.glob("topics/*/[0-9]*/"))[-1:]:
        found |= {"topic": topic.parent / "index.html", "topic-month": topic / "index.html"}
    if days:
        day = days[-1]
        found["date"] = day / "index.html"
        found["month"] = day.parent / "index.html"
        found["year"] = day.parent.parent / "index.html"
        categories = sorted(path.parent for path in day.glob("*/index.html"))
        found |= {f"date-{path.name}": path / "index.html" for path in categories}
        found["category"] = site / "categories" / categories[0].name / "index.html"
    return {name: path for name, path in found.items() if path.is_file()}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def readme(browser: Browser, address: str, target: Path) -> None:
    """Write the README's pictures of one page."""
    target.mkdir(parents=True, exist_ok=True)
    for name, (view, scheme) in README.items():
        width, height = VIEWS[view]
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(address)
        page.locator("article [data-mark]").first.wait_for()
        if view == "desktop":
            page.locator("details.paper-abstract > summary").first.click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=target / name)
        page.close()


def main(site: Path, out: Path, target: Path) -> None:
    """Write the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    handler = partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        # Browsers run no modules from the disk, and the reader's tools are modules.
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for view, (width, height) in VIEWS.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                )
                page = context.new_page()
                for name, path in kinds(site).items():
                    page.goto(f"http://127.0.0.1:{server.server_port}/{path.relative_to(site).as_posix()}")
                    page.evaluate("document.querySelectorAll('details.paper-abstract').forEach(d => d.open = true)")
                    page.screenshot(path=out / f"{name}-{view}-{scheme}.png", full_page=name.startswith("date-"))
                context.close()
        found = kinds(site)
        shown = found.get("date-cs.LG") or found["home"]
        readme(browser, f"http://127.0.0.1:{server.server_port}/{shown.relative_to(site).as_posix()}", target)
        browser.close()
        server.shutdown()
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
