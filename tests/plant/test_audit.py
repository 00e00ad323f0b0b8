"""Any edit of the database behind the plant's back is found and named; replay is bit for bit."""

from __future__ import annotations

import pytest

from chargehand.vocabulary.identifier import LocationId
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, used


@pytest.fixture
def lived(plant):
    """A plant that has lived through a refill, with forecasts."""
    Teller(plant)(*(used(month, month % 3) for month in range(1, 13)))
    report = plant.decide(as_of=AS_OF)
    names = [row.id for row in report.proposals if row.decision == "mro_replenishment"]
    plant.issue_key("cleo", label="handheld")
    key = plant.approve(names[0], by="ada", justification="the pick face runs empty").orders[0]
    plant.confirm(key, by="ben")
    assert plant.verify().holds
    return plant


EDITS = {
    "a fact in the journal": (
        ("UPDATE journal SET body = replace(body, '40', '41') WHERE kind = 'stock_counted'"
        " AND body LIKE '%40%'"),
        "was edited",
    ),
    "who did it": ("UPDATE journal SET actor = 'x' WHERE number = 5", "entry 5"),
    "when it was": ("UPDATE journal SET recorded_at = '2020-01-01' WHERE number = 5", "entry 5"),
    "an entry left out": ("DELETE FROM journal WHERE number = 4", "entry 4 is missing"),
    "the last entries cut off": (
        "DELETE FROM journal WHERE number > (SELECT max(number) - 3 FROM journal)", "its head says",
    ),
    "a balance": (
        "UPDATE balance SET scaled = scaled + 1000000 WHERE site <> ''", "sum of its legs"
    ),
    "another lot's balance": ("UPDATE balance SET lot = 'L'", "have no balance"),
    "another serial's balance": ("UPDATE balance SET serial = 'S'", "have no balance"),
    "a balance put into a unit": ("UPDATE balance SET handling_unit = 'U'", "have no balance"),
    "stock frozen by no hold": ("UPDATE balance SET frozen = 1", "is frozen 1 times"),
    "stock let go under no hold": ("UPDATE balance SET released = 1", "is released by 1"),
    "a promise": ("UPDATE balance SET reserved = 1000000 WHERE location = 'BULK-1'", "holds back"),
    "what was proposed": (
        "UPDATE proposal SET body = replace(body, 'VALVE', 'VALUE')", "differs from its journal",
    ),
    "the question": ("UPDATE proposal SET question = '{}'", "differs from its journal"),
    "a ruling": ("UPDATE ruling SET verdict = 'refused' WHERE verdict = 'cleared'", "no ruling"),
    "what was cleared": ("UPDATE ruling SET action_digests = '[]'", "ruling of order"),
    "an order": ("UPDATE orders SET action = replace(action, 'FACE', 'FAKE')", "order P-"),
    "an order copied under another key": (
        ("INSERT INTO orders SELECT key || 'x', proposal, ruling, target, 'pending',"
        " transaction_type, action, site, zone, rank, reference, 0, created_at, last_error,"
        " created_at, entry, release_at FROM orders"), "order P-1.1/0x has 0 orders in the journal",
    ),
    "an order that is done again": ("UPDATE orders SET state = 'pending'", "state is 'pending'"),
    "who cleared it": (
        "UPDATE ruling SET cleared_by = '[\"cleo\"]' WHERE verdict = 'cleared'", "a ruling on P-1",
    ),
    "the policy": (
        ("UPDATE policy SET text = replace(text, 'value_max = \"EUR 50.00\"',"
        " 'value_max = \"unlimited\"')"), "policy version 1 differs",
    ),
    "a proposal that waits again": ("UPDATE proposal SET state = 'waiting'", "proposal P-1 diff"),
    "a step of its history": ("DELETE FROM transition WHERE event = 'clear'", "a step of P-1"),
    "a definition": (
        "UPDATE master SET body = replace(body, '30', '31') WHERE kind = 'material'",
        "the definition of material VALVE",
    ),
    "the demand history": ("UPDATE usage SET scaled = scaled * 2", "the use of signal test/"),
    "a forecast": ("UPDATE estimate SET body = '{}'", "the forecasts DemandForecast of S1"),
    "a signal forgotten": ("DELETE FROM inbox WHERE kind = 'stock_counted'", "has no answer"),
    "a signal said to be refused": (
        "UPDATE inbox SET status = 'refused', code = 'stale' WHERE kind = 'stock_counted'",
        "is kept as refused",
    ),
    "somebody else's key": ("UPDATE credential SET person = 'ada'", "its person is 'ada'"),
    "when it was counted": ("UPDATE balance SET counted_at = '2030'", "was counted 2030"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found_and_named(lived, edit):
    statement, named = EDITS[edit]
    with behind_the_back(lived.folder) as sql:
        assert sql.execute(statement).rowcount, "the edit must hit something"
    report = lived.verify()
    assert not report.holds
    assert any(named in fault for fault in report.faults), report.faults


def test_a_promise_and_its_balance_edited_together_are_found(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.approve(name, by="ada", justification="the pick face runs empty")
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE reservation SET state = 'voided'")
        sql.execute("UPDATE balance SET reserved = 0")
    assert any("the promise to P-1.1/0" in fault for fault in plant.verify().faults)


def test_a_stop_ended_by_hand_is_found(plant):
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE breaker SET closed_at = opened_at")
    assert any("the breaker *|*|*" in fault for fault in plant.verify().faults)


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM checkpoint", "the checkpoint at 1024 entries is missing"),
        ("UPDATE checkpoint SET root = ?", "the checkpoint at 1024 entries does not match"),
        ("UPDATE checkpoint SET size = 7", "the journal makes none there"),
    ],
)
def test_checkpoints_are_where_they_must_be(plant, statement, named):
    Teller(plant)(*(count(FACE, pieces) for pieces in range(600)))
    plant.store.sequence()
    with behind_the_back(plant.folder) as sql:
        assert sql.execute(statement, [b"\0"] * statement.count("?")).rowcount == 1
    assert any(named in fault for fault in plant.verify().faults)


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE journal SET body = '{}' WHERE kind = 'movement'", "(movement test/"),
        ("UPDATE journal SET body = 'x' WHERE kind = 'proposal'", "(proposal P-1) was edited"),
        ("UPDATE head SET size = size + 1", "the head of the journal cannot be read"),
        ("UPDATE head SET peaks = ?", "the head of the journal cannot be read"),
        ("UPDATE ruling SET action_digests = 'x' WHERE verdict = 'cleared'", "a ruling on P-1"),
        ("UPDATE orders SET action = 'x'", "order P-1.1/0"),
        ("UPDATE journal SET body = '{\"legs\":[{}]}' WHERE kind = 'movement'", "was edited"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_ends_nothing(lived, statement, named):
    with behind_the_back(lived.folder) as sql:
        changed = sql.execute(statement, [b"\0"] * statement.count("?")).rowcount
        assert changed, "the edit must hit something"
    report = lived.verify()
    assert not report.holds
    assert any(named in fault for fault in report.faults), report.faults


@pytest.mark.engines("sqlite")  # PostgreSQL lets nothing in that is no text
@pytest.mark.parametrize("value", ["CAST(body AS BLOB)", "CAST(x'ff' AS TEXT)", "1"])
def test_what_is_no_text_is_a_fault_and_ends_nothing(lived, value):
    with behind_the_back(lived.folder) as sql:
        assert sql.execute(f"UPDATE journal SET body = {value} WHERE number = 3").rowcount
    assert any("entry 3" in fault for fault in lived.verify().faults)


def test_many_faults_of_one_kind_do_not_hide_those_of_another(lived):
    Teller(lived)(*(count(FACE, pieces) for pieces in range(100)))
    with behind_the_back(lived.folder) as sql:
        sql.execute("UPDATE journal SET occurred_at = NULL")
        sql.execute("UPDATE proposal SET state = 'waiting'")
    assert any("its state is 'waiting'" in fault for fault in lived.verify().faults)


def test_a_signal_told_again_under_its_key_is_no_fault(plant):
    Teller(plant)(count(LocationId("BULK-9"), 3), key="again")  # refused: the place is not known
    Teller(plant)(count(BULK, 3), key="again")
    report = plant.verify()
    assert report.holds, report.faults


def test_the_journal_says_who_agreed_whatever_the_table_says(plant):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.approve(name, by="ada", justification="the pick face runs empty")
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE ruling SET cleared_by = '[\"ben\"]'")
    said = plant.store.write(lambda docket: docket.last_ruled(1, 1))
    assert (said["verdict"], said["cleared_by"]) == ("cleared", ["ada"])
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE journal SET body = replace(body, 'ada', 'ben') WHERE kind = 'ruling'")
    assert plant.store.write(lambda docket: docket.last_ruled(1, 1)) == {}


def test_a_recorded_proposal_that_cannot_be_read_is_told_not_raised(lived):
    with behind_the_back(lived.folder) as sql:
        sql.execute("UPDATE journal SET body = 'x' WHERE kind = 'proposal'")
    assert "cannot be read" in lived.replay("P-1").difference


@pytest.mark.engines("sqlite", "postgres")
def test_every_proposal_is_derived_again_bit_for_bit(lived):
    names = [row.id for row in lived.inbox(state="all").rows]
    assert names
    for name in names:
        assert lived.replay(name).identical, lived.replay(name).difference


def test_a_recorded_answer_that_no_longer_follows_is_told_apart(lived):
    rows = lived.inbox(state="all").rows
    name = next(row.id for row in rows if "Carry" in row.headline)
    with behind_the_back(lived.folder) as sql:
        sql.execute(
            "UPDATE journal SET body = replace(body, 'Carry', 'Fetch')"
            " WHERE kind = 'proposal' AND key = ?",
            (name,),
        )
    report = lived.replay(name)
    assert not report.identical
    assert "recorded" in report.difference or "refused now" in report.difference


def test_replay_of_nothing_says_so(lived):
    assert lived.replay("P-9999").code == "unknown_proposal"
    assert lived.replay("x").code == "unknown_proposal"


def test_what_is_read_is_what_the_evidence_names(lived):
    for row in lived.inbox(state="all").rows:
        evidence = lived.proposal(row.id).evidence
        assert evidence
        for line in evidence:
            entry = lived.journal_entry(int(line.reference[1:]))
            assert entry.kind == line.kind
