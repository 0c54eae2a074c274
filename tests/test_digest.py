"""The digest: what stands in a letter, who gets it, and how it reaches a real mail server on this machine."""

from __future__ import annotations

import email
import json
import re
import shutil
import socket
import ssl
import subprocess
from datetime import UTC, date, datetime
from email import policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from paperboy.domain.config import Topic
from paperboy.domain.edition import Edition
from paperboy.domain.errors import ArchiveError, NewsletterError
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.pages.edition import EditionPages
from paperboy.tools import newsletter
from paperboy.tools.newsletter import DeliveryLog, SmtpServer, Subscribers, build_message, is_due, read_subscribers
from paperboy.tools.newsletter import content as pages
from tests.conftest import demo_options
from tests.factories import answer, paper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.message import EmailMessage
    from pathlib import Path

    from paperboy.domain.papers import Announcement
    from paperboy.tools.demo.fake_server import DemoServer
    from tests.conftest import Site

DAY = date(2026, 6, 4)
SITE = "https://me.github.io/papers/"
HOSTILE = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1)) ![y](https://evil.example/p.png) **b** `c`",
    "ping @octocat about #1 in https://evil.example <https://evil.example>",
    "line\nbreak\r\nBcc: victim@example.org",
    "| a | $x$ {{ 7*7 }} &copy; \u202e reversed",
)


class Inbox:
    """Takes letters as a mail server does, and keeps them with their envelopes."""

    def __init__(self) -> None:
        self.letters: list[tuple[EmailMessage, str, list[str]]] = []
        self.replies: dict[str, str] = {}
        self.once: dict[str, str] = {}
        self.fail_after: int | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  aiosmtpd's name
        if reply := self.once.pop(address, None) or self.replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  as above
        if self.fail_after is not None and len(self.letters) >= self.fail_after:
            return "451 try again later"
        parsed: Any = email.message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((parsed, envelope.mail_from, list(envelope.rcpt_tos)))
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[SmtpServer]:
    controller = Controller(inbox, hostname="127.0.0.1", server_hostname="localhost", port=free_port())
    controller.start()
    try:
        yield SmtpServer("127.0.0.1", controller.port, "none", "", "", "Papers <papers@example.org>")
    finally:
        controller.stop()


def free_port() -> int:
    """The controller must know its port before it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def edition(*papers: Announcement, status: Any = "complete", translated: bool = True) -> EditionPages:
    kinds = [paper.listed["cs.CL"] for paper in papers]
    entry = CategoryLedger(status=status, stated=Counts.of(kinds), held=Counts.of(kinds))
    found = Edition(
        date=DAY,
        announcements=papers,
        ledger=Ledger(date=DAY.isoformat(), categories={"cs.CL": entry}),
        translations={paper.id: answer(paper.id, title=f"译 {paper.title}") for paper in papers} if translated else {},
    )
    return EditionPages(context(), found)


def context(**more: Any) -> SiteContext:
    return SiteContext(SiteOptions(**({"categories": ("cs.CL",), "site_name": "每日论文", "site_url": SITE} | more)))


def letter(found: EditionPages, server: SmtpServer, name: str = "all") -> EmailMessage:
    content, html, text = pages.render_letter(context(), found, (), server.how_to_unsubscribe(name))
    return build_message(content, html, text, server, name)


# What stands in it


def test_a_letter_has_the_counts_and_the_new_papers_with_links_to_their_cards() -> None:
    found = edition(paper("2606.00001"), paper("2606.00002", listed={"cs.CL": "replace"}))

    content, html, text = pages.render_letter(context(), found)

    assert content.counts == {"new": 1, "cross": 0, "replace": 1}
    page = LexborHTMLParser(html)
    links = {node.text(): node.attributes["href"] for node in page.css("a")}
    assert links["译 A title"] == f"{SITE}2026/06/04/cs.CL/#2606.00001"
    assert "2606.00002" not in html, "a replaced paper is only counted"
    assert f"{SITE}2026/06/04/cs.CL/#2606.00001" in text
    assert "新提交 1 篇，交叉 0 篇，更新 1 篇" in text
    assert "一句话。" in text


def test_without_the_sites_address_the_papers_lead_to_arxiv() -> None:
    _, html, _ = pages.render_letter(context(site_url=""), edition(paper()))

    assert {node.attributes["href"] for node in LexborHTMLParser(html).css("a")} == {
        "https://arxiv.org/abs/2606.00001v1"
    }


def test_a_paper_that_is_not_translated_stands_there_in_english_once() -> None:
    _, html, _ = pages.render_letter(context(), edition(paper(title="An English title"), translated=False))

    assert html.count("An English title") == 1


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_that_is_not_ours_stays_text(hostile: str) -> None:
    found = edition(paper(title=hostile))

    _, html, text = pages.render_letter(context(), found)
    notes = pages.render_notes(context(), found)

    page = LexborHTMLParser(html)
    assert not page.css("script, img, iframe, form, b")
    assert {node.attributes["href"] for node in page.css("a")} == {
        f"{SITE}2026/06/04/",
        f"{SITE}2026/06/04/cs.CL/",
        f"{SITE}2026/06/04/cs.CL/#2606.00001",
    }
    assert len([line for line in text.splitlines() if line.startswith("* ")]) == 1
    made = LexborHTMLParser(MarkdownIt("commonmark").render(notes))
    assert not made.css("script, img, code, strong, em, table")
    assert all(str(node.attributes["href"]).startswith(SITE) for node in made.css("a"))
    assert not re.search(r"@\w|#\d", notes.replace("/#2606", ""))


def test_a_letter_is_never_so_long_that_mail_programs_cut_it() -> None:
    papers = [paper(f"2606.{number:05}", title="长" * 2000 + str(number)) for number in range(300)]

    content, html, _ = pages.render_letter(context(), edition(*papers))

    assert len(html.encode()) <= pages.MOST_BYTES
    (section,) = content.sections
    assert 0 < len(section.entries) <= pages.MOST_ENTRIES
    assert section.more == 300 - len(section.entries)
    assert f"另有 {section.more}" in html or str(section.more) in html


def test_a_list_with_categories_of_its_own_gets_these_alone() -> None:
    both = {"categories": ("cs.CL", "cs.LG")}
    entry = CategoryLedger(status="complete", stated=Counts(new=1), held=Counts(new=1))
    found = Edition(
        date=DAY,
        announcements=(paper("2606.00001"), paper("2606.00002", listed={"cs.LG": "new"}, primary_category="cs.LG")),
        ledger=Ledger(date=DAY.isoformat(), categories={"cs.CL": entry, "cs.LG": entry}),
    )

    content, _, _ = pages.render_letter(context(**both), EditionPages(context(**both), found), ("cs.LG",))

    assert [section.name for section in content.sections] == ["cs.LG 机器学习"]
    assert content.counts["new"] == 1


def test_topics_stand_first_and_no_paper_is_shown_twice() -> None:
    topics = (Topic(slug="sgd", name="梯度下降", any=("gradient descent",)),)
    tools = context(topics=topics)
    papers = (paper("2606.00001"), paper("2606.00002", title="On gradient descent"))
    found = EditionPages(tools, edition(*papers).edition)

    content, html, _ = pages.render_letter(tools, found)
    alone, _, _ = pages.render_letter(tools, found, ("sgd",))

    assert [(one.name, one.total, len(one.entries), one.more) for one in content.sections] == [
        ("梯度下降", 1, 1, 0),
        ("cs.CL 计算与语言", 2, 1, 0),
    ]
    assert f"{SITE}topics/sgd/" in html
    assert [one.name for one in alone.sections] == ["梯度下降"]
    assert alone.counts["new"] == 1


# Who gets it


def test_lists_are_read_with_their_names_and_categories() -> None:
    text = "# ours\nada@example.org\nada@example.org\n\n[language: cs.CL, cs.AI sgd]\nbob@example.org\n[empty]\n"

    assert read_subscribers(text, ["sgd"]) == [
        Subscribers("all", (), ("ada@example.org",)),
        Subscribers("language", ("cs.CL", "cs.AI", "sgd"), ("bob@example.org",)),
        Subscribers("empty", (), ()),
    ]
    assert read_subscribers("") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada@example.org\nnobody", "line 2: this is no e-mail address"),
        ("a@b@example.org", "line 1: this is no e-mail address"),
        ("ada@example.org, bob@example.org", "line 1: this is no e-mail address"),
        ("Ada <ada@example.org>", "line 1"),
        ("[All]", "expected \\[name\\]"),
        ("[a: cs.XX]", "cs.XX is neither an arXiv category nor a topic"),
        ("[a]\n[a]", "the list a is there already"),
    ],
)
def test_a_wrong_line_is_named_without_showing_an_address(text: str, said: str) -> None:
    with pytest.raises(NewsletterError, match=said) as error:
        read_subscribers(text)

    assert "ada@" not in str(error.value)


def test_an_edition_goes_to_each_list_once_and_on_from_where_it_stopped(tmp_path: Path) -> None:
    sent = DeliveryLog(tmp_path)
    assert sent.to_send("all", DAY, 120) == [*range(120)]
    sent.note("all", DAY, {*range(50, 120)}, 120)

    assert DeliveryLog(tmp_path).to_send("all", DAY, 120) == [*range(50, 120)]
    sent.note("all", DAY, {3, *range(100, 120)}, 120)
    assert DeliveryLog(tmp_path).to_send("all", DAY, 120) == [3, *range(100, 120)]
    DeliveryLog(tmp_path).note("all", DAY, (), 120)

    again = DeliveryLog(tmp_path)
    assert again.to_send("all", DAY, 121) is None
    assert again.to_send("all", date(2026, 6, 3), 120) is None, "no list goes back"
    assert again.to_send("all", date(2026, 6, 5), 120) == [*range(120)]
    assert again.to_send("other", DAY, 3) == [0, 1, 2]


def test_a_note_that_cannot_be_read_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "digests.json").write_text("{")
    with pytest.raises(ArchiveError, match="sent once more"):
        DeliveryLog(tmp_path)
    (tmp_path / "digests.json").write_text('{"schema": 9, "lists": {}}')
    with pytest.raises(ArchiveError, match="schema 9"):
        DeliveryLog(tmp_path)


@pytest.mark.parametrize(
    ("status", "hour", "waits"),
    [("complete", 5, ""), ("incomplete", 5, "not complete yet"), ("incomplete", 8, ""), ("not reconciled", 8, "")],
)
def test_an_edition_waits_some_hours_to_be_complete(status: Any, hour: int, waits: str) -> None:
    ledger = edition(paper(), status=status).edition.ledger

    reason = is_due(ledger, DAY, datetime(2026, 6, 4, hour, 23, tzinfo=UTC))

    assert waits in reason
    assert bool(reason) == bool(waits)


def test_an_old_edition_is_no_news() -> None:
    assert "no news" in is_due(edition(paper()).edition.ledger, DAY, datetime(2026, 6, 9, 8, tzinfo=UTC))


# How it gets there


def test_one_letter_goes_to_a_list_and_nobody_sees_the_others(server: SmtpServer, inbox: Inbox) -> None:
    addresses = [f"reader{number}@example.org" for number in range(120)]
    noted: list[Sequence[int]] = []

    refused = newsletter.send_newsletter(
        letter(edition(paper()), server), server, dict(enumerate(addresses)), noted.append
    )

    assert refused == (0, 0)
    assert [[*some] for some in noted] == [[*range(50)], [*range(50, 100)], [*range(100, 120)]]
    assert [len(recipients) for _, _, recipients in inbox.letters] == [50, 50, 20]
    assert sorted(address for _, _, some in inbox.letters for address in some) == sorted(addresses)
    for received, sender, _ in inbox.letters:
        assert sender == "papers@example.org"
        assert "reader" not in received.as_string()
        assert received["To"] == received["From"] == "Papers <papers@example.org>"
        assert received["Bcc"] is None


def test_its_head_says_which_list_it_is_how_to_leave_it_and_which_edition(server: SmtpServer, inbox: Inbox) -> None:
    for _ in range(2):
        newsletter.send_newsletter(
            letter(edition(paper()), server, "language"), server, {0: "ada@example.org"}, lambda _done: None
        )

    (first, _, _), (second, _, _) = inbox.letters
    assert first["Message-ID"] == second["Message-ID"], "a letter that was sent twice is shown once"
    assert re.fullmatch(r"<2026-06-04\.language\.[0-9a-f]{16}@me\.github\.io>", first["Message-ID"])
    assert first["List-Id"] == "<language.me.github.io>"
    assert first["List-Unsubscribe"] == "<mailto:papers@example.org?subject=unsubscribe%20language>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Subject"] == "每日论文 · 2026年6月4日星期四"
    assert first.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    body = first.get_body(("html",))
    assert body is not None
    assert "译 A title" in body.get_content()
    assert letter(edition(paper()), server, "other")["Message-ID"] != first["Message-ID"]


def test_addresses_that_the_server_refuses_are_counted_and_the_others_served(server: SmtpServer, inbox: Inbox) -> None:
    inbox.replies = dict.fromkeys(("gone@example.org", "away@example.org"), "550 no such user")
    made = letter(edition(paper()), server)

    def done(places: Sequence[int]) -> None:
        del places

    assert newsletter.send_newsletter(made, server, {0: "ada@example.org", 1: "gone@example.org"}, done) == (1, 0)
    assert newsletter.send_newsletter(made, server, {0: "gone@example.org", 1: "away@example.org"}, done) == (2, 0)
    assert [recipients for _, _, recipients in inbox.letters] == [["ada@example.org"]]


def test_a_server_that_stops_leaves_it_known_who_was_served(server: SmtpServer, inbox: Inbox) -> None:
    inbox.fail_after = 1
    noted: list[Sequence[int]] = []
    addresses = {n: f"r{n}@example.org" for n in range(70)}

    with pytest.raises(NewsletterError, match=r"is busy: SMTPDataError \(451\); the next run") as error:
        newsletter.send_newsletter(letter(edition(paper()), server), server, addresses, noted.append)

    assert [[*some] for some in noted] == [[*range(50)]]
    assert "@example.org" not in str(error.value)


def test_a_server_that_closes_the_connection_has_served_nobody(server: SmtpServer, inbox: Inbox) -> None:
    inbox.replies = {"r7@example.org": "421 4.3.2 closing"}
    noted: list[Sequence[int]] = []
    addresses = {n: f"r{n}@example.org" for n in range(50)}

    with pytest.raises(NewsletterError, match=r"is busy.*\(421\)"):
        newsletter.send_newsletter(letter(edition(paper()), server), server, addresses, noted.append)

    assert (inbox.letters, noted) == ([], [])


def test_an_address_that_is_busy_is_tried_again_in_this_run_and_the_next(server: SmtpServer, inbox: Inbox) -> None:
    inbox.replies = {"grey@example.org": "450 4.2.0 greylisted", "gone@example.org": "550 5.1.1 unknown"}
    inbox.once = {"slow@example.org": "451 4.3.0 a moment"}
    addresses = dict(enumerate(["ada@example.org", "grey@example.org", "gone@example.org", "slow@example.org"]))
    done: set[int] = set()

    refused, later = newsletter.send_newsletter(letter(edition(paper()), server), server, addresses, done.update)

    assert (refused, later) == (1, 1)
    assert done == {0, 2, 3}
    assert [recipients for _, _, recipients in inbox.letters] == [["ada@example.org"], ["slow@example.org"]]


def test_a_server_that_is_not_there_is_named_with_what_to_check() -> None:
    nowhere = SmtpServer("127.0.0.1", 9, "none", "", "", "papers@example.org")

    with pytest.raises(NewsletterError, match="cannot be reached"):
        newsletter.send_newsletter(
            letter(edition(paper()), nowhere), nowhere, {0: "ada@example.org"}, lambda _done: None
        )


@pytest.fixture
def trust(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate, and a client that trusts it alone."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate to test with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    out = ["-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", *out, *subject], check=True, capture_output=True)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate, key)
    return serving, ssl.create_default_context(cafile=str(certificate))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # TLS is below it
@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_the_password_goes_over_tls_alone_and_only_to_a_trusted_server(
    inbox: Inbox, trust: tuple[ssl.SSLContext, ssl.SSLContext], security: Any
) -> None:
    serving, trusting = trust
    logins: list[Any] = []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"s3cret", handled=False)

    how: dict[str, Any] = {"tls_context": serving, "require_starttls": True}
    if security == "ssl":
        how = {"ssl_context": serving, "auth_require_tls": False}
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        server_hostname="localhost",
        port=free_port(),
        authenticator=check,
        auth_required=True,
        **how,
    )
    controller.start()
    try:
        server = SmtpServer("127.0.0.1", controller.port, security, "me", "s3cret", "papers@example.org")
        made = letter(edition(paper()), server)
        with pytest.raises(NewsletterError, match="cannot be reached"):
            newsletter.send_newsletter(made, server, {0: "ada@example.org"}, lambda _done: None)
        assert logins == []

        newsletter.send_newsletter(made, server, {0: "ada@example.org"}, lambda _done: None, trust=trusting)
        wrong = server._replace(password="wrong")
        with pytest.raises(NewsletterError, match=r"SMTPAuthenticationError \(535\)"):
            newsletter.send_newsletter(made, wrong, {0: "ada@example.org"}, lambda _done: None, trust=trusting)
    finally:
        controller.stop()

    assert logins[0] == (b"me", b"s3cret")
    assert len(inbox.letters) == 1
    assert "s3cret" not in repr(server)


def variables(**more: str) -> dict[str, str]:
    base = {"HOST": "mail.example.org", "FROM": "Papers <papers@example.org>"}
    return {f"PAPERBOY_SMTP_{name}": value for name, value in (base | more).items()}


@pytest.mark.parametrize(
    ("given", "port", "security"),
    [
        ({}, 587, "starttls"),
        ({"PORT": "465"}, 465, "ssl"),
        ({"SECURITY": "ssl"}, 465, "ssl"),
        ({"PORT": ""}, 587, "starttls"),
    ],
)
def test_the_port_and_the_security_follow_from_each_other(given: dict[str, str], port: int, security: str) -> None:
    server = SmtpServer.from_environment(variables(**given))

    assert (server.port, server.security) == (port, security)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"HOST": ""}, "PAPERBOY_SMTP_HOST"),
        ({"FROM": "nobody"}, "PAPERBOY_SMTP_FROM"),
        ({"PORT": "smtp"}, "is a number"),
        ({"SECURITY": "tls"}, "starttls, ssl or none"),
        ({"SECURITY": "none"}, "on this machine alone"),
    ],
)
def test_settings_that_do_not_fit_are_explained(given: dict[str, str], said: str) -> None:
    with pytest.raises(NewsletterError, match=said):
        SmtpServer.from_environment(variables(**given))


def test_the_command_sends_once_and_remembers_it_in_the_archive(
    site: Site, demo: DemoServer, server: SmtpServer, inbox: Inbox
) -> None:
    site.configure(demo_options(demo.url), site_url=SITE)
    assert site.build().code == 0
    settings = {
        "PAPERBOY_SUBSCRIBERS": "ada@example.org\n[learning: cs.LG]\nbob@example.org\n",
        "PAPERBOY_SMTP_HOST": server.host,
        "PAPERBOY_SMTP_PORT": str(server.port),
        "PAPERBOY_SMTP_SECURITY": "none",
        "PAPERBOY_SMTP_FROM": "papers@example.org",
    }

    waits = site.paperboy("digest", **settings)
    first = site.paperboy("digest", "--now", **settings)
    second = site.paperboy("digest", "--now", **settings)

    assert "no news" in waits.stdout
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert [recipients for _, _, recipients in inbox.letters] == [["ada@example.org"], ["bob@example.org"]]
    assert second.stdout.count("has the edition of 2026-06-03 already") == 2
    noted = (site.root / ".paperboy/archive/digests.json").read_text()
    assert json.loads(noted)["lists"].keys() == {"all", "learning"}
    everything = first.stdout + first.stderr + second.stdout + noted
    assert "ada@" not in everything
    assert "bob@" not in everything


def test_the_command_writes_letters_to_look_at_and_markdown_for_a_release(
    site: Site, demo: DemoServer, tmp_path: Path
) -> None:
    site.configure(demo_options(demo.url), site_url=SITE)
    assert site.build().code == 0
    (tmp_path / "lists").write_text("ada@example.org\n")

    shown = site.paperboy("digest", "--markdown", GITHUB_OUTPUT=str(tmp_path / "outputs"))
    written = site.paperboy(
        "digest",
        "--now",
        "--subscribers",
        str(tmp_path / "lists"),
        "--out",
        str(tmp_path / "letters"),
        PAPERBOY_SMTP_FROM="papers@example.org",
    )

    assert shown.stdout.startswith("新提交 ")
    assert (tmp_path / "outputs").read_text() == "date=2026-06-03\n"
    assert written.returncode == 0, written.stderr
    letter = email.message_from_bytes((tmp_path / "letters/2026-06-03.all.eml").read_bytes(), policy=policy.default)
    assert letter["List-Unsubscribe"]
    assert not (site.root / ".paperboy/archive/digests.json").exists()
