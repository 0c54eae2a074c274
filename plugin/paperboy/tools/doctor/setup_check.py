"""Checks the site's addresses, its repository, the archive with its branch, and its size."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml

from paperboy.domain.errors import ArchiveError, BranchError
from paperboy.site import size_forecast
from paperboy.storage import archive, git
from paperboy.storage.archive_branch import BRANCH
from paperboy.tools.doctor.finding import Diagnosis, SiteUnderTest, fault, ok, warning
from paperboy.tools.scaffold import detection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WORKFLOW = ".github/workflows/publish.yml"


def check_setup(site: SiteUnderTest, *, offline: bool) -> Iterator[Diagnosis]:
    """Addresses, workflow, archive and size."""
    origin = git.remote_of(site.options.base_dir)
    yield from _addresses(site, origin)
    yield from _workflow(site)
    yield from _archive(site)
    yield from _branch(site, origin, offline=offline)
    yield from _size(site)


def _addresses(site: SiteUnderTest, origin: str | None) -> Iterator[Diagnosis]:
    at = detection.github(origin or "")
    host = urlsplit(site.site_url).hostname or ""
    if not site.site_url:
        hint = at.site_url if at else "https://YOU.github.io/YOUR-REPOSITORY/"
        yield warning(
            "site_url", "it is not set: feeds and the digest lead to arXiv, not to your pages", f"set site_url: {hint}"
        )
    elif not site.site_url.endswith("/"):
        yield warning("site_url", f"{site.site_url} has no slash at its end", f"write {site.site_url}/")
    else:
        cname = _own_domain(site.options.docs_dir)
        if cname and cname != host:
            yield warning("site_url", f"docs/CNAME says {cname}, site_url {host}", "let both name the same host")
        elif at and not cname and host.endswith(".github.io") and site.site_url.lower() != at.site_url.lower():
            yield warning(
                "site_url", f"{site.site_url} is not where Pages of {at.repo_url} appear", f"write {at.site_url}"
            )
        elif at and not cname and not host.endswith(".github.io"):
            yield warning(
                "site_url",
                f"{host} is a domain of your own, and docs/CNAME does not name it",
                f"write {host} into docs/CNAME, if GitHub Pages serves it",
            )
        else:
            yield ok("site_url", site.site_url)
    if at and site.repo_url and site.repo_url.rstrip("/").lower() != at.repo_url.lower():
        yield warning("repo_url", f"{site.repo_url} is not the origin {at.repo_url}", f"write {at.repo_url}")
    elif at and not site.repo_url:
        yield warning(
            "repo_url", "it is not set: readers find no way to mend a translation", f"set repo_url: {at.repo_url}"
        )
    elif site.repo_url:
        yield ok("repo_url", site.repo_url)


def _own_domain(docs: Path) -> str:
    try:
        return (docs / "CNAME").read_text(encoding="utf-8").strip().lower()
    except OSError:
        return ""


def _workflow(site: SiteUnderTest) -> Iterator[Diagnosis]:
    base = site.options.base_dir
    branch = git.branch_of(base)
    if branch is None:
        yield warning(
            "repository",
            f"{base.resolve()} is in no git repository: nothing publishes it by itself",
            "run git init and push it to GitHub, or use `make publish`",
        )
        return
    try:
        workflow = yaml.safe_load((base / _WORKFLOW).read_text(encoding="utf-8"))
        branches = workflow[True]["push"]["branches"]  # YAML 1.1 reads `on` as true
    except OSError:
        yield warning("workflow", f"there is no {_WORKFLOW}", "take one from `paperboy new` in an empty folder")
    except (yaml.YAMLError, KeyError, TypeError):
        yield ok("workflow", f"{_WORKFLOW} is there, in a form of your own")
    else:
        if branch in branches:
            yield ok("workflow", f"{_WORKFLOW} publishes {branch}; Settings → Pages → Source must say GitHub Actions")
        else:
            names = ", ".join(map(str, branches))
            yield warning("workflow", f"{_WORKFLOW} builds {names}, this is {branch}", "name this branch in it")
    if not git.ignores(base, site.options.archive):
        yield warning(
            "gitignore",
            f"{site.options.archive_dir} is not ignored by git: it would be committed with the site",
            "write /.paperboy/ into .gitignore",
        )


def _archive(site: SiteUnderTest) -> Iterator[Diagnosis]:
    root = site.options.archive
    days = archive.days(root)
    if not days:
        yield ok("archive", "empty: the next build fetches the newest edition")
        return
    for day in reversed(days):
        try:
            archive.read_ledger(root, day)
            unreadable = archive.read_edition(root, day, site.options.translation.language).unreadable
            if unreadable:
                raise ArchiveError(f"{day}: {unreadable} lines cannot be read")  # noqa: TRY301  one way to tell
        except ArchiveError as error:
            yield fault("archive", str(error), f"restore the file from the branch {BRANCH}")
            return
    ledger = archive.read_accounts(root, days[-1])
    state = "" if ledger is None or ledger.complete else ", which is not complete: the next build asks again"
    yield ok("archive", f"{len(days)} editions, the newest of {days[-1]}{state}")


def _branch(site: SiteUnderTest, origin: str | None, *, offline: bool) -> Iterator[Diagnosis]:
    if not origin or offline:
        return
    try:
        there = git.run_git(
            "ls-remote",
            "--quiet",
            origin,
            f"refs/heads/{BRANCH}",
            folder=site.options.base_dir,
            environment=git.token_environment(origin, os.environ.get("GITHUB_TOKEN")),
        )
    except BranchError as error:
        yield warning("branch", str(error), "check that this machine may read the repository")
        return
    if there:
        yield ok("branch", f"{BRANCH} is at {there[:10].decode()}")
    elif archive.days(site.options.archive):
        yield warning("branch", f"there is no branch {BRANCH}, and an archive here", "run `paperboy archive push`")
    else:
        yield ok("branch", f"there is no branch {BRANCH} yet; the first run makes it")


def _size(site: SiteUnderTest) -> Iterator[Diagnosis]:
    if not site.site_dir.is_dir():
        return
    root, papers = site.options.archive, []
    for day in archive.days(root):
        with suppress(ArchiveError):
            papers.append((day, len(archive.read_announcements(root, day))))
    known = size_forecast.forecast(size_forecast.folder_size(site.site_dir), site.options.retention.site_limit, papers)
    text = f"{known.size / 1e6:,.0f} MB, {known.share:.0%} of what the host takes"
    if known.full_on:
        text += f"; full on {known.full_on} at today's rate"
    advice = "set retention.months, follow fewer categories, or publish to a host with another limit"
    if known.share >= 1:
        yield fault("size", text, advice)
    elif known.share >= size_forecast.WARN_FROM:
        yield warning("size", text, advice)
    else:
        yield ok("size", text)
