"""Records which edition each list has received: `digests.json` in the archive, which all runs share.

    {"schema": 1, "lists": {"all": {"date": "2026-06-04", "sent": 120, "done": true}}}

`sent` counts the addresses of the list, in their order, that are done with, so that a run that was cut off goes on
where it stopped; `again` has the places of those among them that the mail server asked to try later. It holds no
address, and no hash of one: the archive is public, and addresses can be guessed.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from paperboy.domain.arxiv_calendar import EASTERN
from paperboy.domain.errors import ArchiveError
from paperboy.storage import atomic_files

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from paperboy.domain.ledger import Ledger

FILE = "digests.json"

_SCHEMA = 1
_PATIENCE = timedelta(hours=3)
"""So long after its announcement (midnight, US Eastern) an edition may wait to be complete; then it goes as it is."""

_OLDEST = timedelta(days=4)
"""An older edition is no news: a list that begins, or a site that slept, is not sent one."""


class _ListLog(msgspec.Struct, frozen=True):
    date: date
    sent: int = 0
    done: bool = False
    again: tuple[int, ...] = ()


class _LogFile(msgspec.Struct):
    schema: int = _SCHEMA
    lists: dict[str, _ListLog] = {}


class DeliveryLog:
    """The delivery log; every change is on disk before the next message is sent.

    Arguments:
        root: The archive's folder.

    Raises:
        ArchiveError: The file cannot be read, so nobody knows who has got what.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        self._file = _LogFile()
        try:
            self._file = msgspec.json.decode(self._path.read_bytes(), type=_LogFile)
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            raise ArchiveError(
                f"{self._path}: not readable: {error}. Restore it from the archive's history; deleted, the newest "
                "edition is sent once more"
            ) from None
        if self._file.schema != _SCHEMA:
            raise ArchiveError(f"{self._path}: schema {self._file.schema} is not known; upgrade mkdocs-paperboy")

    def to_send(self, name: str, day: date, addresses: int) -> list[int] | None:
        """The places of the addresses that have not got an edition; `None` where the list has it, or a newer one.

        Those come first that the mail server asked to try later.
        """
        known = self._file.lists.get(name)
        if known is not None and (known.date > day or (known.date == day and known.done)):
            return None
        if known is None or known.date != day:
            return list(range(addresses))
        return [*(place for place in known.again if place < addresses), *range(min(known.sent, addresses), addresses)]

    def note(self, name: str, day: date, left: Collection[int], addresses: int) -> None:
        """Record how many addresses of a list have been served.

        Arguments:
            name: The list.
            day: The date of the edition.
            left: The places of the addresses that have not got it yet.
            addresses: How many the list has.

        Raises:
            ArchiveError: The disk refuses.
        """
        sent = addresses
        while sent - 1 in left:
            sent -= 1
        again = tuple(sorted(place for place in left if place < sent))
        self._file.lists[name] = _ListLog(day, sent, not left, again)
        self._file.lists = dict(sorted(self._file.lists.items()))
        data = msgspec.json.format(msgspec.json.encode(self._file), indent=1) + b"\n"
        atomic_files.replace(self._path, data)


def is_due(ledger: Ledger, day: date, now: datetime) -> str:
    """Why an edition is not sent now; empty where it is.

    Arguments:
        ledger: Its accounts.
        day: Its date.
        now: The time, with its zone.
    """
    announced = datetime.combine(day, time(), EASTERN)
    if now - announced > _OLDEST:
        return f"the newest edition is of {day}, which is no news"
    if not ledger.complete and now - announced < _PATIENCE:
        return f"the edition of {day} is not complete yet; a later run sends it"
    return ""
