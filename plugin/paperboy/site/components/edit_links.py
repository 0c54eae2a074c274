"""Links to the repository's editor for corrections, and the names of those who wrote a page's contributions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from markupsafe import Markup
from msgspec import Struct

from paperboy.contributions.files import PAPERS
from paperboy.site.components.notes import MarkdownOptions, Notes

if TYPE_CHECKING:
    from paperboy.domain.overrides import Contribution

SHOWN_NAMES = 3

# What follows the verb is a branch and a folder, which only the host can tell apart.
_GITHUB = re.compile(r"(?P<base>https://[^/]+/[^/]+/[^/]+)/(?:edit|blob|raw|tree)/(?P<rest>.+)")
_GITLAB = re.compile(r"(?P<base>https://[^/]+/.+?)/(?:-/)?(?:edit|blob|raw|tree)/(?P<rest>.+)")


class Editor(Struct, frozen=True):
    """The repository's own editor, as addresses for a file of `docs_dir`.

    `view` and `edit` end where the file's path begins, `new` where a folder's does; `named` is the parameter for
    a new file's name. At GitHub, `value` beside it is the file's text (GitLab's editor takes none).
    """

    view: str
    edit: str
    new: str
    named: str

    def source(self, file: str) -> str:
        """Where a file can be read."""
        return f"{self.view}{quote(file)}"

    def change(self, file: str) -> str:
        """Where a file can be edited."""
        return f"{self.edit}{quote(file)}"

    def create(self, folder: str) -> str:
        """The address for a new file, up to the file's quoted name."""
        return f"{self.new}{quote(folder)}?{self.named}="


def editor(repo_url: str, edit_uri: str) -> Editor | None:
    """The editor of a repository at GitHub or a GitLab; `None` for any other, or where edit links are off.

    Arguments:
        repo_url: The repository, as in mkdocs.yml.
        edit_uri: From there to the editor of `docs_dir`, such as `edit/main/docs/`.
    """
    if not repo_url or not edit_uri:
        return None
    address = urljoin(f"{repo_url.rstrip('/')}/", edit_uri).rstrip("/")
    names = (urlsplit(address).hostname or "").split(".")
    if "github" in names and (match := _GITHUB.fullmatch(address)):
        base, rest = match["base"], match["rest"]
        return Editor(f"{base}/blob/{rest}/", f"{base}/edit/{rest}/", f"{base}/new/{rest}/", "filename")
    if "gitlab" in names and (match := _GITLAB.fullmatch(address)):
        base, rest = match["base"], match["rest"]
        return Editor(f"{base}/-/blob/{rest}/", f"{base}/-/edit/{rest}/", f"{base}/-/new/{rest}/", "file_name")
    return None


class ContributionView(Struct, frozen=True):
    """A contribution as templates show it: the note as HTML, its authors, and a link to its file."""

    note: Markup
    names: tuple[str, ...]
    more: int
    source: str | None


class Contributions:
    """Shows what contributors wrote on the pages of one site.

    Arguments:
        editor: The repository's editor, if there is one.
        markdown: How the site renders Markdown.
    """

    def __init__(self, editor: Editor | None, markdown: MarkdownOptions) -> None:
        self._editor = editor
        self._notes = Notes(markdown)

    def view(self, contribution: Contribution, page: str, anchor: str) -> ContributionView:
        """A contribution for a page.

        Arguments:
            contribution: What somebody wrote.
            page: The path of the page.
            anchor: An anchor of the page that is the contribution's alone.
        """
        names = contribution.contributors
        return ContributionView(
            note=self._notes.render(contribution, page, anchor) if contribution.note else Markup(),
            names=names[:SHOWN_NAMES],
            more=len(names[SHOWN_NAMES:]),
            source=self._editor.source(contribution.file) if self._editor else None,
        )

    def change(self, contribution: Contribution) -> str | None:
        """Where a reader can mend a contribution; `None` where there is no editor."""
        return self._editor.change(contribution.file) if self._editor else None


def corrections(repo_url: str, edit_uri: str, folder: str) -> str:
    """Where the file of a paper that has none yet can be written; nothing where there is no editor.

    Arguments:
        repo_url: The repository, as in mkdocs.yml.
        edit_uri: From there to the editor of `docs_dir`.
        folder: The folder of contributors' files in `docs_dir`.

    Returns:
        What the quoted name of the file makes an address of. Scripts do that, for a page holds hundreds of cards.
    """
    found = editor(repo_url, edit_uri)
    return found.create(f"{folder.strip('/')}/{PAPERS}") if found else ""
