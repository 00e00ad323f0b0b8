"""What is taken back leaves the journal whole: its numbers, its tree and its head agree."""

from __future__ import annotations

from tests.behind import behind_the_back, no_longer, on_each_ruling
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master


def test_a_clearance_that_is_taken_back_leaves_the_journal_whole(make_plant):
    plant = make_plant(phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    with behind_the_back(plant.folder) as sql:
        on_each_ruling(
            sql, "BEFORE", "UPDATE balance SET reserved = scaled WHERE location = 'BULK-1'"
        )
    report = plant.decide(decision="mro_replenishment", as_of=AS_OF)
    assert (report.cleared, report.proposals[0].state) == (0, "waiting")
    with behind_the_back(plant.folder) as sql:
        no_longer(sql)
        sql.execute("UPDATE balance SET reserved = 0")
    found = plant.verify()
    assert found.holds, found.faults
