"""Which papers are asked for their institutions, and what the archive holds of it."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from paperboy.domain import config
from paperboy.domain.errors import BadAnswer, Forbidden, Unreachable
from paperboy.domain.ledger import Ledger
from paperboy.domain.signals import Affiliation, AffiliationList, Signal, SignalList
from paperboy.pipeline.fetch import affiliations as affiliating
from paperboy.sources import affiliations
from paperboy.storage import archive
from tests.factories import paper

if TYPE_CHECKING:
    from pathlib import Path

    from paperboy.domain.config import Options
    from paperboy.domain.papers import Announcement

TODAY, BEFORE = date(2026, 6, 4), date(2026, 6, 3)


def options(folder: Path, **changed: Any) -> Options:
    values = {"categories": ["cs.CL"], "sources": {"affiliations": {"enabled": True} | changed}}
    return config.parse_options(values, folder)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The papers that were asked for, in order; what they answer is their id."""
    found: list[str] = []

    def fetch(_courier: object, _base: str, one: Announcement) -> Affiliation:
        found.append(one.id)
        return Affiliation(id=one.id, version=one.version, source="html", institutions=(f"University {one.id}",))

    monkeypatch.setattr(affiliations, "fetch_affiliation", fetch)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / ".paperboy" / "archive"
    for day, papers in {
        BEFORE: [paper("2606.00001"), paper("2606.00002")],
        TODAY: [
            paper("2606.00003", listed={"cs.CL": "cross"}),
            paper("2606.00004"),
            paper("2606.00005", listed={"cs.CL": "replace"}),
            paper("2606.00006", listed={"cs.CL": "replace"}),
        ],
    }.items():
        archive.write_announcements(folder, day, papers)
        archive.write_ledger(folder, day, Ledger(date=day.isoformat()))
    voted = (Signal(id="2606.00005", featured="2026-06-04", upvotes=3),)
    archive.write(folder, TODAY, SignalList(date=TODAY.isoformat(), papers=voted))
    voted = (Signal(id="2606.00002", featured="2026-06-04", upvotes=9),)
    archive.write(folder, BEFORE, SignalList(date=BEFORE.isoformat(), papers=voted))
    return folder


def run(made: Options) -> None:
    affiliating.fetch_affiliations(made, None, TODAY)  # type: ignore[arg-type]  # the client is the function's that is replaced


def held(root: Path, day: date) -> dict[str, tuple[str, ...]]:
    found = archive.read(root, day, AffiliationList)
    return {one.id: one.institutions for one in found.papers} if found else {}


def test_noticed_papers_come_first_then_new_ones_of_the_newest_edition(
    tmp_path: Path, root: Path, asked: list[str]
) -> None:
    run(options(tmp_path))

    assert asked == ["2606.00002", "2606.00005", "2606.00004", "2606.00003", "2606.00001"]
    assert held(root, BEFORE) == {name: (f"University {name}",) for name in ("2606.00001", "2606.00002")}
    assert archive.read_edition(root, TODAY, "zh-CN").institutions["2606.00004"] == ("University 2606.00004",)


def test_a_build_asks_for_so_many_papers_and_the_next_one_goes_on(tmp_path: Path, root: Path, asked: list[str]) -> None:
    del root
    for _ in range(3):
        run(options(tmp_path, max_papers_per_build=2))

    assert asked == ["2606.00002", "2606.00005", "2606.00004", "2606.00003", "2606.00001"]


def test_switched_off_nothing_is_asked(tmp_path: Path, root: Path, asked: list[str]) -> None:
    run(options(tmp_path, enabled=False))

    assert asked == []
    assert held(root, TODAY) == {}


@pytest.mark.parametrize("error", [Unreachable("no answer"), Forbidden("robots.txt")])
def test_a_host_that_does_not_serve_ends_the_asking_and_nothing_else(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    calls = []

    def fail(*_: object) -> Affiliation:
        calls.append(1)
        raise error

    monkeypatch.setattr(affiliations, "fetch_affiliation", fail)
    with caplog.at_level(logging.INFO, "paperboy"):
        run(options(tmp_path))

    assert len(calls) == 1
    assert str(error) in caplog.text
    assert held(root, TODAY) == {}


def test_a_page_that_cannot_be_read_is_passed_over_and_asked_for_again(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(_courier: object, _base: str, one: Announcement) -> Affiliation:
        if one.id == "2606.00002":
            raise BadAnswer("expected a PDF")
        return Affiliation(id=one.id)

    monkeypatch.setattr(affiliations, "fetch_affiliation", fetch)
    run(options(tmp_path))

    assert held(root, BEFORE) == {"2606.00001": ()}
