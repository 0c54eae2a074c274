"""The report of a workflow's run: the editions' ledgers, what the run did, and what needs attention.

What the run did is heard in paperboy's own log: outcomes and stages stand in its records as data. Text that is not
ours (a host's answer in a warning) is shown as it is, never as Markdown.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from paperboy.domain.errors import ArchiveError
from paperboy.site.html.plain_text import markdown
from paperboy.storage import archive
from paperboy.tools import github_actions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from paperboy.domain.config import Options
    from paperboy.domain.ledger import Ledger, TranslationLedger
    from paperboy.translation import Outcome

MOST_EDITIONS = 10
MOST_WARNINGS = 30

_LONGEST = 500


class Listener(logging.Handler):
    """Collects from the log what a build did and what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.time()
        self.warnings: list[str] = []
        self.outcomes: list[Outcome] = []
        self.stages: dict[str, float] = {}
        self.parts: tuple[int, int] | None = None
        """Parts of the site that were made, and those carried over."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the data of a record, and each warning once."""
        if (outcome := getattr(record, "outcome", None)) is not None:
            self.outcomes.append(outcome)
        if (stage := getattr(record, "stage", None)) is not None:
            self.stages[stage[0]] = self.stages.get(stage[0], 0.0) + stage[1]
        self.parts = getattr(record, "parts", None) or self.parts
        text = record.getMessage()
        if record.levelno >= logging.WARNING and text not in self.warnings:
            self.warnings.append(text)


def listen() -> Listener | None:
    """Begin to listen, where there is a page to write on; a second call begins anew."""
    if not github_actions.wants_summary():
        return None
    log = logging.getLogger("paperboy")
    for handler in [handler for handler in log.handlers if isinstance(handler, Listener)]:
        log.removeHandler(handler)
    listener = Listener()
    log.addHandler(listener)
    return listener


def write_report(options: Options, heard: Listener, error: str = "") -> None:
    """Write the page, and point to what needs a hand beside the run.

    Arguments:
        options: The plugin's options.
        heard: What the build did.
        error: Why it ended early, if it did.
    """
    github_actions.write_summary(render_report(options, heard, error))
    warnings = [*([error] if error else []), *heard.warnings]
    shown, rest = warnings[: github_actions.MOST_ANNOTATIONS - 1], len(warnings) - github_actions.MOST_ANNOTATIONS + 1
    if rest == 1:
        shown, rest = warnings, 0
    for text in shown:
        github_actions.print_command(github_actions.warning(text))
    if rest > 0:
        github_actions.print_command(github_actions.warning(f"and {rest} more, in the summary of the run"))


def render_report(options: Options, heard: Listener, error: str = "") -> str:
    """The page in Markdown."""
    parts = ["## paperboy"]
    if error:
        parts.append(f"**The build ended early:** {_in_seconds(error)}")
    ledgers = list(_ledgers(options, heard.began))
    if ledgers:
        parts.append(_editions(ledgers, options))
        parts.append(_categories(*ledgers[0]))
    else:
        parts.append("The archive holds no edition.")
    parts.append(_report_table(("this run", ""), _run_section(options, heard)))
    if heard.warnings:
        lines = [f"- {_in_seconds(text)}" for text in heard.warnings[:MOST_WARNINGS]]
        if len(heard.warnings) > MOST_WARNINGS:
            lines.append(f"- and {len(heard.warnings) - MOST_WARNINGS} more, in the log")
        parts.append("\n".join(["### Needs a hand", "", *lines]))
    return "\n\n".join(parts) + "\n"


def _ledgers(options: Options, began: float) -> Iterator[tuple[date, Ledger]]:
    """The newest edition, and those whose accounts this run has changed."""
    newest = True
    count = 0
    for day in reversed(archive.days(options.archive)):
        path = archive.folder(options.archive, day) / archive.LEDGER
        try:
            changed = path.stat().st_mtime >= began - 1
            ledger = archive.read_accounts(options.archive, day) if newest or changed else None
        except (OSError, ArchiveError):
            continue
        newest = False
        if ledger is not None:
            count += 1
            yield day, ledger
        if count == MOST_EDITIONS:
            return


def _editions(ledgers: Iterable[tuple[date, Ledger]], options: Options) -> str:
    rows = []
    for day, ledger in ledgers:
        entries = ledger.categories.values()
        stated = sum(entry.stated.total for entry in entries if entry.stated)
        unknown = any(entry.stated is None for entry in entries)
        status = (
            "complete" if ledger.complete else ", ".join(sorted({entry.status for entry in entries} - {"complete"}))
        )
        account = ledger.translations.get(options.translation.language)
        rows.append(
            (
                str(day),
                f"{stated:,}{' + ?' if unknown else ''}",
                f"{sum(entry.held.total for entry in entries):,}",
                status,
                *_account(account),
            )
        )
    return _report_table(("edition", "stated", "held", "status", "translated", "failed checks", "tokens", "cost"), rows)


def _account(account: TranslationLedger | None) -> tuple[str, str, str, str]:
    if account is None:
        return ("–", "–", "–", "–")
    failed = ", ".join(f"{count} {name}" for name, count in account.failed.items()) or "0"
    tokens = account.prompt_tokens + account.completion_tokens
    return (f"{account.translated:,}", failed, f"{tokens:,}", "–" if account.cost is None else f"{account.cost:.2f}")


def _categories(day: date, ledger: Ledger) -> str:
    rows = [
        (
            name,
            str(entry.stated.total) if entry.stated else "?",
            str(entry.held.total),
            entry.status,
            ", ".join(entry.sources),
        )
        for name, entry in ledger.categories.items()
    ]
    return _report_table((f"category on {day}", "stated", "held", "status", "sources"), rows)


def _run_section(options: Options, heard: Listener) -> Iterator[tuple[str, str]]:
    outcomes = heard.outcomes
    prompt, completion = (
        sum(getattr(one, name) for one in outcomes) for name in ("prompt_tokens", "completion_tokens")
    )
    yield "papers translated", f"{sum(one.translated for one in outcomes):,}"
    yield "found in the memory", f"{sum(one.reused for one in outcomes):,}"
    yield "failed checks", f"{sum(sum(one.refused.values()) + one.given_up for one in outcomes):,}"
    yield "left for later", f"{sum(one.left for one in outcomes):,}"
    yield "requests, tokens", f"{sum(one.requests for one in outcomes):,}, {prompt + completion:,}"
    if options.translation.prices:
        yield "cost", f"{options.translation.prices.cost(prompt, completion):.2f}"
    if heard.parts is not None:
        yield "parts of the site made, carried over", f"{heard.parts[0]:,}, {heard.parts[1]:,}"
    for name, seconds in heard.stages.items():
        yield name, f"{seconds:.1f} s"
    yield "the whole build", f"{time.time() - heard.began:.1f} s"


def _report_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = [head, *rows]
    lines = ["| " + " | ".join(markdown(cell) for cell in row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * len(head), *lines[1:]])


def _in_seconds(text: str) -> str:
    shown = markdown(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST].rstrip(chr(92))}…"
