"""Count the tokens of real prompts with a real tokenizer: what is text, what is overhead, what was estimated.

    python benchmarks/tokens.py [PAPERS]

Needs `pip install bpe-openai`, a package that holds OpenAI's vocabularies and asks no server for them; no
other part of paperboy does. The abstracts are those of `../shared`, and so are the published translations by
which the tokens of an answer are told.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.translate import SHARED, TERMS, papers
from paperboy.domain.config import TranslationOptions
from paperboy.pipeline.translate.days import estimate
from paperboy.translation.prompts.prompt import messages, prepare, system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPTIONS = TranslationOptions()
LIMIT = 450
WITHIN = 0.05
VOCABULARIES = ("o200k_base", "cl100k_base")
"""That of OpenAI's models since 2024, and the one before it."""


def published() -> Iterator[tuple[str, str]]:
    """Abstracts and their published Chinese, whole ones by recent models."""
    for name in ("hf-deepseek-2025-01", "math-full-abstracts", "cn-chat-arxiv"):
        with gzip.open(SHARED / f"data/pairs-en-zh/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if not row.get("abstract_truncated") and (name != "cn-chat-arxiv" or row["id"] >= "2506"):
                    yield row["abstract_en"], row["abstract_zh"]


def table(count: Callable[[str], int], wanted: int) -> bool:
    """Print the figures for one way to count; whether every instruction is within the limit."""
    longest = sorted(TERMS.rows, key=lambda row: count(row.instruction), reverse=True)[:10]
    bare, full = count(system("zh-CN")), count(system("zh-CN", longest))
    print(f"  instructions {bare}, with the ten longest rows of the glossary {full} (at most {LIMIT})")
    sample = papers(4 * wanted)[::4]
    texts, instructions, prompts = [], [], []
    for paper in sample:
        prepared = prepare(paper, OPTIONS, TERMS)
        conversation = [count(message["content"]) for message in messages(prepared, "zh-CN")]
        texts.append(count(prepared.title) + count(prepared.abstract))
        instructions.append(conversation[0])
        prompts.append(sum(conversation))
    overheads = [prompt - text for prompt, text in zip(prompts, texts, strict=True)]
    usual = round(statistics.median(overheads))
    prompt, text = statistics.mean(prompts), statistics.mean(texts)
    apart = prompt / (text + usual) - 1
    print(f"  {len(sample):,} papers: prompt {prompt:.0f} = text {text:.0f} + overhead {usual} {apart:+.1%}")
    constant = [usual] * len(sample)
    with_terms = [instruction + usual - round(statistics.median(instructions)) for instruction in instructions]
    for name, overhead in (("this overhead", constant), ("that of its own terms", with_terms)):
        share = statistics.mean(
            abs(asked / (own + more) - 1) <= WITHIN for asked, own, more in zip(prompts, texts, overhead, strict=True)
        )
        print(f"  {share:.1%} of the papers within {WITHIN:.0%} of their text + {name}")
    print(f"  overhead {min(overheads)} to {max(overheads)} (at most {LIMIT})")
    pairs = list(published())
    growth = sum(count(target) for _, target in pairs) / sum(count(source) for source, _ in pairs)
    answer = growth * text + count(json.dumps({"title": "", "abstract": "", "summary": "研" * 45}, ensure_ascii=False))
    print(
        f"  answer {answer:.0f}, as Chinese takes {growth:.2f} times the tokens of its English ({len(pairs):,} pairs)"
    )
    foreseen = [tokens / len(sample) for tokens in estimate(sample)]
    for name, guess, real in (("prompt", foreseen[0], prompt), ("answer", foreseen[1], answer)):
        print(f"  estimated {name} {guess:.0f} ({guess / real - 1:+.0%})")
    return max(full, *overheads) <= LIMIT


def main(wanted: int = 1000) -> None:
    """Print the table of each vocabulary."""
    try:
        from bpe_openai import get_encoding  # noqa: PLC0415  no dependency, only this needs it
    except ImportError:
        sys.exit("the tokenizer is missing: pip install bpe-openai")
    kept = []
    for name in VOCABULARIES:
        print(name)
        encoding = get_encoding(name)
        kept.append(table(lambda text, encoding=encoding: len(encoding.encode(text)), wanted))
    if not kept[0]:
        sys.exit("the instructions are longer than that")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
