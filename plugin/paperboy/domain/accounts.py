"""Accounts of a day held against what is there: the ledger's own count is never taken for the papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paperboy.domain.papers import AnnounceType


def recount(ledger: Ledger, listed: Iterable[Mapping[str, AnnounceType]], *, whole: bool = True) -> Ledger:
    """Correct a ledger by the announcements that are there.

    A category that lost lines, or of which the ledger knows nothing, is incomplete, so that it is asked for again.

    Arguments:
        ledger: The accounts as they were written.
        listed: For each announcement that is there, the categories that list it, with the type.
        whole: Whether every line of the day could be read; otherwise no category is known to be complete.
    """
    types: dict[str, list[AnnounceType]] = {name: [] for name in ledger.categories}
    for kinds in listed:
        for name, kind in kinds.items():
            types.setdefault(name, []).append(kind)
    entries = {name: _entry(ledger.categories.get(name), Counts.of(types[name]), whole=whole) for name in sorted(types)}
    return ledger if entries == ledger.categories else structs.replace(ledger, categories=entries)


def _entry(entry: CategoryLedger | None, held: Counts, *, whole: bool) -> CategoryLedger:
    if entry is None:
        return CategoryLedger(status="incomplete", held=held)
    falls_short = not whole or held not in (entry.held, entry.stated)
    status = "incomplete" if entry.status == "complete" and falls_short else entry.status
    return structs.replace(entry, status=status, held=held)
