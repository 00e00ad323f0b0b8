"""Movements by balance, for looking back: sorted runs made from the journal, merged into larger.

The journal is in the order of recording; what happened to one balance is strewn over all of it.
So movements that have their place in the tree are copied, some thousands at a time, into a
segment: the same legs sorted by balance. ``FAN`` segments of a size are merged into one, so that
there are few to look into (after 10 million movements, about forty). What has no segment yet is
read from the journal itself: see ``storage.looking_back``.

Everything here is derived: it can be thrown away and made again at any time, and says nothing
that the journal does not. A segment counts from the transaction that lists it in ``segment``.

Source: O'Neil et al., *The Log-Structured Merge-Tree*, Acta Informatica 33 (1996).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chargehand.storage import merging
from chargehand.storage.docket import Docket
from chargehand.storage.merging import Merge, Overtaken
from chargehand.storage.segment import (
    ENDLESS,
    ENTRIES,
    KEY,
    PUT_SEGMENT,
    At,
    Leg,
    covered,
    placed,
    read_legs,
    segments,
)
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import written

RUN = 4096
"""Entries of the journal that a new segment covers."""
FAN = 16
"""Segments of a size that are merged into one."""
SLICE = 16_384
"""Legs that are merged or swept away in one transaction, so that writers never wait long."""
KEYS_AT_ONCE = 200
"""Balances that are looked up by one statement."""
SLOTS_KEPT = 100_000
"""Numbers of balances that are kept in memory."""
LEASE = timedelta(minutes=1)
"""How long a process that went away keeps others from the work."""

NEVER = "9999-12-31T00:00:00.000000+00:00"
"""It is no job that falls due, only a lease."""


class History:
    """Keeps the segments of one database up to date, a small piece at a time."""

    def __init__(self, store: Store, *, run: int = RUN, fan: int = FAN, slice: int = SLICE) -> None:  # noqa: A002 - nothing is cut here otherwise
        self._store = store
        self._run, self._fan, self._slice = run, fan, slice
        self._slots: dict[At, int] = {}
        self._merge: Merge | None = None
        self._lease = ""
        self._is_tidy = False
        self._one = threading.Lock()

    def step(self) -> int:
        """Do one piece of what is due; 0 where nothing is, or where somebody else is at it."""
        if not self._one.acquire(blocking=False):
            return 0
        try:
            return self._step()
        except Overtaken:
            self._merge, self._lease = None, ""
            return 0
        finally:
            self._one.release()

    def catch_up(self) -> int:
        """Do all that is due; how many pieces it was."""
        pieces = 0
        while self.step():
            pieces += 1
        return pieces

    def rebuild(self) -> int:
        """Throw all of it away and make it again from the journal; how many pieces it was.

        Raises ``Overtaken`` where another process is at work on it.
        """
        with self._one:
            self._merge = None
            self._slots.clear()
            self._write(lambda docket: docket.sql("DELETE FROM segment"))
            while (number := self._left_over()) is not None:
                self._sweep(number)
            self._write(lambda docket: docket.sql("DELETE FROM slot"))
        return self.catch_up()

    def _step(self) -> int:
        with self._store.snapshot() as sql:
            known = segments(sql)
            due = placed(sql) - 1 - covered(sql) >= self._run
        if (number := self._left_over()) is not None:
            self._sweep(number)
        elif self._merge is not None or (parts := merging.group(known, self._run, self._fan)):
            self._go_on(self._merge or self._begin(parts))
        elif due:
            self._add()
        else:
            self._release()
            return 0
        return 1

    # a new segment

    def _add(self) -> None:
        """Copy the next movements of the journal into a segment of their own."""
        with self._store.snapshot() as sql:
            start, end = covered(sql), placed(sql) - 1
            rows = sql.execute(ENTRIES, (start, end, self._run)).fetchall()
            last = rows[-1]["place"] if len(rows) == self._run else end
            legs = list(read_legs(rows))
            missing = self._look_up(sql, legs)
        self._slots |= self._write(lambda docket: self._put(docket, (start, last), legs, missing))

    def _look_up(self, sql: Session, legs: list[Leg]) -> list[At]:
        """Get the numbers of the legs' balances; those that have none yet."""
        if len(self._slots) > SLOTS_KEPT:
            self._slots.clear()
        slots = self._slots
        unknown = sorted({leg[0] for leg in legs if leg[0] not in slots})
        for at in range(0, len(unknown), KEYS_AT_ONCE):
            part = unknown[at : at + KEYS_AT_ONCE]
            marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(part))
            rows = sql.execute(
                f"SELECT {KEY}, id FROM slot WHERE ({KEY}) IN (VALUES {marks})",
                [name for key in part for name in key],
            )
            for row in rows:
                slots[row[:6]] = row[6]
        return [key for key in unknown if key not in slots]

    def _put(
        self, docket: Docket, span: tuple[int, int], legs: list[Leg], missing: list[At]
    ) -> dict[At, int]:
        """Write a segment; the numbers that balances got which had none."""
        session = docket.transaction.session
        if covered(session) != span[0]:
            raise Overtaken
        free = int(docket.sql("SELECT coalesce(max(id), 0) + 1 AS free FROM slot").fetchone()[0])
        made = {key: free + at for at, key in enumerate(missing)}
        put = docket.transaction.executemany
        put(
            f"INSERT INTO slot (id, {KEY}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(slot, *key) for key, slot in made.items()],
        )
        known, number = self._slots, merging.unused(session)
        put(
            "INSERT INTO history (segment, slot, entry, n, scaled, at) VALUES (?, ?, ?, ?, ?, ?)",
            sorted(
                [
                    (number, known.get(key) or made[key], place, n, by, at)
                    for key, place, n, by, at in legs
                ]
            ),
        )
        at_max = max((leg[4] for leg in legs), default=-1)
        docket.sql(PUT_SEGMENT, (number, span[0] + 1, span[1], at_max, len(legs)))
        return made

    # larger segments

    def _begin(self, parts: tuple[Any, ...]) -> Merge:
        with self._store.snapshot() as sql:
            return Merge(target=merging.unused(sql), parts=parts)

    def _go_on(self, merge: Merge) -> None:
        """Merge the next balances; after the last of them the merged segment counts."""
        self._merge = merge
        with self._store.snapshot() as sql:
            end = merging.until(sql, merge.numbers, merge.slot, self._slice)
        legs = self._write(lambda docket: merging.merge_slots(docket, merge, end))
        if end is None:
            self._merge = None
        else:
            merge.done, merge.slot = merge.done + legs, end

    def _left_over(self) -> int | None:
        with self._store.snapshot() as sql:
            listed = [one.number for one in segments(sql)]
            mine = [] if self._merge is None else [self._merge.target]
            return merging.left_over(sql, [*listed, *mine])

    def _sweep(self, number: int) -> None:
        """Throw away the next legs of a segment that counts no longer."""
        with self._store.snapshot() as sql:
            first = "SELECT coalesce(min(slot), 0) AS slot FROM history WHERE segment = ?"
            slot = int(sql.execute(first, (number,)).fetchone()[0])
            end = merging.until(sql, [number], slot, self._slice)
        gone = (number, ENDLESS if end is None else end)
        statement = "DELETE FROM history WHERE segment = ? AND slot < ?"
        self._write(lambda docket: docket.sql(statement, gone))

    # one process at a time

    def _write(self, work: Callable[[Docket], Any]) -> Any:
        """Write under the lease on this work; ``Overtaken`` where another process has it."""
        lease = self._store.write(lambda docket: (self._hold(docket), work(docket)))
        self._lease = lease[0]
        return lease[1]

    def _hold(self, docket: Docket) -> str:
        now = docket.now()
        row = docket.sql("SELECT lease_until FROM job WHERE kind = 'history'").fetchone()
        held = "" if row is None else row["lease_until"] or ""
        if held != self._lease and (self._lease or held > written(now)):
            raise Overtaken
        lease = written(now + LEASE)
        docket.sql(
            "INSERT INTO job (kind, site, subject, run_at, lease_until)"
            " VALUES ('history', '', '', ?, ?) ON CONFLICT (kind, site, subject)"
            " DO UPDATE SET lease_until = excluded.lease_until",
            (NEVER, lease),
        )
        return lease

    def _release(self) -> None:
        """Let others do the work; the first time, also strike out who went away in mid-work."""
        mine, self._lease = self._lease, ""
        with self._store.snapshot() as sql:
            row = sql.execute("SELECT 1 FROM job WHERE kind = 'history'").fetchone()
        if row is not None and (mine or not self._is_tidy):
            self._store.write(
                lambda docket: docket.sql(
                    "DELETE FROM job WHERE kind = 'history'"
                    " AND (lease_until = ? OR lease_until < ?)",
                    (mine, written(docket.now())),
                )
            )
        self._is_tidy = True
