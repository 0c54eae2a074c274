"""What contributors write: overrides of a paper, and notes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from paperboy.domain.papers import _ID


def _text_rule(longest: int, description: str) -> Meta:
    return Meta(min_length=1, max_length=longest, description=description)


_Name = Annotated[str, Meta(min_length=1, max_length=60)]
_Address = Annotated[
    str, Meta(pattern=r"^https?://[^\s<>\"'\\]+$", max_length=500, extra={"wanted": "an address with https://"})
]


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What people say of one paper: the keys at the head of `overrides/papers/ID.md`.

    Each key wins over every machine's word, by itself; one that is empty says nothing.
    """

    id: Annotated[
        str,
        Meta(
            pattern=_ID,
            description="The paper's arXiv id, in quotes, as in the file's name.",
            extra={"wanted": "an arXiv id without version, such as 2407.09450"},
        ),
    ] = ""
    version: Annotated[int, Meta(ge=1, description="The version of the paper that this was written for.")] = 0
    title: Annotated[str, _text_rule(1000, "The title in the site's language.")] = ""
    summary: Annotated[str, _text_rule(2000, "What the paper does and finds, in one sentence.")] = ""
    abstract: Annotated[str, _text_rule(20_000, "The abstract in the site's language.")] = ""
    affiliations: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
        Meta(max_length=50, description="Where the authors work."),
    ] = ()
    tags: Annotated[tuple[_Name, ...], Meta(max_length=20, description="Words to show beside the paper's id.")] = ()
    links: Annotated[
        dict[_Name, _Address], Meta(max_length=20, description="More links of the paper: names and addresses.")
    ] = field(default_factory=dict)
    pin: Annotated[bool, Meta(description="Show the paper at the top of its section.")] = False
    hide: Annotated[str, _text_rule(500, "Why the paper is not shown; the reason stands in its place.")] = ""


class Contribution(Struct, frozen=True, kw_only=True):
    """One file that people wrote for the site, about a paper, a day or a category.

    `file` is its path in `docs_dir`, `note` the Markdown below its keys, which begins in `line`.
    `contributors` are the names of its authors by git, the first one first.
    """

    file: str
    override: Override = Override()
    note: str = ""
    line: int = 1
    contributors: tuple[str, ...] = ()
