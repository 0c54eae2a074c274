"""The archive on a branch of its own: taken from there before a build, and kept there after it.

The folder is no checkout. A small bare repository in it, `.branch`, remembers for each remote and branch which commit
the folder was last in step with. Nothing is ever forced, and nothing of a day is deleted on the branch: what others
pushed meanwhile is joined with what the folder has, by `paperboy.storage.archive_merge`.

The folder loses a day only where a commit on the branch took it away: the commit that both share is then an ancestor
of the branch. A branch that is gone, new or rewritten takes nothing away. What is taken away lies in `.trash` until
the next push.

Order of writes: the remote branch, the local files (each atomically), the remembered commit. A run that is killed in
between is completed by the next.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import stamina

from paperboy.domain.errors import ArchiveError, BranchError
from paperboy.storage import atomic_files, git
from paperboy.storage.archive_lock import PATIENCE, ArchiveLock
from paperboy.storage.archive_merge import merge_files, whole_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

log = logging.getLogger(__name__)

BRANCH = "archive"
"""The branch's usual name."""

TRIES = 12
"""Times that the remote is asked: others may be faster, and networks fail. Two minutes in all."""

_STORE = ".branch"
_TRASH = ".trash"
_BASES = "refs/paperboy/in-step"
_THEIRS = "refs/paperboy/theirs"
_NOT_HIDDEN = ("--", ".", ":(exclude,glob)**/.*", ":(exclude,glob)**/.*/**")
"""Without half-written files, this module's own, and whatever else is none of the archive's."""

_AT_ONCE = 200
"""Files that are held in memory together."""

_FILE_MODES = {"100644", "100755"}

Files = dict[str, str]
"""The files of a tree: path → blob."""


class SyncResult(NamedTuple):
    """How a folder stands to its branch after a run.

    `commit` is where both are; `changed` whether this run made it. `content` names what the days' files hold: it
    stays when nothing changed that a site is made of.
    """

    commit: str | None
    changed: bool = False
    content: str = ""


class Branch:
    """A folder and its branch; to be used in a `with` block, which keeps other runs out of the folder.

    Arguments:
        root: The archive's folder.
        remote: The repository's address or path.
        name: The branch.
        token: For GitHub over HTTPS, see `git.variables()`.
        patience: Seconds to wait for another run in the same folder.

    Raises:
        BranchError: The folder cannot be written, or git is not there.
        ArchiveBusyError: Another run writes to the folder.
    """

    def __init__(
        self, root: Path, remote: str, name: str = BRANCH, *, token: str | None = None, patience: float = PATIENCE
    ) -> None:
        if not re.fullmatch(r"\w([\w./-]*\w)?", name) or ".." in name or "//" in name or name.endswith(".lock"):
            raise BranchError(f"{name!r} is no name for a branch")
        if remote.startswith("-"):
            raise BranchError(f"{remote!r} is no address of a repository")
        self._root = root.absolute()
        self._store = self._root / _STORE
        self._remote = remote
        self._ref = f"refs/heads/{name}"
        # The past that folder and branch have in common belongs to this branch of this remote.
        place = hashlib.sha256(f"{git.without_user(remote)}\n{name}".encode()).hexdigest()[:16]
        self._base_ref = f"{_BASES}/{place}"
        self._lock = ArchiveLock(root, patience=patience)
        self._variables = git.token_environment(remote, token) | {"GIT_DIR": str(self._store)}

    def __enter__(self) -> Self:
        """Keep other runs out, and make the store ready."""
        self._lock.acquire()
        try:
            self._make_ready()
        except OSError as error:
            self._lock.release()
            raise _refused(error, self._root) from error
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Let other runs in."""
        self._lock.release()

    def _make_ready(self) -> None:
        if self._lock.refusal is not None:
            raise self._lock.refusal
        # Of a run that was killed: nobody else is here, for its children would still hold our lock.
        for lock in self._store.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        self._git("init", "--quiet", "--bare", "--template=")

    def pull(self) -> SyncResult:
        """Bring the folder up to what the branch has; what only the folder has stays in it.

        Raises:
            BranchError: The remote did not answer, so nobody knows what the branch has.
        """
        theirs = _with_retries(self._fetch)
        if theirs is not None:
            seen, base = self._seen(), self._base(theirs)
            self._take(self._joined(seen, theirs, base), theirs, seen)
        return SyncResult(theirs)

    def push(self, message: str) -> SyncResult:
        """Bring the branch up to what the folder has, and the folder up to what the branch has.

        Raises:
            BranchError: The remote did not take it, in all tries. The folder stays as it is.
        """
        return _with_retries(lambda: self._push(message))

    def _push(self, message: str) -> SyncResult:
        theirs = self._fetch()
        seen, base = self._seen(), self._base(theirs)
        files = self._joined(seen, theirs, base)
        commit = theirs
        if files != (self._files(theirs) if theirs else {}):
            parents = ["-p", theirs] if theirs else []
            commit = self._git("commit-tree", self._tree(files), *parents, "-m", message).decode().strip()
            # No plus sign before it: a branch that has moved on meanwhile is never overwritten.
            self._git("push", "--quiet", self._remote, f"{commit}:{self._ref}")
        shutil.rmtree(self._root / _TRASH, ignore_errors=True)
        if commit is not None:
            self._take(files, commit, seen)
        days = {name: blob for name, blob in files.items() if _is_of_a_day(name)}
        return SyncResult(commit, changed=commit != theirs, content=self._tree(days))

    def _fetch(self) -> str | None:
        """The commit that the branch is at; `None` where there is no such branch yet."""
        if not self._git("ls-remote", "--quiet", self._remote, self._ref):
            return None
        # Without a commit in common, its last state alone; else all that came after that commit.
        depth = [] if self._resolved(self._base_ref) else ["--depth=1"]
        self._git("fetch", "--quiet", "--no-tags", *depth, self._remote, f"+{self._ref}:{_THEIRS}")
        return self._git("rev-parse", _THEIRS).decode().strip()

    def _joined(self, seen: Files, theirs: str | None, base: str | None) -> Files:
        """The files of both sides together; `base` is the commit that both began with, if there is one."""
        before, other = (self._files(commit) if commit else {} for commit in (base, theirs))
        # What is no day's is a note of work under way, such as a batch: when that is done, it is taken away.
        done = {
            name for name in before.keys() - seen.keys() if not _is_of_a_day(name) and other.get(name) == before[name]
        }
        files = {name: blob for name, blob in other.items() if name not in done}
        # A day of which something is new here stays whole, whatever the branch took away of it.
        kept = {_folder(name) for name, blob in seen.items() if blob not in (other.get(name), before.get(name))}
        for name, blob in seen.items():
            there, old = other.get(name), before.get(name)
            if blob == there or (blob == old and (there is not None or _folder(name) not in kept)):
                continue  # alike, or changed on the branch alone (or taken away there, by hand)
            mine = self._mended(name, blob)
            if there is None or there == old:
                files[name] = mine
                continue
            log.info("%s: both sides have something new, and both are kept", name)
            versions = (None if old is None else self._blob(old), self._blob(mine), self._blob(there))
            files[name] = self._keep(merge_files(name.rpartition("/")[2], *versions))
        return files

    def _mended(self, name: str, blob: str) -> str:
        """A journal without the torn last line that a kill may have left."""
        if not name.endswith(".jsonl"):
            return blob
        data = (self._root / name).read_bytes()
        whole = whole_lines(data)
        return blob if whole == data else self._keep(whole)

    def _take(self, files: Files, commit: str, seen: Files) -> None:
        """Give the folder the files that it has not, and then remember the commit.

        A file that changed after it was `seen` is left alone, and the commit is not remembered: the next run
        joins it.

        Raises:
            BranchError: The disk refuses; the next run goes on.
        """
        try:
            self._put(files, commit, seen)
        except ArchiveError as error:
            raise BranchError(str(error)) from error
        except OSError as error:
            raise BranchError(
                f"{error.filename or self._root}: cannot be written: {error.strerror or error}"
            ) from error

    def _put(self, files: Files, commit: str, seen: Files) -> None:
        have = self._seen()
        moved = {name for name in have.keys() | seen.keys() if have.get(name) != seen.get(name)}
        wanted = [(name, blob) for name, blob in files.items() if have.get(name) != blob and name not in moved]
        for (name, _), data in zip(wanted, self._blobs([blob for _, blob in wanted]), strict=True):
            atomic_files.write(self._root / name, data, durable=False)
        for name in have.keys() - files.keys() - moved:
            aside = self._root / _TRASH / name
            aside.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._root / name, aside)  # noqa: PTH105  as everywhere that bytes are moved
        if wanted:
            os.sync()  # the files of years at once, before the commit that says that they are there
        if not moved:
            self._git("update-ref", self._base_ref, commit)

    # git

    def _seen(self) -> Files:
        """The folder's files as they are now, each kept in the store."""
        try:
            self._git("add", "--all", *_NOT_HIDDEN, index="ours")
        except BranchError:
            # An index is a cache: one that is damaged is made anew.
            (self._store / "ours").unlink(missing_ok=True)
            self._git("add", "--all", *_NOT_HIDDEN, index="ours")
        return self._files(self._git("write-tree", index="ours").decode().strip())

    def _base(self, theirs: str | None) -> str | None:
        """The commit that the folder was last in step with, if the branch comes from it."""
        base = self._resolved(self._base_ref)
        if base is None or theirs is None:
            return None
        try:
            return base if self._git("merge-base", base, theirs).decode().strip() == base else None
        except BranchError:
            return None  # they have nothing in common: the branch was made or written anew

    def _resolved(self, name: str) -> str | None:
        with suppress(BranchError):
            return self._git("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}").decode().strip()
        return None

    def _files(self, tree: str) -> Files:
        """The plain files of a tree that lie under the folder, and no other: no links, no hidden ones."""
        found = {}
        for entry in self._git("ls-tree", "-r", "-z", tree).split(b"\0"):
            head, _, raw = entry.partition(b"\t")
            name = raw.decode("utf-8", "surrogateescape")
            if head and head.split()[0].decode() in _FILE_MODES and _is_inside(name):
                found[name] = head.split()[2].decode()
        return found

    def _tree(self, files: Mapping[str, str]) -> str:
        lines = "".join(f"100644 {blob}\t{name}\0" for name, blob in sorted(files.items()))
        self._git("read-tree", "--empty", index="merged")
        self._git("update-index", "-z", "--index-info", index="merged", given=os.fsencode(lines))
        return self._git("write-tree", index="merged").decode().strip()

    def _blob(self, name: str) -> bytes:
        return self._git("cat-file", "blob", name)

    def _blobs(self, names: Sequence[str]) -> Iterator[bytes]:
        """The content of many blobs, in order, some at a time: https://git-scm.com/docs/git-cat-file."""
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            told = io.BytesIO(self._git("cat-file", "--batch", given="\n".join(some).encode()))
            for _ in some:
                size = int(told.readline().split()[2])
                yield told.read(size)
                told.readline()

    def _keep(self, data: bytes) -> str:
        return self._git("hash-object", "-w", "--stdin", "--no-filters", given=data).decode().strip()

    def _git(self, *arguments: str, given: bytes = b"", index: str = "") -> bytes:
        more = {"GIT_INDEX_FILE": str(self._store / index), "GIT_WORK_TREE": str(self._root)} if index else {}
        held = (self._lock.handle,) if self._lock.handle is not None else ()
        return git.run_git(*arguments, folder=self._root, environment=self._variables | more, given=given, keep=held)


def _refused(error: OSError, root: Path) -> BranchError:
    return BranchError(
        f"{error.filename or root}: cannot be written: {error.strerror or error}. What is on disk stays as it was; "
        "free some space or fix the permissions, then run it again"
    )


def _is_of_a_day(name: str) -> bool:
    return re.match(r"\d{4}/", name) is not None


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_inside(name: str) -> bool:
    """Whether a path of a tree is one of a plain file under the folder: others may have made the tree."""
    return not any(part == "" or part.startswith(".") for part in name.split("/")) and "\\" not in name


def _with_retries(attempt: Callable[[], T]) -> T:
    for again in stamina.retry_context(
        on=git.TransientGitError, attempts=TRIES, wait_initial=0.3, wait_max=20, timeout=None
    ):
        with again:
            return attempt()
    raise AssertionError  # the loop returns or raises
