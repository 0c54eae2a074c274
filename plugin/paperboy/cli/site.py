"""Commands that write files: a new site, the demo, an export."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import click
import msgspec

from paperboy.cli.options import config_file_option, fail, read_site
from paperboy.domain.errors import PaperboyError
from paperboy.site.html.document import Document, to_markdown
from paperboy.tools import scaffold
from paperboy.tools.scaffold import detection


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", help="The site's title; one in its language by default.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    default=("cs.CL", "cs.LG", "cs.CV"),
    show_default=True,
    help="An arXiv category to follow; may be given several times.",
)
@click.option("--language", help="The language to translate into; by default this machine's, or Chinese.")
def new(directory: Path, name: str | None, categories: tuple[str, ...], language: str | None) -> None:
    """Write a ready site into DIRECTORY: mkdocs.yml, docs/ and the workflows that publish it.

    In a clone of a repository at GitHub, its addresses are filled in.
    """
    language = language or detection.language()
    try:
        _check_new(categories, language)
        written = scaffold.write_site(directory, site_name=name, categories=categories, language=language)
    except PaperboyError as error:
        fail(error)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"Next: cd {directory} && pip install -r requirements.txt && mkdocs build")
    click.echo("`paperboy doctor` then says whether everything is set up, and what a day will cost.")


@click.command()
@config_file_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write into.",
)
def export(config_file: Path, out: Path) -> None:
    """Write the generated pages as Markdown files, and the editions as JSON, for other tools."""
    from mkdocs.structure.files import get_files  # noqa: PLC0415  `new` and `--help` start without MkDocs

    from paperboy.plugin import page_renderer  # noqa: PLC0415  `new` and `--help` start without MkDocs

    options, config = read_site(config_file)
    count = 0
    try:
        # The search is made of files for the browser, which no other tool would put into its site.
        options = msgspec.structs.replace(options, search=False)
        site = page_renderer.publication(options, config, get_files(config))
        for item in chain(site.overview(), *(unit.make() for unit in site.units())):
            path = out / (item.src_uri if isinstance(item, Document) else item.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(item, Document):
                path.write_text(to_markdown(item), encoding="utf-8")
            else:
                path.write_bytes(item.content)
            count += 1
    except PaperboyError as error:
        fail(error)
    except OSError as error:
        fail(PaperboyError(f"{out}: cannot be written: {error.strerror or error}"))
    click.echo(f"wrote {count} files to {out}")


@click.command()
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
    from paperboy.tools.demo.build import build_demo  # noqa: PLC0415  only this command needs MkDocs' build

    try:
        site = build_demo(directory)
    except PaperboyError as error:
        fail(error)
    click.echo(f"\nThe demo site lies in {site}")
    click.echo(f"Look at it with: python3 -m http.server --directory {site} 8000")
    click.echo("and open http://localhost:8000/ in a browser. Without a server, open")
    click.echo(f"{(site / 'index.html').resolve().as_uri()} (all texts, but not the reader's tools).")


def _check_new(categories: tuple[str, ...], language: str) -> None:
    from paperboy.domain import config  # noqa: PLC0415  msgspec's structs are not needed for --help

    config.parse_options({"categories": list(categories), "translation": {"language": language}}, Path())
