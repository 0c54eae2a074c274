"""The typed schema of the plugin's options, and the messages for wrong ones.

One set of frozen structs serves both doors, so that nothing below them needs MkDocs: `parse_options()` turns the
mapping under `plugins: - paperboy:` into `Options`, or raises an `OptionError` that names the key.
"""

from __future__ import annotations

import datetime
import difflib
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field

from paperboy.domain import secrets, taxonomy
from paperboy.domain.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ARXIV_INTERVAL = 3.0
"""Seconds between two requests that arXiv's API terms ask for.

https://info.arxiv.org/help/api/tou.html
"""

_SET_BY_DOOR = ("base_dir", "docs_dir")
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "a mapping",
    "str": "a text",
}
"""msgspec's names of types, in an owner's words."""


class _OptionGroup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of options: immutable, and an unknown key is an error."""


class Topic(_OptionGroup, frozen=True):
    """A saved query: papers with any of the phrases, authors, institutions or categories, and none of `none`."""

    slug: Annotated[str, Meta(pattern=_SLUG)]
    name: str
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class ArxivOptions(_OptionGroup, frozen=True):
    """arXiv's addresses, and how often it may be asked. A URL of `null` switches that source off."""

    place: ClassVar[str] = "sources.arxiv"
    """Where an owner finds these options, for messages."""

    listing_url: str | None = "https://arxiv.org"
    """Base of the listing by date, `{listing_url}/catchup/…`; without it no day can be reconciled."""
    feed_url: str | None = "https://rss.arxiv.org"
    """Base of the announcement feed, `{feed_url}/atom/…`."""
    api_url: str | None = "https://export.arxiv.org/api/query"
    """Address of the API's query endpoint."""
    oai_url: str | None = "https://oaipmh.arxiv.org/oai"
    """Address of the OAI-PMH endpoint."""
    request_interval: Annotated[float, Meta(ge=0, le=3600)] = ARXIV_INTERVAL
    """Seconds between two requests to any of arXiv's hosts; a longer Crawl-delay wins, and arXiv's own hosts
    are never asked more often than its terms allow, whatever stands here."""
    time_limit: Annotated[float, Meta(gt=0)] = 900.0
    """Seconds a build may spend on arXiv; what is not there by then is completed by a later build."""


class HuggingFaceOptions(_OptionGroup, frozen=True):
    """Where the community's signals come from."""

    place: ClassVar[str] = "sources.huggingface"

    enabled: bool = True
    url: str = "https://huggingface.co"
    request_interval: Annotated[float, Meta(ge=0, le=3600)] = 0.5
    """Seconds between two requests."""
    time_limit: Annotated[float, Meta(gt=0)] = 60.0
    """Seconds a build may spend on it; what is not there by then is left to a later build."""


class AffiliationOptions(_OptionGroup, frozen=True):
    """The institutions that papers name for their authors, read from the papers themselves at arXiv."""

    enabled: bool = False
    max_papers_per_build: Annotated[int, Meta(ge=1, le=2000)] = 40
    """At arXiv's Crawl-delay of 15 seconds, forty papers take ten minutes."""


class SourceOptions(_OptionGroup, frozen=True):
    """The sources: arXiv and Hugging Face."""

    arxiv: ArxivOptions = field(default_factory=ArxivOptions)
    huggingface: HuggingFaceOptions = field(default_factory=HuggingFaceOptions)
    affiliations: AffiliationOptions = field(default_factory=AffiliationOptions)


class Prices(_OptionGroup, frozen=True):
    """What a million tokens cost, in the owner's currency."""

    prompt: Annotated[float, Meta(ge=0)]
    completion: Annotated[float, Meta(ge=0)]
    batch: Annotated[float, Meta(ge=0)] = 0.5
    """The share of these that a token costs in a batch."""

    def cost(self, prompt_tokens: int, completion_tokens: int, *, batch: bool = False) -> float:
        """The price of some tokens."""
        cost = (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1_000_000
        return cost * self.batch if batch else cost


class Retention(_OptionGroup, frozen=True):
    """How much of the past the site keeps in full; the archive keeps everything."""

    months: Annotated[int, Meta(ge=3)] | None = None
    """So many newest months stay in full; `null`: all of them."""
    older: Literal["condensed", "downloads"] = "condensed"
    """What older months become: titles and summaries with the abstracts fetched on opening, or one file each."""
    site_limit: Annotated[int, Meta(ge=1)] = 1_000_000_000
    """Bytes that the host takes; a build warns from 80 %. GitHub Pages stops at 1 GB."""


class TranslationOptions(_OptionGroup, frozen=True):
    """The translation: target language, model, endpoint, limits."""

    enabled: Literal["auto"] | bool = "auto"
    """`auto`: when there is a key or a `base_url`."""
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "zh-CN"
    model: str = "gpt-4o-mini"
    base_url: str | tuple[str, ...] | None = None
    """Address of the endpoint, or of several that serve the same models."""
    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key; the key itself is refused here."""
    fallback_model: str | None = None
    concurrency: Annotated[int, Meta(ge=1, le=512)] = 16
    """Requests in flight at once."""
    timeout: Annotated[float, Meta(gt=0)] = 120.0
    """Seconds that one request may take as a whole."""
    max_tokens_per_build: Annotated[int, Meta(ge=1)] | None = None
    max_cost_per_build: Annotated[float, Meta(ge=0)] | None = None
    """In the currency of `prices`, which it needs."""
    prices: Prices | None = None
    """What a million tokens of the model cost; without it no cost is told."""
    max_output_tokens: Annotated[int, Meta(ge=256, le=1_000_000)] | None = None
    """Tokens that an answer may take, thoughts included; `null`: 8,192, and up to 65,536 where thoughts need it."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """What is sent beside model and messages, as `{reasoning_effort: low}`; `null` leaves one of ours out."""
    headers: dict[str, str] = field(default_factory=dict)
    """HTTP headers; `$NAME` in a value stands for a variable of the environment, and secrets are refused."""
    glossary: str = "overrides/glossary.yml"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses in `base_url`, each once; none where the environment or OpenAI's own holds."""
        return split_addresses(self.base_url or ())


class Options(_OptionGroup, frozen=True):
    """Everything that an owner can set, with its default."""

    categories: tuple[str, ...]
    """arXiv categories to follow, in the order in which the site shows them."""
    announce_types: tuple[Literal["new", "cross", "replace"], ...] = ("new", "cross", "replace")
    """Which announcements are shown and translated; `replace` includes `replace-cross`."""
    topics: tuple[Topic, ...] = ()
    archive_dir: str = ".paperboy/archive"
    cache_dir: str = ".paperboy/cache"
    overrides_dir: str = "overrides"
    fetch: Literal["auto", "always", "never"] = "auto"
    """`auto` asks arXiv for days that are missing or incomplete, `never` builds from the archive."""
    date: datetime.date | None = None
    """Build as of this announcement date; `null` means the latest announced one."""
    catch_up_days: Annotated[int, Meta(ge=0, le=90)] = 14
    """How many days back a missed or incomplete day is asked for again."""
    search: bool = True
    """Whether the site has a search over all its papers, where Pagefind is installed."""
    sources: SourceOptions = field(default_factory=SourceOptions)
    translation: TranslationOptions = field(default_factory=TranslationOptions)
    retention: Retention = field(default_factory=Retention)
    content_security_policy: bool = True
    """Whether pages forbid browsers to run or load what is not the site's own."""
    docs_dir: Path = Path("docs")
    """Folder of what people write, as MkDocs knows it; set by the door."""
    base_dir: Path = field(default_factory=Path)
    """Folder of mkdocs.yml, against which `archive_dir` and `cache_dir` are read; set by the door."""

    @property
    def archive(self) -> Path:
        """The archive's folder."""
        return self.base_dir / self.archive_dir

    @property
    def cache(self) -> Path:
        """The folder of everything that can be rebuilt."""
        return self.base_dir / self.cache_dir


def check_folders(options: Options, site_dir: Path) -> None:
    """Refuse folders in which a build or `paperboy archive` would destroy or publish something.

    Arguments:
        options: The plugin's options.
        site_dir: The folder of the built site, which each build empties.

    Raises:
        OptionError: With the key and the reason.
    """
    site, base, docs = (Path(os.path.abspath(path)) for path in (site_dir, options.base_dir, options.docs_dir))  # noqa: PTH100  links stay
    for key, folder in (("archive_dir", options.archive), ("cache_dir", options.cache)):
        place = Path(os.path.abspath(folder))  # noqa: PTH100  links stay
        example = f"write a folder of its own, such as .paperboy/{key.removesuffix('_dir')}"
        if place.is_relative_to(site):
            raise OptionError(key, f"{place} lies in site_dir ({site}), which each build empties; {example}")
        if any(other.is_relative_to(place) for other in (base, docs, site)):
            raise OptionError(key, f"{place} holds the site's own files; {example}")
    if os.path.abspath(options.archive) == os.path.abspath(options.cache):  # noqa: PTH100  links stay
        raise OptionError("cache_dir", "it is archive_dir too; a cache can be deleted at any time, an archive cannot")


def split_addresses(value: str | Iterable[str]) -> tuple[str, ...]:
    """One text with addresses between spaces or commas, as an environment variable has it, or a list of such."""
    texts = [value] if isinstance(value, str) else value
    return tuple(dict.fromkeys(part for text in texts for part in re.split(r"[\s,]+", text) if part))


def parse_options(values: Mapping[str, Any], base_dir: Path, environment: Collection[str] = ()) -> Options:
    """Check the plugin's options and fill in the defaults.

    Arguments:
        values: The mapping under the plugin's name in mkdocs.yml, as YAML gives it.
        base_dir: Folder of mkdocs.yml.
        environment: The values of environment variables, which `!ENV` may have put there instead of the file.

    Raises:
        OptionError: With the path of the wrong key, what was expected, and the nearest right name.
    """
    secrets.refuse(values, environment)
    _refuse_unknown(values, Options, "")
    try:
        options = msgspec.convert({**values, "base_dir": base_dir, "docs_dir": base_dir / "docs"}, Options)
    except msgspec.ValidationError as error:
        raise _explained(error) from None
    return _checked(options)


def option_keys(group: type[Struct] = Options, prefix: str = "") -> dict[str, Any]:
    """Every option by its dotted path, with its default; what the documentation is held against."""
    found: dict[str, Any] = {}
    for info in msgspec.structs.fields(group):
        if info.name in _SET_BY_DOOR:
            continue
        path = f"{prefix}{info.name}"
        inner = _group_of(info.type)
        if inner is not None:
            found |= option_keys(inner, f"{path}.")
        else:
            found[path] = None if info.default is msgspec.NODEFAULT else info.default
    return found


def _group_of(annotation: Any) -> type[Struct] | None:
    """The group behind a field's type, where the field is a group."""
    if isinstance(annotation, type) and issubclass(annotation, _OptionGroup):
        return annotation
    return None


def _refuse_unknown(values: Any, group: type[Struct], path: str) -> None:
    if not isinstance(values, dict):
        return  # of the wrong type: msgspec says so, with the path
    known = {info.name: info.type for info in msgspec.structs.fields(group) if info.name not in _SET_BY_DOOR}
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
            raise OptionError(f"{path}{name}", f"unknown option; {hint}")
        inner = _group_of(known[name])
        if inner is not None:
            _refuse_unknown(value, inner, f"{path}{name}.")


def _explained(error: msgspec.ValidationError) -> OptionError:
    """Say `translation.concurrency: Expected int, got str` for msgspec's `… - at $.translation…`."""
    message, _, place = str(error).partition(" - at `$")
    if missing := re.search(r"missing required field `(\w+)`", message):
        place, message = f"{place.rstrip('`')}.{missing[1]}", "this option is required"
    if wrong := re.fullmatch(r"Expected `(.+)`, got `(.+)`", message):
        expected = " or ".join(_KINDS.get(kind, kind) for kind in wrong[1].split(" | "))
        message = f"expected {expected}, got {_KINDS.get(wrong[2], wrong[2])}"
    return OptionError(place.rstrip("`").lstrip("."), message.replace("`", "'"))


def _checked(options: Options) -> Options:
    """The rules that span more than one value."""
    if not options.categories:
        raise OptionError("categories", "name at least one arXiv category, such as cs.CL")
    _check_named(options)
    for number, name in enumerate(options.categories):
        _check_category(name, f"categories[{number}]")
    for number, topic in enumerate(options.topics):
        if topic.slug in [other.slug for other in options.topics[:number]]:
            raise OptionError(f"topics[{number}].slug", f"{topic.slug!r} stands in the list twice")
        for name in topic.categories:
            _check_category(name, f"topics[{number}].categories")
    _check_inside(options.overrides_dir, "overrides_dir", "overrides")
    _check_inside(options.translation.glossary, "translation.glossary", "overrides/glossary.yml")
    canonical = tuple(taxonomy.canonical(name) for name in options.categories)
    for number, name in enumerate(canonical):
        if name in canonical[:number]:
            raise OptionError(f"categories[{number}]", f"{name} stands in the list twice")
    _check_arxiv(options)
    translation = options.translation
    # An empty OPENAI_BASE_URL is an unset one, not an address.
    addresses = translation.addresses
    one = addresses[0] if len(addresses) == 1 else addresses or None
    translation = msgspec.structs.replace(translation, base_url=one)
    for number, address in enumerate(addresses):
        _check_url(address, "translation.base_url" + (f"[{number}]" if len(addresses) > 1 else ""))
    _check_request(translation)
    if translation.max_cost_per_build is not None and translation.prices is None:
        raise OptionError(
            "translation.max_cost_per_build",
            "a cost can only be told by prices; set translation.prices, as {prompt: 0.15, completion: 0.6}",
        )
    return msgspec.structs.replace(options, categories=canonical, translation=translation)


def _check_named(options: Options) -> None:
    for key in ("archive_dir", "cache_dir"):
        if not getattr(options, key).strip():
            raise OptionError(key, f"it is empty; write a folder, such as .paperboy/{key.removesuffix('_dir')}")


def _check_request(translation: TranslationOptions) -> None:
    for name in ("model", "messages"):
        if name in translation.parameters:
            raise OptionError(f"translation.parameters.{name}", "this is set by paperboy; see translation.model")
    for name, value in translation.headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or not (value.isascii() and value.isprintable()):
            raise OptionError(f"translation.headers.{name}", "this cannot be sent as an HTTP header")


def _check_arxiv(options: Options) -> None:
    arxiv = options.sources.arxiv
    for key in ("listing_url", "feed_url", "api_url", "oai_url"):
        _check_url(getattr(arxiv, key), f"sources.arxiv.{key}")
    _check_url(options.sources.huggingface.url, "sources.huggingface.url")
    if arxiv.listing_url is None and arxiv.feed_url is None and options.fetch != "never":
        raise OptionError(
            "sources.arxiv.listing_url",
            "listing_url and feed_url cannot both be null; keep one, or set fetch: never",
        )


def _check_inside(path: str, key: str, example: str) -> None:
    """What contributors write is a part of `docs_dir`, for it is left out of the site's files there."""
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise OptionError(key, f"{path!r} does not lie under docs_dir; write a path in it, such as {example}")


def _check_category(name: str, key: str) -> None:
    if not taxonomy.is_category(name):
        near = taxonomy.nearest(name)
        hint = f"did you mean {near}?" if near else "see https://arxiv.org/category_taxonomy"
        raise OptionError(key, f"{name!r} is not an arXiv category; {hint}")


def _check_url(address: str | None, key: str) -> None:
    if address is None:
        return
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OptionError(key, f"{address!r} is not an http or https address")
