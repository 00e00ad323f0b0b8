"""Readiness names every gap with its cure and the decisions that suffer, and claims no more."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.importing import ImportReport, import_file
from chargehand.plant.plant import Plant
from chargehand.plant.readiness import assess

TODAY = date(2026, 11, 20)
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def plant(tmp_path):
    create_plant(tmp_path / "plant", enterprise="Test")
    plant = Plant.open(tmp_path / "plant")
    yield plant
    plant.close()


@pytest.fixture
def bring(plant, tmp_path):
    def bring(kind, header, *rows, site=None, name=None):
        path = tmp_path / f"{name or kind}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        mapping = tmp_path / "map.toml"
        mapping.write_text(f'source = "{name or kind}"\n')
        report = import_file(plant, kind, path, mapping=mapping, site=site, today=TODAY)
        assert isinstance(report, ImportReport), report
        return report

    return bring


@pytest.fixture
def stocked(bring):
    """Four materials of site S: M1 in order, M2 out of stock, M3 short, M4 unknown in most ways."""
    bring(
        "materials",
        "material,description,unit_cost,criticality,manufacturer,mpn",
        "M1,Seal pump 40mm,10,0.5,ACME,A-1",
        "M2,pump SEAL 40 MM,20,0.9,acme,a1",
        "M3,valve,0,0.1,,",
        "M4,bolt,,,,",
    )
    bring("locations", "location,site", "BULK,S")
    bring("suppliers", "supplier,lead time", "V,20", "W,")
    bring("sources", "supplier,material,price", "V,M1,9", "W,M2,19", "V,M3,5")
    bring(
        "stocking",
        "site,material,bulk,min,max",
        "S,M1,BULK,2,9",
        "S,M2,BULK,1,4",
        "S,M3,BULK,5,9",
        "S,M4,BULK,,",
    )
    bring("stock", "site,location,material,quantity,counted", "S,BULK,M1,8,2026-10-01",
          "S,BULK,M2,0,2026-10-01", "S,BULK,M3,3,2024-10-01")  # fmt: skip
    months = (f"S,M1,1,2026-{m:02}-03" for m in range(1, 11))
    bring(
        "issues",
        "site,material,quantity,used on",
        *months,
        "S,M2,2,2025-01-10",
        "S,M3,1,2023-02-10",
    )


def texts(report, problem):
    return {one.finding.text: one for one in report.findings if one.finding.problem == problem}


def test_an_empty_plant_is_told_what_to_bring(plant):
    report = assess(plant, as_of=AS_OF)
    assert report.sites == ()
    assert all(case.value == "not known" for case in report.use_cases)
    (deliveries,) = (f.value for f in report.baseline)
    assert deliveries == "not known"


@pytest.mark.usefixtures("stocked")
def test_gaps_are_named_with_examples_cure_and_the_decisions_that_suffer(plant):
    report = assess(plant, as_of=AS_OF)
    missing = texts(report, "missing")
    expected = {
        "materials with levels and no stock record": ("M4",),
        "stocked materials without a reorder point": ("M4",),
        "stocked materials that were never used": ("M4",),
        "materials without an approved supplier": ("M4",),
        "materials whose lead time is neither declared nor known": ("M2",),
        "materials without unit cost or price": ("M4",),
        "materials without criticality": ("M4",),
    }
    for text, examples in expected.items():
        assert missing[text].finding.examples == examples
        assert missing[text].finding.cure
        assert missing[text].finding.site == "S"
    reorder = missing["stocked materials without a reorder point"]
    assert "mro_replenishment" in reorder.degrades
    assert "materials that cost nothing" in texts(report, "impossible")
    assert "balances not counted within a year" in texts(report, "stale")


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.usefixtures("stocked")
def test_what_stands_twice_is_found(plant, bring):
    bring("issues", "site,material,quantity,used on", "S,M1,1,2026-02-03", name="second")
    doubled = texts(assess(plant, as_of=AS_OF), "duplicated")
    assert doubled["materials with the same manufacturer part number"].finding.examples == (
        "M1 = M2",
    )
    assert doubled["materials described by the same words"].finding.examples == ("M1 = M2",)
    assert doubled["the same issue from two sources"].finding.examples == ("M1 on 2026-02-03",)


@pytest.mark.usefixtures("stocked")
def test_rows_that_did_not_go_in_are_findings_too(plant, bring):
    bring("stock", "site,location,material,quantity,unit", "S,BULK,M1,-1,", "S,BULK,M1,1,KGM",
          "S,GONE,M1,1,", "S,BULK,M9,1,", name="list")  # fmt: skip
    report = assess(plant, as_of=AS_OF)
    (negative,) = (t for t in texts(report, "impossible") if "negative" in t)
    assert "rows of list unreadable" in negative
    refused = " ".join(texts(report, "refused"))
    for reason in ("stocked in", "has no location", "is not known"):
        assert reason in refused


@pytest.mark.usefixtures("stocked")
def test_the_baseline_counts_what_can_be_counted_and_says_the_rest(plant):
    figures = {f.name: f for f in assess(plant, as_of=AS_OF).baseline}
    assert figures["stock value"].value == "EUR 80.00"
    assert figures["in stock-out now"].value == "1 of 3 materials"
    assert "1 stocked materials without a stock record" in figures["in stock-out now"].not_counted
    assert figures["at or below the reorder point"].value == "2 of 3 materials"
    assert figures["stock that does not move"].value == "1 materials, EUR 0.00"
    assert figures["maintenance orders short of parts"].value == "not known"
    assert figures["late deliveries"].value == "not known"
    assert "deliver" in figures["late deliveries"].how


@pytest.mark.usefixtures("stocked")
def test_orders_compete_for_the_same_stock_by_due_date(plant, bring):
    bring("assets", "asset,site,downtime cost", "P1,S,100")
    bring("maintenance_orders", "order,site,asset,due,part,qty", "W1,S,P1,2026-12-01,M1,6",
          "W2,S,P1,2026-12-02,M1,6", "W3,S,P1,2026-12-03,,")  # fmt: skip
    report = assess(plant, as_of=AS_OF)
    figures = {f.name: f for f in report.baseline}
    assert figures["maintenance orders short of parts"].value == "1 of 2 open orders"
    case = next(c for c in report.use_cases if c.decision == "part_reservation")
    assert (case.value, case.interval) == ("EUR 400.00", "EUR 100.00 to EUR 800.00")
    assert "4 hours (1 to 8)" in case.how


@pytest.mark.usefixtures("stocked")
def test_lateness_has_an_interval(plant, bring):
    bring(
        "deliveries",
        "supplier,promised,received",
        *(f"V,2026-03-{d:02},2026-03-05" for d in range(1, 11)),
    )
    figure = assess(plant, as_of=AS_OF).baseline[-1]
    assert figure.value == "40.0% of 10"
    assert figure.interval.startswith("19.4% to 64.8%")


@pytest.mark.usefixtures("stocked")
def test_a_decision_without_what_it_needs_is_blocked(plant, bring):
    bring("locations", "location,site", "B,EMPTY")
    report = assess(plant, as_of=AS_OF)
    states = {(line.decision, line.site): line for line in report.decisions}
    assert states["mro_replenishment", "EMPTY"].state == "blocked"
    assert "no stock list" in states["mro_replenishment", "EMPTY"].because
    assert states["mro_replenishment", "S"].state == "degraded"
    assert states["mro_replenishment", "S"].fallback
    case = next(c for c in report.use_cases if c.decision == "mro_replenishment")
    assert "EMPTY" in case.complexity


@pytest.mark.usefixtures("stocked")
def test_use_cases_are_ranked_and_history_after_the_day_does_not_count(plant):
    report = assess(plant, as_of=datetime(2024, 1, 1, tzinfo=UTC), site="S")
    assert [case.rank for case in report.use_cases] == list(range(1, len(report.use_cases) + 1))
    valued = [case.value != "not known" for case in report.use_cases]
    assert valued == sorted(valued, reverse=True)
    covers = next(f for f in report.baseline if f.name == "months of cover")
    assert covers.value == "not known"


def test_every_source_is_listed_with_what_it_covers(plant, stocked):
    lines = {line.source: line for line in assess(plant, as_of=AS_OF).sources}
    assert lines["issues"].accepted == 12
    assert lines["issues"].covers == "2023-02-10 to 2026-10-03"
    assert lines["materials"].covers == ""
