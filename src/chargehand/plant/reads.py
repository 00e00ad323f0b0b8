"""What can be asked of a plant: lists, one proposal, the journal, the record's view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

from chargehand.governance.residual import Condition
from chargehand.plant import (
    auditing,
    detail,
    installed,
    listing,
    measuring,
    policies,
    record_lists,
)
from chargehand.plant.approvable import approver_of
from chargehand.plant.evidence import Evidence
from chargehand.plant.forecasting import DELIVERIES
from chargehand.plant.lot_reads import LotReads
from chargehand.plant.naming import proposal_number, unknown_proposal
from chargehand.plant.overview import overview
from chargehand.plant.queues import in_queue
from chargehand.plant.reading import (
    FaultRow,
    JournalRow,
    OutcomeRow,
    Overview,
    Page,
    ProposalDetail,
    ProposalRow,
    RefusalRow,
    ReplayReport,
    SourceRow,
    StockRow,
    TaskRow,
)
from chargehand.record.view import RecordView
from chargehand.runtime import clock
from chargehand.signals.kinds import DeliveryReported, FailureReported
from chargehand.storage.personal import shown
from chargehand.storage.view import SqlRecordView, amount
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.refusal import Refusal


class Reads(LotReads, Evidence):
    """The questions of a plant; none of them changes anything."""

    def sites(self) -> tuple[str, ...]:
        """Every site that something is known of."""
        with self.store.snapshot() as sql:
            return tuple(SqlRecordView(sql, clock.now()).all_sites)

    def decisions(self) -> tuple[tuple[str, str, str], ...]:
        """Every kind of decision: name, what it is for, and what it falls back to."""
        return tuple(
            (name, installed.purpose(name), installed.load(name).fallback)
            for name in installed.names()
        )

    def refusals(
        self, *, decision: str | None = None, site: str | None = None, limit: int = 1000
    ) -> tuple[RefusalRow, ...]:
        """The latest answer for each subject that was refused."""
        with self.store.snapshot() as sql:
            found = record_lists.refusals(sql, decision=decision, site=site, limit=limit)
            return shown(sql.execute, found)

    def inbox(
        self,
        *,
        state: str = "waiting",
        decision: str | None = None,
        site: str | None = None,
        zone: str | None = None,
        after: str | None = None,
        limit: int = 100,
        may_approve: str | None = None,
        queue_of: str | None = None,
    ) -> Page[ProposalRow]:
        """Proposals by priority, due time and what inaction costs.

        ``may_approve`` is the id of a person: only what waits and may be approved by them at this
        moment. It serves the list alone; whoever acts on a line is asked about again. ``queue_of``:
        only what waits in the queue of a person: of a roster that they are on at this moment, of
        no roster, or handed on to one of their roles.
        """
        with self.store.snapshot() as sql:
            approver = None
            if may_approve is not None:
                approver = approver_of(sql, policies.at(sql), may_approve, clock.now())
                if approver is None:
                    return Page(rows=(), next=None)
            queue = None
            if queue_of is not None:
                queue = Condition(*in_queue(policies.at(sql), queue_of, clock.now()))
            found = listing.proposals(
                sql, state=state, decision=decision, site=site, zone=zone, after=after,
                limit=limit, approver=approver, queue=queue,
            )  # fmt: skip
            return shown(sql.execute, found)

    def proposal(self, id: str) -> ProposalDetail | None:
        """One proposal, whole."""
        number = proposal_number(id)
        if number is None:
            return None
        with self.store.snapshot() as sql:
            return shown(sql.execute, detail.detail(sql, number))

    def tasks(
        self,
        *,
        state: str = "open",
        site: str | None = None,
        zone: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[TaskRow]:
        """Tasks of the floor."""
        with self.store.snapshot() as sql:
            found = listing.tasks(sql, state=state, site=site, zone=zone, after=after, limit=limit)
            return shown(sql.execute, found)

    def task(self, key: str) -> TaskRow | None:
        """One task of the floor, whatever its state."""
        with self.store.snapshot() as sql:
            return shown(sql.execute, listing.task(sql, key))

    def stock(
        self,
        *,
        site: str | None = None,
        material: str | None = None,
        location: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[StockRow]:
        """What stands where."""
        with self.store.snapshot() as sql:
            return record_lists.stock(
                sql, site=site, material=material, location=location, after=after, limit=limit
            )

    def journal(
        self,
        *,
        kind: str | None = None,
        key: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[JournalRow]:
        """The journal, newest entry first."""
        with self.store.snapshot() as sql:
            found = record_lists.journal(sql, kind=kind, key=key, after=after, limit=limit)
            return shown(sql.execute, found)

    def journal_entry(self, number: int) -> JournalRow | None:
        """One entry of the journal."""
        with self.store.snapshot() as sql:
            row = sql.execute("SELECT * FROM journal WHERE number = ?", (number,)).fetchone()
            return None if row is None else shown(sql.execute, record_lists.journal_row(row))

    def faults(
        self, *, source: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[FaultRow]:
        """What could not be read or used, newest first."""
        with self.store.snapshot() as sql:
            found = record_lists.faults(sql, source=source, after=after, limit=limit)
            return shown(sql.execute, found)

    def source_counts(self) -> tuple[SourceRow, ...]:
        """What has come from each source, by kind."""
        with self.store.snapshot() as sql:
            return record_lists.sources(sql)

    def outcomes(
        self, *, site: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[OutcomeRow]:
        """What came of measured proposals, newest first."""
        with self.store.snapshot() as sql:
            return measuring.outcomes(sql, site=site, after=after, limit=limit)

    def overview(self) -> Overview:
        """The head of the console: where it stands, and how fresh it is."""
        with self.store.snapshot() as sql:
            return shown(sql.execute, overview(sql, self.settings, self.sites()))

    def deliveries(self) -> Sequence[DeliveryReported]:
        """Every delivery that was reported."""
        with self.store.snapshot() as sql:
            return [wire.read(DeliveryReported, row["body"]) for row in sql.execute(DELIVERIES)]

    def failures(self, site: str) -> Sequence[FailureReported]:
        """Every failure that was reported of a site."""
        statement = DELIVERIES.replace("delivery_reported", "failure_reported")
        with self.store.snapshot() as sql:
            found = [wire.read(FailureReported, row["body"]) for row in sql.execute(statement)]
        return [one for one in found if one.site == site]

    def usage(self, site: str) -> Mapping[MaterialId, Sequence[tuple[date, Decimal]]]:
        """All demand history of a site, by day."""
        found: dict[MaterialId, list[tuple[date, Decimal]]] = {}
        with self.store.snapshot() as sql:
            for row in sql.execute(
                "SELECT material, used_on, sum(scaled) AS scaled FROM usage WHERE site = ?"
                " GROUP BY material, used_on ORDER BY material, used_on",
                (site,),
            ):
                day = date.fromisoformat(row["used_on"])
                found.setdefault(MaterialId(row["material"]), []).append(
                    (day, amount(row["scaled"]))
                )
        return found

    @contextmanager
    def view(
        self, *, site: str | None = None, as_of: datetime | None = None
    ) -> Iterator[RecordView]:
        """The record as decisions see it, from one snapshot."""
        with self.store.snapshot() as sql:
            yield SqlRecordView(sql, as_of or clock.now(), site=site)

    def replay(self, id: str) -> ReplayReport | Refusal:
        """Derive a past proposal again from its recorded question."""
        number = proposal_number(id)
        if number is None:
            return unknown_proposal(id)
        return auditing.replay(self.store, number)
