"""Papers in the sections of arXiv's listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy.domain.papers import SECTIONS, section_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paperboy.domain.overrides import Contribution
    from paperboy.domain.papers import Announcement, AnnounceType


def by_section(
    papers: Sequence[tuple[Announcement, AnnounceType]],
    shown: Sequence[str],
    contributions: Mapping[str, Contribution] | None = None,
) -> Mapping[str, list[tuple[Announcement, AnnounceType]]]:
    """Papers by the section of arXiv's listing where they stand, in its order; only the shown ones.

    What a contributor pinned stands first in its section.
    """
    pinned = {arxiv_id for arxiv_id, one in (contributions or {}).items() if one.override.pin}
    sections: dict[str, list[tuple[Announcement, AnnounceType]]] = {}
    for name in SECTIONS:
        if name in shown:
            found = [item for item in papers if section_of(item[1]) == name]
            # arXiv prints replacements of the category's own papers before those of others.
            found.sort(key=lambda item: (item[0].id not in pinned, item[1] == "replace-cross", item[0].id))
            sections[name] = found
    return sections
