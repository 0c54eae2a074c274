"""The pages of one edition: its date, its categories, and the same as data.

A page holds so many papers that it opens at once on a phone; what is more stands on further parts of it,
each a page of its own.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from paperboy.domain.papers import section_of
from paperboy.site.export import citations
from paperboy.site.export.atom_json import ATOM
from paperboy.site.export.edition_json import edition_json
from paperboy.site.html import urls
from paperboy.site.html.document import Block, DataFile, Document, Heading
from paperboy.site.pages.paper_list import ListRow, in_parts, tools
from paperboy.site.pages.topic_hits import find_topic_hits
from paperboy.site.pages.trending import most_noticed
from paperboy.site.search.record import Searchable
from paperboy.site.views.day_summary import is_translated, summarise
from paperboy.site.views.sections import by_section

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import date

    from paperboy.domain.edition import Edition
    from paperboy.domain.papers import Announcement, AnnounceType, Section
    from paperboy.site.context import SiteContext
    from paperboy.site.pages.topic_hits import DayHits
    from paperboy.site.views.day_summary import DaySummary

CARDS_A_PART = 50
"""Full papers on one page: about 70 KB compressed, 1.5 s to the first paint on a slow phone."""
ENTRIES_A_PART = 150
"""Short entries on one page."""


class EditionPages:
    """Makes the pages of one edition.

    Arguments:
        context: The site's tools.
        edition: The edition.
        before: The date of the edition before, if there is one.
        after: The date of the edition after.
        topics: What topics have found: ids of papers by slug, where an earlier build has noted them.
    """

    _files = True
    """Whether the edition lies beside its page as data."""

    def __init__(
        self,
        context: SiteContext,
        edition: Edition,
        *,
        before: date | None = None,
        after: date | None = None,
        topics: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._context = context
        self.edition = edition
        self._around = (before, after)
        self._folder = urls.day(edition.date)
        self.followed = context.followed(edition.ledger.categories)
        self.shown = context.shown(edition)
        self.places = self._places()
        self._noted = topics

    def all(self) -> Iterator[Document | DataFile]:
        """Every page of the edition, and the edition as data."""
        yield from self.day()
        for name in self.followed:
            yield from self._category(name)
        content = edition_json(self.edition, self.shown, self.places, self._context.options.language)
        yield DataFile(f"{self._folder}edition.json", content)
        yield from self._citations()

    def searchable(self) -> list[Searchable]:
        """The papers of the edition as the search knows them; not those that people asked not to show."""
        edition = self.edition
        return [
            Searchable(
                day=edition.date,
                paper=paper,
                translation=edition.translations.get(paper.id),
                page=self.places[paper.id],
                category=paper.home(self.followed),
            )
            for paper in self.shown
            if not edition.hides(paper.id)
        ]

    def summary(self) -> DaySummary:
        """The edition in few words."""
        language = self._context.options.language
        return summarise(self.edition, self.shown, language, self.places, self._folder, self.hits.ids())

    @cached_property
    def hits(self) -> DayHits:
        """What the site's topics find in the edition."""
        return find_topic_hits(self._context, self.edition, self.shown, self.places, self.followed)

    @cached_property
    def _topics(self) -> dict[str, tuple[str, ...]]:
        """The topics of each paper that one has found."""
        noted = self.hits.ids() if self._noted is None else self._noted
        found: dict[str, tuple[str, ...]] = {}
        for slug, ids in noted.items():
            for arxiv_id in ids:
                found[arxiv_id] = (*found.get(arxiv_id, ()), slug)
        return found

    def day(self, path: str | None = None) -> Iterator[Document]:
        """The date: the accounts of its categories, and a short entry for each paper.

        Arguments:
            path: Where its first part lies, if not in the folder of the day.
        """
        first = self._folder if path is None else path
        title = self._context.words.long_date(self.edition.date)
        papers = list(self._entries())
        base = first or self._folder  # what follows on the home page stands in the folder of the day
        for number, (place, content) in enumerate(in_parts(self._context, first, base, papers, ENTRIES_A_PART)):
            yield Document(
                path=place,
                title=self._context.words.gettext("Today") if place == urls.HOME else title,
                description=title,
                hide=("navigation",),
                listed=place == urls.HOME,
                content=(
                    Heading(1, title, "edition"),
                    self._neighbours(place),
                    *(self._context.note(self.edition.note, place, "day") if number == 0 else ()),
                    *(self._accounts(first) if number == 0 else ()),
                    tools(self._context, place, papers, day=self._folder),
                    *content,
                ),
            )

    def _category(self, name: str) -> Iterator[Document]:
        """One category on the date, in arXiv's sections.

        A paper whose home is another category stands here as a short entry that leads to its card.
        """
        first = urls.day_category(self.edition.date, name)
        title = self._context.words.title(
            f"{name} {self._context.label(name)}", self._context.words.long_date(self.edition.date)
        )
        status = self._context.part("category_status", self.edition.ledger.categories[name])
        papers = list(self._cards(name))
        for number, (place, content) in enumerate(in_parts(self._context, first, first, papers, CARDS_A_PART)):
            yield Document(
                path=place,
                title=title,
                hide=("navigation",),
                content=(
                    Heading(1, title, "category"),
                    self._neighbours(place, name),
                    *((status,) if number == 0 else ()),
                    tools(self._context, place, papers, day=self._folder, category=name),
                    *content,
                ),
            )

    def _accounts(self, path: str) -> Iterator[Block]:
        """What the date has in each category, and what topics have found in it."""
        rows = [
            (
                name,
                self._context.label(name),
                self._context.link(path, urls.day_category(self.edition.date, name)),
                entry,
            )
            for name, entry in ((name, self.edition.ledger.categories[name]) for name in self.followed)
        ]
        translated = sum(is_translated(self.edition, paper) for paper in self.shown)
        yield self._context.part("totals", self.edition, len(self.shown), translated)
        yield self._context.part("ledger", rows)
        if topics := self._found(path):
            yield self._context.part("topics", topics)
        yield from filter(None, [most_noticed(self._context, self.edition, path, self.places)])

    # What stands where

    def _listed(self, name: str) -> list[tuple[Announcement, AnnounceType]]:
        """The papers of a category as its page shows them: by section, in arXiv's order."""
        typed = [(paper, paper.listed[name]) for paper in self.edition.listed_in(name)]
        sections = by_section(typed, self._context.options.announce_types, self.edition.contributions)
        return [item for papers in sections.values() for item in papers]

    def _places(self) -> dict[str, str]:
        """The page that holds each paper's card, by arXiv id."""
        return {
            paper.id: urls.part(urls.day_category(self.edition.date, name), number // CARDS_A_PART + 1)
            for name in self.followed
            for number, (paper, _) in enumerate(self._listed(name))
            if paper.home(self.followed) == name
        }

    def _found(self, path: str) -> list[tuple[str, str, int]]:
        """Each topic that finds something in the edition: its name, where its papers stand, and how many."""
        counts = Counter(slug for slugs in self._topics.values() for slug in slugs)
        anchor = self.edition.date.isoformat()
        return [
            (
                topic.name,
                self._context.link(path, urls.topic_month(topic.slug, self.edition.date), anchor),
                counts[topic.slug],
            )
            for topic in self._context.options.topics
            if counts[topic.slug]
        ]

    def _entries(self) -> Iterator[ListRow]:
        """The papers of the date, by home and section."""
        for name in self.followed:
            own = [paper for paper in self.shown if paper.home(self.followed) == name]
            heading = Heading(2, f"{name} {self._context.label(name)} ({len(own)})", _anchor(name))
            typed = [(paper, paper.listed[name]) for paper in own]
            sections = by_section(typed, self._context.options.announce_types, self.edition.contributions)
            for papers in sections.values():
                yield from (self._entry(heading, paper, kind, name) for paper, kind in papers)

    def _cards(self, name: str) -> Iterator[ListRow]:
        _ = self._context.words.gettext
        names: dict[Section, str] = {"new": _("New"), "cross": _("Cross-lists"), "replace": _("Replacements")}
        papers = self._listed(name)
        kinds = [section_of(kind) for _, kind in papers]
        headings = {kind: Heading(2, f"{names[kind]} ({kinds.count(kind)})", kind) for kind in names}
        for (paper, kind), section in zip(papers, kinds, strict=True):
            home = paper.home(self.followed)
            row = self._card if home == name else self._entry
            yield row(headings[section], paper, kind, home)

    def _card(self, section: Heading, paper: Announcement, kind: AnnounceType, _: str) -> ListRow:
        topics = self._topics.get(paper.id, ())

        def made(path: str) -> Block:
            return Block(self._full(self.edition, paper, kind, path, topics))

        return ListRow(section, paper, topics, made)

    @property
    def _full(self) -> Callable[..., str]:
        """What makes the element of a paper on the page of its home."""
        return self._context.cards.card

    def _entry(self, section: Heading, paper: Announcement, kind: AnnounceType, home: str) -> ListRow:
        topics = self._topics.get(paper.id, ())

        def made(path: str) -> Block:
            address = self._context.link(path, self.places[paper.id], paper.id)
            return Block(self._context.cards.entry(self.edition, paper, kind, address, home, topics))

        return ListRow(section, paper, topics, made)

    def _neighbours(self, path: str, category: str = "") -> Block:
        """Links to the editions before and after, to the whole day, the month, and the files for programs."""
        _ = self._context.words.gettext
        link, day = self._context.link, self.edition.date
        links: list[tuple[str, str, str]] = []
        for name, other, relation in zip((_("Previous"), _("Next")), self._around, ("prev", "next"), strict=True):
            if other:
                links.append((f"{name}: {other.isoformat()}", link(path, urls.day(other)), relation))
        if category:
            links.append((_("All categories of the day"), link(path, self._folder), "up"))
        links.append((self._context.words.month(day), link(path, urls.month(day)), ""))
        files = urls.Linker()
        if not category and self._files and self.edition.featured and self.edition.featured.papers:
            links.append((_("Trending"), link(path, urls.trending(day)), ""))
        if self._files:
            folder = files.link(path, self._folder)
            links.append((_("Data (JSON)"), f"{folder}edition.json", ""))
            links.append((_("Cite (BibTeX)"), f"{folder}papers.bib", ""))
            links.append((_("Cite (RIS)"), f"{folder}papers.ris", ""))
        feed = urls.category(category) if category in self._context.options.categories else urls.HOME
        links.append((_("Feed (Atom)"), f"{files.link(path, feed)}{ATOM}", ""))
        return self._context.part("neighbours", links)

    def _citations(self) -> Iterator[DataFile]:
        """The papers of the edition as BibTeX and RIS."""
        answers = self.edition.translations
        bibtex = "\n".join(citations.bibtex(paper) for paper in self.shown)
        ris = "\n".join(citations.ris(paper, answers.get(paper.id)) for paper in self.shown)
        yield DataFile(f"{self._folder}papers.bib", bibtex.encode())
        yield DataFile(f"{self._folder}papers.ris", ris.encode())


def _anchor(category: str) -> str:
    """A category as the anchor of its heading; `attr_list` reads a dot as a class."""
    return category.replace(".", "-")
