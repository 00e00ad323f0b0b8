"""Probes: wrong on purpose, seen through every door, and never with an effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from chargehand.governance.reviewing import ProbeRule
from chargehand.plant import installed, planting, policies, probe_tickets
from chargehand.plant.batching import Pick
from chargehand.plant.measuring import measure_due
from chargehand.plant.probe_wrongs import Pattern, made_wrong
from chargehand.plant.reading import Done
from chargehand.storage.session import RuleBroken
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master, policy_text

ANY = frozenset({"*"})
RULE = ProbeRule(per_week=2, decisions=ANY, sites=ANY)
PROBES = """
[[reviews]]
sites = ["*"]
roles = ["planner"]

[[probes]]
per_week = 2
decisions = ["*"]
sites = ["*"]
"""


@pytest.fixture
def probed(plant):
    """A plant where something was proposed and done, and a probe was made from it."""
    batch(plant)
    proposed = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals
    done = plant.approve(proposed[0].id, by="ada")
    for key in done.orders:
        plant.confirm(key, by="ben")
    assert sown(plant) == 1
    return plant


@pytest.fixture
def short(make_plant):
    """A plant with a probe of something to be bought."""
    plant = make_plant(name="short")
    Teller(plant)(*master(reorder_point=30), count(BULK, 2), count(FACE, 2))
    proposed = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals
    plant.reject(proposed[0].id, by="ada", reason="other_plan")
    assert sown(plant) == 1
    return plant


def batch(plant):
    """Commitments for more probes than a test plants."""
    plant.store.write(lambda docket: probe_tickets.draw(docket, planting.week_of(docket.now()), 9))


def sown(plant, rule=RULE):
    return plant.store.write(
        lambda docket: planting.plant(docket, policies.within(docket), rule, SITE)
    )


def row(plant):
    with plant.store.snapshot() as sql:
        return dict(sql.execute("SELECT * FROM probe").fetchone())


def name(plant):
    return f"P-{row(plant)['proposal']}"


def state(plant):
    return row(plant)["state"], plant.proposal(name(plant)).row.state


def effects(plant):
    """Everything that a probe must leave as it is."""
    with plant.store.snapshot() as sql:
        tables = ("orders", "supply", "reservation", "outcome", "balance", "breaker", "demotion")
        return {
            table: [tuple(one) for one in sql.execute(f"SELECT * FROM {table} ORDER BY entry")]
            for table in tables
        }


@pytest.mark.engines("both")
def test_it_waits_like_any_other_proposal(probed):
    detail = probed.proposal(name(probed))
    assert (detail.row.state, detail.verdict) == ("waiting", "awaiting")
    assert detail.row.id in {one.id for one in probed.inbox().rows}
    assert "probe" not in repr(detail).casefold()
    assert probed.verify().holds


def test_its_wrong_can_be_seen(probed):
    detail, wrong = probed.proposal(name(probed)), row(probed)["wrong"]
    action = detail.proposal.actions[0]
    assert str(action.quantity.amount) in wrong or action.to_location in wrong


@pytest.mark.engines("both")
def test_approving_it_is_stopped_before_any_effect_and_told_at_once(probed):
    before, rulings = effects(probed), len(probed.journal(kind="ruling", limit=500).rows)
    answer = probed.approve(name(probed), by="ada", justification="looks fine to me")
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.WAS_A_PROBE
    assert row(probed)["wrong"] in answer.because
    assert state(probed) == ("missed", "superseded")
    assert effects(probed) == before
    assert len(probed.journal(kind="ruling", limit=500).rows) == rulings
    assert probed.verify().holds


def test_it_is_not_kept_who_approved_it(probed):
    known = len(probed.journal(limit=500).rows)
    probed.approve(name(probed), by="ada", justification="looks fine to me")
    rows = probed.journal(limit=500).rows
    told = rows[: len(rows) - known]
    assert {one.kind for one in told} == {"transition", "probe_ended"}
    assert not any("ada" in repr(one).casefold().split("'") for one in told)
    assert {one.actor for one in told} == {"chargehand"}


def test_rejecting_it_is_seeing_it_through(probed):
    before = effects(probed)
    answer = probed.reject(name(probed), by="ada", reason="wrong_quantity")
    assert isinstance(answer, Done)
    assert answer.text.startswith("well seen")
    assert state(probed) == ("caught", "superseded")
    assert effects(probed) == before


def test_a_change_that_cannot_be_made_is_no_sign_of_having_read_it(probed):
    answer = probed.change(name(probed), by="ada", changes={"quantity": "many"})
    assert isinstance(answer, Refusal)
    assert state(probed) == ("waiting", "waiting")


def test_changing_it_is_seeing_it_through(probed):
    answer = probed.change(name(probed), by="ada", changes={"quantity": "8"})
    assert isinstance(answer, Done)
    assert state(probed) == ("caught", "superseded")


def test_nobody_who_may_not_approve_it_learns_what_it_is(short):
    answer = short.approve(name(short), by="cleo", justification="why not then")
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.NOT_AUTHORIZED, "a clerk may not have anything bought"
    assert state(short) == ("waiting", "waiting")


def test_one_that_nobody_looked_at_ends_unseen(probed, monkeypatch):
    later = datetime.now(UTC) + timedelta(days=10)
    monkeypatch.setattr(probed.store, "_clock", lambda: later)
    probed.work(until_idle=True)
    assert state(probed) == ("unseen", "expired")
    assert measure_due(probed.store, later + timedelta(days=400)) is not None
    with probed.store.snapshot() as sql:
        measured = sql.execute(
            "SELECT 1 FROM outcome WHERE proposal = ?", (row(probed)["proposal"],)
        ).fetchone()
    assert measured is None
    assert probed.verify().holds


def test_the_commitments_give_nothing_away_and_prove_it_later(probed):
    (told,) = probed.journal(kind="probe").rows
    assert len(told.body["commitments"]) == 9, "as many as may be planted, whichever are"
    assert name(probed) not in repr(told)
    probed.reject(name(probed), by="ada", reason="wrong_quantity")
    (ended,) = probed.journal(kind="probe_ended").rows
    salt, wrong = ended.body["salt"], ended.body["wrong"]
    assert hashed("ticket", salt) in told.body["commitments"]
    (sealed,) = [one for one in probed.journal(kind="proposal").rows if one.key == name(probed)]
    assert told.number < sealed.number
    seal = hashed("probe", name(probed), salt)[:32] + hashed("wrong", salt, wrong)[:32]
    assert sealed.body["seal"] == seal


def hashed(*parts):
    return sha256(wire.canonical(list(parts)).encode()).hexdigest()


def test_nothing_in_the_journal_sets_it_apart_from_a_real_proposal(plant):
    batch(plant)
    real = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    before = plant.journal(limit=500).rows
    for key in plant.approve(real, by="ada").orders:
        plant.confirm(key, by="ben")
    since = plant.journal(limit=500).rows
    assert sown(plant) == 1
    planted = plant.journal(limit=500).rows[: -len(since)]
    heard = before[: len(planted)]

    def seen(rows):
        return [(one.kind, one.actor, sorted(one.body)) for one in rows]

    assert seen(planted) == seen(heard)
    seals = [one.body["seal"] for one in plant.journal(kind="proposal").rows]
    assert len(set(seals)) == len(seals)
    assert {len(seal) for seal in seals} == {64}


@pytest.mark.engines("both")
@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM probe",
        "DELETE FROM probe_ticket",
        "UPDATE probe SET proposal = 1",
        "UPDATE probe SET state = 'caught'",
    ],
)
def test_whoever_hides_its_row_has_nothing_done(probed, edit):
    before = effects(probed)
    with behind_the_back(probed.folder) as sql:
        sql.execute(edit)
    answer = probed.approve(name_sealed(probed), by="ada", justification="the store runs empty")
    assert isinstance(answer, Refusal), answer
    assert answer.code is RefusalCode.NO_RULING
    assert effects(probed) == before
    assert not probed.verify().holds


def name_sealed(plant):
    """The newest proposal, whatever the table of probes says."""
    return plant.journal(kind="proposal").rows[0].key


@pytest.mark.engines("both")
def test_the_database_itself_refuses_to_clear_or_order_it(probed):
    number = row(probed)["proposal"]

    def cleared(docket):
        docket.sql(
            "INSERT INTO ruling (number, proposal, version, verdict, cleared_by, clause,"
            " policy_version, justification, action_digests, cost, currency, at, entry)"
            " VALUES (999, ?, 1, 'cleared', '[\"policy\"]', '', 1, '', '[]', '0', 'EUR', '', 0)",
            (number,),
        )

    def ordered(docket):
        found = docket.sql("SELECT min(number) FROM ruling").fetchone()[0]
        docket.sql(
            "INSERT INTO orders (key, proposal, ruling, target, state, transaction_type, action,"
            " site, zone, rank, reference, last_error, created_at, entry) VALUES"
            " ('forged', ?, ?, 'floor', 'sent', 'count', '{}', '', '', 1, '', '', '', 0)",
            (number, found),
        )

    for forged in (cleared, ordered):
        with pytest.raises(RuleBroken):
            probed.store.write(forged)


def test_it_counts_as_no_supply(short):
    """A requisition that waits counts as proposed supply; that of a probe does not."""
    plant = short

    def supply():
        with plant.store.snapshot() as sql:
            return SqlRecordView(sql, AS_OF).supply(SITE).get(VALVE, ())

    assert not [one for one in supply() if one.state == "proposed"]
    with behind_the_back(plant.folder) as sql:
        sql.execute("DELETE FROM probe")
    assert [one.state for one in supply()] == ["proposed"], "a real one would have counted"


def test_a_real_proposal_takes_its_place(probed):
    Teller(probed)(count(FACE, 0))
    probed.decide(as_of=AS_OF)
    assert probed.proposal(name(probed)).row.state == "superseded"
    planting.tend_probes(probed.store)
    assert state(probed) == ("withdrawn", "superseded")


def test_a_hearing_with_nothing_to_propose_leaves_it_waiting(probed):
    probed.decide(as_of=AS_OF)
    assert state(probed) == ("waiting", "waiting")


def test_none_is_planted_where_no_person_would_be_asked(make_plant):
    plant = make_plant(phase="automate", name="auto")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    plant.decide(decision="mro_replenishment", as_of=AS_OF)
    before = [one.id for one in plant.inbox(state="all").rows]
    sown(plant)
    after = [one for one in plant.inbox(state="all").rows if one.id not in before]
    assert all(one.state == "waiting" for one in after)


def test_so_many_are_planted_in_a_week_and_no_more(probed, monkeypatch):
    text = policy_text(version=2) + PROBES
    assert isinstance(probed.activate_policy(text, by="ada"), Done)
    sunday = planting.week_of(datetime.now(UTC)) + timedelta(days=7) - timedelta(seconds=1)
    monkeypatch.setattr(probed.store, "_clock", lambda: sunday)
    planted = 0
    for _ in range(5):
        for waiting in probed.inbox().rows:
            probed.reject(waiting.id, by="ada", reason="wrong_quantity")
        planted += planting.tend_probes(probed.store)
    assert planted == RULE.per_week - 1, "one was planted by the fixture"
    assert probed.verify().holds


def test_when_they_are_planted_differs_by_site_and_week(probed):
    def drawn(docket):
        week = planting.week_of(datetime.now(UTC))
        return [
            planting.moments(docket, RULE, site, start)
            for site in ("A", "B")
            for start in (week, week + timedelta(days=7))
        ]

    found = probed.store.write(drawn)
    shares = {tuple((at - planting.week_of(at)).total_seconds() for at in one) for one in found}
    assert len(shares) == 4
    assert probed.store.write(drawn) == found


def test_every_kind_of_decision_can_be_made_wrong(probed):
    """Those that the rich plant of the contracts proposes, one by one."""
    from chargehand.decisions.decision import Proposal, hear
    from tests.contracts.rich_plant import rich_plant

    made = set()
    for kind in installed.names():
        decision = installed.load(kind)
        for heard in hear(decision, rich_plant()):
            if not isinstance(heard.answer, Proposal):
                continue
            pattern = Pattern(
                decision=decision, question=heard.question, proposal=heard.answer, places=("X-9",)
            )
            for choice in range(2):
                wronged = made_wrong(pattern, choice)
                if wronged is not None:
                    made.add(kind)
                    assert wronged.proposal.actions != heard.answer.actions
                    assert wronged.wrong.endswith(".")
    assert made == set(installed.names())


def test_whoever_edits_a_probe_is_found_out(probed):
    for column, value in (("wrong", "'nothing'"), ("salt", "'00'"), ("proposal", "1")):
        with behind_the_back(probed.folder) as sql:
            kept = row(probed)[column]
            sql.execute(f"UPDATE probe SET {column} = {value}")
            assert not probed.verify().holds, column
            sql.execute(f"UPDATE probe SET {column} = ?", (kept,))
    assert probed.verify().holds


def by_batch(plant, name):
    picks = [Pick(id=name)]
    seen = plant.preview_batch(picks, by="ada", justification="all of them are fine")
    done = plant.approve_many(
        picks, by="ada", total=seen.total, justification="all of them are fine"
    )
    assert done.approved == 0
    return done.answers[0].code


def by_changing_it_too(plant, name):
    done = plant.change(name, by="ada", changes={"quantity": "7"}, approve=True)
    assert isinstance(done, Done)
    return done.state


def by_two_at_once(plant, name):
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda who: plant.approve(name, by=who), ("ada", "ben")))
    codes = {one.code for one in answers}
    assert codes == {RefusalCode.WAS_A_PROBE, RefusalCode.NOT_WAITING}
    return RefusalCode.WAS_A_PROBE


def again_afterwards(plant, name):
    plant.approve(name, by="ada")
    return plant.approve(name, by="ada").code


@pytest.mark.engines("both")
@pytest.mark.parametrize(
    ("door", "answer"),
    [
        (by_batch, RefusalCode.WAS_A_PROBE),
        (by_changing_it_too, "superseded"),
        (by_two_at_once, RefusalCode.WAS_A_PROBE),
        (again_afterwards, RefusalCode.NOT_WAITING),
    ],
)
def test_no_door_leads_to_an_order(probed, door, answer):
    before = effects(probed)
    assert door(probed, name(probed)) == answer
    assert effects(probed) == before
    assert probed.proposal(name(probed)).row.state == "superseded"
    assert probed.verify().holds


def test_what_a_probe_came_to_counts_in_no_breaker(make_plant):
    """Three rejections of real proposals would open the breaker of this policy."""
    plant = make_plant(phase="automate", name="breaking")
    text = policy_text(version=2, phase="automate").replace(
        'transactions = ["replenishment"]', 'transactions = ["count"]'
    )
    assert not policies.first(plant.store, text)
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    done = plant.approve(
        plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id, by="ada"
    )
    for key in done.orders:
        plant.confirm(key, by="ben")
    for _ in range(4):
        assert sown(plant) == 1
        (waiting,) = plant.inbox().rows
        plant.reject(waiting.id, by="ada", reason="wrong_quantity")
    assert not plant.overview().breakers
