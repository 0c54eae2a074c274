"""The listing reader: handwritten pages in arXiv's own form."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING

import pytest

from paperboy.domain.errors import BadAnswer, Forbidden
from paperboy.domain.ledger import Counts
from paperboy.domain.papers import Record
from paperboy.sources.arxiv import catchup_listing

if TYPE_CHECKING:
    from paperboy.sources.http_client import SourceClient
    from tests.sources.conftest import Host

DAY = date(2026, 6, 4)


def entry(  # noqa: PLR0913  one for each part of an entry
    name: str = "2606.00001",
    *,
    html: str = "",
    title: str = "A title",
    authors: str = '<a href="/a/b">A. Bee</a>, <a href="/a/c">C. Dee</a>',
    comments: str | None = None,
    journal: str | None = None,
    primary: str = "Computation and Language (cs.CL)",
    others: str = "",
    abstract: str = "An abstract.",
) -> str:
    link = f', <a href="https://arxiv.org/html/{html}" title="View HTML" id="html-{name}">html</a>' if html else ""
    comment = (
        ""
        if comments is None
        else (f"<div class='list-comments mathjax'><span class='descriptor'>Comments:</span>\n {comments}\n</div>")
    )
    reference = (
        ""
        if journal is None
        else (f"<div class='list-journal-ref'><span class='descriptor'>Journal-ref:</span>\n {journal}\n</div>")
    )
    return f"""
    <dt>
      <a name='item1'>[1]</a>
      <a href ="/abs/{name}" title="Abstract" id="{name}">
        arXiv:{name}
      </a>
      [<a href="/pdf/{name}" title="Download PDF" id="pdf-{name}">pdf</a>{link}]
    </dt>
    <dd>
      <div class='meta'>
        <div class='list-title mathjax'><span class='descriptor'>Title:</span>
          {title}
        </div>
        <div class='list-authors'>{authors}</div>
        {comment}{reference}
        <div class='list-subjects'><span class='descriptor'>Subjects:</span>
          <span class="primary-subject">{primary}</span>{others}
        </div>
        <p class='mathjax'>
          {abstract}
        </p>
      </div>
    </dd>
"""


def section(title: str, *entries: str, shown: int | None = None, of: int | None = None, how: str = "showing ") -> str:
    shown = len(entries) if shown is None else shown
    of = shown if of is None else of
    heading = f"{title} submissions ({how}{shown} of {of} entries)"
    return f"<dl id='articles'>\n<h3>{heading}</h3>{''.join(entries)}</dl>"


def page(*sections: str, total: int, day: str = "Thu, 04 Jun 2026", name: str = "Computation and Language") -> bytes:
    return f"""<!DOCTYPE html>
<html lang="en"><head><title></title></head><body><div id='content-inner'><div id='dlpage'>
  <h1>Catchup results for {name} on {day}</h1>
  <ul><li><a href="#item1">New submissions</a></li></ul>
  <div>Total of {total} entries for {day}</div>
  {"".join(sections)}
  <div></div> Total of {total} entries for {day} </div>
</div></body></html>
""".encode()


def only(markup: str, title: str = "New", category: str = "cs.CL") -> Record:
    read = catchup_listing.parse_listing_page(page(section(title, markup), total=1), category)
    assert read.problems == ()
    (record,) = read.records
    return record


def test_an_entry_is_read_whole() -> None:
    record = only(
        entry(
            html="2606.00001v2",
            title="On $x &lt; y$ &amp; {{braces}}",
            comments="8 pages",
            journal="J. Foo 1 (2026) &amp; others",
            others="; Machine Learning (cs.LG); Optimization and Control (math.OC)",
        )
    )

    assert (
        Record(
            id="2606.00001",
            version=2,
            announce_type="new",
            title="On $x < y$ & {{braces}}",
            abstract="An abstract.",
            authors=("A. Bee", "C. Dee"),
            categories=("cs.CL", "cs.LG", "math.OC"),
            primary_category="cs.CL",
            comment="8 pages",
            journal_ref="J. Foo 1 (2026) & others",
        )
        == record
    )


def test_addresses_come_back_from_their_links() -> None:
    link = '<a href="https://github.com/a/b?c=1&amp;d" class="link-external">this https URL</a>'
    cited = '<a href="https://arxiv.org/abs/2501.00001" data-arxiv-id="2501.00001">arXiv:2501.00001</a>'
    record = only(entry(comments=f"Code: {link}.", abstract=f"See {link}, {cited}; this https URL is words."))

    assert record.comment == "Code: https://github.com/a/b?c=1&d."
    assert record.abstract == "See https://github.com/a/b?c=1&d, arXiv:2501.00001; this https URL is words."
    assert record.id == "2606.00001"


def test_an_address_of_any_form_does_no_harm() -> None:
    link = '<a href="http://[foo">this http URL</a> <a href="/catchup/cs.CL/2026-06-04?page=99999999999">x</a>'
    assert only(entry(comments=link)).comment == "http://[foo x"


def test_paragraphs_are_those_of_the_plain_text() -> None:
    assert only(entry(abstract="One.\n<br />Two.<br>Three.\n")).abstract == "One.\n  Two.\n  Three."


def test_lines_of_titles_and_comments_are_joined() -> None:
    record = only(entry(title="Long\n  title  with gap", comments="8 pages,\n  2 figures"))

    assert (record.title, record.comment) == ("Long title  with gap", "8 pages, 2 figures")


@pytest.mark.parametrize("comments", [None, "", " \n "])
def test_an_empty_comment_is_none(comments: str | None) -> None:
    assert only(entry(comments=comments)).comment is None


@pytest.mark.parametrize(
    ("html", "version"),
    [("2606.00001v3", 3), ("2606.00001", None), ("2606.00002v7", None), ("", None), ("junk", None)],
)
def test_the_version_is_that_of_the_html_link(html: str, version: int | None) -> None:
    assert version == only(entry(html=html)).version


def test_old_ids_are_ids() -> None:
    record = only(entry("math.GT/0309136", html="math.GT/0309136v1"))

    assert (record.id, record.version) == ("math.GT/0309136", 1)


def test_names_are_exact_and_a_long_list_is_known_to_be_cut() -> None:
    named = (
        "<a href='/a'>Paul Erdős</a>, <a href='/b'>Martin King Jr.</a> (1), for the <a href='/c'>LHCb Collaboration</a>"
    )
    record = only(entry(authors=named))
    assert (
        record.authors,
        record.authors_complete,
    ) == (("Paul Erdős", "Martin King Jr.", "LHCb Collaboration"), True)

    links = [f"<a href='/{number}'>A{number}</a>" for number in range(100)]
    for cut in (
        ", ".join(links),
        f"{links[0]}, et al. (25 additional authors not shown)",
        "(author list is unavailable)",
    ):
        assert not only(entry(authors=cut)).authors_complete
    assert only(entry(authors=", ".join(links[:99]))).authors_complete


@pytest.mark.parametrize(
    ("title", "primary", "category", "kind"),
    [
        ("New", "Computation and Language (cs.CL)", "cs.CL", "new"),
        ("Cross", "Machine Learning (cs.LG)", "cs.CL", "cross"),
        ("Replacement", "Computation and Language (cs.CL)", "cs.CL", "replace"),
        ("Replacement", "Machine Learning (cs.LG)", "cs.CL", "replace-cross"),
    ],
)
def test_sections_are_types(title: str, primary: str, category: str, kind: str) -> None:
    assert kind == only(entry(primary=primary), title, category).announce_type


def test_an_alias_is_the_same_home() -> None:
    content = page(
        section("Replacement", entry(primary="Systems and Control (eess.SY)")), total=1, name="Systems and Control"
    )

    assert [record.announce_type for record in catchup_listing.parse_listing_page(content, "cs.SY").records] == [
        "replace"
    ]


def test_stated_counts_are_the_pages_own() -> None:
    read = catchup_listing.parse_listing_page(
        page(
            section("New", entry("2606.00001"), of=9),
            section("Replacement", entry("2606.00002"), entry("2605.00003")),
            total=11,
        ),
        "cs.CL",
    )

    assert (Counts(9, 0, 2), 3, 11) == (read.stated, len(read.records), read.total)


def test_a_day_without_announcement_is_no_error() -> None:
    words = "<div><p>No updates for Thu, 04 Jun 2026. There was either no announcement for this day</p></div>"
    read = catchup_listing.parse_listing_page(page(words, total=0), "cs.CL")

    assert (DAY, False, (), Counts()) == (read.date, read.announced, read.records, read.stated)


def test_one_bad_entry_loses_nothing_but_itself() -> None:
    read = catchup_listing.parse_listing_page(page(section("New", entry(), entry("nonsense")), total=2), "cs.CL")

    assert [record.id for record in read.records] == ["2606.00001"]
    assert len(read.problems) == 1
    assert "arXiv:nonsense" in read.problems[0]


WHOLE = page(section("New", entry("2606.00001"), entry("2606.00002")), total=2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "without an end"),
        (WHOLE[:-200], "without an end"),
        (b"<html><h1>Rate exceeded</h1></html>", "without its heading"),
        (page(section("New", entry(), shown=2), total=2), "holds 1 heads and 1 bodies"),
        (page(section("New", entry() + "<dt></dt>"), total=1), "holds 2 heads and 1 bodies"),
        (page(total=0), "does not say why"),
        (page(section("New", entry()), total=8), "states 8 entries, its sections 1"),
        (page(section("Recent", entry()), total=1), "expected a section"),
        (page(section("New", entry()), total=1, name="Machine Learning"), "expected the listing of cs.CL"),
        (page(section("New", entry()), total=1, day="Thu, 31 Jun 2026"), "expected a date"),
    ],
)
def test_what_is_no_whole_listing_is_named(content: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        catchup_listing.parse_listing_page(content, "cs.CL")


ROBOTS: tuple[int, bytes, dict[str, str]] = (200, b"User-agent: *\nDisallow: /api\n", {})
ADDRESS = "/catchup/cs.CL/2026-06-04?abs=True&page={}"


def test_a_cut_page_and_one_of_another_day_are_asked_for_again(client: SourceClient, host: Host) -> None:
    other = page(section("New", entry()), total=1, day="Wed, 03 Jun 2026")
    host.says("/robots.txt", ROBOTS)
    host.says(ADDRESS.format(1), (200, WHOLE[:-300], {}), (200, other, {}), (200, WHOLE, {}))
    read = catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY)

    assert (DAY, Counts(2), 2, True, ()) == (
        read.date,
        read.stated,
        len(read.records),
        read.announced,
        read.problems,
    )
    assert len(host.asked) == 4


def test_the_listing_of_another_day_is_a_bad_answer(client: SourceClient, host: Host) -> None:
    other = page("No updates for Wed, 03 Jun 2026", total=0, day="Wed, 03 Jun 2026")
    host.says(ADDRESS.format(1), (200, other, {}))
    with pytest.raises(BadAnswer, match="expected the listing of 2026-06-04, got that of 2026-06-03"):
        catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY)


def test_a_closed_listing_is_not_asked_for(client: SourceClient, host: Host) -> None:
    host.says("/robots.txt", (200, b"User-agent: *\nDisallow: /catchup\n", {}))
    with pytest.raises(Forbidden):
        catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY)

    assert len(host.asked) == 1


def test_all_pages_are_fetched_and_sections_go_on_over_them(client: SourceClient, host: Host) -> None:
    ids = [f"2606.{number:05}" for number in range(2002)]
    first = page(section("New", *map(entry, ids[:2000]), of=2001, how="showing first "), total=2002)
    second = page(
        section("New", entry(ids[2000]), of=2001, how="continued, showing last "),
        section("Cross", entry(ids[2001], primary="Machine Learning (cs.LG)")),
        total=2002,
    )
    host.says(ADDRESS.format(1), (200, first, {}))
    host.says(ADDRESS.format(2), (200, second, {}))
    read = catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY)

    assert ids == [record.id for record in read.records]
    assert (Counts(2001, 1, 0), ()) == (read.stated, read.problems)


def test_pages_may_be_smaller_than_they_are(client: SourceClient, host: Host) -> None:
    link = "<a href=/catchup/cs.CL/2026-06-04?abs=True&amp;page=2>2</a>"
    first = page(section("New", entry("2606.00001"), of=2), link, total=2)
    host.says(ADDRESS.format(1), (200, first, {}))
    host.says(ADDRESS.format(2), (200, page(section("New", entry("2606.00002"), of=2), total=2), {}))

    assert len(catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY).records) == 2


def test_an_id_on_two_pages_counts_once_and_is_told(client: SourceClient, host: Host) -> None:
    link = "<a href=/catchup/cs.CL/2026-06-04?abs=True&amp;page=2>2</a>"
    host.says(ADDRESS.format(1), (200, page(section("New", entry(), of=2), link, total=2), {}))
    host.says(ADDRESS.format(2), (200, page(section("New", entry(), of=2), total=2), {}))
    read = catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY)

    assert [record.id for record in read.records] == ["2606.00001"]
    assert read.problems == ("stand in the listing twice: 2606.00001",)


def test_text_of_a_hostile_author_is_text() -> None:
    evil = "<script>alert(1)</script> ]]> {{ config }} {% raw %} $\\href{javascript:x}{y}$ --> \u202e"
    record = only(entry(title=escape(evil), abstract=escape(evil), comments=escape(evil)))

    assert (evil, evil, evil) == (record.title, record.abstract, record.comment)


def test_wherever_it_is_cut_it_is_no_listing() -> None:
    for end in range(0, len(WHOLE) - 10, 37):
        with pytest.raises(BadAnswer):
            catchup_listing.parse_listing_page(WHOLE[:end], "cs.CL")


def test_a_listing_without_an_end_is_left_after_some_pages(client: SourceClient, host: Host) -> None:
    for number in range(1, catchup_listing.MOST_PAGES + 2):
        body = page(section("New", entry(f"2606.{number:05}"), of=999_999), total=999_999)
        host.says(ADDRESS.format(number), (200, body, {}))

    assert len(catchup_listing.fetch_listing(client, host.url, "cs.CL", DAY).records) == catchup_listing.MOST_PAGES
