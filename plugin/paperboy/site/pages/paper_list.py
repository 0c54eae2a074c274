"""Lists of papers on pages: cut into parts that open at once, with links between the parts and the reader's toolbar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from paperboy.domain.papers import Announcement
from paperboy.site.components.paper_card import listed_categories
from paperboy.site.html import urls
from paperboy.site.html.document import Block, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paperboy.site.context import SiteContext


class ListRow(Struct, frozen=True):
    """A paper in a list: its section, and a function that renders its element for a page's path.

    `topics` has the slugs of those that found it.
    """

    section: Heading
    paper: Announcement
    topics: tuple[str, ...]
    make: Callable[[str], Block]


def in_parts(
    context: SiteContext, first: str, base: str, rows: Sequence[ListRow], size: int
) -> Iterator[tuple[str, list[Heading | Block]]]:
    """Rows as the parts of a page: each part's path, and its sections with the links between the parts.

    Arguments:
        context: The site's tools.
        first: The path of the first part.
        base: The folder in which the other parts lie.
        rows: The papers in their order.
        size: How many of them a part holds.
    """
    paths = [first, *(urls.part(base, number) for number in range(2, -(-len(rows) // size) + 1))]
    for number, path in enumerate(paths):
        content: list[Heading | Block] = []
        section: Heading | None = None
        for row in rows[number * size : (number + 1) * size]:
            if row.section != section:
                content.append(row.section)
                section = row.section
            content.append(row.make(path))
        if len(paths) > 1:
            links = [(other, context.link(path, address)) for other, address in enumerate(paths, 1)]
            content.append(context.part("pager", links, number + 1))
        yield path, content


def tools(context: SiteContext, path: str, rows: Sequence[ListRow], *, day: str = "", category: str = "") -> Block:
    """The place of the reader's toolbar: the addresses that its keys lead to, and what all parts together hold.

    Arguments:
        context: The site's tools.
        path: The path of the page.
        rows: The papers of all parts.
        day: The path of the date's page, where the list is of one date.
        category: The category of the page, if it is of one.
    """
    links = {"starred": urls.STARRED, "day": day, "category": urls.category(category) if category else ""}
    categories = Counter(name for row in rows for name in listed_categories(row.paper))
    found = Counter(slug for row in rows for slug in row.topics)
    topics = [
        (topic.slug, f"{topic.name} ({found[topic.slug]})") for topic in context.options.topics if found[topic.slug]
    ]
    return context.part(
        "tools",
        {name: context.link(path, target) for name, target in links.items() if target},
        len(rows),
        sorted(categories.items(), key=lambda item: (-item[1], item[0])),
        topics,
    )
