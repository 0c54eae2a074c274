"""Kill builds while they render, and hold the site of the next build against one that nobody disturbed.

    python benchmarks/kill_site.py [KILLS] [SEED]

Before each build the newest day comes or goes, and now and then the cache or the site of the build before is
lost too. The build is ended by SIGKILL at a random moment; then one runs to its end, and its site must be, byte
by byte, that of a cold build of the same archive. A build that was faster than the moment counts as none.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.archive import CATEGORIES, differing, fill, site, weekdays
from paperboy.storage import archive

DAYS, PAPERS = 8, 25
LOSES_CACHE, LOSES_SITE = 0.3, 0.2


def start(root: Path) -> subprocess.Popen[bytes]:
    """A real build, in the background."""
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    return subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.DEVNULL)


def built(root: Path) -> Path:
    """The site of a build that runs to its end."""
    if start(root).wait() != 0:
        sys.exit("a build that nobody disturbed failed")
    return root / "site"


def killed(root: Path, longest: float, rng: random.Random) -> bool:
    """Start a build, and end it at some moment of the time that one takes."""
    process = start(root)
    try:
        process.wait(rng.uniform(0.0, longest))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def main(kills: int = 100, seed: int = 1) -> None:
    """Kill, compare, and print the table."""
    rng = random.Random(seed)  # noqa: S311  a repeatable draw
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root, aside, days = Path(folder) / "ours", Path(folder) / "newest", weekdays(DAYS)
        categories = CATEGORIES[:3]
        site(root, categories, plugin=True, search=True)
        fill(root / ".paperboy" / "archive", days, categories, PAPERS)
        newest, cache = archive.folder(root / ".paperboy" / "archive", days[-1]), root / ".paperboy" / "cache"
        wanted, longest = {}, 0.0
        for whole in (True, False):
            if not whole:
                shutil.move(newest, aside)
            shutil.rmtree(cache, ignore_errors=True)
            cold = time.monotonic()
            wanted[whole] = Path(shutil.copytree(built(root), Path(folder) / f"wanted-{whole}"))
            longest = max(longest, time.monotonic() - cold)
        done = wrong = 0
        whole = False
        while done < kills:
            whole = not whole
            shutil.move(*((aside, newest) if whole else (newest, aside)))
            if rng.random() < LOSES_CACHE:
                shutil.rmtree(cache)
            if rng.random() < LOSES_SITE:
                shutil.rmtree(root / "site", ignore_errors=True)
            done += killed(root, longest, rng)
            unlike = differing(wanted[whole], built(root))
            if unlike:
                wrong += 1
                print(f"after kill {done}: {len(unlike)} files are others: {unlike[:5]}", flush=True)
    print(f"{'builds killed (SIGKILL)':44}{done:8}")
    print(f"{'next builds whose site is another':44}{wrong:8}")
    print(f"{'seconds':44}{time.monotonic() - began:8.0f}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
