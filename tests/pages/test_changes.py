from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperboy.domain.edition import Edition
from paperboy.domain.ledger import Ledger
from paperboy.domain.papers import Announcement, AnnounceType, Previous
from paperboy.site.components.text_diff import word_diff
from paperboy.site.context import SiteContext, SiteOptions
from tests.factories import paper


def shown(before: str, after: str) -> str:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[run.kind].format(run.text) + (" " if run.gap else "") for run in word_diff(before, after))


def card(**previous: object) -> str:
    replaced = paper(
        version=2,
        listed={"cs.CL": "replace"},
        title="Two kinds of nets",
        abstract="We prove $x < y$ for all nets.",
        previous=Previous(version=1, date="2026-06-01", **previous),  # type: ignore[arg-type]
    )
    return shown_on_card(replaced, "replace")


def shown_on_card(one: Announcement, kind: AnnounceType) -> str:
    edition = Edition(date=date(2026, 6, 2), announcements=(one,), ledger=Ledger(date="2026-06-02"))
    return SiteContext(SiteOptions(categories=("cs.CL",), language="en")).cards.card(edition, one, kind, "")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("We train one model.", "We train two models.", "We train [-one model-]{+two models+}."),
        ("A net", "A net, and more", "A net{+, and more+}"),
        ("We show that it works", "It works", "[-We show that it-] {+It+} works"),
        ("Same words", "Same  words", "Same words"),
        ("One two three four", "One 2 three 4", "One [-two three four-]{+2 three 4+}"),
        ("", "All new", "{+All new+}"),
        ("See https://a.org/b/c.", "See https://a.org/b/d.", "See [-https://a.org/b/c-]{+https://a.org/b/d+}."),
    ],
)
def test_words_are_kept_whole(before: str, after: str, expected: str) -> None:
    assert shown(before, after).strip() == expected.strip()


def test_a_formula_is_one_word() -> None:
    diff = word_diff("We bound $O(n \\log n)$ steps", "We bound $O(n \\log^2 n)$ steps")

    assert [run.text for run in diff] == ["We bound", "$O(n \\log n)$", "$O(n \\log^2 n)$", "steps"]


def test_two_spellings_of_one_letter_are_no_change() -> None:
    assert [run.kind for run in word_diff('G\\"odel nets', "Gödel nets")] == ["same"]


@given(st.text(alphabet="ab $\\{}.,<&\n"), st.text(alphabet="ab $\\{}.,<&\n"))
def test_both_texts_can_be_read_from_the_diff(before: str, after: str) -> None:
    runs = word_diff(before, after)

    def read(kinds: set[str]) -> str:
        return re.sub(r"\s", "", "".join(run.text for run in runs if run.kind in kinds))

    assert read({"same", "added"}) == re.sub(r"\s", "", "".join(run.text for run in word_diff("", after)))
    assert len(read({"same", "removed"})) == len(re.sub(r"\s", "", "".join(r.text for r in word_diff("", before))))


def test_texts_without_a_word_in_common_and_without_end_take_no_time() -> None:
    before = " ".join(f"a{number}" for number in range(20_000))

    assert [run.kind for run in word_diff(before, before.replace("a", "b"))] == ["removed", "added"]


def test_a_card_shows_what_changed_and_says_it_to_those_who_listen() -> None:
    html = card(title="One kind of net", abstract="We prove $x < y$ for all nets.")

    assert '<a href="https://arxiv.org/abs/2606.00001v1">v1</a> (2026-06-01)' in html
    assert "Changes to title and abstract" in html
    assert re.search(r"<del>.*\[removed: .*One.*</del>", html)
    assert re.search(r"<ins>.*\[added: .*Two.*</ins>", html)
    assert "\n\n" not in html


def test_a_card_of_the_same_text_says_so() -> None:
    html = card()

    assert "title and abstract are the same" in html
    assert "<del>" not in html


def test_a_card_claims_nothing_where_texts_could_not_be_compared() -> None:
    html = card(compared=False)

    assert "Replaces" in html
    assert "the same" not in html
    assert '<details class="paper-changes"' not in html


def test_removed_text_is_as_inert_as_any() -> None:
    html = card(abstract="<script>alert(1)</script> [x](javascript:alert(1)) $\\text{<img src=x onerror=alert(1)>}$")

    assert "<script" not in html
    assert "<img" not in html


def test_a_text_of_a_later_version_is_marked() -> None:
    html = shown_on_card(paper(text_version=3), "new")

    assert "this is the text of v3" in html
