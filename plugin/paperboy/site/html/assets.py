"""The files that a browser loads beside the pages: stylesheet, scripts, and the scripts' messages."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from paperboy.site.html.i18n import Translator

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "assets/paperboy/"
STYLESHEET = f"{FOLDER}paperboy.css"
"""One file for the browser, made of these parts in this order:"""
_STYLES = (
    "papers",
    "formulas",
    "changes",
    "signals",
    "notes",
    "overviews",
    "topics",
    "audit",
    "tools",
    "search",
    "print",
)
_CORRECTIONS = b"""
/* Each paper gets one link more here, and a narrow line has no room for it. */
@media screen and (max-width: 30em) {
  .paper-js .paper .paper-links {
    min-height: 2.5rem;
  }

  .paper-js .paper .paper-links--more {
    min-height: 3.8rem;
  }
}
"""
EARLY = f"{FOLDER}early.js"
"""Belongs in the head, before the first paint."""
READER = f"{FOLDER}reader.js"
"""A module, which loads the others."""


def browser_files(language: str, corrections: str = "") -> Iterator[tuple[str, bytes]]:
    """Each file's path on the site and its content.

    Arguments:
        language: The language of the interface, a BCP 47 tag.
        corrections: The address of the editor for a paper's file, up to the file's name, if there is one.
    """
    assets = resources.files("paperboy.site") / "assets"
    styles = b"\n".join((assets / "styles" / f"{name}.css").read_bytes() for name in _STYLES)
    yield STYLESHEET, styles + (_CORRECTIONS if corrections else b"")
    for source in assets.iterdir():
        if source.name.endswith((".js", ".woff2", ".txt")):
            yield f"{FOLDER}{source.name}", source.read_bytes()
    words = json.dumps(_script_words(Translator(language)) | {"correctAt": corrections}, ensure_ascii=False, indent=1)
    yield f"{FOLDER}words.js", f"export default {words};\n".encode()


def _script_words(words: Translator) -> dict[str, str]:
    """The words of the scripts by the names that these use."""
    _ = words.gettext
    return {
        "abstract": _("Abstract"),
        "noAbstracts": _("The abstracts of this day could not be loaded; the link leads to arXiv's page."),
        "star": _("Star (s)"),
        "read": _("Read (r)"),
        "cite": _("Cite (c)"),
        "citeShown": _("Cite shown"),
        "citeOne": _("Cite %(id)s"),
        "citeMany": _("Cite %(num)s papers"),
        "citation": _("Citation"),
        "format": _("Format"),
        "copy": _("Copy"),
        "copied": _("Copied."),
        "copyYourself": _("This browser does not let the page copy; the text is selected."),
        "download": _("Download"),
        "tools": _("Filter and view"),
        "filters": _("Filters"),
        "phrase": _("Phrase"),
        "not": _("Without phrase"),
        "type": _("Type"),
        "new": _("New"),
        "cross": _("Cross-list"),
        "replace": _("Replaced"),
        "category": _("Category"),
        "allCategories": _("All categories"),
        "topic": _("Topic"),
        "allTopics": _("All topics"),
        "code": _("With code"),
        "venue": _("With venue"),
        "votes": _("With votes"),
        "reset": _("Reset"),
        "titles": _("Titles"),
        "both": _("Both"),
        "target": _("Translation"),
        "english": _("English"),
        "titlesAre": _("Titles: %(mode)s"),
        "hideRead": _("Hide read"),
        "openAll": _("Open all"),
        "closeAll": _("Close all"),
        "starred": _("Starred (%(num)s)"),
        "count": _("%(shown)s of %(all)s shown, %(unread)s unread"),
        "arxivId": _("arXiv id"),
        "find": _("Find"),
        "looking": _("Looking for %(id)s …"),
        "noId": _("%(id)s is no arXiv id."),
        "notFound": _("This site has no page of %(id)s; arXiv has:"),
        "notAsked": _("Where %(id)s is could not be loaded; arXiv has it:"),
        "partFailed": _("Part %(num)s of this list could not be loaded; its link at the end leads to it."),
        "nothingKept": _("Your browser blocks storage: stars and read marks are lost when you leave this page."),
        "keys": _("Keys"),
        "keyNext": _("next and previous paper"),
        "keyOpen": _("open or close the abstract; from a short entry, go to it"),
        "keyStar": _("set or take away the star"),
        "keyRead": _("mark as read or unread"),
        "keyCite": _("cite the paper"),
        "keyTitles": _("titles in both languages, translated, in English"),
        "keyDay": _("page of the date"),
        "keyCategory": _("page of the category"),
        "keySearch": _("search all papers"),
        "keyFind": _("look for a phrase on the page"),
        "keyHelp": _("this sheet"),
        "useKeys": _("Use these keys"),
        "close": _("Close"),
        "export": _("Export"),
        "import": _("Import JSON"),
        "imported": _("Papers added: %(num)s"),
        "notImported": _("This file holds no starred papers of paperboy."),
        "starredHere": _("Starred papers: %(num)s. They are kept in this browser alone."),
        "searching": _("Searching…"),
        "found": _("Found: %(num)s, in %(papers)s papers of %(first)s to %(last)s"),
        "foundNothing": _("Nothing found in %(papers)s papers of %(first)s to %(last)s"),
        "noPapers": _("There are no papers to search."),
        "notSearched": _("These could not be read, and were not searched: %(months)s. Load the page again to retry."),
        "searchFails": _("The search could not be started. Load the page again to retry."),
        "moreResults": _("More results"),
        "otherPapers": _("Search the papers of %(first)s to %(last)s too"),
        "comma": _(", "),
        "inAbstract": _("Abstract:"),
        "correct": _("Suggest a correction"),
        "correctHow": _(
            "Mend what is wrong, and delete the lines that you leave as they are; id and version stay. "
            "Copy formulas exactly."
        ),
        "correctNote": _("Here a note may stand in Markdown; it is shown below the paper."),
        "noStars": _("No starred papers yet: the star beside a paper, or the key s, puts it here."),
    }
