"""Queries the arXiv API by id, through the `arxiv` package.

The format is that of https://info.arxiv.org/help/api/user-manual.html. The API is often overloaded, so
whatever comes is kept, and what does not come is named.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import arxiv  # type: ignore[import-untyped]  # has annotations, but no py.typed
from msgspec import Struct

from paperboy.domain.errors import BadAnswer, SourceError, Unreachable
from paperboy.domain.papers import Record, parse_id
from paperboy.sources.http_transport import XML
from paperboy.sources.markup import read_xml
from paperboy.sources.text import collapse_whitespace, is_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import requests

    from paperboy.sources.http_client import SourceClient

AT_ONCE = 150
"""Ids in one ask; arXiv's own advice is one to two hundred."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


class ApiAnswer(Struct, frozen=True, kw_only=True):
    """The answer: records, ids without one (`unanswered`), and the reason (`problem`) where it is known.

    A record's version may be another than the one asked for, where arXiv has not got that one (yet).
    """

    records: tuple[Record, ...] = ()
    unanswered: tuple[str, ...] = ()
    problem: str | None = None


def fetch_records(source_client: SourceClient, api_url: str, wanted: Sequence[tuple[str, int | None]]) -> ApiAnswer:
    """Ask for papers by id, and by version where one is named.

    arXiv leaves out an id or a version that it does not know, without a word. So what is missing is
    asked for once more, without its version. A failure ends in the answer, never in an exception.

    Arguments:
        source_client: The clock and connection.
        api_url: Address of the query endpoint.
        wanted: Ids with their versions.
    """
    found: dict[str, Record] = {}
    problems: list[str] = []
    lacking = _ask_api(source_client, api_url, list(wanted), found, problems)
    lacking = [(name, None) for name, version in lacking if version is not None and name not in found]
    if lacking:
        _ask_api(source_client, api_url, lacking, found, problems)
    unanswered = tuple(dict.fromkeys(name for name, _ in wanted if name not in found))
    return ApiAnswer(
        records=tuple(found.values()),
        unanswered=unanswered,
        problem="; ".join(dict.fromkeys(problems)) or None,
    )


def _ask_api(
    source_client: SourceClient,
    api_url: str,
    wanted: Sequence[tuple[str, int | None]],
    found: dict[str, Record],
    problems: list[str],
) -> list[tuple[str, int | None]]:
    """Ask in slices, as long as there are answers at all; what the answers lacked."""
    lacking: list[tuple[str, int | None]] = []
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        asked = {name for name, _ in part}
        try:
            for result in _results(source_client, api_url, part):
                arxiv_id, version = parse_id(result.get_short_id())
                if arxiv_id in asked:
                    found.setdefault(arxiv_id, _api_record(arxiv_id, version, result))
        except Unreachable as error:
            # It is overloaded or we are out of time: the next slice would fare no better.
            problems.append(str(error))
            break
        except (SourceError, arxiv.ArxivError, OverflowError, ValueError) as error:
            problems.append(str(error))
            continue
        lacking += [(name, version) for name, version in part if name not in found]
    return lacking


def _results(
    source_client: SourceClient, api_url: str, part: Sequence[tuple[str, int | None]]
) -> Iterator[arxiv.Result]:
    names = [name if version is None else f"{name}v{version}" for name, version in part]
    # Delays and retries are the source client's, which alone knows when arXiv was last asked, by whom, and what
    # Retry-After it answered; the package knows only its own requests.
    client = arxiv.Client(page_size=len(names), delay_seconds=0, num_retries=0)
    client.query_url_format = f"{api_url}?{{}}"
    client._session = cast("requests.Session", _CheckedSession(source_client))  # noqa: SLF001  it has no other door
    try:
        yield from client.results(arxiv.Search(id_list=names, max_results=len(names)))
    except arxiv.UnexpectedEmptyPageError:
        # The stated total was wrong, and this the page after the last one.
        return


class _CheckedResponse(NamedTuple):
    """As much of a response as the package reads."""

    status_code: int
    content: bytes


class _CheckedSession:
    """The source client in place of the package's session.

    The package takes what it can read of a page for all of it, be it cut, HTML or empty. So a page is
    checked, and asked for again, before the package sees it.
    """

    def __init__(self, source_client: SourceClient) -> None:
        self._client = source_client

    def get(self, url: str, **_: Any) -> _CheckedResponse:
        return _CheckedResponse(200, self._client.get(url, accept=XML, check=_check))


def _check(data: bytes) -> None:
    """Pass a whole page.

    Raises:
        BadAnswer: It is cut, something else, or has no entry where it states that there are some.
    """
    root = read_xml(data, "an API answer")
    if root.tag != f"{_ATOM}feed":
        raise BadAnswer(f"expected an API answer, got XML of {root.tag!r}")
    total, start = (root.findtext(f"{_SEARCH}{name}", "0").strip() for name in ("totalResults", "startIndex"))
    # Past the first page it is the total that is wrong, not the page.
    if root.find(f"{_ATOM}entry") is None and start == "0" and total != "0":
        raise BadAnswer(f"expected {total} entries, got none")


def _api_record(arxiv_id: str, version: int | None, result: arxiv.Result) -> Record:
    """One paper, its text as it came but for the space around it."""
    primary = result.primary_category or None
    categories = [category for category in result.categories if category.strip()]
    categories.sort(key=lambda category: category != primary)
    return Record(
        id=arxiv_id,
        version=version,
        title=collapse_whitespace(result.title),
        abstract=result.summary.strip(),
        authors=tuple(name for author in result.authors if is_name(name := collapse_whitespace(author.name))),
        categories=tuple(categories),
        primary_category=primary,
        comment=collapse_whitespace(result.comment or "") or None,
        journal_ref=collapse_whitespace(result.journal_ref or "") or None,
        doi=(result.doi or "").strip() or None,
        submitted=_utc(result.published),
        updated=_utc(result.updated),
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
