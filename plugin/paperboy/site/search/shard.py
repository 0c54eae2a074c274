"""Builds one shard of the search: Pagefind's index of some papers, packed into few files that are read in pieces.

    table.bin          gzip of a JSON object: how many papers, which words begin each chunk, the lengths of all pieces
    index-N.bin        chunks of the index, one after the other, each as Pagefind compressed it
    records-N.bin      what results show: blocks of some papers each, as gzip of a JSON array

Pagefind itself writes a file for each chunk and each paper, and a table with a hash for each paper: a quarter of a
million files for three years. A piece here is found by the lengths alone: pieces follow each other, and a new file
begins where the next piece would not fit into `VOLUME` bytes.
"""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING, Any

import cbor2
import msgspec
from msgspec import Struct

from paperboy.domain.errors import SearchError
from paperboy.site.search.pagefind import build_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paperboy.site.search.pagefind import Pagefind
    from paperboy.site.search.record import SearchRecord

SCHEMA = 1
VOLUME = 32 * 1024
"""Bytes in one file at most. A host that serves no parts of files serves one whole."""
TABLE = "table.bin"
RUNTIME = ("pagefind-worker.js", "wasm.en.pagefind")
"""Those of Pagefind's own files that a browser needs."""

_BLOCK_LEAN, _BLOCK_FULL = 4, 1
"""Papers in one block: a result is read with its neighbours where these are small."""
_SIGNATURE = b"pagefind_dcd"
"""Stands before the content of Pagefind's files."""


class _Table(Struct, frozen=True, kw_only=True):
    """What a browser must know of a shard before it can read a piece of it."""

    schema: int = SCHEMA
    version: str
    papers: int
    fields: list[str]
    begins: list[str]
    chunks: list[int]
    block: int
    blocks: list[int]
    volume: int = VOLUME


def build_shard(pagefind: Pagefind, records: Sequence[SearchRecord]) -> Iterator[tuple[str, bytes]]:
    """The files of a shard by their names; the same records and the same Pagefind give the same bytes.

    Raises:
        SearchError: Pagefind failed, or its files are not as version 1.5 makes them.
    """
    files = build_index(pagefind, [(record.title, record.words) for record in records])
    (meta,) = (content for path, content in files.items() if path.endswith(".pf_meta"))
    version, papers, chunks, _, _, fields = _read_meta(meta)
    if len(papers) != len(records):
        raise SearchError(f"Pagefind was given {len(records)} papers and has indexed {len(papers)}")
    pieces = [files[f"index/{chunk[2]}.pf_index"] for chunk in chunks]
    block = _BLOCK_FULL if any(record.shown.abstracts for record in records) else _BLOCK_LEAN
    blocks = [
        _compressed(msgspec.json.encode([record.shown for record in records[at : at + block]]))
        for at in range(0, len(records), block)
    ]
    table = _Table(
        version=version,
        papers=len(records),
        fields=fields,
        begins=[chunk[0] for chunk in chunks],
        chunks=list(map(len, pieces)),
        block=block,
        blocks=list(map(len, blocks)),
    )
    yield TABLE, _compressed(msgspec.json.encode(table))
    for number, content in enumerate(_volumes(pieces)):
        yield f"index-{number}.bin", content
    for number, content in enumerate(_volumes(blocks)):
        yield f"records-{number}.bin", content


def runtime_files(pagefind: Pagefind) -> Iterator[tuple[str, bytes]]:
    """Pagefind's WebAssembly and the script around it.

    Raises:
        SearchError: Pagefind failed, or has no such files.
    """
    files = build_index(pagefind, [("a", "a")])  # an empty index brings no WebAssembly of its language
    for name in RUNTIME:
        if name not in files:
            raise SearchError(f"Pagefind {pagefind.version} brings no file {name}")
        yield name, files[name]


def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _volumes(pieces: Iterable[bytes]) -> Iterator[bytes]:
    volume = b""
    for piece in pieces:
        if volume and len(volume) + len(piece) > VOLUME:
            yield volume
            volume = b""
        volume += piece
    if volume:
        yield volume


def _read_meta(content: bytes) -> list[Any]:
    """Pagefind's table: version, papers (hash and number of words), chunks (first word, last word, hash), and more."""
    try:
        plain = io.BytesIO(gzip.decompress(content))
        signature = plain.read(len(_SIGNATURE))
        values = cbor2.load(plain)
    except (OSError, EOFError, zlib.error, cbor2.CBORDecodeError) as error:
        raise SearchError(f"Pagefind's table cannot be read: {error}") from error
    match values:
        case [_, _, _, _, _, _] if signature == _SIGNATURE and not plain.read():
            return list(values)
    raise SearchError("Pagefind's table is not as version 1.5 writes it")
