"""A forger who mends what he breaks, one layer after the other, is still found by the next one."""

from __future__ import annotations

import json

import pytest

from chargehand.record.journal import Entry, Tree, leaf_hash
from chargehand.storage.session import Session
from chargehand.vocabulary.wire import canonical
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, used


def mend(sql: Session, *, head: bool) -> None:
    """Hash every entry as it now reads, and the head over them."""
    tree = Tree()
    for row in sql.execute("SELECT * FROM sequenced ORDER BY place").fetchall():
        entry = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
        leaf = leaf_hash(entry.leaf_text())
        sql.execute("UPDATE journal SET leaf = ? WHERE number = ?", (leaf, entry.number))
        tree.append(leaf)
    if head:
        sql.execute("UPDATE head SET size = ?, peaks = ?", (tree.size, b"".join(tree.peaks)))


def move_instead(sql: Session, amounts: dict[str, int]) -> None:
    """Let the refill have moved other amounts (millionths): in the journal and in the balances."""
    row = sql.execute(
        "SELECT number, body FROM journal WHERE kind = 'movement' AND body LIKE '%stocking%'"
    ).fetchone()
    movement = json.loads(row["body"])
    for leg in movement["legs"]:
        account = leg["key"]["account"]
        sql.execute(
            "UPDATE balance SET scaled = scaled + ? WHERE account = ?",
            (amounts[account] - leg["scaled"], account),
        )
        leg["scaled"] = amounts[account]
    sql.execute(
        "UPDATE journal SET body = ? WHERE number = ?", (canonical(movement), row["number"])
    )


def faults(plant) -> str:
    return "\n".join(plant.verify().faults)


@pytest.fixture
def refilled(plant):
    """Eight valves were carried from the bulk to the pick face."""
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    plant.confirm(plant.approve(name, by="ada").orders[0], by="ben")
    assert plant.verify().holds
    return plant


@pytest.mark.engines("sqlite", "postgres")
def test_an_edit_whose_leaf_was_mended_is_found_by_the_root(plant):
    plant.store.sequence()
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE journal SET actor = 'x' WHERE number = 5")
        mend(sql, head=False)
    assert "does not match the head" in faults(plant)


@pytest.mark.parametrize("column", ["recorded_at", "occurred_at", "cause", "actor", "key", "body"])
def test_no_column_of_an_entry_is_left_out_of_its_leaf(plant, column):
    with behind_the_back(plant.folder) as sql:
        sql.execute(f"UPDATE journal SET {column} = coalesce({column}, '') || ' ' WHERE number = 5")
    assert any("entry 5 " in one and "was edited" in one for one in plant.verify().faults)


def test_an_edit_whose_head_was_mended_is_found_by_a_checkpoint(plant):
    Teller(plant)(*(used(1 + n % 12, 1) for n in range(1100)))
    assert plant.verify().holds
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE journal SET actor = 'x' WHERE number = 5")
        mend(sql, head=True)
    assert "checkpoint" in faults(plant)


@pytest.mark.parametrize(
    ("bulk", "face", "said"), [(-8, 9, "does not balance"), (-80, 80, "is below zero")]
)
def test_a_movement_forged_in_every_table_still_breaks_the_law(refilled, bulk, face, said):
    with behind_the_back(refilled.folder) as sql:
        move_instead(sql, {"S1/BULK-1": bulk * 1_000_000, "S1/FACE-1": face * 1_000_000})
        mend(sql, head=True)
    assert said in faults(refilled)


def test_a_balance_that_is_gone_is_missed(plant):
    Teller(plant)(count(BULK, 41), count(FACE, 3))
    with behind_the_back(plant.folder) as sql:
        sql.execute("DELETE FROM balance WHERE location = 'FACE-1'")
    assert "have no balance" in faults(plant)
