"""A site all of whose third-party text is hostile, and the same site in harmless words."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger, TranslationLedger
from paperboy.domain.signals import Affiliation, AffiliationList, FeaturedList, Signal, SignalList
from paperboy.sources import huggingface
from paperboy.storage import archive
from tests.browsing import theme
from tests.factories import answer, paper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from paperboy.domain.edition import Translation
    from paperboy.domain.papers import Announcement
    from tests.conftest import Site

    Text = Callable[[int, str], str]
    """The text of one field of one record."""

DAYS = (date(2026, 1, 14), date(2026, 3, 11), date(2026, 4, 8), date(2026, 6, 2), date(2026, 6, 3), date(2026, 6, 4))
"""With three months kept in full, the first day is condensed: its abstracts are fetched by a script."""

OVERRIDDEN = ("title", "summary", "abstract", "institution", "tag", "link", "address", "hide")
"""What a contributor may say of a paper."""

FIELDS = (
    *("title", "author", "author 2", "author 8", "comment", "abstract", "journal_ref", "doi", "class", "primary"),
    *("submitted", "updated", "earlier title", "earlier abstract"),
    *("translated title", "translated abstract", "summary", "model", "fault", "institution", "institution 2"),
    *("keyword", "organization", "slug", "repository", "project", "hf title", "hf abstract", "hf author"),
    *(f"ov {name}" for name in OVERRIDDEN),
    *("note", "day note", "category note", "ledger note", "category ledger note", "unanswered", "topic", "phrase"),
)
"""Every field of a site that somebody else can write."""

_ADDRESS = re.compile(r"[\s<>\"'\\]")
"""What the form of an address in an override does not allow."""

_PLACEHOLDER = re.compile(r"<(?=/?m\d)")
"""The beginning of what would be a placeholder of a translation."""

PLAIN = "Words on $x^2$ and $\\nope$ at https://example.org/x and https://github.com/a/b"
"""A harmless text of the same shape: formulas and addresses become elements, for they are meant to."""


def rotating(texts: Sequence[str]) -> Text:
    """Gives each field of each record another text, and over as many records each field every text."""
    step = 97  # two fields of one record are never the same text, and neighbours are of different kinds

    def text(number: int, name: str) -> str:
        return texts[(number + step * FIELDS.index(name)) % len(texts)]

    return text


def harmless(_number: int, name: str) -> str:
    """The same words in every field that takes words."""
    others = {
        "slug": "umber",
        "repository": "https://github.com/a/b",
        "project": "https://example.org/",
        "earlier title": "Some words",
        "earlier abstract": "Some words",
    }
    return others.get(name, PLAIN)


def configure(site: Site, **options: Any) -> None:
    """A site that asks nobody, with an address, and search and topics where they are asked for."""
    wanted = {
        "categories": ["cs.CL", "cs.LG"],
        "fetch": "never",
        "translation": {"enabled": False},
        "retention": {"months": 3},
        "search": False,
    }
    site.configure(
        wanted | options,
        theme=theme(),
        site_url="https://example.org/",
        repo_url="https://github.com/a/b",
        edit_uri="edit/main/docs/",
    )


def fill(site: Site, text: Text, count: int, *, written: int = 0, noticed: int = 100) -> None:
    """Write an archive of `count` records, and overrides about the first of each day.

    Arguments:
        site: Where.
        text: What stands in each field.
        count: The records of all days together.
        written: How many of them, at most, contributors have written about.
        noticed: How many of each day the community has featured.
    """
    root = site.root / ".paperboy" / "archive"
    for place, day in enumerate(DAYS):
        numbers = range(place, count, len(DAYS))
        papers = [_announced(day, number, text) for number in numbers]
        archive.write_announcements(root, day, papers)
        answers = [_translated(one, number, text) for one, number in zip(papers, numbers, strict=True)]
        # As a closed journal, without a wait for the disk after each of thousands of lines.
        file = archive.folder(root, day) / archive.translations("zh-CN")
        file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in answers))
        counts = Counts.of(one.listed["cs.CL"] for one in papers)
        entry = CategoryLedger(
            status="incomplete", stated=counts, held=counts, notes=(text(place, "category ledger note"),)
        )
        account = TranslationLedger(model=text(place, "model"), prompt_version=1, faults={text(place, "fault"): 1})
        ledger = Ledger(
            date=day.isoformat(),
            categories={"cs.CL": entry},
            notes=(text(place, "ledger note"),),
            unanswered=(text(place, "unanswered"),),
            translations={"zh-CN": account},
        )
        archive.write_ledger(root, day, ledger)
        featured = _featured(day, list(zip(papers, numbers, strict=True))[:noticed], text)
        archive.write(root, day, featured)
        signals = [Signal(**{name: getattr(one, name) for name in Signal.__struct_fields__}) for one in featured.papers]
        archive.write(root, day, SignalList(date=day.isoformat(), papers=tuple(signals)))
        found = [
            Affiliation(
                id=one.id, version=1, source="html", institutions=(text(n, "institution"), text(n, "institution 2"))
            )
            for one, n in zip(papers, numbers, strict=True)
        ]
        archive.write(root, day, AffiliationList(date=day.isoformat(), papers=tuple(found)))
        about = list(zip(papers, numbers, strict=True))[: written // len(DAYS)]
        _write_overrides(site.root / "docs" / "overrides", day, about, text)


def _announced(day: date, number: int, text: Text) -> Announcement:
    kinds = ("new", "cross", "replace")
    previous = {
        "version": 1,
        "date": DAYS[0].isoformat(),
        "title": text(number, "earlier title"),
        "abstract": text(number, "earlier abstract"),
    }
    return paper(
        f"{day:%y%m}.{number:05d}",
        version=2,
        listed={"cs.CL": kinds[number % 3]} | ({"cs.LG": "cross"} if number % 5 == 0 else {}),
        title=text(number, "title"),
        authors=(text(number, "author"), text(number, "author 2"), *"ABCDE", text(number, "author 8")),
        comment=text(number, "comment"),
        abstract=text(number, "abstract"),
        journal_ref=text(number, "journal_ref"),
        doi=text(number, "doi"),
        categories=("cs.CL", text(number, "class")),
        primary_category=text(number, "primary") if number % 7 == 0 else "cs.CL",
        submitted=text(number, "submitted") if number % 11 == 0 else "2026-06-01T00:00:00Z",
        updated=text(number, "updated") if number % 11 == 0 else None,
        previous=previous if kinds[number % 3] == "replace" else None,
    )


def _translated(one: Announcement, number: int, text: Text) -> Translation:
    fields = {
        "title": text(number, "translated title"),
        "abstract": text(number, "translated abstract"),
        "summary": text(number, "summary"),
        "model": text(number, "model"),
    }
    refused = {"status": "failed", "faults": (text(number, "fault"),)} if number % 13 == 0 else {}
    return answer(one.id, **fields, **refused, version=one.version)


def _featured(day: date, papers: Sequence[tuple[Announcement, int]], text: Text) -> FeaturedList:
    """As Hugging Face would serve them, through the code that reads its answers."""
    entries = [
        {
            "paper": {
                "id": one.id,
                "title": text(number, "hf title"),
                "summary": text(number, "hf abstract"),
                "authors": [{"name": text(number, "hf author")}],
                "upvotes": number,
                "ai_keywords": [text(number, "keyword")],
                "githubRepo": text(number, "repository"),
                "githubStars": 7,
                "projectPage": text(number, "project"),
                "organization": {"name": text(number, "slug"), "fullname": text(number, "organization")},
            },
            "numComments": 3,
        }
        for one, number in papers
    ]
    read = huggingface.parse_daily_papers(json.dumps(entries).encode(), day).papers
    return FeaturedList(date=day.isoformat(), settled=True, papers=tuple(sorted(read, key=lambda one: one.id)))


def _write_overrides(folder: Path, day: date, papers: Sequence[tuple[Announcement, int]], text: Text) -> None:
    for name in ("papers", "days", "categories"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for one, number in papers:
        said = {name: _allowed(text(number, f"ov {name}")).replace("\n", " ") for name in OVERRIDDEN}
        keys: dict[str, Any] = {
            **{name: said[name] for name in ("title", "summary", "abstract")},
            "affiliations": [said["institution"][:200]],
            "tags": [said["tag"][:60]],
            "links": {said["link"][:60]: f"https://example.org/?{_ADDRESS.sub('', said['address'])}"},
        }
        if number % 9 == 0:
            keys["hide"] = said["hide"]
        # In every other file one key alone, for a file with a mistake is left out as a whole.
        kept = keys if number % 2 else dict([list(keys.items())[number // 2 % len(keys)]])
        head = yaml.safe_dump(kept, allow_unicode=True)
        content = f"---\n{head}---\n\n{_allowed(text(number, 'note'))}\n"
        (folder / "papers" / f"{one.id}.md").write_text(content, encoding="utf-8", newline="\n")
    number = DAYS.index(day)
    (folder / "days" / f"{day}.md").write_text(text(number, "day note"), encoding="utf-8")
    (folder / "categories" / "cs.CL.md").write_text(text(number, "category note"), encoding="utf-8")

    def short(n: int, name: str) -> str:
        return " ".join(_allowed(text(n, name))[:60].split())

    topics = [{"slug": f"topic-{n}", "name": short(n, "topic"), "any": [short(n, "phrase")]} for n in range(0, 400, 16)]
    topics.append({"slug": "words", "name": "<b>x</b>", "any": ["words", "<script>"], "none": [short(1, "phrase")]})
    (folder / "topics.yml").write_text(yaml.safe_dump(topics, allow_unicode=True), encoding="utf-8")


def _allowed(text: str) -> str:
    """As much of a text as the file of a contributor may hold; with anything else, the file is left out as a whole."""
    kept = "".join(sign for sign in _PLACEHOLDER.sub("", text) if sign.isprintable() or sign == "\n")
    return kept[:400].strip() or "x"
