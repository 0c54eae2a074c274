"""Parses XML and HTML of hosts that may be hostile, bounded in bytes, elements and depth."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml import DefusedXmlException, ElementTree
from selectolax.lexbor import LexborHTMLParser

from paperboy.domain.errors import BadAnswer
from paperboy.sources.http_transport import MAX_BYTES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_ELEMENTS = 1_000_000
"""Of one document; the fullest page of arXiv, 2,000 entries with a hundred authors each, has a quarter of that."""

DEEPEST = 50
"""Levels of elements in XML; an answer of OAI-PMH has eight."""

MOST_OPEN = 1_000
"""Elements of HTML that may be open at once: the time of a parser grows with their square (100,000: 14 s)."""

_TAG = re.compile(rb"<(/?)([a-zA-Z][^\s/>]*)")
# They have no end, or one that the next of them, or the end of what they stand in, implies
# (https://html.spec.whatwg.org/#void-elements, https://html.spec.whatwg.org/#optional-tags).
_WITHOUT_END = frozenset(
    b"area base br col embed hr img input link meta param source track wbr"
    b" body dd dt head html li option p tbody td tfoot th thead tr"
    # Of SVG and MathML, where an element may end itself.
    b" circle ellipse line mspace path polygon polyline rect stop use".split()
)


class _ResponseTooLargeError(ValueError):
    """More elements than any answer has, or deeper ones."""


class _Bounded(TreeBuilder):
    """Builds a tree up to a bound of elements and depth."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise _ResponseTooLargeError(
                "more elements than an answer has" if self._depth <= DEEPEST else "elements nested too deep"
            )
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def read_xml(data: bytes, what: str) -> Element:
    """The root of an XML document: bounded, whole, and without a DOCTYPE.

    Raises:
        BadAnswer: It is not; the message says what came in place of `what`.
    """
    if len(data) > MAX_BYTES:
        raise BadAnswer(f"expected {what}, got {len(data)} bytes")
    if not data.strip():
        raise BadAnswer(f"expected {what}, got nothing")
    parser = ElementTree.DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except (DefusedXmlException, ParseError, LookupError, ValueError) as error:
        head = data.lstrip()[:200].lower()
        if b"<html" in head or b"<!doctype html" in head:
            raise BadAnswer(f"expected {what}, got an HTML page") from error
        if isinstance(error, DefusedXmlException):
            raise BadAnswer(f"expected {what}, got XML with a DOCTYPE, which is refused") from error
        if isinstance(error, _ResponseTooLargeError):
            raise BadAnswer(f"expected {what}, got XML with {error}") from error
        raise BadAnswer(f"expected {what}, got cut or broken XML ({error})") from error
    return root


def read_html(data: bytes, what: str) -> LexborHTMLParser:
    """An HTML page.

    Raises:
        BadAnswer: It has more elements than any page, or more of them are open at once.
    """
    if data.count(b"<") > MOST_ELEMENTS:
        raise BadAnswer(f"expected {what}, got a page with more than {MOST_ELEMENTS:,} elements")
    opened: Counter[bytes] = Counter()
    depth = 0
    for match in _TAG.finditer(data):
        name = match[2].lower()
        if name in _WITHOUT_END:
            continue
        if not match[1]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MOST_OPEN:
            raise BadAnswer(f"expected {what}, got a page with elements nested too deep")
    return LexborHTMLParser(data.decode("utf-8", "replace"))
