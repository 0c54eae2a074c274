"""Recognises institutions in the lines under authors' names.

Authors write addresses in all forms. A piece of text counts as an institution where it says so itself
(`University`, `Institute`, a name that everybody knows), or where the paper's own markup says so; of an address
only the institution is kept, in its own spelling. What is neither is left out: better none than a wrong one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST = 40
"""Institutions kept of one paper."""

_SHORTEST, _LONGEST = 2, 160
_LONGEST_LINE = 10_000

# What an address names as its whole: the strongest word decides which part of it is the institution.
_UNIVERSITY = re.compile(
    r"\b(?:Univ(?:ersi\w+|\b\.?)|Politecnico|Polytechnic\w*|École|Ecole|Hochschule|Institutes? of Technology"
    r"|Imperial College|King's College|Trinity College|Boston College|Dartmouth College"
    r"|MIT|UCLA|UCSD|UCSB|UIUC|CMU|NYU|HKUST|HKU|CUHK|USTC|UESTC|SJTU|BUPT|NUDT|KAIST|KAUST|POSTECH|UNIST|MBZUAI"
    r"|EPFL|ETH|Caltech|TU|IIT|NTU|NUS|SUTD|UNSW)\b"
)
_WHOLE = re.compile(
    r"\b(?:Institut\w*|Academ(?:y|ia)|Hospital\w*|Clinic|Laborator(?:y|ies)|Labs?|Research$|Cent(?:er|re)|Observatory"
    r"|College|Museum|Library|Consortium|Corporation|Corp|Company|Inc|Ltd|LLC|GmbH|Technologies"
    r"|INRIA|Inria|CNRS|CEA|CERN|CSIRO|RIKEN|DFKI|CISPA|BAAI|BIGAI|Mila|NASA|NIST|DLR|FAIR"
    r"|Google|DeepMind|Microsoft|Meta|Facebook|NVIDIA|Nvidia|Amazon|AWS|Apple|IBM|Intel|AMD|Adobe|OpenAI|Anthropic"
    r"|Salesforce|Qualcomm|Samsung|Sony|NAVER|Naver|Kakao|Toyota|Bosch|Siemens|Huawei|Alibaba|Ant Group|Tencent"
    r"|ByteDance|Bytedance|Baidu|Xiaomi|Meituan|Kuaishou|SenseTime|Megvii|iFLYTEK|OPPO|Zhipu|MiniMax|DeepSeek"
    r"|StepFun|Shopee|Spotify|Netflix|LinkedIn|Bloomberg|Databricks|EleutherAI|JD\.com)\b|A\*STAR"
)
# Parts of an institution, and what a person does there.
_UNIT = re.compile(
    r"^(?:the\s+)?(?:Department|Dept|School|Faculty|Division|Program(?:me)?|Section|Unit|College of|Chair|Team)\b"
    r"|\b(?:Scientist|Engineer|Student|Professor|Fellow|Member|Director)\b",
    re.IGNORECASE,
)
# Universities of several places, whose place belongs to the name.
_SEVERAL = re.compile(
    r"(?:University of (?:California|Illinois|Texas|Michigan|North Carolina|Massachusetts|Maryland|Wisconsin|Colorado"
    r"|Minnesota|Nebraska|Tennessee)|State University of New York|California State University"
    r"|Indian Institute of Technology)"
)
_REGION = re.compile(r"(?:[A-Z]{2}|USA|U\.S\.A\.?|UK|United \w+|India|China)(?:\s+[\d-]+)?", re.ASCII)
_NO_ADDRESS = re.compile(
    r"[@=]|https?:|www\.|\b(?:equal\w*|correspond\w*|contribut\w+|intern(?:ship|ed)?|work\s+(?:was\s+)?(?:done|performed)|e-?mails?"
    r"|thank\w*|support\w*|grants?|fund(?:ed|ing)|authors?|leads?|advisors?|advising|footnote\w*|manuscript|copyright|"
    r"code|project\s+page|accepted|published|preprint|under\s+review|proceedings|conference|workshop|version)\b",
    re.IGNORECASE,
)
_POSTAL = re.compile(r"\d{4,}")
_WITH = re.compile(r"^.*?\b(?:is|are|was|were)\s+(?:also\s+)?(?:with|at|from)\s+(?:the\s+)?", re.IGNORECASE)
_LEADING = re.compile(r"^(?:[\s\d*†‡§¶∗⋆★♠♣♥♦♡♢◇△▽#,;:.&|()\[\]∥+-]|\band\b)+", re.IGNORECASE)  # marks
_TRAILING = " \t,;:.&|-*†‡§¶"
_MAIL = re.compile(r" ?\([^()]{0,300}@[^()]{0,300}\)")
_END = re.compile(r";|(?<=[a-z)])\.\s+(?=[A-Z])")  # an address, or a sentence; not an initial
_INNER_MARK = re.compile(r"(?:(?<=[\s,;])|^)\d{1,2}\s?(?=[A-Z])")


def of_lines(lines: Iterable[str], names: Sequence[str] = ()) -> tuple[str, ...]:
    """The institutions that lines of mixed text name: of their pieces only those that say what they are.

    Arguments:
        lines: Lines as they stand under a title: names, marks, addresses, remarks.
        names: The authors, so that none of them becomes a part of an institution.
    """
    found = (_institution(piece) for line in lines for piece in _pieces(line))
    return _unique(found, names)


def of_declared(groups: Iterable[Sequence[str]], names: Sequence[str] = ()) -> tuple[str, ...]:
    """The institutions of addresses that a paper's markup declares to be affiliations.

    Arguments:
        groups: The lines of each address. The first one is taken for what it is declared to be, even where it
            does not say so itself; the others may be a street and a town.
        names: As in `of_lines()`.
    """
    found: list[str | None] = []
    for lines in groups:
        pieces = [piece for line in lines for piece in _pieces(line)]
        said = [_institution(piece) for piece in pieces]
        rest = [piece for piece in pieces if not _UNIT.search(piece)]
        if not any(said) and rest and not _POSTAL.search(rest[0]):
            said = [rest[0]]
        found += said
    return _unique(found, names)


def clean(text: str) -> str | None:
    """An institution's name without the marks around it; `None` where there is none."""
    name = _LEADING.sub("", " ".join(text.split())).rstrip(_TRAILING)
    if name.count("(") > name.count(")"):
        name = name.partition("(")[0].rstrip(_TRAILING)
    letters = sum(map(str.isalpha, name))
    return name if letters >= _SHORTEST and len(name) <= _LONGEST else None


def _pieces(line: str) -> Iterator[str]:
    """The addresses in a line, which marks, semicolons and the ends of sentences set apart."""
    for part in _END.split(_INNER_MARK.sub(";", _MAIL.sub("", " ".join(line[:_LONGEST_LINE].split())))):
        piece = clean(_WITH.sub("", part))
        if piece and not _NO_ADDRESS.search(piece):
            yield piece


def _institution(piece: str) -> str | None:
    """The part of an address that is its institution; `None` where no part says so."""
    parts = [part for raw in piece.split(",") if (part := clean(raw))]
    for number, part in enumerate(parts):
        if _UNIVERSITY.search(part):
            place = parts[number + 1] if number + 1 < len(parts) else None
            if place and _SEVERAL.fullmatch(part) and not _REGION.fullmatch(place) and not _POSTAL.search(place):
                return f"{part}, {place}"
            return part
    whole = [part for part in parts if _WHOLE.search(part) and not _UNIT.search(part)]
    return ", ".join(whole[:3]) or None


def _unique(found: Iterable[str | None], people: Sequence[str]) -> tuple[str, ...]:
    """Each once, and none that has a person in it."""
    persons = [_match_key(name) for name in people if " " in name.strip()]
    by_name: dict[str, str] = {}
    for name in filter(None, found):
        if not any(person in _match_key(name) for person in persons):
            by_name.setdefault(_match_key(name), name)
    return tuple(by_name.values())[:MOST]


def _match_key(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())
