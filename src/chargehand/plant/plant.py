"""A running plant: every interface goes through this door, and there is no other."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from chargehand.connectors.rest_tasks import RestTarget, RestTargetSettings
from chargehand.execution.order import OrderTarget
from chargehand.governance.access import KeyScope
from chargehand.plant import forecasting, hearing, installed, listing, stop_file
from chargehand.plant import intake as taking
from chargehand.plant.acts import Acts
from chargehand.plant.fault import RESTORE, PlantFault
from chargehand.plant.governed import Governed
from chargehand.plant.history import LookingBack
from chargehand.plant.identity import Identity
from chargehand.plant.moved_since import moved_since
from chargehand.plant.reading import DecideReport
from chargehand.plant.reconciliation_reads import ReconciliationReads
from chargehand.plant.refusing import note_failures
from chargehand.plant.reporting_rights import UNLIMITED
from chargehand.plant.sitting import Sitting, Tally
from chargehand.plant.stock_acts import StockActs
from chargehand.plant.working import Worker, work_once
from chargehand.runtime import clock
from chargehand.settings import Settings, SettingsFault, load
from chargehand.signals.signal import Receipt, Signal
from chargehand.storage import migrate
from chargehand.storage import store as stores
from chargehand.storage.session import StorageFault
from chargehand.storage.sqlite import SqliteSession
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import TransactionType

A_DAY = timedelta(days=1)


class Plant(Acts, LookingBack, Identity, StockActs, ReconciliationReads, Governed):
    """An open plant. Safe to use from many threads; several processes may open the same folder."""

    def __init__(self, folder: Path, settings: Settings, place: Path | str | None = None) -> None:
        self.folder = folder
        self.settings = settings
        self.store = stores.Store(place or folder / stores.FILE, clock.now)
        self.store.is_halted = lambda: stop_file.is_there(folder)
        self.targets: dict[str, OrderTarget] = _targets(settings)
        self.owners = {
            transaction: name
            for name, target in settings.targets.items()
            for transaction in target.transactions
        }
        self._worker: Worker | None = None

    @classmethod
    def open(cls, folder: Path) -> Plant:
        """Open the plant of a folder; ``PlantFault`` says what is wrong and the cure."""
        try:
            settings = load(folder)
            address = settings.database.address()
        except SettingsFault as error:
            raise PlantFault(
                str(error), "mend the file, or make a plant with 'chargehand init'"
            ) from error
        if address is not None:
            try:
                return cls(folder, settings, address)
            except StorageFault as error:
                raise PlantFault(
                    f"the database cannot be opened: {error}",
                    "start its server, or correct [database] url",
                ) from error
        if not (folder / stores.FILE).is_file():
            raise PlantFault(
                f"{folder / stores.FILE} is not there",
                "restore it from a backup, or make a plant with 'chargehand init'",
            )
        if _is_empty(folder / stores.FILE):
            raise PlantFault(f"{folder / stores.FILE} is empty: its record is gone", RESTORE)
        return cls(folder, settings)

    def close(self) -> None:
        """Stop working and close the database."""
        self.stop()
        self.store.close()

    def wake(self) -> None:
        """Let the worker look at once."""
        if self._worker is not None:
            self._worker.wake()

    def take(
        self, signals: Sequence[Signal], *, sender: str = "", scope: KeyScope = UNLIMITED
    ) -> list[Receipt]:
        """Take signals in; durable when it returns. Each succeeds or is refused on its own.

        ``sender`` is the account whose key they came with, and ``scope`` what the key is limited
        to: it may only tell under its own sources, of sites where it may report.
        """
        receipts = taking.take(self.store, signals, sender=sender, scope=scope)
        self.wake()
        return receipts

    def decide(
        self,
        *,
        decision: str | None = None,
        site: str | None = None,
        as_of: datetime | None = None,
        progress: hearing.Progress | None = None,
    ) -> DecideReport | Refusal:
        """Ask every question and settle the answers; old forecasts are made anew first."""
        known = installed.names()
        if decision is not None and decision not in known:
            because = f"there is no decision {decision}; there are {', '.join(known)}"
            return Refusal(code=RefusalCode.UNKNOWN_DECISION, because=because)
        moment = as_of or clock.now()
        if as_of is not None and (refusal := self._out_of_time(as_of)) is not None:
            return refusal
        sites = self.sites()
        if site is not None and site not in sites:
            because = f"there is no site {site}; there are {', '.join(sites) or 'none yet'}"
            return Refusal(code=RefusalCode.UNKNOWN_SITE, because=because)
        forecasting.refresh(self.store, sites, moment)
        names = (decision,) if decision is not None else known
        return self._hearing(names, moment, site=site, subjects=None, progress=progress)

    def _out_of_time(self, as_of: datetime) -> Refusal | None:
        """Why nothing can be decided as of a moment: it has not come, or stock has moved since."""
        if as_of > clock.now() + A_DAY:
            because = f"it is not {as_of:%Y-%m-%d} yet"
            return Refusal(code=RefusalCode.TOO_EARLY, because=because, transient=True)
        with self.store.snapshot() as sql:
            moved = moved_since(sql, as_of + A_DAY)
        if moved is None:
            return None
        because = (
            f"stock moved after that, on {moved[:10]}, and what stood there on"
            f" {as_of:%Y-%m-%d} is not known: decide as of a later day"
        )
        return Refusal(code=RefusalCode.STALE, because=because)

    def hear_about(self, subjects: Mapping[str, frozenset[str]]) -> DecideReport:
        """Hold a hearing about materials and orders of some sites only."""
        return self._hearing(
            installed.names(), clock.now(), site=None, subjects=subjects, progress=None
        )

    def _hearing(
        self,
        names: Sequence[str],
        as_of: datetime,
        *,
        site: str | None,
        subjects: Mapping[str, frozenset[str]] | None,
        progress: hearing.Progress | None,
    ) -> DecideReport:
        started = time.monotonic()
        decisions = [installed.load(name) for name in names]
        with self.store.snapshot(settled=True) as sql:
            view = SqlRecordView(sql, as_of, site=site, subjects=subjects)
            sites = tuple(str(one) for one in view.sites())
            failed: dict[str, str] = {}
            seen = view.journal_size()
            answers = hearing.collect(decisions, view, progress, failed)
        sitting = Sitting(
            store=self.store, owners=self.owners,
            as_of=as_of, whole=subjects is None, sites=sites, seen=seen,
        )  # fmt: skip
        tally = Tally()
        for decision in decisions:
            if decision.name in answers:
                hearing.settle(sitting, decision, answers[decision.name], tally)
        note_failures(sitting, failed, tally)
        with self.store.snapshot() as sql:
            rows = tuple(listing.proposals_of(sql, tally.proposals))
        return DecideReport(
            as_of=as_of, asked=tally.asked, proposed=len(tally.proposals),
            unchanged=tally.unchanged, superseded=tally.superseded, refused=dict(tally.refused),
            proposals=rows, cleared=tally.cleared, seconds=time.monotonic() - started,
        )  # fmt: skip

    # background

    def work(self, *, until_idle: bool = False) -> int:
        """Do what is due now, or all that follows from it; returns how many things were done."""
        done = work_once(self)
        total = done
        while until_idle and done:
            done = work_once(self)
            total += done
        return total

    def start(self) -> None:
        """Work in the background until ``stop``."""
        if self._worker is None:
            self._worker = Worker(self)
            self._worker.start()

    @property
    def worker_fault(self) -> str:
        """The last fault of the background work; empty while all is well."""
        return "" if self._worker is None else self._worker.fault

    def stop(self) -> None:
        """Stop working in the background, after the present piece of work."""
        if self._worker is not None:
            worker, self._worker = self._worker, None
            worker.stop()


def _is_empty(file: Path) -> bool:
    """Whether a file holds no record at all; to begin a new one in its place would hide that."""
    session = SqliteSession(file, read_only=True)
    try:
        return migrate.revision(session) is None
    finally:
        session.close()


def _targets(settings: Settings) -> dict[str, OrderTarget]:
    return {
        name: RestTarget(
            RestTargetSettings(
                name=name,
                url=target.url,
                token_reference=target.token,
                transactions=tuple(TransactionType(one) for one in target.transactions),
                timeout_s=target.timeout_s,
                read_back_path=target.read_back_path,
                honors_keys=target.honors_keys,
                void_path=target.void_path,
            )
        )
        for name, target in settings.targets.items()
    }
