"""An edition as data, for scripts and agents: the `edition.json` beside each date's page.

Texts are as arXiv gives them, TeX included. The format is documented in docs/edition-json.md; its
number is `schema`, and a key is only ever added. `llms.txt` at the site's root tells where they lie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from paperboy.site.html import urls
from paperboy.site.html.plain_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paperboy.domain.edition import Edition
    from paperboy.domain.overrides import Contribution
    from paperboy.domain.papers import Announcement
    from paperboy.domain.signals import Signal
    from paperboy.site.views.day_summary import DaySummary

SCHEMA = 1


def edition_json(edition: Edition, papers: Sequence[Announcement], places: Mapping[str, str], language: str) -> bytes:
    """The whole day as one JSON object.

    Arguments:
        edition: The day.
        papers: Those of its announcements that the site shows.
        places: The page of each paper's card, by arXiv id; of a paper without one, `page` is null.
        language: The language of the translations.
    """
    value = {
        "schema": SCHEMA,
        "date": edition.date.isoformat(),
        "language": language,
        "complete": edition.ledger.complete,
        "categories": {
            name: {
                "status": entry.status,
                "held": msgspec.to_builtins(entry.held),
                "stated": msgspec.to_builtins(entry.stated),
            }
            for name, entry in edition.ledger.categories.items()
        },
        "papers": [_paper(paper, edition, places) for paper in papers],
    }
    return msgspec.json.encode(value) + b"\n"


def llms_txt(days: Sequence[DaySummary], followed: Sequence[str], language: str, name: str, address: str) -> bytes:
    """Describe the site and its data for agents (https://llmstxt.org).

    Arguments:
        days: The editions of the site, oldest first.
        followed: The followed categories, in their order.
        language: The language of the translations.
        name: The site's name.
        address: The site's address with a slash at its end, or nothing: links are relative then.
    """
    newest = [_edition_line(day, address) for day in reversed(days)]
    categories = ", ".join(followed)
    return "\n".join(
        [
            f"# {printable(name)}",
            "",
            f"> All papers that arXiv announced each day in {categories}, with translations into {language}.",
            "",
            _FORMAT,
            "",
            "## Newest edition",
            "",
            *(newest[:1] or ["There is no edition yet."]),
            "",
            "## All editions",
            "",
            *newest,
            *([""] if newest else []),
            "## Optional",
            "",
            f"- [Atom feed]({address}feed.xml): the newest papers; each category has one at categories/NAME/feed.xml",
            f"- [JSON Feed]({address}feed.json): the same as JSON; categories/NAME/feed.json",
            "",
        ]
    ).encode()


_FORMAT = """\
Dates are arXiv's announcement dates (US Eastern). Each edition is one JSON object:

- `schema`: 1; keys are only ever added
- `date`, `language`: of the edition, of its translations
- `complete`: whether the edition holds as many papers as arXiv stated, in every category
- `categories`: by category, `status`, and the counts `held` and `stated`, each as `new`, `cross`, `replace`
- `papers`: one object each: `id`, `version`, `announce_type`, `page` (where its card is, relative to the site's root),
  `listed` (announce type by category), `title`, `abstract`, `authors`, `authors_complete`, `categories`,
  `primary_category`, `comment`, `journal_ref`, `doi`, `submitted`, `updated`,
  `text_version` (the version of the text, where it is a later one than the announced), `previous` (the version that a
  replacement replaced, with its title and abstract where they were others),
  `translation` (`title`, `abstract`, `summary`, `model`; null where none passed its checks), `faults`,
  `signals` (Hugging Face: `featured`, `upvotes`, `comments`, `keywords`, `organization`, `organization_page`,
  `repository`, `stars`, `project_page`; null where the paper was not featured), `institutions`,
  `contribution` (what people corrected: `file`, `contributors`, `keys`, `note`; null for most papers)

Titles and abstracts are as arXiv gives them, TeX included. arXiv ids are strings: 2407.09450 is not a number.
Beside each edition lie papers.bib (BibTeX) and papers.ris (RIS)."""


_STATES = {
    "complete": "complete",
    "incomplete": "not known to be complete",
    "derived": "derived from the times of submission",
}


def _edition_line(day: DaySummary, address: str) -> str:
    state = _STATES[day.state]
    return f"- [{day.date}]({address}{urls.day(day.date)}edition.json): papers announced: {day.papers}, {state}"


def _paper(paper: Announcement, edition: Edition, places: Mapping[str, str]) -> dict[str, Any]:
    answer = edition.translations.get(paper.id)
    row = msgspec.structs.asdict(paper)
    translated = answer is not None and answer.status == "ok"
    return {
        "id": paper.id,
        "version": paper.version,
        "announce_type": paper.announce_type,
        "page": f"{places[paper.id]}#{paper.id}" if paper.id in places else None,
        **{key: row[key] for key in row if key not in ("schema", "id", "version", "sources")},
        "translation": {
            "title": answer.title,
            "abstract": answer.abstract,
            "summary": answer.summary,
            "model": answer.model,
        }
        if answer is not None and translated
        else None,
        "faults": list(answer.faults) if answer is not None and not translated else [],
        "signals": _signals(edition.signals.get(paper.id)),
        "institutions": list(edition.institutions.get(paper.id, ())),
        "contribution": _contribution(edition.contributions.get(paper.id)),
    }


def _signals(signal: Signal | None) -> dict[str, Any] | None:
    if signal is None:
        return None
    row = msgspec.structs.asdict(signal)
    return {key: value for key, value in row.items() if key != "id"}


def _contribution(contribution: Contribution | None) -> dict[str, Any] | None:
    """What people wrote: the keys that their file has, and its note."""
    if contribution is None:
        return None
    return {
        "file": contribution.file,
        "contributors": list(contribution.contributors),
        "keys": msgspec.to_builtins(contribution.override),
        "note": contribution.note,
    }
