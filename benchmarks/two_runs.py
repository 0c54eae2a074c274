"""Start two runs in one folder at the same moment, again and again: nothing may be lost or paid twice.

    python benchmarks/two_runs.py [TIMES]

In turn two builds, a build and `paperboy translate`, and a build and `paperboy archive push`, each as a process of its
own over the demo's day.

One paper of it is spoilt by the demo's model every time: each run asks for it again, as it does when it is alone. Of
that paper each answer must lie in the archive, refused, and no other paper may be asked for twice.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from paperboy.tools.demo import load_demo
from paperboy.tools.demo.fake_server import DemoServer
from tests.conftest import demo_options

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026/06/03"
PAPERS, TRANSLATED = 16, 15
GIT = shutil.which("git") or "git"
SPOILT = next(paper for paper in load_demo().papers if paper.fault)
_BUILD = ("-m", "mkdocs", "build", "--quiet")
_PAPERBOY = ("-c", "from paperboy.cli import main; main()")
PAIRS = ((_BUILD, _BUILD), (_BUILD, (*_PAPERBOY, "translate")), (_BUILD, (*_PAPERBOY, "archive", "push")))


class Result(NamedTuple):
    """What the pairs came to."""

    times: int
    failed: int
    lost: int
    paid_twice: int
    asked_again: int
    """Questions about the spoilt paper that a later run of a pair has put once more."""


def run(times: int, workspace: Path, say: Callable[[str], None] = lambda _: None) -> Result:
    """Start so many pairs, each in a new folder."""
    failed = lost = twice = again = 0
    with DemoServer() as server:
        asked: Counter[str] = Counter()
        spoilt: Counter[str] = Counter()
        model = server._server.model  # noqa: SLF001  what it is asked is nobody else's business
        complete = model.complete

        def counted(body: bytes) -> Any:
            messages = json.loads(body)["messages"]
            is_spoilt = any(SPOILT.title in message["content"] for message in messages)
            (spoilt if is_spoilt else asked)[json.dumps(messages)] += 1
            return complete(body)

        model.complete = counted  # type: ignore[method-assign]
        for number in range(times):
            root = workspace / str(number)
            _site(root, server.url)
            asked.clear()
            spoilt.clear()
            pair = [_start(root, arguments) for arguments in PAIRS[number % len(PAIRS)]]
            failed += sum(process.wait() != 0 for process in pair)
            if number % len(PAIRS):
                failed += _start(root, _BUILD).wait() != 0
            path = root / ".paperboy/archive" / DAY
            rows = [json.loads(row) for row in (path / "translations.zh-CN.jsonl").read_text().splitlines()]
            lost += PAPERS - len((path / "papers.jsonl").read_text().splitlines())
            lost += TRANSLATED - len({row["id"] for row in rows if row["status"] == "ok"})
            refused = [row for row in rows if row["id"] == SPOILT.id and row["status"] != "ok"]
            lost += abs(spoilt.total() - len(refused))
            twice += asked.total() - len(asked)
            again += spoilt.total() - len(spoilt)
            say(f"{number + 1}: {failed} failed, {lost} lost, {twice} paid twice; {again} asked again of the spoilt")
    return Result(times, failed, lost, twice, again)


def _site(root: Path, url: str) -> None:
    (root / "docs").mkdir(parents=True)
    (root / "docs/about.md").write_text("# About\n")
    config = {
        "site_name": "Two",
        "theme": {"name": "material", "font": False},
        "plugins": [{"paperboy": demo_options(url)}],
    }
    (root / "mkdocs.yml").write_text(yaml.safe_dump(config))
    subprocess.run([GIT, "init", "--quiet", "--bare", str(root / "origin.git")], check=True)
    subprocess.run([GIT, "init", "--quiet", str(root)], check=True)
    subprocess.run([GIT, "-C", str(root), "remote", "add", "origin", str(root / "origin.git")], check=True)


def _start(root: Path, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=root,
        env=os.environ | {"OPENAI_API_KEY": "any", "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(run(int(sys.argv[1]) if len(sys.argv) > 1 else 50, Path(folder), print))
