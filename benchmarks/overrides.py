"""Build a large archive without and with contributors' files, from nothing and from what the last build left.

    python benchmarks/overrides.py [--days 60] [--categories 8] [--papers 40] [--files 500]

The archive is that of archive.py. The files are spread evenly over all papers, each with a title, a tag and a note, and
committed to git by five people. The table has each build's CPU seconds, those of git included, and its peak memory.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from archive import CATEGORIES, build, fill, site, weekdays

from paperboy import archive

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
    for name, default in (("--days", 60), ("--categories", 8), ("--papers", 40), ("--files", 500)):
        parser.add_argument(name, type=int, default=default)
    wanted = parser.parse_args()
    categories = CATEGORIES[: wanted.categories]
    with tempfile.TemporaryDirectory() as folder:
        root = site(Path(folder) / "site", categories, plugin=True)
        with (root / "mkdocs.yml").open("a") as file:
            file.write("repo_url: https://github.com/you/site\nedit_uri: edit/main/docs/\n")
        count = fill(root / ".paperboy" / "archive", weekdays(wanted.days), categories, wanted.papers)
        rows = {"without, from nothing": build(root), "without, unchanged": build(root)}
        days = contribute(root, wanted.files)
        rows["with, their days anew"] = build(root)
        rows["with, unchanged"] = build(root)
        shutil.rmtree(root / ".paperboy" / "cache")
        rows["with, from nothing"] = build(root)
    print(f"{count} papers in {wanted.days} days; {wanted.files} files, about papers of {days} days")
    print(f"{'':24}{'CPU s':>8}{'MiB':>8}")
    for name, cost in rows.items():
        print(f"{name:24}{cost.seconds:8.2f}{cost.mebibytes:8.0f}")
    for name in ("from nothing", "unchanged"):
        more = rows[f"with, {name}"].seconds / rows[f"without, {name}"].seconds - 1
        print(f"{name + ', more':24}{more:8.1%}")


if __name__ == "__main__":
    main()
