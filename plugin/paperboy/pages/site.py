"""All generated pages of a site: editions in, documents and data files out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paperboy import taxonomy
from paperboy.faults import FAULTS
from paperboy.model import CategoryLedger
from paperboy.pages import calendar, cite, urls
from paperboy.pages.cards import Cards, by_section, environment
from paperboy.pages.data import edition_json, llms_txt
from paperboy.pages.document import Block, Document, Heading
from paperboy.pages.feeds import ATOM, JSON, OPML, FeedWriter, Listed, category_name
from paperboy.pages.i18n import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from paperboy.model import Announcement, AnnounceType, Edition

_PLAIN = ("navigation", "toc")
"""Hidden where a page has no sections: the tabs above are the navigation."""

_UNKNOWN = CategoryLedger(status="not reconciled")


class SiteOptions(Struct, frozen=True, kw_only=True):
    """What the pages need to know of the options."""

    categories: tuple[str, ...]
    announce_types: tuple[str, ...] = ("new", "cross", "replace")
    language: str = "zh-CN"
    directory_urls: bool = True
    site_name: str = "paperboy"
    site_url: str = ""
    """The site's address with a slash at its end, where that is known."""


class DataFile(Struct, frozen=True):
    """A file that is no page, at its place on the site."""

    path: str
    content: bytes


def build_site(editions: Sequence[Edition], options: SiteOptions) -> Iterator[Document | DataFile]:
    """Make every generated page.

    Arguments:
        editions: The editions of the site, oldest first.
        options: What to show and in which language.
    """
    pages = _Pages(editions, options)
    yield pages.home()
    yield pages.archive()
    yield pages.categories()
    yield pages.quality()
    yield pages.starred()
    for name in options.categories:
        yield pages.category(name)
    for first, days in calendar.months(edition.date for edition in editions):
        yield pages.month(first, days)
    yield from pages.feeds()
    yield DataFile(
        "llms.txt", llms_txt(editions, options.categories, options.language, options.site_name, options.site_url)
    )
    for edition in editions:
        yield pages.day(edition)
        shown = pages.shown(edition)
        content = edition_json(edition, shown, pages.followed(edition), options.language)
        yield DataFile(f"{urls.day(edition.date)}edition.json", content)
        yield from pages.citations(edition)
        for name in pages.followed(edition):
            yield pages.day_category(edition, name)


class _Pages:
    """The pages of one site; holds what all of them need."""

    def __init__(self, editions: Sequence[Edition], options: SiteOptions) -> None:
        self._editions = editions
        self._options = options
        self._words = Words(options.language)
        self._link = urls.Linker(directory_urls=options.directory_urls).link
        env = environment(self._words)
        self._cards = Cards(env, options.language)
        self._parts: Any = env.get_template("overview.html").module
        self._feeds = FeedWriter(
            env,
            self._words,
            site_name=options.site_name,
            site_url=options.site_url,
            directory_urls=options.directory_urls,
        )
        days = [edition.date for edition in editions]
        self._after = dict(pairwise(days))
        self._before = {after: before for before, after in self._after.items()}

    # What an edition shows

    def followed(self, edition: Edition) -> tuple[str, ...]:
        """The categories of an edition: those followed now, then those followed when it was fetched."""
        held = edition.ledger.categories
        now = [name for name in self._options.categories if name in held]
        return (*now, *(name for name in held if name not in now))

    def shown(self, edition: Edition) -> list[Announcement]:
        """The announcements of the types that the site shows."""
        types = self._options.announce_types
        return [
            paper
            for paper in edition.announcements
            if any(kind.partition("-")[0] in types for kind in paper.listed.values())
        ]

    # Files

    def feeds(self) -> Iterator[DataFile]:
        """The site's feed and that of each followed category, and where the site has an address their list."""
        feeds = {"": ""}
        feeds |= {urls.category(name): category_name(name, self._options.language) for name in self._options.categories}
        for path, name in feeds.items():
            category = path.removeprefix(urls.CATEGORIES).removesuffix("/")
            atom, json = self._feeds.write(path, name, self._newest(category))
            yield DataFile(f"{path}{ATOM}", atom)
            yield DataFile(f"{path}{JSON}", json)
        if self._options.site_url:
            yield DataFile(OPML, self._feeds.opml(feeds))

    def _newest(self, category: str) -> Iterator[Listed]:
        """The papers of one category, or of all; newest edition first, in arXiv's order of sections."""
        for edition in reversed(self._editions):
            followed = self.followed(edition)
            if category and category not in followed:
                continue
            papers = edition.listed_in(category) if category else edition.announcements
            typed = [(paper, paper.listed[category] if category else paper.announce_type) for paper in papers]
            for section in by_section(typed, self._options.announce_types).values():
                for paper, _ in section:
                    page = urls.day_category(edition.date, paper.home(followed))
                    yield Listed(
                        day=edition.date,
                        paper=paper,
                        translation=edition.translations.get(paper.id),
                        address=self._link("", page, paper.id),
                    )

    def citations(self, edition: Edition) -> Iterator[DataFile]:
        """The papers of an edition, and again of each of its categories, as BibTeX and RIS."""
        shown = self.shown(edition)
        bibtex = {paper.id: cite.bibtex(paper) for paper in shown}
        ris = {paper.id: cite.ris(paper, edition.translations.get(paper.id)) for paper in shown}
        folders = {urls.day(edition.date): [paper.id for paper in shown]}
        for name in self.followed(edition):
            own = [(paper, paper.listed[name]) for paper in edition.listed_in(name)]
            sections = by_section(own, self._options.announce_types).values()
            folders[urls.day_category(edition.date, name)] = [paper.id for papers in sections for paper, _ in papers]
        for folder, ids in folders.items():
            yield DataFile(f"{folder}papers.bib", "\n".join(bibtex[arxiv_id] for arxiv_id in ids).encode())
            yield DataFile(f"{folder}papers.ris", "\n".join(ris[arxiv_id] for arxiv_id in ids).encode())

    # Pages

    def home(self) -> Document:
        """The newest edition under the site's root, or what is missing for one."""
        _ = self._words.gettext
        if self._editions:
            return self._edition(self._editions[-1], urls.HOME, listed=True)
        part = self._part("empty")
        title = _("Today")
        content = (Heading(1, title, "today"), part)
        return Document(path=urls.HOME, title=title, hide=_PLAIN, listed=True, content=content)

    def day(self, edition: Edition) -> Document:
        """One date: the accounts of its categories, and a short entry for each paper."""
        return self._edition(edition, urls.day(edition.date))

    def _edition(self, edition: Edition, path: str, *, listed: bool = False) -> Document:
        followed = self.followed(edition)
        papers = self.shown(edition)
        title = self._words.long_date(edition.date)
        rows = [
            (name, self._label(name), self._link(path, urls.day_category(edition.date, name)), entry)
            for name, entry in ((name, edition.ledger.categories[name]) for name in followed)
        ]
        translated = sum(_is_translated(edition, paper) for paper in papers)
        content: list[Heading | Block] = [
            Heading(1, title, "edition"),
            self._neighbours(edition, path),
            self._part("totals", edition, len(papers), translated),
            self._part("ledger", rows),
            self._tools(edition, path),
        ]
        for name in followed:
            own = [paper for paper in papers if paper.home(followed) == name]
            if own:
                content.append(Heading(2, f"{name} {self._label(name)} ({len(own)})", _anchor(name)))
            typed = [(paper, paper.listed[name]) for paper in own]
            for section in by_section(typed, self._options.announce_types).values():
                content += [self._entry(edition, paper, kind, path, name) for paper, kind in section]
        return Document(
            path=path,
            title=self._words.gettext("Today") if listed else title,
            description=title,
            hide=("navigation",),
            listed=listed,
            content=tuple(content),
        )

    def day_category(self, edition: Edition, name: str) -> Document:
        """One category on one date, in arXiv's sections.

        A paper whose home is another category stands here as a short entry that leads to its card.
        """
        _ = self._words.gettext
        path = urls.day_category(edition.date, name)
        followed = self.followed(edition)
        entry = edition.ledger.categories[name]
        when = self._words.long_date(edition.date)
        title = f"{name} {self._label(name)} · {when}"
        content: list[Heading | Block] = [
            Heading(1, title, "category"),
            self._neighbours(edition, path, name),
            self._part("category_status", entry),
            self._tools(edition, path, name),
        ]
        names = {"new": _("New"), "cross": _("Cross-lists"), "replace": _("Replacements")}
        typed = [(paper, paper.listed[name]) for paper in edition.listed_in(name)]
        for section, papers in by_section(typed, self._options.announce_types).items():
            if not papers:
                continue
            content.append(Heading(2, f"{names[section]} ({len(papers)})", section))
            for paper, kind in papers:
                home = paper.home(followed)
                if home == name:
                    card = self._cards.card(paper, edition.translations.get(paper.id), kind)
                    content.append(Block(card))
                else:
                    content.append(self._entry(edition, paper, kind, path, home))
        return Document(path=path, title=title, hide=("navigation",), content=tuple(content))

    def category(self, name: str) -> Document:
        """One category: the dates that it has, newest first."""
        path = urls.category(name)
        title = f"{name} {self._label(name)}"
        rows = [
            (
                edition.date,
                self._link(path, urls.day_category(edition.date, name)),
                edition.ledger.categories[name],
            )
            for edition in reversed(self._editions)
            if name in edition.ledger.categories
        ]
        content = (Heading(1, title, "category"), self._part("dates", rows))
        return Document(path=path, title=title, hide=_PLAIN, content=content)

    def categories(self) -> Document:
        """The followed categories with the counts of the newest edition."""
        title = self._words.gettext("Categories")
        newest = self._editions[-1].ledger.categories if self._editions else {}
        rows = [
            (
                name,
                self._label(name),
                self._link(urls.CATEGORIES, urls.category(name)),
                newest.get(name, _UNKNOWN),
            )
            for name in self._options.categories
        ]
        content = (Heading(1, title, "categories"), self._part("ledger", rows))
        return Document(path=urls.CATEGORIES, title=title, hide=_PLAIN, listed=True, content=content)

    def archive(self) -> Document:
        """The months that have editions."""
        title = self._words.gettext("Archive")
        papers = {edition.date: len(self.shown(edition)) for edition in self._editions}
        rows = [
            (
                self._words.month(first),
                self._link(urls.ARCHIVE, urls.month(first)),
                len(days),
                sum(papers[day] for day in days),
            )
            for first, days in calendar.months(papers)
        ]
        quality = self._link(urls.ARCHIVE, urls.QUALITY)
        content = (Heading(1, title, "archive"), self._part("months", rows, quality))
        return Document(path=urls.ARCHIVE, title=title, hide=_PLAIN, listed=True, content=content)

    def quality(self) -> Document:
        """How the translations of each edition fared, newest first."""
        title = self._words.gettext("Quality of the translations")
        rows = [
            (edition.date, self._link(urls.QUALITY, urls.day(edition.date)), account)
            for edition in reversed(self._editions)
            if (account := edition.ledger.translations.get(self._options.language)) is not None
        ]
        content = (Heading(1, title, "quality"), self._part("quality", rows, FAULTS))
        return Document(path=urls.QUALITY, title=title, hide=_PLAIN, content=content)

    def starred(self) -> Document:
        """The place where the reader's browser lists the papers that it keeps."""
        title = self._words.gettext("Starred papers")
        content = (Heading(1, title, "starred"), self._part("starred"))
        return Document(path=urls.STARRED, title=title, hide=_PLAIN, content=content)

    def month(self, first: date, days: Sequence[date]) -> Document:
        """One month as a calendar with counts."""
        path = urls.month(first)
        title = self._words.month(first)
        cells = {
            edition.date: calendar.Day(
                day=edition.date,
                address=self._link(path, urls.day(edition.date)),
                papers=len(self.shown(edition)),
                complete=edition.ledger.complete,
            )
            for edition in self._editions
            if edition.date in days
        }
        content = (Heading(1, title, "month"), self._part("calendar", calendar.weeks(first, cells)))
        return Document(path=path, title=title, hide=_PLAIN, content=content)

    # Parts

    def _part(self, name: str, *values: Any) -> Block:
        return Block(str(getattr(self._parts, name)(*values)).strip())

    def _entry(self, edition: Edition, paper: Announcement, kind: AnnounceType, path: str, home: str) -> Block:
        address = self._link(path, urls.day_category(edition.date, home), paper.id)
        answer = edition.translations.get(paper.id)
        return Block(self._cards.entry(paper, answer, kind, address, home))

    def _tools(self, edition: Edition, path: str, category: str = "") -> Block:
        """The place of the reader's toolbar, with the addresses that its keys lead to."""
        links = (urls.STARRED, urls.day(edition.date), *([urls.category(category)] if category else []))
        starred, day, *more = (self._link(path, target) for target in links)
        return self._part("tools", edition.date.isoformat(), starred, day, *(more or [""]))

    def _neighbours(self, edition: Edition, path: str, category: str = "") -> Block:
        """Links to the editions before and after, to the whole day, the month, and the files for programs."""
        _ = self._words.gettext
        links: list[tuple[str, str, str]] = []
        for name, days, relation in (
            (_("Previous"), self._before, "prev"),
            (_("Next"), self._after, "next"),
        ):
            if other := days.get(edition.date):
                links.append((f"{name}: {other.isoformat()}", self._link(path, urls.day(other)), relation))
        if category:
            links.append((_("All categories of the day"), self._link(path, urls.day(edition.date)), "up"))
        links.append((self._words.month(edition.date), self._link(path, urls.month(edition.date)), ""))
        files = urls.Linker()
        links.append((_("Data (JSON)"), f"{files.link(path, urls.day(edition.date))}edition.json", ""))
        cited = urls.day_category(edition.date, category) if category else urls.day(edition.date)
        links.append((_("Cite (BibTeX)"), f"{files.link(path, cited)}papers.bib", ""))
        links.append((_("Cite (RIS)"), f"{files.link(path, cited)}papers.ris", ""))
        feed = urls.category(category) if category in self._options.categories else urls.HOME
        links.append((_("Feed (Atom)"), f"{files.link(path, feed)}{ATOM}", ""))
        return self._part("neighbours", links)

    def _label(self, name: str) -> str:
        return taxonomy.label(name, self._options.language)


def _is_translated(edition: Edition, paper: Announcement) -> bool:
    answer = edition.translations.get(paper.id)
    return answer is not None and answer.status == "ok"


def _anchor(category: str) -> str:
    """A category as the anchor of its heading; `attr_list` reads a dot as a class."""
    return category.replace(".", "-")
