"""What a breaker takes back when it opens: what the policy cleared and nobody has begun."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from chargehand.plant.breaker_readings import BY_POLICY, scoped
from chargehand.runtime import clock
from chargehand.storage.docket import Docket
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

LIMITS_REACHED = frozenset({"spend", "count"})
"""Causes that say nothing against what was cleared before: a limit was kept, and is used up."""
JOB = "void"
BECAUSE = "a circuit breaker opened after the policy had cleared it"
AGAIN = timedelta(minutes=2)
TRIES_MAX = 5


def put_back(docket: Docket, scope: tuple[str, str, str], cause: str) -> int:
    """Put what policy cleared in a scope and nobody has begun back to waiting; how many.

    Targets that have an order already are asked by ``void_due``, once this is durable.
    """
    # It asks how things stand, which in turn opens breakers.
    from chargehand.plant import undoing

    if cause in LIMITS_REACHED:
        return 0
    back = 0
    for number in cleared_in(docket, scope):
        found = undoing.standing_of(docket, number)
        if found.sent or found.busy:
            docket.job(JOB, "", str(number), docket.now())
        elif not found.done:
            undoing.put_back(docket, number, because=BECAUSE, actor="chargehand")
            back += 1
    return back


def cleared_in(docket: Docket, scope: tuple[str, str, str]) -> list[int]:
    """Proposals of a scope that policy cleared and that are not done."""
    where, within = scoped(scope)
    rows = docket.sql(
        "SELECT p.number FROM proposal p WHERE p.state IN ('cleared', 'sent')"
        f"{where} AND EXISTS (SELECT 1 FROM orders o JOIN ruling r ON r.number = o.ruling"
        " WHERE o.proposal = p.number AND r.cleared_by = ?) ORDER BY p.number",
        (*within, BY_POLICY),
    ).fetchall()
    return [row["number"] for row in rows]


def void_due(plant: Plant) -> int:
    """Ask targets to take back what a breaker found with them; returns how many were asked."""
    from chargehand.plant.undoing import Undoing, take_back

    with plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT subject, attempts FROM job WHERE kind = ? AND run_at <= ? ORDER BY subject",
            (JOB, written(clock.now())),
        ).fetchall()
    for row in rows:
        done = take_back(
            Undoing(
                store=plant.store, targets=plant.targets, number=int(row["subject"]),
                actor="chargehand", because=BECAUSE,
            )
        )  # fmt: skip
        again = isinstance(done, Refusal) and done.transient and row["attempts"] < TRIES_MAX
        plant.store.write(partial(_next, row["subject"], again=again))
    return len(rows)


def _next(subject: str, docket: Docket, *, again: bool) -> None:
    if again:
        docket.sql(
            "UPDATE job SET run_at = ?, attempts = attempts + 1 WHERE kind = ? AND subject = ?",
            (written(docket.now() + AGAIN), JOB, subject),
        )
    else:
        docket.sql("DELETE FROM job WHERE kind = ? AND subject = ?", (JOB, subject))
