"""The errors that paperboy explains to its users, as one tree.

    PaperboyError
    ├── OptionError         an option in mkdocs.yml is wrong
    ├── ArchiveError        a file of the archive cannot be read or written
    │   └── ArchiveBusyError  another run writes to the archive
    ├── CacheError          the site or what is carried to it cannot be written
    ├── SearchError         the index of the search cannot be made
    ├── BranchError         the archive's branch cannot be read or written
    ├── NewsletterError         the digest cannot be sent
    ├── FileError           a file that people write for the site is wrong
    │   ├── GlossaryError   a glossary
    │   └── FileNotice      it can be used, but somebody should look at it
    ├── SourceError         arXiv or another source did not serve us
    │   ├── Unreachable     no answer, or one that says "not now"
    │   ├── BadAnswer       an answer that is not what was asked for
    │   │   └── Refused     the host has nothing for us there
    │   └── Forbidden       the host's robots.txt closes this path to us
    └── ModelError          the translation endpoint did not serve us

Each message says what happened, where, and what to do next. None of them carries a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class PaperboyError(Exception):
    """Any error that paperboy explains to its user."""


class OptionError(PaperboyError):
    """An option is unknown, of the wrong type, or refused."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.key = key
        self.message = message


class ArchiveError(PaperboyError):
    """A file of the archive cannot be read by this version, or not be written; nothing was changed."""


class ArchiveBusyError(ArchiveError):
    """Another run holds the archive's lock."""


class CacheError(PaperboyError):
    """The built site, or the cache that pages are carried in, cannot be written."""


class SearchError(PaperboyError):
    """The index of the search, or a part of it, could not be made; the next build tries again."""


class BranchError(PaperboyError):
    """The archive's branch could not be read or written; the archive's folder is as it was."""


class NewsletterError(PaperboyError):
    """The digest cannot be sent: its settings, its subscribers, or the mail server."""


class FileError(PaperboyError):
    """A file that people write cannot be used as it stands: `file:line: what is wrong`."""

    def __init__(self, path: Path, line: int, column: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message


class GlossaryError(FileError):
    """A glossary cannot be used as it stands."""


class FileNotice(FileError):
    """A file that people write is used as it stands, but is out of step with what it is about."""


class SourceError(PaperboyError):
    """A source failed; the build goes on with what it has."""


class Unreachable(SourceError):
    """No usable answer came: network, time-out, 429, 5xx, or the time limit of the build."""


class BadAnswer(SourceError):
    """An answer came that is not what was asked for: HTML for XML, a cut page, an unknown format."""


class Refused(BadAnswer):
    """The host answered that there is nothing for us: a 4xx."""


class Forbidden(SourceError):
    """The host's robots.txt does not allow this path."""


class ModelError(PaperboyError):
    """The translation endpoint cannot be used at all: key, quota, model name, address."""
