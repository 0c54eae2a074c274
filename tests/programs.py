"""Runs `mkdocs` and `paperboy` for tests and benchmarks: each in a process forked from one that has loaded them.

Loading MkDocs, the theme and the model's client takes longer than building a small site. The parent has no threads,
no open files of the tests and no state of a build. It listens on a socket, so that shell scripts start programs too.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Program = Literal["mkdocs", "paperboy", "python"]
"""`python` takes the text of a script as its first argument."""

_PRELOADED = (
    *("mkdocs.__main__", "mkdocs.commands.build", "material.plugins.search.plugin", "pymdownx.superfences"),
    *("openai.resources.chat.completions", "paperboy.cli", "paperboy.plugin", "paperboy.pipeline.backfill.harvest"),
    *("paperboy.pipeline.fetch.affiliations", "paperboy.pipeline.fetch.days", "paperboy.pipeline.fetch.signals"),
    *("paperboy.pipeline.translate.days", "paperboy.pipeline.translate.glossary_updates"),
    *("paperboy.translation.client.chat_completions", "paperboy.translation.translator"),
)
_LAUNCHER = """#!{python} -SEs
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    request = json.dumps([{program!r}, sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(request).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(request)
    sys.exit(int(server.makefile().read().split()[1]))
"""


class Started:
    """A program that runs; `pid` is its process."""

    def __init__(self, connection: socket.socket) -> None:
        self._answers = connection.makefile()
        connection.close()
        self.pid = int(self._answers.readline())
        self.returncode: int | None = None

    def wait(self) -> int:
        """Wait for its end; gives its exit code, negative for a signal."""
        if self.returncode is None:
            with self._answers:
                self.returncode = int(self._answers.readline())
        return self.returncode

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        if self.returncode is None and select.select([self._answers], [], [], 0)[0]:
            self.wait()
        return self.returncode is None

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)


def start_program(
    program: Program, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: int, errors: int
) -> Started:
    """Start a program as from a shell; `output` and `errors` are the files that it writes to."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_address())
    request = json.dumps([program, list(arguments), str(folder), dict(environment)]).encode()
    with Path(os.devnull).open("rb") as nothing:
        socket.send_fds(connection, [len(request).to_bytes(8, "big")], [nothing.fileno(), output, errors])
    connection.sendall(request)
    return Started(connection)


def run_program(
    program: Program, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program as from a shell, and return its exit code and what it printed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = start_program(program, arguments, folder, environment, output.fileno(), errors.fileno()).wait()
        output.seek(0)
        errors.seek(0)
        printed = [file.read().decode("utf-8", "replace") for file in (output, errors)]
    return subprocess.CompletedProcess([program, *arguments], code, *printed)


def write_launchers(folder: Path) -> None:
    """Put `mkdocs` and `paperboy` into a folder, for the PATH of shell scripts."""
    for program in ("mkdocs", "paperboy"):
        path = folder / program
        path.write_text(_LAUNCHER.format(python=sys.executable, address=_address(), program=program))
        path.chmod(0o755)


@cache
def _address() -> str:
    """The socket of the parent, which is started by the first program and ends with the tests."""
    folder = tempfile.TemporaryDirectory(prefix="programs-")
    address = str(Path(folder.name) / "socket")
    parent = subprocess.Popen(
        [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", bufsize=0
    )

    def end() -> None:
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait()
        folder.cleanup()

    atexit.register(end)
    assert parent.stdout is not None
    parent.stdout.read(1)  # it listens
    return address


def _serve(address: str) -> None:
    """Fork a process for each connection, until the standard input ends."""
    sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]
    for name in _PRELOADED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes that wait for programs
    with socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as selector:
        server.bind(address)
        server.listen(64)
        os.write(1, b".")
        selector.register(server, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)
        while True:
            ready = [key.fd for key, _ in selector.select()]
            if 0 in ready:
                return
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                selector.close()
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> NoReturn:
    """Run what is asked for, and tell first its process, then its exit code."""
    length, files, _, _ = socket.recv_fds(connection, 8, 3)
    request = b""
    while len(request) < int.from_bytes(length, "big"):
        request += connection.recv(1 << 16)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if process == 0:
        connection.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        _run(*json.loads(request))
    for file in files:
        os.close(file)
    connection.sendall(f"{process}\n".encode())
    _, status = os.waitpid(process, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _run(program: Program, arguments: list[str], folder: str, environment: dict[str, str]) -> NoReturn:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = [program, *arguments]
    code: Any = 1
    try:
        if program == "python":
            exec(arguments[0], {"__name__": "__main__"})
            code = 0
        elif program == "mkdocs":
            from mkdocs.__main__ import cli

            cli(arguments, prog_name=program)
        else:
            from paperboy.cli import main

            main(arguments, prog_name=program)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  as an interpreter does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _serve(sys.argv[1])
