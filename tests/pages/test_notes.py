"""Notes of contributors: the site's Markdown, and nothing that could harm a reader."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from paperboy.contributions.front_matter import LONGEST_NOTE
from paperboy.domain.overrides import Contribution
from paperboy.site.components.notes import MarkdownOptions, Notes
from tests.bounds import must_end

PAGE = "2026/06/04/cs.CL/"
FILES = {"about.md": "about/", "index.md": "", "img/a.png": "img/a.png", "overrides/img/b.png": "overrides/img/b.png"}
SITE = ("toc", "tables", "fenced_code", "attr_list", "md_in_html", "footnotes", "admonition", "def_list", "abbr")


def html(note: str, *, extensions: tuple[Any, ...] = SITE, **configs: Any) -> str:
    notes = Notes(MarkdownOptions(extensions=extensions, configs=configs, resolve=FILES.get))
    return str(notes.render(written(note), PAGE, "2606.00001"))


def left_out(note: str) -> list[str]:
    return Notes(MarkdownOptions(extensions=SITE, resolve=FILES.get)).left_out(written(note))


def written(note: str) -> Contribution:
    return Contribution(file="overrides/papers/2606.00001.md", note=note)


# ── What is let through ──


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("a **b** `c`", "<p>a <strong>b</strong> <code>c</code></p>"),
        ("> a", "<blockquote> <p>a</p> </blockquote>"),
        ("a\nb", "<p>a b</p>"),
        ("~~a~~ & <", "<p>~~a~~ &amp; &lt;</p>"),
        ("term\n:   words", "<dl> <dt>term</dt> <dd>words</dd> </dl>"),
        ('<abbr title="x">y</abbr>', '<p><abbr title="x">y</abbr></p>'),
        (
            "[x](https://example.org/?a=1&b=2)",
            '<a href="https://example.org/?a=1&amp;b=2" rel="noopener nofollow">x</a>',
        ),
        ("<http://example.org/>", '<a href="http://example.org/" rel="noopener nofollow">'),
        ("![a](https://example.org/a.png)", '<img alt="a" src="https://example.org/a.png">'),
        ("```python\nx = 1\n\ny = 2\n```", '<pre><code class="language-python">x = 1&#10;&#10;y = 2&#10;</code></pre>'),
        ('!!! warning "小心"\n    text', '<div class="admonition warning"> <p class="admonition-title">小心</p>'),
    ],
)
def test_a_note_is_rendered_by_the_sites_extensions_on_one_line(note: str, expected: str) -> None:
    assert expected in html(note)
    assert "\n" not in html(note)


def test_a_headings_level_is_below_the_pages_and_has_no_anchor() -> None:
    made = html("# a\n\n## b\n\n###### c", toc={"permalink": True})

    assert made == "<h4>a</h4> <h5>b</h5> <h6>c</h6>"


def test_a_table_keeps_its_alignment_and_no_other_style() -> None:
    made = html("| a |\n|--:|\n| b |\n\n<td style='position:fixed'>x</td>")

    assert 'style="text-align:right"' in made
    assert "fixed" not in made


def test_footnotes_are_the_notes_own_on_the_page() -> None:
    tree = LexborHTMLParser(html("a[^1]\n\n[^1]: foot"))

    for link in tree.css("a"):
        target = str(link.attributes["href"])
        assert target.startswith("#2606.00001-fn")
        assert tree.css_first(f'[id="{target[1:]}"]') is not None


def test_formulas_are_drawn_as_everywhere_and_markdown_does_not_read_in_them() -> None:
    made = html("Sums $a_1 * b_1 * c_1$ and \\(x_i y_i\\), not `$c_1$`; it costs $5.")

    assert made.count("<math>") == 2
    assert "<em>" not in made
    assert "<code>$c_1$</code>" in made
    assert "costs $5." in made


def test_a_formula_in_an_attribute_is_its_source() -> None:
    made = html('![see $a<b$](https://example.org/$x$.png "with $y$") <span title="$z$">q</span>')
    node = LexborHTMLParser(made).css_first("img")

    assert node is not None
    assert dict(node.attributes) == {
        "alt": "see $a<b$",
        "src": "https://example.org/$x$.png",
        "title": "with $y$",
    }
    assert "<math" not in made


def test_a_formula_that_the_site_itself_draws_is_left_to_it() -> None:
    made = html("a $x_1$ b", extensions=("pymdownx.arithmatex",), **{"pymdownx.arithmatex": {"generic": True}})

    assert made == '<p>a <span class="arithmatex">\\(x_1\\)</span> b</p>'


# ── Links and images ──


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("../../about.md", "../../../../about/"),
        ("../../about.md#x", "../../../../about/#x"),
        ("../../index.md", "../../../../"),
        ("../../img/a.png", "../../../../img/a.png"),
        ("../img/b.png", "../../../../overrides/img/b.png"),
        ("../../%61bout.md", "../../../../about/"),
    ],
)
def test_a_link_to_a_file_in_docs_leads_to_it_from_any_page(target: str, address: str) -> None:
    assert f'href="{address}"' in html(f"[x]({target})")


@pytest.mark.parametrize(
    "target",
    [
        "../../nowhere.md",
        "../../../mkdocs.yml",
        "../../../../../../etc/passwd",
        "/about/",
        "//example.org/x",
        "\\\\example.org\\x",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#10;script:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:a@example.org",
        "https:example.org",
        "https://",
        "#2606.00002",
    ],
)
def test_a_link_to_anything_else_is_none_and_is_told(target: str) -> None:
    note = f"<a href='{target}'>x</a>"

    assert "href" not in html(note)
    assert len(left_out(note)) == 1


@pytest.mark.parametrize("target", ["http://example.org/a.png", "../../nowhere.png", "data:image/png;base64,AA", "x"])
def test_an_image_that_is_not_the_sites_own_and_not_by_https_is_left_out(target: str) -> None:
    note = f"a ![b]({target}) c"

    assert html(note) == "<p>a  c</p>"
    assert left_out(note) == [target]


# ── What is not let through ──


@pytest.mark.parametrize(
    "note",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='https://example.org'></iframe>",
        "<form action='https://example.org'><input><button>x</button></form>",
        "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        "<style>body{display:none}</style>",
        "<link rel=stylesheet href='https://example.org'><meta http-equiv=refresh content=0><base href='https://x'>",
        "<object data='https://example.org'></object><embed src='https://example.org'>",
        "<video src='https://example.org' onerror=alert(1)></video>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "x {: onclick=alert(1) style='position:fixed' }",
        "<details open ontoggle=alert(1)><summary>x</summary></details>",
        "<a href='https://example.org' target=_blank onclick=alert(1) ping='https://example.org'>x</a>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<div><p id='__proto__' class='md-overlay paper' data-md-component=x>x</p></div>",
        "$\\text{<script>alert(1)</script>}$ $\\href{javascript:alert(1)}{x}$",
        "[x]: javascript:alert(1)\n\n[x] ![x]",
        '<span title="a" onmouseover="alert(1)">b</span>',
        "```\n</code></pre><script>alert(1)</script>\n```",
        "</article></details></div><h1>out</h1>",
    ],
)
def test_a_hostile_note_is_harmless(note: str) -> None:
    assert_harmless(html(note))


def assert_harmless(made: str) -> None:
    tree = LexborHTMLParser(f"<article>{made}</article><p id=after></p>")
    active = "script, iframe, frame, object, embed, form, input, button, svg, style, link, meta, base, h1"
    assert tree.css(active) == []
    assert len(tree.css("article")) == 1
    after = tree.css_first("#after")
    assert after is not None
    assert after.parent is not None
    assert after.parent.tag == "body"
    for node in tree.css("article *"):
        for name, value in node.attributes.items():
            assert not name.startswith(("on", "data-")), name
            assert name not in ("srcdoc", "action", "formaction", "ping", "target"), name
            if name in ("href", "src"):
                assert str(value).startswith(("https://", "http://", "../", "#2606.00001-fn")), value
            if name == "class":
                assert not {"md-overlay", "paper", "paper-ref"} & set(str(value).split())
            if name == "id":
                assert str(value).startswith("2606.00001-fn")


PIECES = st.sampled_from(
    [
        *(
            "<",
            ">",
            '"',
            "'",
            "&",
            "`",
            "```\n",
            "\n",
            "\n\n",
            "    ",
            "[x](",
            ")",
            "![",
            "]",
            "(",
            "{:",
            "}",
            "#",
            "|",
        ),
        *("---", "$", "\\(", "\\)", "<script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)"),
        *("onload=a()", "<a href=", "<svg", "</div>", "<!--", "-->", "[^1]", "[^1]:", "*[a]:", "!!! note", "<p"),
        *(" style=x", "\ue0000\ue001", "https://example.org", "../../img/a.png", "\x00", "\u2028", "😀", "字", "&#60;"),
        *("&#xE000;", "&#57345;", "&#xE000;7&#xE001;", "&#xe000;99&#xe001"),
        *("&lt;script&gt;", "<math>", "</math>", "<mtext>", "a", "1"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_note_brings_anything_active_onto_a_page(note: str) -> None:
    assert_harmless(html(note))


@pytest.mark.parametrize(
    "note", ["&#xE000;7&#xE001;", "&#57344;0&#57345;", "[a](&#xE000;7&#xE001;)", f"&#xE000;{'9' * 5000}&#xE001;"]
)
def test_private_characters_that_a_note_spells_stop_no_build(note: str) -> None:
    assert html(note)
    left_out(note)


def test_an_extension_that_reads_other_files_gets_no_note(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("the token")

    made = html('--8<-- "secret.txt"\n\ntitle: kept', extensions=("pymdownx.snippets", "meta"))

    assert "token" not in made
    assert "title: kept" in made


def test_an_extension_that_breaks_does_not_stop_a_build() -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("broken")

    fences = {"custom_fences": [{"name": "x", "class": "x", "format": broken}]}
    made = html("``` x\n<b>\n```", extensions=("pymdownx.superfences",), **{"pymdownx.superfences": fences})

    assert "<b>" not in made
    assert "&lt;b&gt;" in made


@pytest.mark.parametrize("piece", [">", "[               ", "![              ", "*", "`", "$ a", "$", "<a "])
def test_the_longest_hostile_note_is_rendered(piece: str) -> None:
    with must_end():
        html(piece * (LONGEST_NOTE // len(piece)))


def test_what_is_left_out_is_told() -> None:
    note = "<script>x</script> <iframe></iframe> [a](../../nowhere.md) [b](../../about.md) ok"

    assert left_out(note) == ["<script>", "<iframe>", "../../nowhere.md"]
