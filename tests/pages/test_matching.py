"""What a topic finds, and what is marked of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from paperboy import tex
from paperboy.domain.config import Topic
from paperboy.site.views.topic_matcher import Matcher, pattern, searched_text, sentence
from tests.bounds import must_end
from tests.factories import answer, paper
from tests.pages.test_pages import HOSTILE


def finds(topic: dict[str, Any], **fields: Any) -> list[str]:
    """The reasons, as texts."""
    translation = fields.pop("translation", None)
    asked = Matcher(Topic(slug="t", name="T", **topic))
    return [reason.text for reason in asked.reasons(searched_text(paper(**fields), translation))]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("gradient descent", "We study Gradient  Descent.", True),
        ("gradient descent", "Stochastic gradient-descent methods", True),
        ("in-context learning", "in context\nlearning", True),
        ("SGD", "with sgd, and", True),
        ("SGD", "SGDs and MSGD", False),
        ("art", "state of the art", True),
        ("art", "partial smart article", False),
        ("GPT", "使用GPT模型", True),
        ("GPT", "ChatGPT模型", False),
        ("梯度下降", "随机梯度下降法", True),
        ("C++", "written in C++, fast", True),
        ("C++", "C+ +", False),
        ("language model*", "large language models", True),
        ("language model*", "language modelling", True),
        ("language model", "language models", False),
        ("k-means", "the $k$-means problem", True),
        ("alpha beta", r"alpha $\gamma + 1$ beta", False),
        ("Schrödinger bridge", r"a Schr\"odinger bridge", True),
        ("$x$", "costs $x$ more", False),
        ("*", "stars * here", True),
        ("ﬁ", "ﬁ", True),
    ],
)
def test_a_phrase_stands_as_whole_words_in_any_case_and_chinese_anywhere(
    phrase: str, text: str, *, found: bool
) -> None:
    assert bool(finds({"any": (phrase,)}, title="x", abstract=text)) == found
    assert bool(finds({"any": (phrase,)}, title=text, abstract="x")) == found


def test_a_phrase_does_not_reach_from_one_text_into_the_next() -> None:
    assert finds({"any": ("deep learning",)}, title="Too deep", abstract="Learning to swim") == []


def test_the_translation_is_looked_through_where_it_was_accepted() -> None:
    assert finds({"any": ("强化学习",)}, translation=answer(abstract="用强化学习训练。")) == ["强化学习"]
    assert finds({"any": ("强化学习",)}, translation=answer(abstract="用强化学习训练。", status="failed")) == []


def test_authors_match_without_accents_case_and_points_and_in_either_order() -> None:
    names = ("José M. Pérez-Gómez", "Yi Li", r"Erd\H{o}s P\'al")
    assert finds({"authors": ("Jose M Perez Gomez",)}, authors=names) == ["Jose M Perez Gomez"]
    assert finds({"authors": ("Pérez-Gómez, José M.",)}, authors=names) == ["Pérez-Gómez, José M."]
    assert finds({"authors": ("Erdős Pál",)}, authors=names) == ["Erdős Pál"]
    assert finds({"authors": ("Li",)}, authors=names) == []


def test_categories_match_under_their_present_name() -> None:
    assert finds({"categories": ("cs.SY",)}, categories=("cs.RO", "eess.SY")) == ["cs.SY"]
    assert finds({"categories": ("cs.CV",)}, categories=("cs.RO", "35J05")) == []


def test_any_reason_is_enough_and_all_are_told() -> None:
    topic = {"any": ("nothing", "diffusion"), "authors": ("A. Author",), "categories": ("cs.LG",)}

    assert finds(topic, title="Diffusion") == ["diffusion", "A. Author"]
    assert finds(topic, authors=(), categories=("cs.LG",)) == ["cs.LG"]
    assert finds(topic, authors=()) == []


@pytest.mark.parametrize("without", ["survey", "A. Author", "cs.CL", "综述"])
def test_one_reason_against_a_paper_is_enough(without: str) -> None:
    fields: dict[str, Any] = {"title": "Diffusion: a survey", "translation": answer(title="扩散模型综述")}

    assert finds({"any": ("diffusion",)}, **fields) == ["diffusion"]
    assert finds({"any": ("diffusion",), "none": (without,)}, **fields) == []


def test_a_topic_that_asks_nothing_finds_nothing() -> None:
    assert finds({}) == []
    assert finds({"any": ("", "  ")}, title="") == []


def test_marks_stand_in_prose_alone() -> None:
    marks = pattern(("x", "model*", "example", "alpha"))
    html = LexborHTMLParser(tex.to_html(r"Models of $x + \alpha$ at https://example.org/x for x < alpha & more", marks))

    assert [node.text() for node in html.css("mark")] == ["Models", "x", "alpha"]
    assert html.css("math mark, a mark, code mark") == []
    assert html.css_first("a").attributes["href"] == "https://example.org/x"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", HOSTILE)
def test_marking_changes_nothing_but_the_marks(text: str) -> None:
    marked = tex.to_html(text, pattern(("script", "lt", "x", "a", "b", "amp", "<", "&", "]")))

    assert re.sub(r"</?mark>", "", marked) == tex.to_html(text)


def test_a_long_phrase_is_marked_before_a_short_one_within_it() -> None:
    assert tex.to_html("gradient descent", pattern(("gradient", "gradient descent"))) == "<mark>gradient descent</mark>"


def test_the_sentence_around_what_was_found_is_shown() -> None:
    marks = pattern(("diffusion",))
    assert marks is not None
    text = r"First, e.g. this. We train $p(x) = 1. Diffusion$ with diffusion of $\beta_1$ noise. Last one."

    assert sentence(text, marks) == r"We train $p(x) = 1. Diffusion$ with diffusion of $\beta_1$ noise."
    assert sentence("无关。用 diffusion 生成图像。结束。", marks) == "用 diffusion 生成图像。"
    assert sentence("nothing here", marks) == ""
    assert sentence("$diffusion$", marks) == ""


def test_a_long_sentence_is_cut_between_words_and_never_in_a_formula() -> None:
    marks = pattern(("diffusion",))
    assert marks is not None
    formula = "$" + " + ".join(f"x_{{{number}}}" for number in range(80)) + "$"
    found = sentence(f"{'word ' * 100}{formula} then diffusion and {formula} {'word ' * 100}.", marks)

    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) < len(formula) * 2 + 400
    assert found.count(formula) == 2
    chinese = sentence("字" * 400 + "diffusion" + "字" * 400, marks)
    assert len(chinese) < 400


def test_many_topics_look_through_a_large_edition() -> None:
    words = "we propose a method that learns to rank the papers of a day by what their readers mark " * 15
    papers = [searched_text(paper(abstract=f"{words} {number}"), None) for number in range(1000)]
    topics = [
        Matcher(Topic(slug="t", name="T", any=tuple(f"phrase {number} of {topic}" for number in range(20))))
        for topic in range(20)
    ]
    with must_end():
        assert not any(topic.reasons(text) for text in papers for topic in topics)


@pytest.mark.parametrize("text", ["a-" * 20_000, "a " * 20_000 + "b", "-" * 40_000, "$" * 20_000])
def test_no_text_makes_a_search_slow(text: str) -> None:
    with must_end():
        finds({"any": ("a b c", "a-a-a-c", "a*")}, abstract=text)
        marks = pattern(("a b c", "a-a"))
        assert marks is not None
        tex.to_html(text, marks)
