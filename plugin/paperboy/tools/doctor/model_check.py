"""Checks the key and the model by translating one small paper, which is not kept."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from paperboy import translation
from paperboy.domain.glossary import Glossary
from paperboy.domain.papers import Announcement
from paperboy.tools.doctor.finding import Diagnosis, SiteUnderTest, fault, ok, warning
from paperboy.translation.client.capabilities import LEAST_ROOM, Capabilities, Taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.edition import Translation

_PAPER = Announcement(
    id="2606.00001",
    version=1,
    listed={"cs.LG": "new"},
    title="A small test of a translation",
    abstract="We show that the sum of two numbers does not depend on their order. The proof takes one line.",
    authors=("A. Author",),
    categories=("cs.LG",),
    primary_category="cs.LG",
    sources=("feed",),
)
"""Invented; of such a size that the request costs next to nothing."""

_SECOND = replace(_PAPER, id="2606.00002", abstract="We show that no number is the largest one. The proof is short.")
"""What was refused without a reason is tried once again with the next question, part by part."""


def check_model(site: SiteUnderTest, *, offline: bool) -> Iterator[Diagnosis]:
    """Whether papers can be translated."""
    wanted = site.options.translation
    key = (os.environ.get(wanted.api_key_env) or "").strip()
    if wanted.enabled is False:
        yield ok("key", "translation.enabled is false: papers stay in English")
        return
    if not key and not wanted.base_url:
        tell = fault if wanted.enabled is True else warning
        yield tell(
            "key",
            f"there is no key in {wanted.api_key_env}, and no translation.base_url: papers stay in English",
            f"set the variable {wanted.api_key_env}; on GitHub, the repository secret of that name "
            "(Settings → Secrets and variables → Actions)",
        )
        return
    yield ok("key", f"{wanted.api_key_env} is set" if key else "no key, which a server of your own may not want")
    if offline:
        return
    kept: list[Translation] = []
    outcome = translation.translate(
        [_PAPER], options=wanted, glossary=Glossary(()), api_key=key or None, known=lambda _: {}, record=kept.append
    )
    tokens = outcome.prompt_tokens + outcome.completion_tokens
    if outcome.translated:
        yield ok("model", f"{kept[-1].model} answers in the form that is asked for ({tokens:,} tokens)")
    elif outcome.refused:
        names = ", ".join(outcome.refused)
        yield warning(
            "model",
            f"{wanted.model} answers, but this answer did not pass the checks: {names}",
            "try again; if that stays so, take another model in translation.model, or add translation.fallback_model",
        )
    else:
        yield fault(
            "model",
            f"{wanted.model} gave no answer: {outcome.stopped or outcome.trouble or 'no reason was given'}",
            "check the key, translation.model and translation.base_url",
        )


DAY = 500
"""Papers of a day, for the price of the two."""


def examine_model(site: SiteUnderTest) -> Iterator[Diagnosis]:
    """What the endpoint takes, how fast it is, and what a day costs: two real small questions, nothing of it kept."""
    wanted = site.options.translation
    key = (os.environ.get(wanted.api_key_env) or "").strip() or None
    kept: list[Translation] = []
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        outcome = translation.translate(
            [_PAPER, _SECOND],
            options=wanted,
            glossary=Glossary(()),
            api_key=key,
            known=lambda _: {},
            record=kept.append,
            cache_dir=Path(folder),
        )
        seconds = time.monotonic() - started
        found = Capabilities(Path(folder)).endpoints()
    if not kept:
        reason = outcome.stopped or outcome.trouble or "no reason was given"
        yield fault("model", f"{wanted.model} gave no answer: {reason}", "see the table of providers in the guide")
        return
    taken = found[0] if found else Taken()
    yield ok("format", f"takes {taken.format}")
    yield ok("role", "takes the role system" if taken.system else "takes no role system: instructions go to the user's")
    yield ok("temperature", "takes a temperature" if taken.temperature else "takes no temperature")
    limit = "no limit of tokens" if taken.limit == "none" else taken.limit
    yield ok("limit", f"takes {limit}; an answer has room for {wanted.max_output_tokens or taken.room:,} tokens")
    thinks = any(answer.completion_tokens > 2 * len(answer.raw) + 50 for answer in kept) or taken.room > LEAST_ROOM
    yield ok("thinking", "thinks before it answers, which is paid for" if thinks else "answers without thoughts")
    spent = outcome.completion_tokens
    yield ok("speed", f"{spent / seconds:.0f} tokens a second in {outcome.requests} requests ({seconds:.1f} s)")
    if wanted.prices and outcome.requests:
        prompt, completion = outcome.prompt_tokens * DAY // 2, spent * DAY // 2
        yield ok("price", f"about {wanted.prices.cost(prompt, completion):.2f} for a day of {DAY} papers of this size")
    else:
        yield ok(
            "price",
            f"about {(outcome.prompt_tokens + spent) * DAY // 2:,} tokens a day; set translation.prices for money",
        )
    if not outcome.translated:
        names = ", ".join(outcome.refused) or "no accepted answer"
        yield warning("answer", f"the answer did not pass the checks: {names}", "try another model")
