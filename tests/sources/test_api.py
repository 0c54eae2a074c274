"""The API reader, through the real `arxiv` package."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from paperboy.sources.arxiv import query_api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paperboy.domain.papers import Record
    from paperboy.sources.http_client import SourceClient
    from tests.sources.conftest import Host, Open, Time

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
QUERY = "/api/query"


def recorded(folder: Path) -> Iterator[tuple[str, int, bytes]]:
    for file in sorted(folder.rglob("*.xml")):
        yield file.name, 200, file.read_bytes()
    for file in sorted(folder.rglob("*.json")):
        answer = json.loads(file.read_text(encoding="utf-8"))
        yield file.name, answer["status_code"], answer["body"].encode("latin-1")


def entry(name: str = "2606.00001v1", **fields: str) -> str:
    title = fields.get("title", "A title")
    return (
        f"<entry><id>http://arxiv.org/abs/{name}</id><title>{title}</title>"
        "<updated>2026-06-03T17:59:46Z</updated><published>2026-06-02T17:00:00Z</published>"
        f"<summary>{fields.get('summary', 'An abstract.')}</summary>{fields.get('more', '')}</entry>"
    )


def answer(*entries: str, total: int | None = None, start: int = 0) -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        f"<opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>{''.join(entries)}</feed>"
    ).encode()


def only(client: SourceClient, host: Host, markup: str) -> Record:
    address = host.says(QUERY, (200, answer(markup), {}))
    read = query_api.fetch_records(client, address, [("2606.00001", 1)])
    assert read.problem is None
    (record,) = read.records
    return record


def folded(text: str | None) -> str | None:
    return re.sub(r"\s*\n\s*", " ", text.strip()) or None if text else None


def test_recorded_answers_give_what_their_bytes_hold(client: SourceClient, host: Host, data: Path) -> None:
    compared = 0
    for name, status, body in recorded(data / "arxiv-api"):
        if status != 200:
            continue
        entries = ET.fromstring(body).findall(f"{ATOM}entry")
        ids = [(found.findtext(f"{ATOM}id") or "").partition("/abs/")[2] for found in entries]
        wanted = [(bare, int(number)) for bare, _, number in (one.rpartition("v") for one in ids)]
        if len(set(wanted)) > query_api.AT_ONCE or not wanted:
            continue
        read = query_api.fetch_records(client, host.says(QUERY, (200, body, {})), wanted)
        assert (read.problem, read.unanswered) == (None, ()), name
        records = {f"{record.id}v{record.version}": record for record in read.records}
        for element, one in zip(entries, ids, strict=True):
            record, compared = records[one], compared + 1
            said = {child.tag: (child.text or "") for child in element}
            terms = [found.get("term") for found in element.iter(f"{ATOM}category")]
            primary = element.find(f"{ARXIV}primary_category")
            assert re.sub(r"\s+", " ", said[f"{ATOM}title"]).strip() == record.title
            assert said[f"{ATOM}summary"].strip() == record.abstract
            names = [(found.text or "").strip() for found in element.iter(f"{ATOM}name")]
            assert [name for name in names if name != ":"] == list(record.authors)
            assert terms == list(record.categories)
            assert primary is not None
            assert primary.get("term") == record.primary_category
            assert folded(said.get(f"{ARXIV}comment")) == record.comment
            assert folded(said.get(f"{ARXIV}journal_ref")) == record.journal_ref
            assert said.get(f"{ARXIV}doi") == record.doi
            assert (said[f"{ATOM}published"], said[f"{ATOM}updated"]) == (record.submitted, record.updated)

    assert compared == 406 - 1  # but for the entry of the error


def test_a_recorded_error_ends_in_the_answer(client: SourceClient, host: Host, data: Path) -> None:
    ((_, status, body),) = [found for found in recorded(data / "arxiv-api") if found[1] != 200]
    read = query_api.fetch_records(client, host.says(QUERY, (status, body, {})), [("2606.00001", 1)])

    assert (read.records, read.unanswered) == ((), ("2606.00001",))
    assert "HTTP 400" in (read.problem or "")
    assert "incorrect id format for abc" in (read.problem or "")


def test_text_comes_through_exactly(client: SourceClient, host: Host) -> None:
    record = only(
        client,
        host,
        entry(
            title=r"$a &lt; b$ &amp; {{x}}",
            summary=" \\'{e} &lt;p&gt;\n  $\\{{y}\\}$ 5\\% {% raw %} arXiv:2501.00001 ",
            more='<category term="68T50, 68T05"/><category term="cs.CL"/><category term="I.2.7"/>'
            '<arxiv:primary_category term="cs.CL"/><arxiv:comment> </arxiv:comment>'
            "<author><name>J. Erd\\H{o}s</name></author><author><name>:</name></author>",
        ),
    )

    assert record.title == r"$a < b$ & {{x}}"
    assert record.abstract == "\\'{e} <p>\n  $\\{{y}\\}$ 5\\% {% raw %} arXiv:2501.00001"
    assert (record.categories, record.primary_category) == (("cs.CL", "68T50, 68T05", "I.2.7"), "cs.CL")
    assert (record.authors, record.comment) == ((r"J. Erd\H{o}s",), None)


def test_a_withdrawn_paper_is_a_paper(client: SourceClient, host: Host) -> None:
    record = only(
        client,
        host,
        entry(
            summary="This paper has been withdrawn.",
            more="<arxiv:comment>Withdrawn by the author: an error in Lemma 3</arxiv:comment>",
        ),
    )

    assert record.comment == "Withdrawn by the author: an error in Lemma 3"


def test_several_hundred_authors_are_all_there(client: SourceClient, host: Host) -> None:
    names = "".join(f"<author><name>A{number}. B</name></author>" for number in range(574))

    assert len(only(client, host, entry(more=names)).authors) == 574


def test_ids_are_asked_for_in_slices_with_their_versions(client: SourceClient, host: Host) -> None:
    host.says(QUERY, (200, answer(), {}))
    wanted = [(f"2606.{number:05}", 2) for number in range(200)] + [("hep-th/9901001", None)]
    read = query_api.fetch_records(client, host.url + QUERY, wanted)

    asked = [re.findall(r"(?:\d{4}\.\d{5}|hep-th%2F\d+)(?:v\d+)?", path) for path, _ in host.asked]
    assert [len(names) for names in asked] == [150, 51, 150, 50]
    assert (asked[0][0], asked[1][-1]) == ("2606.00000v2", "hep-th%2F9901001")
    assert asked[2][0] == "2606.00000"
    assert (len(read.unanswered), read.problem) == (201, None)


def test_what_is_missing_is_asked_for_once_more_without_its_version(client: SourceClient, host: Host) -> None:
    host.says(QUERY, (200, answer(entry("2606.00001v1")), {}), (200, answer(entry("2606.00002v1")), {}))
    read = query_api.fetch_records(
        client, host.url + QUERY, [("2606.00001", 1), ("2606.00002", 2), ("2606.00003", None)]
    )

    assert [(record.id, record.version) for record in read.records] == [("2606.00001", 1), ("2606.00002", 1)]
    assert read.unanswered == ("2606.00003",)


def test_a_paper_that_nobody_asked_for_is_left_out(client: SourceClient, host: Host) -> None:
    host.says(QUERY, (200, answer(entry("2606.00001v1"), entry("2606.09999v1")), {}))
    read = query_api.fetch_records(client, host.url + QUERY, [("2606.00001", 1)])

    assert [record.id for record in read.records] == ["2606.00001"]


def test_a_cut_answer_is_never_taken_for_a_whole_one(client: SourceClient, host: Host) -> None:
    more = "<author><name>A. Bee</name></author><author><name>C. Dee</name></author>"
    whole = answer(entry(more=more))
    host.says(QUERY, (200, whole[: whole.index(b"<author><name>C")], {}), (200, whole, {}))
    read = query_api.fetch_records(client, host.url + QUERY, [("2606.00001", 1)])

    assert read.records[0].authors == ("A. Bee", "C. Dee")
    assert len(host.asked) == 2


@pytest.mark.parametrize(
    "bad",
    [b"", b"<!DOCTYPE html><html>Rate exceeded</html>", answer(total=1), b'<!DOCTYPE f [<!ENTITY a "b">]><f>&a;</f>'],
)
def test_a_bad_answer_is_asked_for_again_and_then_told(client: SourceClient, host: Host, bad: bytes) -> None:
    host.says(QUERY, (200, bad, {}), (200, answer(entry()), {}))
    assert len(query_api.fetch_records(client, host.url + QUERY, [("2606.00001", 1)]).records) == 1

    host.says(QUERY, (200, bad, {}))
    read = query_api.fetch_records(client, host.url + QUERY, [("2606.00001", 1)])
    assert read.unanswered == ("2606.00001",)
    assert "expected" in (read.problem or "")


def test_a_wrong_total_costs_nothing_that_came(client: SourceClient, host: Host) -> None:
    host.says(QUERY, (200, answer(entry(), total=8), {}), (200, answer(total=8, start=1), {}), (200, answer(), {}))
    read = query_api.fetch_records(client, host.url + QUERY, [("2606.00001", 1), ("2606.00002", None)])

    assert (len(read.records), read.unanswered, read.problem) == (1, ("2606.00002",), None)


def test_out_of_time_what_came_is_kept(open_courier: Open, host: Host, time: Time) -> None:
    client = open_courier(time_limit=60.0)
    host.says(QUERY, (200, answer(entry("2606.00000v1")), {}), (429, b"Rate exceeded.", {}))
    read = query_api.fetch_records(client, host.url + QUERY, [(f"2606.{number:05}", 1) for number in range(400)])

    assert (len(read.records), len(read.unanswered)) == (1, 399)
    assert "later build" in (read.problem or "")
    assert (len(host.asked), time.slept) == (2, [])


def test_nothing_wanted_is_not_asked_for(client: SourceClient, host: Host) -> None:
    assert query_api.ApiAnswer() == query_api.fetch_records(client, host.url + QUERY, [])
    assert host.asked == []
