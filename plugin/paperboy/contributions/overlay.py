"""Lays contributors' overrides over an edition, field by field, in memory; the archive keeps the model's texts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from paperboy.domain.edition import Translation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from paperboy.contributions.model import Overrides
    from paperboy.domain.edition import Edition
    from paperboy.domain.overrides import Override
    from paperboy.domain.papers import Announcement


def apply(edition: Edition, overrides: Overrides) -> Edition:
    """An edition with what people wrote about it; its papers and counts stay as they are."""
    papers = overrides.papers
    found = {paper.id: papers[paper.id] for paper in edition.announcements if paper.id in papers} if papers else {}
    note = overrides.days.get(edition.date)
    if not found and note is None:
        return edition
    translations = dict(edition.translations)
    for paper in edition.announcements:
        if paper.id in found and (answer := _over(paper, translations.get(paper.id), found[paper.id].override)):
            translations[paper.id] = answer
    corrected = {arxiv_id: one.override.affiliations for arxiv_id, one in found.items() if one.override.affiliations}
    institutions = edition.institutions | corrected
    return replace(edition, translations=translations, institutions=institutions, contributions=found, note=note)


def about_papers(overrides: Overrides) -> Overrides:
    """Only what people wrote about papers, for a page that is no day's and no category's."""
    return replace(overrides, days={}, categories={})


def touching(overrides: Overrides, day: date, papers: Iterable[str]) -> str:
    """A hash of all that people wrote for the pages of one day; empty where that is nothing.

    A note on a category stands on the category's own page alone, so that it does not touch all its days.

    Arguments:
        overrides: All that people wrote.
        day: The day.
        papers: The arXiv ids of its papers.
    """
    note = overrides.days.get(day)
    found = overrides.papers.keys() & papers if overrides.papers else ()
    if note is None and not found:
        return ""
    parts = (note, [(arxiv_id, overrides.papers[arxiv_id]) for arxiv_id in sorted(found)])
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _over(paper: Announcement, answer: Translation | None, override: Override) -> Translation | None:
    """The answer with a person's texts in it; `None` where there are none.

    It counts as accepted even if the machine has none: what is still missing stays empty and in English.
    """
    texts = {key: text for key in ("title", "abstract", "summary") if (text := getattr(override, key))}
    if not texts:
        return None
    if answer is None:
        answer = Translation(id=paper.id, version=paper.version, key="", status="ok", model="", prompt_version=0)
    return replace(answer, status="ok", **texts)
