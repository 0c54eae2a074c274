"""A server with batches and an archive without translations, for each test."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

# Test files import `tests.batching.batch_server`, however pytest was started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from paperboy.domain import config
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.pipeline import build
from paperboy.pipeline.translate.backlog import DateSpan
from paperboy.storage import archive
from paperboy.translation.client import batch_api, rate_limiter
from tests.batching.batch_server import BatchServer
from tests.translate.model_server import paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.edition import Translation

DAY = date(2026, 6, 4)


class World(NamedTuple):
    """A site's options, its archive, and the server that it asks."""

    server: BatchServer
    root: Path

    def fill(self, days: int = 1, papers: int = 12) -> None:
        """Editions of some papers each, the newest on `DAY`."""
        for number in range(days):
            day = date.fromordinal(DAY.toordinal() - number)
            first = number * papers + 1
            rows = [paper(first + place) for place in range(papers)]
            archive.write_announcements(self.archive, day, rows)
            entry = CategoryLedger(status="complete", stated=Counts(new=papers), held=Counts(new=papers))
            archive.write_ledger(self.archive, day, Ledger(date=day.isoformat(), categories={"cs.CL": entry}))

    def options(self, **translation: Any) -> config.Options:
        wanted = {"model": "m", "base_url": self.server.url, "timeout": 5.0, **translation}
        return config.parse_options({"categories": ["cs.CL"], "fetch": "never", "translation": wanted}, self.root)

    def translate(self, *, batch: bool = False, first: date | None = None, **translation: Any) -> None:
        build.translate(self.options(**translation), DateSpan(first), batch=batch)

    @property
    def archive(self) -> Path:
        return self.root / ".paperboy" / "archive"

    @property
    def records(self) -> list[Path]:
        return sorted(self.archive.glob("batches/*.json"))

    def answers(self, day: date = DAY) -> list[Translation]:
        return archive.read_translations(self.archive, day, "zh-CN")

    def ledger(self, day: date = DAY) -> Ledger:
        found = archive.read_ledger(self.archive, day)
        assert found is not None
        return found

    def statuses(self, day: date = DAY) -> list[str]:
        return [answer.status for answer in self.answers(day)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(rate_limiter, "LONGEST_BACKOFF", 0.01)
    monkeypatch.setattr(rate_limiter, "LONGEST_BEFORE_SUCCESS", 0.01)
    monkeypatch.setattr(batch_api, "FIRST_WAIT", 0.001)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with BatchServer() as server:
        yield World(server, tmp_path)
