"""arXiv's categories by id, with their names in English and in Chinese.

The table lies beside this module in `taxonomy.tsv`: ids and English names are arXiv's own. There
are no official Chinese names; these are the terms usual in Chinese universities and journals.
"""

from __future__ import annotations

import csv
import difflib
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Category(NamedTuple):
    """One category of arXiv, as a row of the table."""

    id: str
    name: str
    name_zh: str


def _load() -> Mapping[str, Category]:
    """Read the table that is packed with this module."""
    text = resources.files("paperboy.domain").joinpath("taxonomy.tsv").read_text(encoding="utf-8")
    # No quoting: a name may hold any mark but a tab.
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return MappingProxyType({row["id"]: Category(**row) for row in rows})


CATEGORIES: Mapping[str, Category] = _load()
"""Every category in which papers can be announced today, in the order of their ids."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "cs.NA": "math.NA",
        "cs.SY": "eess.SY",
        "math.IT": "cs.IT",
        "math.MP": "math-ph",
        "q-fin.EC": "econ.GN",
        "stat.TH": "math.ST",
    }
)
"""Second names: one set of papers under two ids, and the id that arXiv itself answers with."""

_LOWERCASE = {name.lower(): name for name in CATEGORIES}


def canonical(name: str) -> str:
    """The id under which arXiv lists a category: `eess.SY` for `cs.SY`.

    Unknown names stay as they are.
    """
    return ALIASES.get(name, name)


def is_category(name: str) -> bool:
    """Whether arXiv announces papers under this exact id, be it an alias."""
    return name in CATEGORIES or name in ALIASES


def nearest(name: str) -> str | None:
    """The category that was probably meant: `cs.CL` for `cs.cl`, `csCL` or `cl`.

    `None` where none is close.
    """
    wanted = name.strip().lower()
    if wanted in _LOWERCASE:
        return _LOWERCASE[wanted]
    # Alone, `LG` is too short for a similarity ratio, yet plain to a reader.
    ending_so = [known for known in _LOWERCASE if known.partition(".")[2] == wanted]
    close = ending_so if len(ending_so) == 1 else difflib.get_close_matches(wanted, _LOWERCASE, n=1)
    return _LOWERCASE[close[0]] if close else None


def label(name: str, language: str) -> str:
    """A category's name for readers of a language: Chinese for `zh` and `zh-CN`, else English.

    An unknown id is its own name.
    """
    category = CATEGORIES.get(name)
    if category is None:
        return name
    return category.name_zh if language.lower().startswith("zh") else category.name
