"""Builds over builds: what a day's news changes on a site with a past, and what it must not change."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest

from paperboy.domain.ledger import CategoryLedger, Counts, Ledger
from paperboy.storage import archive
from paperboy.storage.journal import Journal
from tests.factories import answer, paper

if TYPE_CHECKING:
    from tests.conftest import Site

DAYS = [date(2026, 5, 28), date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)]
OPTIONS = {"categories": ["cs.CL", "cs.LG"], "fetch": "never", "translation": {"enabled": False}}


def add(site: Site, day: date, papers: int = 3) -> None:
    root = site.root / ".paperboy/archive"
    rows = [paper(f"{day:%y%m}.{day.day}{number:03}", listed={"cs.CL": "new"}) for number in range(papers)]
    archive.write_announcements(root, day, rows)
    counts = Counts(new=papers)
    entry = CategoryLedger(status="complete", stated=counts, held=counts, sources=("feed", "listing"))
    archive.write_ledger(root, day, Ledger(date=day.isoformat(), categories={"cs.CL": entry}))
    with Journal(root, day, "zh-CN") as journal:
        for row in rows:
            journal.append(answer(row.id))


def files(site: Site) -> dict[str, bytes]:
    root = site.root / "site"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def build(site: Site) -> dict[str, bytes]:
    built = site.build()
    assert built.code == 0, built.log
    return files(site)


@pytest.fixture
def past(site: Site) -> Site:
    """A site with four days, configured with an address."""
    site.configure(OPTIONS, site_url="https://example.org/papers/")
    for day in DAYS[:4]:
        add(site, day)
    return site


def test_a_chain_of_carried_builds_gives_the_bytes_of_a_cold_one(past: Site) -> None:
    build(past)
    add(past, DAYS[4])
    carried = build(past)
    shutil.rmtree(past.root / ".paperboy/cache")
    shutil.rmtree(past.root / "site")

    assert build(past) == carried


def test_a_new_day_changes_itself_its_neighbour_and_the_pages_above(past: Site) -> None:
    before = build(past)
    add(past, DAYS[4])
    after = build(past)

    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    old = {path for path in changed if path.startswith(("2026/05", "2026/06/01", "sitemaps/2026-05"))}
    assert old == set()
    assert {"index.html", "2026/06/index.html", "2026/index.html", "2026/06/02/index.html"} <= changed
    assert "2026/06/03/cs.CL/index.html" in after


def test_a_changed_old_day_changes_nothing_of_the_other_days(past: Site) -> None:
    before = build(past)
    root, day = past.root / ".paperboy/archive", DAYS[1]
    first, *rest = archive.read_announcements(root, day)
    archive.write_announcements(root, day, [msgspec.structs.replace(first, title="Another title"), *rest])
    after = build(past)

    changed = {path for path in before if before[path] != after[path] and path.startswith("2026/")}
    assert changed == {
        "2026/05/29/index.html",
        "2026/05/29/cs.CL/index.html",
        "2026/05/29/edition.json",
        "2026/05/29/papers.bib",
        "2026/05/29/papers.ris",
    }


def test_another_name_of_the_site_is_on_every_page(past: Site) -> None:
    build(past)
    past.configure(OPTIONS, site_name="Another name")

    assert all(b"Another name" in content for path, content in build(past).items() if path.endswith(".html"))


def test_every_page_is_in_one_of_the_sitemaps(past: Site) -> None:
    site = build(past)
    locations = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    base = "https://example.org/papers/"
    maps = [(one.text or "").removeprefix(base) for one in ET.fromstring(site["sitemap.xml"]).iter(locations)]
    pages = [(one.text or "").removeprefix(base) for name in maps for one in ET.fromstring(site[name]).iter(locations)]

    assert "sitemaps/2026-05.xml" in maps
    held = {path.removesuffix("index.html") for path in site if path.endswith("index.html")}
    assert sorted(pages) == sorted(held)


def test_a_long_category_stands_in_parts_that_together_hold_each_paper_once(site: Site) -> None:
    site.configure(OPTIONS)
    add(site, DAYS[0], papers=120)
    built = build(site)

    parts = [built[f"2026/05/28/cs.CL/{part}index.html"].decode() for part in ("", "2/", "3/")]
    ids = [row.id for row in archive.read_announcements(site.root / ".paperboy/archive", DAYS[0])]
    assert [sum(f'<article class="paper" id="{one}"' in part for part in parts) for one in ids] == [1] * 120
    assert '<a href="2/" rel="next">2</a>' in parts[0]
