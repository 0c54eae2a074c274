"""The sources: bytes of arXiv in, announcements and their ledger out.

`http` is the one clock and connection; `feed`, `listing`, `api` and `oai` each read one format;
`reconcile` holds them against each other; `day` asks for one announced day.
"""

from __future__ import annotations

from paperboy.sources.arxiv.announced_day import DaySources, fetch_day, is_settled, read_feeds
from paperboy.sources.arxiv.reconciliation import shortfall

__all__ = ["DaySources", "fetch_day", "is_settled", "read_feeds", "shortfall"]
