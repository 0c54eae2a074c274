"""The gate over published pairs: what it flags of good ones, and what it finds when they are bent."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from paperboy import tex
from paperboy.translation.validation.checks import CHECKS, Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = Path(__file__).resolve().parents[3] / "shared" / "data" / "pairs-en-zh"
if not PAIRS.is_dir():
    pytest.skip("needs ../shared/data, which is not on this machine", allow_module_level=True)


class Text(NamedTuple):
    id: str
    source: str
    target: str
    language: str = "zh-CN"

    def flags(self, target: str | None = None) -> list[str]:
        pair = Pair("abstract", self.source, self.target if target is None else target, self.language)
        return [name for name, check in CHECKS.items() if check(pair) is not None]


def rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(PAIRS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def whole_abstracts() -> Iterator[Text]:
    """Pairs of whole abstracts whose formulas and links all came through; labels of their sites cut off."""
    for name in ("hf-deepseek-2025-01", "math-full-abstracts", "hf-zh-TW-2026-02", "cn-chat-arxiv"):
        for row in rows(name):
            if row.get("abstract_truncated") or (name == "cn-chat-arxiv" and row["id"] < "2506"):
                continue  # cut before translation, or a summary in place of a translation
            target = re.sub(r"^(?:摘要：\s*)?arXiv:.{0,40}?公告类型：\S+\s*", "", row["abstract_zh"].strip())
            target = re.sub(r"^\s*#+[^\n]*\n+|^.{0,60}?摘要[：:]\s*", "", target).replace("**", "")
            source = tex.mask(tex.to_unicode(" ".join(row["abstract_en"].split()))).text
            target = tex.mask(tex.to_unicode(" ".join(target.split()))).text
            if target and sorted(tex.placeholders(source)) == sorted(tex.placeholders(target)):
                yield Text(row["id"], source, target, "zh-TW" if "TW" in name else "zh-CN")


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return list(whole_abstracts())


# Flagged, and rightly so: read by hand.
KNOWN_BAD = {
    "2604.01150",  # lost "471 (2015)" of a reference
    "2604.09636",  # half of it is a reference in English
    "2604.10622",  # lost one of two "n ≥ 3"
    "2604.10804",  # lost "[8]"
}


def test_good_abstracts_pass(texts: list[Text]) -> None:
    flagged = {text.id: text.flags() for text in texts if text.id not in KNOWN_BAD and text.flags()}

    assert len(texts) > 550
    assert len(flagged) <= 0.01 * len(texts), flagged


def test_good_titles_pass() -> None:
    flagged, count = {}, 0
    for name in ("hf-deepseek-2025-01", "hf-zh-TW-2026-02", "titles-2025-06", "cn-chat-arxiv"):
        language = "zh-TW" if "TW" in name else "zh-CN"
        for number, row in enumerate(rows(name)):
            if not row["title_zh"] or (name == "cn-chat-arxiv" and number % 8):
                continue
            count += 1
            source, target = (tex.mask(" ".join(row[key].split())).text for key in ("title_en", "title_zh"))
            pair = Pair("title", source, target, language)
            names = [check for check in CHECKS if check != "placeholders" and CHECKS[check](pair)]
            if names:
                flagged[row["id"]] = names, row["title_zh"]

    assert count > 1000
    assert len(flagged) <= 0.01 * count, flagged


def bent(text: Text, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Each fault as its name, the check that has to find it ("" for any), and the bent translation."""
    target = text.target
    digits = [
        match
        for match in re.finditer(r"\d+(?:\.\d+)?", target)
        if not re.search(r"[A-Za-z<.,\d]$", target[: match.start()]) and match[0] not in ("0", "1")
    ]
    if digits:
        match = rng.choice(digits)
        before, after = target[: match.start()], target[match.end() :]
        yield "digit", "numbers", f"{before}{match[0][:-1]}{(int(match[0][-1]) + 1) % 10}{after}"
        yield "ten times", "numbers", f"{before}{match[0].replace('.', '')}0{after}"
    for match in re.finditer(r"(?<=\d)[万亿]", target):
        yield (
            "scale",
            "numbers",
            f"{target[: match.start()]}{'亿' if match[0] == '万' else '万'}{target[match.end() :]}",
        )
    yield "closing", "closing", target + "总结来说，这项工作为该领域的后续研究提供了新的思路。"
    yield "bold", "markup", f"**{target[:6]}**{target[6:]}"
    yield "heading", "markup", f"## 摘要 {target}"
    yield "list", "markup", f"- {target}"
    yield "html", "markup", f"{target}<b>粗体</b>"
    yield "link", "markup", f"{target}[更多](javascript:alert(1))"
    yield "TeX eaten by JSON", "control", f"{target[:20]}\textbf{{方法}}{target[20:]}"
    yield "TeX", "tex", f"{target[:20]}\\textbf{{方法}}{target[20:]}"
    yield "formula", "tex", f"{target[:20]}$x_1${target[20:]}"
    yield "echo", "echo", text.source
    sentences = [part for part in re.split(r"(?<=\.) ", text.source) if re.search(r"\b[a-z]+(?: [a-z]+){5}\b", part)]
    if sentences:
        parts = re.split(r"(?<=。)", target)
        parts[len(parts) // 2] = rng.choice(sentences)
        yield "a sentence in English", "residue", "".join(parts)
    if len(text.source) > 320:
        yield "cut", "", target[: len(target) // 3]
        yield "twice", "", target + target
    yield "loop", "", target + target[-12:] * 60
    yield "apology", "", "抱歉，我无法完成这项翻译。"
    yield "label", "refusal", f"摘要：{target}"
    yield "invented", "placeholders", f"{target}<m99/>"
    if "<m0/>" in target:
        yield "lost", "placeholders", target.replace("<m0/>", "")
        yield "repeated", "placeholders", target.replace("<m0/>", "<m0/>，<m0/>")


def test_bent_translations_are_found(texts: list[Text]) -> None:
    rng = random.Random(7)
    found: Counter[str] = Counter()
    count: Counter[str] = Counter()
    missed: dict[str, list[str]] = {}
    for text in texts:
        if text.flags():
            continue
        for name, check, target in bent(text, rng):
            count[name] += 1
            pair = Pair("abstract", text.source, target, text.language)
            if CHECKS[check](pair) if check else text.flags(target):
                found[name] += 1
            else:
                missed.setdefault(name, []).append(text.id)
    shares = {name: found[name] / count[name] for name in count}

    assert {name: (share, missed[name][:9]) for name, share in shares.items() if share < 0.99} == {}
    assert found.total() / count.total() >= 0.99
