"""What a hostile reviewer tried: each test names a fault that must not be there."""

from __future__ import annotations

import signal
import sqlite3
import threading
from datetime import date
from decimal import Decimal

import pytest

from chargehand.plant import approving, installed, policies, working
from chargehand.plant.reading import Done
from chargehand.signals import kinds
from chargehand.signals.signal import Signal, Status
from chargehand.storage.sqlite import Writer
from chargehand.vocabulary.identifier import LocationId, MaterialId, PersonId, SiteId, SupplierId
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition, SupplierItem
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal
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

DECISION = "mro_replenishment"


def rows(plant, statement, *parameters):
    with plant.store.snapshot() as sql:
        return [tuple(row) for row in sql.execute(statement, parameters)]


def edit(plant, statement):
    with sqlite3.connect(plant.folder / "chargehand.db") as sql:
        changed = sql.execute(statement).rowcount
    sql.close()
    return changed


def proposed(plant, decision=DECISION):
    report = plant.decide(decision=decision, as_of=AS_OF)
    assert report.proposals, report
    return report.proposals[0].id


def approved(plant):
    return plant.approve(proposed(plant), by="ada", justification="the face runs empty").orders[0]


@pytest.fixture
def automated(make_plant):
    plant = make_plant(phase="automate", name="auto")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def buying(plant):
    """The plant is short of the valve altogether: a requisition is due."""
    Teller(plant)(count(BULK, 0), count(FACE, 2))
    report = plant.decide(decision=DECISION, as_of=AS_OF)
    return next(row.id for row in report.proposals)


# -- refusals that are not refusals, and orders closed by the wrong word ---------------------


def test_a_refused_count_changes_no_stock(plant):
    key = approved(plant)
    before = rows(plant, "SELECT scaled FROM balance WHERE location = 'BULK-1'")
    body = kinds.StockCounted(
        site=SITE, location=BULK, material=VALVE, counted=Quantity.pieces(99), task=key
    )
    receipt = Teller(plant)(body)[0]
    assert receipt.status is Status.REFUSED
    assert rows(plant, "SELECT scaled FROM balance WHERE location = 'BULK-1'") == before


def test_a_purchase_order_cannot_confirm_a_move(plant):
    key = approved(plant)
    Teller(plant)(
        kinds.SupplyPlaced(
            purchase_order="PO-1", site=SITE, material=VALVE, quantity=Quantity.pieces(1),
            order_key=key,
        )
    )  # fmt: skip
    assert rows(plant, "SELECT state FROM orders WHERE key = ?", key) == [("sent",)]
    assert rows(plant, "SELECT sum(reserved) FROM balance WHERE location = 'BULK-1'") != [(0,)]


def test_a_declined_requisition_is_no_longer_on_its_way(plant):
    name = buying(plant)
    key = plant.approve(name, by="ada", justification="the store runs empty").orders[0]
    assert plant.decline(key, by="ben", reason="supplier is gone").status is Status.ACCEPTED
    with plant.view(site="S1") as view:
        assert list(view.supply(SITE)) == []


def test_a_decline_that_overtakes_the_reply_closes_the_proposal(plant):
    """As an order in the outbox (state pending) that the other system declines at once."""
    name = proposed(plant)
    plant.owners["replenishment"] = "wms"
    key = plant.approve(name, by="ada").orders[0]
    assert rows(plant, "SELECT state FROM orders") == [("pending",)]
    plant.decline(key, by="ben", reason="aisle blocked")
    assert plant.proposal(name).row.state == "declined"


class Overtaken:
    """A system whose confirmation comes first, and whose reply then cannot be read."""

    name = "wms"

    def __init__(self, plant, fault):
        self.plant, self.fault, self.sent = plant, fault, []

    def accepts(self, action):
        return True

    def find(self, key):
        return None

    def send(self, order):
        self.sent.append(order.key)
        self.plant.confirm(order.key, by="ben")
        raise self.fault


def test_a_confirmed_order_does_not_become_a_persons_problem(plant):
    from chargehand.execution.order import Misconfigured

    name = proposed(plant)
    plant.owners["replenishment"] = "wms"
    plant.targets["wms"] = Overtaken(plant, Misconfigured("the reply is no JSON"))
    plant.approve(name, by="ada")
    plant.work()
    assert plant.proposal(name).row.state == "confirmed"
    assert rows(plant, "SELECT state FROM orders") == [("confirmed",)]


def test_one_bad_signal_does_not_take_its_neighbours_along(plant):
    key = approved(plant)
    bad = kinds.TaskConfirmed(
        task=key, quantity=Quantity(Decimal("0.0000001"), Unit.PIECE), person=PersonId("ben")
    )
    good = count(FACE, 3)
    receipts = Teller(plant)(good, bad)
    assert [one.status for one in receipts] == [Status.ACCEPTED, Status.REFUSED]


# -- stale answers, stale policies ------------------------------------------------------------


def test_a_hearing_does_not_act_on_facts_that_another_has_acted_on(automated):
    """Two hearings at once (worker and command line): the slower one read the older record."""
    seen = []

    def meanwhile(name, n, of):
        if not seen:
            seen.append(name)
            Teller(automated)(count(FACE, 1))
            automated.decide(decision=DECISION, as_of=AS_OF)

    automated.decide(decision=DECISION, as_of=AS_OF, progress=meanwhile)
    moved = rows(automated, "SELECT sum(scaled) / 1000000 FROM reservation WHERE state = 'open'")
    assert moved[0][0] <= 10, f"{moved[0][0]} valves are on their way to a face of at most 10"


def test_a_deed_that_was_done_while_the_hearing_lasted_is_not_done_again(automated):
    done = []

    def meanwhile(name, n, of):
        if not done:
            report = automated.decide(decision=DECISION, as_of=AS_OF)
            done.extend(report.proposals)
            for task in automated.tasks().rows:
                automated.confirm(task.key, by="ben")

    automated.decide(decision=DECISION, as_of=AS_OF, progress=meanwhile)
    assert len(rows(automated, "SELECT key FROM orders")) == 1


def test_a_newer_proposal_is_not_withdrawn_by_an_older_snapshot(plant):
    Teller(plant)(count(FACE, 10))

    def meanwhile(name, n, of):
        Teller(plant)(count(FACE, 1))
        if not plant.inbox().rows:
            plant.decide(decision=DECISION, as_of=AS_OF)
            assert plant.inbox().rows

    plant.decide(decision=DECISION, as_of=AS_OF, progress=meanwhile)
    assert plant.inbox().rows, "the pick face is short, and its proposal was withdrawn"


def test_an_approval_is_under_the_policy_that_holds_when_it_is_written(plant):
    act = plant._act(proposed(plant), "ben", None)
    done = plant.activate_policy(policy_text(version=2, phase="observe"), by="ada")
    assert isinstance(done, Done), done
    assert isinstance(approving.approve_proposal(act, "the face runs empty"), Refusal)


def test_a_policy_activated_by_a_hundred_hands_keeps_its_checks(plant):
    """Activation checks against the policy before the write, not inside it."""
    four = policy_text(version=4)
    three = policy_text(version=3).replace('roles = ["admin", "planner"]\n\n[[people]]',
                                           'roles = ["planner"]\n\n[[people]]')  # fmt: skip
    three = three.replace('roles = ["clerk"]\n\n[[grants]]', 'roles = ["admin"]\n\n[[grants]]')
    person = plant.person("ada")
    before = policies.in_force

    def slow(store):
        found = before(store)
        policies.in_force = before
        done = plant.activate_policy(three, by="ada")
        assert isinstance(done, Done), done
        return found

    policies.in_force = slow
    try:
        late = policies.activate(plant.store, four, person)
    finally:
        policies.in_force = before
    assert isinstance(late, Refusal), (
        "version 4 holds now, activated by somebody whom version 3 does not let"
    )


def test_changing_levels_changes_their_value(plant):
    from chargehand.decisions.decision import Proposal
    from chargehand.vocabulary import wire
    from tests.plant.conftest import used

    Teller(plant)(*(used(month, 30) for month in range(1, 13)))
    report = plant.decide(decision="reorder_parameters", as_of=AS_OF)
    name = report.proposals[0].id
    done = plant.change(name, by="ben", changes={"reorder_point": "90000", "order_up_to": "100000"})
    assert isinstance(done, Done), done
    (body,) = rows(plant, "SELECT body FROM proposal WHERE number = ?", int(name[2:]))[0]
    change = wire.read(Proposal, body).actions[0]
    assert change.cost.amount > 1_000_000, f"levels for 100,000 valves count as {change.cost}"


def test_levels_stay_in_order(plant):
    from tests.plant.conftest import used

    Teller(plant)(*(used(month, 30) for month in range(1, 13)))
    name = plant.decide(decision="reorder_parameters", as_of=AS_OF).proposals[0].id
    done = plant.change(name, by="ben", changes={"order_up_to": "1"})
    assert isinstance(done, Refusal), "an order-up-to level below the reorder point was taken"


def test_whoever_changed_a_version_does_not_approve_it(plant):
    name = proposed(plant)
    plant.change(name, by="ada", changes={"quantity": "5"})
    assert isinstance(plant.approve(name, by="ada", justification="as I changed it"), Refusal)


# -- names -----------------------------------------------------------------------------------


def test_sites_with_a_slash_keep_their_stock(plant):
    site, place = SiteId("EU/S2"), LocationId("B1")
    Teller(plant)(
        kinds.LocationDefined(definition=OperationalLocation(location=place, site=site)),
        kinds.GoodsReceived(site=site, location=place, material=VALVE, quantity=Quantity.pieces(7)),
    )
    with plant.view(site="EU/S2") as view:
        assert VALVE in view.stock(site), "it was booked to site 'EU', place 'S2/B1'"


def test_a_site_is_never_outside(plant):
    site, place = SiteId("~north"), LocationId("B1")
    receipts = Teller(plant)(
        kinds.LocationDefined(definition=OperationalLocation(location=place, site=site)),
        kinds.StockMoved(
            site=site, material=VALVE, quantity=Quantity.pieces(7), from_location=place
        ),
    )
    assert Status.REFUSED in [one.status for one in receipts], "7 were taken from an empty place"


def test_stock_does_not_change_its_unit(plant):
    definition = MaterialDefinition(material=VALVE, unit=Unit.KILOGRAM, unit_cost=Money.of(30))
    receipt = Teller(plant)(kinds.MaterialDefined(definition=definition))[0]
    units = {row.unit for row in plant.stock(material=VALVE).rows}
    assert receipt.status is Status.REFUSED, f"42 pieces are {units} now"


def test_a_purchase_order_may_have_lines(plant):
    seal = MaterialId("SEAL")
    Teller(plant)(
        kinds.MaterialDefined(definition=MaterialDefinition(material=seal, unit_cost=Money.of(1))),
        *(
            kinds.SupplyPlaced(
                purchase_order="4500001", site=SITE, material=material,
                quantity=Quantity.pieces(10),
            )
            for material in (VALVE, seal)
        ),
    )  # fmt: skip
    with plant.view(site="S1") as view:
        assert set(view.supply(SITE)) == {VALVE, seal}


def test_goods_of_another_material_do_not_complete_a_purchase_order(plant):
    seal = MaterialId("SEAL")
    Teller(plant)(
        kinds.MaterialDefined(definition=MaterialDefinition(material=seal, unit_cost=Money.of(1))),
        kinds.SupplyPlaced(
            purchase_order="4500001", site=SITE, material=VALVE, quantity=Quantity.pieces(10)
        ),
        kinds.GoodsReceived(
            site=SITE, location=BULK, material=seal, quantity=Quantity.pieces(10),
            purchase_order="4500001",
        ),
    )  # fmt: skip
    with plant.view(site="S1") as view:
        assert VALVE in view.supply(SITE)


def test_a_bar_code_scanned_as_quantity_does_not_break_the_books(plant):
    body = kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(4006381333931)
    )
    receipts = Teller(plant)(body, body, body, body)
    kinds_of = rows(plant, "SELECT DISTINCT typeof(scaled) FROM balance")
    assert kinds_of == [("integer",)], f"{[one.status for one in receipts]}: {kinds_of}"
    assert plant.verify().holds


# -- the audit ---------------------------------------------------------------------------------

EDITS = {
    "the policy in force": (
        "UPDATE policy SET text = replace(text, 'value_max = \"EUR 50.00\"',"
        " 'value_max = \"unlimited\"')"
    ),
    "who cleared it": "UPDATE ruling SET cleared_by = '[\"cleo\"]' WHERE verdict = 'cleared'",
    "what its ruling cost": "UPDATE ruling SET cost = '0'",
    "a rejected proposal waits again": "UPDATE proposal SET state = 'waiting'",
    "a proposal's cost": "UPDATE proposal SET cost = '1'",
    "a step of its history": "DELETE FROM transition WHERE event = 'clear'",
    "the state of an order": "UPDATE orders SET state = 'confirmed'",
    "an order twice": (
        "INSERT INTO orders SELECT key || 'x', proposal, ruling, target, 'pending',"
        " transaction_type, action, site, zone, rank, reference, 0, created_at, last_error,"
        " created_at, entry FROM orders"
    ),
    "a definition": "UPDATE master SET body = replace(body, '30', '31') WHERE kind = 'material'",
    "the demand history": "UPDATE usage SET scaled = scaled * 2",
    "a purchase order": "UPDATE supply SET scaled = scaled * 2",
    "a forecast": "UPDATE estimate SET body = '{}'",
    "a signal forgotten": "DELETE FROM inbox WHERE kind = 'stock_counted'",
    "a promise and its balance": (
        "UPDATE reservation SET state = 'voided'",
        "UPDATE balance SET reserved = 0",
    ),
    "an outcome": "UPDATE outcome SET is_right = 1 - is_right",
    "a stop": "UPDATE breaker SET closed_at = opened_at",
    "somebody else's key": "UPDATE credential SET person = 'ada'",
    "when it was counted": "UPDATE balance SET counted_at = '2030-01-01T00:00:00+00:00'",
    "the checkpoints": "DELETE FROM checkpoint",
}


@pytest.mark.parametrize("name", EDITS)
def test_the_audit_finds(plant, name):
    from tests.plant.conftest import used

    Teller(plant)(
        *(used(month, month % 3) for month in range(1, 13)),
        kinds.SupplyPlaced(
            purchase_order="PO-7", site=SITE, material=VALVE, quantity=Quantity.pieces(5)
        ),
    )
    plant.issue_key("cleo", label="handheld")
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    approved(plant)
    plant.measure(as_of=AS_OF.replace(year=2027))
    Teller(plant)(*(count(FACE, pieces) for pieces in range(700)))
    assert plant.verify().holds
    statements = EDITS[name]
    for statement in [statements] if isinstance(statements, str) else statements:
        assert edit(plant, statement), "the edit must hit something"
    assert not plant.verify().holds


def test_one_person_is_not_two(plant):
    """The two-person rule, with the first approval forged in the database."""
    Teller(plant)(
        kinds.SupplierItemDefined(
            definition=SupplierItem(
                supplier=SupplierId("SUP"), material=VALVE, price=Money.of(3000)
            )
        )
    )
    name = buying(plant)
    first = plant.approve(name, by="ada", justification="the store runs empty")
    assert (first.state, first.orders) == ("waiting", ()), first
    assert edit(plant, "UPDATE ruling SET cleared_by = '[\"ben\"]' WHERE verdict = 'awaiting'"
                       " AND number = (SELECT max(number) FROM ruling)")  # fmt: skip
    second = plant.approve(name, by="ada", justification="the store runs empty")
    assert isinstance(second, Refusal) or not plant.verify().holds, second


# -- plug-ins ---------------------------------------------------------------------------------

PLUG = """
'''A decision of another package.'''
from dataclasses import dataclass
from chargehand.decisions.decision import Decision, Proposal, Subject
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import TransactionType

@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    site: str = "S1"

def ask(record):
    {ask}
    yield Question()

def propose(question):
    {propose}

def subject(question):
    return Subject(site="S1", zone="MRO", key="K", label="K")

DECISION = Decision(name="aaa_plug", title="Plug", question=Question,
    transactions=(TransactionType.COUNT,), ask=ask, propose=propose,
    measure=lambda p, at, record: Refusal(code=RefusalCode.TOO_EARLY, because=""),
    subject=subject, fallback="none")
"""
NAN = """
    from chargehand.vocabulary.work import CountTask, Priority
    from chargehand.vocabulary.money import ZERO
    from datetime import datetime, UTC
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Proposal(subject=subject(question), headline="h", actions=(CountTask(site="S1",
        zone="MRO", material="VALVE", location="BULK-1", priority=Priority.LOW),),
        priority=Priority.LOW, reasons=(), confidence=float("nan"), cost=ZERO,
        cost_of_inaction=ZERO, inaction="", decide_before=at, measure_after=at, basis="model",
        basis_note="")
"""
BAD = {
    "propose raises RuntimeError": ("", "raise RuntimeError('lost')"),
    "ask raises KeyError": ("raise KeyError('lost')", "pass"),
    "a confidence of nan": ("", NAN),
}


@pytest.fixture
def looked_up_anew():
    """What is installed is remembered for the life of a process; here it changes."""

    def forget():
        for one in (installed.names, installed.load, installed.purpose, policies.parse):
            one.cache_clear()

    forget()
    yield forget
    forget()


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_plug_in_does_not_stop_the_others(
    plant, tmp_path, monkeypatch, looked_up_anew, fault
):
    asked, proposes = BAD[fault]
    name = f"aaa_plug_{list(BAD).index(fault)}"
    folder = tmp_path / "site"
    (folder / f"{name}-1.dist-info").mkdir(parents=True)
    (folder / f"{name}-1.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
    (folder / f"{name}-1.dist-info" / "entry_points.txt").write_text(
        f"[chargehand.decisions]\n{name} = {name}\n"
    )
    text = PLUG.replace("aaa_plug", name).format(ask=asked, propose=proposes)
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    from chargehand.decisions import catalogue

    assert name in catalogue.names()
    looked_up_anew()
    report = plant.decide(as_of=AS_OF)
    assert any(row.decision == DECISION for row in report.proposals)


def test_a_policy_that_no_longer_reads_can_be_mended(plant, tmp_path, monkeypatch, looked_up_anew):
    """Its decision was uninstalled: the cure that is told must be one."""
    name = "aaa_plug_gone"
    folder = tmp_path / "site"
    (folder / f"{name}-1.dist-info").mkdir(parents=True)
    (folder / f"{name}-1.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
    (folder / f"{name}-1.dist-info" / "entry_points.txt").write_text(
        f"[chargehand.decisions]\n{name} = {name}\n"
    )
    (folder / f"{name}.py").write_text(
        PLUG.replace("aaa_plug", name).format(ask="", propose="pass")
    )
    with monkeypatch.context() as here:
        here.syspath_prepend(str(folder))
        looked_up_anew()
        text = policy_text(version=2) + (
            f'[[phases]]\ndecision = "{name}"\nsite = "*"\nzone = "*"\nphase = "observe"\n'
        )
        done = plant.activate_policy(text, by="ada")
        assert isinstance(done, Done), done
    looked_up_anew()  # the next start of the service
    done = plant.activate_policy(policy_text(version=3), by="ada")
    assert isinstance(done, Done), done


# -- breakers -----------------------------------------------------------------------------------


def test_orders_that_cannot_be_sent_open_the_breaker(automated):
    from chargehand.execution.order import NotAuthorized

    class Locked(Overtaken):
        def send(self, order):
            raise self.fault

    automated.owners["replenishment"] = "wms"
    automated.targets["wms"] = Locked(automated, NotAuthorized("401"))
    strict = policy_text(version=2, phase="automate").replace(
        "failure_count_max = 2", "failure_count_max = 0"
    )
    done = automated.activate_policy(strict, by="ada")
    assert isinstance(done, Done), done
    automated.decide(decision=DECISION, as_of=AS_OF)
    automated.work()
    failed = rows(automated, "SELECT count(*) FROM proposal WHERE state = 'failed'")
    assert failed == [(1,)]
    assert automated.overview().breakers, "one failure, none allowed, and automation goes on"


def rejecting(plant, pieces):
    Teller(plant)(count(FACE, pieces))
    plant.decide(decision=DECISION, as_of=AS_OF)
    for row in plant.inbox().rows:
        plant.reject(row.id, by="ada", reason="wrong_quantity")


def test_a_stop_does_not_wipe_the_rejections_before_it(automated):
    everything = ("*", "*", "*")
    automated.stop_automation(by="ada", reason="first some judging by hand")
    rejecting(automated, 1)
    rejecting(automated, 2)
    automated.close_breaker(*everything, by="ada", reason="the aisle is free again")
    automated.stop_automation(by="ada", reason="and once more, sorry")
    automated.close_breaker(*everything, by="ada", reason="the aisle is free again")
    automated.stop_automation(by="ada", reason="and a third time")
    rejecting(automated, 3)  # 3 of 3 are rejected, from 3 on half of them are allowed
    assert "rejections" in {one.cause for one in automated.overview().breakers}


def test_what_was_rejected_before_a_breaker_was_closed_does_not_open_it_again(automated):
    automated.stop_automation(by="ada", reason="first some judging by hand")
    for pieces in (1, 2, 3, 1, 2):
        Teller(automated)(count(BULK, 40 - pieces))
        automated.store.write(lambda docket: docket.sql("UPDATE proposal SET action_digest = ''"))
        rejecting(automated, pieces)
    assert "rejections" in {one.cause for one in automated.overview().breakers}
    automated.close_breaker("*", "*", "*", by="ada", reason="talked with those who rejected")
    automated.stop_automation(by="ada", reason="judging one more by hand")
    automated.store.write(lambda docket: docket.sql("UPDATE proposal SET action_digest = ''"))
    rejecting(automated, 3)
    causes = {one.cause for one in automated.overview().breakers}
    assert "rejections" not in causes, "one rejection since it was closed, judged from three on"


def test_a_stop_holds_back_what_policy_cleared_and_nobody_has_sent(automated):
    """`Stop all automation at once`: what waits in the outbox was cleared by nobody but policy."""
    target = Overtaken(automated, None)
    target.send = lambda order: target.sent.append(order.key)
    automated.owners["replenishment"] = "wms"
    automated.targets["wms"] = target
    automated.decide(decision=DECISION, as_of=AS_OF)
    assert rows(automated, "SELECT state FROM orders") == [("pending",)]
    automated.stop_automation(by="cleo", reason="forklift in the aisle")
    try:
        automated.work()
    except AttributeError:
        pass
    assert target.sent == []


def test_an_order_sent_just_before_a_crash_is_read_back_first(plant):
    from chargehand.execution.order import Sent

    class Crash(BaseException):
        pass

    calls = []

    class System(Overtaken):
        def find(self, key):
            calls.append("find")
            return Sent(reference="T1")

        def send(self, order):
            calls.append("send")
            if len(calls) == 1:
                raise Crash  # kill -9 after the other system has taken it
            return Sent(reference="T2")

    name = proposed(plant)
    plant.owners["replenishment"] = "wms"
    plant.targets["wms"] = System(plant, None)
    plant.approve(name, by="ada")
    with pytest.raises(Crash):
        plant.work()
    edit(plant, "UPDATE orders SET next_at = '2020'")  # the lease has run out
    plant.work()
    assert calls == ["send", "find"]


# -- jobs ---------------------------------------------------------------------------------------


def test_a_job_that_another_worker_has_is_not_struck_out(plant):
    plant.work(until_idle=True)
    plant.store.write(lambda docket: docket.trigger(SITE, VALVE))
    first = plant.store.write(working._claim)
    plant.store.write(lambda docket: docket.trigger(SITE, VALVE))  # asked for again meanwhile
    second = plant.store.write(working._claim)
    assert len(first) == len(second) == 1
    plant.store.write(lambda docket: working._finish(docket, first))
    # the second worker dies here
    assert rows(plant, "SELECT count(*) FROM job WHERE kind = 'hearing'") == [(1,)]


def test_each_promise_of_delivery_is_looked_at(plant):
    days = (date(2030, 1, 10), date(2030, 2, 20))
    Teller(plant)(
        *(
            kinds.SupplyPlaced(
                purchase_order=f"PO-{n}", site=SITE, material=VALVE,
                quantity=Quantity.pieces(5), promised_on=day,
            )
            for n, day in enumerate(days)
        )
    )  # fmt: skip
    found = rows(plant, "SELECT run_at FROM job WHERE kind = 'hearing_later'")
    assert len(found) == 2, f"only {found}: nobody looks when the second one is late"


# -- the writer ----------------------------------------------------------------------------------


def test_a_full_disk_in_the_middle_of_a_batch_leaves_the_journal_whole(plant):
    """Out of space, SQLite ends the whole transaction by itself: its savepoints are gone."""
    writer = plant.store._writer
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    big = [kinds.Unreadable(raw="x" * 3000, because=f"{n}") for n in range(40)]
    with pytest.raises(Exception):  # noqa: B017 - any error is an answer
        Teller(plant)(*big)
    writer._connection.execute("PRAGMA max_page_count = 1000000")
    Teller(plant)(count(FACE, 3))
    report = plant.verify()
    assert report.holds, report.faults


def test_an_interrupted_caller_does_not_hold_up_the_others(plant):
    """Ctrl-C while the main thread waits for its turn: later writers must not wait for ever."""
    writer: Writer = plant.store._writer
    hold, held = threading.Event(), threading.Event()

    def slow(_docket):
        held.set()
        hold.wait(10)

    worker = threading.Thread(target=plant.store.write, args=(slow,), daemon=True)
    worker.start()
    held.wait(10)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            plant.take([Signal(source="t", key="1", body=count(FACE, 3))])
    finally:
        signal.signal(signal.SIGALRM, before)
    hold.set()
    worker.join(3)
    stuck = worker.is_alive()
    if stuck:  # let the thread go, so that the test ends
        writer._waiting = 0
        Teller(plant)(count(FACE, 4))
    assert not stuck, "a write that was done waits for a caller that has gone"


def test_closing_while_somebody_writes_leaves_nobody_waiting(make_plant):
    plant = make_plant(name="closing")
    writer = plant.store._writer
    ended = threading.Event()

    def first():
        try:
            writer.run(lambda transaction: None)
        except Exception:  # noqa: BLE001 - an error is an answer, silence is not
            pass
        ended.set()

    with writer._count:
        writer._waiting += 1  # a second caller is on its way, so the first leaves the commit to it
    threading.Thread(target=first, daemon=True).start()
    while writer._batch is None or writer._batch.size == 0:
        pass
    writer.close()
    with writer._count:
        writer._waiting -= 1
    with pytest.raises(Exception):  # noqa: B017 - it comes too late
        writer.run(lambda transaction: None)
    assert ended.wait(3), "the first caller waits for ever"


# -- a second round -------------------------------------------------------------------------------


def test_a_requisition_split_over_two_purchase_orders_keeps_both(plant):
    key = plant.approve(buying(plant), by="ada", justification="the store runs empty").orders[0]
    for name in ("PO-1", "PO-2"):
        Teller(plant)(
            kinds.SupplyPlaced(
                purchase_order=name, site=SITE, material=VALVE, quantity=Quantity.pieces(9),
                order_key=key,
            )
        )  # fmt: skip
    with plant.view(site="S1") as view:
        assert {one.key for one in view.supply(SITE)[VALVE]} == {"PO-1", "PO-2"}


def test_nobody_whom_the_policy_does_not_know_confirms(plant):
    key = approved(plant)
    assert plant.confirm(key, by="mallory").status is Status.REFUSED


def test_the_same_content_written_otherwise_is_the_same_content(plant):
    one, two = (
        kinds.StockCounted(
            site=SITE, location=FACE, material=VALVE, counted=Quantity(Decimal(text), Unit.PIECE)
        )
        for text in ("8", "8.0")
    )
    Teller(plant)(one, key="c1")
    assert Teller(plant)(two, key="c1")[0].status is Status.REPEATED


def test_a_night_that_failed_is_tried_again(plant):
    def boom(**_):
        raise OSError("disk")

    plant.work(until_idle=True)
    before = rows(plant, "SELECT count(*) FROM journal WHERE kind = 'hearing'")
    edit(plant, "UPDATE job SET run_at = '2020-01-01T00:00:00+00:00' WHERE kind = 'nightly'")
    plant.decide = boom
    with pytest.raises(OSError, match="disk"):
        plant.work()
    del plant.decide
    plant.work()
    assert rows(plant, "SELECT count(*) FROM journal WHERE kind = 'hearing'") != before


def test_a_decision_that_is_gone_does_not_stop_the_measuring_of_others(plant):
    from tests.plant.conftest import used

    Teller(plant)(*(used(month, 30) for month in range(1, 13)))
    plant.decide(as_of=AS_OF)
    states = rows(plant, "SELECT decision FROM proposal ORDER BY number")
    assert len(states) > 1
    edit(plant, "UPDATE proposal SET state = 'expired'")
    edit(plant, "UPDATE proposal SET decision = 'gone' WHERE number = 1")
    plant.measure(as_of=AS_OF.replace(year=2027))


def test_nobody_writes_in_the_name_of_another_source(plant):
    """An API key of a clerk: what it tells is told by that clerk, whatever source it claims."""
    from fastapi.testclient import TestClient

    from chargehand.api.app import build_app

    key = plant.issue_key("cleo", label="x")
    told = {
        "source": "floor:ben", "key": "1",
        "body": {"kind": "stock_moved", "site": "S1", "material": "VALVE",
                 "quantity": {"amount": "5", "unit": "H87"}, "from_location": "BULK-1"},
    }  # fmt: skip
    with TestClient(build_app(plant)) as client:
        reply = client.post("/v1/signals", json=[told], headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == 200
    lines = rows(plant, "SELECT actor, body FROM journal WHERE actor = 'floor:ben'")
    assert lines == [], "the journal says that Ben took five valves, and nothing names Cleo"


def test_a_foreign_key_cannot_be_taken_before_its_source_uses_it(plant):
    from fastapi.testclient import TestClient

    from chargehand.api.app import build_app

    key = plant.issue_key("cleo", label="x")
    told = {
        "source": "test", "key": "GR-5000001",
        "body": {"kind": "unreadable", "raw": "", "because": "mine"},
    }  # fmt: skip
    other = {
        "source": "test", "key": "GR-5000002",
        "body": {"kind": "failure_reported", "site": "S1", "asset": "A",
                 "failed_at": "2026-01-01T00:00:00Z"},
    }  # fmt: skip
    with TestClient(build_app(plant)) as client:
        client.post("/v1/signals", json=[told, other], headers={"Authorization": f"Bearer {key}"})
    goods = kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(5)
    )
    receipts = [Teller(plant)(goods, key=f"GR-500000{n}")[0].status for n in (1, 2)]
    assert receipts == [Status.ACCEPTED, Status.ACCEPTED]


@pytest.mark.parametrize("statement", [
    "UPDATE journal SET body = '{}' WHERE kind = 'movement'",
    "UPDATE journal SET body = 'x' WHERE kind = 'proposal'",
    "UPDATE journal SET body = CAST(body AS BLOB) WHERE number = 3",
    "UPDATE head SET size = size + 1",
    "UPDATE ruling SET action_digests = 'x' WHERE verdict = 'cleared'",
])  # fmt: skip
def test_the_audit_reports_what_it_cannot_read(plant, statement):
    approved(plant)
    assert edit(plant, statement)
    assert not plant.verify().holds


def test_a_transaction_that_could_not_begin_holds_no_lock(plant):
    edit(plant, "UPDATE head SET size = size + 1")
    with pytest.raises(ValueError, match="peaks"):
        Teller(plant)(count(FACE, 3))
    other = sqlite3.connect(plant.folder / "chargehand.db", timeout=0)
    try:
        other.execute("UPDATE head SET size = size - 1")
        other.commit()
    finally:
        other.close()
    assert Teller(plant)(count(FACE, 3))[0].status is Status.ACCEPTED


def test_what_was_observed_waits_once_its_decision_is_switched_on(make_plant):
    plant = make_plant(phase="observe")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    assert plant.proposal(proposed(plant)).row.state == "observed"
    done = plant.activate_policy(policy_text(version=2, phase="assist"), by="ada")
    assert isinstance(done, Done), done
    plant.decide(decision=DECISION, as_of=AS_OF)
    assert len(plant.inbox().rows) == 1


def test_a_count_below_what_is_promised_is_taken(plant):
    """The floor tells what is there; that it was promised does not make it be there."""
    approved(plant)
    assert Teller(plant)(count(BULK, 3))[0].status is Status.ACCEPTED


def test_a_worker_that_failed_a_minute_ago_still_says_so(plant):
    """Its jobs are leased for ten minutes, so the next round is idle and would wipe the fault."""
    rounds = []
    whole = plant.hear_about

    def boom(subjects):
        rounds.append(subjects)
        raise OSError("disk")

    plant.hear_about = boom
    plant.store.write(lambda docket: docket.trigger(SITE, VALVE))
    before, working.PAUSE_AFTER_FAULT_S = working.PAUSE_AFTER_FAULT_S, 0.01
    try:
        plant.start()
        worker = plant._worker
        for _ in range(300):
            if rounds and not worker.fault:
                break
            threading.Event().wait(0.01)
        assert worker.fault, "a hearing is held up, and the worker says that all is well"
    finally:
        working.PAUSE_AFTER_FAULT_S = before
        plant.stop()
        plant.hear_about = whole
