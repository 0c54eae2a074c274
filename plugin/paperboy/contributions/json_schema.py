"""JSON Schemas of the contributors' files, for editors that complete and check while one types.

It is made of the structs that read the files, and lies beside this module as it is published on the site.
"""

from __future__ import annotations

import inspect
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from paperboy.contributions.glossary_file import GlossaryRow
from paperboy.domain.config import Topic
from paperboy.domain.overrides import Override

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "schemas"

_Languages = dict[Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], tuple[GlossaryRow, ...]]

_KINDS: dict[str, Any] = {
    "override.schema.json": Override,
    "glossary.schema.json": _Languages,
    "topics.schema.json": tuple[Topic, ...],
}


def generate() -> dict[str, bytes]:
    """Each schema by the name of its file, made anew."""
    return {name: _schema(kind) for name, kind in _KINDS.items()}


def shipped() -> Iterator[tuple[str, bytes]]:
    """Each schema by the name of its file, as it comes with the package."""
    folder = resources.files(__package__) / FOLDER
    for name in _KINDS:
        yield name, (folder / name).read_bytes()


def _schema(kind: Any) -> bytes:
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _tidy(msgspec.json.schema(kind))
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def _tidy(value: Any) -> Any:
    """Without the defaults, which only say that a key is not there, and with docstrings as they are read."""
    if isinstance(value, list):
        return [_tidy(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _tidy(one) for key, one in value.items() if key != "default"}
    if isinstance(text := kept.get("description"), str):
        kept["description"] = inspect.cleandoc(text)
    return kept
