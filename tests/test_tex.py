from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from paperboy import tex
from paperboy.tex import mathml, unicode
from tests.bounds import must_end

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus"
FILES = {
    "cs": "oai-changes_week_2026-06-29..2026-07-03.jsonl.gz",
    "astro": "daily-astro-ph_Straw674_2025-04-17..2026-07-01.jsonl.zst",
    "math": "math-AP_peiyade_ids-2025..2026.jsonl.zst",
    "cs-all": "daily-cs_dw-dengwei_2025-03-18..2026-07-01.jsonl.zst",
}

# Text that meets the delimiters, commands and placeholders much more often than chance would.
_SNIPPETS = r"""$ $$ \( \) \[ \] \begin{equation} \end{equation} { } \{ \\ \$ ~ -- --- `` '' \textbf{ \href{ }{ ^{ _{ \"
    \' \c \foo \cite{a} \footnote{ \url{ \ensuremath{ https://a.b/c). me@x.org <m0/> <m1/> <m < /> 5 x ( ) . é 中
    \ce \em <script> "> javascript: &amp; [ ] \item \begin{itemize} \textsuperscript{ \unicode{x3c} \ion{ \circ %"""
SNIPPETS = st.sampled_from(_SNIPPETS.split())
TEXTS = st.one_of(st.text(), st.lists(st.one_of(SNIPPETS, st.text(max_size=3)), max_size=30).map("".join))

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$\\text{<script>alert(1)</script>}$",
    "$\\text{\\textbf{<img src=x onerror=alert(1)>}}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\url{javascript:alert(1)}$",
    "$\\class{x}{y}$ $\\style{color:red}{y}$ $\\htmlData{a=b}{y}$ $\\htmlId{a}{b}$ $\\cssId{a}{b}$",
    "$\\eqref{x}$ $\\ref{x}$",
    '$\\color{red;background:url(x)}x$ $\\textcolor{"><script>}{x}$',
    "$\\unicode{x3c}img src=x onerror=alert(1)\\unicode{x3e}$",
    "\\unicode{x3c}img src=x onerror=alert(1)\\unicode{x3e}",
    "\\href{javascript:alert(1)}{click}",
    "\\textless script\\textgreater alert(1)\\textless/script\\textgreater",
    'https://a.b/"onmouseover="alert(1)',
    "https://a.b/'onmouseover='alert(1) https://a.b/<script>",
    'https://a.b/\\"><script>',
    "＜script＞alert(1)＜/script＞ \u202egnp.exe\u2066 \x00\x1b[31m \ud800",
    "$\\mathrm{\u202e}\ud800\x00$",
    "$\\def\\x{\\x\\x}\\x$ $\\newcommand{\\a}{\\a}\\a$",
    "<math><mtext><style><!--</style><img src=x onerror=alert(1)>-->$x$</math>",
    "</code></a></p><svg onload=alert(1)> $\\unknown</code><svg onload=alert(1)>$",
    "{{7*7}} {% raw %} {: onclick=x }",
]

MATHML = set(mathml._ELEMENTS.split("|"))
ATTRIBUTES = set(mathml._ATTRIBUTES.split("|"))


def assert_inert(html: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", html)
    assert "  " not in re.sub(r"<[^>]*>", "", html)
    html.encode()
    root = LexborHTMLParser(f"<div id=root>{html}</div>").css_first("#root")
    assert root is not None
    assert root.next is None
    for node in root.css("*"):
        if node == root:
            continue
        attributes = node.attributes
        if node.tag == "a":
            assert set(attributes) == {"href"}
            assert (attributes["href"] or "").lower().startswith(("http://", "https://"))
        elif node.tag == "code":
            assert attributes == {"class": "tex"}
        else:
            assert node.tag in MATHML
            assert set(attributes) <= ATTRIBUTES
            assert "url(" not in (attributes.get("style") or "")


def sources(text: str) -> list[str]:
    return [text[span.start : span.end] for span in tex.spans(text)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("no formula", []),
        ("an $x_1$ and $ y $.", ["$x_1$", "$ y $"]),
        ("a $$x$$ b", ["$$x$$"]),
        (r"a \(x\) b \[y\]", [r"\(x\)", r"\[y\]"]),
        ("\\begin{align*}\na&=b\n\\end{align*}!", ["\\begin{align*}\na&=b\n\\end{align*}"]),
        (r"\begin{itemize}\item $x$\end{itemize}", ["$x$"]),
        (r"$a$$b$", ["$a$", "$b$"]),
        (r"$$a \text{ if $b$}$$ c", [r"$$a \text{ if $b$}$$"]),
        (r"$a \text{ if $b$}$ c", [r"$a \text{ if $b$}$"]),
        (r"$x_{i$ and $y$", ["$x_{i$", "$y$"]),
        (r"\ensuremath{\alpha^{2}}-decay", [r"\ensuremath{\alpha^{2}}"]),
        ("costs $5 and $10 million", []),
        ("between $5-$10 a day, $k$-means", ["$k$"]),
        ("费用为$5和$10，而$k$均值", ["$k$"]),
        ("每次$0.01-$3.59。准确率>=1.000%，费用$6000", []),
        ("若 $x \\text{如果} y$ 则", ["$x \\text{如果} y$"]),
        ("for $14,000 from GPT-4.1 with $\\alpha$", ["$\\alpha$"]),
        (r"\$5 and \$6", []),
        ("a lone $ here", []),
        ("$5$ of $10^5$ and $3 \\times 4$", ["$5$", "$10^5$", "$3 \\times 4$"]),
        ("the ear $ uniquely and then $x$", ["$x$"]),
        ("ends here $a\n\nand $b$", ["$b$"]),
        (r"break \\(not a formula\\)", []),
        ("$$$", []),
        (r"\( \( a", []),
        ("World$ (WP)", []),
    ],
)
def test_spans_finds_formulas_and_leaves_money_and_slips(text: str, formulas: list[str]) -> None:
    assert sources(text) == formulas


def test_a_span_says_its_body_and_whether_it_is_displayed() -> None:
    text = r"$a$ $$b$$ \begin{gather}c\end{gather}"

    assert [(span.kind, span.body, span.display) for span in tex.spans(text)] == [
        ("dollar", "a", False),
        ("double-dollar", "b", True),
        ("environment", r"\begin{gather}c\end{gather}", True),
    ]


@given(TEXTS)
def test_spans_are_ordered_and_disjoint(text: str) -> None:
    position = 0
    for span in tex.spans(text):
        assert position <= span.start < span.end <= len(text)
        assert span.body in text[span.start : span.end]
        position = span.end


def test_mask_hides_formulas_addresses_commands_and_placeholders() -> None:
    text = r"For $x$ (see https://a.b/c_(d)), me@x.org has \foo[a]{b{c}} and <m7/>, < M0 >; $x$."

    masked = tex.mask(text)

    assert masked.text == "For <m0/> (see <m1/>), <m2/> has <m3/> and <m4/>, <m5/>; <m6/>."
    assert masked.pieces == [
        "$x$", "https://a.b/c_(d)", "me@x.org", r"\foo[a]{b{c}}", "<m7/>", "< M0 >", "$x$",
    ]  # fmt: skip


def test_a_text_made_readable_keeps_the_formulas_that_it_came_with() -> None:
    masked = tex.readable(" It \\emph{costs} \\$1.21 M at\n11$\\times$ less~of\n  $a\n+b$ ")

    assert masked.text == "It costs $1.21 M at 11<m0/> less of <m1/>"
    assert masked.pieces == ["$\\times$", "$a +b$"]


@pytest.mark.parametrize(
    ("translated", "pieces", "restored"),
    [
        ("以<m1/>计，<m0/>倍", ["$a$", "$b$"], "以$b$计，$a$倍"),
        ("价格 $1.21 M at 11<m0/> 更低", [r"$\times$"], r"价格 \$1.21 M at 11$\times$ 更低"),
        (r"价格 \$5 或 $6 at 11<m0/> 更低", [r"$\times$"], r"价格 \$5 或 \$6 at 11$\times$ 更低"),
        ("约<m0/>5000度", ["$2.8$"], "约$2.8$ 5000度"),
        (r"见<m0/>与<m1/>", [r"\foo{$x$}", "https://a.org/$y$"], r"见\foo{$x$}与https://a.org/$y$"),
        ("<m0/><m3/> $ <m0/>", ["$$"], "$$<m3/> $ $$"),
    ],
)
def test_a_page_finds_the_formulas_of_a_restored_translation(translated: str, pieces: list[str], restored: str) -> None:
    assert tex.restore(translated, pieces) == restored


@given(TEXTS)
def test_restore_gives_back_what_mask_took(text: str) -> None:
    masked = tex.mask(text)

    assert tex.restore(masked.text, masked.pieces).replace("\\$", "$").replace(" ", "") == text.replace(
        "\\$", "$"
    ).replace(" ", "")


@given(TEXTS)
def test_unmask_gives_back_what_mask_took(text: str) -> None:
    masked = tex.mask(text)

    assert tex.unmask(masked.text, masked.pieces) == text
    assert tex.placeholders(masked.text) == list(range(len(masked.pieces)))


def test_only_the_strict_form_is_a_placeholder() -> None:
    text = f"<m0/> <m1/> <m1/> <m01/> <m2 /> <M3/> <m{'9' * 5000}/> <m٣/>"

    assert tex.placeholders(text) == [0, 1, 1]
    assert tex.unmask(text, ["<m1/>", "b"]) == text.replace("<m1/>", "b").replace("<m0/>", "<m1/>")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"{\em Schr\"odinger} maps~\cite{a} for $\alpha~--$ gain 5\%", "Schrödinger maps for $\\alpha~--$ gain 5%"),
        (r"Nguy\~{\^e}n Erd\H{o}s {\L}ukasz \L{}ukasz \v Sver\' ak", "Nguyễn Erdős Łukasz Łukasz Šverák"),
        (r"Fran\c{c}ois Bj\o rn \aa ngstr\"om \ss{} \k{a} \r{a} \u{g} \.z \=a", "François Bjørn ångström ß ą å ğ ż ā"),
        (r"\textbf{a \emph{b}} \textcolor{red}{c}\textsc{d}", "a b cd"),
        (r"\href{https://a.b/c\_d}{code}, \url{https://x.y/~u--v}.", "code (https://a.b/c_d), https://x.y/~u--v."),
        (r"\href{https://a.b}{https://a.b}", "https://a.b"),
        (r"a\footnote{b} \textit{c}", "a (b) c"),
        (r"work~\citep[see][3]{a} \ref{b}.", "work."),
        (r"R\&D \_ \# \$5 \{a\} 5\% 6%", "R&D _ # $5 {a} 5% 6%"),
        (r"360{\deg} \copyright{} 2025 \ldots \textregistered \S 2", "360° © 2025 … ® § 2"),
        ("``a'' b--c --- 5'' ''d''", "“a” b–c — 5'' “d”"),
        ("Fig.~3, ~30%, 5~10, 50~ms, A ~ B, x.org/~me", "Fig. 3, ~30%, 5~10, 50 ms, A ~ B, x.org/~me"),
        ("--flag, s:M--> B, <!-- a -->", "--flag, s:M--> B, <!-- a -->"),
        (r"{B}ayes {0, 1} 4{,}918 10^{-3} x_{ij} e^{a+b}", "Bayes {0, 1} 4,918 10⁻³ x_ij e^(a+b)"),
        (r"H~{\sc i}, \ion{S}{2}, M\textsuperscript{4}", "H i, S II, M⁴"),
        (r"1\,600 a\\b c\ d\-e", "1 600 a b c de"),
        (r"\c{opyright} \r{ho} {\kappa}", "© ρ κ"),
        (r"\begin{itemize}\item a\end{itemize}", " • a "),
        (r"\method{} beats \foo{a~b}{c} and \"{}", r"\method{} beats \foo{a b}{c} and " + r"\""),
        ("a } b { c \\foo{d", "a } b { c \\foo{d"),
        (r"a\footnote{Code at \href{https://a.b/c", "a (Code at https://a.b/c)"),
        (r"at \href{https://a.b}. \textcolor{red}https://a.c", "at https://a.b. https://a.c"),
        (r"{0.2, 0.4} {bad, fairly good} {a claim of many words, its end} {a,}",
         "{0.2, 0.4} {bad, fairly good} a claim of many words, its end a,"),
        (r"page{https://a.b/c}, \https://a.b/d, https://a.b/e\-f", "page https://a.b/c, https://a.b/d, https://a.b/e-f"),
        (r"\rev{a \textquote{b} $c$} \acrshort{bev}", "a “b” $c$ bev"),
        ("ﬁ ① e\u0301 \\'e", "ﬁ ① e\u0301 é"),
    ],
)  # fmt: skip
def test_to_unicode_reads_text_mode_tex(source: str, expected: str) -> None:
    assert tex.to_unicode(source) == expected


@given(st.text(st.characters(exclude_characters="\\{}~-`'$")))
def test_plain_text_is_left_alone(text: str) -> None:
    assert tex.to_unicode(text) == text


@given(TEXTS)
def test_formulas_survive_to_unicode(text: str) -> None:
    converted = tex.to_unicode(text)

    kept = [part for part in unicode.convert(text) if isinstance(part, tex.Span)]
    assert all(text[span.start : span.end] in converted for span in kept)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("95%", "<mi>%</mi>"),
        (r"\bm{x}", "𝒙"),
        (r"10\Msun", "⊙"),
        (r"\unicode{x2013}", "–"),
        (r"\text{if $x_1$ or a_b}", "<msub>"),
        (r"M_\rm{c}", "<msub>"),
        (r"\left<x\right>", "⟨"),
        ("a \\\nb", "<mi>b</mi>"),
        (r"\begin{eqnarray*}a&=&b\label{c}\end{eqnarray*}", "<mtable"),
        (r"\begin{equation}\tag{P}a\end{equation}", "<mtext>P</mtext>"),
        (r"\begin{alignat*}{2}a&=b\end{alignat*}", "<mtable"),
        (r"\color{red}x", "<math><mi>x</mi></math>"),
        (r"\text{\textbf{a}}", "<mtext>a</mtext>"),
    ],
)
def test_to_mathml_takes_what_authors_write(body: str, part: str) -> None:
    assert part in (tex.to_mathml(body, display=False) or "")


@pytest.mark.parametrize(
    "body",
    [
        r"\ours",
        "x" * 1001,
        "{" * 51 + "}" * 51,
        r"\sqrt" * 60 + "x",
        r"\hspace{11em}x",
        r"\kern100em x",
        r"\hspace{50cm}x",
        r"\hspace{-9em}x",
        r"\raisebox{100em}{x}",
        r"\genfrac{}{}{100em}{}{a}{b}",
        r"\rule{1em}{1em}",
        r"\def\x{a}\x",
        r"\eqref{x}",
        r"\href{javascript:alert(1)}{x}",
        "\u202e",
        "\ud800",
    ],
)
def test_to_mathml_refuses_what_is_unknown_or_out_of_bounds(body: str) -> None:
    assert tex.to_mathml(body, display=False) is None


def test_an_engine_gone_wrong_cannot_reach_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    class Engine:
        def convert_with_local_state(self, latex: str, *, displaystyle: bool) -> str:
            assert displaystyle is False
            return latex

    monkeypatch.setattr(mathml, "_CONVERTER", Engine())

    assert tex.to_mathml("<math><mi>x</mi></math>", display=False) == "<math><mi>x</mi></math>"
    for bad in ("<script>", '<mi onclick="x">', '<mi href="x">', "<annotation-xml>", "<mi", '<mi style="a(b)">'):
        assert tex.to_mathml(f"<math>{bad}</math>", display=False) is None


def test_to_html_renders_text_formulas_and_links() -> None:
    text = 'a <b>\n  $x$ at https://a.b/c?x=1&y. {\\em So} $\\ours$ "ftp://x.y" $\\href{https://g.h/i\\_j}{u}$'

    assert tex.to_html(text) == (
        "a &lt;b&gt; <math><mi>x</mi></math> at "
        '<a href="https://a.b/c?x=1&amp;y">https://a.b/c?x=1&amp;y</a>. So '
        '<code class="tex">$\\ours$</code> "ftp://x.y" '
        '<a href="https://g.h/i_j">https://g.h/i_j</a>'
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_to_html_is_inert_for_hostile_text(text: str) -> None:
    assert_inert(tex.to_html(text))
    assert_inert(tex.to_html(f"${text}$"))


@given(st.one_of(TEXTS, st.text(st.characters(codec=None)), st.lists(st.sampled_from(HOSTILE)).map("".join)))
@settings(max_examples=300)
def test_to_html_is_inert_for_any_text(text: str) -> None:
    assert_inert(tex.to_html(text))


def test_paragraphs_begin_after_indented_or_blank_lines_and_never_in_a_formula() -> None:
    text = "  One\nline.\n  Two $$a\n  b$$ end.\n\nThree\tx\n\n  \n"

    assert tex.paragraphs(text) == ["One line.", "Two $$a b$$ end.", "Three x"]


@pytest.mark.parametrize(
    "unit",
    [
        "$", "$$", "\\(", "\\)", "{", "}", "${", "$}", "${$}", "$ a b c ", "\\begin{equation}", "\\begin{a}",
        "\\textbf{", '\\"{', "^{", "_{a", "\\href{a}{", "\\cite{", "\\footnote{", "{\\em ",
        "\\ensuremath{", "\\foo{", "\\foo[", "\\foo{}", "``", "--", "~", "\\", "\n ",
        "http://a", "https://a(", "a@",
        "a.", "<m", "< ", "[", "{,", "\\ion{", "$\\text{$",
    ],
)  # fmt: skip
def test_hostile_text_takes_linear_time(unit: str) -> None:
    for text in (unit * (60_000 // len(unit)), unit * (40_000 // len(unit)) + "}" * 40_000):
        for function in (tex.spans, tex.mask, tex.to_unicode, tex.to_html, tex.paragraphs):
            with must_end(5):  # a quadratic step takes 10 s and more at this size
                function(text)


@cache
def corpus(name: str, limit: int) -> list[dict[str, Any]]:
    path = CORPUS / FILES[name]
    if not path.is_file():
        pytest.skip(f"the corpus is not beside this checkout: {path}")
    if path.suffix == ".gz":
        lines = gzip.decompress(path.read_bytes()).splitlines()
    elif shutil.which("zstd") is None:
        pytest.skip("the zstd program is not installed")
    else:
        lines = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines[:: max(1, len(lines) // limit)]]


def residual(text: str) -> bool:
    """Whether a text still holds a command or a brace, outside formulas and addresses; a set's braces too."""
    for span in reversed(tex.spans(text)):
        text = f"{text[: span.start]} {text[span.end :]}"
    text = re.sub(r"https?://\S+", " ", text)
    return re.search(r"\\\S|[{}]", text) is not None


@pytest.mark.parametrize(
    ("name", "limit", "allowed"), [("cs-all", 10_000, 0.007), ("astro", 5000, 0.023), ("math", 7000, 0.016)]
)
def test_little_tex_is_left_in_abstracts(name: str, limit: int, allowed: float) -> None:
    abstracts = [paper["abstract"] for paper in corpus(name, limit)]

    assert sum(residual(tex.to_unicode(abstract)) for abstract in abstracts) / len(abstracts) <= allowed


@pytest.mark.parametrize("name", ["cs", "astro"])
def test_no_word_is_lost_after_a_percent_sign(name: str) -> None:
    abstracts = [p["abstract"] for p in corpus(name, 8000) if re.search(r"(?<!\\)%", p["abstract"])]

    assert len(abstracts) > 500
    for abstract in abstracts:
        after = abstract[abstract.index("%") :]
        # Keys of citations, addresses and letters after an accent are no words.
        words = re.findall(
            r"(?<![\\{/\w'\"`^~])[A-Za-z]{4,}(?![\w/}])", re.sub(r"\\\w+\{[^{}]*\}|https?://\S+", " ", after)
        )
        converted = tex.to_unicode(abstract)
        assert all(word in converted for word in words)
        assert len(converted) > 0.8 * len(abstract)


def test_accents_agree_with_what_arxiv_shows() -> None:
    path = CORPUS / "tex-accents_oai-vs-web.jsonl"
    if not path.is_file():
        pytest.skip(f"the corpus is not beside this checkout: {path}")
    papers = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    pairs = [pair for paper in papers for pair in paper["pairs"]]

    differing = [(source, shown) for source, shown in pairs if tex.to_unicode(source) != shown]

    # arXiv's page spaces the initials of these two names (C.M. as C. M.), which has nothing to do with TeX.
    assert len(pairs) == 666
    assert [shown for _, shown in differing] == ["Anna C. M. Thöni", "L. A. Muñoz"]


@pytest.mark.parametrize(
    ("name", "limit", "goal"), [("cs-all", 10_000, 0.99), ("astro", 4000, 0.99), ("math", 4000, 0.97)]
)
def test_nearly_all_formulas_become_mathml(name: str, limit: int, goal: float) -> None:
    formulas = [
        span
        for paper in corpus(name, limit)
        for text in (paper["title"], paper["abstract"])
        for span in tex.spans(text)
    ]

    converted = [tex.to_mathml(span.body, display=span.display) for span in formulas]

    assert len(formulas) > 2000
    assert sum(result is not None for result in converted) / len(formulas) >= goal


@pytest.mark.parametrize("name", ["cs", "astro", "math"])
def test_real_abstracts_are_inert_and_come_back_from_the_mask(name: str) -> None:
    for paper in corpus(name, 400):
        for text in (paper["title"], paper["abstract"], paper["comment"] or ""):
            assert_inert(tex.to_html(text))
            assert tex.unmask(*tex.mask(text)) == text
