from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from defusedxml import ElementTree
from selectolax.lexbor import LexborHTMLParser

from paperboy.cli import main
from paperboy.domain import arxiv_calendar, audit
from paperboy.domain.ledger import CategoryLedger, Counts, Ledger, TranslationLedger
from paperboy.pipeline import audit as archive_audit
from paperboy.site.context import SiteContext, SiteOptions
from paperboy.site.html.document import DataFile, Document, to_html
from paperboy.site.pages import audit as auditing
from paperboy.site.views.day_summary import DaySummary, summarise
from paperboy.storage import archive
from paperboy.storage.journal import Journal
from tests.conftest import demo_options
from tests.factories import answer, paper

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site

MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)
FRIDAY_BEFORE = date(2026, 5, 29)
TYPES = ("new", "cross", "replace")


def entry(held: int, stated: int | None, **more: Any) -> CategoryLedger:
    status: Any = "not reconciled" if stated is None else "complete" if held == stated else "incomplete"
    counts = Counts(new=stated) if stated is not None else None
    values: dict[str, Any] = {"status": status, "held": Counts(new=held), "stated": counts}
    return CategoryLedger(**(values | more))


def write(root: Path, day: date, entries: dict[str, CategoryLedger], *, translated: int | None = None) -> None:
    """A day with two papers in each category; `translated` of them all, if anybody tried."""
    ids = [f"{day:%y%m}.{day.day:02}{number:03}" for number in range(2 * len(entries))]
    names = [name for name in entries for _ in range(2)]
    papers = [paper(one, listed={name: "new"}) for one, name in zip(ids, names, strict=True)]
    archive.write_announcements(root, day, papers)
    accounts = {}
    if translated is not None:
        accounts["zh-CN"] = TranslationLedger(model="m", prompt_version=1, translated=translated)
        with Journal(root, day, "zh-CN") as journal:
            for number, one in enumerate(ids):
                if number < translated:
                    journal.append(answer(one))
                elif number == translated:
                    journal.append(answer(one, status="failed", faults=("numbers",)))
    ledger = Ledger(date=day.isoformat(), categories=entries, translations=accounts)
    archive.write_ledger(root, day, ledger)


def read(root: Path, first: date = MONDAY, last: date = WEDNESDAY) -> list[audit.DayAudit]:
    return list(archive_audit.read(root, "zh-CN", TYPES, first, last))


def test_what_is_complete_and_translated_falls_short_of_nothing(tmp_path: Path) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        write(tmp_path, day, {"cs.CL": entry(2, 2)}, translated=2)

    days = read(tmp_path)
    totals = audit.audit_totals(days)

    assert not any(day.is_short() for day in days)
    assert (totals.complete, totals.wanted, totals.share, totals.translated) == (3, 3, 100, 6)


@pytest.mark.parametrize(
    ("held", "short"),
    [
        (entry(2, 2), False),
        (entry(2, 3), True),
        (entry(2, None), True),
        (entry(2, None, status="derived"), False),
    ],
    ids=["complete", "incomplete", "not reconciled", "derived"],
)
def test_a_category_falls_short_where_arxiv_stated_more_or_did_not_tell(
    tmp_path: Path, held: CategoryLedger, *, short: bool
) -> None:
    write(tmp_path, MONDAY, {"cs.CL": held})

    (day,) = read(tmp_path, MONDAY, MONDAY)

    assert day.is_short() is short


def test_an_announced_weekday_that_the_archive_lacks_falls_short(tmp_path: Path) -> None:
    write(tmp_path, FRIDAY_BEFORE, {"cs.CL": entry(2, 2), "cs.LG": entry(2, 2)})
    write(tmp_path, WEDNESDAY, {"cs.CL": entry(2, 2), "cs.LG": entry(2, 2)})
    archive.write_ledger(tmp_path, TUESDAY, Ledger(date="2026-06-02", announced=False))

    days = read(tmp_path, FRIDAY_BEFORE)
    totals = audit.audit_totals(days)

    assert [(day.date, day.state, day.is_short()) for day in days] == [
        (FRIDAY_BEFORE, "held", False),
        (MONDAY, "missing", True),
        (TUESDAY, "quiet", False),
        (WEDNESDAY, "held", False),
    ]
    assert (totals.complete, totals.wanted, totals.share) == (4, 6, 66)


def test_a_holiday_of_arxivs_calendar_is_not_missed(tmp_path: Path) -> None:
    friday, tuesday = date(2026, 7, 3), date(2026, 7, 7)
    for day in (friday, tuesday):
        write(tmp_path, day, {"cs.CL": entry(2, 2)})

    assert [day.date for day in read(tmp_path, friday, tuesday)] == [friday, tuesday]


def test_a_paper_in_english_falls_short_with_its_reason_where_anybody_tried(tmp_path: Path) -> None:
    write(tmp_path, MONDAY, {"cs.CL": entry(2, 2), "cs.LG": entry(2, 2)}, translated=1)
    write(tmp_path, TUESDAY, {"cs.CL": entry(2, 2)})

    monday, tuesday = read(tmp_path, MONDAY, TUESDAY)

    assert [row.audit.untranslated for row in monday.rows] == [{"numbers": 1}, {"unasked": 2}]
    assert [row.audit.translated for row in monday.rows] == [1, 0]
    assert monday.is_short()
    assert not monday.is_short(translations=False)
    assert not tuesday.is_short(), "nobody tried: there is no key, perhaps"


def test_missing_ids_are_named(tmp_path: Path) -> None:
    held = entry(2, 3, only_feed=("2606.00009",), only_listing=("2606.00008",))
    write(tmp_path, MONDAY, {"cs.CL": held})
    ledger = archive.read_ledger(tmp_path, MONDAY)
    assert ledger is not None
    archive.write_ledger(
        tmp_path, MONDAY, Ledger(date=ledger.date, categories=ledger.categories, unanswered=("2606.01001",))
    )

    ((row,),) = [day.rows for day in read(tmp_path, MONDAY, MONDAY)]

    lacks = row.audit
    assert (lacks.only_feed, lacks.only_listing, lacks.unanswered) == (
        ("2606.00009",),
        ("2606.00008",),
        ("2606.01001",),
    )


# The command


def run(site: Site, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.chdir(site.root)
    done = CliRunner().invoke(main, ["audit", *arguments])
    return done.exit_code, done.output


def test_the_command_ends_with_one_where_anything_falls_short(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(demo_options("http://localhost:9", categories=["cs.CL"]))
    root = site.root / ".paperboy" / "archive"
    assert run(site, monkeypatch)[0] == 1, "an empty archive proves nothing"
    write(root, MONDAY, {"cs.CL": entry(2, 2)}, translated=2)

    code, said = run(site, monkeypatch, "--to", "2026-06-01")
    assert (code, "1 complete (100 % of what arXiv announced)" in said) == (0, True), said

    write(root, WEDNESDAY, {"cs.CL": entry(2, 5)}, translated=1)
    code, said = run(site, monkeypatch, "--to", "2026-06-03")
    assert code == 1
    assert "1 announced days are missing" in said
    assert "incomplete" in said
    assert "a number was lost" in said
    assert run(site, monkeypatch, "--from", "2026-06-02", "--to", "2026-06-01")[0] == 2


def test_an_archive_that_has_stopped_is_not_complete(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(demo_options("http://localhost:9", categories=["cs.CL"]))
    write(site.root / ".paperboy/archive", MONDAY, {"cs.CL": entry(2, 2)}, translated=2)
    monkeypatch.setattr(arxiv_calendar, "newest_due", lambda _: WEDNESDAY)

    code, said = run(site, monkeypatch)

    assert code == 1
    assert "2 announced days are missing" in said


def test_the_command_speaks_json(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(demo_options("http://localhost:9", categories=["cs.CL"]))
    root = site.root / ".paperboy" / "archive"
    write(root, MONDAY, {"cs.CL": entry(2, 2)}, translated=1)

    code, said = run(site, monkeypatch, "--json", "--from", "2026-06-01", "--to", "2026-06-02")
    told = json.loads(said)

    assert code == 1
    assert (told["from"], told["to"], told["short"], told["share"]) == ("2026-06-01", "2026-06-02", True, 50)
    assert [day["state"] for day in told["days"]] == ["held", "missing"]
    assert told["days"][0]["categories"][0]["untranslated"] == {"numbers": 1}
    assert told["days"][0]["categories"][0]["held"] == {"new": 2, "cross": 0, "replace": 0}
    assert run(site, monkeypatch, "--json", "--announcements", "--to", "2026-06-01")[0] == 0


# The page


def context(language: str = "zh-CN") -> SiteContext:
    return SiteContext(SiteOptions(categories=("cs.CL",), language=language))


def summaries(root: Path) -> list[DaySummary]:
    found = []
    for day in archive.days(root):
        edition = archive.read_edition(root, day, "zh-CN")
        places = {paper.id: "" for paper in edition.announcements}
        found.append(summarise(edition, edition.announcements, "zh-CN", places, "", {}))
    return found


def test_the_page_shows_the_newest_month_and_leads_to_all(tmp_path: Path) -> None:
    write(tmp_path, FRIDAY_BEFORE, {"cs.CL": entry(2, 2)}, translated=2)
    write(tmp_path, TUESDAY, {"cs.CL": entry(2, 4, only_feed=("2606.00009",))}, translated=1)

    page, badge = auditing.audit_overview(context(), summaries(tmp_path))
    months = {
        one.name: to_html(made)
        for one in auditing.audit_months(context(), summaries(tmp_path))
        for made in one.make()
        if isinstance(made, Document)
    }

    assert isinstance(page, Document)
    assert isinstance(badge, DataFile)
    shown = to_html(page)
    html = LexborHTMLParser(shown)
    assert [link.attributes["href"] for link in html.css("tbody th a")] == ["2026/06/", "2026/05/", "../2026/06/02/"]
    assert "2606.00009" in shown
    assert list(months) == ["audit/2026/05/", "audit/2026/06/"]
    assert "缺失" in months["audit/2026/06/"], "Monday the first"
    assert "不完整" in months["audit/2026/06/"]
    assert 'href="../../../2026/05/29/"' in months["audit/2026/05/"]


def test_a_month_is_rendered_anew_only_when_it_has_changed(tmp_path: Path) -> None:
    write(tmp_path, FRIDAY_BEFORE, {"cs.CL": entry(2, 2)})
    before = {one.name: one.content for one in auditing.audit_months(context(), summaries(tmp_path))}
    write(tmp_path, MONDAY, {"cs.CL": entry(2, 2)})
    after = {one.name: one.content for one in auditing.audit_months(context(), summaries(tmp_path))}

    assert before["audit/2026/05/"] == after["audit/2026/05/"]


@pytest.mark.parametrize(
    ("held", "said"), [(entry(2, 2), "100 %"), (entry(2, 4), "0 %"), (entry(2, None, status="derived"), "未知")]
)
def test_the_badge_says_how_much_is_complete(tmp_path: Path, held: CategoryLedger, said: str) -> None:
    write(tmp_path, MONDAY, {"cs.CL": held})

    badge = list(auditing.audit_overview(context(), summaries(tmp_path)))[-1]

    assert isinstance(badge, DataFile)
    assert badge.path == "audit/badge.svg"
    root = ElementTree.fromstring(badge.content)
    assert root.get("aria-label") == f"arXiv 收录完整率: {said}"
    assert [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")] == ["arXiv 收录完整率", said]


def test_a_site_without_an_edition_has_an_audit_too() -> None:
    page, badge = auditing.audit_overview(context(), [])

    assert isinstance(page, Document)
    assert "核对" in to_html(page)
    assert isinstance(badge, DataFile)
