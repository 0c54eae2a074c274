"""Checks a set-up before money is spent: what works, what does not, and what to do about it.

What goes over the network is one small request to the model and one polite request to each source, through the
same code as in a build. No finding holds a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy.tools.doctor import cost_estimate, model_check, setup_check
from paperboy.tools.doctor.finding import Diagnosis, Level, SiteUnderTest
from paperboy.tools.doctor.model_check import examine_model
from paperboy.tools.doctor.sources_check import SourcesCheck

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Diagnosis", "Level", "SiteUnderTest", "diagnose", "examine_model"]


def diagnose(site: SiteUnderTest, *, offline: bool = False) -> Iterator[Diagnosis]:
    """Yield each diagnosis as soon as it is made: the sources are asked slowly.

    Arguments:
        site: The set-up.
        offline: Ask nobody.
    """
    sources = SourcesCheck(site)
    yield from setup_check.check_setup(site, offline=offline)
    yield from model_check.check_model(site, offline=offline)
    if not offline and site.options.fetch != "never":
        yield from sources.examine()
    yield from cost_estimate.check_cost(site, sources.announced.values())
