"""Approving many at once: what it comes to is shown first, and each is an act of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from chargehand.governance.authority import Person
from chargehand.governance.policy import Awaiting, Policy, approve
from chargehand.plant import delegating, policies
from chargehand.plant.approving import Act, approve_proposal, waiting
from chargehand.plant.naming import proposal_number, unknown_proposal
from chargehand.plant.reading import Done
from chargehand.plant.rulings import awaiting_of
from chargehand.plant.standing import standing
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode

BATCH_MAX = 200
"""Proposals that one act may approve."""
OVER: Mapping[str, str] = MappingProxyType(
    {
        "undo": "taken back", "change": "changed", "reject": "rejected", "expire": "expired",
        "supersede": "superseded",
    }
)  # fmt: skip
"""What ends an approval that was given, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A proposal that is to be approved with others."""

    id: str
    version: int | None = None
    """The version that was looked at; None: whichever holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One proposal of a batch that can be approved."""

    id: str
    version: int
    headline: str
    cost: Money
    confidence: float
    second_person: bool
    """Another person has to approve it after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """One proposal of a batch that cannot be approved, and why."""

    id: str
    code: RefusalCode
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPreview:
    """What approving a batch would come to. Nothing has happened."""

    count: int
    total: tuple[Money, ...]
    """Cost of those that can be approved, by currency; the act has to name it."""
    worst_confidence: float | None
    lines: tuple[BatchLine, ...]
    not_ready: tuple[NotReady, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """What became of one proposal of a batch."""

    id: str
    done: Done | None = None
    code: RefusalCode | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDone:
    """What became of each proposal of a batch."""

    approved: int
    answers: tuple[BatchAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is to be approved together, by whom and why."""

    store: Store
    owners: Mapping[str, str]
    person: Person
    picks: Sequence[Pick]
    justification: str = ""
    since: datetime | None = None
    """Acts of the person after this moment count as those of this batch: it was cut off."""


def preview(batch: Batch) -> BatchPreview | Refusal:
    """What approving the batch would come to, under the policy of this moment."""
    if not 1 <= len(batch.picks) <= BATCH_MAX:
        because = f"name between 1 and {BATCH_MAX} proposals, not {len(batch.picks)}"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    picks = {pick.id.strip().upper(): pick for pick in batch.picks}
    found = batch.store.look(partial(_looked, batch, list(picks.values())))
    lines = tuple(one for one in found if isinstance(one, BatchLine))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.cost.currency] += line.cost.amount
    return BatchPreview(
        count=len(lines),
        total=tuple(Money.of(amount, currency) for currency, amount in sorted(sums.items())),
        worst_confidence=min((line.confidence for line in lines), default=None),
        lines=lines,
        not_ready=tuple(one for one in found if isinstance(one, NotReady)),
    )


def approve_all(batch: Batch, total: Sequence[Money]) -> BatchDone | Refusal:
    """Approve each proposal of a batch, in a transaction and with a ruling of its own.

    Refused whole unless the total is the one that was seen; then each succeeds or is refused.
    """
    seen = preview(batch)
    if isinstance(seen, Refusal):
        return seen
    if _sums(total) != _sums(seen.total):
        now = " and ".join(map(str, seen.total)) or "nothing"
        because = f"together they cost {now} now, which is not what was seen: look at it again"
        return Refusal(code=RefusalCode.STALE, because=because)
    answers = [BatchAnswer(id=one.id, code=one.code, because=one.because) for one in seen.not_ready]
    approved = 0
    for line in seen.lines:
        number = proposal_number(line.id)
        assert number is not None
        before = batch.store.look(partial(_done_before, batch, number))
        act = Act(
            store=batch.store, owners=batch.owners, person=batch.person, number=number,
            version=line.version,
        )  # fmt: skip
        answer = before or approve_proposal(act, batch.justification)
        approved += isinstance(answer, Done)
        answers.append(_answer(line.id, answer))
    return BatchDone(approved=approved, answers=tuple(answers))


def _sums(total: Sequence[Money]) -> dict[str, Decimal]:
    return {money.currency: money.amount for money in total if money.amount}


def _answer(id: str, answer: Done | Refusal) -> BatchAnswer:
    if isinstance(answer, Done):
        return BatchAnswer(id=id, done=answer)
    return BatchAnswer(id=id, code=answer.code, because=answer.because)


def _looked(batch: Batch, picks: Sequence[Pick], docket: Docket) -> list[BatchLine | NotReady]:
    policy = policies.within(docket)
    return [_line(batch, policy, docket, pick) for pick in picks]


def _line(batch: Batch, policy: Policy, docket: Docket, pick: Pick) -> BatchLine | NotReady:
    number = proposal_number(pick.id)
    if number is None:
        return _not(pick.id, unknown_proposal(pick.id))
    name = f"P-{number}"
    act = Act(
        store=batch.store, owners=batch.owners, person=batch.person, number=number,
        version=pick.version,
    )  # fmt: skip
    row = docket.proposal(number)
    before = _done_before(batch, number, docket)
    if isinstance(before, Refusal):
        return _not(name, before)
    if row is None or before is None:
        found = waiting(act, docket)
        if isinstance(found, Refusal):
            return _not(name, found)
        row = found
        ruling = approve(
            awaiting_of(docket, row), batch.person, policy, justification=batch.justification,
            now=docket.now(), standing=standing(docket, docket.now(), row["currency"]),
            delegations=delegating.in_force(docket),
        )  # fmt: skip
        if isinstance(ruling, Refusal):
            return _not(name, ruling)
        second = isinstance(ruling, Awaiting)
    else:
        second = row["state"] == "waiting"
    return BatchLine(
        id=name, version=row["version"], headline=row["headline"],
        cost=Money.of(row["cost"], row["currency"]), confidence=row["confidence"],
        second_person=second,
    )  # fmt: skip


def _not(id: str, refusal: Refusal) -> NotReady:
    return NotReady(id=id, code=refusal.code, because=refusal.because)


def _done_before(batch: Batch, number: int, docket: Docket) -> Done | Refusal | None:
    """What the person's own approval since the batch began came to; None where there is none.

    Refused where it has been taken back since, or does not stand any more for another reason: it
    is not given once more by repeating the batch.
    """
    if batch.since is None:
        return None
    step = docket.sql(
        "SELECT n, event FROM transition WHERE proposal = ? AND who = ? AND at >= ?"
        " AND event IN ('clear', 'approve_in_part') ORDER BY n DESC LIMIT 1",
        (number, str(batch.person.person), written(batch.since)),
    ).fetchone()
    row = docket.proposal(number)
    if step is None or row is None:
        return None
    later = docket.sql(
        "SELECT event FROM transition WHERE proposal = ? AND n > ?"
        f" AND event IN ({', '.join('?' * len(OVER))}) ORDER BY n LIMIT 1",
        (number, step["n"], *OVER),
    ).fetchone()
    if later is not None:
        because = f"P-{number} was approved, and then {OVER[later['event']]}: look at it again"
        return Refusal(code=RefusalCode.STALE, because=because)
    keys = tuple(order["key"] for order in docket.orders_of(number))
    return Done(
        proposal=f"P-{number}", version=row["version"], state=row["state"], text=step["event"],
        orders=keys,
    )  # fmt: skip
