"""Who gets the digest: lists of addresses, which are private and stand in no file of the site.

    # One address a line. A list with its own categories begins with its name; without a name it is `all`.
    ada@example.org

    [language: cs.CL cs.AI]
    bob@example.org

Messages name lines and never an address: the logs of a workflow are public.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from paperboy import taxonomy
from paperboy.errors import LetterError

EVERYONE = "all"

_HEADING = re.compile(r"\[\s*(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\s*(?::(?P<categories>[^\]]*))?\]")
# What a mail server without SMTPUTF8 takes, without quoting: RFC 5321, section 4.1.2.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


class Subscribers(NamedTuple):
    """One list: its name, the categories that it is about (all where none is named), and the addresses."""

    name: str
    categories: tuple[str, ...]
    addresses: tuple[str, ...]


def read(text: str) -> list[Subscribers]:
    """The lists in a text, in its order; an address that stands in one list twice counts once.

    Raises:
        LetterError: A line is neither an address nor the beginning of a list.
    """
    found: dict[str, tuple[tuple[str, ...], dict[str, None]]] = {}
    name = EVERYONE
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            heading = _HEADING.fullmatch(line)
            if heading is None:
                raise LetterError(f"subscribers, line {number}: expected [name] or [name: cs.CL cs.AI]")
            name = heading["name"]
            if name in found:
                raise LetterError(f"subscribers, line {number}: the list {name} is there already")
            found[name] = (_categories(heading["categories"] or "", number), {})
        elif _ADDRESS.fullmatch(line):
            found.setdefault(name, ((), {}))[1].setdefault(line)
        else:
            raise LetterError(f"subscribers, line {number}: this is no e-mail address; write one a line")
    return [Subscribers(key, categories, tuple(addresses)) for key, (categories, addresses) in found.items()]


def _categories(text: str, number: int) -> tuple[str, ...]:
    names = re.split(r"[\s,]+", text.strip()) if text.strip() else []
    for name in names:
        if not taxonomy.is_category(name):
            near = taxonomy.nearest(name)
            hint = f"; did you mean {near}?" if near else ""
            raise LetterError(f"subscribers, line {number}: {name} is not an arXiv category{hint}")
    return tuple(taxonomy.canonical(name) for name in names)
