"""Reads the site's configuration for the commands, and ends a command that failed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec

from paperboy.domain.config import check_folders
from paperboy.domain.errors import PaperboyError

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

    from paperboy.domain.config import Options

config_file_option = click.option(
    "-f",
    "--config-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("mkdocs.yml"),
    show_default=True,
    help="The site's configuration.",
)


def read_options(config_file: Path) -> Options:
    """The plugin's options as MkDocs reads them."""
    return read_site(config_file)[0]


def read_site(config_file: Path) -> tuple[Options, MkDocsConfig]:
    """The plugin's options, and the configuration that they stand in."""
    from mkdocs.config import load_config  # noqa: PLC0415  `new` and `--help` start without MkDocs
    from mkdocs.exceptions import ConfigurationError  # noqa: PLC0415  `--help` starts without MkDocs

    if not config_file.is_file():
        fail(PaperboyError(f"{config_file}: there is no such file; name the site's mkdocs.yml with -f"))
    try:
        config = load_config(str(config_file))
    except ConfigurationError as error:
        fail(PaperboyError(f"{config_file}: {error}"))
    plugin = config.plugins.get("paperboy")
    if plugin is None:
        fail(PaperboyError(f"{config_file}: the plugin `paperboy` is not under `plugins`"))
    options = msgspec.structs.replace(plugin.options, docs_dir=Path(config.docs_dir))
    try:
        check_folders(options, Path(config.site_dir))
    except PaperboyError as error:
        fail(error)
    return options, config


def fail(error: PaperboyError) -> NoReturn:
    """Print what went wrong, and exit with code 1."""
    click.echo(f"paperboy: {error}", err=True)
    sys.exit(1)
