"""The keys of a file's rows: the same row has the same key in every export that holds it."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

from chargehand.connectors.cell import CellFault
from chargehand.connectors.kinds import Kind
from chargehand.connectors.kinds_history import STOCK, moment_of
from chargehand.signals.kinds import Body
from chargehand.signals.signal import Signal
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.wire import write


class Keys:
    """Gives each row of one file its key, and sees that the file does not contradict itself.

    A row's own id is its key. Without one, the key is a hash of what the row says, and its place
    among the rows of the file that say the same. What defines something is said once.
    """

    def __init__(self, kind: Kind, source: str, salt: str) -> None:
        self.repeated = 0
        """Rows that said what an earlier row had said."""
        self._kind, self._source, self._salt = kind, source, salt
        self._times: Counter[str] = Counter()
        self._said: dict[str, tuple[str, int]] = {}

    def signal(
        self, row: int, body: Body, values: dict[str, Any], *, part: str = ""
    ) -> Signal | None:
        """The signal of one row; None where an earlier row of the file has said the same.

        Raises ``CellFault`` where an earlier row of the same name says something else.
        """
        salt = self._moment(values) if self._kind is STOCK else ""
        digest = sha256((write(body) + salt).encode()).hexdigest()[:24]
        name = self._name(values, part)
        if name:
            said, earlier = self._said.setdefault(name, (digest, row))
            if earlier != row and said != digest:
                raise CellFault(
                    f"{name} stands in row {earlier} already, with other content",
                    "keep one of the two rows",
                )
            if earlier != row:
                self.repeated += 1
                return None
        if name and not self._kind.identity:
            key = name
        else:
            self._times[digest] += 1
            key = f"{digest}.{self._times[digest]}"
        return Signal(
            source=self._source, key=key, body=body, occurred_at=moment_of(self._kind, values)
        )

    def _moment(self, values: dict[str, Any]) -> str:
        """What tells a count from an equal one at another moment: its time, or the very file."""
        at = moment_of(self._kind, values)
        return self._salt if at is None else written(at)

    def _name(self, values: dict[str, Any], part: str) -> str:
        if self._kind.identity and values:
            return " of ".join(str(values[name]) for name in reversed(self._kind.identity))
        row_id = str(values.get("id", ""))
        return f"{row_id}/{part}" if row_id and part else row_id
