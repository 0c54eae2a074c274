"""Build a large archive without and with contributors' files, from nothing and from what the last build left.

    python benchmarks/overrides.py [--days 60] [--categories 8] [--papers 40] [--files 500] [--rounds 3]

The archive is that of archive.py. The files are spread evenly over all papers, each with a title, a tag and a note, and
committed to git by five people. The sites are built in turns, and the table has the least of each build's CPU seconds,
those of git included, with its peak memory: what else the machine does can only add to it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from archive import CATEGORIES, Cost, build, fill, site, weekdays

from paperboy.storage import archive

TEXT = """---
id: "{arxiv_id}"
version: 1
title: >-
  读者更正的标题 {number}
tags: [更正]
---
读者的**说明** {number}，见 [arXiv](https://arxiv.org/abs/{arxiv_id})。

| 数据 | 数量 |
|---|--:|
| 论文 | {number} |
"""


def contribute(root: Path, files: int) -> int:
    """Write so many files, each by one of five people; gives the number of days that they touch."""
    held = root / ".paperboy" / "archive"
    ids = [(day, paper.id) for day in archive.days(held) for paper in archive.read_announcements(held, day)]
    chosen = ids[:: max(1, len(ids) // files)][:files]
    folder = root / "docs" / "overrides" / "papers"
    folder.mkdir(parents=True)
    git = shutil.which("git") or sys.exit("needs git")
    for group in range(5):
        for number, (_, arxiv_id) in list(enumerate(chosen))[group::5]:
            text = TEXT.format(arxiv_id=arxiv_id, number=number)
            (folder / f"{arxiv_id}.md").write_text(text, encoding="utf-8")
        person = ["-c", f"user.name=Person {group}", "-c", "user.email=p@example.org"]
        for arguments in (["init", "--quiet"], ["add", "docs"], ["commit", "--quiet", "--message", "x"]):
            subprocess.run([git, "-C", str(root), *person, *arguments], check=True)
    return len({day for day, _ in chosen})


def main() -> None:
    """Build and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options = (("--days", 60), ("--categories", 8), ("--papers", 40), ("--files", 500), ("--rounds", 3))
    for name, default in options:
        parser.add_argument(name, type=int, default=default)
    wanted = parser.parse_args()
    categories = CATEGORIES[: wanted.categories]
    rows: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        sites = {name: site(Path(folder) / name, categories, plugin=True) for name in ("without", "with")}
        for root in sites.values():
            with (root / "mkdocs.yml").open("a") as file:
                file.write("repo_url: https://github.com/you/site\nedit_uri: edit/main/docs/\n")
            count = fill(root / ".paperboy" / "archive", weekdays(wanted.days), categories, wanted.papers)
        build(sites["with"])
        days = contribute(sites["with"], wanted.files)
        rows["with, their days anew"] = [build(sites["with"])]
        for _ in range(wanted.rounds):
            for name, root in sites.items():
                shutil.rmtree(root / ".paperboy" / "cache", ignore_errors=True)
                for state in ("from nothing", "unchanged"):
                    rows.setdefault(f"{name}, {state}", []).append(build(root))
    least = {name: min(costs, key=lambda cost: cost.seconds) for name, costs in rows.items()}
    print(f"{count} papers in {wanted.days} days; {wanted.files} files, about papers of {days} days")
    print(f"{'':24}{'CPU s':>8}{'MiB':>8}")
    for name, cost in least.items():
        print(f"{name:24}{cost.seconds:8.2f}{cost.mebibytes:8.0f}")
    for state in ("from nothing", "unchanged"):
        before = least[f"without, {state}"].seconds
        more = least[f"with, {state}"].seconds - before
        print(f"{state + ', more':24}{more:8.2f}{more / before:8.1%}")


if __name__ == "__main__":
    main()
