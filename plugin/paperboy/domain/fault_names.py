"""The names of the validation errors of a model's answer, as pages and reports show them."""

from __future__ import annotations

VALIDATION_ERRORS: dict[str, str] = {
    "control": "control characters, as of TeX eaten by JSON",
    "placeholders": "a formula or link was lost, invented or repeated",
    "refusal": "an apology, an error text or talk in place of a translation",
    "echo": "the English text came back",
    "residue": "a part was left in English",
    "script": "too little of it is in the target language",
    "markup": "Markdown, HTML or a link that the source has not",
    "tex": "TeX that the source has not",
    "length": "too short or too long for the source",
    "repetition": "a phrase over and over",
    "closing": "a closing sentence that the source has not",
    "numbers": "a number was lost, changed or invented",
    "brackets": "a bracket or quotation mark without its partner",
    "glossary": "a term of the glossary was not used",
    "summary": "the summary is not one short, true sentence",
    "empty": "the answer was empty",
    "json": "the answer was no JSON object",
    "fields": "title, abstract or summary was missing",
    "schema-echo": "the answer was the schema itself",
    "cut-off": "the answer ran to the token limit",
    "content-filter": "a content filter closed on the text",
}
"""Every name that `Translation.faults` may hold, with its meaning in one line."""
