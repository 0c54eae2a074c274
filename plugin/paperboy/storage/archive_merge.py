"""Two versions of one archive file, made into one: whatever either side has paid for is in it.

Two builds that wrote the same day apart from each other leave two files. Each is held against the version that
both began with, where that is known: what only one side changed is taken from that side, and lines of
translations are united, for none of them is ever taken away. Where both changed the same value, the later
one (ours) is taken; the earlier one stays in the branch's history.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from paperboy.domain.papers import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

_STATUS = ("derived", "not reconciled", "incomplete", "complete")
_PAID = ("id", "version", "key", "model", "prompt_version", "raw", "prompt_tokens", "completion_tokens")
"""What makes an answer that one, whatever the gate says of it today."""


def merge_files(name: str, base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    """Join two versions of one file.

    Arguments:
        name: Its name in the folder of the day.
        base: The version that both began with; `None` where there was none, or nobody knows.
        ours: The later version.
        theirs: The earlier one.

    Returns:
        The joined version. Merged again with one of the two, it stays as it is.
    """
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    if name == "papers.jsonl":
        return _papers(base, ours, theirs)
    if name.endswith(".jsonl"):
        return _merged_lines(name, base, ours, theirs)
    if name.endswith(".json"):
        return _document(name, base, ours, theirs)
    return ours


def whole_lines(data: bytes) -> bytes:
    """The lines of a journal without a torn last one; a last line that is whole gets its line break."""
    head, _, tail = data.rpartition(b"\n")
    if not tail:
        return data
    if _json(tail) is _NOTHING:
        return head + b"\n" if head else b""
    return data + b"\n"


# Lines


def _merged_lines(name: str, base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    """Theirs in their order, then what only ours has, sorted by id as in a day that is closed."""
    identity = _answer if name.startswith("translations.") else _itself
    before = set(_split(base))
    first: dict[bytes, list[bytes]] = defaultdict(list)
    for line in _split(ours):
        first[identity(line)].append(line)
    taken: Counter[bytes] = Counter()
    joined = []
    for line in _split(theirs):
        same = identity(line)
        mine = first[same][taken[same] : taken[same] + 1]
        taken[same] += 1
        joined.append(line if not mine or mine[0] in before else mine[0])
    seen: Counter[bytes] = Counter()
    for line in _split(ours):
        same = identity(line)
        seen[same] += 1
        if seen[same] > taken[same]:
            joined.append(line)
    if identity is _answer:
        joined.sort(key=_id)
    return _joined_lines(joined)


def _answer(line: bytes) -> bytes:
    row = _json(line)
    if not isinstance(row, dict):
        return line
    return msgspec.json.encode([row.get(name) for name in _PAID] + [row.get("status") == "part"])


def _itself(line: bytes) -> bytes:
    return line


def _papers(base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    """The papers of either side; one that both changed has the fields of whoever had more sources for it."""
    before, mine, other = ({_id(line): line for line in _split(data)} for data in (base, ours, theirs))
    joined = []
    for key in sorted(mine.keys() | other.keys()):
        if key not in mine or key not in other:
            joined.append(mine.get(key) or other[key])
        else:
            joined.append(_three(before.get(key), mine[key], other[key], _paper))
    return _joined_lines(joined)


def _paper(ours: bytes, theirs: bytes) -> bytes:
    mine, other = _json(ours), _json(theirs)
    if not (isinstance(mine, dict) and isinstance(other, dict)):
        return ours
    best, rest = (other, mine) if len(_sources(other)) > len(_sources(mine)) else (mine, other)
    joined = rest | {key: value for key, value in best.items() if value not in (None, [], {}) or key not in rest}
    listed = rest.get("listed"), best.get("listed")
    if isinstance(listed[0], dict) and isinstance(listed[1], dict):
        joined["listed"] = dict(sorted((listed[0] | listed[1]).items()))
    joined["sources"] = _ordered([*_sources(mine), *_sources(other)])
    return msgspec.json.encode(joined)


def _three(base: bytes | None, ours: bytes, theirs: bytes, both: Callable[[bytes, bytes], bytes]) -> bytes:
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else both(ours, theirs)


def _sources(row: dict[str, Any]) -> list[Any]:
    value = row.get("sources")
    return value if isinstance(value, list) else []


def _ordered(sources: list[Any]) -> list[Any]:
    """Each source once, in the usual order; those that only a later version knows come last."""
    return [*(name for name in SOURCES if name in sources), *sorted({*map(str, sources)} - {*SOURCES})]


def _id(line: bytes) -> str:
    row = _json(line)
    return str(row.get("id")) if isinstance(row, dict) else line.decode("utf-8", "replace")


def _split(data: bytes | None) -> list[bytes]:
    return [line for line in whole_lines(data or b"").split(b"\n") if line.strip()]


def _joined_lines(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


# Documents


def _document(name: str, base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    """A JSON object, key by key; one that is none (cut off, say) gives way to the other side."""
    before, mine, other = (_json(data) if data else _NOTHING for data in (base, ours, theirs))
    if not isinstance(mine, dict):
        return theirs if isinstance(other, dict) else ours
    if not isinstance(other, dict):
        return ours
    known = before if isinstance(before, dict) else {}
    joined = _keys(known, mine, other)
    if name == "ledger.json":
        for group, rank in (("categories", _held_ids), ("translations", _translated)):
            sides = (mine.get(group), other.get(group))
            if all(isinstance(side, dict) for side in sides):
                joined[group] = _entries(*sides, rank)
    data = msgspec.json.encode(joined)
    return msgspec.json.format(data, indent=1) + b"\n" if ours.startswith(b"{\n") else data + b"\n"


def _keys(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    joined = {}
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        if key not in ours or key not in theirs:
            joined[key] = ours.get(key, theirs.get(key))
            continue
        mine, other, before = ours[key], theirs[key], base.get(key)
        if mine == before and key in base:
            joined[key] = other
        elif isinstance(mine, dict) and isinstance(other, dict):
            joined[key] = _keys(before if isinstance(before, dict) else {}, mine, other)
        elif (rows := _by_id(mine)) is not None and (others := _by_id(other)) is not None:
            joined[key] = [row for _, row in sorted(_keys(_by_id(before) or {}, rows, others).items())]
        else:
            joined[key] = mine if other == before or mine is not None else other
    return joined


def _by_id(value: Any) -> dict[str, Any] | None:
    """A list of papers, or of other things with a name, by their names; `None` where a value is no such list."""
    if not isinstance(value, list) or not all(
        isinstance(row, dict) and isinstance(row.get("id"), str) for row in value
    ):
        return None
    return {row["id"]: row for row in value}


def _entries(ours: Any, theirs: Any, rank: Callable[[Any], tuple[int, int]]) -> dict[str, Any]:
    """Accounts are whole or they are wrong: of each, the side that got further."""
    joined = theirs | ours
    for key in theirs.keys() & ours.keys():
        joined[key] = theirs[key] if rank(theirs[key]) > rank(ours[key]) else ours[key]
    return dict(sorted(joined.items()))


def _held_ids(entry: Any) -> tuple[int, int]:
    if not isinstance(entry, dict):
        return (-1, 0)
    held = entry.get("held")
    total = sum(value for value in held.values() if isinstance(value, int)) if isinstance(held, dict) else 0
    status = entry.get("status")
    return (_STATUS.index(status) if status in _STATUS else -1, total)


def _translated(entry: Any) -> tuple[int, int]:
    if not isinstance(entry, dict):
        return (-1, 0)
    numbers = [entry.get(key) for key in ("translated", "requests")]
    first, second = (value if isinstance(value, int) else 0 for value in numbers)
    return (first, second)


class _Missing:
    """Stands for what is no JSON; `None` is some."""


_NOTHING = _Missing()


def _json(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return _NOTHING
