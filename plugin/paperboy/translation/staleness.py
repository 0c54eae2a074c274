"""Translations that the site's glossary has left behind: asked for with other rows than would be today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy import tex
from paperboy.domain.glossary import Glossary
from paperboy.translation.prompts.prompt import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paperboy.domain.config import TranslationOptions
    from paperboy.domain.edition import Translation
    from paperboy.domain.papers import Announcement


def stale_papers(
    papers: Iterable[Announcement],
    answers: Mapping[str, Translation],
    options: TranslationOptions,
    glossary: Glossary,
) -> list[Announcement]:
    """The papers whose accepted answer was asked for with other rows of the site's own than stand there now.

    Another model, another version of the instructions and other default rows make no answer stale: nobody of
    this site has asked for that, and it would cost the price of everything at once.

    Arguments:
        papers: The announcements of a day.
        answers: The answers to show, by arXiv id.
        options: Language and model.
        glossary: The rows of now.
    """
    own = Glossary(row for row in glossary.rows if row.strict)
    return [
        paper
        for paper in papers
        if (answer := answers.get(paper.id)) is not None
        if answer.status == "ok" and answer.version == paper.version
        if answer.rows or (len(own) and _may_match(paper, own))
        if _is_stale(paper, answer, options, glossary)
    ]


def _may_match(paper: Announcement, own: Glossary) -> bool:
    """Whether a row can be in the question at all; making the question ready takes five times as long."""
    return any(own.matching(tex.to_unicode(text)) for text in (paper.title, paper.abstract))


def _is_stale(paper: Announcement, answer: Translation, options: TranslationOptions, glossary: Glossary) -> bool:
    prepared = prepare(paper, options, glossary)
    return prepared.terms.own != answer.rows and prepared.key != answer.key
