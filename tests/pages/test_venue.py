"""Venues and repositories, as real comments of arXiv name them."""

from __future__ import annotations

import pytest

from paperboy.site.components.code_link import repository
from paperboy.site.components.venue import LONGEST, venue
from paperboy.site.context import SiteContext, SiteOptions
from tests.bounds import must_end
from tests.factories import edition_of, paper


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("Accepted at ICML 2026", "ICML 2026"),
        ("ICML26", "ICML 2026"),
        ("CVPR'26 (oral)", "CVPR 2026"),
        ("CVPR2026 Highlight!", "CVPR 2026"),
        ("ICCV-2025 Accepted Paper", "ICCV 2025"),
        ("NIPS 2025", "NeurIPS 2025"),
        ("CONLL 2025. Project webpage: https://abstract-reasoner-llm.github.io/", "CoNLL 2025"),
        ("Reliable ML and Regulatable ML workshops, Neurips 2025", "NeurIPS 2025 Workshop"),
        ("ICMEW 2025", "ICME 2025 Workshop"),
        ("11 pages, 4 figures; to appear at NLPerspectives@EMNLP-2025", "EMNLP 2025 Workshop"),
        ("Accepted to Findings of the 64th Annual Meeting of the ACL (ACL 2026)", "ACL 2026 Findings"),
        ("SIGGRAPH Asia 2025 Conference Papers", "SIGGRAPH Asia 2025"),
        ("International Conference on Machine Learning (ICML) 2025", "ICML 2025"),
        ("The Fourteenth International Conference on Learning Representations (ICLR) 2026, Accepted", "ICLR 2026"),
        ("Accepted at European Conference on Computer Vision 2026", "ECCV 2026"),
        ("Accepted to ACM SenSys 2026", "SenSys 2026"),
        ("6 pages, accepted at CoG 2026", "CoG 2026"),
        ("Accepted for publication in The Astrophysical Journal", "ApJ"),
        ("21 pages, 8 figures. Accepted for publication\n  in A&A", "A&A"),
        ("13 pages, 5 figures, accepted by MNRAS", "MNRAS"),
        ("To appear in Transactions on Machine Learning Research", "TMLR"),
        ("Accepted by IEEE Transactions on Multimedia", "IEEE Trans. on Multimedia"),
        ("To appear in Journal of Mathematical Physics", "J. of Mathematical Physics"),
        ("Accepted to AAAI 2026. Extended version with full Appendix", "AAAI 2026"),
    ],
)
def test_a_comment_that_names_its_venue_gives_a_short_name_and_year(comment: str, expected: str) -> None:
    assert venue(comment) == expected


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "12 pages, 4 figures",
        "Submitted to ICML 2026",
        "Under review at NeurIPS 2026",
        "ICML 2026 submission",
        "Preprint, formatted in the CVPR 2026 style",
        "13 pages. Submitted to the IEEE Transactions on Signal Processing",
        "submitted to ApJ",
        "Extended version of a paper accepted at CSL'26, Paris",
        "A preliminary version appeared at ICML 2025",
        "A shorter version was accepted to ICML 2026; this version includes additional explanation",
        "The model achieves 2nd place in ICME 2026 Drone-IQA Grand Challenge",
        "Published by Springer Nature",
        "Presented at our group's meeting in June 2026",
        "Accepted version. 2026 Elsevier, CC BY 4.0",
        "Code at https://github.com/org/ICML-2026",
        "Accepted. GPU 2026",
    ],
)
def test_a_doubtful_comment_gives_none(comment: str | None) -> None:
    assert venue(comment) is None


@pytest.mark.parametrize(
    "text", ["Accepted at " + "A" * 1900, "accepted in " * 160, "ICML " * 390, "Aa" * 950, "(" * 1990]
)
def test_no_comment_hangs_or_gives_a_long_name(text: str) -> None:
    with must_end(2):
        found = venue(text)

    assert found is None or len(found) <= LONGEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Code: https://github.com/owner/name.", "https://github.com/owner/name"),
        ("at http://www.github.com/owner/a_b.git", "https://github.com/owner/a_b"),
        ("\\url{https://github.com/owner/a\\_b}", "https://github.com/owner/a_b"),
        ("(github.com/owner/name/tree/main)", "https://github.com/owner/name"),
        ("https://gitlab.inria.fr/team/tool", "https://gitlab.inria.fr/team/tool"),
        ("https://github.com/owner", None),
        ("https://github.com/topics/llm", None),
        ("https://owner.github.io/page", None),
        ("https://evil-github.com/a/b", None),
        ("https://github.com.evil.example/a/b", None),
        ('https://github.com/"><script>/x', None),
        ("https://gitlab/a/b", None),
    ],
)
def test_the_repository_is_an_https_address_of_owner_and_name(text: str, expected: str | None) -> None:
    assert repository(paper(abstract=text)) == expected
    assert repository(paper(abstract="", comment=text)) == expected


def test_badges_and_their_data_stand_on_card_and_entry() -> None:
    from selectolax.lexbor import LexborHTMLParser

    one = paper(comment="Accepted at ICML 2026. https://github.com/o/n", categories=("cs.CL", "cs.LG", "68T50"))
    cards, day = SiteContext(SiteOptions(categories=("cs.CL",))).cards, edition_of(one)
    for html in (cards.card(day, one, "new", ""), cards.entry(day, one, "new", "x#y", "cs.CL")):
        article = LexborHTMLParser(html).css_first("article")
        assert article is not None
        assert article.attributes["data-venue"] == "ICML 2026"
        assert "data-code" in article.attributes
        shown = " ".join(node.text() for node in article.css(".paper-head > b, .paper-head > span:not([class])"))
        assert article.attributes.get("data-categories", shown) == "cs.CL cs.LG"
        assert article.css_first(".paper-venue").text() == "ICML 2026"  # type: ignore[union-attr]
        assert article.css_first(".paper-code").attributes["href"] == "https://github.com/o/n"  # type: ignore[union-attr]


def test_a_title_that_holds_an_address_is_one_link() -> None:
    one = paper(title="See https://example.org/ now")
    html = SiteContext(SiteOptions(categories=("cs.CL",), language="en")).cards.card(edition_of(one), one, "new", "")
    title = html[html.index("<h3") : html.index("</h3>")]

    assert title.count("<a ") == title.count("</a>") == 1
    assert "https://example.org/ now" in title
