"""The feed reader: recorded feeds as their bytes have them, and hostile ones."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from paperboy.domain.errors import BadAnswer
from paperboy.domain.ledger import Counts
from paperboy.sources.arxiv import rss_feed
from paperboy.sources.http_transport import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.papers import Record
    from paperboy.sources.http_client import SourceClient
    from tests.sources.conftest import Host

ARXIV = "{http://arxiv.org/schemas/atom}"
ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"


def entry(
    name: str = "2606.00001v1",
    *,
    kind: str = "new",
    title: str = "A title",
    abstract: str = "An abstract.",
    creator: str = "A. Bee, C. Dee",
    categories: tuple[str, ...] = ("cs.CL",),
    published: str = "2026-06-04T00:00:00-04:00",
) -> str:
    terms = "".join(f'<category term="{term}"/>' for term in categories)
    return (
        f"<entry><id>oai:arXiv.org:{name}</id><title>{title}</title>"
        f"<summary>arXiv:{name} Announce Type: {kind} \nAbstract: {abstract}</summary>{terms}"
        f"<published>{published}</published><arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{creator}</dc:creator></entry>"
    )


def atom(*entries: str, title: str = "cs.CL updates on arXiv.org") -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><title>{title}</title>'
        f"<updated>2026-06-04T04:00:03+00:00</updated>{''.join(entries)}</feed>"
    ).encode()


def only(*entries: str, title: str = "cs.CL updates on arXiv.org") -> Record:
    read = rss_feed.parse_feed(atom(*entries, title=title))
    assert read.problems == ()
    (record,) = read.records
    return record


@pytest.mark.parametrize(
    ("name", "day", "counts"),
    [
        ("rss_stat_2024-03-26_full.xml", date(2024, 3, 26), Counts(35, 27, 61)),
        ("atom_cs.AI_2025-08-20_repaired.xml", date(2025, 8, 20), Counts(41, 45, 0)),
        ("rss_cs.AI_2026-04-27_trimmed.xml", date(2026, 4, 27), Counts(3, 0, 0)),
        ("rss_cs.CL_2026-04-27_trimmed.xml", date(2026, 4, 27), Counts(3, 0, 0)),
        ("rss_cs.LG_2026-04-27_trimmed.xml", date(2026, 4, 27), Counts(3, 0, 0)),
    ],
)
def test_recorded_feeds_give_what_their_bytes_hold(data: Path, name: str, day: date, counts: Counts) -> None:
    content = (data / "arxiv-rss" / name).read_bytes()
    read = rss_feed.parse_feed(content)

    assert (day, (), False) == (read.date, read.problems, read.overfull)
    assert counts == Counts.of(record.announce_type for record in read.records if record.announce_type)
    root = ET.fromstring(content)
    entries = [*root.iter(f"{ATOM}entry"), *root.iter("item")]
    assert len(entries) == len(read.records)
    for element, record in zip(entries, read.records, strict=True):
        name_ = element.findtext(f"{ATOM}id") or element.findtext("guid") or ""
        said = element.findtext(f"{ATOM}summary") or element.findtext("description") or ""
        terms = [found.get("term") for found in element.iter(f"{ATOM}category")]
        terms += [found.text for found in element.iter("category")]
        title = element.findtext(f"{ATOM}title") or element.findtext("title") or ""
        creator = element.findtext(f"{DC}creator") or ""
        assert f"oai:arXiv.org:{record.id}v{record.version}" == name_
        assert element.findtext(f"{ARXIV}announce_type") == record.announce_type
        assert said == (
            f"arXiv:{record.id}v{record.version} Announce Type: {record.announce_type} \nAbstract: {record.abstract}"
        )
        assert title.strip() == record.title
        assert sorted(filter(None, terms)) == sorted(record.categories)
        assert re.sub(r",\s+", ", ", creator.strip()) == ", ".join(record.authors)
        assert element.findtext(f"{ARXIV}DOI") == record.doi
        assert element.findtext(f"{ARXIV}journal_reference") == record.journal_ref
        assert (record.announce_type in {"new", "replace"}) or record.primary_category is None
        assert record.primary_category in {None, record.categories[0]}


def test_the_recorded_cut_feed_is_a_bad_answer(data: Path) -> None:
    with pytest.raises(BadAnswer, match="expected a feed, got cut or broken XML"):
        rss_feed.parse_feed((data / "arxiv-rss" / "atom_cs.AI_2025-08-20_truncated.xml").read_bytes())


@pytest.mark.parametrize("name", ["atom_cs.CL", "rss_cs.CL", "rss_multi"])
def test_an_empty_weekend_is_a_feed_without_papers(data: Path, name: str) -> None:
    read = rss_feed.parse_feed((data / "arxiv-rss/rendered" / f"empty_weekend_{name}.xml").read_bytes())

    assert rss_feed.Feed(date=date(2026, 11, 21), records=()) == read


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error_atom_bad_archive.xml", "Bad archive 'nope'"),
        ("error_rss_bad_subject_class.xml", "Bad subject class 'XX'"),
        ("error_rss_unsupported_version.xml", "Unsupported feed version"),
        ("help_rss.html", "expected a feed, got"),
    ],
)
def test_a_feed_of_an_error_says_what_was_wrong(data: Path, name: str, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        rss_feed.parse_feed((data / "arxiv-rss/rendered" / name).read_bytes())


def test_tex_and_markup_come_through_exactly() -> None:
    text = r"$\{{x}\}$ &lt;b&gt; A&amp;B {{ site.url }} \'{e} 5\% a_b `c` | [x](y)"
    record = only(entry(title=text, abstract=text + "\n  Second &lt; paragraph.", creator=r"J. Erd\H{o}s"))

    plain = r"$\{{x}\}$ <b> A&B {{ site.url }} \'{e} 5\% a_b `c` | [x](y)"
    assert (plain, f"{plain}\n  Second < paragraph.") == (record.title, record.abstract)
    assert record.authors == (r"J. Erd\H{o}s",)


def test_only_the_head_of_an_entry_names_its_paper() -> None:
    record = only(entry(abstract="We extend arXiv:2501.00001v3. Abstract: of hep-th/9901001."))

    assert (record.id, record.version) == ("2606.00001", 1)
    assert record.abstract == "We extend arXiv:2501.00001v3. Abstract: of hep-th/9901001."


def test_old_ids_and_high_versions_are_ids() -> None:
    record = only(entry("hep-th/9901001v12", kind="replace-cross"))

    assert (record.id, record.version, record.announce_type) == ("hep-th/9901001", 12, "replace-cross")


def test_names_are_told_apart() -> None:
    creator = (
        "Jonathan A. Karr Jr., Ratna Kandala,  Deepti, Ludwig van B., Martin King, III, LHCb, :, R. Aaij, "
        "Seong Oh (KAIST AI, Sogang University), E. (Open"
    )

    assert only(entry(creator=creator)).authors == (
        "Jonathan A. Karr Jr.",
        "Ratna Kandala",
        "Deepti",
        "Ludwig van B.",
        "Martin King III",
        "LHCb",
        "R. Aaij",
        "Seong Oh (KAIST AI, Sogang University)",
        "E. (Open",
    )


def test_several_hundred_authors_are_all_there() -> None:
    names = [f"A{number}. Author" for number in range(574)]

    assert tuple(names) == only(entry(creator=", ".join(names))).authors


def test_codes_of_other_schemes_stay_among_the_categories() -> None:
    categories = ("cs.CL", "68T50, 68T05", "I.2.7")

    assert categories == only(entry(categories=categories)).categories


@pytest.mark.parametrize(
    ("asked", "kind", "categories", "primary"),
    [
        ("cs.CL", "new", ("cs.CL", "cs.AI"), "cs.CL"),
        ("cs.CL", "replace", ("cs.AI", "cs.CL"), "cs.CL"),
        ("cs.CL", "cross", ("cs.AI", "cs.CL"), None),
        ("cs.CL", "replace-cross", ("cs.AI", "cs.CL"), None),
        ("cs.SY", "new", ("cs.SY", "eess.SY"), "eess.SY"),
        ("stat", "new", ("stat.ML", "stat.ME"), "stat.ML"),
        ("stat", "new", ("cs.LG", "stat.ML", "stat.ME"), None),
        ("cs.CL, cs.AI", "new", ("cs.LG", "cs.AI"), "cs.AI"),
    ],
)
def test_the_primary_category_is_named_where_it_is_certain(
    asked: str, kind: str, categories: tuple[str, ...], primary: str | None
) -> None:
    record = only(entry(kind=kind, categories=categories), title=f"{asked} updates on arXiv.org")

    assert primary == record.primary_category
    assert set(categories) == set(record.categories)
    assert primary in {None, record.categories[0]}


def test_one_bad_entry_loses_nothing_but_itself() -> None:
    read = rss_feed.parse_feed(
        atom(entry(), entry("not-an-id", title="Odd"), entry("2606.00002v1", kind="novel"), entry())
    )

    assert [record.id for record in read.records] == ["2606.00001", "2606.00002"]
    assert read.problems == (
        "an entry titled 'Odd': 'not-an-id' is no arXiv id: expected a form like 2407.09450 or hep-th/9901001",
        "2606.00002: no announce type",
        "2606.00001: stands in the feed twice",
    )


def test_the_date_is_arxivs_own() -> None:
    winter = entry(published="2026-12-04T00:00:00-05:00")
    assert date(2026, 12, 4) == rss_feed.parse_feed(atom(winter)).date

    mixed = rss_feed.parse_feed(atom(entry(), entry("2606.00002v1", published="2026-06-03T00:00:00-04:00")))
    assert date(2026, 6, 4) == mixed.date
    assert mixed.problems == ("entries of several dates: 2026-06-03, 2026-06-04",)


@pytest.mark.parametrize("published", ["", "soon", "0001-01-01T00:00:00+14:00", "2026-13-45T00:00:00Z"])
def test_a_date_that_is_none_gives_way_to_the_feeds_own(published: str) -> None:
    assert rss_feed.parse_feed(atom(entry(published=published))).date == date(2026, 6, 4)


def test_a_full_feed_says_so() -> None:
    entries = [entry(f"2606.{number:05}v1") for number in range(rss_feed.FULL)]

    assert rss_feed.parse_feed(atom(*entries)).overfull
    assert not rss_feed.parse_feed(atom(*entries[1:])).overfull


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "got nothing"),
        (b"<!DOCTYPE html><html><body>Rate exceeded</body></html>", "got an HTML page"),
        (b"<html lang='en'><p>x</p></html>", "got XML of 'html'"),
        (b"<html><br></html>", "got an HTML page"),
        (b"Rate exceeded.", "got cut or broken XML"),
        (atom(entry())[:-3], "got cut or broken XML"),
        (b'<?xml version="1.0" encoding="no-such"?><feed/>', "got cut or broken XML"),
        (b'<!DOCTYPE f [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed>&b;</feed>', "DOCTYPE, which is refused"),
        (b'<!DOCTYPE f SYSTEM "file:///etc/passwd"><feed/>', "DOCTYPE, which is refused"),
        (b" " * (MAX_BYTES + 1), "got 33554433 bytes"),
    ],
)
def test_what_is_no_feed_is_named(content: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        rss_feed.parse_feed(content)


def test_a_cut_feed_is_asked_for_again(client: SourceClient, host: Host) -> None:
    whole = atom(entry())
    host.says("/atom/cs.CL", (200, whole[:-9], {}), (200, whole, {}))

    assert len(rss_feed.fetch_feed(client, host.url + "/", "cs.CL").records) == 1
    assert [path for path, _ in host.asked] == ["/atom/cs.CL"] * 2


def test_an_error_feed_is_a_bad_answer_at_once(client: SourceClient, host: Host, data: Path) -> None:
    error = (data / "arxiv-rss/rendered/error_atom_bad_archive.xml").read_bytes()
    host.says("/atom/nope", (400, error, {}))
    with pytest.raises(BadAnswer, match=r"HTTP 400 \(.*Feed error for query: .*Bad archive 'nope'"):
        rss_feed.fetch_feed(client, host.url, "nope")

    assert len(host.asked) == 1


def test_wherever_it_is_cut_it_is_no_feed() -> None:
    whole = atom(*(entry(f"2606.0000{number}v1") for number in range(5)))
    for end in range(0, len(whole) - 10, 37):
        with pytest.raises(BadAnswer):
            rss_feed.parse_feed(whole[:end])
