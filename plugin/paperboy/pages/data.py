"""An edition as data, for scripts and agents: the `edition.json` beside each date's page.

Texts are as arXiv gives them, TeX included. The format is documented in docs/edition-json.md; its
number is `schema`, and a key is only ever added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from paperboy.pages import urls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paperboy.model import Announcement, Edition

SCHEMA = 1


def edition_json(edition: Edition, papers: Sequence[Announcement], followed: Sequence[str], language: str) -> bytes:
    """The whole day as one JSON object.

    Arguments:
        edition: The day.
        papers: Those of its announcements that the site shows.
        followed: The followed categories, in their order.
        language: The language of the translations.
    """
    value = {
        "schema": SCHEMA,
        "date": edition.date.isoformat(),
        "language": language,
        "complete": edition.ledger.complete,
        "categories": {
            name: {
                "status": entry.status,
                "held": msgspec.to_builtins(entry.held),
                "stated": msgspec.to_builtins(entry.stated),
            }
            for name, entry in edition.ledger.categories.items()
        },
        "papers": [_paper(paper, edition, followed) for paper in papers],
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _paper(paper: Announcement, edition: Edition, followed: Sequence[str]) -> dict[str, Any]:
    answer = edition.translations.get(paper.id)
    row = msgspec.structs.asdict(paper)
    translated = answer is not None and answer.status == "ok"
    return {
        "id": paper.id,
        "version": paper.version,
        "announce_type": paper.announce_type,
        "page": f"{urls.day_category(edition.date, paper.home(followed))}#{paper.id}",
        **{key: row[key] for key in row if key not in ("schema", "id", "version", "sources")},
        "translation": {
            "title": answer.title,
            "abstract": answer.abstract,
            "summary": answer.summary,
            "model": answer.model,
        }
        if answer is not None and translated
        else None,
        "faults": list(answer.faults) if answer is not None and not translated else [],
    }
