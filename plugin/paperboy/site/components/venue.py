"""The venue that a paper's comment names, as a short name with its year: `ICML 2026`, `ApJ`, `NeurIPS 2025 Workshop`.

A badge is a claim, so doubt means none: a paper that was only submitted, that competes in a challenge, or that extends
another one published there, has no venue here. The names that are known lie beside this module in `venues.tsv`.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 40
"""No badge is longer than this many characters."""

_LONGEST_COMMENT = 2000
"""What is longer is no comment, and would cost time."""


def _load(*forms: str) -> dict[str, str]:
    """Short names by the lower-case names of these forms, from the table."""
    text = resources.files("paperboy.site").joinpath("venues.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["name"].lower(): row["short"] for row in rows if row["form"] in forms}


def _any_of(names: Iterable[str]) -> str:
    """The alternatives of an expression, the longest first."""
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))


_SPELLING = _load("conference", "journal")
_JOURNALS = frozenset(_load("journal").values())
_FULL_NAMES = _load("full name")

_YEAR = (
    r"(?:\s*[-–,(/]?\s*['’‘`]?\s*(?P<year>20[0-4]\d)(?!\d)"  # ICML 2026, ICML (2026), ICML-2026, ICML2026
    r"|\s?['’‘`]\s?(?P<short>[0-4]\d)\b"  # ICML'26
    r"|(?P<tight>[12]\d)(?![\w.]))"  # ICML26
)

_KNOWN = re.compile(
    rf"(?<![\w/.&-])(?P<at>(?<=@))?(?P<name>{_any_of(_SPELLING)})(?P<asia>[ -]Asia)?(?P<w>W)?{_YEAR}", re.IGNORECASE
)
"""A conference that everybody knows, with its year: enough without further words."""

_FULL = re.compile(
    rf"(?P<name>{_any_of(_FULL_NAMES)})(?:\s*\([A-Z][\w/& -]*?(?=\s*['’(]?\s*\d|\)))?[^.;\d]{{0,30}}?{_YEAR}",
    re.IGNORECASE,
)

_ACRONYM = re.compile(
    rf"(?<![\w/.&-])(?P<name>[A-Z][A-Za-z]{{0,14}}[A-Z][A-Za-z]{{0,14}}(?:-[A-Z][A-Za-z]{{1,14}})?){_YEAR}"
)
"""A conference by its form alone; it counts where the words before it say that the paper was taken."""

_ACCEPTED = r"\b(?i:accepted|to appear|published|in press)\b[^.;:]{0,40}?"

_KNOWN_JOURNAL = re.compile(
    rf"{_ACCEPTED}\b(?:in|by|to|at|for)\s+(?i:the\s+)?(?:IEEE\s+|ACM\s+)?"
    rf"(?:(?P<full>(?i:{_any_of(_FULL_NAMES)}))\b|(?P<short_name>{_any_of(_JOURNALS)})(?![\w&'-]))"
)
_NAMED_JOURNAL = re.compile(
    rf"{_ACCEPTED}\b(?:in|by|at|for publication in)\s+(?i:the\s+)?[\"“]?"
    r"(?P<name>[A-Z][\w-]*(?: (?:(?:of|on|in|and|for|the)\b|&|[A-Z][\w-]*))*)"
)
_JOURNAL_WORD = re.compile(
    r"\b(?:Journal|Transactions|Annals|Letters|Bulletin|Communications (?:in|on|of|Physics|Biology|Chemistry|Medicine)|"
    r"Nature|Physical Review|Magazine|Scientific Reports|Reviews? of|Quarterly)\b"
)
_PUBLISHERS = frozenset({"Springer Nature", "Nature Portfolio"})

_TAKEN = re.compile(
    r"accept|appear|publish|presented|camera.?ready|proceedings|in proc\b|\bat\b.*\boral|spotlight|best paper",
    re.IGNORECASE,
)
_DOUBT_BEFORE = re.compile(
    r"submi(?:t|ss)|under (?:\w+ )?review|in review|reject|prepar(?:ed|ing|ation) for|intended|target(?:s|ed|ing)?\b|"
    r"template|style|format|challenge|competition|shared task|task \d|exten(?:ded|ds|sion)|companion|"
    r"(?:preliminary|earlier|previous|prior|short|shorter|abridged|conference|first|partial|older|initial|"
    r"part of th\w+) (?:\w+ )?(?:version|paper|work|results?)|"
    r"not (?:yet )?|withdr|plan|previously|builds? on|based on|follow-?up|appeared as|place (?:at|in)|winner|solution|"
    r"data ?set from|comments? on|reply to|invited|tutorial|supersede|nominat|also see|see also|"
    r"supplement\w* (?:material )?(?:to|for|of)|code for|reproduc|appendix to",
    re.IGNORECASE,
)
_DOUBT_AFTER = re.compile(
    r"[^.;,]{0,24}?(?:submi(?:t|ss)|under review|\breview\b|challenge|competition|shared task|template|style|format|"
    r"contest|track \d|\btask\b|rejected|data ?set|reviewers?)",
    re.IGNORECASE,
)
_NO_VENUE = re.compile(
    r"ACM|AI|API|ATLAS|CC|CERN|CPU|CUDA|DESI|DOI|DR|ESA|EU|GPU|HERA|ISBN|ISSN|IEEE|JWST|LaTeX|LHCb?|LIGO|LLM|LNAI|"
    r"LNCS|LNEE|MIT|ML|MSC|NASA|NLP|PDF|PMLR|RAM|SDSS|SI|UK|UN|USA?|VERSION"
)
"""Acronyms that stand beside years and are none."""

_CLAUSE = re.compile(r"(?<=[a-z0-9)'\"”])[.;](?=\s|$)|\s\|\s")
_WORKSHOP = re.compile(r"\bworkshops?\b", re.IGNORECASE)
_FINDINGS = re.compile(r"\bfindings\b", re.IGNORECASE)


@lru_cache(maxsize=1024)  # asked for by the card and by each entry that leads to it
def venue(comment: str | None) -> str | None:
    """The venue that took the paper, by its comment; `None` where the comment does not clearly say so.

    Arguments:
        comment: The authors' comment as arXiv gives it.
    """
    if not comment or len(comment) > _LONGEST_COMMENT:
        return None
    clauses = _CLAUSE.split(" ".join(comment.split()))
    return next((found for clause in clauses if (found := _in_clause(clause))), None)


def _in_clause(clause: str) -> str | None:
    known = min((*_KNOWN.finditer(clause), *_FULL.finditer(clause)), key=re.Match.start, default=None)
    if known:
        return None if _doubtful(clause, known) else _conference(clause, known)
    for match in _ACRONYM.finditer(clause):
        if _TAKEN.search(clause, 0, match.start()) and not _NO_VENUE.fullmatch(match["name"]):
            name = f"{match['name']} {_year(match)}{_kind(clause)}"
            return None if _doubtful(clause, match) or len(name) > LONGEST else name
    return None if _WORKSHOP.search(clause) else _in_journal(clause)


def _conference(clause: str, match: re.Match[str]) -> str:
    name = match["name"].lower()
    short = _FULL_NAMES.get(name) or _SPELLING[name]
    if short in _JOURNALS:
        return short  # its year is that of an issue, or of the day when it was accepted
    parts = match.groupdict()
    if parts.get("asia"):
        short += " Asia"
    beside = parts.get("w") or parts.get("at") is not None  # CVPRW, SomeWorkshop@CVPR
    return f"{short} {_year(match)}{' Workshop' if beside else _kind(clause)}"


def _in_journal(clause: str) -> str | None:
    if match := _KNOWN_JOURNAL.search(clause):
        full = match["full"]
        short = _FULL_NAMES[full.lower()] if full else _SPELLING[match["short_name"].lower()]
        return None if _doubtful(clause, match) else short
    match = _NAMED_JOURNAL.search(clause)
    if match is None or not _JOURNAL_WORD.search(match["name"]) or _doubtful(clause, match):
        return None
    name = re.sub(r"(?: (?:of|on|in|and|for|the|&))+$", "", match["name"])
    name = name.replace("Transactions", "Trans.").replace("Journal", "J.").replace("Communications", "Commun.")
    return name if " " in name and len(name) <= LONGEST and name not in _PUBLISHERS else None


def _doubtful(clause: str, match: re.Match[str]) -> bool:
    return bool(_DOUBT_BEFORE.search(clause, 0, match.end()) or _DOUBT_AFTER.match(clause, match.end()))


def _year(match: re.Match[str]) -> str:
    return match["year"] or f"20{match['short'] or match['tight']}"


def _kind(clause: str) -> str:
    if _WORKSHOP.search(clause):
        return " Workshop"
    return " Findings" if _FINDINGS.search(clause) else ""
