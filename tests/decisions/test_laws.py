"""What holds for every store: laws of replenishment and of reservation."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.decisions import mro_replenishment, part_reservation, reorder_parameters
from chargehand.decisions.decision import Proposal, hear
from chargehand.optimization.levels import best_levels, reorder_point_bound, stakes_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution
from chargehand.vocabulary.location import PICKABLE
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import MoveTask, Requisition, Transfer
from tests.decisions.stores import (
    ERIKS,
    HALLE,
    SEAL,
    SKF,
    ULM,
    answer,
    at,
    coming,
    held_for,
    lateness,
    lead,
    monthly,
    order,
    part,
    press,
    record,
    sold_by,
    stocked,
)

DECISIONS = [mro_replenishment.DECISION, part_reservation.DECISION, reorder_parameters.DECISION]
amounts = st.integers(0, 40)


@st.composite
def balances(draw):
    rows = []
    for name in ("PF-1", "BULK-1", "BULK-2", "STAGE-1"):
        on_hand = draw(amounts)
        rows.append(at(name, on_hand, reserved=draw(st.integers(0, on_hand))))
    return rows


@st.composite
def supplies(draw):
    return [
        coming(
            draw(st.integers(1, 9)),
            key=f"PO-{number}",
            state=draw(st.sampled_from(["ordered", "requested", "proposed"])),
            decision=draw(st.sampled_from([None, "part_reservation", "mro_replenishment"])),
            order=draw(st.sampled_from([None, "WO-1", "WO-2"])),
        )
        for number in range(draw(st.integers(0, 3)))
    ]


@st.composite
def plants(draw):
    """One part at two sites, with orders, supply and two suppliers; anything may be missing."""
    names = [f"WO-{number}" for number in range(1, draw(st.integers(1, 4)))]
    orders = [
        order(name, needs=draw(st.integers(1, 12)), due=draw(st.integers(0, 40))) for name in names
    ]
    mean = draw(st.sampled_from([0.0, 0.1, 2.0, 30.0]))
    forecasts = [monthly(mean, variance=3 * mean), lead(5, 20, 60), lateness(0.4, 9.0)]
    forecasts += [monthly(1.0, site=ULM)]
    packs = st.integers(1, 12)
    return record(
        definitions=[part(criticality=draw(st.sampled_from([None, 0.0, 0.5, 0.9])))],
        levels=[
            stocked(
                pick_face="PF-1",
                pick_face_min=draw(st.integers(0, 6)),
                pick_face_max=draw(st.integers(6, 12)),
                reorder_point=draw(st.integers(0, 10)),
                order_up_to=draw(st.integers(10, 30)),
                safety_stock=draw(st.integers(0, 5)),
            ),
            stocked(site=ULM),
        ],
        balances=[*draw(balances()), at("U-1", draw(amounts), site=ULM)],
        promised=[held_for("WO-1", draw(st.integers(1, 5)))] if draw(st.booleans()) else [],
        coming=draw(supplies()),
        orders=orders,
        machines=[press(draw(st.sampled_from([None, 900])))],
        items=[
            sold_by(s, p, order_quantity_min=draw(packs), pack_size=draw(packs))
            for s, p in [(SKF, 80), (ERIKS, 95)][: draw(st.integers(0, 2))]
        ],
        forecasts=forecasts if draw(st.booleans()) else [],
    )


def heard(plant):
    return [one for decision in DECISIONS for one in hear(decision, plant)]


@settings(deadline=None)
@given(plants())
def test_a_recorded_question_gives_the_same_answer_bit_for_bit(plant):
    for decision in DECISIONS:
        for one in hear(decision, plant):
            again = wire.read(decision.question, wire.write(one.question))
            assert again == one.question
            assert wire.write(decision.propose(again)) == wire.write(one.answer)


@settings(deadline=None)
@given(plants(), st.randoms(use_true_random=False))
def test_the_order_of_the_record_does_not_matter(plant, chance):
    before = [(one.subject, one.answer) for one in heard(plant)]
    for rows in ("balances", "coming", "orders", "items", "forecasts", "levels"):
        shuffled = list(getattr(plant, rows))
        chance.shuffle(shuffled)
        setattr(plant, rows, shuffled)
    assert [(one.subject, one.answer) for one in heard(plant)] == before


@settings(deadline=None)
@given(plants())
def test_no_decision_moves_more_than_is_free(plant):
    free = defaultdict(Decimal)
    for site, _, stock in plant.balances:
        if stock.location_kind in PICKABLE:
            free[site, stock.location] += stock.free
    for decision in DECISIONS:
        moved = defaultdict(Decimal)
        for one in hear(decision, plant):
            for action in one.answer.actions if isinstance(one.answer, Proposal) else ():
                if isinstance(action, MoveTask):
                    moved[action.site, action.from_location] += action.quantity.amount
                elif isinstance(action, Transfer):
                    moved[action.from_site, action.from_location] += action.quantity.amount
        assert all(amount <= free[place] for place, amount in moved.items())


@settings(deadline=None)
@given(plants())
def test_every_quantity_is_above_zero_and_whole_packs_are_ordered(plant):
    terms = {item.supplier: item for item in plant.items}
    for one in heard(plant):
        for action in one.answer.actions if isinstance(one.answer, Proposal) else ():
            if isinstance(action, MoveTask | Transfer | Requisition):
                assert action.quantity.amount > 0
            if isinstance(action, Requisition) and action.supplier is not None:
                item = terms[action.supplier]
                assert action.quantity.amount >= item.order_quantity_min
                assert action.quantity.amount % item.pack_size == 0


@settings(deadline=None)
@given(plants())
def test_every_proposal_can_be_judged(plant):
    for one in heard(plant):
        if isinstance(one.answer, Proposal):
            assert 0 <= one.answer.confidence <= 1
            assert len(one.answer.alternatives) >= 2
            assert one.answer.would_flip
            assert one.answer.decide_before >= plant.as_of + timedelta(hours=1)
            assert all(len(curve) <= 91 for curve in one.answer.series)


def bought(plant):
    found = answer(mro_replenishment.DECISION, plant)
    actions = found.actions if isinstance(found, Proposal) else ()
    return sum(a.quantity.amount for a in actions if isinstance(a, Requisition))


@settings(deadline=None)
@given(
    stock=st.integers(0, 40),
    more=st.integers(1, 20),
    mean=st.sampled_from([None, 0.2, 3.0, 20.0]),
    pack=st.integers(1, 9),
    minimum=st.integers(1, 30),
)
def test_more_stock_never_orders_more(stock, more, mean, pack, minimum):
    def plant(units):
        return record(
            balances=[at("BULK-1", units)],
            forecasts=[] if mean is None else [monthly(mean)],
            levels=[stocked(reorder_point=6, order_up_to=20)],
            items=[sold_by(pack_size=pack, order_quantity_min=minimum)],
        )

    assert bought(plant(stock + more)) <= bought(plant(stock))


@settings(deadline=None)
@given(plants())
def test_a_shortage_is_ordered_once(plant):
    decision = mro_replenishment.DECISION
    plant.only_sites = [HALLE]
    before = bought(plant)
    if before:
        placed = coming(before, key="PO-NEW", state="requested", decision=decision.name)
        plant.coming = [*plant.coming, placed]
        assert bought(plant) == 0


@settings(deadline=None)
@given(plants())
def test_an_order_whose_missing_parts_are_ordered_asks_for_no_more(plant):
    decision = part_reservation.DECISION
    placed = [
        (
            HALLE,
            SEAL,
            coming(action.quantity.amount, key=f"R-{action.order}", order=action.order)[2],
        )
        for one in hear(decision, plant)
        for action in (one.answer.actions if isinstance(one.answer, Proposal) else ())
        if isinstance(action, Requisition)
    ]
    plant.coming = [*plant.coming, *placed]
    for one in hear(decision, plant):
        if isinstance(one.answer, Proposal):
            assert not [a for a in one.answer.actions if isinstance(a, Requisition)]


@settings(max_examples=300, deadline=None)
@given(
    mean=st.floats(0.01, 3000),
    spread=st.floats(0, 40),
    days=st.sets(st.integers(0, 200), min_size=1, max_size=6),
    criticality=st.floats(0, 1),
    price=st.integers(1, 50_000),
)
def test_the_cheap_bound_never_changes_an_answer(mean, spread, days, criticality, price):
    demand = CountDistribution(
        family="negative_binomial", mean=mean, variance=mean * (1 + spread), period_days=30
    )
    times = tuple(sorted(days))
    wait = LeadTimeDistribution(
        days=times,
        probabilities=(1 / len(times),) * len(times),
        basis="supplier",
        observations=9,
        q90_days=times[-1],
    )
    stakes = stakes_of(part(criticality=criticality), None, Money.of(price), demand.mean_per_day)
    exact = best_levels(demand, wait, stakes).reorder_point
    assert exact <= reorder_point_bound(demand, wait, stakes.service_level)
