"""Any edit of the database behind the plant's back is found and named; replay is bit for bit."""

from __future__ import annotations

import sqlite3

import pytest

from tests.plant.conftest import AS_OF, Teller, used


@pytest.fixture
def lived(plant):
    """A plant that has lived through a refill, with forecasts."""
    Teller(plant)(*(used(month, month % 3) for month in range(1, 13)))
    report = plant.decide(as_of=AS_OF)
    names = [row.id for row in report.proposals if row.decision == "mro_replenishment"]
    key = plant.approve(names[0], by="ada", justification="the pick face runs empty").orders[0]
    plant.confirm(key, by="ben")
    assert plant.verify().holds
    return plant


EDITS = {
    "a fact in the journal": (
        "UPDATE journal SET body = replace(body, '40', '41') WHERE kind = 'stock_counted'"
        " AND body LIKE '%40%'",
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
    "a leg": ("UPDATE leg SET scaled = scaled * 2", "legs of movement"),
    "a leg that nobody posted": (
        "INSERT INTO leg VALUES (999999, 0, 'S1/BULK-1', 'VALVE', '', 'available', 1)",
        "no movement in the journal",
    ),
    "a promise": ("UPDATE balance SET reserved = 1000000 WHERE location = 'BULK-1'", "holds back"),
    "what was proposed": (
        "UPDATE proposal SET body = replace(body, 'VALVE', 'VALUE')", "differs from its journal",
    ),
    "the question": ("UPDATE proposal SET question = '{}'", "differs from its journal"),
    "a ruling": ("UPDATE ruling SET verdict = 'refused' WHERE verdict = 'cleared'", "no ruling"),
    "what was cleared": ("UPDATE ruling SET action_digests = '[]'", "ruling of order"),
    "an order": ("UPDATE orders SET action = replace(action, 'FACE', 'FAKE')", "order P-"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found_and_named(lived, edit):
    statement, named = EDITS[edit]
    with sqlite3.connect(lived.folder / "chargehand.db") as sql:
        assert sql.execute(statement).rowcount, "the edit must hit something"
    sql.close()
    report = lived.verify()
    assert not report.holds
    assert any(named in fault for fault in report.faults), report.faults


def test_every_proposal_is_derived_again_bit_for_bit(lived):
    names = [row.id for row in lived.inbox(state="all").rows]
    assert names
    for name in names:
        assert lived.replay(name).identical, lived.replay(name).difference


def test_a_recorded_answer_that_no_longer_follows_is_told_apart(lived):
    rows = lived.inbox(state="all").rows
    name = next(row.id for row in rows if "Carry" in row.headline)
    with sqlite3.connect(lived.folder / "chargehand.db") as sql:
        sql.execute(
            "UPDATE journal SET body = replace(body, 'Carry', 'Fetch')"
            " WHERE kind = 'proposal' AND key = ?",
            (name,),
        )
    sql.close()
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
