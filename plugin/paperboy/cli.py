"""Door 2: `paperboy` on the command line; each command calls the functions that the plugin calls."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from paperboy import __version__, archive, pipeline, scaffold, translating
from paperboy.errors import PaperboyError
from paperboy.pages.document import Document, to_markdown

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

    from paperboy.config import Options
    from paperboy.model import Ledger

_config_file = click.option(
    "-f",
    "--config-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("mkdocs.yml"),
    show_default=True,
    help="The site's configuration.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="paperboy")
def main() -> None:
    """Publish the day's arXiv announcements, translated and complete."""
    # Only paperboy's own lines: the libraries below it log every request.
    log = logging.getLogger("paperboy")
    log.setLevel(logging.INFO)
    if not log.handlers:
        log.addHandler(RichHandler(console=Console(stderr=True), show_path=False, show_time=False))


@main.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", default="arXiv 每日论文", show_default=True, help="The site's title.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    default=("cs.CL", "cs.LG", "cs.CV"),
    show_default=True,
    help="An arXiv category to follow; may be given several times.",
)
@click.option("--language", default="zh-CN", show_default=True, help="The language to translate into.")
def new(directory: Path, name: str, categories: tuple[str, ...], language: str) -> None:
    """Write a ready site into DIRECTORY: mkdocs.yml, docs/ and the workflow that publishes it."""
    try:
        _check_new(categories, language)
        written = scaffold.write(directory, site_name=name, categories=categories, language=language)
    except PaperboyError as error:
        _fail(error)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"Next: cd {directory} && pip install -r requirements.txt && mkdocs serve")


@main.command()
@_config_file
@click.option("--days", default=14, show_default=True, help="How many editions, the newest first.")
def status(config_file: Path, days: int) -> None:
    """Print the ledger of the last editions: stated and held counts, translations, tokens."""
    options = _options(config_file)
    table = Table(box=None, pad_edge=False)
    for name in ("Date", "Category", "Held", "Stated", "Status"):
        table.add_column(name, justify="right" if name in ("Held", "Stated") else "left")
    for name in ("Translated", "Failed", "Tokens"):
        table.add_column(name, justify="right")
    editions = archive.days(options.archive)[-days:]
    try:
        for day in reversed(editions):
            ledger = archive.read_ledger(options.archive, day)
            if ledger is not None:
                _add_rows(table, ledger, options.translation.language)
    except PaperboyError as error:
        _fail(error)
    if not editions:
        click.echo(f"The archive {options.archive} holds no edition yet; `mkdocs build` fetches the first.")
        return
    # Wide enough for every column where nobody looks at a terminal.
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _add_rows(table: Table, ledger: Ledger, language: str) -> None:
    account = ledger.translations.get(language)
    for number, (name, entry) in enumerate(ledger.categories.items()):
        day = [ledger.date] if number == 0 else [""]
        stated = str(entry.stated.total) if entry.stated else "?"
        row = [*day, name, str(entry.held.total), stated, entry.status]
        if number == 0 and account is not None:
            tokens = account.prompt_tokens + account.completion_tokens
            row += [str(account.translated), str(sum(account.failed.values())), f"{tokens:,}"]
        table.add_row(*row)


@main.command()
@_config_file
@click.option("--regate", is_flag=True, help="Judge the answers on disk again instead; nothing is asked or paid.")
def translate(config_file: Path, *, regate: bool) -> None:
    """Translate what the recent editions still lack, without fetching or building."""
    options = _options(config_file)
    try:
        if regate:
            translating.regate(options)
        else:
            translating.translate_editions(options)
    except PaperboyError as error:
        _fail(error)


@main.command()
@_config_file
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write into.",
)
def export(config_file: Path, out: Path) -> None:
    """Write the generated pages as Markdown files, and the editions as JSON, for other tools."""
    options, config = _site(config_file)
    count = 0
    try:
        for item in pipeline.publish(options, site_name=config.site_name, site_url=config.site_url or ""):
            path = out / (item.src_uri if isinstance(item, Document) else item.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(item, Document):
                path.write_text(to_markdown(item), encoding="utf-8")
            else:
                path.write_bytes(item.content)
            count += 1
    except PaperboyError as error:
        _fail(error)
    except OSError as error:
        _fail(PaperboyError(f"{out}: cannot be written: {error.strerror or error}"))
    click.echo(f"wrote {count} files to {out}")


@main.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("paperboy-demo"),
    show_default=True,
    help="The folder for the demo's site; what an earlier demo left there is replaced.",
)
def demo(directory: Path) -> None:
    """Build a site from an invented day, offline: the same code as for a live one.

    A server on a local port speaks as arXiv and as a model; the day is fetched from it, translated by
    it, and built with `mkdocs build`.
    """
    from paperboy.demo.build import build  # noqa: PLC0415  only this command needs MkDocs' build

    try:
        site = build(directory)
    except PaperboyError as error:
        _fail(error)
    click.echo(f"\nThe demo site lies in {site}")
    click.echo(f"Look at it with: python3 -m http.server --directory {site} 8000")
    click.echo("and open http://localhost:8000/ in a browser. Without a server, open")
    click.echo(f"{(site / 'index.html').resolve().as_uri()} (all texts, but not the reader's tools).")


def _options(config_file: Path) -> Options:
    """The plugin's options as MkDocs reads them."""
    return _site(config_file)[0]


def _site(config_file: Path) -> tuple[Options, MkDocsConfig]:
    """The plugin's options, and the configuration that they stand in."""
    from mkdocs.config import load_config  # noqa: PLC0415  `new` and `--help` start without MkDocs
    from mkdocs.exceptions import ConfigurationError  # noqa: PLC0415

    if not config_file.is_file():
        _fail(PaperboyError(f"{config_file}: there is no such file; name the site's mkdocs.yml with -f"))
    try:
        config = load_config(str(config_file))
    except ConfigurationError as error:
        _fail(PaperboyError(f"{config_file}: {error}"))
    plugin = config.plugins.get("paperboy")
    if plugin is None:
        _fail(PaperboyError(f"{config_file}: the plugin `paperboy` is not under `plugins`"))
    return msgspec.structs.replace(plugin.options, docs_dir=Path(config.docs_dir)), config


def _check_new(categories: tuple[str, ...], language: str) -> None:
    from paperboy import config  # noqa: PLC0415  msgspec's structs are not needed for --help

    config.read({"categories": list(categories), "translation": {"language": language}}, Path())


def _fail(error: PaperboyError) -> NoReturn:
    click.echo(f"paperboy: {error}", err=True)
    sys.exit(1)
