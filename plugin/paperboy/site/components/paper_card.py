"""Renders a paper's card and its short entry with autoescaping templates, so that foreign text is safe.

Each is one HTML element on few lines, with no blank line in it, so that it is one block in Markdown too.
"""

from __future__ import annotations

import re
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import jinja2
from markupsafe import Markup

from paperboy import tex
from paperboy.domain import taxonomy
from paperboy.domain.fault_names import VALIDATION_ERRORS
from paperboy.domain.overrides import Override
from paperboy.site.components.code_link import repository
from paperboy.site.components.text_diff import TextChanges
from paperboy.site.components.venue import venue
from paperboy.site.html import urls
from paperboy.site.html.plain_text import plain
from paperboy.site.views.day_summary import is_whole
from paperboy.site.views.topic_matcher import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paperboy.domain.edition import Edition, Translation
    from paperboy.domain.overrides import Contribution
    from paperboy.domain.papers import Announcement, AnnounceType
    from paperboy.domain.signals import Signal
    from paperboy.site.components.edit_links import Contributions
    from paperboy.site.html.i18n import Translator
    from paperboy.site.views.topic_matcher import Matcher, MatchReason, TopicMatch

    Kind = AnnounceType | Literal[""]

SHOWN_AUTHORS = 6

_LINK = re.compile(r"</?a\b[^>]*>")
_DISPLAYED = re.compile(r'<math display="block"')
"""A formula in a line of its own, which is scrolled where it is wide: by keys too, so it takes the focus."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def template_environment(words: Translator, compiled: jinja2.BytecodeCache | None = None) -> jinja2.Environment:
    """The templates of this package in one language.

    Arguments:
        words: The interface's words.
        compiled: Where compiled templates are kept.
    """
    made = jinja2.Environment(
        extensions=["jinja2.ext.i18n"],
        loader=jinja2.PackageLoader("paperboy.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=compiled,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        words.gettext, words.ngettext, newstyle=True, pgettext=words.pgettext
    )
    made.globals["words"] = words
    made.filters["tex"] = lambda text, mark=None: Markup(  # noqa: S704  to_html makes it inert
        _DISPLAYED.sub(r'\g<0> tabindex="0"', tex.to_html(text, mark))
    )
    # A title is a link already, and there is no link in a link.
    made.filters["unlinked_tex"] = lambda text, mark=None: Markup(  # noqa: S704  to_html makes it inert
        _LINK.sub("", tex.to_html(text, mark))
    )
    made.filters["paragraphs"] = tex.paragraphs
    return made


def _one_line(value: object) -> object:
    """Fold white space and drop control characters, which Markdown would change."""
    if type(value) is not str or (value.isprintable() and "  " not in value and value == value.strip()):
        return value  # a number, safe HTML, or one line already
    return " ".join(_CONTROLS.sub("", value).split())


class PaperView:
    """One announcement as templates show it: texts, links and badges."""

    def __init__(
        self,
        paper: Announcement,
        translation: Translation | None,
        language: str,
        kind: Kind,
        signal: Signal | None = None,
        topics: Sequence[str] = (),
        *,
        contribution: Contribution | None = None,
    ) -> None:
        self.paper = paper
        self.topics = topics
        self.contribution = contribution
        self.override = contribution.override if contribution else Override()
        self.language = language
        self.kind = kind
        """The type in the category of the page, or the paper's own where the page has none."""
        self.signal = signal
        self.translated = translation is not None and translation.status == "ok"
        self.translation = translation if self.translated else None
        self.whole = translation is not None and is_whole(paper, translation)
        names = translation.faults if translation is not None and not self.whole else ()
        self.faults = tuple(VALIDATION_ERRORS.get(name, name) for name in names)

    @cached_property
    def tex_title(self) -> str:
        """The title with its formulas as TeX, for citations; nothing where it has no formula."""
        return plain(self.paper.title) if tex.spans(self.paper.title) else ""

    @cached_property
    def first_authors(self) -> tuple[str, ...]:
        """The authors who are always shown."""
        return self.paper.authors[:SHOWN_AUTHORS]

    @cached_property
    def more_authors(self) -> tuple[str, ...]:
        """The authors behind the count."""
        return self.paper.authors[SHOWN_AUTHORS:]

    @cached_property
    def categories(self) -> list[str]:
        """Categories of arXiv, the primary one first."""
        return _own_categories(self.paper)

    @cached_property
    def other_classes(self) -> tuple[str, ...]:
        """MSC and ACM codes, which arXiv mixes with its categories."""
        return tuple(name for name in self.paper.categories if not taxonomy.is_category(name))

    @cached_property
    def listed(self) -> str:
        """All its categories for the filters."""
        return " ".join(listed_categories(self.paper))

    @cached_property
    def venue(self) -> str | None:
        """The venue that took it, by its comment."""
        return venue(self.paper.comment)

    @cached_property
    def repository(self) -> str | None:
        """The address of its code: as the authors name it, else as the community does."""
        return repository(self.paper) or (self.signal.repository if self.signal else None)

    @cached_property
    def stars(self) -> int | None:
        """The stars of that repository, where they are known and there are some."""
        signal = self.signal
        if signal is None or not signal.repository or not self.repository:
            return None
        return signal.stars or None if signal.repository.lower() == self.repository.lower() else None

    @cached_property
    def changes(self) -> TextChanges | None:
        """What it changed, where it replaced a version that the archive holds."""
        return TextChanges(self.paper) if self.paper.previous is not None else None

    @cached_property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Names and addresses of the paper at arXiv; scripts add those where it is discussed (assets/links.js)."""
        arxiv_id, version = self.paper.id, self.paper.version
        found = (
            ("arXiv", urls.abstract_page(arxiv_id, version)),
            ("PDF", urls.pdf(arxiv_id, version)),
            ("HTML", urls.html(arxiv_id, version)),
        )
        return tuple((name, address) for name, address in found if address)

    @property
    def written_for(self) -> int | None:
        """The version that a contributor wrote for, where this is another one."""
        version = self.override.version
        return version if version and self.paper.version and version != self.paper.version else None

    @cached_property
    def doi_link(self) -> str | None:
        """The resolver's address of the DOI."""
        return urls.doi(self.paper.doi) if self.paper.doi else None


class Cards:
    """Renders cards and short entries in one language.

    Arguments:
        env: The templates.
        language: The language of the translations.
        contributions: Shows what people wrote.
        institutions: Names of institutions in that language, by their own in lower case.
    """

    def __init__(
        self,
        env: jinja2.Environment,
        language: str,
        contributions: Contributions,
        institutions: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._language = language
        self._contributions = contributions
        self._institutions = institutions
        module = env.get_template("paper.html").module
        self._card = module.card  # type: ignore[attr-defined]  # a macro of the template
        self._entry = module.entry  # type: ignore[attr-defined]
        self._brief = env.get_template("brief.html").module.brief  # type: ignore[attr-defined]
        self._hit = env.get_template("topic.html").module.hit  # type: ignore[attr-defined]

    def card(
        self,
        edition: Edition,
        paper: Announcement,
        kind: Kind,
        page: str,
        topics: Sequence[str] = (),
        *,
        more: Sequence[tuple[str, str]] = (),
    ) -> str:
        """The full text: one `<article class="paper">`.

        Arguments:
            edition: The edition that the paper is in, with all that is known of it.
            paper: The announcement.
            kind: The type to show; nothing for a paper that no followed category announced.
            page: The path of the page.
            topics: The slugs of the topics that have found it.
            more: Names and addresses of further links.
        """
        names = edition.institutions.get(paper.id, ())
        named = [(self._institutions.get(name.casefold()), name) for name in names]
        return _dense(self._card(*self._parts(edition, paper, kind, page, topics), named, more))

    def brief(
        self,
        edition: Edition,
        paper: Announcement,
        kind: Kind,
        page: str,
        topics: Sequence[str] = (),
    ) -> str:
        """A card without the abstract, which a script fetches; the arguments are those of a card."""
        return _dense(self._brief(*self._parts(edition, paper, kind, page, topics)))

    def entry(
        self,
        edition: Edition,
        paper: Announcement,
        kind: AnnounceType,
        address: str,
        home: str,
        topics: Sequence[str] = (),
    ) -> str:
        """The short entry that leads to the full text: one `<article class="paper-ref">`.

        Arguments:
            edition: The edition that the paper is in.
            paper: The announcement.
            kind: The type to show.
            address: Link to the card.
            home: The category whose page holds the card.
            topics: The slugs of the topics that have found it.
        """
        return _dense(self._entry(self._view(edition, paper, kind, topics), address, home))

    def hit(
        self, found: TopicMatch, matcher: Matcher, reasons: Sequence[MatchReason], address: str, topics: Sequence[str]
    ) -> str:
        """The entry of a paper on the page of a topic: what the topic has found in it is marked.

        Arguments:
            found: The paper.
            matcher: The topic.
            reasons: Why the topic has found it.
            address: Link to the card.
            topics: The slugs of all topics that have found it.
        """
        kind = found.paper.announce_type
        view = PaperView(found.paper, found.translation, self._language, kind, found.signal, topics)
        marks = matcher.marks
        return _dense(self._hit(view, address, found.home, reasons, marks, _context(view, marks)))

    def _view(self, edition: Edition, paper: Announcement, kind: Kind, topics: Sequence[str]) -> PaperView:
        answer, signal = edition.translations.get(paper.id), edition.signals.get(paper.id)
        contribution = edition.contributions.get(paper.id)
        return PaperView(paper, answer, self._language, kind, signal, topics, contribution=contribution)

    def _parts(
        self, edition: Edition, paper: Announcement, kind: Kind, page: str, topics: Sequence[str]
    ) -> tuple[Any, ...]:
        """The variables of a card's template: the view, the contribution, and the link to the card."""
        view = self._view(edition, paper, kind, topics)
        written = view.contribution
        if written is None:
            return view, None, None
        return view, self._contributions.view(written, page, paper.id), self._contributions.change(written)


def _dense(html: object) -> str:
    """One element without the line breaks between the blocks in it: a page holds hundreds."""
    return str(html).strip().replace(">\n<", "><")


def _context(view: PaperView, marks: re.Pattern[str] | None) -> tuple[str, str] | None:
    """Where the entry shows nothing of what was found, the sentence of an abstract that does, with its language."""
    if marks is None:
        return None
    answer, paper = view.translation, view.paper
    if sentence(paper.title, marks) or (answer and (sentence(answer.title, marks) or sentence(answer.summary, marks))):
        return None
    for text, language in ((answer.abstract if answer else "", view.language), (paper.abstract, "en")):
        if found := sentence(text, marks):
            return found, language
    return None


def listed_categories(paper: Announcement) -> tuple[str, ...]:
    """All categories of a paper: arXiv's own, the primary one first, and the followed ones that announced it."""
    return tuple(dict.fromkeys((*_own_categories(paper), *paper.listed)))


def _own_categories(paper: Announcement) -> list[str]:
    known = [name for name in paper.categories if taxonomy.is_category(name)]
    return sorted(known, key=lambda name: name != paper.primary_category)
