"""After the second stage: translations that a changed glossary has left behind, made anew as far as the budget goes."""

from __future__ import annotations

import logging
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from paperboy import translation
from paperboy.contributions import glossary_file
from paperboy.domain.papers import ANNOUNCE_TYPES
from paperboy.pipeline.translate import backlog, days
from paperboy.pipeline.translate.backlog import RECENT, DateSpan
from paperboy.storage import build_cache

if TYPE_CHECKING:
    from paperboy.domain.config import Options, TranslationOptions
    from paperboy.domain.edition import Edition
    from paperboy.domain.glossary import Glossary
    from paperboy.domain.papers import Announcement

log = logging.getLogger(__name__)


def renew(options: Options, wanted: TranslationOptions, span: DateSpan = RECENT, *, everywhere: bool = False) -> None:
    """Renew the translations that were made with other terms of the site's own than there are now.

    Until a new one is accepted, the old text stays. While the terms are those of the last build that came to
    the end of it, no edition is read for this.

    Arguments:
        options: The plugin's options.
        wanted: The options with what is left of the build's budgets.
        span: The editions.
        everywhere: Whether to look at all editions within the span, or at all there are where that is the recent
            ones, even if the terms have not changed.
    """
    terms = glossary_file.load_glossary(options)
    own = sorted(row.instruction for row in terms.rows if row.strict)
    noted = options.cache / f"terms.{wanted.language}.json"
    if not everywhere and (span != RECENT or build_cache.read_notes(noted, list[str]) == own):
        return
    if everywhere and span == RECENT:
        span = DateSpan(date.min)
    turns = [(day, partial(_stale, terms)) for day in span.editions(options)]
    if days.translate_turns(options, wanted, terms, turns) is not None and span in (RECENT, DateSpan(date.min)):
        build_cache.write_notes(noted, own)


def _stale(terms: Glossary, options: Options, edition: Edition) -> list[Announcement]:
    """The papers of an edition whose translation was made with other terms; new ones first."""
    shown = backlog.shown(options, edition)
    found = translation.stale_papers(shown, edition.translations, options.translation, terms)
    if found:
        log.info("%s: %s translations were made with other terms than there are now", edition.date, len(found))
    return sorted(found, key=lambda paper: (ANNOUNCE_TYPES.index(paper.announce_type), paper.id))
