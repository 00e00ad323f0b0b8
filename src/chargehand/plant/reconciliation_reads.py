"""What can be asked of a plant about other systems' lists."""

from __future__ import annotations

from chargehand.plant import reconciliation_lists
from chargehand.plant.reading import Page
from chargehand.plant.reading_reconciliation import (
    DifferenceDetail,
    DifferenceRow,
    ListRow,
    SystemRow,
)
from chargehand.runtime import clock
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal


class ReconciliationReads:
    """The questions about reconciliation; none changes anything."""

    store: Store

    def reconciliation(self) -> tuple[SystemRow, ...]:
        """How each system's stock agrees with the record, by its newest list."""
        with self.store.snapshot() as sql:
            return reconciliation_lists.systems(sql, clock.now())

    def compared_lists(
        self,
        *,
        system: str | None = None,
        site: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ListRow]:
        """Lists that were compared, the last told first: the history of accuracy."""
        with self.store.snapshot() as sql:
            return reconciliation_lists.lists(
                sql, system=system, site=site, after=after, limit=limit
            )

    def differences(
        self,
        *,
        state: str | None = "open",
        system: str | None = None,
        site: str | None = None,
        material: str | None = None,
        snapshot: int | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[DifferenceRow] | Refusal:
        """Differences, those of the newest list first; ``state`` None: of any state."""
        with self.store.snapshot() as sql:
            return reconciliation_lists.differences(
                sql, state=state, system=system, site=site, material=material,
                snapshot=snapshot, after=after, limit=limit,
            )  # fmt: skip

    def difference(self, id: str) -> DifferenceDetail | None:
        """One difference, such as ``D-120.3``, whole."""
        with self.store.snapshot() as sql:
            return reconciliation_lists.difference(sql, id)
