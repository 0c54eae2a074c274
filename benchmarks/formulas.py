"""Send every abstract of the recorded days through the translation, and look for what did not come through.

    python benchmarks/formulas.py [EVERY] [FILE OF A CORPUS ...]

Each title and abstract of `../shared/data/corpus` (or each EVERYth one) is prepared, answered, judged, set
in Chinese typography and unmasked, as in a build. The model is a stand-in that answers at once in made-up
Chinese, in four ways: placeholders where they stood, in another order, in the spellings that models have for
them, and with one of them lost, doubled, changed or moved to the other field. What each paper must keep is
read from arXiv's own text, by the package's rules and by simpler ones that stand here. It is kept when it
stands in the translation byte for byte (white space aside) as often as in the source, and when the page
finds the same formulas in the translation as in the source.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy import tex
from paperboy.contributions import glossary_file
from paperboy.domain.config import TranslationOptions
from paperboy.domain.papers import Announcement
from paperboy.translation.prompts.prompt import prepare
from paperboy.translation.validation import validator
from paperboy.translation.validation.response import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paperboy.translation.prompts.prompt import Prepared

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus"
OPTIONS = TranslationOptions()
TERMS = glossary_file.default_glossary("zh-CN")
WAYS = ("kept", "scrambled", "respelt", "damaged")

_ANY = random.Random(5)  # noqa: S311  repeatable shuffles
_PLACEHOLDER = re.compile(r"<m\d+/>")
_SCALES = {"hundred": "百", "thousand": "千", "million": "百万", "billion": "十亿", "trillion": "万亿"}
_SCALE = re.compile(rf"(?<=\d)[\s-]*({'|'.join(_SCALES)})s?\b", re.IGNORECASE)
_SPELLINGS = ("< m{} />", "<M{}>", "＜m{}/＞", "<m{}></m{}>")
_DAMAGES = ("lost", "doubled", "renumbered", "elsewhere")

_HAN = "研究方法模型数据训练结果性能算法系统语言图像"
_WORD = re.compile(r"(?<![\w<])[A-Za-z]?[a-z]+(?![\w/>]|\.\w)")
_SIGNS = str.maketrans(".,;:", "。，；：")
_SIGN = re.compile(r"[.,;:](?=\s|$)")
_SPACE = re.compile(r"(?<=[\u3000-\uffef]) (?=[\u3000-\uffef])")

# What must come through, in arXiv's own text: simpler rules than the package's, which know neither money nor
# slips, and are only asked where neither is. An address ends at a space, a brace or a quotation mark.
_FORMULA = re.compile(
    r"\\begin\{(equation|align|gather|multline|eqnarray|cases|array|[pbvV]?matrix)(\*?)\}.+?\\end\{\1\2\}"
    r"|(?<!\\)\$\$.+?(?<!\\)\$\$|(?<!\\)\$[^$]+?(?<!\\)\$|\\\(.+?\\\)|\\\[.+?\\\]",
    re.DOTALL,
)
_TEX = re.compile(r"[\\^_{}]")
_MONEY = re.compile(r"\$\s?\d[\d,.]*(?:[KMB]\b|[-–/,.;)]|\s?[a-z]{2})")
_ADDRESS = re.compile(r"(?<![A-Za-z])(?:https?|ftp)://[^\s{}<>\"“”|^`$]+")
_BEHIND = ".,;:!?)]'*~\\"


@dataclass
class Count:
    """What became of the papers of a corpus."""

    days: set[str] = field(default_factory=set)
    papers: int = 0
    with_pieces: int = 0
    pieces: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    lost: list[str] = field(default_factory=list)
    other_on_page: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The papers of a corpus file; `.zst` is unpacked by the program `zstd`."""
    if path.suffix == ".zst":
        with subprocess.Popen(["/usr/bin/env", "zstd", "-dc", path], stdout=subprocess.PIPE) as process:
            yield from map(json.loads, process.stdout or ())
    else:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            yield from map(json.loads, lines)


def wanted(text: str) -> Counter[str]:
    r"""The formulas and addresses of a text of arXiv's, with how often each must come back.

    A link that says its own address (`\href{u}{u}`) says it once in the translation.
    """
    ours = formulas(text)
    simple = Counter(" ".join(match[0].split()) for match in _FORMULA.finditer(text) if _TEX.search(match[0]))
    if text.replace("\\$", "").count("$") % 2 == 0 and not _MONEY.search(text):
        ours |= simple
    prose = _FORMULA.sub(" ", text)
    addresses = (re.sub(r"\\(.)", r"\1", address).rstrip(_BEHIND) for address in _ADDRESS.findall(prose))
    return ours + Counter(set(addresses))


def answer(prepared: Prepared, way: str = "kept", rng: random.Random = _ANY) -> str:
    """What the stand-in says."""
    texts = [_chinese(text) for text in prepared[:2]]
    if way == "scrambled":
        texts = [_scrambled(text, rng) for text in texts]
    elif way == "respelt":
        texts = [_PLACEHOLDER.sub(lambda match: _respelt(match[0], rng), text) for text in texts]
    elif way == "damaged":
        texts = _damaged(texts, rng)
    title, abstract = texts
    said = {"title": title, "abstract": abstract, "summary": "提出一种新方法并加以检验。"}
    return json.dumps(said, ensure_ascii=False)


def _chinese(text: str) -> str:
    """Han characters for words; numbers, names and placeholders as they are."""
    text = _SCALE.sub(lambda match: _SCALES[match[1].lower()], text)
    text = _WORD.sub(lambda match: _HAN[(place := sum(map(ord, match[0])) % 20) : place + 2], text)
    text = _SIGN.sub(lambda match: match[0].translate(_SIGNS), text)
    return _SPACE.sub("", text)


def _scrambled(text: str, rng: random.Random) -> str:
    order = _PLACEHOLDER.findall(text)
    rng.shuffle(order)
    return _PLACEHOLDER.sub(lambda _: order.pop(), text)


def _respelt(placeholder: str, rng: random.Random) -> str:
    return rng.choice(_SPELLINGS).replace("{}", placeholder[2:-2])


def _damaged(texts: list[str], rng: random.Random) -> list[str]:
    """Two texts of which one placeholder is no longer exactly once where it belongs."""
    place = rng.choice([number for number, text in enumerate(texts) if _PLACEHOLDER.search(text)])
    match = rng.choice(list(_PLACEHOLDER.finditer(texts[place])))
    damage = rng.choice(_DAMAGES)
    instead = {"doubled": match[0] * 2, "renumbered": f"<m{int(match[0][2:-2]) + 1}/>"}.get(damage, "")
    damaged = list(texts)
    damaged[place] = texts[place][: match.start()] + instead + texts[place][match.end() :]
    if damage == "elsewhere":
        damaged[1 - place] += match[0]
    return damaged


def examine(paper: Announcement, count: Count, rng: random.Random) -> None:
    """Have one paper answered in every way that is one for it, and take note of what came through."""
    prepared = prepare(paper, OPTIONS, TERMS)
    asked = {"title": wanted(paper.title), "abstract": wanted(paper.abstract)}
    placeholders = bool(prepared.title_pieces or prepared.abstract_pieces)
    count.papers += 1
    if placeholders or any(asked.values()):
        count.with_pieces += 1
        count.pieces += sum(pieces.total() for pieces in asked.values())
    for way in WAYS if placeholders else WAYS[:1]:
        count.answers[way] += 1
        fields, findings = validator.validate(prepared, Reply(answer(prepared, way, rng), "stop"), OPTIONS.language)
        if fields is None:
            if way == "kept":
                count.refused[findings[0].name] += 1
            continue
        count.accepted[way] += 1
        for name, pieces in asked.items():
            source, target = getattr(paper, name), getattr(fields, name)
            for piece, times in pieces.items():
                missing = max(0, times - target.count(piece))
                count.kept += times - missing
                if missing:
                    count.lost.append(f"{paper.id} {name} {way}: {piece}")
            if formulas(source) != formulas(target):
                count.other_on_page.append(f"{paper.id} {name} {way}")


def formulas(text: str) -> Counter[str]:
    """The formulas that a page finds in a text, white space evened out."""
    return Counter(" ".join(text[span.start : span.end].split()) for span in tex.spans(text))


def announcement(row: dict[str, Any]) -> Announcement:
    """A row of a corpus as an announcement."""
    return Announcement(
        id=row["id"],
        version=1,
        listed={"cs.CL": "new"},
        title=row["title"],
        abstract=row["abstract"],
        authors=(),
        categories=("cs.CL",),
        primary_category="cs.CL",
        sources=("feed",),
    )


def run(papers: Iterable[dict[str, Any]], seed: int = 5) -> Count:
    """Examine some rows of a corpus."""
    count, rng = Count(), random.Random(seed)  # noqa: S311  a repeatable draw
    for row in papers:
        days = row.get("listed_on") or [row.get("announced_on") or row.get("datestamp") or ""]
        count.days.update(days)
        examine(announcement(row), count, rng)
    return count


def main(every: int, paths: list[Path]) -> None:
    """Print what came through, file by file."""
    good = True
    for path in paths:
        count = run(row for number, row in enumerate(rows(path)) if number % every == 0)
        print(path.name)
        _print(count)
        good &= not (count.lost or count.other_on_page or count.accepted["damaged"])
    if not paths:
        print(f"there is nothing in {CORPUS}")
    sys.exit(not good)


def _print(count: Count) -> None:
    print(f"  {count.papers:,} papers of {len(count.days)} days, {count.with_pieces:,} with a formula or an address")
    answers = (f"{count.accepted[way]:,} of {asked:,} {way}" for way, asked in count.answers.items())
    print(f"  accepted: {', '.join(answers)}")
    print(f"  {count.pieces:,} in the sources; in accepted translations {count.kept:,} kept, {len(count.lost):,} not")
    print(f"  {len(count.other_on_page):,} texts in which a page finds other formulas than in the source")
    print(f"  refused as they stood: {dict(count.refused.most_common()) or 'none'}", flush=True)
    for line in [*count.lost, *count.other_on_page][:20]:
        print(f"    {line}")


if __name__ == "__main__":
    every, *names = [*sys.argv[1:]] or ["1"]
    main(int(every), [Path(name) for name in names] or sorted(CORPUS.glob("*_*.jsonl.zst")))
