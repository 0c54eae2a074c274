"""A new owner's site: the files that `paperboy new` writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jinja2

from paperboy.errors import PaperboyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILES = {
    "mkdocs.yml": "mkdocs.yml",
    "docs/about.md": "about.md",
    "requirements.txt": "requirements.txt",
    ".gitignore": "gitignore",
    ".github/workflows/publish.yml": "publish.yml",
}
"""Each file of the new site, and the template that it is made of."""


def write(
    target: Path,
    *,
    site_name: str,
    categories: Sequence[str],
    language: str = "zh-CN",
    options: Mapping[str, object] | None = None,
) -> list[Path]:
    """Write a site that `mkdocs build` builds at once.

    Arguments:
        target: The folder; made if it is not there. Nothing in it is overwritten.
        site_name: The title of the site.
        categories: The arXiv categories to follow.
        language: Language of the translations and of the interface.
        options: More options of the plugin, by name.

    Returns:
        The files written.

    Raises:
        PaperboyError: One of the files is there already.
    """
    there = [name for name in FILES if (target / name).exists()]
    if there:
        raise PaperboyError(f"{target / there[0]} is there already; nothing was written. Name an empty folder")
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("paperboy.scaffold", "files"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  YAML and Markdown; every value goes through `yaml` below
        # GitHub's own expressions use {{ }}.
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
    )
    # JSON is YAML: quotes, backslashes and line breaks of a value cannot leave it.
    env.filters["yaml"] = lambda value: json.dumps(value, ensure_ascii=False, default=str)
    chinese = language.startswith("zh")
    written = []
    for name, template in FILES.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = env.get_template(template).render(
            site_name=site_name,
            categories=list(categories),
            language=language,
            chinese=chinese,
            options=dict(options or {}),
        )
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
