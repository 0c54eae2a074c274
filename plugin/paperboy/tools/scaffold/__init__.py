"""A new owner's site: the files that `paperboy new` writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jinja2

from paperboy.domain.errors import PaperboyError
from paperboy.tools.scaffold import detection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILES = {
    "mkdocs.yml": "mkdocs.yml",
    "docs/about.md": "about.md",
    "requirements.txt": "requirements.txt",
    "Makefile": "Makefile",
    "Containerfile": "Containerfile",
    ".gitignore": "gitignore",
    ".github/dependabot.yml": "dependabot.yml",
    ".github/workflows/publish.yml": "publish.yml",
    ".github/workflows/check.yml": "check.yml",
}
"""Each file of the new site, and the template that it is made of."""

_SITE_NAMES = {True: "arXiv 每日论文", False: "arXiv daily"}


def write_site(
    target: Path,
    *,
    categories: Sequence[str],
    site_name: str | None = None,
    language: str | None = None,
    options: Mapping[str, object] | None = None,
) -> list[Path]:
    """Write a site that `mkdocs build` builds at once.

    Arguments:
        target: The folder; made if it is not there. Nothing in it is overwritten.
        categories: The arXiv categories to follow.
        site_name: The title of the site; one in its language where left out.
        language: Language of the translations and of the interface; found out where left out.
        options: More options of the plugin, by name.

    Returns:
        The files written.

    Raises:
        PaperboyError: One of the files is there already.
    """
    there = [name for name in FILES if (target / name).exists()]
    if there:
        raise PaperboyError(f"{target / there[0]} is there already; nothing was written. Name an empty folder")
    language = language or detection.language()
    chinese = language.startswith("zh")
    at = detection.repository(target)
    values = {
        "site_name": site_name or _SITE_NAMES[chinese],
        "categories": list(categories),
        "language": language,
        "chinese": chinese,
        "options": dict(options or {}),
        "repo_url": at.repo_url if at else None,
        "site_url": at.site_url if at else None,
        "branch": detection.branch(target),
        "requirement": detection.requirement(),
        "install": "pip install -r requirements.txt",
        "own": False,
    }
    written = []
    for name, template in FILES.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_files(template, **values), encoding="utf-8")
        written.append(path)
    return written


def render_files(template: str, **values: object) -> str:
    """One of the files, made of its template."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("paperboy.tools.scaffold", "files"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  YAML and Markdown; every value goes through `yaml` below
        # GitHub's own expressions use {{ }}.
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    # JSON is YAML: quotes, backslashes and line breaks of a value cannot leave it.
    env.filters["yaml"] = lambda value: json.dumps(value, ensure_ascii=False, default=str)
    return env.get_template(template).render(**values)
