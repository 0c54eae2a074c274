"""The pure parts: instructions, the reading of answers, each check, numbers and punctuation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperboy import tex
from paperboy.domain.config import TranslationOptions
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.domain.glossary import Glossary
from paperboy.translation.prompts import prompt
from paperboy.translation.validation import response, validator
from paperboy.translation.validation.checks import CHECKS, Pair
from paperboy.translation.validation.normalization import one_sentence
from paperboy.translation.validation.numbers import differences, digits_lost, unknown
from paperboy.translation.validation.response import Reply
from paperboy.translation.validation.typography import full_width
from tests.translate.model_server import MUCH, chinese, paper

if TYPE_CHECKING:
    from paperboy.translation.prompts.prompt import Prepared

OPTIONS = TranslationOptions()
GOOD = {"title": "标题", "abstract": "摘要。", "summary": "总结。"}


def check(name: str, source: str, target: str, language: str = "zh-CN", field: str = "abstract") -> str | None:
    return CHECKS[name](Pair(field, source, target, language))


def prepared(abstract: str = MUCH) -> Prepared:
    return prompt.prepare(paper(abstract=abstract), OPTIONS, Glossary())


# ── What is asked ──


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "ja", "ko", "fr", "de", "es", "pt-BR"])
def test_the_instructions_take_at_most_450_tokens(language: str) -> None:
    text = prompt.system(language)
    han = sum(ord(sign) > 0x2E7F for sign in text)

    # A token is about four letters of English, and no Chinese character takes more than two.
    assert (len(text) - han) / 4 + 2 * han < 450
    assert prompt.language_name(language) in text


def test_a_language_without_a_name_is_asked_for_by_its_code() -> None:
    assert prompt.language_name("fr") == "French"
    assert prompt.language_name("zh-CN") == "Simplified Chinese"
    assert "qqq" in prompt.language_name("qqq")


def test_each_field_numbers_its_placeholders_from_zero() -> None:
    ready = prompt.prepare(paper(title="On $x$", abstract="We use $y$ and $z$."), OPTIONS, Glossary())

    assert tex.placeholders(ready.title) == [0]
    assert tex.placeholders(ready.abstract) == [0, 1]


def test_a_wrapped_line_asks_the_same_question() -> None:
    keys = {
        prompt.prepare(paper(abstract=text), OPTIONS, Glossary()).key
        for text in ("one two", "one\n  two ", "one two\n")
    }

    assert len(keys) == 1


# ── What is read ──


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD),
        "\ufeff" + json.dumps(GOOD),
        f"好的：\n```json\n{json.dumps(GOOD, ensure_ascii=False, indent=1)}\n```\n请查收。",
        f"<think>The user wants {{json}}.</think>{json.dumps(GOOD)}",
        json.dumps({"translation": GOOD}),
        json.dumps({**GOOD, "keywords": ["x"]}),
        f"{json.dumps({'title': 'T', 'abstract': 'A'})}\n{json.dumps(GOOD)}",
        f"{json.dumps(GOOD)}\n{json.dumps(GOOD)}",
        '{"title": "标题", "abstract": "摘要。\n", "summary": "总结。"}',
        "Set {x} of " + json.dumps(GOOD),
    ],
)
def test_an_answer_is_read_through_what_stands_around_it(content: str) -> None:
    assert response.Fields(**GOOD) == response.parse_reply(content)


def test_an_abstract_about_thoughts_keeps_its_marks() -> None:
    said = {**GOOD, "abstract": "词元<think>之后、</think>之前的内容。"}

    assert response.parse_reply(json.dumps(said)) == response.Fields(**said)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("<think>hm</think>", "empty"),
        ("抱歉", "json"),
        (json.dumps(GOOD)[:-5], "json"),
        ('["title", "abstract", "summary"]', "json"),
        (json.dumps(GOOD) + json.dumps({**GOOD, "title": "另一个"}), "json"),
        (json.dumps(prompt.SCHEMA), "schema-echo"),
        (json.dumps({"name": "translation", "strict": True, "schema": prompt.SCHEMA}), "schema-echo"),
        ('{"title": "标题", "abstract": "摘要"}', "fields"),
        (json.dumps({**GOOD, "summary": ""}), "fields"),
        (json.dumps({**GOOD, "summary": None}), "fields"),
        (json.dumps({**GOOD, "abstract": ["摘要"]}), "fields"),
        ("{" * 50_000, "json"),
        ("x" * (response.LONGEST + 1), "length"),
    ],
)
def test_an_answer_that_would_need_a_guess_is_refused_by_name(content: str, name: str) -> None:
    with pytest.raises(response.Unreadable) as refused:
        response.parse_reply(content)

    assert name == refused.value.name
    assert name in VALIDATION_ERRORS


def test_a_lone_backslash_is_the_sign_itself() -> None:
    fields = response.parse_reply(r'{"title": "占比5\%", "abstract": "用\mathbb 记", "summary": "好"}')

    assert (fields.title, fields.abstract) == ("占比5\\%", "用\\mathbb 记")


@pytest.mark.parametrize("spelt", ["<m0/>", "<m0 />", "< M0/ >", "＜m0/＞", "<m0>", "<m0></m0>"])
def test_a_placeholder_is_known_in_any_spelling(spelt: str) -> None:
    assert response.parse_reply(json.dumps({**GOOD, "title": f"在{spelt}上"})).title == "在<m0/>上"


def test_a_summary_is_cut_to_its_first_sentence() -> None:
    assert one_sentence("第一句。第二句。") == "第一句。"
    assert one_sentence("准确率为3.5的方法。") == "准确率为3.5的方法。"


@given(st.text())
def test_any_text_is_read_or_refused(content: str) -> None:
    fields, findings = validator.validate(prepared(), Reply(content, "stop"), "zh-CN")

    assert fields is None
    assert {finding.name for finding in findings} <= set(VALIDATION_ERRORS)


# ── What is checked ──


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("placeholders", "We use <m0/> and <m1/>.", "我们使用<m0/>。"),
        ("placeholders", "We use <m0/>.", "我们使用<m0/>和<m0/>。"),
        ("placeholders", "We use it.", "我们使用<m0/>。"),
        ("control", "We use it.", "我们\textbf使用。"),
        ("control", "We use it.", "我们\x08eta使用。"),
        ("control", "We use it.", "我们\nabla使用。"),
        ("control", "We use it.", "我们\ud83d使用。"),
        ("residue", "We use it.", "我们使用一种方法 that was not shown before to be useful。"),
        ("script", "We use a method of learning.", "Wir nutzen eine Methode 学习"),
        ("script", "We use a method of learning.", "私たちは学習の方法を使います。"),
        ("echo", "We use a method of learning.", "We use a method of learning."),
        ("markup", "We use it.", "我们**使用**它。"),
        ("markup", "We use it.", "我们使用它<script>alert(1)</script>。"),
        ("markup", "We use it.", "我们使用它&lt;b&gt;。"),
        ("markup", "We use R&D.", "我们使用R&amp;D。"),
        ("markup", "We use a*b and more.", "我们使用a*b和**更多**。"),
        ("markup", "We use it.", "我们使用它 https://evil.example。"),
        ("markup", "We use it.", "我们`使用`它。"),
        ("tex", "We use it.", "我们使用$x$。"),
        ("tex", "We use it.", "我们\\emph{使用}它。"),
        ("closing", "We use it. It works.", "我们使用它。它有效。综上，该方法很有意义。"),
        ("numbers", "It has 25 trillion tokens.", "它有250万亿个词元。"),
        ("numbers", "It takes 11.4 hours.", "它需要1140分钟。"),
        ("numbers", "There are 13 to 18 million.", "共有13至18百亿。"),
        ("numbers", "It reaches 95.2%.", "它达到了95.3%。"),
        ("refusal", "We use it.", "抱歉，我无法翻译。"),
        ("refusal", "We use it.", "摘要：我们使用它。"),
        ("refusal", "We use it.", "Error: rate limit"),
        ("repetition", "We use it.", "我们使用一种方法" * 6),
        ("length", "We use a method of learning. " * 20, "我们使用一种学习方法。"),
    ],
)
def test_a_fault_is_found_by_name(name: str, source: str, target: str) -> None:
    found = check(name, source, target)

    assert found
    assert "\n" not in found
    assert name in VALIDATION_ERRORS


def test_a_title_left_in_english_is_found_though_each_word_has_a_capital() -> None:
    title = "Attention Is All You Need"

    assert check("echo", title, title, field="title")
    assert check("script", title, f"{title} 论文", field="title")
    assert check("script", title, "注意力就是你所需要的一切", field="title") is None
    assert check("script", "DeepSeek-R1", "DeepSeek-R1", field="title") is None
    assert check("script", "Llama 2: Open Chat Models", "Llama 2：开放聊天模型", field="title") is None


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("GPT-4o and Qwen2.5-VL", "GPT-4o与Qwen2.5-VL"),
        ("We use **bold** text and 1 * 2.", "我们使用**粗体**文本和1 * 2。"),
        ("Overall, it works well. We use it.", "我们使用它。总的来说，它效果很好。"),
        ("Abstract: we use it.", "摘要：我们使用它。"),
        ("It has 1.5 million users in 3 countries.", "它在三个国家有150万用户。"),
        ("Spoken by 6.6 Billion People", "66亿人使用"),
        ("There are 13 to 18 million of them.", "共有1300万至1800万。"),
        ("There are 13-18 million of them.", "共有13至18百万。"),
        ("A 7B model with 128K context.", "一个70亿参数、128K上下文的模型。"),
        ("Since the 1990s, 2D and 3D models.", "自20世纪90年代以来的二维和三维模型。"),
        ("We run ten trials on the 2nd of May 2024.", "我们在2024年5月2日运行10次试验。"),
        ("Costs fell from $5 to $3.", "成本从$5降至$3。"),
        ("the $L^2$ norm".replace("$", "") + " of 1,000 points", "1000个点的L²范数"),
        ("a < b and b > c", "a < b 且 b > c"),
        ("We ask: - Is it good? - Is it fair?", "我们问：- 它好吗？- 它公平吗？"),
        (f"We see Q_(*), and {'then ' * 20} R_(*).", "我们看到Q_(*)，然后看到R_(*)。"),
        (f"A '<former shape {'of it ' * 40}>' is seen.", "可以看到一个'<former 形状>'。"),
        ("TraceBack: a method of tables", "TraceBack：一种表格方法"),
        ("If it impairs edits (Fig.1 and Sec. 2), we stop.", "如果它损害编辑（图1和Sec.2），我们就停止。"),
    ],
)
def test_a_good_translation_is_let_through(source: str, target: str) -> None:
    names = [name for name in CHECKS if name != "length" and check(name, source, target)]

    assert names == []


@pytest.mark.parametrize(
    ("language", "target"),
    [
        ("fr", "Nous proposons une méthode qui améliore la précision de 3,5 % sur 1 000 exemples."),
        ("de", "Wir schlagen eine Methode vor, die die Genauigkeit bei 1.000 Beispielen um 3,5 % erhöht."),
        ("es", "Proponemos un método que mejora la precisión en un 3,5 % con 1000 ejemplos."),
        ("pt-BR", "Propomos um método que melhora a precisão em 3,5% com 1.000 exemplos."),
        ("ja", "1,000個の例で精度を3.5%向上させる手法を提案する。"),
        ("ko", "1,000개의 예에서 정확도를 3.5% 향상시키는 방법을 제안한다."),
        ("zh-TW", "我們提出一種方法，在1000個樣本上將準確率提高3.5%。"),
        ("ru", "Мы предлагаем метод, повышающий точность на 3,5 % на 1000 примерах."),
    ],
)
def test_other_languages_pass_the_checks_that_apply(language: str, target: str) -> None:
    source = "We propose a method which improves the accuracy by 3.5% on 1,000 of the examples."

    assert [name for name in CHECKS if check(name, source, target, language)] == []
    assert check("echo", source, source, language)
    assert check("residue", source, "This is a method which is left in the English of the source.", language)
    assert check("numbers", source, target.replace("3", "4"), language)


def test_what_differs_in_numbers_is_named() -> None:
    assert (["95%"[:2]], ["96"]) == differences("It has 95% of 20.", "其中20的96%。")
    assert digits_lost("on 1,000 points", "sur 2 000 points") == (["1000"], ["2000"])
    assert unknown("It has 95% of 20.", "12个中有95%。") == ["12"]
    assert unknown("It takes 10.3 hours.", "约需10小时。") == []


@given(st.text(), st.text(), st.sampled_from(["zh-CN", "ja", "fr"]), st.sampled_from(["title", "abstract"]))
def test_no_text_breaks_a_check(source: str, target: str, language: str, field: str) -> None:
    for name in CHECKS:
        found = check(name, source, target, language, field)
        assert found is None or found


def test_every_check_has_a_meaning_in_words() -> None:
    assert {*CHECKS, "summary"} <= set(VALIDATION_ERRORS)
    assert all("\n" not in meaning for meaning in VALIDATION_ERRORS.values())


# ── From a reply to a translation ──


def judged(**changes: str) -> list[str]:
    ready = prepared()
    good = {"title": chinese(ready.title), "abstract": chinese(ready.abstract), "summary": "提出一种新方法。"}
    reply = Reply(json.dumps({**good, **changes}, ensure_ascii=False), "stop")
    return [finding.name for finding in validator.validate(ready, reply, "zh-CN")[1]]


def test_a_good_reply_has_no_fault() -> None:
    assert judged() == []


@pytest.mark.parametrize(
    "summary",
    [
        "方法" * 70,
        "以<m0/>为例。",
        "This is a summary in English.",
        "**粗体**的总结。",
        "准确率提高77%。",
        "抱歉，无法总结。",
    ],
)
def test_a_summary_that_is_not_one_true_sentence_is_refused(summary: str) -> None:
    assert sorted(set(judged(summary=summary))) == ["summary"]


def test_a_number_from_a_formula_may_stand_in_the_summary() -> None:
    ready = prepared("We reach an accuracy of $95.5\\%$ here.")
    good = {"title": chinese(ready.title), "abstract": chinese(ready.abstract), "summary": "准确率达95.5%。"}
    fields, findings = validator.validate(ready, Reply(json.dumps(good), "stop"), "zh-CN")

    assert findings == []
    assert fields is not None
    assert "$95.5\\%$" in fields.abstract


@pytest.mark.parametrize(
    ("plain", "wide"),
    [
        ("我们提出,一种方法;它很好", "我们提出，一种方法；它很好"),
        ("方法 , 结果", "方法，结果"),
        ("结果很好。 我们", "结果很好。我们"),
        ("大语言模型(简称模型)很好", "大语言模型（简称模型）很好"),
        ("大语言模型(LLM)很好", "大语言模型(LLM)很好"),
        ("在<m0/>,<m1/>上", "在<m0/>,<m1/>上"),
        ("从1,000到3.5:1", "从1,000到3.5:1"),
        ("使用 Python, C 和 Rust", "使用 Python, C 和 Rust"),
        ("很好.", "很好。"),
    ],
)
def test_punctuation_is_full_width_between_han_characters_only(plain: str, wide: str) -> None:
    assert wide == full_width(plain)
    assert wide == full_width(wide)


@given(st.text(alphabet="方法，。,.()（） <m0/>1aA:;"))
def test_punctuation_never_touches_a_placeholder_or_a_number(text: str) -> None:
    wide = full_width(text)

    assert tex.placeholders(text) == tex.placeholders(wide)
    assert [sign for sign in text if sign.isalnum()] == [sign for sign in wide if sign.isalnum()]


def test_examine_names_the_worst_first_and_each_field() -> None:
    ready = prepared()
    fields = response.Fields("<m7/>", "研究\x00", "研究。")
    found = validator.find_violations(ready, fields, "zh-CN")

    assert found[0].name == "control"
    assert msgspec.json.encode([finding.detail for finding in found])
    assert any(finding.detail.startswith("the title") for finding in found)


def test_an_absurdly_long_answer_is_refused_in_no_time() -> None:
    ready = prepared()
    found = validator.find_violations(ready, response.Fields("标题", "很长" * 50_000, "好。"), "zh-CN")

    assert "length" in [finding.name for finding in found]
