"""What people do with proposals beside one yes or no: batches, undo, standing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chargehand.execution.order import OrderTarget
from chargehand.governance.delegation import Scope
from chargehand.governance.policy import may_change
from chargehand.plant import batching, delegating, looking_at, policies, queues
from chargehand.plant.batching import Batch, BatchDone, BatchPreview, Pick
from chargehand.plant.delegating import DelegationRow
from chargehand.plant.locked import locked_out
from chargehand.plant.naming import proposal_number, unknown_proposal
from chargehand.plant.queues import OnDuty
from chargehand.plant.reading import Done
from chargehand.plant.rulings import submission_of
from chargehand.plant.undoing import Undoing, take_back
from chargehand.runtime import clock
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode


class DecidingActs:
    """What people do with proposals beside one yes or no: batches, undo, standing in."""

    store: Store
    owners: Mapping[str, str]
    targets: dict[str, OrderTarget]

    def wake(self) -> None:
        """Tell whoever works in the background that something has changed."""

    def preview_batch(
        self, picks: Sequence[Pick], *, by: str, justification: str = ""
    ) -> BatchPreview | Refusal:
        """What approving these together would come to; nothing is changed."""
        batch = self._batch(picks, by, justification, None)
        return batch if isinstance(batch, Refusal) else batching.preview(batch)

    def approve_many(
        self,
        picks: Sequence[Pick],
        *,
        by: str,
        total: Sequence[Money],
        justification: str = "",
        since: datetime | None = None,
    ) -> BatchDone | Refusal:
        """Approve several proposals, each on its own; ``total`` is what the preview has shown.

        Refused as stale where they cost something else by now. ``since``: go on with a batch that
        was begun then and cut off.
        """
        batch = self._batch(picks, by, justification, since)
        if isinstance(batch, Refusal):
            return batch
        done = batching.approve_all(batch, total)
        self.wake()
        return done

    def _batch(
        self, picks: Sequence[Pick], by: str, justification: str, since: datetime | None
    ) -> Batch | Refusal:
        policy = policies.in_force(self.store)
        person = policy.person(by)
        if person is None:
            because = f"{by or 'nobody'} is not among the people of policy version {policy.version}"
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
        return Batch(
            store=self.store, owners=self.owners, person=person, picks=picks,
            justification=justification, since=since,
        )  # fmt: skip

    def undo(self, id: str, *, by: str, because: str = "") -> Done | Refusal:
        """Take a cleared proposal back: its orders are cancelled, and it waits again.

        Within the undo window always; after it as long as nobody has begun and every outside
        system lets go of its orders. Whoever may decide on it may.
        """
        number = proposal_number(id)
        if number is None:
            return unknown_proposal(id)
        undoing = Undoing(
            store=self.store, targets=self.targets, number=number, actor=by,
            because=because, is_personal=True, check=partial(_may_undo, by),
        )  # fmt: skip
        done = take_back(undoing)
        self.wake()
        return done

    def looked_at(self, id: str, *, by: str) -> bool:
        """Note that somebody has opened a proposal that waits: how long people read, over many."""
        number = proposal_number(id)
        return number is not None and looking_at.looked_at(self.store, number, by)

    def delegate(
        self,
        *,
        by: str,
        to: str,
        until: datetime | timedelta,
        because: str,
        scope: Scope = delegating.EVERYTHING,
    ) -> DelegationRow | Refusal:
        """Let somebody decide in one's stead until then, or for so long from now."""
        moment = clock.now() + until if isinstance(until, timedelta) else until
        return delegating.delegate(
            self.store, by=by, to=to, until=moment, scope=scope, because=because
        )

    def end_delegation(self, id: str, *, by: str) -> DelegationRow | Refusal:
        """End a delegation (such as ``D-3``) at once."""
        return delegating.end(self.store, id, by=by)

    def delegations(self, *, person: str | None = None) -> tuple[DelegationRow, ...]:
        """Delegations from or to a person, or all of them; the newest first."""
        with self.store.snapshot() as sql:
            return delegating.listed(sql, clock.now(), person=person)

    def on_duty(self) -> tuple[OnDuty, ...]:
        """Every duty roster with who is on it at this moment."""
        return queues.duty(policies.in_force(self.store), clock.now())


def _may_undo(by: str, docket: Docket, row: Mapping[str, Any]) -> Refusal | None:
    policy = policies.within(docket)
    person = policy.person(by)
    if person is None:
        because = f"{by or 'nobody'} is not among the people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    if refusal := locked_out(docket.sql, by):
        return refusal
    return may_change(
        submission_of(row), person, policy, now=docket.now(),
        delegations=delegating.in_force(docket),
    )  # fmt: skip
