"""The OAI-PMH reader: recorded and rendered answers as their bytes have them."""

from __future__ import annotations

import gzip
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from paperboy.domain.errors import BadAnswer
from paperboy.sources.arxiv import oai_pmh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from paperboy.domain.papers import Record

OAI = "{http://www.openarchives.org/OAI/2.0/}"
OTHER_ANSWERS = frozenset({"identify.xml", "list_metadata_formats.xml", "list_sets.xml"})


def answers(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*.xml*")):
        yield file.name, gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def line(text: str | None) -> str:
    return re.sub(r"\s*\n\s*", " ", (text or "").strip())


def names(element: Element) -> list[str]:
    return [
        " ".join(
            line(part.text) for tag in ("forenames", "keyname", "suffix") for part in author if part.tag.endswith(tag)
        )
        for author in element
    ]


def compare(body: Element, read: oai_pmh.OaiRecord) -> None:
    paper = read.paper
    said: dict[str, list[Element]] = {}
    for child in body:
        said.setdefault(child.tag.rpartition("}")[2], []).append(child)

    def first(tag: str) -> str:
        return said[tag][0].text or "" if tag in said else ""

    assert line(first("title")) == paper.title
    if body.tag.endswith("}dc"):
        creators = [line(found.text).partition(", ") for found in said["creator"]]
        assert paper.authors == tuple(f"{fore} {key}".strip() for key, _, fore in creators if key != ":")
        assert first("description").strip() == paper.abstract
        return
    assert first("abstract").strip() == paper.abstract
    assert first("categories").split() == list(paper.categories)
    assert (line(first("comments")), line(first("journal-ref")), line(first("doi"))) == (
        paper.comment or "",
        paper.journal_ref or "",
        paper.doi or "",
    )
    if body.tag.endswith("}arXiv"):
        assert [name for name in names(said["authors"][0]) if any(map(str.isalnum, name))] == list(paper.authors)
        assert paper.version is None
        return
    stamps = [(found.get("version") or "", found[0].text or "") for found in said["version"]]
    stamps.sort(key=lambda stamp: int(stamp[0][1:]))  # the old server prints v10 before v2
    assert [f"v{version.number}" for version in read.versions] == [number for number, _ in stamps]
    times = [f"{parsedate_to_datetime(text):%Y-%m-%dT%H:%M:%SZ}" for _, text in stamps]
    assert times == [version.submitted for version in read.versions]
    assert (times[0], times[-1], len(times)) == (paper.submitted, paper.updated, paper.version)


def test_recorded_records_give_what_their_bytes_hold(data: Path) -> None:
    files = compared = 0
    for name, content in answers(data / "arxiv-oai"):
        if "error" in name or name in OTHER_ANSWERS:
            continue
        read = oai_pmh.parse_oai_page(content)
        root = ET.fromstring(content)
        elements = root.findall(f".//{OAI}record")
        token = root.find(f".//{OAI}resumptionToken")
        assert (read.problems, read.deleted) == ((), ()), name
        assert (token.text if token is not None else None) == read.token, name
        assert len(elements) == len(read.records), name
        for element, record in zip(elements, read.records, strict=True):
            header, body = element[0], element[1][0]
            assert header.findtext(f"{OAI}identifier") == f"oai:arXiv.org:{record.paper.id}"
            assert header.findtext(f"{OAI}datestamp") == record.datestamp
            compare(body, record)
        files, compared = files + 1, compared + len(elements)

    assert (files, compared) == (32, 4621)


def test_a_page_says_how_it_goes_on(data: Path) -> None:
    folder = data / "arxiv-oai"
    pages = [
        oai_pmh.parse_oai_page(gzip.decompress((folder / f"rendered/paged_arXivRaw_{n}.xml.gz").read_bytes()))
        for n in (1, 2, 3, 4)
    ]
    whole = oai_pmh.parse_oai_page(gzip.decompress((folder / "rendered/list_records_arXivRaw_all.xml.gz").read_bytes()))
    first = oai_pmh.parse_oai_page(
        gzip.decompress((folder / "recorded/2014_ListRecords_arXivRaw_page96_1000.xml.gz").read_bytes())
    )

    assert [page.token is not None for page in pages] == [True, True, True, False]
    assert {one.paper.id for one in whole.records} >= {one.paper.id for page in pages for one in page.records}
    assert (first.token, first.complete_size) == ("496549|96001", 907096)


def test_a_day_without_records_is_an_empty_page(data: Path) -> None:
    for name in ("recorded/2016_error_noRecordsMatch.xml", "rendered/error_noRecordsMatch.xml"):
        assert oai_pmh.OaiPage() == oai_pmh.parse_oai_page((data / "arxiv-oai" / name).read_bytes())


def test_an_error_is_named_by_its_code(data: Path) -> None:
    seen = set()
    for name, content in answers(data / "arxiv-oai"):
        if "error" in name and "noRecordsMatch" not in name:
            with pytest.raises(BadAnswer, match=r"OAI-PMH error \w+: \w") as caught:
                oai_pmh.parse_oai_page(content)
            seen.add(str(caught.value).split(":")[0].removeprefix("OAI-PMH error "))

    assert {"badArgument", "badResumptionToken", "badVerb", "cannotDisseminateFormat", "idDoesNotExist"} == seen


def test_other_answers_are_bad_ones(data: Path) -> None:
    for name in OTHER_ANSWERS:
        with pytest.raises(BadAnswer, match=r"expected OAI-PMH records, got .*(Identify|List)"):
            oai_pmh.parse_oai_page((data / "arxiv-oai/rendered" / name).read_bytes())


def page(*records: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{"".join(records)}</ListRecords></OAI-PMH>'.encode()


def record(fields: str, name: str = "2606.00001", status: str = "") -> str:
    return (
        f"<record><header{status}><identifier>oai:arXiv.org:{name}</identifier><datestamp>2026-06-04</datestamp>"
        f'</header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">{fields}</arXivRaw></metadata></record>'
    )


def only(fields: str) -> Record:
    (found,) = oai_pmh.parse_oai_page(page(record(fields))).records
    return found.paper


def test_tex_and_markup_come_through_exactly() -> None:
    paper = only(
        r"<title>$a &lt; b$ &amp; {{x}}</title><abstract>  \'{e} $\{{y}\}$"
        "\n  arXiv:2501.00001 </abstract><comments></comments><categories>cs.CL</categories>"
    )

    assert (
        paper.title,
        paper.abstract,
        paper.comment,
    ) == (r"$a < b$ & {{x}}", "\\'{e} $\\{{y}\\}$\n  arXiv:2501.00001", None)
    assert paper.primary_category == "cs.CL"


def test_versions_are_in_order_whatever_the_records() -> None:
    paper = only(
        '<title>x</title><version version="v10"><date>Thu, 04 Jun 2026 01:02:03 GMT</date></version>'
        '<version version="v9"><date>Wed, 03 Jun 2026 01:02:03 +0200</date></version>'
    )

    assert (paper.version, paper.submitted, paper.updated) == (10, "2026-06-02T23:02:03Z", "2026-06-04T01:02:03Z")


def test_deleted_and_unreadable_records_are_named() -> None:
    read = oai_pmh.parse_oai_page(
        page(
            record("<title>x</title>", status=' status="deleted"'),
            record("<title>x</title>", "what"),
            record('<title>x</title><version version="v1"><date>soon</date></version>', "2606.00002"),
            record("<title/>", "2606.00003"),
            record("<title>x</title>", "math/0309136"),
        )
    )

    assert (read.deleted, [found.paper.id for found in read.records]) == (("2606.00001",), ["math/0309136"])
    assert [p.partition(":")[0] for p in read.problems] == [
        "the record of 'what'",
        "the record of '2606.00002'",
        "the record of '2606.00003'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A. Bee, C. Dee and E. Eff", ("A. Bee", "C. Dee", "E. Eff")),
        (
            "A. Bee (1 and 2), C. Dee, Jr. (2), and E. Eff III ((1) Here, (2) There)",
            ("A. Bee", "C. Dee Jr.", "E. Eff III"),
        ),
        ("H.E.S.S. Collaboration: F. Aharonian, et al.", ("H.E.S.S. Collaboration", "F. Aharonian")),
        (
            "Raphael Chetrite,\n   Izaak Neri and \\'Edgar Rold\\'an",
            ("Raphael Chetrite", "Izaak Neri", "\\'Edgar Rold\\'an"),
        ),
        ("J.\\,Smith; Alexandra Sandu", ("J.\\,Smith", "Alexandra Sandu")),
        ("", ()),
    ],
)
def test_the_line_of_names_is_split(text: str, expected: tuple[str, ...]) -> None:
    assert expected == oai_pmh.split_names(text)


def test_a_list_that_ends_in_et_al_is_not_complete() -> None:
    assert not only("<title>x</title><authors>A. Bee et al.</authors>").authors_complete
    assert only("<title>x</title><authors>A. Bee</authors>").authors_complete
