"""Looks at a set-up before anything is spent: what works, what does not, and what to do about it.

What goes over the network is one small request to the model and one polite request to each source, through the
same code as in a build. No finding holds a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperboy.tools.doctor import cost_estimate, model_check, setup_check
from paperboy.tools.doctor.finding import Finding, Level, Site
from paperboy.tools.doctor.model_check import examine_model
from paperboy.tools.doctor.sources_check import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Finding", "Level", "Site", "examine", "examine_model"]


def examine(site: Site, *, offline: bool = False) -> Iterator[Finding]:
    """Each finding as it is made: the sources are asked slowly.

    Arguments:
        site: The set-up.
        offline: Ask nobody.
    """
    sources = Sources(site)
    yield from setup_check.examine(site, offline=offline)
    yield from model_check.examine(site, offline=offline)
    if not offline and site.options.fetch != "never":
        yield from sources.examine()
    yield from cost_estimate.examine(site, sources.announced.values())
