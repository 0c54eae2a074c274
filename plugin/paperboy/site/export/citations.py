r"""Writes citations of papers as BibTeX and RIS.

BibTeX keeps the TeX of titles and names, and only mends what would break a `.bib` file or the document
that cites from it; RIS holds Unicode. No record says when it was made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import rispy
from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.middlewares import AddEnclosingMiddleware
from bibtexparser.model import Entry, Field

from paperboy import tex
from paperboy.domain.papers import parse_id
from paperboy.site.html import urls
from paperboy.site.html.plain_text import plain, printable

if TYPE_CHECKING:
    from paperboy.domain.edition import Translation
    from paperboy.domain.papers import Announcement

_FIRST_YEAR = 91
"""arXiv began in 1991; an id's two digits of the year count from there."""

_ENCLOSED = (
    AddEnclosingMiddleware(
        reuse_previous_enclosing=False, default_enclosing="{", enclose_integers=True, allow_inplace_modification=True
    ),
)
_ORGANISATION = re.compile(r"\b(?:collaboration|consortium|group|team|project)\b", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")

# What LaTeX reads as more than a character where no formula is; a backslash takes the next one with it.
_ACTIVE = re.compile(r"\\[A-Za-z]+|\\.|[%&#_^$]")
_ACTIVE_IN_FORMULA = re.compile(r"\\.|[%#]")
_BRACE = re.compile(r"\\\\(?=[{}])|\\[{}]")


def bibtex(paper: Announcement) -> str:
    """One BibTeX entry. Its key is the arXiv id, which no two papers share."""
    fields = {
        "title": _tex(paper.title),
        "author": _bibtex_authors(paper),
        "year": _published(paper)[:4],
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "primaryClass": _tex(paper.primary_category or ""),
        "doi": _doi(paper, without="{}\\"),
        "url": urls.abstract_page(paper.id, paper.version),
        "note": _tex("; ".join(filter(None, (paper.comment, paper.journal_ref)))),
    }
    entry = Entry("misc", paper.id, [Field(name, value) for name, value in fields.items() if value])
    return write_string(Library([entry]), unparse_stack=_ENCLOSED)


def ris(paper: Announcement, translation: Translation | None = None) -> str:
    """One RIS record of an unpublished work; the translated title stands beside the original one."""
    published = _published(paper)
    year, month, day = (*published.split("-"), "")[:3]
    record: dict[str, str | list[str]] = {
        "type_of_reference": "UNPB",
        "id": paper.id,
        "title": plain(paper.title),
        "translated_title": plain(translation.title) if translation and translation.status == "ok" else "",
        "authors": [_family_first(plain(name)) for name in paper.authors],
        "year": year,
        "date": f"{year}/{month}/{day}/",
        "publisher": "arXiv",
        "accession_number": f"arXiv:{paper.id}",
        "doi": _doi(paper),
        "urls": [urls.abstract_page(paper.id, paper.version)],
        "file_attachments1": urls.pdf(paper.id, paper.version),
        "keywords": [printable(name) for name in paper.categories],
        "notes": [plain(text) for text in (paper.comment, paper.journal_ref) if text],
    }
    written: str = rispy.dumps([{key: value for key, value in record.items() if value}], implementation=_RisWriter)
    return written


class _RisWriter(rispy.RisWriter):  # type: ignore[misc]  # rispy has no types
    def set_header(self, count: int) -> str:
        """Leave out rispy's numbers before the records, which are no part of the format."""
        del count
        return ""


def _published(paper: Announcement) -> str:
    """The day of submission, or where no source told it the month that stands in the id."""
    if paper.submitted and re.match(r"\d{4}-\d\d-\d\d", paper.submitted, re.ASCII):
        return paper.submitted[:10]
    digits = parse_id(paper.id).id.rpartition("/")[2]
    year, month = int(digits[:2]), digits[2:4]
    return f"{1900 + year if year >= _FIRST_YEAR else 2000 + year}-{month}"


def _doi(paper: Announcement, without: str = "") -> str:
    """The first DOI, where the text is one and has none of some characters."""
    if paper.doi is None or urls.doi(paper.doi) is None:
        return ""
    first = printable(paper.doi).partition(" ")[0]
    return "" if any(mark in first for mark in without) else first


def _bibtex_authors(paper: Announcement) -> str:
    names = [_bibtex_name(name) for name in paper.authors]
    return " and ".join([*names, *([] if paper.authors_complete else ["others"])])


def _bibtex_name(name: str) -> str:
    """A name as BibTeX takes it: in braces where it would read parts into it."""
    value = _tex(name)
    whole = _ORGANISATION.search(value) or "," in value or re.search(r"\band\b|^others$", value, re.IGNORECASE)
    return f"{{{value}}}" if whole else value


def _family_first(name: str) -> str:
    """A name as RIS has it: `Family, Given, Suffix`; an organisation's ends in a comma, to stay in one."""
    words = name.replace(",", " ").split()
    if _ORGANISATION.search(name):
        return f"{' '.join(words)},"
    suffix = f", {words.pop()}" if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""  # noqa: PLR2004  a name has two
    family = max(len(words) - 1, 0)
    while family > 1 and words[family - 1].islower():  # van der Waals
        family -= 1
    given = " ".join(words[:family])
    return f"{' '.join(words[family:])}{f', {given}' if given else ''}{suffix}"


def _tex(text: str) -> str:
    r"""A text of arXiv as a BibTeX value that LaTeX can set.

    TeX stays. A bare `%`, `&` and the like, which arXiv shows as they are, are escaped outside formulas.
    Braces are made to pair, both for programs that count `\{` as one and for those that do not.
    """
    text = printable(text)
    paired = _braces_pair(text)
    parts: list[str] = []
    position = 0
    for span in tex.spans(text):
        parts += [
            _escaped_braces(text[position : span.start], _ACTIVE, paired=paired),
            _escaped_braces(text[span.start : span.end], _ACTIVE_IN_FORMULA, paired=paired, formula=True),
        ]
        position = span.end
    parts.append(_escaped_braces(text[position:], _ACTIVE, paired=paired))
    value = "".join(parts)
    if not paired:
        value = _pair(value)
    if backslashes := len(value) - len(value.rstrip("\\")):  # or it would take the field's closing brace with it
        value += "textbackslash{}" if backslashes % 2 else " "
    return value


def _escaped_braces(part: str, active: re.Pattern[str], *, paired: bool, formula: bool = False) -> str:
    part = active.sub(_escape, part)
    if paired:
        return part
    names = {"\\{": "\\lbrace ", "\\}": "\\rbrace "} if formula else _TEXT_BRACES
    return _BRACE.sub(lambda match: names.get(match[0], "\\\\ "), part)


_TEXT_BRACES = {"\\{": "\\textbraceleft{}", "\\}": "\\textbraceright{}"}


def _escape(match: re.Match[str]) -> str:
    if match[0] == "^":
        return "\\textasciicircum{}"
    return match[0] if match[0].startswith("\\") else f"\\{match[0]}"


def _braces_pair(text: str) -> bool:
    return _depths_hold(re.findall(r"[{}]", text)) and _depths_hold(re.findall(r"(?<!\\)[{}]", text))


def _depths_hold(braces: list[str]) -> bool:
    depth = 0
    for brace in braces:
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _pair(text: str) -> str:
    """Show as a character each brace that has no partner."""
    open_at: list[int] = []
    lonely: set[int] = set()
    for match in re.finditer(r"[{}]", text):
        if match[0] == "{":
            open_at.append(match.start())
        elif open_at:
            open_at.pop()
        else:
            lonely.add(match.start())
    lonely.update(open_at)
    return "".join(
        _TEXT_BRACES[f"\\{character}"] if index in lonely else character for index, character in enumerate(text)
    )
