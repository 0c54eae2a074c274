"""The trending pages: featured papers of each date and month, and the list above an edition.

They are made from what Hugging Face told and from rows of few words, as the calendars are from summaries.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paperboy.domain.edition import Edition
from paperboy.domain.ledger import Ledger
from paperboy.site.context import PLAIN
from paperboy.site.export.atom_json import ATOM, JSON, FeedWriter, ListedPaper
from paperboy.site.html import urls
from paperboy.site.html.document import Block, DataFile, Document, Heading
from paperboy.site.pages.calendar import calendar_months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from paperboy.domain.edition import Translation
    from paperboy.domain.papers import Announcement
    from paperboy.domain.signals import Featured, FeaturedList, Signal
    from paperboy.site.context import SiteContext

    Place = Callable[[str, str], str | None]
    """The page that holds a paper's card, by the date of its edition and its id; `None` where there is none."""

MOST_NOTICED = 10
"""Papers at the head of an edition."""
MOST_A_MONTH = 100
CARDS = 60
"""Full papers on the page of a date; what is more stands below in few words."""
RECENT_DATES = 20

_SHOWN_AUTHORS = 3


class TrendingRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One featured paper in few words; `more` says that it has other authors too."""

    id: str
    title: str
    translated: str = ""
    authors: tuple[str, ...] = ()
    more: bool = False
    organization: str = ""
    organization_page: str = ""
    upvotes: int = 0
    comments: int = 0


class Featuring(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was featured on one date, in few words, by votes; `editions` are the dates of the papers' editions."""

    date: date
    rows: tuple[TrendingRow, ...] = ()
    editions: tuple[str, ...] = ()


def as_edition(featured: FeaturedList, answers: Mapping[str, Translation]) -> Edition:
    """What was featured on a date, in the form of an edition that no category announced.

    Arguments:
        featured: What was featured.
        answers: The translations in its folder, by arXiv id.
    """
    return Edition(
        date=date.fromisoformat(featured.date),
        announcements=tuple(paper.paper for paper in featured.papers),
        ledger=Ledger(date=featured.date, announced=False),
        translations={paper.id: answers[paper.id] for paper in featured.papers if paper.id in answers},
        signals={paper.id: paper for paper in featured.papers},
        featured=featured,
    )


def in_few_words(edition: Edition) -> Featuring:
    """Say what was featured on a date in few words, as `as_edition()` gives it."""
    papers = _by_votes(edition)
    return Featuring(
        date=edition.date,
        rows=tuple(_trending_row(paper, paper, edition) for paper in papers),
        editions=tuple(sorted({paper.edition for paper in papers if paper.edition})),
    )


def most_noticed(context: SiteContext, edition: Edition, path: str, places: Mapping[str, str]) -> Block | None:
    """The papers of an edition that have most votes; `None` where nobody has voted yet.

    Where Hugging Face was never reached for the date, that is said instead.

    Arguments:
        context: The site's tools.
        edition: The edition.
        path: The page on which they stand.
        places: The page of each paper's card, by arXiv id.
    """
    voted = [
        (signal, paper)
        for paper in edition.announcements
        if paper.id in places and not edition.hides(paper.id)
        if (signal := edition.signals.get(paper.id)) is not None and signal.upvotes
    ]
    voted.sort(key=lambda pair: (-pair[0].upvotes, pair[1].id))
    rows = [
        (_trending_row(signal, paper, edition), context.link(path, places[paper.id], paper.id))
        for signal, paper in voted[:MOST_NOTICED]
    ]
    if not rows:
        return (
            context.part("unreached", file="trending") if edition.featured is None and context.options.signals else None
        )
    trending = context.link(path, urls.trending(edition.date)) if edition.featured and edition.featured.papers else ""
    return context.part("noticed", rows, context.options.language, trending, file="trending")


class TrendingPages:
    """Makes the trending pages.

    Arguments:
        context: The site's tools.
        in_full: The dates that have a page of their own, oldest first; of older ones only the month has.
        place: Tells where the card of a paper lies.
    """

    def __init__(
        self, context: SiteContext, in_full: Sequence[date] = (), place: Place = lambda _day, _id: None
    ) -> None:
        self._context = context
        self._in_full = in_full
        self._place = place

    def day(self, edition: Edition, around: tuple[date | None, date | None] = (None, None)) -> Document:
        """The papers of one date, each in full, by votes.

        Arguments:
            edition: What was featured, as `as_edition()` gives it.
            around: The dates before and after it that have a page.
        """
        when = edition.date
        path = urls.trending(when)
        context, _ = self._context, self._context.words.gettext
        title = context.words.title(_("Trending"), context.words.long_date(when))
        papers = _by_votes(edition)
        texts = {paper.id: paper for paper in edition.announcements}
        content: list[Heading | Block] = [
            Heading(1, title, "trending"),
            self._around(path, when, around),
            self._part("about", len(papers), 0),
            Heading(2, _("By votes"), "papers"),
        ]
        for paper in papers[:CARDS]:
            links = []
            if paper.edition and (page := self._place(paper.edition, paper.id)):
                name = _("In the edition of %(date)s") % {"date": paper.edition}
                links.append((name, context.link(path, page, paper.id)))
            content.append(Block(context.cards.card(edition, texts[paper.id], "", path, more=links)))
        if rest := in_few_words(edition).rows[CARDS:]:
            content.append(self._list([(row, when) for row in rest], path))
        return Document(path=path, title=title, hide=PLAIN, content=tuple(content))

    def month(self, first: date, days: Sequence[Featuring]) -> Document:
        """The papers of one month by votes.

        Arguments:
            first: The first day of the month.
            days: Its dates.
        """
        path = urls.trending_month(first)
        title = self._context.words.title(self._context.words.gettext("Trending"), self._context.words.month(first))
        rows = _ranked(days)
        content = (
            Heading(1, title, "trending"),
            self._neighbours(path),
            self._part("about", len(rows), MOST_A_MONTH if len(rows) > MOST_A_MONTH else 0),
            self._list(rows[:MOST_A_MONTH], path),
        )
        return Document(path=path, title=title, hide=PLAIN, content=content)

    def index(self, days: Sequence[Featuring]) -> Document:
        """The newest date that has papers, and the way to all others.

        Arguments:
            days: All dates, oldest first.
        """
        path, title = urls.TRENDING, self._context.words.gettext("Trending")
        shown = [day for day in days if day.rows]
        content: list[Heading | Block] = [Heading(1, title, "trending")]
        if not shown:
            content.append(self._part("nothing", self._context.options.signals))
            return Document(path=path, title=title, hide=PLAIN, content=tuple(content))
        newest, link = shown[-1], self._context.link
        by_day = {day.date: day for day in shown}
        counted = [
            (
                self._context.words.month(first),
                link(path, urls.trending_month(first)),
                sum(len(by_day[day].rows) for day in own),
            )
            for first, own in calendar_months(by_day)
        ]
        recent = [(day.isoformat(), link(path, urls.trending(day))) for day in self._in_full[: -RECENT_DATES - 1 : -1]]
        content += [
            self._neighbours(path),
            Heading(2, self._context.words.long_date(newest.date), "newest"),
            self._part("about", len(newest.rows), 0),
            self._list([(row, newest.date) for row in newest.rows[:CARDS]], path),
            Heading(2, self._context.words.gettext("Archive"), "all"),
            self._part("dates", counted, recent),
        ]
        return Document(path=path, title=title, hide=PLAIN, listed=True, content=tuple(content))

    def feed(self, editions: Iterable[Edition]) -> Iterator[DataFile]:
        """A feed of what was featured on some dates, in the order of the dates, by votes."""
        options, _ = self._context.options, self._context.words.gettext
        writer = FeedWriter(
            self._context.env,
            self._context.words,
            site_name=options.site_name,
            site_url=options.site_url,
            directory_urls=options.directory_urls,
        )
        about = _("What the community at Hugging Face featured.")
        days = (writer.day(edition.date, self._listed(edition)) for edition in editions)
        atom, json = writer.write(urls.TRENDING, _("Trending"), days, about)
        yield DataFile(f"{urls.TRENDING}{ATOM}", atom)
        yield DataFile(f"{urls.TRENDING}{JSON}", json)

    def _listed(self, edition: Edition) -> Iterator[ListedPaper]:
        texts = {paper.id: paper for paper in edition.announcements}
        for paper in (one for one in _by_votes(edition) if not edition.hides(one.id)):
            yield ListedPaper(
                day=edition.date,
                paper=texts[paper.id],
                translation=edition.translations.get(paper.id),
                address=self._context.link("", urls.trending(edition.date), paper.id),
            )

    # Parts

    def _part(self, name: str, *values: Any) -> Block:
        return self._context.part(name, *values, file="trending")

    def _list(self, rows: Sequence[tuple[TrendingRow, date]], path: str) -> Block:
        """Rows in few words; a title leads to the paper on the page of its date, where that is another page."""
        found = []
        for row, day in rows:
            page = urls.trending(day)
            elsewhere = day in self._in_full and page != path
            address = self._context.link(path, page, row.id) if elsewhere else urls.abstract_page(row.id, None)
            found.append((row, day, address, self._context.link(path, page) if elsewhere else ""))
        return self._part("listed", found, self._context.options.language)

    def _around(self, path: str, day: date, around: tuple[date | None, date | None]) -> Block:
        _, link = self._context.words.gettext, self._context.link
        links = [
            (f"{name}: {other.isoformat()}", link(path, urls.trending(other)), relation)
            for name, other, relation in zip((_("Previous"), _("Next")), around, ("prev", "next"), strict=True)
            if other
        ]
        links.append((self._context.words.month(day), link(path, urls.trending_month(day)), "up"))
        return self._neighbours(path, links)

    def _neighbours(self, path: str, links: Sequence[tuple[str, str, str]] = ()) -> Block:
        """Links to other dates, and to the feed."""
        _ = self._context.words.gettext
        up = [] if path == urls.TRENDING else [(_("Trending"), self._context.link(path, urls.TRENDING), "")]
        feed = f"{urls.Linker().link(path, urls.TRENDING)}{ATOM}"
        return self._context.part("neighbours", [*up, *links, (_("Subscribe (Atom)"), feed, "")])


def _by_votes(edition: Edition) -> list[Featured]:
    papers = edition.featured.papers if edition.featured else ()
    return sorted(papers, key=lambda paper: (-paper.upvotes, paper.id))


def _ranked(days: Sequence[Featuring]) -> list[tuple[TrendingRow, date]]:
    """The rows of several dates by votes; of a paper that was featured twice, the newer one."""
    rows = {row.id: (row, day.date) for day in days for row in day.rows}
    return sorted(rows.values(), key=lambda pair: (-pair[0].upvotes, pair[0].id))


def _trending_row(signal: Signal, paper: Announcement | Featured, edition: Edition) -> TrendingRow:
    if edition.hides(paper.id):
        # Its card says why; here it stands without a word of its own.
        return TrendingRow(id=paper.id, title=f"arXiv:{paper.id}", upvotes=signal.upvotes, comments=signal.comments)
    answer = edition.translations.get(paper.id)
    return TrendingRow(
        id=paper.id,
        title=paper.title or paper.id,
        translated=answer.title if answer is not None and answer.status == "ok" else "",
        authors=tuple(paper.authors[:_SHOWN_AUTHORS]),
        more=len(paper.authors) > _SHOWN_AUTHORS,
        organization=signal.organization or "",
        organization_page=signal.organization_page or "",
        upvotes=signal.upvotes,
        comments=signal.comments,
    )
