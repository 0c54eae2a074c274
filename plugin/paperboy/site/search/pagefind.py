"""Runs Pagefind: finds its program, checks its version, and feeds records to its service.

    --service    requests on the standard input, answers on the standard output, each the base64 of a JSON object
                 with a comma behind it (as the `pagefind` package for Python writes them:
                 https://pagefind.app/docs/py-api/)

All records of an index are written at once, without waiting for the answer to each.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import shutil
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct

from paperboy.domain.errors import SearchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

log = logging.getLogger(__name__)

LANGUAGE = "en"
"""Words of English are found by their stems; words of other languages have none and stay as they are."""
CHUNK_WORDS = 2000
"""Places of words in one piece of the index: about 4 KB, which one word of a search costs in one shard."""

_KNOWN = re.compile(r"1\.5\.\d+")
"""The versions whose files and WebAssembly `shard` and `search-worker.js` know."""
_TIME_LIMIT = 600.0
"""Seconds that an index may take; one of 4,000 papers takes five."""
_READ_BYTES = 1 << 20


class Pagefind(Struct, frozen=True):
    """Pagefind's program on this machine."""

    program: Path
    version: str


class _Answer(Struct):
    payload: dict[str, msgspec.Raw]


class _IndexFile(Struct):
    path: str
    content: str


def find_pagefind() -> Pagefind | None:
    """The program of the package `pagefind_bin`, else one on the path; `None`, and a line in the log, without it."""
    found = _packaged() or _installed()
    if found is None:
        log.info("the site is built without a search: Pagefind is not installed (pip install pagefind_bin)")
    elif not _KNOWN.fullmatch(found.version):
        log.info("the site is built without a search: it needs Pagefind 1.5, and this is %s", found.version)
        return None
    return found


def _packaged() -> Pagefind | None:
    try:
        import pagefind_bin  # noqa: PLC0415  an extra

        return Pagefind(pagefind_bin.get_executable(), metadata.version("pagefind_bin"))
    except (ImportError, FileNotFoundError, metadata.PackageNotFoundError):
        return None


def _installed() -> Pagefind | None:
    program = shutil.which("pagefind")
    if program is None:
        return None
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True)  # noqa: S603  found on the owner's path
        return Pagefind(Path(program), done.stdout.strip().rpartition(" ")[2])
    return None


def build_index(pagefind: Pagefind, records: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """Index records with Pagefind, which numbers them in their order.

    Its filters are not used: they come in another order each time. Nor are its fragments, one file a paper.

    Arguments:
        pagefind: The program.
        records: The words of each paper's titles, and its other words.

    Returns:
        The files by their path, and with them those that every index brings: the WebAssembly and its scripts.

    Raises:
        SearchError: The program did not do what it was asked for.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAGEFIND_")}
    environment["PAGEFIND_UNSTABLE_INDEX_CHUNK_SIZE"] = str(CHUNK_WORDS)
    try:
        process = subprocess.Popen(  # noqa: S603  the program that find() found
            [pagefind.program, "--service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError as error:
        raise SearchError(f"{pagefind.program} cannot be started: {error.strerror or error}") from error
    timer = Timer(_TIME_LIMIT, process.kill)
    timer.start()
    try:
        return _index(process, records)
    except (msgspec.DecodeError, ValueError, KeyError) as error:
        raise SearchError(f"Pagefind gave an answer that is not understood: {error}") from error
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not read any more
                cast("Any", pipe).close()


def _index(process: subprocess.Popen[bytes], records: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    answers = _answers(process)
    _send(process, [{"type": "NewIndex", "config": {"force_language": LANGUAGE}}])
    number = msgspec.json.decode(next(answers)["index_id"], type=int)
    requests = [
        {
            "type": "AddRecord",
            "index_id": number,
            "url": str(place),
            "content": words,
            "language": LANGUAGE,
            "meta": {"title": title},
            "filters": None,
            "sort": None,
        }
        for place, (title, words) in enumerate(records)
    ]
    requests.append({"type": "GetFiles", "index_id": number})
    # It answers while it is being asked: a pipe that nobody reads would stop both.
    writer = Thread(target=_send, args=(process, requests), daemon=True)
    writer.start()
    for _ in requests:
        answer = next(answers)
    writer.join()
    files = msgspec.json.decode(answer["files"], type=list[_IndexFile])
    return {file.path: base64.b64decode(file.content) for file in files}


def _send(process: subprocess.Popen[bytes], requests: Iterable[dict[str, Any]]) -> None:
    pipe = cast("Any", process.stdin)
    with suppress(OSError):  # it has ended: the missing answers say so
        for number, request in enumerate(requests):
            pipe.write(base64.b64encode(msgspec.json.encode({"message_id": number, "payload": request})) + b",")
        pipe.flush()


def _answers(process: subprocess.Popen[bytes]) -> Iterator[dict[str, msgspec.Raw]]:
    """Each answer's payload.

    Raises:
        SearchError: It is an error, or the program ended before it.
    """
    pipe = cast("Any", process.stdout)
    pieces: list[bytes] = []
    while True:
        read = os.read(pipe.fileno(), _READ_BYTES)
        if not read:
            raise SearchError("Pagefind ended before it had answered; it may have had no memory left")
        first, *others = read.split(b",")
        pieces.append(first)
        for other in others:
            payload = msgspec.json.decode(base64.b64decode(b"".join(pieces)), type=_Answer).payload
            if payload["type"] == b'"Error"':
                raise SearchError(f"Pagefind refuses a record: {bytes(payload['message']).decode()[:300]}")
            yield payload
            pieces = [other]
