"""What is taken back leaves the journal whole: its numbers, its tree and its head agree."""

from __future__ import annotations

from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master


def edit(plant, *statements: str) -> None:
    with behind_the_back(plant.folder) as sql:
        for statement in statements:
            sql.execute(statement)


def test_a_clearance_that_is_taken_back_leaves_the_journal_whole(make_plant):
    plant = make_plant(phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    edit(
        plant,
        "CREATE TRIGGER gone BEFORE INSERT ON ruling BEGIN"
        " UPDATE balance SET reserved = scaled WHERE location = 'BULK-1'; END",
    )
    report = plant.decide(decision="mro_replenishment", as_of=AS_OF)
    assert (report.cleared, report.proposals[0].state) == (0, "waiting")
    edit(plant, "DROP TRIGGER gone", "UPDATE balance SET reserved = 0")
    found = plant.verify()
    assert found.holds, found.faults
