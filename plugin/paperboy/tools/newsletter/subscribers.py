"""The newsletter's subscribers: lists of addresses, which are private and in no file of the site.

    # One address a line. A list about some things alone begins with its name; without a name it is `all`.
    ada@example.org

    [language: cs.CL cs.AI gradient-descent]
    bob@example.org

The words behind a list's name are categories and the slugs of the site's topics.

Messages name lines and never an address: the logs of a workflow are public.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from paperboy.domain import taxonomy
from paperboy.domain.errors import NewsletterError

if TYPE_CHECKING:
    from collections.abc import Collection

EVERYONE = "all"

_HEADING = re.compile(r"\[\s*(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\s*(?::(?P<about>[^\]]*))?\]")
# What a mail server without SMTPUTF8 takes, without quoting: RFC 5321, section 4.1.2.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


class Subscribers(NamedTuple):
    """One list: its name, the categories and topics that it is about (all where none is named), and the addresses."""

    name: str
    about: tuple[str, ...]
    addresses: tuple[str, ...]


def read_subscribers(text: str, topics: Collection[str] = ()) -> list[Subscribers]:
    """The lists in a text, in its order; an address that stands in one list twice counts once.

    Arguments:
        text: The lists.
        topics: The slugs of the site's topics.

    Raises:
        NewsletterError: A line is neither an address nor the beginning of a list.
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
                raise NewsletterError(f"subscribers, line {number}: expected [name] or [name: cs.CL cs.AI]")
            name = heading["name"]
            if name in found:
                raise NewsletterError(f"subscribers, line {number}: the list {name} is there already")
            found[name] = (_about(heading["about"] or "", topics, number), {})
        elif _ADDRESS.fullmatch(line):
            found.setdefault(name, ((), {}))[1].setdefault(line)
        else:
            raise NewsletterError(f"subscribers, line {number}: this is no e-mail address; write one a line")
    return [Subscribers(key, about, tuple(addresses)) for key, (about, addresses) in found.items()]


def _about(text: str, topics: Collection[str], number: int) -> tuple[str, ...]:
    found = []
    for name in re.split(r"[\s,]+", text.strip()) if text.strip() else []:
        if name in topics:
            found.append(name)
        elif taxonomy.is_category(name):
            found.append(taxonomy.canonical(name))
        else:
            near = taxonomy.nearest(name)
            hint = f"; did you mean {near}?" if near else ""
            raise NewsletterError(f"subscribers, line {number}: {name} is neither an arXiv category nor a topic{hint}")
    return tuple(found)
