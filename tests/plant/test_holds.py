"""A hold is one fact: it freezes stock and all that counts on it, and only a signature ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.signals import kinds
from chargehand.signals.kinds import StockMoved
from chargehand.signals.signal import Receipt, Signal
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    HoldReleased,
    LegReported,
    MovementReported,
    ReservationPicked,
    ReservationPlaced,
)
from chargehand.vocabulary.identifier import HoldId, LocationId, LotId, PersonId
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import (
    AS_OF,
    BULK,
    FACE,
    SITE,
    VALVE,
    Teller,
    count,
    master,
    policy_text,
)
from tests.plant.test_outbox import Careless, owned_by

LOT, OTHER = LotId("L1"), LotId("L2")
CAGE = LocationId("CAGE")
HOLDS = """
[[holds]]
roles = ["admin", "clerk"]
sites = ["S1"]
four_eyes = true
"""
SIGNED = "I have seen the report and let it go"


@pytest.fixture
def plant(make_plant) -> Plant:
    """Forty of one lot and ten of another in the bulk, two at the face, and a cage."""
    plant = make_plant()
    done = plant.activate_policy(policy_text(version=2) + HOLDS, by="ada")
    assert not isinstance(done, list | Refusal), done
    cage = OperationalLocation(location=CAGE, site=SITE, kind=LocationKind.BULK)
    lots = [replace(count(BULK, n), lot=lot) for lot, n in ((LOT, 40), (OTHER, 10))]
    Teller(plant)(*master(), kinds.LocationDefined(definition=cage), *lots, count(FACE, 2))
    return plant


def hold(name: str = "H1", **scope) -> HoldPlaced:
    scope = scope or {"material": VALVE, "lot": LOT}
    return HoldPlaced(hold=HoldId(name), site=SITE, reason="cracked seats", **scope)


def let_go(name: str = "H1", **part) -> HoldReleased:
    return HoldReleased(
        hold=HoldId(name), reason="inspected", person=PersonId("cleo"), signature=SIGNED, **part
    )


def moved(pieces: int, source: LocationId | None, target: LocationId | None, **more):
    return StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(pieces), from_location=source,
        to_location=target, lot=LOT, **more,
    )  # fmt: skip


def reported(pieces: int, source: LocationId, target: LocationId | None, **more):
    outside = more.pop("outside", "adjustment")
    one = LegReported(material=VALVE, lot=LOT, quantity=Quantity.pieces(-pieces), location=source)
    other = replace(one, quantity=Quantity.pieces(pieces), location=target, outside=outside)
    return MovementReported(site=SITE, business_step="storing", legs=(one, other), **more)


def refused(plant: Plant, body: kinds.Body) -> Refusal:
    (receipt,) = Teller(plant)(body)
    assert receipt.refusal is not None, receipt
    return receipt.refusal


def accepted(plant: Plant, *bodies: kinds.Body) -> list[Receipt]:
    receipts = Teller(plant)(*bodies)
    assert all(one.status == "accepted" for one in receipts), receipts
    return receipts


def there(plant: Plant, place: LocationId = BULK, lot: str = LOT) -> Decimal:
    rows = plant.stock(location=place).rows
    return sum((row.on_hand for row in rows if row.lot == lot), Decimal(0))


def place(plant: Plant, body: HoldPlaced, by: str = "ada"):
    done = plant.place_hold(body, by=by)
    assert not isinstance(done, Refusal), done
    return done


def release(plant: Plant, body: HoldReleased, by: str = "cleo"):
    done = plant.release_hold(body, by=by)
    assert not isinstance(done, Refusal), done
    return done


@pytest.mark.engines("sqlite", "postgres")
def test_held_stock_can_be_taken_on_no_path_and_the_refusal_names_the_hold(plant):
    accepted(plant, ReservationPlaced(
        reservation="R1", site=SITE, material=VALVE, quantity=Quantity.pieces(3), lot=LOT,
    ))  # fmt: skip
    place(plant, hold())
    for body in (
        moved(1, BULK, FACE),
        moved(1, BULK, None),
        reported(1, BULK, FACE),
        reported(1, BULK, None, outside="consumed"),
        ReservationPicked(reservation="R1", quantity=Quantity.pieces(1)),
    ):
        refusal = refused(plant, body)
        assert refusal.code is RefusalCode.ON_HOLD
        assert "hold H1: cracked seats" in refusal.because
    more = ReservationPlaced(
        reservation="R2", site=SITE, material=VALVE, quantity=Quantity.pieces(1), lot=LOT
    )
    assert "frozen by hold H1" in refused(plant, more).because
    assert there(plant) == 40
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_task_in_flight_cannot_be_confirmed_until_the_hold_is_gone(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    task = plant.approve(name, by="ada").orders[0]
    done = place(plant, hold())
    assert ("task", task) in {(one.kind, one.key) for one in done.touched}
    refusal = plant.confirm(task, by="ben").refusal
    assert refusal is not None
    assert refusal.code is RefusalCode.ON_HOLD
    assert plant.task(task).state == "open"
    release(plant, let_go())
    became = {one.key: one.became for one in plant.hold("H1").touched}
    assert became[task] == "may be used again"
    assert plant.confirm(task, by="ben").refusal is None
    assert plant.verify().holds


def test_a_task_on_held_stock_is_not_sent_out_before_it_is_let_go(plant):
    system, task = owned_by(plant, Careless(lambda _: None))
    place(plant, hold())
    plant.work()
    assert not system.effects
    release(plant, let_go())
    plant.work()
    assert system.effects == [task]


@pytest.mark.engines("sqlite", "postgres")
def test_open_proposals_about_held_stock_are_closed_and_asked_anew(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    done = place(plant, hold(material=VALVE))
    assert ("proposal", name) in {(one.kind, one.key) for one in done.touched}
    answer = plant.approve(name, by="ada")
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.NOT_WAITING
    assert "hold H1 froze" in plant.proposal(name).history[-1].because
    release(plant, let_go())
    plant.work(until_idle=True)
    assert plant.inbox(decision="mro_replenishment").rows
    assert plant.verify().holds


def test_stock_that_arrives_later_is_frozen_too(plant):
    place(plant, hold(material=VALVE, lot=LOT))
    accepted(plant, moved(5, None, CAGE))
    assert refused(plant, moved(1, CAGE, FACE)).code is RefusalCode.ON_HOLD
    assert {line.location for line in plant.hold("H1").frozen} == {BULK, CAGE}
    assert plant.verify().holds


def test_held_stock_may_be_counted(plant):
    place(plant, hold())
    accepted(plant, replace(count(BULK, 33), lot=LOT))
    assert there(plant) == 33
    assert plant.verify().holds


def test_under_its_hold_stock_goes_to_quarantine_or_scrap_and_nowhere_else(plant):
    place(plant, hold())
    place(plant, hold("H2", location=CAGE))
    accepted(plant, reported(5, BULK, CAGE, under_hold=HoldId("H1")))
    assert there(plant, CAGE) == 5
    accepted(plant, reported(2, BULK, None, outside="scrapped", under_hold=HoldId("H1")))
    sold = reported(2, BULK, None, outside="customer", under_hold=HoldId("H1"))
    assert "only as scrap" in refused(plant, sold).because
    # what stands in the cage is under both holds: one of them alone lets nothing out
    out = reported(1, CAGE, BULK, under_hold=HoldId("H1"))
    assert "hold H2 any more" in refused(plant, out).because
    scrapped = reported(1, CAGE, None, outside="scrapped", under_hold=HoldId("H1"))
    assert "hold H2 is on" in refused(plant, scrapped).because
    assert refused(plant, reported(1, BULK, CAGE, under_hold=HoldId("H9"))).code is (
        RefusalCode.UNKNOWN_HOLD
    )
    assert refused(plant, reported(1, BULK, CAGE, under_hold=HoldId("H2"))).code is (
        RefusalCode.ON_HOLD
    )
    assert plant.verify().holds


def test_a_hold_on_a_place_does_not_let_stock_out_from_under_it(plant):
    place(plant, hold("H2", location=BULK))
    out = reported(1, BULK, CAGE, under_hold=HoldId("H2"))
    assert "would not be on hold H2 any more" in refused(plant, out).because


def test_only_the_person_herself_signs_with_the_role_and_other_eyes(plant):
    place(plant, hold())
    # not who placed it, although the role is right
    answer = plant.release_hold(let_go(), by="ada")
    assert answer.code is RefusalCode.SECOND_PERSON_NEEDED
    # not without the role
    assert plant.release_hold(let_go(), by="ben").code is RefusalCode.NOT_AUTHORIZED
    # not without a signature that says something
    short = replace(let_go(), signature="ok")
    assert plant.release_hold(short, by="cleo").code is RefusalCode.SIGNATURE_MISSING
    # not by a file, a system or a colleague that speaks for her
    for source, sender in (("test", ""), ("person:cleo", ""), ("person:ben", "ben")):
        (receipt,) = plant.take([Signal(source=source, key="x", body=let_go())], sender=sender)
        assert receipt.refusal.code is RefusalCode.NOT_AUTHORIZED, source
    assert plant.hold("H1").row.state == "active"
    release(plant, let_go())
    last = plant.hold("H1").history[-1]
    assert (last.event, last.by, last.signature) == ("release", "cleo", SIGNED)
    accepted(plant, moved(1, BULK, FACE))
    assert plant.verify().holds


def test_whoever_places_a_hold_in_the_name_of_another_has_placed_it(plant):
    body = replace(hold(), person=PersonId("ada"))
    (receipt,) = plant.take([Signal(source="person:cleo", key="x", body=body)], sender="cleo")
    assert receipt.status == "accepted"
    assert plant.release_hold(let_go(), by="cleo").code is RefusalCode.SECOND_PERSON_NEEDED


def test_a_policy_that_says_nothing_lets_nobody_release(make_plant):
    plant = make_plant()
    Teller(plant)(*master(), replace(count(BULK, 5), lot=LOT))
    place(plant, hold(), by="ben")
    answer = plant.release_hold(let_go(), by="ada")
    assert answer.code is RefusalCode.NOT_AUTHORIZED
    assert "[[holds]]" in answer.because


def test_a_part_is_let_go_and_no_more(plant):
    place(plant, hold())
    part = let_go(location=BULK, quantity=Quantity.pieces(6))
    release(plant, part)
    assert refused(plant, moved(7, BULK, FACE)).code is RefusalCode.ON_HOLD
    accepted(plant, moved(4, BULK, FACE))
    assert refused(plant, moved(3, BULK, FACE)).code is RefusalCode.ON_HOLD
    # what was let go is on hold again once it stands where nothing was let go
    assert refused(plant, moved(1, FACE, BULK)).code is RefusalCode.ON_HOLD
    too_much = let_go(location=BULK, quantity=Quantity.pieces(35))
    assert plant.release_hold(too_much, by="cleo").code is RefusalCode.QUANTITY_INVALID
    assert plant.hold("H1").row.state == "active"
    assert plant.verify().holds


def test_two_holds_on_one_lot_are_two(plant):
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=Quantity.pieces(6)))
    place(plant, hold("H2", location=BULK))
    # what was let go before is frozen again, and no part is let go while both are on it
    assert refused(plant, moved(1, BULK, FACE)).code is RefusalCode.ON_HOLD
    part = let_go("H2", material=VALVE, lot=LOT, location=BULK, quantity=Quantity.pieces(1))
    assert plant.release_hold(part, by="cleo").code is RefusalCode.ON_HOLD
    done = release(plant, let_go("H2"))
    assert {one.became for one in done.touched if LOT in one.key} == {
        "still on hold by H1, 6 of it let go"
    }
    accepted(plant, moved(6, BULK, FACE))
    assert refused(plant, moved(1, BULK, FACE)).code is RefusalCode.ON_HOLD
    release(plant, let_go())
    accepted(plant, moved(1, BULK, FACE))
    assert plant.verify().holds


def test_a_review_that_is_due_is_told_once_and_frees_nothing(plant, monkeypatch):
    later = clock.now() + timedelta(days=2)
    place(plant, replace(hold(), review_by=clock.now() + timedelta(days=1)))
    monkeypatch.setattr(plant.store, "_clock", lambda: later)
    plant.work()
    plant.work()
    told = plant.journal(kind="hold_review").rows
    assert [row.body["hold"] for row in told] == ["H1"]
    assert refused(plant, moved(1, BULK, FACE)).code is RefusalCode.ON_HOLD


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (hold(lot=LOT), RefusalCode.HOLD_INVALID),
        (HoldPlaced(hold=HoldId("H"), site=SITE, reason="all"), RefusalCode.HOLD_INVALID),
        (replace(hold(), reason=" "), RefusalCode.REASON_MISSING),
        (hold(location=LocationId("NOWHERE")), RefusalCode.UNKNOWN_LOCATION),
        (let_go("H404"), RefusalCode.UNKNOWN_HOLD),
    ],
)
def test_a_hold_that_says_nothing_clear_is_refused(plant, body, code):
    assert refused(plant, body).code is code


def test_holds_are_listed_and_shown_whole(plant):
    place(plant, hold())
    (row,) = plant.holds(site=SITE).rows
    assert (row.key, row.placed_by, row.state) == ("H1", "ada", "active")
    (line,) = plant.hold("H1").frozen
    assert (line.location, line.lot, line.on_hand, line.holds) == (BULK, LOT, 40, 1)
    release(plant, let_go())
    assert not plant.holds().rows
    assert [one.key for one in plant.holds(state=None).rows] == ["H1"]
    assert plant.hold("H404") is None


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE hold SET reason = 'none'",
        "UPDATE hold SET state = 'released'",
        "UPDATE hold SET ended_by = 'ada'",
        "UPDATE hold SET review_by = '2030-01-01T00:00:00.000000+00:00'",
        "DELETE FROM hold",
        "UPDATE hold_touch SET was = '1' WHERE kind = 'balance'",
        "DELETE FROM hold_touch WHERE kind = 'task'",
        "UPDATE hold_release SET scaled = scaled + 1",
        "DELETE FROM hold_release",
        "UPDATE balance SET frozen = 0 WHERE frozen > 0",
        "UPDATE balance SET frozen = 2 WHERE frozen = 1",
        "UPDATE balance SET released = released + 1000000 WHERE released > 0",
        "UPDATE reservation SET posted = 1000000",
        "UPDATE reservation SET kind = 'order'",
    ],
)
def test_an_edit_of_what_holds_keep_is_found(plant, edit):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.approve(name, by="ada")
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=Quantity.pieces(6)))
    assert plant.verify().holds, plant.verify().faults
    with behind_the_back(plant.folder) as sql:
        sql.execute(edit)
    assert not plant.verify().holds


def test_decisions_see_no_held_stock_but_what_was_let_go_of_it(plant):
    def free() -> Decimal:
        with plant.view(site=SITE) as view:
            return sum((at.free for at in view.stock(SITE)[VALVE] if at.lot == LOT), Decimal(0))

    assert free() == 40
    place(plant, hold())
    assert free() == 0
    release(plant, let_go(location=BULK, quantity=Quantity.pieces(3)))
    assert free() == 3
    accepted(plant, replace(count(BULK, 0), lot=OTHER))
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    task = plant.approve(name, by="ada").orders[0]
    taken = plant.task(task).quantity
    assert plant.confirm(task, by="ben").refusal is None
    assert there(plant) == 40 - taken >= 37
    assert plant.verify().holds
