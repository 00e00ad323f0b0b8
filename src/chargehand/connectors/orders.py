"""Put the rows of a maintenance export together: one order from all rows that name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chargehand.connectors.cell import CellFault
from chargehand.signals.kinds import Body, MaintenanceOrderReported
from chargehand.vocabulary.equipment import MaintenanceOrder, PartRequirement


@dataclass(slots=True, kw_only=True)
class _Order:
    row: int
    head: MaintenanceOrder
    parts: list[PartRequirement] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Orders:
    """The orders of one file, in the order of their first rows."""

    _orders: dict[tuple[str, str], _Order] = field(default_factory=dict)

    def add(self, row: int, body: Body, raw: str) -> None:
        """Add one row.

        Raises
        ------
        CellFault
            The row contradicts an earlier row of the order, or repeats it word for word.
        """
        assert isinstance(body, MaintenanceOrderReported)
        given = body.definition
        head = replace(given, parts=())
        order = self._orders.setdefault((given.site, given.order), _Order(row=row, head=head))
        if order.head != head:
            raise CellFault(
                f"order {given.order} has another machine, date or state in row {order.row}",
                "make the rows of the order agree; this row's part was left out",
            )
        if (earlier := order.seen.setdefault(raw, row)) != row:
            raise CellFault(
                f"it is the same as row {earlier}, word for word",
                "nothing to do if it was exported twice: it was counted once; otherwise give the"
                " lines numbers of their own",
            )
        order.parts.extend(given.parts)

    def whole(self) -> Iterator[tuple[int, MaintenanceOrderReported]]:
        """Yield each order with its first row; a part that several rows name is added up."""
        for order in self._orders.values():
            amounts: dict[str, PartRequirement] = {}
            for part in order.parts:
                known = amounts.get(part.material)
                amounts[part.material] = (
                    part if known is None
                    else replace(part, quantity=known.quantity + part.quantity)
                )  # fmt: skip
            definition = replace(order.head, parts=tuple(amounts.values()))
            yield order.row, MaintenanceOrderReported(definition=definition)
