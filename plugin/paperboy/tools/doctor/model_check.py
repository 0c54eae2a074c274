"""Checks the key and the model by translating one small paper, which is not kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paperboy import translation
from paperboy.domain.glossary import Glossary
from paperboy.domain.model import Announcement
from paperboy.tools.doctor.finding import Diagnosis, SiteUnderTest, fault, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.model import Translation

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
