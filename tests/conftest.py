"""What several tests share: the recorded world beside the checkout, and real builds of small sites."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import yaml

from tests.browsing import chromium, served, theme
from tests.programs import run_program, start_program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from paperboy.tools.demo.fake_server import DemoServer
    from tests.programs import Program, Started

# A busy machine is no bug: no test is timed.
hypothesis.settings.register_profile("paperboy", deadline=None)
hypothesis.settings.load_profile("paperboy")

SHARED = Path(__file__).resolve().parents[2] / "shared"


SLOWEST = (
    *("test_replay", "test_hostile_pages", "test_disk", "test_model_servers", "test_accessibility", "test_thirty_days"),
    *(
        "test_override_mutations",
        "test_build",
        "test_reader",
        "test_batching",
        "test_batching_kill",
        "test_carried_build",
    ),
)
"""Files that take longest: the last one to be begun must not be one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The recorded answers and the replay; a test that needs them skips where they are not."""
    if not SHARED.is_dir():
        pytest.skip("needs the recorded answers in ../shared, which are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def replay(shared: Path) -> Any:
    """The replay of arXiv, Hugging Face and a model, as a class."""
    sys.path.insert(0, str(shared / "replay"))
    from replay import Replay  # type: ignore[import-not-found]  # only where ../shared is

    return Replay


@pytest.fixture(scope="module")
def week(shared: Path, replay: Any) -> Iterator[Any]:
    with replay([shared / "data/corpus/oai-changes_week_2026-06-29..2026-07-03.jsonl.gz"]) as served:
        yield served


@pytest.fixture
def world(week: Any) -> Any:
    """arXiv and a model, replaying the real papers of a week; its date and faults can be set."""
    week.control({"faults": {}, "reset": True})
    return week


@dataclass
class Built:
    """A finished build: what it printed, and where its site and archive lie."""

    code: int
    log: str
    root: Path

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def archive(self) -> Path:
        return self.root / ".paperboy" / "archive"

    def html(self, path: str = "") -> str:
        return (self.site / path / "index.html").read_text(encoding="utf-8")


@dataclass
class Site:
    """A site in a folder, built by the real `mkdocs build` in a process of its own."""

    root: Path

    def configure(self, options: dict[str, Any], **config: Any) -> None:
        (self.root / "docs").mkdir(parents=True, exist_ok=True)
        (self.root / "docs" / "about.md").write_text("# About\n", encoding="utf-8")
        base: dict[str, Any] = {
            "site_name": "Test",
            "theme": {"name": "material", "font": False},
            "nav": ["index.md", "trending/index.md", "archive/index.md", "categories/index.md", "about.md"],
            "plugins": [{"paperboy": options}],
            "markdown_extensions": ["attr_list", "toc"],
        }
        text = yaml.safe_dump(base | config, allow_unicode=True, sort_keys=False)
        (self.root / "mkdocs.yml").write_text(text, encoding="utf-8")

    def build(self, *arguments: str, strict: bool = True, **environment: str) -> Built:
        options = ["build", *(["--strict"] if strict else []), *arguments]
        done = run_program("mkdocs", options, self.root, _environment() | environment)
        return Built(done.returncode, done.stdout + done.stderr, self.root)

    def start(self, program: Program, *arguments: str, **environment: str) -> Started:
        with (self.root / "log").open("ab") as log:
            environment = _environment() | environment
            return start_program(program, arguments, self.root, environment, log.fileno(), log.fileno())

    def paperboy(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return run_program("paperboy", arguments, self.root, _environment() | environment)


def _environment() -> dict[str, str]:
    """The environment without a key of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return kept | {"NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServer]:
    """The demo's server: arXiv and a model on a local port, wherever the tests run."""
    from paperboy.tools.demo.fake_server import DemoServer

    with DemoServer() as server:
        yield server


def demo_options(url: str, **options: Any) -> dict[str, Any]:
    """The plugin's options for a build from a server that speaks as arXiv and as a model; nobody else is asked."""
    base: dict[str, Any] = {
        "categories": ["cs.CL", "cs.LG", "math.AP"],
        "sources": {
            "arxiv": {
                "listing_url": url,
                "feed_url": url,
                "api_url": f"{url}/api/query",
                "request_interval": 0,
                "time_limit": 60,
            },
            "huggingface": {"enabled": False},
        },
        "translation": {"model": "demo", "base_url": f"{url}/v1"},
    }
    return base | options


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Iterator[str]:
    """The built demo site, served over HTTP, for the page tests."""
    site = Site(tmp_path_factory.mktemp("site"))
    from paperboy.tools.demo.build import TOPICS

    options = demo_options(demo.url, topics=TOPICS)
    options["sources"]["huggingface"] = {"url": demo.url, "request_interval": 0}
    site.configure(options, theme=theme())
    built = site.build()
    assert built.code == 0, built.log
    with served(built.site) as url:
        yield url


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory, demo: DemoServer) -> Iterator[str]:
    """A site with a page of every kind and with papers that are hard to show, served over HTTP."""
    from tests import kinds

    built = kinds.build(tmp_path_factory.mktemp("kinds"), demo)
    assert built.code == 0, built.log
    with served(built.site) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of this machine, for the page tests."""
    with chromium() as found:
        yield found
