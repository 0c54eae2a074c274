"""Translates the interface with gettext catalogues, and formats dates.

The message ids are the English words; a language without a catalogue shows these.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError, dates
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    from datetime import date


class Translator:
    """The interface's messages and dates in one language.

    Arguments:
        language: A BCP 47 tag, such as `zh-CN`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = _locale(language)
        self._catalogue = _catalogue(language)

    def gettext(self, message: str) -> str:
        """A word or sentence."""
        return str(self._catalogue.ugettext(message))

    def pgettext(self, context: str, message: str) -> str:
        """A word that is translated differently by where it stands."""
        return str(self._catalogue.upgettext(context, message))

    def ngettext(self, one: str, many: str, number: int) -> str:
        """A sentence that counts."""
        return str(self._catalogue.ungettext(one, many, number))

    def long_date(self, when: date) -> str:
        """A date with its weekday, as it is written in running text."""
        return dates.format_date(when, "full", locale=self._locale)

    @staticmethod
    def title(*parts: str) -> str:
        """The parts of a page's title as one; no line begins with the sign between them."""
        return "\N{NO-BREAK SPACE}· ".join(parts)

    def month(self, when: date) -> str:
        """A month with its year."""
        return dates.format_skeleton("yMMMM", when, locale=self._locale)

    def year(self, when: date) -> str:
        """A year."""
        return dates.format_skeleton("y", when, locale=self._locale)

    def weekdays(self) -> list[str]:
        """The short names of the days of a week, from Monday."""
        names = dates.get_day_names("abbreviated", locale=self._locale)
        return [names[number] for number in range(7)]


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _catalogue(language: str) -> NullTranslations:
    """The catalogue of a language, read from its `.po` file once."""
    folder = resources.files("paperboy.site") / "locales"
    source = folder / f"{language.replace('-', '_')}.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)
