"""Small model objects for tests: everything has a default, and a test names what it is about."""

from __future__ import annotations

from typing import Any

from paperboy.model import Announcement, Translation


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
