"""Reconciles feed and listing, and merges the records of all sources into one announcement.

Pure functions over records: which ids a category announced, with which type, whether that is all of
them, and field by field the best text there is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from paperboy.domain.ledger import CategoryLedger, Counts
from paperboy.domain.papers import SECTIONS, SOURCES, Announcement, AnnounceType, Record, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_BULK: Final[tuple[Source, ...]] = ("oai", "snapshot")
_TEXT: Final[tuple[Source, ...]] = ("feed", "api", "listing", *_BULK)
_EXACT: Final[tuple[Source, ...]] = ("api", "listing", "feed", *_BULK)

PREFERENCE: Final[Mapping[str, tuple[Source, ...]]] = {
    # The feed has the text of the announced version; the listing has lost its TeX, even inside formulas.
    "title": _TEXT,
    "abstract": _TEXT,
    # The feed's one line of names cannot tell a comma in a name from a comma between two.
    "authors": _EXACT,
    "categories": ("api", "feed", "listing", *_BULK),
    "primary_category": _EXACT,
    "comment": _EXACT,
    "journal_ref": _EXACT,
    "doi": _EXACT,
    "submitted": _EXACT,
    "updated": _EXACT,
}
"""For each field, the sources from the best to the last, until the API has told of the announced version."""

_OF_ANY_VERSION = ("submitted", "primary_category")
"""What the API's answer for another version than the announced one is still good for."""

_MAY_LACK = ("comment", "journal_ref", "doi")
"""What a paper may have none of, so that the API's silence is its answer."""


def same_day(records: Iterable[Record], other: Mapping[str, AnnounceType]) -> bool:
    """Whether a source repeats exactly the announcements of another day: then it is stale.

    Two announced days of one category never hold the same ids with the same types.
    """
    mine = {record.id: record.announce_type for record in records}
    return bool(mine) and mine == dict(other)


def reconcile(
    feed: Sequence[Record] | None,
    listing: Sequence[Record] | None,
    stated: Counts | None,
    held: Mapping[str, AnnounceType],
    notes: Sequence[str] = (),
) -> tuple[dict[str, AnnounceType], CategoryLedger]:
    """Decide what one category announced on one day.

    Arguments:
        feed: The feed's records for that day; `None` where it did not serve.
        listing: The listing's records; `None` where it did not serve or is switched off.
        stated: The listing's own counts, by section.
        held: What the archive already holds of this category-day. Nothing held is ever dropped.
        notes: What went wrong on the way, for the ledger.

    Returns:
        The type of each announced id (the union of all that tell), and the category's accounts: complete
        exactly where as many are held as arXiv states, section by section.
    """
    by_feed = {record.id: record.announce_type for record in feed or ()}
    by_listing = {record.id: record.announce_type for record in listing or ()}
    types: dict[str, AnnounceType] = {}
    for told in (held, by_feed, by_listing):
        # A type that this version does not know loses no paper; the source's own note names it.
        types |= {name: kind or types.get(name, "new") for name, kind in told.items()}
    counts = Counts.of(types.values())
    both = feed is not None and listing is not None
    sources: list[Source] = []
    if feed is not None:
        sources.append("feed")
    if listing is not None:
        sources.append("listing")
    ledger = CategoryLedger(
        status="not reconciled" if stated is None else "complete" if counts == stated else "incomplete",
        stated=stated,
        held=counts,
        sources=tuple(sources),
        only_feed=tuple(sorted(by_feed.keys() - by_listing.keys())) if both else (),
        only_listing=tuple(sorted(by_listing.keys() - by_feed.keys())) if both else (),
        notes=tuple(notes),
    )
    return dict(sorted(types.items())), ledger


def shortfall(entry: CategoryLedger) -> str:
    """Say where held and stated counts differ: `new 51 of 52, replace 30 of 31`."""
    stated = entry.stated or entry.held
    return ", ".join(
        f"{section} {entry.held[section]} of {stated[section]}"
        for section in SECTIONS
        if entry.held[section] != stated[section]
    )


def announced_version(
    listed: Mapping[str, AnnounceType], told: Mapping[Source, Record], before: Announcement | None
) -> int | None:
    """The version that was announced; `None` where only the API's dates can tell.

    The listing of a past day shows the version of today. But the feed tells the announced one, and so does
    the type: what is new is version 1.
    """
    feed = told.get("feed")
    if feed is not None and feed.version is not None:
        return feed.version
    if before is not None and not {"feed", "api"}.isdisjoint(before.sources):
        return before.version
    return 1 if "new" in listed.values() else None


def merge_records(
    arxiv_id: str,
    listed: Mapping[str, AnnounceType],
    told: Mapping[Source, Record],
    before: Announcement | None,
) -> Announcement:
    """Merge the records of all sources into one announcement.

    What the API says of the announced version is taken as a whole, so that the same announcement gives the
    same line whichever sources served on the day. Until it has told, each field is taken from the best
    source that has it.

    Arguments:
        arxiv_id: The paper.
        listed: The types that it has in the followed categories.
        told: What the sources say now; the API may speak of another version than the announced one.
        before: What the archive holds of the paper on that date.
    """
    records = dict(told)
    listed = dict(sorted({**(before.listed if before else {}), **listed}.items()))
    version = announced_version(listed, told, before)
    api, listing = records.get("api"), records.get("listing")
    if version is None:
        version = next((one.version for one in (api, listing, before) if one is not None and one.version), None)
    if api is not None and api.version != version:
        records["api"] = Record(id=arxiv_id, **{name: getattr(api, name) for name in _OF_ANY_VERSION})
        api = None
    if api is None and before is not None and "api" in before.sources and before.version == version:
        return structs.replace(before, listed=listed)
    found = {name: _best(name, records, before, exact=api) for name in PREFERENCE}
    fields = {name: value for name, (value, _) in found.items()}
    used = {source for _, sources in found.values() for source in sources}
    if api is not None:
        used.add("api")
    elif not used:
        used = {name for name in told if name != "api"} or set(before.sources if before else told)
    return Announcement(
        id=arxiv_id,
        version=version,
        listed=listed,
        title=fields["title"] or "",
        abstract=fields["abstract"] or "",
        authors=fields["authors"],
        authors_complete=_complete(fields["authors"], records, before),
        categories=fields["categories"],
        primary_category=fields["primary_category"],
        comment=fields["comment"],
        journal_ref=fields["journal_ref"],
        doi=fields["doi"],
        submitted=fields["submitted"],
        updated=fields["updated"],
        text_version=_text_version(found["title"][1], version, listing, before),
        sources=tuple(name for name in SOURCES if name in used),
    )


def _text_version(
    tellers: Collection[Source], version: int | None, listing: Record | None, before: Announcement | None
) -> int | None:
    """The version of the text, where it is known to be another than the announced one."""
    if "api" in tellers or "feed" in tellers:
        return None
    if listing is not None and listing.title:
        return listing.version if listing.version != version else None
    return before.text_version if before is not None else None


def count_fields(announcements: Iterable[Announcement]) -> dict[str, dict[str, int]]:
    """Count, for each field that is filled, the source that it came from, as far as that is known.

    A field's source is the best of those that told of the paper; the ledger keeps this table.
    """
    filled: Counter[tuple[str, tuple[Source, ...]]] = Counter()
    for announcement in announcements:
        for name in PREFERENCE:
            if getattr(announcement, name):
                filled[name, announcement.sources] += 1
    found: dict[str, Counter[str]] = {name: Counter() for name in PREFERENCE}
    for (name, sources), count in filled.items():
        found[name][next(source for source in PREFERENCE[name] if source in sources)] += count
    return {name: dict(sorted(counts.items())) for name, counts in found.items() if counts}


def _best(
    name: str, records: Mapping[Source, Record], before: Announcement | None, exact: Record | None
) -> tuple[Any, Collection[Source]]:
    """The value of a field from the best source that has one, and whose it is.

    What the API says of the announced version (`exact`) is best; the archive counts as its own best source.
    """
    api: Source = "api"
    if exact is not None and ((value := getattr(exact, name)) or name in _MAY_LACK):
        return value, (api,)
    preference = PREFERENCE[name]
    candidates: list[tuple[bool, int, int, Any, Collection[Source]]] = []
    for source, record in records.items():
        value = getattr(record, name)
        if value:
            # A cut list of authors is worth less than any whole one.
            cut = name == "authors" and not record.authors_complete
            candidates.append((cut, preference.index(source), 0, value, () if source == api else (source,)))
    if before is not None and (value := getattr(before, name)):
        rank = min(preference.index(source) for source in before.sources)
        cut = name == "authors" and not before.authors_complete
        candidates.append((cut, rank, 1, value, before.sources))
    if not candidates:
        return () if name in ("authors", "categories") else None, ()
    return min(candidates, key=lambda candidate: candidate[:3])[3:]


def _complete(authors: tuple[str, ...], records: Mapping[Source, Record], before: Announcement | None) -> bool:
    """Whether the chosen list of authors is whole."""
    tellers: list[Record | Announcement] = [*records.values()]
    if before is not None:
        tellers.append(before)
    return any(teller.authors_complete for teller in tellers if teller.authors == authors) or not authors
