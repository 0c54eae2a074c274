from __future__ import annotations

import io
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st

from paperboy.site.context import SiteOptions
from paperboy.site.export.citations import bibtex, ris
from paperboy.site.html.document import DataFile
from paperboy.site.plans import build_site
from tests.factories import answer, paper
from tests.pages.test_pages import HARD, HOSTILE, edition

if TYPE_CHECKING:
    from paperboy.domain.papers import Announcement

REAL = paper(
    "2606.00001",
    version=2,
    title=r"50% of $x_{1}$ & Schr\"odinger's \emph{cat}",
    authors=(r"Jos\'e de la Cruz", "Ada Lovelace", "The XENON Collaboration", "John Smith Jr."),
    comment="Accepted at ICML 2026",
    journal_ref="Phys. Rev. X 1, 2 (2026)",
    doi="10.1000/abc_1 10.1000/other",
    submitted="2026-05-29T17:59:59Z",
    categories=("cs.CL", "cs.LG"),
)
TEXT = st.text(alphabet=st.sampled_from("ab {}\\$%&#_^~@,\"'=\n(é中"), max_size=40)


def entry(one: Announcement) -> dict[str, str]:
    """The only entry of a file, as bibtexparser reads it back."""
    library = parse_string(bibtex(one))
    assert library.failed_blocks == []
    assert len(library.blocks) == len(library.entries) == 1
    read = library.entries[0]
    return {"ENTRYTYPE": read.entry_type, "ID": read.key} | {field.key: field.value for field in read.fields}


def record(text: str) -> dict[str, object]:
    (read,) = rispy.loads(text)
    return dict(read)


def test_a_bibtex_entry_keeps_tex_and_escapes_what_latex_would_read() -> None:
    assert entry(REAL) == {
        "ENTRYTYPE": "misc",
        "ID": "2606.00001",
        "title": r"50\% of $x_{1}$ \& Schr\"odinger's \emph{cat}",
        "author": r"Jos\'e de la Cruz and Ada Lovelace and {The XENON Collaboration} and John Smith Jr.",
        "year": "2026",
        "eprint": "2606.00001",
        "archivePrefix": "arXiv",
        "primaryClass": "cs.CL",
        "doi": "10.1000/abc_1",
        "url": "https://arxiv.org/abs/2606.00001v2",
        "note": "Accepted at ICML 2026; Phys. Rev. X 1, 2 (2026)",
    }


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("costs $5 or less", r"costs \$5 or less"),
        ("an unmatched { brace", r"an unmatched \textbraceleft{} brace"),
        (r"a set $\{x$ and a \{ that never ends", r"a set $\lbrace x$ and a \textbraceleft{} that never ends"),
        (r"a set $\{x\}$", r"a set $\{x\}$"),
        ("ends in a backslash \\", r"ends in a backslash \textbackslash{}"),
        ("snake_case, C# and 2^5", r"snake\_case, C\# and 2\textasciicircum{}5"),
        ("two\n  lines", "two lines"),
    ],
)
def test_a_title_that_would_break_the_file_is_mended(title: str, value: str) -> None:
    assert entry(paper(title=title))["title"] == value


@given(title=TEXT, name=TEXT)
def test_no_text_breaks_a_bibtex_file(title: str, name: str) -> None:
    one = paper(title=title, authors=(name,), comment=title, doi=title)
    written = bibtex(one)

    read = entry(one)
    assert {"eprint", "url", "year"} <= read.keys() <= {*entry(REAL)}
    # BibTeX itself counts every brace, escaped or not.
    depth = 0
    for brace in re.findall(r"[{}]", written):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_field(text: str) -> None:
    one = paper(title=text, authors=(text,), comment=text, journal_ref=text, doi=text, categories=(text,))

    assert entry(one)["eprint"] == one.id
    assert record(ris(one, answer(title=text)))["type_of_reference"] == "UNPB"


def test_an_unfinished_list_of_authors_says_so() -> None:
    assert entry(paper(authors=("A. Author",), authors_complete=False))["author"] == "A. Author and others"


@pytest.mark.parametrize(
    ("arxiv_id", "year"), [("2606.00001", "2026"), ("0704.0001", "2007"), ("hep-th/9901001", "1999")]
)
def test_without_a_date_the_year_is_that_of_the_id(arxiv_id: str, year: str) -> None:
    assert entry(paper(arxiv_id, submitted=None))["year"] == year
    assert record(ris(paper(arxiv_id, submitted=None)))["year"] == year


def test_a_ris_record_is_unicode_with_the_family_name_first() -> None:
    read = record(ris(REAL, answer(title="薛定谔的猫")))

    assert read == {
        "type_of_reference": "UNPB",
        "id": "2606.00001",
        "title": "50% of $x_{1}$ & Schrödinger's cat",
        "translated_title": "薛定谔的猫",
        "authors": ["de la Cruz, José", "Lovelace, Ada", "The XENON Collaboration,", "Smith, John, Jr."],
        "year": "2026",
        "date": "2026/05/29/",
        "publisher": "arXiv",
        "accession_number": "arXiv:2606.00001",
        "doi": "10.1000/abc_1",
        "urls": ["https://arxiv.org/abs/2606.00001v2"],
        "file_attachments1": "https://arxiv.org/pdf/2606.00001v2",
        "keywords": ["cs.CL", "cs.LG"],
        "notes": ["Accepted at ICML 2026", "Phys. Rev. X 1, 2 (2026)"],
    }


def test_a_refused_translation_is_no_title() -> None:
    assert "translated_title" not in record(ris(paper(), answer(status="failed", title="坏")))


def test_each_day_has_its_shown_papers_as_files() -> None:
    both = paper("2606.00002", listed={"cs.CL": "cross", "cs.LG": "new"})
    old = paper("2606.00003", listed={"cs.LG": "replace"})
    site = build_site(
        [edition(paper(), both, old, day=date(2026, 6, 4))],
        SiteOptions(categories=("cs.CL", "cs.LG"), announce_types=("new", "cross")),
    )
    files = {item.path: item.content.decode() for item in site if isinstance(item, DataFile)}

    library = parse_string(files["2026/06/04/papers.bib"])
    assert {one.key for one in library.entries} == {"2606.00001", "2606.00002"}
    records = rispy.load(io.StringIO(files["2026/06/04/papers.ris"]))
    assert {one["id"] for one in records} == {"2606.00001", "2606.00002"}


def test_a_day_of_hostile_papers_is_still_a_whole_file() -> None:
    site = build_site([HARD], SiteOptions(categories=("cs.CL", "cs.LG")))
    files = {item.path: item.content.decode() for item in site if isinstance(item, DataFile)}

    library = parse_string(files["2026/06/04/papers.bib"])
    assert library.failed_blocks == []
    assert len(library.entries) == len(HARD.announcements)
    assert len(rispy.loads(files["2026/06/04/papers.ris"])) == len(HARD.announcements)
