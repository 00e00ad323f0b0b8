"""Whatever is edited of probes, reviews and answers behind the plant's back, the audit finds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chargehand.governance.reviewing import last_boundary
from chargehand.plant import reviewing
from chargehand.plant.reading import Done
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, policy_text
from tests.plant.test_every_edit import unseen
from tests.plant.test_probes import sown
from tests.plant.test_reviews import RULE

NEXT = last_boundary(datetime.now(UTC), 7) + timedelta(days=7)


@pytest.fixture
def lived(plant, monkeypatch):
    """A plant with a probe that ended and one that waits, and a review under way."""
    done = plant.activate_policy(policy_text(version=2) + RULE, by="ada")
    assert isinstance(done, Done), done
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    for key in plant.approve(name, by="ada").orders:
        plant.confirm(key, by="ben")
    for turn in range(2):
        assert sown(plant) == 1
        with plant.store.snapshot() as sql:
            last = sql.execute("SELECT max(proposal) AS n FROM probe").fetchone()["n"]
        if turn == 0:
            plant.reject(f"P-{last}", by="ada", reason="wrong_quantity")
    monkeypatch.setattr(plant.store, "_clock", lambda: NEXT)
    reviewing.tend_reviews(plant.store)
    (row,) = plant.reviews().rows
    case = plant.review(row.number).cases[0]
    plant.answer_review(row.number, case.subject, "fine", by="ben", text="seen on the floor")
    assert plant.verify().holds
    return plant


@pytest.mark.engines("sqlite", "postgres")
def test_every_value_of_every_row_is_held_against_the_journal(lived):
    with behind_the_back(lived.folder, checks=True) as sql:
        found = set()
        for table in ("probe", "probe_ticket", "review", "review_answer"):
            assert sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0], table
            found |= unseen(lived, sql, table)
    assert not found
