"""The code repository that a paper's abstract or comment names, as an address that is safe to link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paperboy.domain.papers import Announcement

_REPOSITORY = re.compile(
    r"(?<![\w.-])(?:www\.)?(?P<host>github\.com|gitlab(?:\.[a-z0-9-]+)+)/"
    r"(?P<owner>[A-Za-z0-9][\w.-]*)/(?P<name>[\w.-]+)",
    re.IGNORECASE,
)

_NO_OWNERS = frozenset({"about", "apps", "features", "marketplace", "orgs", "sponsors", "topics", "users"})


def repository(paper: Announcement) -> str | None:
    """The first repository at GitHub or a GitLab that the authors name; `None` where there is none."""
    for text in (paper.abstract, paper.comment):
        # One paper in five names one, and the expression looks at every letter.
        if not text or "git" not in text.lower():
            continue
        # Authors write `\\_` for TeX, and some break the address after its slashes.
        for match in _REPOSITORY.finditer(text.replace("\\_", "_")):
            name = match["name"].rstrip(".-").removesuffix(".git")
            if name and match["owner"].lower() not in _NO_OWNERS:
                return f"https://{match['host'].lower()}/{match['owner']}/{name}"
    return None
