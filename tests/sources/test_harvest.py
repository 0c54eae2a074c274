from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from paperboy.domain.errors import BadAnswer, Unreachable
from paperboy.sources.arxiv import oai_harvest
from paperboy.sources.arxiv.oai_harvest import HarvestPosition

if TYPE_CHECKING:
    from paperboy.sources.http_client import SourceClient
    from tests.sources.conftest import Host, Open, Time

XML = {"Content-Type": "text/xml"}
HEAD = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'


def record(arxiv_id: str, datestamp: str) -> str:
    return (
        f"<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier><datestamp>{datestamp}</datestamp></header>"
        '<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">'
        '<version version="v1"><date>Mon, 1 Jun 2026 18:00:00 GMT</date></version>'
        "<title>T</title><authors>A. Bee</authors><categories>cs.CL</categories><abstract>A</abstract>"
        "</arXivRaw></metadata></record>"
    )


def page(*records: str, token: str = "") -> tuple[int, bytes, dict[str, str]]:
    more = f"<resumptionToken>{token}</resumptionToken>" if token else ""
    return 200, f"{HEAD}<ListRecords>{''.join(records)}{more}</ListRecords></OAI-PMH>".encode(), XML


def error(code: str) -> tuple[int, bytes, dict[str, str]]:
    return 200, f"{HEAD}<error code='{code}'>No.</error></OAI-PMH>".encode(), XML


def harvested(
    client: SourceClient, host: Host, position: HarvestPosition
) -> tuple[list[str], list[HarvestPosition | None]]:
    ids, positions = [], []
    for one, behind in oai_harvest.harvest_pages(client, f"{host.url}/oai", "cs.CL", position):
        ids += [found.paper.id for found in one.records]
        positions.append(behind)
    return ids, positions


def asked(host: Host) -> list[str]:
    return [path.partition("verb=ListRecords&")[2] for path, _ in host.asked]


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("eess.SY", "eess:eess:SY"),
        ("physics.optics", "physics:physics:optics"),
    ],
)
def test_a_category_has_its_set(category: str, name: str) -> None:
    assert oai_harvest.set_of(category) == name


def test_a_harvest_goes_from_token_to_token(client: SourceClient, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oai_harvest, "_today", lambda: "2026-06-10")
    host.says(
        "/oai",
        page(record("2606.00001", "2026-06-02"), record("2606.00002", "2026-06-03"), token="a|1 2"),
        page(record("2606.00003", "2026-06-04")),
    )

    ids, positions = harvested(client, host, HarvestPosition("2026-06-01"))

    assert ids == ["2606.00001", "2606.00002", "2606.00003"]
    assert positions == [HarvestPosition("2026-06-03", "a|1 2", "2026-06-10"), None]
    assert asked(host) == ["metadataPrefix=arXivRaw&set=cs:cs:CL&from=2026-06-01", "resumptionToken=a%7C1%202"]


def test_a_token_of_yesterday_is_not_used(client: SourceClient, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oai_harvest, "_today", lambda: "2026-06-11")
    host.says("/oai", page(record("2606.00002", "2026-06-03")))

    ids, _ = harvested(client, host, HarvestPosition("2026-06-03", "old", "2026-06-10"))

    assert ids == ["2606.00002"]
    assert asked(host) == ["metadataPrefix=arXivRaw&set=cs:cs:CL&from=2026-06-03"]


def test_after_a_dead_token_the_harvest_goes_on_by_datestamp(client: SourceClient, host: Host) -> None:
    host.says(
        "/oai",
        page(record("2606.00001", "2026-06-02"), record("2606.00002", "2026-06-03"), token="dies"),
        error("badResumptionToken"),
        page(record("2606.00002", "2026-06-03"), record("2606.00003", "2026-06-04")),
    )

    ids, _ = harvested(client, host, HarvestPosition("2026-06-01"))

    assert ids == ["2606.00001", "2606.00002", "2606.00002", "2606.00003"]
    assert asked(host)[-1].endswith("from=2026-06-03")


@pytest.mark.parametrize(
    ("answers", "most"),
    [
        # Refused though none was sent: asked four times, as every bad answer is.
        ([error("badResumptionToken")], 4),
        # Each new token is refused: begun anew once.
        ([page(record("2606.00001", "2026-06-02"), token="dies"), error("badResumptionToken")] * 9, 4),
        # The same token again and again.
        ([page(record("2606.00001", "2026-06-02"), token="same")], 2),
    ],
)
def test_a_token_that_leads_nowhere_ends_the_harvest(
    client: SourceClient, host: Host, answers: list[tuple[int, bytes, dict[str, str]]], most: int
) -> None:
    host.says("/oai", *answers)

    with pytest.raises(BadAnswer, match="resumption token"):
        harvested(client, host, HarvestPosition("2026-06-01"))

    assert len(host.asked) == most


def test_a_page_that_a_token_promised_cannot_be_empty(client: SourceClient, host: Host) -> None:
    host.says(
        "/oai",
        page(record("2606.00001", "2026-06-02"), token="more"),
        error("noRecordsMatch"),
        page(record("2606.00002", "2026-06-03")),
    )

    assert harvested(client, host, HarvestPosition("2026-06-01"))[0] == ["2606.00001", "2606.00002"]


def test_a_set_without_changes_is_believed_the_second_time(client: SourceClient, host: Host) -> None:
    host.says("/oai", error("noRecordsMatch"))

    assert harvested(client, host, HarvestPosition("2026-06-01"))[0] == []
    assert len(host.asked) == 2


def test_a_server_that_asks_for_patience_gets_it(client: SourceClient, host: Host, time: Time) -> None:
    host.says("/oai", (503, b"Retry after", {"Retry-After": "40"}), page(record("2606.00001", "2026-06-02")))

    assert harvested(client, host, HarvestPosition("2026-06-01"))[0] == ["2606.00001"]
    assert 40.0 in time.slept


def test_what_stays_wrong_is_told(open_courier: Open, host: Host) -> None:
    host.says("/oai", error("badArgument"))
    with pytest.raises(BadAnswer, match="badArgument"):
        harvested(open_courier(), host, HarvestPosition("2026-06-01"))

    host.says("/oai", (500, b"", {}))
    with pytest.raises(Unreachable, match="HTTP 500"):
        harvested(open_courier(), host, HarvestPosition("2026-06-01"))
