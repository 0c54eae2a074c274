"""Builds the demo's site: written, fetched, translated and built as any other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import resources
from typing import TYPE_CHECKING

from paperboy.domain.errors import PaperboyError
from paperboy.tools import scaffold
from paperboy.tools.demo import load_demo
from paperboy.tools.demo.fake_server import DemoServer

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = [
    {"slug": "language-models", "name": "语言模型", "any": ["language model*", "in-context learning", "提示模板"]},
    {"slug": "elliptic", "name": "椭圆型方程", "any": ["elliptic", "$L^p$"], "none": ["newspaper"]},
]
_MARKER = ".paperboy-demo"
"""Tells a folder that a demo may replace from one that holds somebody's work."""


def build_demo(directory: Path) -> Path:
    """Build the demo's site in a folder.

    Arguments:
        directory: The folder; an earlier demo there is replaced, anything else is left alone.

    Returns:
        The folder of the built site.

    Raises:
        PaperboyError: The folder holds something else, or `mkdocs build` failed.
    """
    _clear(directory)
    day = load_demo()
    with DemoServer() as server:
        options = {
            "date": day.date.isoformat(),
            "sources": {
                "arxiv": {
                    "listing_url": server.url,
                    "feed_url": server.url,
                    "api_url": f"{server.url}/api/query",
                    "request_interval": 0,
                },
                "huggingface": {"url": server.url, "request_interval": 0},
            },
            "topics": TOPICS,
            "translation": {"model": "paperboy-demo", "base_url": f"{server.url}/v1"},
        }
        scaffold.write_site(
            directory,
            site_name="paperboy 演示（论文均为虚构）",
            categories=day.categories,
            options=options,
        )
        corrected = directory / "docs" / "overrides" / "papers" / "2606.90002.md"
        corrected.parent.mkdir(parents=True)
        corrected.write_bytes(resources.files("paperboy.tools.demo").joinpath("contribution.md").read_bytes())
        (directory / _MARKER).touch()
        with (directory / "mkdocs.yml").open("a", encoding="utf-8") as file:
            # So that the site can be opened from the disk, without a server.
            file.write("\nuse_directory_urls: false\n")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(directory / "mkdocs.yml")]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        # A key of the owner's has no business at the demo's model.
        environment.pop("OPENAI_API_KEY", None)
        done = subprocess.run(command, env=environment, check=False)  # noqa: S603  our own command
    if done.returncode:
        raise PaperboyError(f"`mkdocs build` ended with {done.returncode}; its own lines above say why")
    return directory / "site"


def _clear(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir() or (any(directory.iterdir()) and not (directory / _MARKER).exists()):
        raise PaperboyError(f"{directory} holds something that is no demo; name another folder with --dir")
    shutil.rmtree(directory)
