"""The archive: a day is a folder; read it, append to it, close it.

    <archive_dir>/2026/06/04/papers.jsonl                one announcement a line, sorted by id
                             translations.zh-CN.jsonl    one answer of a model a line
                             ledger.json                 the accounts of the day
                             signals.json                what the community shows of its papers
                             featured.json               what the community featured on the date
                             affiliations.json           the institutions that its papers name

Plain UTF-8, one JSON object a line, keys in the order of the structs in `paperboy.domain`. While a day is
translated, its translations file is a journal: each answer is appended and flushed to the disk as it comes. All other
writing replaces a file atomically. Keys that this version does not know are kept; a `schema` number that
it does not know is an `ArchiveError`, and nothing is written.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from paperboy.domain import accounts
from paperboy.domain.edition import Edition, Translation
from paperboy.domain.errors import ArchiveError
from paperboy.domain.ledger import Ledger
from paperboy.domain.papers import SCHEMA, Announcement, AnnounceType, Id
from paperboy.domain.signals import AffiliationList, FeaturedList, SignalList
from paperboy.storage import json_lines
from paperboy.storage.json_lines import NewerSchemaError, with_unknown_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

PAPERS = "papers.jsonl"
LEDGER = "ledger.json"
FEATURED = "featured.json"


class LineSpan(NamedTuple):
    """Where a paper version's line stands: its first byte and its length."""

    id: str
    version: int | None
    start: int
    length: int


class _Identified(Struct, frozen=True):
    """As much of an announcement as says which paper it is of."""

    id: Id
    version: int | None
    schema: int = SCHEMA


class _Listed(Struct, frozen=True):
    """As much of an announcement as says which categories list it."""

    id: Id
    listed: dict[str, AnnounceType]
    schema: int = SCHEMA


_Part = TypeVar("_Part", _Identified, _Listed)
_Document = TypeVar("_Document", Ledger, FeaturedList, SignalList, AffiliationList)
_DOCUMENTS: dict[type[Struct], str] = {
    Ledger: LEDGER,
    FeaturedList: FEATURED,
    SignalList: "signals.json",
    AffiliationList: "affiliations.json",
}
"""The files that are one JSON object, by what they hold."""


def folder(root: Path, day: date) -> Path:
    """The folder of a day."""
    return root / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}"


def days(root: Path) -> list[date]:
    """The dates that have an edition in the archive, in order."""
    return days_with(root, PAPERS)


def known_days(root: Path) -> list[date]:
    """The dates of which the archive knows, those without an announcement too, in order."""
    return sorted({*days_with(root, PAPERS), *days_with(root, LEDGER)})


def featured_days(root: Path) -> list[date]:
    """The dates for which the archive holds what the community featured, in order."""
    return days_with(root, FEATURED)


def translated_days(root: Path, language: str) -> list[date]:
    """The dates that have answers of a model, in order; one without an edition may have some."""
    return days_with(root, translations(language))


def translations(language: str) -> str:
    """The name of the file that holds the answers in a language."""
    return f"translations.{language}.jsonl"


def days_with(root: Path, name: str) -> list[date]:
    """The dates whose folder holds a file of that name, in order."""
    found = []
    for path in root.glob(f"[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/{name}"):
        # A folder such as 2026/02/31 is nobody's day.
        with suppress(ValueError):
            found.append(date.fromisoformat("-".join(path.parts[-4:-1])))
    return sorted(found)


def read_announcements(root: Path, day: date) -> tuple[Announcement, ...]:
    """The announcements of a day; none where the day is not in the archive.

    A line that cannot be read is left out, with a warning.

    Raises:
        ArchiveError: The file cannot be read, or a line has a newer schema.
    """
    return tuple(line.value for line in json_lines.read(folder(root, day) / PAPERS, Announcement).read)


def read_ids(root: Path, day: date) -> frozenset[str]:
    """The ids of a day's announcements, without reading their texts; a line that has none is passed over.

    Raises:
        ArchiveError: The file cannot be read, or a line has a newer schema.
    """
    return frozenset(line.value.id for line in _papers(root, day, _Identified).read)


def read_announcements_at(root: Path, day: date, places: Iterable[tuple[int, int]]) -> Iterator[Announcement]:
    """Single announcements of a day, by first byte and length, as `line_spans` gives them.

    Raises:
        ArchiveError: There is no announcement.
    """
    path = folder(root, day) / PAPERS
    try:
        with path.open("rb") as file:
            for start, length in places:
                file.seek(start)
                yield json_lines.decode(file.read(length), Announcement, f"{path}, byte {start}")
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error


def line_spans(root: Path, day: date) -> Iterator[LineSpan]:
    """Where each announcement of a day stands in its file.

    Raises:
        ArchiveError: The file cannot be read, or a line has a newer schema.
    """
    for paper, raw, start in _papers(root, day, _Identified).read:
        yield LineSpan(paper.id, paper.version, start, len(raw))


def write_announcements(root: Path, day: date, announcements: Iterable[Announcement]) -> None:
    """Replace the announcements of a day, sorted by id; lines that cannot be read are set aside.

    Raises:
        ArchiveError: A line there has a newer schema, or the disk refuses.
    """
    path = folder(root, day) / PAPERS
    before = json_lines.read(path, Announcement)
    known = {line.value.id: msgspec.json.decode(line.raw) for line in before.read}
    values = sorted(announcements, key=lambda announcement: announcement.id)
    rows = [with_unknown_keys(one, known[one.id]) if one.id in known else one for one in values]
    json_lines.set_aside(path, before.unreadable)
    json_lines.replace(path, values, rows)


def read_ledger(root: Path, day: date) -> Ledger | None:
    """The accounts of a day as they were written; `None` where there are none.

    Raises:
        ArchiveError: The file is not a ledger, or of a newer schema.
    """
    return read(root, day, Ledger)


def read_accounts(root: Path, day: date) -> Ledger | None:
    """The accounts of a day, corrected by what is there; `None` where the archive does not know the day.

    Raises:
        ArchiveError: A file of the day cannot be read from the disk, or is of a newer schema.
    """
    papers = _papers(root, day, _Listed)
    ledger = _readable_ledger(root, day)
    if ledger is None and not papers.read:
        return None
    ledger = ledger or Ledger(date=day.isoformat())
    return accounts.recount(ledger, (line.value.listed for line in papers.read), whole=not papers.unreadable)


def write_ledger(root: Path, day: date, ledger: Ledger) -> None:
    """Replace the accounts of a day.

    Raises:
        ArchiveError: The file there is not readable by this version, or the disk refuses.
    """
    write(root, day, ledger)


def read(root: Path, day: date, kind: type[_Document]) -> _Document | None:
    """One of the day's files that are one object each; `None` where it is not there.

    Raises:
        ArchiveError: The file is not readable as that, or of a newer schema.
    """
    return json_lines.read_document(folder(root, day) / _DOCUMENTS[kind], kind)


def write(root: Path, day: date, document: _Document) -> None:
    """Replace one of the day's files that are one object each, where it says something else by now.

    Raises:
        ArchiveError: The file there is of a newer schema or, but for a ledger, not readable; or the disk refuses.
    """
    path = folder(root, day) / _DOCUMENTS[type(document)]
    before = b""
    row = msgspec.structs.asdict(document)
    try:
        is_there = read(root, day, type(document)) is not None
    except NewerSchemaError:
        raise
    except ArchiveError:
        # The accounts can be made again of the papers and the answers, and no other file can.
        if not isinstance(document, Ledger):
            raise
        json_lines.set_aside(path, [path.read_bytes()])
        is_there = False
    if is_there:
        before = path.read_bytes()
        known = msgspec.json.decode(before)
        row = with_unknown_keys(document, known)
        if not isinstance(document, Ledger):
            papers = {paper["id"]: paper for paper in known.get("papers", ())}
            row["papers"] = [with_unknown_keys(paper, papers.get(paper.id)) for paper in document.papers]
    data = msgspec.json.format(msgspec.json.encode(row), indent=1) + b"\n"
    if data != before:
        json_lines.replace_document(path, document, data)


def read_translations(root: Path, day: date, language: str) -> list[Translation]:
    """Every answer that is on disk for a day, in the order of the file; a torn last line is dropped.

    Any other line that cannot be read is left out, with a warning.

    Raises:
        ArchiveError: The file cannot be read, or a line has a newer schema.
    """
    return [line.value for line in _answers(root, day, language).read]


def close_translations(root: Path, day: date, language: str) -> None:
    """Turn the journal of a day into its final form: sorted by id, answers of one paper as they came.

    Raises:
        ArchiveError: A line has a newer schema, or the disk refuses.
    """
    path = folder(root, day) / translations(language)
    if not path.exists():
        return
    found = _answers(root, day, language)
    lines = sorted(found.read, key=lambda line: line.value.id)
    if b"".join(line.raw + b"\n" for line in lines) != path.read_bytes():
        json_lines.set_aside(path, found.unreadable)
        json_lines.replace(path, [line.value for line in lines], [msgspec.Raw(line.raw) for line in lines])


def replace_translations(root: Path, day: date, language: str, answers: Sequence[Translation]) -> None:
    """Put another verdict beside each answer of a day: as many lines in the same order, atomically.

    Raises:
        ArchiveError: A line has a newer schema, or the disk refuses.
    """
    path = folder(root, day) / translations(language)
    found = _answers(root, day, language)
    known = [msgspec.json.decode(line.raw) for line in found.read]
    rows = [with_unknown_keys(answer, row) for answer, row in zip(answers, known, strict=True)]
    json_lines.set_aside(path, found.unreadable)
    json_lines.replace(path, answers, rows)


def read_edition(root: Path, day: date, language: str) -> Edition:
    """A day as one piece, with the answers to show in a language.

    Lines that cannot be read, and what stands beside the papers, do not keep the others from being read.

    Raises:
        ArchiveError: A file of that day cannot be read from the disk, or is of a newer schema.
    """
    signals = _beside(root, day, SignalList)
    affiliations = _beside(root, day, AffiliationList)
    papers = json_lines.read(folder(root, day) / PAPERS, Announcement)
    answers = _answers(root, day, language)
    unreadable = len(papers.unreadable) + len(answers.unreadable)
    announcements = tuple(line.value for line in papers.read)
    ledger = _readable_ledger(root, day) or Ledger(date=day.isoformat())
    return Edition(
        date=day,
        announcements=announcements,
        ledger=accounts.recount(ledger, (paper.listed for paper in announcements), whole=not unreadable),
        translations=to_show(line.value for line in answers.read),
        signals={paper.id: paper for paper in signals.papers} if signals else {},
        institutions={paper.id: paper.institutions for paper in affiliations.papers} if affiliations else {},
        featured=_beside(root, day, FeaturedList),
        unreadable=unreadable,
    )


def _readable_ledger(root: Path, day: date) -> Ledger | None:
    """The accounts of a day; `None` where they are not there or cannot be read, so that they are made again.

    Raises:
        ArchiveError: They are of a newer schema.
    """
    try:
        return read_ledger(root, day)
    except NewerSchemaError:
        raise
    except ArchiveError as error:
        log.warning("%s", error)
        return None


def _beside(root: Path, day: date, kind: type[_Document]) -> _Document | None:
    try:
        return read(root, day, kind)
    except ArchiveError as error:
        log.warning("%s. The day is shown without it", error)
        return None


def to_show(answers: Iterable[Translation]) -> dict[str, Translation]:
    """For each paper the newest accepted answer, else the newest refused one."""
    shown: dict[str, Translation] = {}
    for answer in answers:
        if answer.status == "part":
            continue
        if answer.status == "ok" or answer.id not in shown or shown[answer.id].status == "failed":
            shown[answer.id] = answer
    return shown


def _papers(root: Path, day: date, kind: type[_Part]) -> json_lines.Lines[Announcement] | json_lines.Lines[_Part]:
    """The announcements of a day as they were read or written a moment ago, else some of their fields."""
    path = folder(root, day) / PAPERS
    return json_lines.recent(path, Announcement) or json_lines.read(path, kind)


def _answers(root: Path, day: date, language: str) -> json_lines.Lines[Translation]:
    return json_lines.read(folder(root, day) / translations(language), Translation, journal=True)
