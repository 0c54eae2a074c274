"""What the browser tests share: a built site over HTTP, a browser, and the theme as `paperboy new` sets it up."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page


_LOOKS = 1500
_BETWEEN_LOOKS = 20
"""Milliseconds; together half a minute, for a busy machine."""


def theme() -> dict[str, object]:
    palette = [
        {
            "media": f"(prefers-color-scheme: {name})",
            "scheme": scheme,
            "toggle": {"icon": "material/weather-night", "name": name},
        }
        for name, scheme in (("light", "default"), ("dark", "slate"))
    ]
    return {"name": "material", "language": "zh", "font": False, "palette": palette, "features": ["navigation.tabs"]}


@contextmanager
def served(folder: Path, *, parts: bool = True) -> Iterator[str]:
    """The address of a folder; parts of its files are served where they are asked for, as GitHub Pages does, or not."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")) if parts else None
            path = Path(self.translate_path(self.path))
            if asked is None or not path.is_file():
                super().do_GET()
                return
            content = path.read_bytes()
            first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
            self.send_response(206)
            self.send_header("Content-Type", self.guess_type(str(path)))
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            self.wfile.write(content[first : last + 1])

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  as in the base class
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of this machine; the test skips where there is none, unless page tests must run."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        if os.environ.get("PAPERBOY_REQUIRE_BROWSER"):
            pytest.fail("page tests must run here, and there is no chromium")
        pytest.skip("no chromium on this machine: page tests did not run")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def wait_until(page: Page, script: str, argument: object = None) -> None:
    """Wait until a script's value is true in a page; the page's own time limit holds.

    `Page.wait_for_function` evaluates inside the page, which the site's policy refuses.
    """
    for _ in range(_LOOKS):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(_BETWEEN_LOOKS)
    pytest.fail(f"{page.url}: this never came true: {script}")


def value_at_rest(page: Page, script: str) -> Any:
    """The value of a function of the page once ten frames after one another have not changed it."""
    return page.evaluate(
        f"""async () => {{
            const value = () => JSON.stringify(({script})());
            let last = value();
            for (let same = 0; same < 10; ) {{
                await new Promise(requestAnimationFrame);
                const now = value();
                same = now === last ? same + 1 : 0;
                last = now;
            }}
            return JSON.parse(last);
        }}"""
    )


def is_error(message: ConsoleMessage) -> bool:
    """Whether a line of the console is an error."""
    return message.type == "error"
