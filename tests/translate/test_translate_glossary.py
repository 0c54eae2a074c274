"""The glossary's rows in what is asked, and in what is accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from paperboy.contributions.glossary_file import default_glossary
from paperboy.domain.config import TranslationOptions
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.domain.glossary import Glossary, Term
from paperboy.translation.prompts import glossary_terms, prompt
from paperboy.translation.single_field import FieldDialogue
from tests.translate.model_server import MUCH, chinese, completion, fields, paper

if TYPE_CHECKING:
    from tests.translate.model_server import Answer, Run, Server

OPTIONS = TranslationOptions()
AGENT = Term(term="agent", translation="智能体", also=("主体",))
TRANSFORMER = Term(term="Transformer", keep=True)
ROBUST = Term(term="robust", translation="鲁棒", also=("稳健",))
ABSTRACT = "We train an agent with $x$ as its input, and the agent learns from each of its own errors."


def strict(*rows: Term) -> Glossary:
    return Glossary(replace(row, strict=True) for row in rows)


def prepared(*rows: Term, title: str = "On learning", abstract: str = ABSTRACT) -> prompt.Prepared:
    return prompt.prepare(paper(title=title, abstract=abstract), OPTIONS, Glossary(rows))


def instructions(*rows: Term, **texts: str) -> str:
    return prompt.messages(prepared(*rows, **texts), "zh-CN")[0]["content"]


def with_terms(asked: dict[str, Any], **added: str) -> Answer:
    """A good answer with a few words more in some fields."""
    texts = fields(asked)
    texts |= {name: texts[name].removesuffix("。") + words for name, words in added.items()}
    return completion(json.dumps(texts, ensure_ascii=False))


# ── What is asked ──


def test_only_the_rows_that_occur_go_into_the_instructions() -> None:
    told = instructions(AGENT, TRANSFORMER, ROBUST, title="Transformers")

    assert "agent → 智能体" in told
    assert "Transformer: keep" in told
    assert "robust" not in told
    assert "主体" not in told


def test_without_a_row_the_instructions_are_the_same_for_every_text() -> None:
    assert instructions(ROBUST) == prompt.system("zh-CN")
    assert instructions(AGENT).startswith(prompt.system("zh-CN"))


def test_no_row_is_found_in_a_formula_or_an_address() -> None:
    abstract = "We show $agent$ at https://agent.example/agent and nothing else of it at all."

    assert prepared(AGENT, abstract=abstract).terms.rows == ()


def test_the_instructions_with_ten_rows_take_at_most_450_tokens() -> None:
    rows = default_glossary("zh-CN").rows
    longest = sorted(rows, key=lambda row: len(row.instruction))[-40:]
    usual = [row for row in rows if row not in longest][:10]
    text = prompt.system("zh-CN", usual)
    han = sum(ord(sign) > 0x2E7F for sign in text)

    assert (len(text) - han) / 4 + 2 * han < 450


def test_at_most_forty_rows_are_asked_for_and_the_sites_own_are_among_them() -> None:
    names = [f"word{number:02}" for number in range(60)]
    rows = [Term(term=name, translation="词", strict=name == "word59") for name in names]
    found = prepared(*rows, title=" ".join(names[30:]), abstract=" ".join(names)).terms

    assert len(found.rows) == glossary_terms.MOST == 40
    assert found.rows[0].term == "word59"
    assert {*found.title, *found.abstract} == {*found.rows}


def test_the_rows_that_occur_are_part_of_the_question() -> None:
    keys = [
        prepared(*rows).key
        for rows in (
            (),
            (AGENT,),
            (Term(term="agent", translation="代理"),),
            (Term(term="agent", keep=True),),
        )
    ]

    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    "rows",
    [
        (AGENT, ROBUST),
        (ROBUST, AGENT),
        (Term(term="agent", translation="智能体"),),
        (Term(term="agent", translation="智能体", note="why", strict=True),),
    ],
)
def test_other_rows_and_notes_are_no_part_of_the_question(rows: tuple[Term, ...]) -> None:
    assert prepared(*rows).key == prepared(AGENT).key


def test_the_order_of_the_rows_is_no_part_of_the_question() -> None:
    title = "A robust agent"

    assert prepared(AGENT, ROBUST, title=title).key == prepared(ROBUST, AGENT, title=title).key


def test_a_text_asked_for_by_itself_names_the_rows_that_occur_in_it() -> None:
    talk = FieldDialogue(prepared(AGENT, TRANSFORMER, title="A Transformer for learning"), "zh-CN")

    told = talk.messages()[0]["content"]
    assert "Transformer: keep" in told
    assert "agent" not in told
    talk.hear("一种用于学习的 Transformer")
    assert "agent → 智能体" in talk.messages()[0]["content"]


# ── What is accepted ──


@pytest.mark.parametrize(
    ("row", "target"),
    [
        (AGENT, "训练一个智能体"),
        (AGENT, "经济主体"),
        (AGENT, "智能 体"),
        (Term(term="VLM", translation="视觉语言模型"), "视觉-语言模型"),
        (TRANSFORMER, "一种transformer模型"),
        (TRANSFORMER, "两个Transformers"),
        (Term(term="zero-shot", keep=True), "zero shot学习"),
        (Term(term="KV cache", translation="键值（KV）缓存"), "键值(KV)缓存"),
    ],
)
def test_a_row_is_followed_where_its_rendering_stands(row: Term, target: str) -> None:
    assert glossary_terms.count(glossary_terms.Terms(title=(row,)), target, "") == (1, 1)


@pytest.mark.parametrize(("row", "target"), [(AGENT, "训练一个代理"), (TRANSFORMER, "变压器"), (AGENT, "")])
def test_a_row_is_not_followed_where_it_does_not(row: Term, target: str) -> None:
    assert glossary_terms.count(glossary_terms.Terms(title=(row,)), target, "智能体") == (0, 1)


def test_a_row_counts_once_and_is_followed_in_both_texts_or_not_at_all() -> None:
    both = glossary_terms.Terms(title=(AGENT, ROBUST), abstract=(AGENT,))

    assert glossary_terms.count(both, "鲁棒智能体", "智能体") == (2, 2)
    assert glossary_terms.count(both, "鲁棒智能体", "代理") == (1, 2)


def test_a_row_of_the_site_that_is_not_followed_is_a_fault_and_is_asked_for_by_name(run: Run, server: Server) -> None:
    run.glossary = strict(AGENT, TRANSFORMER)
    server.script = lambda asked, number: with_terms(asked, abstract="智能体。" if number else "。")
    outcome = run([paper(title="On learning", abstract=ABSTRACT)])

    assert outcome.translated == 1
    assert [(t.status, t.faults, t.terms) for t in run.recorded] == [
        ("failed", ("glossary",), (0, 0)),
        ("ok", (), (1, 1)),
    ]
    again = server.asked[1]["messages"][0]["content"]
    assert "the abstract does not use these terms of the glossary: agent → 智能体" in again
    assert "Transformer" not in again
    assert "glossary" in VALIDATION_ERRORS


def test_a_term_of_the_site_must_stand_in_each_text_that_has_it(run: Run, server: Server) -> None:
    run.glossary = strict(AGENT)
    server.script = lambda asked, _: with_terms(asked, abstract="智能体。")
    outcome = run([paper(title="An agent of learning", abstract=ABSTRACT)])

    assert outcome.refused == {"glossary": 1}
    assert "the title does not use" in server.asked[1]["messages"][0]["content"]


def test_a_kept_term_of_the_site_must_stand_there_as_it_is(run: Run, server: Server) -> None:
    run.glossary = strict(TRANSFORMER)
    server.script = lambda asked, number: with_terms(asked, title="用 Transformer" if number else "用变压器")
    outcome = run([paper(title="Learning with transformers", abstract=MUCH)])

    assert (outcome.translated, outcome.requests) == (1, 2)


def test_a_default_row_that_is_not_followed_is_counted_and_no_fault(run: Run, server: Server) -> None:
    run.glossary = Glossary([AGENT, ROBUST])
    server.script = lambda asked, _: with_terms(asked, abstract="稳健。")
    outcome = run([paper(title="On learning", abstract=ABSTRACT + " It is robust."), paper(2)])

    assert (outcome.requests, outcome.translated) == (2, 2)
    assert (outcome.terms_followed, outcome.terms_asked) == (1, 2)
    assert sorted(t.terms for t in run.recorded) == [(0, 0), (1, 2)]


def test_a_changed_row_asks_again_only_where_its_term_stands(run: Run, server: Server) -> None:
    papers = [paper(1, title="On learning", abstract=ABSTRACT), paper(2)]
    run.glossary = Glossary([AGENT])
    run(papers)
    run.glossary = Glossary([Term(term="agent", translation="主体")])
    outcome = run(papers, known=run.recorded)

    assert (outcome.requests, outcome.reused) == (1, 1)
    assert "agent → 主体" in server.asked[-1]["messages"][0]["content"]


def test_the_default_rows_refuse_nothing(run: Run, server: Server) -> None:
    run.glossary = default_glossary("zh-CN")
    text = (
        "A robust agent with attention heads is aligned by fine-tuning; its token embeddings hallucinate in benchmarks."
    )
    server.script = lambda asked, _: completion(
        json.dumps({**fields(asked), "abstract": chinese(text)}, ensure_ascii=False)
    )
    outcome = run([paper(title="On learning", abstract=text)])

    assert (outcome.translated, outcome.requests) == (1, 1)
    assert 0 <= outcome.terms_followed < outcome.terms_asked
