"""What is held of the demo: real clients read its formats, and its model keeps placeholders."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import arxiv  # type: ignore[import-untyped]
import openai
import pytest
from defusedxml import ElementTree
from selectolax.lexbor import LexborHTMLParser

from paperboy.domain.papers import ANNOUNCE_TYPES
from paperboy.tools import demo
from paperboy.tools.demo.fake_model import count_tokens
from paperboy.tools.demo.fake_server import DemoServer
from paperboy.tools.demo.tex_accents import to_unicode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

DAY = demo.load_demo()
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "dc": "http://purl.org/dc/elements/1.1/",
}
MASKED = re.compile(r"\$\$.+?\$\$|\$[^$]+\$|https?://[^\s<>]*\w|\\[A-Za-z]+\{(?:[^{}\\]|\\.)*\}", re.DOTALL)
PLACEHOLDER = re.compile(r"<m\d+/>")

# By category: what is new, cross, replace and replace-cross in it, as the demo's notes say.
EXPECTED = {
    "cs.CL": "2606.90002 2606.90003 2606.90004 | 2606.90001 2606.90012 | 2605.90213 |",
    "cs.LG": "2606.90001 2606.90005 2606.90006 2606.90007"
    " | 2606.90004 2606.90008 2606.90011 2606.90012 | 2605.90344 | 2605.90213",
    "math.AP": "2606.90009 2606.90010 | 2606.90011 | 2604.90120 | hep-th/9999001",
}

papers = pytest.mark.parametrize("paper", DAY.papers, ids=lambda paper: paper.id)
categories = pytest.mark.parametrize("category", DAY.categories)


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


@pytest.fixture(name="model", scope="module")
def _model(server: DemoServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        yield client


def get(address: str) -> str:
    with urlopen(address, timeout=5) as answer:
        return str(answer.read().decode())


def refused(address: str | Request) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        urlopen(address, timeout=5)
    caught.value.close()
    return caught.value


def feed_entries(server: DemoServer, category: str) -> list[tuple[str, str]]:
    """Type and id of each entry of a feed."""
    root = ElementTree.fromstring(get(f"{server.url}/atom/{category}"))
    found = []
    for entry in root.iterfind("atom:entry", NAMESPACES):
        versioned = entry.findtext("atom:id", "", NAMESPACES).removeprefix("oai:arXiv.org:")
        kind = entry.findtext("arxiv:announce_type", "", NAMESPACES)
        found.append((kind, versioned.rpartition("v")[0]))
    return found


def listing(server: DemoServer, category: str, query: str = "?abs=True&page=1") -> LexborHTMLParser:
    return LexborHTMLParser(get(f"{server.url}/catchup/{category}/{DAY.date}{query}"))


def listing_sections(page: LexborHTMLParser) -> dict[str, tuple[int, list[str]]]:
    """By a section's first word: the count that it states and the ids that it holds."""
    found = {}
    for section in page.css("dl#articles"):
        heading = section.css_first("h3")
        assert heading is not None
        stated = re.fullmatch(r"(\w+) submissions \(showing (\d+) of \2 entries\)", heading.text(strip=True))
        assert stated is not None
        ids = [link.attributes["id"] or "" for link in section.css('dt a[title="Abstract"]')]
        found[stated[1]] = int(stated[2]), ids
    return found


# The data


@papers
def test_each_paper_is_plainly_invented(paper: demo.DemoPaper) -> None:
    assert "nvented" in (paper.comment or "") or "invented" in paper.abstract
    # A month of arXiv has some 30,000 papers, and no old-style month was a 99th.
    assert re.search(r"\.9\d{4}$|/9999\d{3}$", paper.id)


@papers
def test_both_languages_hold_the_same_spans(paper: demo.DemoPaper) -> None:
    for english, chinese in ((paper.title, paper.zh.title), (paper.abstract, paper.zh.abstract)):
        assert Counter(MASKED.findall(english)) == Counter(MASKED.findall(chinese))


@papers
def test_texts_have_the_length_of_real_ones(paper: demo.DemoPaper) -> None:
    assert 100 <= len(paper.abstract.split()) <= 180
    assert 15 <= len(paper.zh.summary) <= 60
    assert "$" not in paper.zh.summary
    assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[。，；：] ", paper.zh.abstract)


def test_day_holds_what_the_demo_is_to_show() -> None:
    assert max(len(paper.authors) for paper in DAY.papers) == 120
    assert [paper.id for paper in DAY.papers if paper.comment is None] == ["2606.90007"]
    assert [paper.id for paper in DAY.papers if paper.fault] == ["2606.90004"]
    assert [paper.id for paper in DAY.papers if "withdrawn" in (paper.comment or "")] == ["2605.90344"]


# arXiv


def test_robots_may_read_the_listing_but_not_the_api(server: DemoServer) -> None:
    rules = get(f"{server.url}/robots.txt")

    assert "Allow: /catchup\n" in rules
    assert "Disallow: /api\n" in rules
    assert "Crawl-delay" not in rules


@categories
def test_feed_announces_the_documented_papers_in_arxivs_order(server: DemoServer, category: str) -> None:
    by_type = zip(ANNOUNCE_TYPES, EXPECTED[category].split("|"), strict=True)

    assert [(kind, name) for kind, names in by_type for name in names.split()] == feed_entries(server, category)


def test_feed_entries_carry_tex_and_the_day(server: DemoServer) -> None:
    root = ElementTree.fromstring(get(f"{server.url}/atom/math.AP"))
    entry = root.find("atom:entry", NAMESPACES)
    assert entry is not None

    assert r"H\"older" in entry.findtext("atom:title", "", NAMESPACES)
    assert entry.findtext("atom:published", "", NAMESPACES) == "2026-06-03T00:00:00-04:00"
    assert entry.findtext("dc:creator", "", NAMESPACES) == r"Ta\~nia Papel\~ao, Bartholomew Deckle"
    assert entry.findtext("atom:summary", "", NAMESPACES).startswith(
        "arXiv:2606.90009v1 Announce Type: new \nAbstract: We study"
    )
    assert entry.find("arxiv:comment", NAMESPACES) is None
    assert [category.get("term") for category in entry.iterfind("atom:category", NAMESPACES)] == ["math.AP"]


def test_feed_of_an_unknown_category_is_an_error_feed(server: DemoServer) -> None:
    error = refused(f"{server.url}/atom/cs.XX")

    assert (error.code, error.headers["Content-Type"]) == (400, "application/atom+xml")


def test_unchanged_feed_is_not_sent_again(server: DemoServer) -> None:
    with urlopen(f"{server.url}/atom/cs.CL", timeout=5) as answer:
        etag = answer.headers["ETag"]

    assert refused(Request(f"{server.url}/atom/cs.CL", headers={"If-None-Match": etag})).code == 304


@categories
def test_listing_states_what_it_holds_and_agrees_with_the_feed(server: DemoServer, category: str) -> None:
    page = listing(server, category)
    sections = listing_sections(page)
    feed = feed_entries(server, category)
    by_section = {
        name: [paper_id for kind, paper_id in feed if kind.startswith(name.lower()[:7])]
        for name in ("New", "Cross", "Replacement")
    }

    assert by_section == {name: ids for name, (_, ids) in sections.items()}
    assert all(stated == len(ids) for stated, ids in sections.values())
    assert f"Total of {len(feed)} entries for Wed, 03 Jun 2026" in page.text()


def test_listing_shows_text_as_arxivs_pages_do(server: DemoServer) -> None:
    page = listing(server, "cs.LG")
    text = page.text()

    assert "Zdeněk Papírník" in text
    # arXiv prints Greek letters inside formulas too, and eats the blank after them.
    assert "the case $α= 0.1$" in text
    assert "this https URL" in text
    assert "https://github.com" not in text
    assert page.css_first('a[href="https://github.com/paperboy-invented/lantern"]') is not None
    assert page.css_first('a[href="https://arxiv.org/html/2605.90344v2"]') is not None
    assert "(cross-list from stat.ML)" in text
    assert "Machine Learning (cs.LG); Computation and Language (cs.CL)" in re.sub(r"\s+", " ", text)
    assert "Transactions of the Demo Society 3 (2026) 55--69" in text
    assert max(len(authors.css("a")) for authors in page.css("div.list-authors")) == 100


def test_listing_has_abstracts_only_where_asked(server: DemoServer) -> None:
    assert len(listing(server, "cs.CL").css("dd p.mathjax")) == 6
    assert not listing(server, "cs.CL", "?abs=False").css("dd p.mathjax")


@pytest.mark.parametrize("path", ["cs.CL/2026-06-02", "cs.RO/2026-06-03", "cs.CL/2026-06-03?page=2"])
def test_a_page_without_entries_says_so(server: DemoServer, path: str) -> None:
    text = get(f"{server.url}/catchup/{path}")

    assert ("No further updates for" if "page" in path else "No updates for") in text


@pytest.mark.parametrize(
    "path",
    [
        *("cs.XX/2026-06-03", "cs.CL/2026-6-3", "cs.CL/2026-02-30"),
        *(f"cs.CL/2026-06-03?{fault}" for fault in ("abs=yes", "page=0", "skip=10")),
    ],
)
def test_bad_parameters_are_refused(server: DemoServer, path: str) -> None:
    assert refused(f"{server.url}/catchup/{path}").code == 400


def api_results(server: DemoServer, ids: list[str], page_size: int = 100) -> list[arxiv.Result]:
    client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
    client.query_url_format = f"{server.url}/api/query?{{}}"
    search = arxiv.Search(id_list=ids, max_results=len(ids))
    with client._session:
        return list(client.results(search))


def test_arxiv_package_reads_every_paper(server: DemoServer) -> None:
    results = api_results(server, [paper.id for paper in DAY.papers], page_size=7)

    for paper, result in zip(DAY.papers, results, strict=True):
        assert f"{paper.id}v{paper.version}" == result.get_short_id()
        assert [*paper.categories, *paper.codes] == result.categories
        assert list(paper.authors) == [author.name for author in result.authors]
        assert paper.abstract == result.summary
        for name in ("title", "comment", "journal_ref", "doi"):
            assert getattr(paper, name) == getattr(result, name)


def test_api_leaves_out_what_it_does_not_know(server: DemoServer) -> None:
    results = api_results(server, ["2401.00001", "2605.90213v2", "2605.90213v9"])

    assert [result.get_short_id() for result in results] == ["2605.90213v2"]


@pytest.mark.parametrize("query", ["id_list=nonsense", "search_query=cat:cs.CL", "start=-1"])
def test_api_refuses_what_it_cannot_read(server: DemoServer, query: str) -> None:
    assert refused(f"{server.url}/api/query?{query}").code == 400


# The model


def mask(text: str, start: int = 0) -> tuple[str, list[str]]:
    """Mask as a simple client does; the placeholders' contents in order."""
    contents: list[str] = []

    def place(match: re.Match[str]) -> str:
        contents.append(match[0])
        return f"<m{start + len(contents) - 1}/>"

    return MASKED.sub(place, text), contents


def unmask(text: str, contents: list[str], start: int = 0) -> str:
    return PLACEHOLDER.sub(lambda match: contents[int(match[0][2:-2]) - start], text)


def chat(model: openai.OpenAI, *contents: str) -> ChatCompletion:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": text} for text in contents]
    return model.chat.completions.create(model="paperboy-demo", messages=messages)


def ask(model: openai.OpenAI, title: str, abstract: str) -> dict[str, str]:
    request = json.dumps({"title": title, "abstract": abstract}, ensure_ascii=False)
    answer = chat(model, f'Answer {{"title": …}} in Chinese.\n\n{request}')
    content = answer.choices[0].message.content or ""
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == count_tokens(content)
    assert answer.usage.prompt_tokens > count_tokens(request)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    fields: dict[str, str] = json.loads(content)
    assert list(fields) == ["title", "abstract", "summary"]
    return fields


@pytest.mark.parametrize("numbering", ["running", "restarting"])
@papers
def test_model_puts_each_placeholder_in_its_place(model: openai.OpenAI, paper: demo.DemoPaper, numbering: str) -> None:
    title, in_title = mask(paper.title)
    start = len(in_title) if numbering == "running" else 0
    abstract, in_abstract = mask(paper.abstract, start)

    fields = ask(model, title, abstract)

    assert paper.zh.title == unmask(fields["title"], in_title)
    assert paper.zh.summary == fields["summary"]
    asked, answered = PLACEHOLDER.findall(abstract), PLACEHOLDER.findall(fields["abstract"])
    if paper.fault:
        assert len(answered) == len(asked) - 1
        assert set(answered) < set(asked)
    else:
        assert Counter(asked) == Counter(answered)
        assert paper.zh.abstract == unmask(fields["abstract"], in_abstract, start)


def converted(text: str) -> str:
    """Text outside of formulas as a client that knows TeX would send it."""
    pieces = re.split(r"(\$\$.+?\$\$|\$[^$]+\$)", text)
    for number in range(0, len(pieces), 2):
        piece = re.sub(r"\\text\w+\{((?:[^{}\\]|\\.)*)\}|\\emph\{([^}]*)\}", r"\1\2", pieces[number])
        piece = re.sub(r"\\([%&_])", r"\1", to_unicode(piece))
        pieces[number] = piece.replace("``", "“").replace("''", "”")
    return "".join(pieces)


@papers
def test_model_follows_a_client_that_converts_tex(model: openai.OpenAI, paper: demo.DemoPaper) -> None:
    abstract, in_abstract = mask(converted(paper.abstract))

    fields = ask(model, mask(converted(paper.title))[0], abstract)

    if not paper.fault:
        assert converted(paper.zh.abstract) == unmask(fields["abstract"], in_abstract)
    assert not re.search(r"\\(?:text|emph|%)", fields["title"] + fields["abstract"])


@papers
def test_model_keeps_what_was_not_masked(model: openai.OpenAI, paper: demo.DemoPaper) -> None:
    abstract = ask(model, paper.title, paper.abstract)["abstract"]

    assert (paper.zh.abstract == abstract) is (paper.fault is None)


def test_model_finds_the_text_before_a_request_to_repair(model: openai.OpenAI) -> None:
    request = json.dumps({"abstract": mask(DAY.papers[-1].abstract)[0]})
    answer = chat(model, request, "The answer lacks {fields}. Answer again.").choices[0].message.content

    assert list(json.loads(answer or "")) == ["abstract", "summary"]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"title": "A Paper That Nobody Invented", "abstract": "It is not in the demo."}),
        json.dumps({"title": DAY.papers[0].title, "abstract": DAY.papers[1].abstract}),
        "<m0/>" * 7000,
        "Hello { there",
    ],
)
def test_unknown_text_is_not_translated(model: openai.OpenAI, content: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        chat(model, content)

    assert caught.value.code == "unknown_paper"


def test_a_key_is_asked_for(server: DemoServer) -> None:
    assert refused(f"{server.url}/v1/models").code == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": []}', b'{"messages": [1], "stream": true}'])
def test_a_malformed_request_is_refused(server: DemoServer, body: bytes) -> None:
    address = f"{server.url}/v1/chat/completions"

    assert refused(Request(address, body, {"Authorization": "Bearer any"})).code == 400


# The server


def test_unknown_paths_are_not_found(server: DemoServer) -> None:
    assert refused(f"{server.url}/list/cs.CL/new").code == 404
    assert refused(Request(f"{server.url}/v1/audio", b"{}", method="POST")).code == 404


def test_server_is_gone_after_its_block() -> None:
    with DemoServer() as server:
        assert get(f"{server.url}/robots.txt")

    with pytest.raises(URLError):
        get(f"{server.url}/robots.txt")
