"""Local fixes: what a model put around a text, and what can be set right without asking it again.

Each is pure and takes off, never adds; the checks come afterwards and judge what is left.
"""

from __future__ import annotations

import re

from paperboy.translation.validation import typography

# The name of the field itself, set in front of its text; any other label is left for the checks to refuse.
_LABELS = {
    "title": re.compile(r"(?:论文|論文)?(?:标题|题目|標題|題目|译文|譯文|Title)\s*[:：]\s*", re.IGNORECASE),
    "abstract": re.compile(r"(?:论文|論文)?(?:摘要|译文|譯文|Abstract)\s*[:：]\s*", re.IGNORECASE),
    "summary": re.compile(r"(?:一句话|一句話)?(?:总结|摘要|概括|總結|Summary)\s*[:：]\s*", re.IGNORECASE),
}
_QUOTED = re.compile(r"([“\"「『])([^“”\"「」『』]+)[”\"」』]")
_OPENS_QUOTED = re.compile(r"[\"“'‘`]")
_TRAILING = re.compile(r"(?<=[。！？])\s*(?:一句话|一句話)?(?:总结|摘要|總結|Summary)\s*[:：][^。！？]*[。！？]?\s*$")
_TAIL = 300
_SUMS_UP = re.compile(r"summary|abstract", re.IGNORECASE)
_SENTENCE = re.compile(r".+?[。！？](?=.)")


def normalize(text: str, field: str, source: str, language: str) -> str:
    """A text as it would have been without the model's small habits."""
    text = _unquoted(_unlabelled(text, field), source)
    if field == "abstract":
        text = _without_summary(text, source)
    if language.startswith("zh"):
        text = typography.full_width(text)
    if field == "title":
        text = _without_stop(text, source)
    if field == "summary":
        text = one_sentence(text)
    return text


def one_sentence(summary: str) -> str:
    """The first sentence of a summary that has several: what was asked for, and true by itself."""
    first = _SENTENCE.match(summary)
    return first[0] if first else summary


def _unlabelled(text: str, field: str) -> str:
    """`标题：…` without the label, which says nothing."""
    label = _LABELS[field].match(text)
    return text[label.end() :] if label and label.end() < len(text) else text


def _unquoted(text: str, source: str) -> str:
    """A text in quotation marks as a whole, without them, unless the source begins with one."""
    quoted = _QUOTED.fullmatch(text)
    return quoted[2].strip() if quoted and not _OPENS_QUOTED.match(source) else text


def _without_summary(text: str, source: str) -> str:
    """An abstract without the labelled summary that a model set at its end."""
    head, tail = text[:-_TAIL], text[-_TAIL:]
    trailing = _TRAILING.search(tail)
    return text if trailing is None or _SUMS_UP.search(source) else head + tail[: trailing.start()]


def _without_stop(text: str, source: str) -> str:
    """A title without the full stop that no title has."""
    return text if source.endswith((".", "。")) else text.removesuffix("。")
