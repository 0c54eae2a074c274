"""Build the same pages with paperboy and with plain MkDocs from the exported Markdown, side by side.

    python benchmarks/render.py [DAYS] [PAPERS A DAY AND CATEGORY]

The papers are the demo's invented ones under running numbers. Both builds use Material and start from
nothing; the table has each process's CPU seconds and peak memory, and their ratio.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import yaml

from paperboy import archive, schedule
from paperboy.demo import load
from paperboy.model import Announcement, CategoryLedger, Counts, Ledger, Translation

CATEGORIES = ("cs.CL", "cs.LG", "math.AP")


def fill(root: Path, days: int, papers: int) -> int:
    """Write an archive of that many days; the number of papers in it."""
    models = load().papers
    day, number, written = date(2026, 1, 5), 0, 0
    while written < days:
        if schedule.is_weekday(day):
            rows = []
            with archive.Journal(root, day, "zh-CN") as journal:
                for category in CATEGORIES:
                    for _ in range(papers):
                        number += 1
                        model = models[number % len(models)]
                        arxiv_id = f"2601.{number:05d}"
                        rows.append(
                            Announcement(
                                id=arxiv_id,
                                version=1,
                                listed={category: "new"},
                                title=model.title,
                                abstract=model.abstract,
                                authors=model.authors[:12],
                                categories=(category,),
                                primary_category=category,
                                comment=model.comment,
                                sources=("feed", "listing"),
                            )
                        )
                        journal.append(
                            Translation(
                                id=arxiv_id,
                                version=1,
                                key=arxiv_id,
                                status="ok",
                                title=model.zh.title,
                                abstract=model.zh.abstract,
                                summary=model.zh.summary,
                                model="demo",
                                prompt_version=1,
                            )
                        )
            archive.write_announcements(root, day, rows)
            counts = Counts(new=papers)
            entry = CategoryLedger(status="complete", stated=counts, held=counts, sources=("feed", "listing"))
            archive.write_ledger(root, day, Ledger(date=day.isoformat(), categories=dict.fromkeys(CATEGORIES, entry)))
            written += 1
        day += timedelta(days=1)
    return number


def run(*command: str, cwd: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of one process, by the system's own account of it."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(days: int = 20, papers: int = 40) -> None:
    """Build both sites and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ours, plain = root / "ours", root / "plain"
        (ours / "docs").mkdir(parents=True)
        plain.mkdir()
        count = fill(ours / ".paperboy" / "archive", days, papers)
        base = {
            "site_name": "benchmark",
            "theme": {"name": "material", "font": False},
            "markdown_extensions": ["attr_list", "toc"],
            "nav": ["index.md"],
            "validation": {"nav": {"omitted_files": "ignore"}},
        }
        options = {"categories": list(CATEGORIES), "fetch": "never", "translation": {"enabled": False}}
        (ours / "mkdocs.yml").write_text(yaml.safe_dump(base | {"plugins": [{"paperboy": options}]}))
        (plain / "mkdocs.yml").write_text(yaml.safe_dump(base | {"plugins": []}))
        paperboy = "from paperboy.cli import main; main()"
        run(sys.executable, "-c", paperboy, "export", "--out", str(plain / "docs"), cwd=ours)
        direct = run(sys.executable, "-m", "mkdocs", "build", "--quiet", cwd=ours)
        markdown = run(sys.executable, "-m", "mkdocs", "build", "--quiet", cwd=plain)
        print(f"{days} days x {len(CATEGORIES)} categories, {count} papers")
        print(f"{'':24}{'CPU s':>8}{'MiB':>8}")
        print(f"{'paperboy':24}{direct[0]:8.2f}{direct[1]:8.0f}")
        print(f"{'plain MkDocs, exported':24}{markdown[0]:8.2f}{markdown[1]:8.0f}")
        print(f"{'ratio':24}{markdown[0] / direct[0]:8.2f}{markdown[1] / direct[1]:8.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
