"""What people do about stock through a plant, and ask of it: holds and reservations."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from chargehand.plant import hold_lists
from chargehand.plant import intake as taking
from chargehand.plant.reading import Page
from chargehand.plant.reading_stock import (
    HoldDetail,
    HoldDone,
    HoldRow,
    ReservationDetail,
    ReservationRow,
)
from chargehand.runtime import clock
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased
from chargehand.storage.personal import shown
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.refusal import Refusal


class StockActs:
    """Holds and reservations of a plant."""

    store: Store

    def wake(self) -> None:
        """Tell whoever works in the background that something has changed."""

    def holds(
        self,
        *,
        state: str | None = "active",
        site: str | None = None,
        material: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[HoldRow]:
        """Holds in the order in which they were placed; ``state`` None: those that ended too."""
        with self.store.snapshot() as sql:
            found = hold_lists.holds(
                sql, clock.now(), state=state, site=site, material=material, after=after,
                limit=limit,
            )  # fmt: skip
            return shown(sql.execute, found)

    def hold(self, key: str) -> HoldDetail | None:
        """One hold, whole."""
        with self.store.snapshot() as sql:
            return shown(sql.execute, hold_lists.hold(sql, key, clock.now()))

    def reservations(
        self,
        *,
        state: str | None = "open",
        site: str | None = None,
        material: str | None = None,
        order: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ReservationRow]:
        """Reservations part by part; ``state`` None: those that ended too."""
        with self.store.snapshot() as sql:
            return hold_lists.reservations(
                sql, state=state, site=site, material=material, order=order, after=after,
                limit=limit,
            )  # fmt: skip

    def reservation(self, key: str) -> ReservationDetail | None:
        """One reservation with what was passed over for it."""
        with self.store.snapshot() as sql:
            return shown(sql.execute, hold_lists.reservation(sql, key))

    def place_hold(
        self, body: HoldPlaced, *, by: str, key: str | None = None
    ) -> HoldDone | Refusal:
        """Place a hold in a person's name.

        ``key`` names the act: the same key again is the same act.
        """
        return self._on_hold(replace(body, person=PersonId(by)), by, key)

    def release_hold(
        self, body: HoldReleased, *, by: str, key: str | None = None
    ) -> HoldDone | Refusal:
        """Release a hold, or a part of it, in the name of a person who is known by a key."""
        return self._on_hold(replace(body, person=PersonId(by)), by, key)

    def _on_hold(
        self, body: HoldPlaced | HoldReleased, by: str, key: str | None
    ) -> HoldDone | Refusal:
        # Without a time of its own: the same key again is then the same act.
        signal = Signal(source=f"person:{by}", key=key or uuid4().hex, body=body)
        hold = body.hold
        receipt = taking.take(self.store, [signal], sender=by)[0]
        self.wake()
        if receipt.refusal is not None:
            return receipt.refusal
        found = self.hold(hold)
        assert found is not None, "it was placed just now"
        last = found.history[-1]
        text = {
            "place": f"hold {hold} placed; it froze {things(len(found.touched))}",
            "release": f"hold {hold} released",
            "release_part": f"a part of hold {hold} released",
        }.get(last.event, last.because)
        return HoldDone(hold=hold, state=found.row.state, text=text, touched=found.touched)


def things(count: int) -> str:
    """So many things, in words.

    >>> things(1), things(0)
    ('1 thing', 'nothing')
    """
    return "nothing" if count == 0 else f"{count} thing{'' if count == 1 else 's'}"
