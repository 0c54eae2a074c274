"""A reader's browser that notes whatever hostile text could bring about: code, requests, frames, violations."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route

_SENTINEL = """
window.__xss = [];
window.__violations = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  window[name] = (...given) => { window.__xss.push(`${name}(${given})`) };
}
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
"""Payloads call `alert` and its kin; what they call is noted where they cannot take the note back."""

_NOTES_IMAGES = "nodes => nodes.map(node => node.src)"


@dataclass
class Watched:
    """A context of the browser and what happened in it; `happened` is empty where nothing did."""

    context: BrowserContext
    host: str
    happened: list[str] = field(default_factory=list)
    requested: set[str] = field(default_factory=set)
    pages: int = 0

    def visit(self, page: Page, address: str) -> None:
        """Open a page and look at what its text did while it was read."""
        page.goto(address, wait_until="load")
        self.look(page)

    def look(self, page: Page) -> None:
        """Note what has happened in a page so far."""
        self.pages += 1
        for frame in page.frames:
            noted = frame.evaluate("[...(window.__xss ?? []), ...(window.__violations ?? [])]")
            self.happened += [f"{frame.url}: {what}" for what in noted]
        if len(page.frames) > 1:
            self.happened.append(f"{page.url}: {len(page.frames) - 1} frames")
        if urlsplit(page.url).netloc != self.host:
            self.happened.append(f"the reader was led to {page.url}")
        # A contributor's note may show images from elsewhere (docs/security.md).
        shown = set(page.locator(".paper-contribution img").evaluate_all(_NOTES_IMAGES))
        self.happened += [f"{page.url}: asked for {url}" for url in self.requested - shown]
        self.requested.clear()


@contextmanager
def watched(browser: Browser, address: str, *, policy: bool = True, scripts: bool = True) -> Iterator[Watched]:
    """A reader at a site.

    Arguments:
        browser: The browser.
        address: The site's address.
        policy: Whether the pages' Content-Security-Policy holds; without it, only escaping protects.
        scripts: Whether the site's own scripts are loaded; scripts in the text of a page run all the same.
    """
    context = browser.new_context(bypass_csp=not policy, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    watch = Watched(context, urlsplit(address).netloc)

    def route(route: Route) -> None:
        own = urlsplit(route.request.url).netloc == watch.host
        if not own:
            watch.requested.add(route.request.url)
        if own and (scripts or route.request.resource_type == "document"):
            route.continue_()
        else:
            route.abort()

    context.add_init_script(_SENTINEL)
    context.route("**/*", route)

    def dismiss(dialog: Dialog) -> None:
        watch.happened.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("dialog", dismiss)
    context.on("page", lambda page: page.on("popup", lambda _: watch.happened.append(f"{page.url}: a window opened")))
    yield watch
    context.close()
