"""Runs `mkdocs` and `paperboy` for tests: each time a process of its own, forked from one that has loaded them.

Loading MkDocs, the theme and the model's client takes longer than building a small site. The parent is the
standard library's fork server, which has no threads, no open files of the tests and no state of a build.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Program = Literal["mkdocs", "paperboy"]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "mkdocs.__main__",
        "mkdocs.commands.build",
        "material.plugins.search.plugin",
        "pymdownx.superfences",
        "openai.resources.chat.completions",
        "paperboy.cli",
        "paperboy.plugin",
        "paperboy.pipeline.backfill.harvest",
        "paperboy.pipeline.fetch.affiliations",
        "paperboy.pipeline.fetch.days",
        "paperboy.pipeline.fetch.signals",
        "paperboy.pipeline.translate.days",
        "paperboy.pipeline.translate.glossary_updates",
        "paperboy.translation.client.chat_completions",
        "paperboy.translation.translator",
    ]
)


def run_program(
    program: Program, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a program as from a shell, and return its exit code and what it printed.

    Raises:
        subprocess.TimeoutExpired: It did not end in `timeout` seconds; it is killed.
    """
    with tempfile.TemporaryDirectory() as outputs:
        process = _CONTEXT.Process(target=_run, args=(program, list(arguments), folder, dict(environment), outputs))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired([program, *arguments], timeout)
        stdout, stderr = ((Path(outputs) / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return subprocess.CompletedProcess([program, *arguments], process.exitcode, stdout, stderr)


def _run(program: Program, arguments: list[str], folder: Path, environment: dict[str, str], outputs: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for number, name in enumerate(("stdout", "stderr"), 1):
        handle = os.open(Path(outputs) / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(handle, number)
        os.close(handle)
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = [program, *arguments]
    if program == "mkdocs":
        from mkdocs.__main__ import cli as main
    else:
        from paperboy.cli import main
    main(arguments, prog_name=program)
