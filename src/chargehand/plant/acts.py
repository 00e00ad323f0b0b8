"""What people do through a plant: approve, reject, change, confirm, stop automation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from chargehand.plant import approving, breaking, changing, measuring, policies
from chargehand.plant import intake as taking
from chargehand.plant.fault import PlantFault
from chargehand.plant.naming import proposal_number, unknown_proposal
from chargehand.plant.reading import Done, OutcomeLine
from chargehand.plant.reads import Reads
from chargehand.runtime import clock
from chargehand.signals.kinds import StockCounted, TaskConfirmed, TaskDeclined
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, CountTask, MoveTask, Transfer


class Acts(Reads):
    """The acts of people; each is checked against the policy in force."""

    owners: Mapping[str, str]
    folder: Path

    def wake(self) -> None:
        """Tell whoever works in the background that something has changed."""

    def approve(
        self, id: str, *, by: str, justification: str = "", version: int | None = None
    ) -> Done | Refusal:
        """Approve a waiting proposal in a person's name; its orders are placed."""
        act = self._act(id, by, version)
        if isinstance(act, Refusal):
            return act
        done = approving.approve_proposal(act, justification)
        self.wake()
        return done

    def reject(
        self, id: str, *, by: str, reason: str, text: str = "", version: int | None = None
    ) -> Done | Refusal:
        """Reject a waiting proposal with a reason."""
        act = self._act(id, by, version)
        return act if isinstance(act, Refusal) else approving.reject_proposal(act, reason, text)

    def change(
        self,
        id: str,
        *,
        by: str,
        changes: Mapping[str, str],
        version: int | None = None,
        approve: bool = False,
        justification: str = "",
    ) -> Done | Refusal:
        """Make another version of a waiting proposal; it is ruled on anew and waits again.

        With ``approve`` it is approved in the same act, or nothing is changed at all.
        """
        act = self._act(id, by, version)
        if isinstance(act, Refusal):
            return act
        wish = changing.Wish(changes=changes, approve=approve, justification=justification)
        done = changing.change_proposal(act, wish)
        self.wake()
        return done

    def _act(self, id: str, by: str, version: int | None) -> approving.Act | Refusal:
        policy = policies.in_force(self.store)
        person = policy.person(by)
        if person is None:
            because = f"{by or 'nobody'} is not among the people of policy version {policy.version}"
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
        number = proposal_number(id)
        if number is None:
            return unknown_proposal(id)
        return approving.Act(
            store=self.store, owners=self.owners, person=person, number=number,
            version=version,
        )  # fmt: skip

    def confirm(
        self, task: str, *, by: str, quantity: Quantity | None = None, key: str | None = None
    ) -> Receipt:
        """Confirm a task in a person's name; without a quantity, all of it was moved."""
        source, name = f"floor:{by}", key or uuid4().hex
        with self.store.snapshot() as sql:
            row = sql.execute("SELECT action FROM orders WHERE key = ?", (task,)).fetchone()
        action: Action | None = None if row is None else wire.read(Action, row["action"])
        person = PersonId(by)
        if isinstance(action, CountTask):
            if quantity is None:
                because = f"{task} is a count: say what was counted"
                refusal = Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
                return Receipt(source=source, key=name, status=Status.REFUSED, refusal=refusal)
            body: StockCounted | TaskConfirmed = StockCounted(
                site=action.site, location=action.location, material=action.material,
                counted=quantity, task=task, person=person,
            )  # fmt: skip
        else:
            moved = (
                action.quantity if isinstance(action, MoveTask | Transfer) else Quantity.pieces(0)
            )
            body = TaskConfirmed(task=task, quantity=quantity or moved, person=person)
        # Without a time of its own: the same key again is then the same confirmation.
        return self._tell(Signal(source=source, key=name, body=body))

    def decline(self, task: str, *, by: str, reason: str, key: str | None = None) -> Receipt:
        """Say that a task cannot be done; its stock is free again."""
        body = TaskDeclined(task=task, person=PersonId(by), reason=reason)
        return self._tell(Signal(source=f"floor:{by}", key=key or uuid4().hex, body=body))

    def _tell(self, signal: Signal) -> Receipt:
        receipt = taking.take(self.store, [signal])[0]
        self.wake()
        return receipt

    def measure(self, *, as_of: datetime | None = None) -> list[OutcomeLine]:
        """Measure every proposal whose time has come; ``PlantFault`` for a day that has not."""
        if as_of is not None and as_of > clock.now():
            raise PlantFault(f"it is not {as_of:%Y-%m-%d} yet", "measure as of today or before")
        return measuring.measure_due(self.store, as_of or clock.now())

    def stop_automation(self, *, by: str, reason: str) -> Done | Refusal:
        """Stop all automation at once: nothing is cleared without a person until it is resumed."""
        return breaking.stop(self.store, self.folder, by, reason)

    def close_breaker(
        self, decision: str, site: str, zone: str, *, by: str, reason: str
    ) -> Done | Refusal:
        """Close an open breaker (``*``, ``*``, ``*`` resumes automation after a stop)."""
        return breaking.close(self.store, self.folder, (decision, site, zone), by, reason)
