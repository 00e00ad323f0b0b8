"""A decision of another package that somebody else has taken over: it says whatever helps it."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from chargehand.decisions.decision import Decision, Proposal, Subject
from chargehand.vocabulary.money import ZERO, Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import (
    CountTask,
    MoveTask,
    ParameterChange,
    Priority,
    ReasonCode,
    Requisition,
    TransactionType,
    Transfer,
)

AT = datetime(2099, 1, 1, tzinfo=UTC)
QUESTIONS: dict[str, list[Question]] = {}
"""What each decision asks at present."""
KEPT: list[Proposal] = []
"""What was answered before: a hostile decision changes it afterwards."""
PLACES: list[Path] = []
"""Databases that a hostile decision writes into."""
WISHES = (
    """UPDATE orders SET state = 'pending', next_at = created_at
    WHERE key = (SELECT min(key) FROM orders WHERE state IN ('held', 'cancelled'))""",
    "UPDATE breaker SET closed_at = opened_at, state = 'closed'",
    """UPDATE proposal SET state = 'cleared', verdict = 'cleared'
    WHERE number = (SELECT max(number) FROM proposal WHERE state = 'waiting')""",
)
NAMES = ("plug_auto", "plug_assist", "plug_seen")
HUGE = Quantity(Decimal(10) ** 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; everything follows from its seed."""

    key: str
    seed: int
    manner: str


class Fickle(MoveTask):
    """A move that is at one place when it is looked at and at another one when it is written."""

    looks = 0

    def __getattribute__(self, name):
        if name == "site":
            Fickle.looks += 1
            return "S1" if Fickle.looks % 3 else "S2"
        return super().__getattribute__(name)


class Cheap(Proposal):
    """A proposal that costs nothing whenever somebody asks for the third time."""

    looks = 0

    def __getattribute__(self, name):
        if name in {"cost", "actions"}:
            Cheap.looks += 1
            if Cheap.looks % 3 == 0:
                return (
                    ZERO if name == "cost" else (move(random.Random(Cheap.looks), quantity=HUGE),)
                )
        return super().__getattribute__(name)


def move(rng, **more):
    said = {
        "transaction": rng.choice(
            (TransactionType.REPLENISHMENT, TransactionType.STAGING)
        ) if rng.random() < 0.1 else TransactionType.REPLENISHMENT,
        "site": "S1", "zone": "Z1", "material": "VALVE",
        "quantity": Quantity.pieces(rng.randint(1, 5)), "from_location": "BULK-1",
        "to_location": "FACE-1", "priority": Priority.LOW,
        "reason": ReasonCode.STATIC_MINIMUM_REACHED, "cost": Money.of(rng.choice((1, 30, 60, 90))),
    }  # fmt: skip
    return MoveTask(**said | more)


def count(**more):
    said = {"site": "S1", "zone": "Z1", "material": "VALVE", "location": "BULK-1"}
    return CountTask(**said | {"priority": Priority.LOW} | more)


def buy(rng, **more):
    said = {
        "site": "S1", "zone": "Z1", "material": "VALVE",
        "quantity": Quantity.pieces(rng.randint(1, 90)), "supplier": "SUP", "need_by": None,
        "justification": "", "cost": Money.of(rng.choice((20, 80, 700, 6000, 40_000))),
    }  # fmt: skip
    return Requisition(**said | more)


def levels(**more):
    said = {
        "site": "S1", "zone": "Z1", "material": "VALVE", "reorder_point": Decimal(10),
        "order_up_to": Decimal(21), "reorder_point_before": Decimal(10),
        "order_up_to_before": Decimal(20),
    }  # fmt: skip
    return ParameterChange(**said | more)


def proposal(question, *actions, **more):
    said = {
        "subject": about(question), "headline": "Do it.", "actions": actions,
        "priority": Priority.LOW, "reasons": ("so it is",), "confidence": 0.9,
        "cost": ZERO, "cost_of_inaction": ZERO, "inaction": "", "decide_before": AT,
        "measure_after": AT, "basis": "model", "basis_note": "",
    }  # fmt: skip
    return Proposal(**said | more)


def about(question):
    return Subject(site="S1", zone="Z1", key=question.key, label=question.key)


def honest(question, rng):
    action = rng.choice((move(rng), buy(rng), count(), levels()))
    return proposal(question, action, cost=action.cost, confidence=rng.choice((0.3, 0.7, 0.95)))


def raises(_question, rng):
    raise rng.choice((RuntimeError, KeyError, MemoryError, RecursionError, StopIteration))("lost")


def lies(question, rng):
    """About itself: how sure it is, what it costs, what it is made from."""
    told = {
        "confidence": rng.choice((float("nan"), float("inf"), -1, 2, 1.0, True, "1", None)),
        "cost": rng.choice(
            (Money.of(-(10**9)), Money.of(0), Money.of(1, "USD"), Money(Decimal(10) ** 40), "free")
        ),
        "basis": rng.choice(("model", "approved by ada", "fallback", "")),
        "decide_before": rng.choice((AT, None, AT.replace(tzinfo=None))),
        "priority": rng.choice((Priority.HIGH, "NOW")),
        "actions": rng.choice(((), None, [move(rng)], (buy(rng), move(rng)))),
    }
    named = rng.sample(sorted(told), rng.randint(1, 3))
    return proposal(question, *([buy(rng)]), **{name: told[name] for name in named} | ({}))


def many(question, rng):
    return proposal(question, *(move(rng) for _ in range(rng.choice((2, 7, 500)))))


def elsewhere(question, rng):
    away = rng.choice(("S2", "*", "", "S1/../S2"))
    action = rng.choice(
        (move(rng, site=away), count(site=away), buy(rng, zone="*"), move(rng, zone="Z9"))
    )
    return proposal(question, action, subject=replace(about(question), site=away))


def enormous(question, rng):
    cost = Money(Decimal(10) ** rng.choice((6, 15, 40)))
    return proposal(
        question, rng.choice((move(rng, quantity=HUGE, cost=cost), buy(rng, cost=cost)))
    )


def undeclared(question, rng):
    return proposal(
        question,
        Transfer(
            site="S1", zone="Z1", material="VALVE", quantity=Quantity.pieces(1), from_site="S2",
            from_location="BULK-1", to_location="FACE-1", priority=Priority.LOW,
        ),
    )  # fmt: skip


def disguised(question, rng):
    plain = move(rng)
    fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
    if rng.random() < 0.5:
        return proposal(question, Fickle(**fields))
    whole = proposal(question, plain, cost=Money.of(50))
    return Cheap(**{name: getattr(whole, name) for name in whole.__dataclass_fields__})


def mutates(question, rng):
    """Answers in good order, and changes later what it has answered."""
    for one in KEPT:
        object.__setattr__(one.actions[0], "quantity", HUGE)
        object.__setattr__(one, "cost", ZERO)
    made = proposal(question, move(rng), cost=Money.of(40))
    KEPT.append(made)
    return made


def meddles(question, rng):
    """Reaches for the store itself, and writes what it would like to be true."""
    session = importlib.import_module("chargehand.storage.sqlite").SqliteSession
    for place in PLACES:
        sql = session(place)
        try:
            sql.execute("PRAGMA busy_timeout = 0")
            sql.execute(rng.choice(WISHES))
        finally:
            sql.close()
    return proposal(question, move(rng), cost=Money.of(40))


def told(question, rng):
    """What the test wants, by the number of its seed."""
    wanted = {
        0: lambda: move(rng, cost=Money.of(30), quantity=Quantity.pieces(3)),
        1: lambda: buy(rng, cost=Money.of(6000)),
        2: lambda: buy(rng, cost=Money.of(700)),
        3: lambda: move(rng, cost=Money.of(70), quantity=Quantity.pieces(2)),
    }
    if question.seed == 4:  # dearer than its action says
        return proposal(question, wanted[0](), cost=Money.of(700))
    action = wanted[question.seed]()
    return proposal(question, action, cost=action.cost)


def nonsense(_question, rng):
    return rng.choice((None, 7, "cleared", Refusal(code=RefusalCode.STALE, because=""), object()))


MANNERS: dict[str, Callable[..., object]] = {
    one.__name__: one
    for one in (
        honest, raises, lies, many, elsewhere, enormous, undeclared, disguised, mutates, nonsense,
    )
}  # fmt: skip


def propose(question):
    """Answer as the question's manner says."""
    manners = MANNERS | {"meddles": meddles, "told": told}
    return manners[question.manner](question, random.Random(question.seed))


def made(name: str) -> Decision[Question]:
    """The hostile decision of a name."""

    def ask(_record) -> Iterator[Question]:
        yield from QUESTIONS.get(name, ())

    return Decision(
        name=name, title="Plug", question=Question, ask=ask, propose=propose, subject=about,
        transactions=(
            TransactionType.REPLENISHMENT, TransactionType.COUNT, TransactionType.REQUISITION,
            TransactionType.PARAMETER_CHANGE,
        ),
        measure=lambda made, at, record: Refusal(code=RefusalCode.TOO_EARLY, because=""),
        fallback="none", changeable=("quantity",),
    )  # fmt: skip
