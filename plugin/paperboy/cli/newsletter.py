"""`paperboy digest`: the newest edition by e-mail, or as Markdown."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paperboy.cli.options import config_file_option, fail, read_site
from paperboy.domain.errors import NewsletterError, PaperboyError
from paperboy.pipeline import build
from paperboy.storage.archive_lock import ArchiveLock
from paperboy.tools import github_actions
from paperboy.tools import newsletter as letters
from paperboy.tools.newsletter import content as pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

    from paperboy.site.context import SiteContext
    from paperboy.site.pages.edition import EditionPages

_VARIABLE = "PAPERBOY_SUBSCRIBERS"


@click.command()
@config_file_option
@click.option(
    "--subscribers",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The file with the lists; else the variable {_VARIABLE} holds them.",
)
@click.option("--now", is_flag=True, help="Send an edition that is not complete, or old, too.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the letters into this folder as .eml files, and send nothing.",
)
@click.option("--markdown", is_flag=True, help="Print the edition as Markdown instead, for a release or a discussion.")
def digest(config_file: Path, subscribers: Path | None, out: Path | None, *, now: bool, markdown: bool) -> None:
    """Send the newest edition to the subscribers: one letter a list, each edition once.

    The mail server stands in the variables PAPERBOY_SMTP_HOST, _PORT, _SECURITY, _USER, _PASSWORD and _FROM.
    """
    try:
        options, config = read_site(config_file)
        publication = build.publish(
            options,
            directory_urls=config.use_directory_urls,
            site_name=config.site_name,
            site_url=config.site_url or "",
        )
        edition = publication.newest()
        if edition is None:
            click.echo(f"the archive {options.archive} holds no edition, so there is nothing to send")
            return
        github_actions.write_output("date", edition.edition.date.isoformat())
        if markdown:
            click.echo(pages.render_notes(publication.context, edition), nl=False)
            return
        lists = letters.read_subscribers(
            _read_text(subscribers), [topic.slug for topic in publication.context.options.topics]
        )
        if not lists:
            click.echo(f"there are no subscribers; set {_VARIABLE}, or name a file with --subscribers")
            return
        server = letters.SmtpServer.from_environment(sends=out is None)
        day = edition.edition.date
        if not now and (reason := letters.is_due(edition.edition.ledger, day, datetime.now(UTC))):
            click.echo(f"nothing was sent: {reason}")
            return
        made = [(chosen, _compose_newsletter(publication.context, edition, chosen, server)) for chosen in lists]
        if out is not None:
            for chosen, letter in made:
                out.mkdir(parents=True, exist_ok=True)
                (out / f"{day}.{chosen.name}.eml").write_bytes(bytes(letter))
                click.echo(f"wrote {out / f'{day}.{chosen.name}.eml'}")
            return
        with ArchiveLock(options.archive):
            sent = letters.DeliveryLog(options.archive)
            for chosen, letter in made:
                _send_to_lists(letter, server, chosen, edition, sent)
    except PaperboyError as error:
        fail(error)
    except OSError as error:
        fail(NewsletterError(f"{out}: cannot be written: {error.strerror or error}"))


def _read_text(path: Path | None) -> str:
    if path is None:
        return os.environ.get(_VARIABLE, "")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NewsletterError(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        ) from error


def _compose_newsletter(
    context: SiteContext, edition: EditionPages, chosen: letters.Subscribers, server: letters.SmtpServer
) -> EmailMessage:
    content, html, text = pages.render_letter(context, edition, chosen.about, server.how_to_unsubscribe(chosen.name))
    return letters.build_message(content, html, text, server, chosen.name)


def _send_to_lists(
    letter: EmailMessage,
    server: letters.SmtpServer,
    chosen: letters.Subscribers,
    edition: EditionPages,
    sent: letters.DeliveryLog,
) -> None:
    day = edition.edition.date
    places = sent.to_send(chosen.name, day, len(chosen.addresses))
    if places is None:
        click.echo(f"{chosen.name}: has the edition of {day} already")
        return
    left = set(places)

    def taken(done: Sequence[int]) -> None:
        left.difference_update(done)
        sent.note(chosen.name, day, left, len(chosen.addresses))

    refused, later = letters.send_newsletter(
        letter, server, {place: chosen.addresses[place] for place in places}, taken
    )
    if not places:
        taken(())
    reached = len(places) - refused - later
    click.echo(f"{chosen.name}: the edition of {day} went to {reached} of {len(places)} addresses")
    if later:
        click.echo(f"{chosen.name}: the mail server asked to try {later} addresses later; the next run does", err=True)
    if refused:
        click.echo(f"{chosen.name}: the mail server refused {refused} addresses; look them over", err=True)
