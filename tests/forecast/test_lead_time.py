"""Lead times: little evidence is shrunk, and the 90 % bound holds on real deliveries."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.forecast.lead_time import (
    Delivery,
    SupplierPerformance,
    forecast_lead_times,
    supplier_performance,
)

START = date(2024, 1, 1)


def delivery(supplier: str, days: int, *, order: int = 0, late: int | None = None) -> Delivery:
    arrived = START + timedelta(days=order + days)
    return Delivery(
        supplier=supplier,
        ordered_on=START + timedelta(days=order),
        promised_on=None if late is None else arrived - timedelta(days=late),
        delivered_on=arrived,
    )


def history(supplier: str, *days: int) -> list[Delivery]:
    return [delivery(supplier, d, order=7 * n) for n, d in enumerate(days)]


def test_much_evidence_speaks_for_itself():
    known = forecast_lead_times(history("Acme", *[10, 12, 14] * 40), declared_days={"Acme": 90})
    acme = known["Acme"]
    assert acme.basis == "supplier"
    assert acme.observations == 120
    assert acme.mean_days() == pytest.approx(12, abs=0.8)
    assert 14 <= acme.q90_days <= 15


def test_little_evidence_is_shrunk_towards_the_others():
    others = history("Usual", *[30] * 60)
    known = forecast_lead_times([*others, delivery("New", 10)], declared_days={})
    assert known["New"].basis == "pooled"
    assert 10 < known["New"].mean_days() < 30
    assert known["Usual"].mean_days() == pytest.approx(30, abs=1.5)


def test_no_evidence_is_what_was_declared():
    known = forecast_lead_times([], declared_days={"Acme": 21})
    assert (known["Acme"].days, known["Acme"].basis) == ((21,), "declared")


def test_declared_days_that_others_do_not_keep_are_corrected():
    others = history("Slow", *[40] * 60)
    known = forecast_lead_times(others, declared_days={"Slow": 20, "New": 10})
    assert known["New"].basis == "declared"
    assert known["New"].mean_days() == pytest.approx(20)


def test_a_supplier_about_whom_nothing_is_known_is_not_invented():
    undated = Delivery(supplier="Acme", ordered_on=None, promised_on=None, delivered_on=START)
    assert forecast_lead_times([undated], declared_days={}) == {}


def test_a_delivery_before_its_order_is_left_out():
    wrong = Delivery(
        supplier="Acme", ordered_on=START, promised_on=None, delivered_on=date(2023, 1, 1)
    )
    known = forecast_lead_times([wrong, *history("Acme", 5, 5, 5)], declared_days={})
    assert known["Acme"].observations == 3
    assert known["Acme"].days == (5,)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 300), st.integers(0, 900)), max_size=80
    ),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 200)),
    st.randoms(),
)
def test_every_answer_is_a_distribution_whatever_the_order(rows, declared, random):
    deliveries = [delivery(supplier, days, order=order) for supplier, days, order in rows]
    known = forecast_lead_times(deliveries, declared_days=declared)
    random.shuffle(deliveries)
    assert forecast_lead_times(deliveries, declared_days=declared) == known
    assert set(declared) <= set(known)
    for distribution in known.values():
        assert sum(distribution.probabilities) == pytest.approx(1)
        mean = distribution.mean_days()
        assert distribution.days[0] - 1e-9 <= mean <= distribution.days[-1] + 1e-9
        assert distribution.q90_days >= 0


def test_performance_counts_what_was_promised():
    deliveries = [delivery("Acme", 9, late=late) for late in (-2, 0, 4, 8)]
    deliveries.append(delivery("Acme", 9))
    assert supplier_performance(deliveries)["Acme"] == SupplierPerformance(
        supplier="Acme",
        deliveries=4,
        late_fraction=0.5,
        late_days_mean=6.0,
        late_fraction_upper=pytest.approx(0.8176, abs=0.0001),
    )


def test_few_deliveries_prove_little():
    few = supplier_performance([delivery("Acme", 9, late=0)] * 2)["Acme"]
    many = supplier_performance([delivery("Acme", 9, late=0)] * 200)["Acme"]
    assert few.late_fraction == many.late_fraction == 0
    assert few.late_fraction_upper > 0.5
    assert many.late_fraction_upper < 0.02
    unpromised = supplier_performance([delivery("Acme", 9)])["Acme"]
    assert (unpromised.deliveries, unpromised.late_fraction_upper) == (0, 1.0)


def read_deliveries(file) -> list[Delivery]:
    def ordered(text: str) -> date | None:
        for form in ("%m/%d/%Y", "%m/%d/%y"):
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not a moment
            except ValueError:
                continue
        return None

    def written(text: str) -> date:
        day = text.replace("Sept", "Sep")
        return datetime.strptime(day, "%d-%b-%y").date()  # noqa: DTZ007 - a day, not a moment

    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [
            Delivery(
                supplier=row["Vendor"],
                ordered_on=ordered(row["PO Sent to Vendor Date"]),
                promised_on=written(row["Scheduled Delivery Date"]),
                delivered_on=written(row["Delivered to Client Date"]),
            )
            for row in csv.DictReader(lines)
        ]


def test_the_bound_holds_on_seven_years_of_real_deliveries(shared):
    """Each month's orders against the bound known when the month began: 90 +- 3 %."""
    file = shared / "data/scms_delivery/SCMS_Delivery_History_Dataset.csv"
    if not file.exists():
        pytest.skip(f"no {file}")
    deliveries = read_deliveries(file)
    assert len(deliveries) == 10_324
    timed = [d for d in deliveries if d.ordered_on and d.ordered_on <= d.delivered_on]
    months = [date(year, month, 1) for year in range(2009, 2016) for month in range(1, 13)]
    kept, plain, orders = 0, 0, 0
    for month, following in zip(months, [*months[1:], date(2016, 1, 1)], strict=True):
        known = forecast_lead_times(
            [d for d in deliveries if d.delivered_on < month], declared_days={}
        )
        for d in timed:
            if month <= d.ordered_on < following and d.supplier in known:
                lead_time, bound = (d.delivered_on - d.ordered_on).days, known[d.supplier]
                orders += 1
                kept += lead_time <= bound.q90_days
                reached = 0.0
                for days, probability in zip(bound.days, bound.probabilities, strict=True):
                    reached += probability
                    if reached >= 0.9:
                        plain += lead_time <= days
                        break
    assert orders > 4_000
    assert 0.87 <= kept / orders <= 0.93
    assert plain / orders < kept / orders  # what calibration is for
