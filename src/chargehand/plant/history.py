"""Looking back: stock by any dimension and as of any moment, movements, and exports of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chargehand.plant import exporting, stock_lists
from chargehand.plant.reading import Page
from chargehand.plant.reading_stock_lists import MovementDetail, MovementRow, StockLine
from chargehand.storage.balances import Chosen
from chargehand.storage.history import RUN, History
from chargehand.storage.segment import covered, history_faults, placed
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

PIECES_AT_ONCE = 8
"""Pieces of the history that the background work makes before it looks at other things."""
BEHIND_MAX = 16 * RUN
"""Entries that are read from the journal itself; where more wait, history is made first."""
CATCH_UP_PIECES = 64
"""Pieces that one question makes at most: it is answered all the same, only slower."""

__all__ = ["Chosen", "LookingBack", "keep_history"]


class LookingBack:
    """The questions about stock and movements, now and in the past; none changes the record."""

    store: Store

    @cached_property
    def history(self) -> History:
        """The sorted copies of the journal's movements, which answers about the past rest on."""
        return History(self.store)

    def stock_rows(
        self,
        chosen: Chosen,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        empty: bool = False,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[StockLine]:
        """Stock by any dimension, in the order of places.

        Parameters
        ----------
        chosen
            Which stock; all that is given must fit.
        as_of
            What was true then: movements that happened later are taken back, whenever told.
        known_at
            What the record said then: entries that were recorded later are taken back.
        empty
            Whether places where nothing stands any more are listed too.
        after
            ``next`` of the window before.
        limit
            Rows of one window.
        """
        with self._looking(as_of, known_at) as sql:
            back = stock_lists.cut_of(sql, as_of, known_at)
            return stock_lists.stock_page(sql, chosen, back, after=after, limit=limit, empty=empty)

    def movements(
        self, chosen: Chosen, *, after: str | None = None, limit: int = 100
    ) -> Page[MovementRow]:
        """Movements that touched some stock, the newest first.

        A window may hold fewer rows than asked for, even none, and yet have a next one: only so
        much of the journal is read at a time.
        """
        self.store.sequence()
        with self._looking(None, None) as sql:
            return stock_lists.movement_page(sql, chosen, after=after, limit=limit)

    def movement(self, entry: int) -> MovementDetail | None:
        """One movement, whole, by the number of its journal entry."""
        self.store.sequence()
        with self.store.snapshot() as sql:
            return stock_lists.movement_detail(sql, entry)

    def export(
        self,
        what: str,
        form: str,
        chosen: Chosen,
        *,
        by: str,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> exporting.Export | Refusal:
        """All of a list, without a limit, as a file that is made while it is read.

        ``what`` is a word of ``exporting.LISTS``, ``form`` one of ``exporting.FORMS``; ``by`` takes
        it, and must be one who may export at the site of what is chosen, or at every site.
        """
        if (refusal := exporting.not_theirs_to_take(self.store, by, what, chosen)) is not None:
            return refusal
        self.store.sequence()
        asked = exporting.Asked(what=what, form=form, chosen=chosen, as_of=as_of, known_at=known_at)
        return exporting.export(lambda: self._looking(as_of, known_at), asked)

    def history_faults(self) -> Iterator[str]:
        """What is wrong with the history, held against the journal.

        ``history.rebuild`` cures it.
        """
        with self.store.snapshot() as sql:
            yield from history_faults(sql)

    @contextmanager
    def _looking(self, as_of: datetime | None, known_at: datetime | None) -> Iterator[Session]:
        if as_of is not None or known_at is not None:
            self._catch_up()
        with self.store.snapshot() as sql:
            yield sql

    def _catch_up(self) -> None:
        """Make history where the background work, which keeps it, has not run for long."""
        for _ in range(CATCH_UP_PIECES):
            with self.store.snapshot() as sql:
                behind = placed(sql) - 1 - covered(sql)
            if behind < BEHIND_MAX or not self.history.step():
                return


def keep_history(plant: Plant) -> int:
    """Make the next pieces of the history; how many there were."""
    pieces = 0
    while pieces < PIECES_AT_ONCE and plant.history.step():
        pieces += 1
    return pieces
