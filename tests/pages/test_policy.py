from __future__ import annotations

import base64
import hashlib

from paperboy.site.html.content_security_policy import inline_scripts, policy, with_policy


def digest(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()


def test_the_policy_is_first_in_the_head_and_knows_the_themes_scripts() -> None:
    page = "<!doctype html><html><head lang=en><title>x</title><script>theme()</script></head><body></body></html>"

    made = with_policy(page)

    assert made.startswith('<!doctype html><html><head lang=en><meta http-equiv="Content-Security-Policy" content="')
    assert f"'sha256-{digest('theme()')}'" in made


def test_a_script_in_the_content_gets_no_hash() -> None:
    content = "<article><script>alert(1)</script></article>"
    page = f"<html><head></head><body>{content}<script>theme()</script></body></html>"

    made = with_policy(page, content)

    assert digest("alert(1)") not in made
    assert digest("theme()") in made


def test_scripts_with_an_address_and_data_need_no_hash() -> None:
    page = '<script src="a.js"></script><script type="application/json">{}</script><script type="module">m()</script>'

    assert inline_scripts(page) == ["m()"]


def test_nothing_from_elsewhere_is_allowed_but_images() -> None:
    directives = dict(part.split(" ", 1) for part in policy().split("; "))

    assert directives["default-src"] == "'self'"
    assert directives["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert directives["object-src"] == directives["base-uri"] == "'none'"
    assert [name for name, value in directives.items() if "http" in value] == ["img-src"]


def test_a_page_without_a_head_stays_as_it_is() -> None:
    assert with_policy("<p>no head</p>") == "<p>no head</p>"
