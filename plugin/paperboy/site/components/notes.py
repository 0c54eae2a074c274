"""Renders contributors' notes: the site's own Markdown, then an allow-list of elements.

Whatever a note holds, what comes out has no script, no frame, no form and no event handler, links lead to
http and https or to files of the site, and images are the site's own or come by https.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import markdown
import nh3
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import INLINE_PLACEHOLDER_RE
from markupsafe import Markup
from msgspec import Struct, field

from paperboy import tex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paperboy.domain.overrides import Contribution

log = logging.getLogger(__name__)

_LEFT_OUT = ("meta", "snippets", "b64", "include", "mdx_include", "pathconverter", "macros")
"""Extensions that read other files, or lines of the note as something else: what a stranger writes gets none."""

_ALLOWED = (
    "a abbr b blockquote br caption code dd del details div dl dt em figcaption figure h4 h5 h6 hr i img ins kbd li"
    " mark ol p pre q s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
_TAGS = frozenset(_ALLOWED.split())
_ATTRIBUTES = {
    "*": {"class", "lang", "title"},
    "a": {"href", "id"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "li": {"id"},
    "ol": {"start"},
    "sup": {"id"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "scope", "style"},
}
# What the usual extensions make, and highlighted code; no class by which the theme or our scripts know their own parts.
_CLASS = re.compile(
    r"(?:admonition(?:-title)?|abstract|bug|danger|example|failure|info|note|question|quote|success|tip|warning"
    r"|footnote(?:-ref|-backref)?|highlight|codehilite|arithmatex|language-[\w-]+|[a-z][a-z0-9]{0,2})"
)
_FOOTNOTE = re.compile(r"#?(fn(?:ref)?\d*:[\w-]+)", re.ASCII)
_OUTSIDE = re.compile(r"https?://[^\s<>\"'\\/?#][^\s<>\"'\\]*", re.IGNORECASE)
# The allow-list writes every attribute with double quotes.
_IMAGE = re.compile(r"<img(?P<attributes>(?: [a-z]+=\"[^\"]*\")*)>")


class MarkdownOptions(Struct, frozen=True, kw_only=True):
    """How the site renders Markdown.

    `extensions` and `configs` are those of mkdocs.yml. `resolve` gives for a path in `docs_dir` the address of
    that page or file relative to the site's root, or `None` where it is not on the site. `key` is a hash of all
    this: with another one, notes are rendered anew.
    """

    extensions: tuple[Any, ...] = ("tables", "fenced_code")
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    resolve: Callable[[str], str | None] = lambda _: None
    key: str = ""


class Notes:
    """Renders the notes of one site."""

    def __init__(self, options: MarkdownOptions) -> None:
        self._resolve = options.resolve
        self._markdown = _converter(options)
        self._cleaner = nh3.Cleaner(
            tags=set(_TAGS),
            attributes=_ATTRIBUTES,
            attribute_filter=self._attribute,
            filter_style_properties={"text-align"},
            clean_content_tags={"script", "style", "template", "title", "noscript", "iframe"},
            link_rel="noopener nofollow",
        )
        self._note: Contribution
        self._page = self._anchor = ""

    def render(self, note: Contribution, page: str, anchor: str) -> Markup:
        """A note as HTML without line breaks, so that it is one block in Markdown too.

        Arguments:
            note: What somebody wrote.
            page: The path of the page where it will stand, as `2026/06/04/cs.CL/`.
            anchor: What begins the anchors of its footnotes, which are then its own on the page.
        """
        self._note, self._page, self._anchor = note, page, anchor
        try:
            return self._rendered(note)
        except Exception as error:  # noqa: BLE001  an extension's fault in a stranger's text must not stop a build
            log.warning("%s: the note cannot be rendered (%s); it is shown as it was written", note.file, error)
            return Markup("<p>{}</p>").format(" ".join(note.note.split()))

    def _rendered(self, note: Contribution) -> Markup:
        html = _IMAGE.sub(_with_source, self._cleaner.clean(self._convert(note)))
        html = _FORMULA.sub(lambda match: self._formula(match).html, html).strip()
        # In a paragraph a line break is a space; where there is code, it must stay one.
        html = html.replace("\n", "&#10;" if "<pre" in html else " ")
        return Markup(html)  # noqa: S704  nothing but what the allow-list let through

    def left_out(self, note: Contribution) -> list[str]:
        """What of a note no page will show: tags, links and images, as they stand in it."""
        self._note, self._page, self._anchor = note, "", ""
        self._rendered(note)  # whatever stops it on a page is found here
        seen = _Seen()
        seen.feed(self._convert(note))
        tags = [f"<{tag}>" for tag in seen.tags if tag not in _TAGS]
        targets = [target for tag, target in seen.targets if self._address(target.strip(), image=tag == "img") is None]
        return list(dict.fromkeys([*tags, *targets]))

    def _convert(self, note: Contribution) -> str:
        self._markdown.reset()
        return self._markdown.convert(_PRIVATE.sub("", note.note))

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        """What becomes of an attribute; `None` takes it away."""
        # A formula in an address or a description is its source: HTML must not come to stand there.
        value = _FORMULA.sub(lambda match: self._formula(match).source, value)
        if name == "class":
            return " ".join(filter(_CLASS.fullmatch, value.split())) or None
        if name == "id":
            return f"{self._anchor}-{value}" if _FOOTNOTE.fullmatch(value) else None
        if name in ("href", "src"):
            return self._address(value.strip(), image=tag == "img")
        return value

    def _address(self, value: str, *, image: bool) -> str | None:
        if _OUTSIDE.fullmatch(value):
            return value if not image or value.lower().startswith("https:") else None
        if footnote := _FOOTNOTE.fullmatch(value):
            return f"#{self._anchor}-{footnote[1]}"
        try:
            parts = urlsplit(value)
        except ValueError:
            return None
        if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
            return None
        folder = posixpath.dirname(self._note.file)
        path = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
        address = None if path.startswith("..") else self._resolve(path)
        if address is None:
            return None
        relative = posixpath.relpath(f"/{address}", f"/{self._page}")
        relative += "/" if address.endswith("/") or not address else ""
        return f"{relative}#{parts.fragment}" if parts.fragment and not image else relative

    def _formula(self, match: re.Match[str]) -> _Formula:
        """The formula that was put aside; nothing where the note itself spelt its private characters."""
        formulas: list[_Formula] = self._markdown.paperboy_formulas  # type: ignore[attr-defined]
        number = int(match[1])
        return formulas[number] if number < len(formulas) else _Formula("", "")


# Formulas

_PRIVATE = re.compile("[\ue000\ue001]")
_FORMULA = re.compile("\ue000(\\d{1,6})\ue001")
"""A formula while Markdown and the allow-list are at work; the note's own private characters are taken out before."""


class _Formula(NamedTuple):
    source: str
    html: str


class _Formulas(InlineProcessor):
    """Finds formulas as everywhere on the site, before Markdown reads `_` and `*` in them.

    Markdown puts each one aside and asks again from the beginning; what stands behind it is known by then.
    """

    _source = _last = ""
    _spans: Sequence[tex.Span] = ()
    _next = _start = _end = 0

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str | None, int | None, int | None]:  # type: ignore[override]  # noqa: N802
        del m
        if not self._goes_on(data):
            self._source, self._spans, self._next = data, tex.spans(data), 0
        if self._next >= len(self._spans):
            return None, None, None
        span = self._spans[self._next]
        self._next += 1
        formulas = self.md.paperboy_formulas  # type: ignore[attr-defined]
        source = self._source[span.start : span.end]
        formulas.append(_Formula(source, tex.to_html(source)))
        moved = len(data) - len(self._source)
        self._last, self._start, self._end = data, span.start + moved, span.end + moved
        return f"\ue000{len(formulas) - 1}\ue001", self._start, self._end

    def _goes_on(self, data: str) -> bool:
        """Whether this is the text of the last time, with the last formula put aside."""
        if not self._next:
            return data == self._source
        before, after = self._last[: self._start], self._last[self._end :]
        if not (data.startswith(before) and data.endswith(after)):
            return False
        return INLINE_PLACEHOLDER_RE.fullmatch(data, len(before), len(data) - len(after)) is not None


class _FormulaExtension(Extension):
    """Registers the formulas behind code and the site's own formula extension, before everything else."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802  Markdown's own name
        md.registerExtension(self)
        md.inlinePatterns.register(_Formulas(r"\$", md), "paperboy-formulas", 185)
        self._md = md
        self.reset()

    def reset(self) -> None:
        """Begin another note."""
        self._md.paperboy_formulas = []  # type: ignore[attr-defined]


def _converter(options: MarkdownOptions) -> markdown.Markdown:
    extensions = [one for one in options.extensions if not _is_left_out(one)]
    configs = {name: config for name, config in options.configs.items() if not _is_left_out(name)}
    # Headings stand below those of the page, without links of their own.
    configs["toc"] = {"baselevel": 4, "permalink": False, "anchorlink": False}
    rest = [one for one in extensions if one not in ("toc", "markdown.extensions.toc")]
    return markdown.Markdown(extensions=[*rest, "toc", _FormulaExtension()], extension_configs=configs)


def _is_left_out(extension: object) -> bool:
    name = extension if isinstance(extension, str) else type(extension).__module__
    return name.rpartition(".")[2] in _LEFT_OUT or name.partition(".")[0] in _LEFT_OUT


def _with_source(image: re.Match[str]) -> str:
    return image[0] if ' src="' in image["attributes"] else ""


class _Seen(HTMLParser):
    """The tags of a text, and where its links and images lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, None] = {}
        self.targets: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = None
        self.targets += [(tag, value) for name, value in attrs if name in ("href", "src") and value]
