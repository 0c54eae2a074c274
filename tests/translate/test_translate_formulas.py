"""Formulas and addresses of real abstracts on their way through; `benchmarks/formulas.py` sends all there are."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import formulas

WEEK = formulas.CORPUS / "oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"


def row(abstract: str, title: str = "A study of the matter") -> dict[str, Any]:
    return {"id": "2606.00001", "title": title, "abstract": abstract}


def assert_all_kept(count: formulas.Count) -> None:
    assert count.lost == []
    assert count.other_on_page == []
    assert count.kept == count.pieces * 3  # in their order, in another order, respelt
    assert {way: count.accepted[way] for way in formulas.WAYS} == {**count.answers, "damaged": 0}


@pytest.mark.parametrize(
    "abstract",
    [
        r"We use $x^2$, then $$\int_0^1 f$$ and \(y\) or \[z\] with \begin{align}a&=b\end{align} of course.",
        r"The code of $f$ is at \url{https://a.org/b_c\_d} and at https://github.com/me/it-is. We see $g$ too.",
        r"It costs \$200K and then \$1.21 M at 11$\times$ lower cost, which is $47\%$ of all that there is.",
        r"It costs $0.01-$3.59 a run, of which 19 are >=1.000% or $6000, and $\alpha$ is what we see there.",
        r"We see $2.8\sigma$ of 5000 in $3\times$ 7 cases and $\sim$5000 more of them than we did see before.",
        r"The \textbf{norm of $x$} is at our page{https://a.org/b} or at \https://a.org/c or https://a.org/d\-e too.",
    ],
)
def test_formulas_and_addresses_come_through_as_they_are(abstract: str) -> None:
    for seed in range(20):
        count = formulas.run([row(abstract)], seed)

        assert count.pieces > 0
        assert_all_kept(count)


def test_formulas_and_addresses_of_a_real_week_come_through_as_they_are() -> None:
    if not WEEK.is_file():
        pytest.skip("needs ../shared/data, which is not on this machine")
    count = formulas.run(islice(formulas.rows(WEEK), 0, None, 6))

    assert count.papers > 700
    assert count.pieces > 400
    assert count.lost == []
    assert count.other_on_page == []
    assert count.accepted["damaged"] == 0
    assert count.accepted["scrambled"] >= 0.99 * count.answers["scrambled"]
