"""Institutions out of papers. The documents are invented, in the shapes that LaTeXML and LaTeX give them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from paperboy.domain.errors import BadAnswer, Unreachable
from paperboy.sources import affiliations, institution_names
from paperboy.sources.affiliations import of_html, of_pdf
from tests.factories import paper

if TYPE_CHECKING:
    from tests.sources.conftest import Host, Open

NAMES = ("Ada Ohm", "Bo Volt", "Cy Watt")


def document(block: str, after: str = "") -> bytes:
    return f"""<!DOCTYPE html><html lang="en"><head><title>A paper</title></head><body>
<div class="ltx_page_content"><article class="ltx_document ltx_authors_1line">
<h1 class="ltx_title ltx_title_document">A Study of Universities at Google</h1>
<div class="ltx_authors">{block}</div>{after}
<div class="ltx_abstract"><h6>Abstract</h6><p class="ltx_p">As MIT and Harvard University have shown.</p></div>
<section class="ltx_section"><p class="ltx_p">We thank Oxford University.
<span class="ltx_note ltx_role_footnote">Thanks to Cambridge University.</span></p></section>
</article></div></body></html>""".encode()


def creator(name: str, *contacts: str) -> str:
    notes = "".join(f'<span class="ltx_contact ltx_role_{contact}</span>\n' for contact in contacts)
    return f"""<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{name}</span>
<span class="ltx_author_notes"><span class="ltx_author_notes_content">{notes}</span></span></span>"""


def declared(*addresses: str, label: str = "") -> str:
    return creator("Ada Ohm", *(f'affiliation">{label}{address}' for address in addresses))


LABEL = '<span class="ltx_contact_name">Affiliation: </span>'


@pytest.mark.parametrize(
    ("block", "found"),
    [
        # Each address declared, with the label of newer versions or without.
        (declared("Google Brain\n"), ("Google Brain",)),
        (declared("Quiet Valley Labs", label=LABEL), ("Quiet Valley Labs",)),
        # A name that says nothing of itself is believed, for it is declared.
        (declared("Tidewater", label=LABEL), ("Tidewater",)),
        # Lines under a name: of an address, the institution.
        (
            declared("Department of Computer Science", "Cranberry-Lemon University", "Pittsburgh, PA 15213"),
            ("Cranberry-Lemon University",),
        ),
        (declared("School of Physics, Northwest University, Xi'an 710127, China"), ("Northwest University",)),
        (
            declared("Dept. of EECS, University of California, Berkeley, CA, USA"),
            ("University of California, Berkeley",),
        ),
        (declared("University of Texas, TX 78712"), ("University of Texas",)),
        (
            declared("Institute of Automation, Chinese Academy of Sciences, Beijing"),
            ("Institute of Automation, Chinese Academy of Sciences",),
        ),
        # Numbers set high, in one address for all authors.
        (
            creator(
                "Ada Ohm",
                'affiliation"><sup class="ltx_sup">1</sup>CFAR, A*STAR <sup>2</sup>Meta AI (FAIR)<br class="ltx_break">'
                "<sup>∗</sup>Equal contribution",
            ),
            ("A*STAR", "Meta AI (FAIR)"),
        ),
        # The parts of an address with a class of their own.
        (
            declared(
                '<span class="ltx_text ltx_affiliation_institution">Harbour Institute</span>'
                '<span class="ltx_text ltx_affiliation_city">Kiel</span>'
            ),
            ("Harbour Institute",),
        ),
        # An address by mail, a person, a street and a remark are no institutions.
        (creator("Ada Ohm", 'email"><a href="mailto:a@mit.edu">a@mit.edu</a>', 'affiliation">a@mit.edu'), ()),
        (declared("Bo Volt"), ()),
        (declared("12 Elm Street, 90210 Springfield"), ()),
        (declared("Work done during an internship at Google"), ()),
        (declared("affiliation=1"), ()),
        (declared(""), ()),
    ],
)
def test_declared_addresses_give_their_institutions(block: str, found: tuple[str, ...]) -> None:
    assert of_html(document(block), NAMES) == found


def test_each_institution_is_named_once_in_the_papers_order() -> None:
    block = declared("Umber University", "Apple") + creator(
        "Bo Volt", 'affiliation">The Umber University, Oslo, Norway'
    )

    assert of_html(document(block), NAMES) == ("Umber University", "Apple")


def test_lines_under_the_names_count_only_where_they_say_what_they_are() -> None:
    block = creator(
        'Ada Ohm<sup class="ltx_sup">1,2</sup>, Bo Volt<math alttext="{}^{2}"><semantics><msup><mi></mi><mn>2</mn>'
        "</msup>"
        '<annotation encoding="application/x-tex">{}^{2}</annotation></semantics></math>  Cy Watt<sup>3</sup>'
        '<br class="ltx_break"><sup>1</sup>Umber University, Oslo <sup>2</sup>Shanghai AI Laboratory'
        '<br class="ltx_break"><sup>3</sup>Tidewater<br class="ltx_break">Springfield, USA'
        '<br class="ltx_break">{ada,bo}@umber.edu<br class="ltx_break">Senior Research Scientist'
    )

    assert of_html(document(block), NAMES) == ("Umber University", "Shanghai AI Laboratory")


def test_notes_to_the_names_are_read_sentence_by_sentence() -> None:
    thanks = """<span class="ltx_note ltx_role_thanks"><sup class="ltx_note_mark">†</sup><span class="ltx_note_outer">
<span class="ltx_note_content"><span class="ltx_note_type">thanks: </span>A. Ohm and B. Volt are with the School of
Engineering, Umber University, 0313 Oslo, Norway (e-mail: a@umber.no). This work was supported by the Foundation of
Grey College.</span></span></span>"""

    assert of_html(document(creator(f"Ada Ohm{thanks}")), NAMES) == ("Umber University",)


@pytest.mark.parametrize("role", ["institutetext", "affiliationtext"])
def test_a_note_that_is_an_address_counts_as_declared(role: str) -> None:
    note = f"""<span class="ltx_note ltx_role_{role}"><sup class="ltx_note_mark">1</sup><span class="ltx_note_outer">
<span class="ltx_note_content"><span class="ltx_note_type">{role}: </span>Tidewater, Kiel, Germany
</span></span></span>"""

    assert of_html(document(creator("Ada Ohm<sup>1</sup>"), after=note), NAMES) == ("Tidewater, Kiel, Germany",)


def test_what_the_text_of_the_paper_names_is_no_affiliation() -> None:
    assert of_html(document(creator("Ada Ohm")), NAMES) == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"<html><body>Not found</body></html>", document("<" * 5000), document("<span>" * 5000)],
)
def test_any_page_is_read_without_an_error(data: bytes) -> None:
    assert of_html(data, NAMES) == ()


def test_a_hostile_address_stays_text() -> None:
    block = declared("<script>alert(1)</script>Umber University &lt;img src=x onerror=alert(1)&gt;")

    assert of_html(document(block)) == ()  # an equals sign is no address


def test_an_institution_stands_letter_by_letter_in_the_page() -> None:
    block = declared("Lab for Ångström Studies, Univ. of Østfold, 1757 Halden")

    found = of_html(document(block))

    assert found == ("Univ. of Østfold",)
    assert all(name in document(block).decode() for name in found)


def test_no_name_is_longer_than_a_name() -> None:
    assert institution_names.clean("University " * 50) is None
    assert institution_names.clean("1,2 ") is None
    assert institution_names.clean("†Umber University (") == "Umber University"


# PDF


def pdf(*lines: str) -> bytes:
    """A page with lines of text, one below the other."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    stream = zlib.compress(f"BT /F1 12 Tf 72 720 Td {shown} ET".encode("latin-1"))
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    return out + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(out))


TITLE = "A Study of Universities at Google"
PAGE = (
    "A Study of Universities",
    "at Google",
    "Ada Ohm1,2 Bo Volt2 Cy Watt3",
    "3Meta",
    "1Umber University, Oslo 2Shanghai AI Laboratory",
    "{ada,bo}@umber.edu",
    "Abstract",
    "As Harvard University has shown.",
)


def test_the_head_of_a_pdf_names_institutions() -> None:
    pytest.importorskip("pypdf")

    assert of_pdf(pdf(*PAGE), TITLE, NAMES) == ("Meta", "Umber University", "Shanghai AI Laboratory")


def test_a_pdf_whose_head_has_no_end_is_not_read() -> None:
    pytest.importorskip("pypdf")

    assert of_pdf(pdf("Umber University", "and text", "and text"), TITLE, NAMES) == ()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 cut", b"<html>no PDF</html>", pdf(*PAGE)[:300]])
def test_a_broken_pdf_is_a_bad_answer(data: bytes) -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(BadAnswer, match="expected a PDF"):
        of_pdf(data, TITLE, NAMES)


# Asking

OK = document(declared("Umber University"))


def test_the_html_of_the_announced_version_is_asked_for_and_not_kept(open_courier: Open, host: Host) -> None:
    host.says("/html/2606.00001v2", (200, OK, {"ETag": '"a"'}), (200, OK, {"ETag": '"a"'}))
    client = open_courier()
    for _ in range(2):
        found = affiliations.fetch_affiliation(client, host.url, paper(version=2))

    assert (found.source, found.institutions) == ("html", ("Umber University",))
    assert "If-None-Match" not in host.asked[-1][1]


def test_without_html_the_pdf_is_read(open_courier: Open, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdf")
    host.says("/html/2606.00001v1", (404, b"no HTML", {}))
    host.says("/pdf/2606.00001v1", (200, pdf(*PAGE), {}))

    found = affiliations.fetch_affiliation(open_courier(), host.url, paper(title=TITLE, authors=NAMES))
    monkeypatch.setattr(affiliations, "can_read_pdf", lambda: False)
    without = affiliations.fetch_affiliation(open_courier(), host.url, paper())

    assert (found.source, found.institutions) == ("pdf", ("Meta", "Umber University", "Shanghai AI Laboratory"))
    assert (without.source, without.institutions) == (None, ())


def test_a_page_that_does_not_come_is_an_error_not_an_answer(open_courier: Open, host: Host) -> None:
    host.says("/html/2606.00001v1", (503, b"", {}))
    with pytest.raises(Unreachable):
        affiliations.fetch_affiliation(open_courier(), host.url, paper())
