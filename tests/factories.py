"""Small model objects for tests: everything has a default, and a test names what it is about."""

from __future__ import annotations

from datetime import date
from typing import Any

from paperboy.domain.edition import Edition, Translation
from paperboy.domain.ledger import Ledger
from paperboy.domain.papers import Announcement


def paper(arxiv_id: str = "2606.00001", **more: Any) -> Announcement:
    """An announcement, new in cs.CL unless said otherwise."""
    base: dict[str, Any] = {
        "id": arxiv_id,
        "version": 1,
        "listed": {"cs.CL": "new"},
        "title": "A title",
        "abstract": "An abstract.",
        "authors": ("A. Author",),
        "categories": ("cs.CL",),
        "primary_category": "cs.CL",
        "sources": ("feed", "listing"),
    }
    return Announcement(**(base | more))


def answer(arxiv_id: str = "2606.00001", **more: Any) -> Translation:
    """An accepted answer unless said otherwise."""
    base: dict[str, Any] = {
        "id": arxiv_id,
        "version": 1,
        "key": "k",
        "status": "ok",
        "title": "标题",
        "abstract": "摘要。",
        "summary": "一句话。",
        "model": "m",
        "prompt_version": 1,
    }
    return Translation(**(base | more))


def edition_of(*papers: Announcement, **more: Any) -> Edition:
    """An edition that holds some papers and knows nothing more about them, unless said otherwise."""
    base: dict[str, Any] = {"date": date(2026, 6, 4), "announcements": papers, "ledger": Ledger(date="2026-06-04")}
    return Edition(**(base | more))
