"""Builds the newsletter's message and delivers it by SMTP."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import TYPE_CHECKING, Literal, NamedTuple, Self
from urllib.parse import quote, urlsplit

from paperboy.domain.errors import NewsletterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from paperboy.tools.newsletter.content import Newsletter

AT_ONCE = 50
"""Addresses of one transaction: servers take a hundred at least (RFC 5321, section 4.5.3.1.8), many no more."""

_TIMEOUT = 60.0
_TURNS = 2
"""How often an address is tried in one run."""
_CLOSING = 421
"""The reply of a server that ends the connection."""
_LOCAL = ("localhost", "127.0.0.1", "::1")

Security = Literal["starttls", "ssl", "none"]


class SmtpServer(NamedTuple):
    """How to reach the mail server, and who writes; the password is not shown by `repr`."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    unsubscribe: str = ""

    def __repr__(self) -> str:
        """The server, without its password."""
        return f"<Server {self.host}:{self.port} {self.security}>"

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ, *, sends: bool = True) -> Self:
        """What `PAPERBOY_SMTP_HOST`, `_PORT`, `_SECURITY`, `_USER`, `_PASSWORD` and `_FROM` say.

        Arguments:
            variables: The environment.
            sends: Whether letters are sent; one that is only written needs its sender, and no server.

        Raises:
            NewsletterError: One is missing, or they do not fit together.
        """
        given = {
            name: variables.get(f"PAPERBOY_SMTP_{name}", "").strip()
            for name in ("HOST", "PORT", "SECURITY", "USER", "PASSWORD", "FROM")
        }
        if sends and not given["HOST"]:
            raise NewsletterError("set PAPERBOY_SMTP_HOST to the mail server's name; docs/publishing.md lists them all")
        if "@" not in parseaddr(given["FROM"])[1]:
            raise NewsletterError("set PAPERBOY_SMTP_FROM to the sender's address, as `Papers <papers@example.org>`")
        if given["PORT"] and not given["PORT"].isdecimal():
            raise NewsletterError("PAPERBOY_SMTP_PORT is a number, such as 587")
        security = given["SECURITY"].lower() or ("ssl" if given["PORT"] == "465" else "starttls")
        if security not in ("starttls", "ssl", "none"):
            raise NewsletterError("PAPERBOY_SMTP_SECURITY is starttls, ssl or none")
        if security == "none" and sends and given["HOST"] not in _LOCAL:
            raise NewsletterError("PAPERBOY_SMTP_SECURITY may be none for a server on this machine alone")
        port = int(given["PORT"] or (465 if security == "ssl" else 587))
        unsubscribe = variables.get("PAPERBOY_UNSUBSCRIBE", "").strip()
        if unsubscribe and urlsplit(unsubscribe).scheme not in ("https", "mailto"):
            raise NewsletterError("PAPERBOY_UNSUBSCRIBE is an https: or mailto: address")
        return cls(given["HOST"], port, security, given["USER"], given["PASSWORD"], given["FROM"], unsubscribe)  # type: ignore[arg-type]  # checked above

    @property
    def address(self) -> str:
        """The sender's bare address."""
        return parseaddr(self.sender)[1]

    def how_to_unsubscribe(self, name: str) -> str:
        """The address at which a reader unsubscribes from a list."""
        return self.unsubscribe or f"mailto:{self.address}?subject={quote(f'unsubscribe {name}')}"


def build_message(digest: Newsletter, html: str, text: str, server: SmtpServer, name: str) -> EmailMessage:
    """One letter for all of a list: nobody's address stands in it.

    Its `Message-ID` is the same whenever it is made, so that a letter that was sent twice is shown once.

    Arguments:
        digest: What it says.
        html: The same in HTML.
        text: The same as text.
        server: Who sends it.
        name: The list's name.
    """
    made = EmailMessage(policy=SMTP)
    host = urlsplit(digest.address).hostname or server.address.rpartition("@")[2]
    stamp = hashlib.sha256(f"{digest.address}\n{digest.day}\n{name}".encode()).hexdigest()[:16]
    made["From"] = server.sender
    made["To"] = server.sender
    made["Subject"] = f"{digest.site_name} · {digest.title}"
    made["Date"] = formatdate()
    made["Message-ID"] = f"<{digest.day}.{name}.{stamp}@{host}>"
    made["List-Id"] = f"<{name}.{host}>"  # RFC 2919
    made["List-Unsubscribe"] = f"<{server.how_to_unsubscribe(name)}>"  # RFC 2369
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    if digest.address:
        made["List-Archive"] = f"<{digest.address}>"
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    return made


def send_newsletter(
    letter: EmailMessage,
    server: SmtpServer,
    addresses: Mapping[int, str],
    taken: Callable[[Sequence[int]], None],
    *,
    trust: ssl.SSLContext | None = None,
) -> tuple[int, int]:
    """Send a newsletter through the mail server, to a few addresses at a time.

    A reply of 4yz is for now (RFC 5321, section 4.2.1): such an address is tried once more at the end, and is not
    done with when it gets another one.

    Arguments:
        letter: The message.
        server: The mail server.
        addresses: The recipients by their places in the list; they stand in the envelope alone.
        taken: Called after each transaction with the places of the addresses that are done with.
        trust: The certificates to trust; those of this machine where left out.

    Returns:
        How many addresses the server refused for good, and how many it asked to try later.

    Raises:
        NewsletterError: The server cannot be reached, or does not take the letter. It names no address.
    """
    refused = 0
    left = list(addresses)
    try:
        with _connected(server, trust or ssl.create_default_context()) as connection:
            for _ in range(_TURNS):
                asked, left = left, []
                for start in range(0, len(asked), AT_ONCE):
                    some = {place: addresses[place] for place in asked[start : start + AT_ONCE]}
                    replies = _transaction(connection, letter, server, some.values())
                    later = [place for place, address in some.items() if _is_for_now(replies.get(address, 0))]
                    refused += sum(bool(replies.get(address)) for address in some.values()) - len(later)
                    taken([place for place in some if place not in later])
                    left += later
    except smtplib.SMTPException as error:
        code = getattr(error, "smtp_code", None)
        said = f" ({code})" if code else ""
        if code and _is_for_now(code):
            raise NewsletterError(
                f"the mail server {server.host} is busy: {type(error).__name__}{said}; the next run sends the letter "
                "to those who have not got it"
            ) from None
        raise NewsletterError(
            f"the mail server {server.host} does not take the letter: {type(error).__name__}{said}; "
            "check PAPERBOY_SMTP_USER, _PASSWORD and _FROM"
        ) from None
    except OSError as error:
        raise NewsletterError(
            f"the mail server {server.host}:{server.port} cannot be reached: {error}; "
            "check PAPERBOY_SMTP_HOST, _PORT and _SECURITY"
        ) from None
    return refused, len(left)


def _transaction(
    connection: smtplib.SMTP, letter: EmailMessage, server: SmtpServer, addresses: Iterable[str]
) -> dict[str, int]:
    """Send the letter to some addresses; gives the replies to those that were refused.

    Raises:
        SMTPException: The letter went to nobody.
    """
    try:
        refused = connection.send_message(letter, server.address, list(addresses))
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
        for code, reason in refused.values():
            if code == _CLOSING:
                # Nothing was sent, also to those whom the server had taken before.
                raise smtplib.SMTPResponseException(code, reason) from None
    return {address: code for address, (code, _) in refused.items()}


def _is_for_now(code: int) -> bool:
    return code // 100 == 4  # noqa: PLR2004  RFC 5321


def _connected(server: SmtpServer, trust: ssl.SSLContext) -> smtplib.SMTP:
    # Who is there is said by the sender's domain: a runner's own name is nobody's, and looking it up can take seconds.
    own = server.address.rpartition("@")[2]
    if server.security == "ssl":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, own, timeout=_TIMEOUT, context=trust)
    else:
        connection = smtplib.SMTP(server.host, server.port, own, timeout=_TIMEOUT)
    try:
        if server.security == "starttls":
            connection.starttls(context=trust)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection
