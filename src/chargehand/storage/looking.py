"""Reading a moment of the database by the code that judges inside transactions, without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from chargehand.storage.session import StorageFault
from chargehand.storage.transaction import LaneRows, Transaction


class Looking(Transaction):
    """A snapshot in the place of a transaction: whatever would write, fails."""

    def next_number(self) -> int:
        """The number that the next entry would have, as the snapshot sees it."""
        row = self.execute("SELECT coalesce(max(number), -1) + 1 FROM journal").fetchone()
        return int(row[0])

    def last_number(self) -> int:
        """Fails: nothing is written."""
        _fail()

    def take_numbers(self, count: int) -> int:  # noqa: ARG002 - nothing is written
        """Fails: nothing is written."""
        _fail()

    def sequence(self, leaves: Sequence[bytes], recorded_at: Sequence[str]) -> None:  # noqa: ARG002
        """Fails: nothing is written."""
        _fail()

    def put_lane(self, rows: LaneRows) -> bool:  # noqa: ARG002 - nothing is written
        """Fails: nothing is written."""
        _fail()

    def mark(self) -> Any:
        """Fails: nothing is written."""
        _fail()

    def back_to(self, mark: Any) -> None:  # noqa: ARG002 - nothing is written
        """Fails: nothing is written."""
        _fail()

    def restart(self) -> None:
        """Fails: nothing is written."""
        _fail()


def _fail() -> NoReturn:
    raise StorageFault("this only looks at the database; it cannot write")
