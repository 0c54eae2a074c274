"""The glossary: rows found in texts, the default ones, and the file that people write."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperboy.contributions import glossary_file
from paperboy.contributions.glossary_file import default_glossary, load_glossary, parse_glossary
from paperboy.domain.config import Options, TranslationOptions
from paperboy.domain.errors import GlossaryError
from paperboy.domain.glossary import Glossary, Term, combine_glossaries
from tests.bounds import must_end

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED = Path(glossary_file.__file__).parent / "glossaries" / "zh-CN.yml"


def row(term: str, translation: str | None = "译", **more: object) -> Term:
    return Term(term=term, translation=None if more.get("keep") else translation, **more)  # type: ignore[arg-type]


def found(text: str, *terms: str | Term) -> list[str]:
    rows = [row(term) if isinstance(term, str) else term for term in terms]
    return [match.term for match in Glossary(rows).matching(text)]


# ── What is found in a text ──


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("agent", "An agent acts."),
        ("agent", "Agents act."),
        ("agent", "the agent's goal"),
        ("agent", "a multi-agent system"),
        ("zero-shot", "zero shot learning"),
        ("zero-shot", "Zero-Shot"),
        ("zero-shot", "zero\u2010shot"),
        ("pre-training", "pretraining"),
        ("reward model", "two reward-models"),
        ("bias", "inductive biases"),
        ("policy", "two policies"),
        ("C++", "written in C++."),
        ("NP-hard", "is NP-hard"),
        ("agent", "(agent)"),
        ("token", "LLM/token"),
    ],
)
def test_a_term_is_found_in_its_usual_spellings(term: str, text: str) -> None:
    assert found(text, term) == [term]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("agent", "a reagent"),
        ("agent", "agentic"),
        ("token", "the variable token_id"),
        ("language model", "It is a language. Model it."),
        ("language model", "language, model"),
        ("language model", "the model language"),
        ("m0", "We study <m0/> here."),
        ("agent", "See https://example.org/agent for it."),
        ("agent", "See github.com/someone/agent for it."),
        ("agent", "See www.agent.example for it."),
    ],
)
def test_other_words_names_and_addresses_are_no_terms(term: str, text: str) -> None:
    assert found(text, term) == []


def test_a_term_is_not_listed_where_a_longer_one_covers_it() -> None:
    terms = ("model", "language model", "large language model")

    assert found("A large language model.", *terms) == ["large language model"]
    assert found("A large language model is a model.", *terms) == ["large language model", "model"]
    assert found("Large language models and language models", *terms) == ["large language model", "language model"]


def test_two_terms_that_overlap_are_both_found() -> None:
    assert found("deep reinforcement learning", "deep reinforcement", "reinforcement learning") == [
        "deep reinforcement",
        "reinforcement learning",
    ]


def test_case_counts_where_a_row_says_so() -> None:
    rows = (row("Go", keep=True, case=True), row("go", "去"))

    assert [match.translation for match in Glossary(rows).matching("We go on.")] == ["去"]
    assert [match.keep for match in Glossary(rows).matching("It plays Go.")] == [True]
    assert found("a llm, two LLMS", row("LLM", case=True)) == []
    assert found("two LLMs", row("LLM", case=True)) == ["LLM"]


def test_each_row_is_given_once_and_those_of_the_site_first() -> None:
    rows = (row("token"), row("agent"), row("robust", strict=True))

    assert found("tokens, agents, a token and robust agents", *rows) == ["robust", "token", "agent"]


SMALL = st.sampled_from(["a", "b", "c", "A"])
SIGN = st.sampled_from([" ", "-", ". ", "  ", ", ", " <m0/> "])


@given(
    st.lists(st.lists(SMALL, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=6),
    st.lists(st.tuples(SMALL, SIGN), max_size=12).map(lambda pairs: "".join(word + sign for word, sign in pairs)),
)
def test_the_rows_found_are_those_of_a_plain_search(terms: list[str], text: str) -> None:
    rows = list({term.lower(): row(term) for term in terms}.values())
    spans = {
        (match.start(1), match.end(1), term.term)
        for term in rows
        for match in re.finditer(rf"(?<!\w)(?=({term.term.replace(' ', '[ -]+')})(?!\w))", text, re.IGNORECASE)
    }
    expected = {
        term
        for start, end, term in spans
        if not any((a <= start and end <= b) and (a, b) != (start, end) for a, b, _ in spans)
    }

    assert {match.term for match in Glossary(rows).matching(text)} == expected


@given(st.text(), st.text(min_size=1))
def test_no_text_and_no_term_breaks_the_search(text: str, term: str) -> None:
    assert len(Glossary([row(term)]).matching(text + term)) <= 1


# ── The default rows ──


def test_the_default_rows_are_many_and_without_problems() -> None:
    assert glossary_file.check_glossary(SHIPPED) == []
    assert len(default_glossary("zh-CN")) >= 80
    assert not any(term.strict for term in default_glossary("zh-CN").rows)
    assert default_glossary("zh").rows == default_glossary("zh-SG").rows == default_glossary("zh-CN").rows
    assert len(default_glossary("fr")) == 0


@pytest.mark.parametrize(
    ("term", "instruction"),
    [
        ("agents", "agent → 智能体"),
        ("a Transformer", "Transformer: keep"),
        ("token", "token: keep"),
        ("robust", "robust → 鲁棒"),
        ("zero-shot", "zero-shot → 零样本"),
        ("alignment", "alignment → 对齐"),
        ("large language models", "large language model → 大语言模型"),
    ],
)
def test_the_disputed_terms_have_a_row(term: str, instruction: str) -> None:
    assert [match.instruction for match in default_glossary("zh-CN").matching(term)] == [instruction]


@pytest.mark.parametrize("term", ["attention", "policy", "inference", "bias", "representation", "dropout", "logit"])
def test_a_word_that_depends_on_its_sentence_has_no_row(term: str) -> None:
    assert default_glossary("zh-CN").matching(term) == ()


def test_no_default_row_is_the_name_of_a_person_or_an_institution() -> None:
    capitals = {word for term in default_glossary("zh-CN").rows for word in re.findall(r"[A-Z]\w*", term.term)}

    assert capitals == {"Transformer", "KV", "Gaussian"}  # Gaussian splatting is a method


def test_a_default_row_says_why_where_renderings_differ() -> None:
    for term in default_glossary("zh-CN").rows:
        assert term.translation not in term.also
        assert term.keep or re.search("[\u4e00-\u9fff]", term.translation or "")
    with_reason = [term for term in default_glossary("zh-CN").rows if term.note]
    assert len(with_reason) >= 40


# ── The file ──


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "glossary.yml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


GOOD = """\
zh-CN:
  - term: agent
    translation: 智能体
    also: [主体]
    note: 经济学用“主体”
  - {term: Lantern, keep: true, case: true}
ja:
  - {term: agent, translation: エージェント}
"""


def test_each_language_has_its_rows(write: Callable[[str], Path]) -> None:
    path = write(GOOD)
    agent, lantern = parse_glossary(path, "zh-CN")

    assert (agent.translation, agent.also, agent.note) == ("智能体", ("主体",), "经济学用“主体”")
    assert (agent.keep, agent.case, agent.strict) == (False, False, True)
    assert (lantern.instruction, lantern.case) == ("Lantern: keep", True)
    assert [term.translation for term in parse_glossary(path, "ja")] == ["エージェント"]
    assert parse_glossary(path, "fr") == ()
    assert parse_glossary(path, "zh-cn") == (agent, lantern)


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "zh-CN:\n", "---\n", "zh-CN: []\n"])
def test_a_file_without_rows_is_no_mistake(write: Callable[[str], Path], content: str) -> None:
    assert parse_glossary(write(content), "zh-CN") == ()


def test_a_word_is_a_text_whatever_yaml_makes_of_it(write: Callable[[str], Path]) -> None:
    rows = parse_glossary(write("zh-CN: [{term: no, translation: 否}, {term: 3.10, translation: on}]"), "zh-CN")

    assert [(term.term, term.translation) for term in rows] == [("no", "否"), ("3.10", "on")]


def test_a_byte_order_mark_is_read_over(write: Callable[[bytes], Path]) -> None:
    assert len(parse_glossary(write(b"\xef\xbb\xbf" + GOOD.encode()), "zh-CN")) == 2


ONE = "zh-CN:\n  - term: agent\n"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (ONE, 2, "'agent' has no translation; write one, or keep: true"),
        (ONE + "    translation: 智能体\n    keep: true\n", 2, "both a translation and keep: true"),
        (ONE + "    keep: false\n", 2, "has no translation"),
        (ONE + "    translaton: 智能体\n", 3, "unknown key 'translaton'; did you mean 'translation'?"),
        (ONE + "    strict: true\n", 3, "unknown key 'strict'"),
        (ONE + "    xyzzy: 1\n", 3, "known are term, translation, keep, case, also, note"),
        (ONE + "    term: other\n", 3, "the key 'term' is there already, in line 2"),
        (ONE + "    translation: [智能体]\n", 3, "translation: expected a text, got a list"),
        (ONE + "    translation:\n", 3, "translation: expected a text, got nothing"),
        (ONE + "    translation: ''\n", 3, "translation: the text is empty"),
        (ONE + f"    translation: {'长' * 81}\n", 3, "the text has 81 characters, at most 80"),
        (ONE + '    translation: "智\\n能"\n', 3, "more than one line"),
        (ONE + "    translation: 智<m0/>\n", 3, "is a placeholder"),
        (ONE + "    keep: yes\n", 3, "keep: expected true or false, got the text 'yes'"),
        (ONE + "    keep: 'true'\n", 3, "keep: expected true or false"),
        (ONE + "    keep: true\n    also: 主体\n", 4, "also: expected a list, got the text '主体'"),
        (ONE + "    keep: true\n    case: 1\n", 4, "case: expected true or false"),
        (ONE + "    keep: true\n  - {term: Agent, translation: 代理}\n", 4, "a second time; it is already in line 2"),
        ("zh-CN: [{term: a-b, keep: true}, {term: a b, keep: true}]", 1, "a second time"),
        ("zh-CN:\n  - translation: 智能体\n", 2, "term is missing"),
        ("zh-CN:\n  - term: '...'\n    keep: true\n", 2, "neither letters nor digits"),
        ("zh-CN:\n  - agent\n", 2, "expected a mapping with term"),
        ("zh-CN:\n  agent: 智能体\n", 2, "expected a list of rows, got a mapping"),
        ("- {term: agent, translation: 智能体}\n", 1, "expected a mapping with languages"),
        ("zh_CN:\n  - {term: agent, keep: true}\n", 2, "did you mean 'zh-CN'?"),
        ("Chinese:\n  - {term: agent, keep: true}\n", 2, "'Chinese' is no language code"),
        ("zh-CN: []\nzh-cn: []\n", 2, "stands in the file twice"),
        ("[a]: []\n", 1, "expected a text as key, got a list"),
        ("zh-CN: &x []\nja: *x\n", 1, "anchors and aliases"),
        ("zh-CN:\n  - *x\n", 2, "anchors and aliases"),
        ("zh-CN:\n  - term: !!python/object:os.system agent\n", 2, "tags are not allowed"),
        ("zh-CN:\n  - !ENV agent\n", 2, "tags are not allowed"),
        ("zh-CN: []\n---\nja: []\n", 2, "a second document begins"),
        ("zh-CN:\n\t- term: agent\n", 2, "this is no YAML"),
        ("zh-CN:\n  - {term: agent\n", 3, "this is no YAML"),
        ("zh-CN: \x00", 1, "this is no YAML"),
        ("[" * 5000, 1, "nested deeper than 6 levels"),
        (b"zh-CN:\n  - {term: \xff, keep: true}\n", 2, "the file is not UTF-8"),
        (b"#" * 65_537, 1, "the file is larger than 64 KB"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    write: Callable[[str | bytes], Path], content: str | bytes, line: int, message: str
) -> None:
    path = write(content)

    with pytest.raises(GlossaryError) as caught:
        parse_glossary(path, "zh-CN")
    assert message in caught.value.message
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_a_mistake_in_another_language_is_one_too(write: Callable[[str], Path]) -> None:
    with pytest.raises(GlossaryError, match=r":9: .*unknown key"):
        parse_glossary(write(GOOD + "  - {term: robust, nope: 1}\n"), "zh-CN")


def test_every_problem_of_a_file_is_listed_with_line_and_column(write: Callable[[str], Path]) -> None:
    path = write("zh-CN:\n  - {term: a}\n  - {term: b, keep: no}\n  - {term: c, translation: 丙}\nja: 1\n")

    assert [(problem.line, problem.column) for problem in glossary_file.check_glossary(path)] == [
        (2, 5),
        (3, 21),
        (5, 5),
    ]


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.yml").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.yml")

    for name in ("link.yml", "pipe.yml", "absent.yml", "."):
        with pytest.raises(GlossaryError, match="no ordinary file"):
            parse_glossary(tmp_path / name, "zh-CN")


def test_a_bomb_of_merge_keys_is_refused_at_once(write: Callable[[str], Path]) -> None:
    lines = ["a: &a0 {x: 1}", *(f"b{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 20))]

    with must_end(), pytest.raises(GlossaryError):
        parse_glossary(write("\n".join(lines)), "zh-CN")


@given(st.data())
def test_no_content_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 20)))
    middle = data.draw(st.text(alphabet=":-[]{}#&*!|>'\"%@`, \n\tzh\u2028é", max_size=8))
    path = tmp_path_factory.getbasetemp() / "mutated.yml"
    path.write_text(GOOD[:start] + middle + GOOD[end:], encoding="utf-8")

    for problem in glossary_file.check_glossary(path):
        assert problem.line >= 1
        assert problem.message


# ── The site's rows above the default ones ──


def test_a_row_of_the_site_wins_over_the_default_one() -> None:
    own = (row("agents", "代理", strict=True), row("Token", "词元", strict=True))
    both = combine_glossaries(own, Glossary([row("agent", "智能体"), row("token", keep=True), row("robust", "鲁棒")]))

    assert [term.translation for term in both.matching("tokens, agents, robust")] == ["词元", "代理", "鲁棒"]
    assert [term.translation for term in both.matching("an agent")] == ["智能体"]


def test_a_row_for_one_spelling_leaves_the_default_row_for_the_others() -> None:
    both = combine_glossaries((row("Agent", keep=True, case=True, strict=True),), Glossary([row("agent", "智能体")]))

    assert [term.instruction for term in both.matching("an agent of Agent")] == ["Agent: keep", "agent → 智能体"]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    (tmp_path / "docs" / "overrides").mkdir(parents=True)
    return Options(categories=("cs.CL",), docs_dir=tmp_path / "docs")


def test_a_site_without_a_file_has_the_default_rows(options: Options, caplog: pytest.LogCaptureFixture) -> None:
    assert load_glossary(options).rows == default_glossary("zh-CN").rows
    assert caplog.text == ""


def test_the_sites_file_is_read(options: Options, tmp_path: Path) -> None:
    (tmp_path / "docs/overrides/glossary.yml").write_text(GOOD)

    rows = load_glossary(options).rows
    assert [term.strict for term in rows[:3]] == [True, True, False]
    assert len(rows) == len(default_glossary("zh-CN")) + 1


def test_a_broken_file_is_said_and_the_default_rows_go_on(
    options: Options, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "docs/overrides/glossary.yml").write_text("zh-CN:\n  - {term: agent}\n")

    for _ in range(3):  # as the stages of a build ask
        assert load_glossary(options).rows == default_glossary("zh-CN").rows
    (record,) = caplog.records
    assert "glossary.yml:2: 'agent' has no translation" in record.getMessage()
    assert record.levelname == "WARNING"


def test_a_file_that_the_owner_named_must_be_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    named = TranslationOptions(glossary="terms.yml")
    options = Options(categories=("cs.CL",), docs_dir=tmp_path / "docs", translation=named)

    assert load_glossary(options).rows == default_glossary("zh-CN").rows
    assert "terms.yml" in caplog.text
