"""The papers of one edition that the site's topics match, with what topic pages and feeds need."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paperboy.site.views.sections import by_section
from paperboy.site.views.topic_matcher import MatchReason, TopicMatch, searched_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from paperboy.domain.edition import Edition
    from paperboy.domain.papers import Announcement
    from paperboy.site.context import SiteContext


class DayHits(Struct, frozen=True):
    """All hits of one edition: the papers by id, and by topic the reasons for each of its papers, in arXiv's order."""

    papers: dict[str, TopicMatch] = {}
    topics: dict[str, dict[str, tuple[MatchReason, ...]]] = {}

    def ids(self) -> dict[str, tuple[str, ...]]:
        """The ids alone."""
        return {slug: tuple(papers) for slug, papers in self.topics.items()}


def find_topic_hits(
    context: SiteContext,
    edition: Edition,
    shown: Iterable[Announcement],
    places: Mapping[str, str],
    followed: Sequence[str],
) -> DayHits:
    """Ask all topics of a site of one edition.

    Arguments:
        context: The site's tools.
        edition: The edition.
        shown: Those of its announcements that the site shows.
        places: The page of each paper's card, by arXiv id.
        followed: The categories of the edition.
    """
    papers: dict[str, TopicMatch] = {}
    topics: dict[str, dict[str, tuple[MatchReason, ...]]] = {}
    typed = [(paper, paper.announce_type) for paper in shown if not edition.hides(paper.id)] if context.topics else []
    sections = by_section(typed, context.options.announce_types)
    for paper, _ in chain.from_iterable(sections.values()):
        answer = edition.translations.get(paper.id)
        text = searched_text(paper, answer, _institutions(context, edition, paper.id))
        for matcher in context.topics:
            if reasons := matcher.reasons(text):
                topics.setdefault(matcher.topic.slug, {})[paper.id] = reasons
                kept = msgspec.structs.replace(answer, raw="") if answer else None
                papers[paper.id] = TopicMatch(
                    paper=paper,
                    translation=kept,
                    signal=edition.signals.get(paper.id),
                    page=places[paper.id],
                    home=paper.home(followed),
                )
    return DayHits(papers, topics)


def _institutions(context: SiteContext, edition: Edition, arxiv_id: str) -> list[str]:
    """The institutions that a paper names, and those names in the site's language."""
    names = edition.institutions.get(arxiv_id, ())
    translated = (context.options.institutions.get(name.casefold(), "") for name in names)
    return [*names, *filter(None, translated)]
