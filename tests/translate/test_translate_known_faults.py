"""Faults that published translations have had, each found by name; and what is set right without asking."""

from __future__ import annotations

import json

import pytest

from paperboy.domain.config import TranslationOptions
from paperboy.domain.glossary import Glossary, Term
from paperboy.translation.prompts.prompt import prepare
from paperboy.translation.validation import validator
from paperboy.translation.validation.checks import CHECKS, Pair
from paperboy.translation.validation.normalization import normalize
from paperboy.translation.validation.response import Reply
from tests.translate.model_server import chinese, paper

GLOSSARY = Glossary(
    [Term(term="transformer", keep=True, strict=True), Term(term="agent", translation="智能体", strict=True)]
)


def faults(abstract: str, target: str | None = None, **changes: str) -> set[str]:
    """The names of what the gate finds in an answer; the title and the summary are good."""
    ready = prepare(paper(abstract=abstract), TranslationOptions(), GLOSSARY)
    good = {"title": chinese(ready.title), "abstract": chinese(ready.abstract), "summary": "提出一种新方法。"}
    if target is not None:
        good["abstract"] = target
    _, findings = validator.validate(ready, Reply(json.dumps({**good, **changes}), "stop"), "zh-CN")
    return {finding.name for finding in findings}


@pytest.mark.parametrize(
    ("fault", "source", "target"),
    [
        ("closing", "We study it. It works well.", "我们研究它。它效果很好。总结来说，这项工作意义重大。"),
        ("closing", "We study it. It works well.", "我们研究它。它效果很好。简单来说，它能省钱。"),
        ("closing", "We study it. It works well.", "我们研究它。它效果很好。这些贡献共同推动了该领域的发展。"),
        ("placeholders", "The norm $L_\\infty$ is used.", "使用范数。"),
        ("tex", "The norm $L_\\infty$ is used.", "使用范数$ L_\\infty $。"),
        ("placeholders", "The norm $L_\\infty$ is used.", "使用范数$ L_\\infty $。"),
        ("control", "The method \\foo is used.", "使用\textbf{方法}。"),
        ("control", "The method is used.", "使用\frac{1}{2}方法。"),
        ("control", "The method is used.", "使用\beta方法。"),
        ("markup", "The method is used.", "使用**方法**。"),
        ("markup", "The method is used.", "使用方法：\n- 第一。\n- 第二。"),
        ("placeholders", "The code is at https://example.org/x here.", "代码在这里。"),
        ("numbers", "It has 25 trillion tokens.", "它有250万亿个词元。"),
        ("numbers", "It takes 11.4 hours.", "它需要1140分钟。"),
        ("numbers", "There are 13 to 18 million of them.", "共有13至18百亿个。"),
        ("glossary", "The transformer is used.", "使用变压器。"),
        ("glossary", "The agent is used.", "使用代理。"),
        ("refusal", "The method is used.", "抱歉，我无法完成这项翻译。"),
        ("refusal", "The method is used.", "Error: 429 Too Many Requests"),
        ("residue", "The field is largely unexplored.", "该领域仍 largely 未被探索。"),
        ("brackets", "A large language model (LLM) is used.", "使用大语言模型（LLM。"),
    ],
)
def test_a_fault_of_a_published_translation_is_found_by_name(fault: str, source: str, target: str) -> None:
    assert fault in faults(source, target)


def test_a_stray_space_after_a_full_stop_is_taken_out_and_refuses_nothing() -> None:
    assert normalize("我们研究它。 它效果很好。", "abstract", "x", "zh-CN") == "我们研究它。它效果很好。"
    assert faults("We study it. It works well.", "我们研究它。 它效果很好。") == set()


def test_an_error_text_as_a_summary_is_found() -> None:
    assert faults("We study it.", summary="Error: rate limit exceeded") == {"summary"}


@pytest.mark.parametrize(
    ("field", "source", "text", "mend"),
    [
        ("title", "A method", "标题：一种方法", "一种方法"),
        ("title", "A method", "论文题目: 一种方法", "一种方法"),
        ("title", "A method", "“一种方法”", "一种方法"),
        ("title", "“A method”", "“一种方法”", "“一种方法”"),
        ("title", "A method", "“一种”与“方法”", "“一种”与“方法”"),
        ("title", "A method", "一种方法。", "一种方法"),
        ("title", "Title: a method", "标题：", "标题："),
        ("abstract", "We use it.", "摘要：我们使用它。", "我们使用它。"),
        ("abstract", "We use it.", "我们使用它。总结：一种方法。", "我们使用它。"),
        ("abstract", "We use it. Summary: good.", "我们使用它。总结：很好。", "我们使用它。总结：很好。"),
        ("abstract", "We use it.", "我们使用它,很好.", "我们使用它，很好。"),
        ("summary", "", "一句话总结：提出方法。", "提出方法。"),
        ("summary", "", "提出方法。很好。", "提出方法。"),
    ],
)
def test_a_small_habit_of_a_model_is_mended_without_asking(field: str, source: str, text: str, mend: str) -> None:
    assert normalize(text, field, source, "zh-CN") == mend
    assert normalize(mend, field, source, "zh-CN") == mend


@pytest.mark.parametrize(
    ("source", "target", "language"),
    [
        ("A (large) model.", "一个（大）模型。", "zh-CN"),
        ("A (large) model.", "一个（大)模型。", "zh-CN"),
        ("The interval [0, 1) is half open.", "区间[0, 1)是半开的。", "zh-CN"),
        ("Steps 1) and 2).", "步骤1)和2)。", "zh-CN"),
        ("The model's size.", "模型的“大小”。", "zh-CN"),
        ("A model.", "Un modèle d’apprentissage.", "fr"),
        ("A model.", "Ein „Modell“.", "de"),
    ],
)
def test_brackets_in_good_order_are_let_through(source: str, target: str, language: str) -> None:
    assert CHECKS["brackets"](Pair("abstract", source, target, language)) is None


@pytest.mark.parametrize(
    "target", ["一个（大模型。", "一个大）模型。", "“一个大模型。", "《一个大模型。", "【一个大模型。"]
)
def test_a_bracket_without_its_partner_is_found(target: str) -> None:
    assert CHECKS["brackets"](Pair("abstract", "A (large) model.", target, "zh-CN"))


@pytest.mark.parametrize("word", ["rollout", "token", "softmax", "dropout", "grokking", "family", "assembly"])
def test_a_term_of_the_field_may_stay_in_english(word: str) -> None:
    assert CHECKS["residue"](Pair("abstract", f"We use {word}.", f"我们使用 {word} 方法。", "zh-CN")) is None


def test_a_decimal_comma_is_the_same_number() -> None:
    source = "It reaches an accuracy of 84,25% and 5, 10 and 1,000 points."

    assert CHECKS["numbers"](Pair("abstract", source, "它的准确率达到84.25%和5、10与1000个点。", "zh-CN")) is None
    assert CHECKS["numbers"](Pair("abstract", source, "它的准确率达到84.35%和5、10与1000个点。", "zh-CN"))
