"""A plant of plain values: enough of the contract to show every page, and to refuse on demand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chargehand.decisions.decision import Alternative, Change, Proposal, Subject
from chargehand.governance.access import KeyScope
from chargehand.governance.authority import Person
from chargehand.governance.policy import demo_policy_text
from chargehand.plant.accounts import Ways
from chargehand.plant.freshness import Changed, Stale
from chargehand.plant.listing import cursor, cursor_keys
from chargehand.plant.people import Bearer
from chargehand.plant.reading import (
    AuditReport,
    BreakerRow,
    Check,
    Done,
    EvidenceLine,
    FaultRow,
    HistoryLine,
    JournalRow,
    OrderLine,
    OutcomeLine,
    OutcomeRow,
    Overview,
    Page,
    ProposalDetail,
    ProposalRow,
    ReplayReport,
    SourceRow,
    StockRow,
    TaskRow,
)
from chargehand.plant.said_after import NOT_YET
from chargehand.signals.signal import Receipt, Status
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import MoveTask, Priority, ReasonCode, TransactionType
from tests.web.fake_governed import FakeGoverned
from tests.web.fake_stock import FakeStock

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TOKEN, SESSION = "once", "session-of-weber"
WEBER = Person(person="m.weber", name="M. Weber", roles=("planner",), os_user=None)
PARTS = (
    ("6205-2RS", "Deep groove bearing 25x52x15"),
    ("SK-19", "Seal kit, gearbox input shaft"),
    ("MRO-VALVE-001", "Solenoid valve 3/4 inch, 24 V DC"),
    ("V-BELT-A68", "V-belt A68 1725 mm"),
    ("PLC-IO-16DI", "Input card, 16 channels, for the filling line's safety controller <B>"),
)
KINDS = (("mro_replenishment", "Replenish spare"), ("reorder_parameters", "Set levels"))


def series(days=42, start=14.0, use=1.1):
    expected = tuple(max(start - use * day, 0) for day in range(days))
    low = tuple(max(start - use * 1.5 * day, 0) for day in range(days))
    return expected, low, tuple(max(start - use * 0.6 * day, 0) for day in range(days))


def proposal(number, priority, decide_before):
    part, name = PARTS[number % len(PARTS)]
    task = MoveTask(
        transaction=TransactionType.REPLENISHMENT, site="KENT", zone="MRO", material=part,
        quantity=Quantity.pieces(40 + number), from_location="BULK-RACK-A12",
        to_location="MRO-PICKFACE-05", priority=priority,
        reason=ReasonCode.AI_PREDICTED_STOCKOUT, predicted_stockout_on=date(2026, 12, 3),
        cost=Money.of(12),
    )  # fmt: skip
    model = number % 3 != 0
    return Proposal(
        subject=Subject(site="KENT", zone="MRO", key=part, label=f"{part} {name}"),
        headline=f"Carry {40 + number} pcs from BULK-RACK-A12 to the pick face",
        actions=(task,), priority=priority,
        reasons=(
            "The pick face runs empty on 3 December at the present rate; WO-9020 needs 4.",
            "14 issues in 26 weeks, one every 13 days on average.",
            "The supplier's lead time is 14 days in 8 of 10 cases.",
        ),
        confidence=0.72 if model else 0.5, cost=Money.of("12.00"),
        cost_of_inaction=Money.of("14200"), inaction="Line 2 stops for about 50 minutes.",
        decide_before=decide_before, measure_after=NOW + timedelta(days=20),
        basis="model" if model else "fallback",
        basis_note="croston-sba of 18 Nov, 26 weeks of usage" if model
        else "Only 3 issues are known, so the declared minimum decides.",
        alternatives=(
            Alternative(what="Wait a week", cost=Money.of(0), why_not="It would run empty first."),
            Alternative(what="Buy 50", cost=Money.of("612.50"), why_not="The bulk holds enough."),
        ),
        would_flip=("the bulk held fewer than 12 pieces", "WO-9020 moved past 10 December"),
        changes=(
            Change(what="Stock MRO-PICKFACE-05", now="2", after="42 (+40)"),
            Change(what="Stock BULK-RACK-A12", now="120", after="80 (−40)"),
        ),
        series=series(),
    )  # fmt: skip


@dataclass
class FakePlant(FakeGoverned, FakeStock):
    """Holds rows; ``asks_why`` and ``moved_on`` make approvals be refused."""

    waiting: int = 12
    simulation: bool = True
    silent: bool = False
    asks_why: bool = False
    moved_facts: bool = False
    acts: list = field(default_factory=list)
    rows: dict = field(default_factory=dict)
    intact: bool = True
    tasks_open: int = 5
    breakers: tuple = ()
    answers: dict = field(default_factory=dict)
    lowered: dict = field(default_factory=dict)
    seen: set = field(default_factory=set)
    looks: list = field(default_factory=list)
    stand_ins: list = field(default_factory=list)
    undo_until: datetime | None = None
    administers: bool = True

    def __post_init__(self):
        for number in range(1, self.waiting + 1):
            priority = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)[min((number - 1) // 2, 2)]
            before = NOW + timedelta(minutes=18) * number * number - timedelta(minutes=20)
            self.rows[f"P-{number}"] = self._row(number, priority, before)
        self.open = {
            f"P-{n}.1/0": ("COUNT" if n % 3 == 0 else "REPLENISHMENT")
            for n in range(1, self.tasks_open + 1)
        }

    def _row(self, number, priority, before):
        made = proposal(number, priority, before)
        decision, title = KINDS[number % 5 == 0]
        return ProposalRow(
            id=f"P-{number}", version=1, decision=decision, title=title,
            label=made.subject.label, headline=made.headline, state="waiting",
            priority=priority.value, site="KENT", zone=("MRO", "RAW")[number % 2], cost=made.cost,
            cost_of_inaction=made.cost_of_inaction, confidence=made.confidence, basis=made.basis,
            decide_before=before, created_at=NOW - timedelta(hours=1),
        )  # fmt: skip

    # people

    def redeem(self, token):
        return SESSION if token == TOKEN else None

    def end_session(self, key):
        return self.session(key) is not None

    def session(self, key):
        return WEBER if key == SESSION else None

    def visitor(self, key, *, acting=True):
        person = self.session(key)
        return person and Bearer(person=person, scope=KeyScope(), prefix="1", kind="session")

    def sites_where(self, person, act, scope):
        return frozenset({"*"})

    def stands_at(self, kind, *key):
        return frozenset()

    def all_sites(self):
        return frozenset({"HALLE3"})

    def ways(self):
        return Ways(password=False, badge=False, provider="")

    # inbox

    def inbox(
        self, *, state="waiting", decision=None, site=None, zone=None, after=None, limit=100,
        may_approve=None, queue_of=None,
    ):  # fmt: skip
        wanted = {"decision": decision, "site": site, "zone": zone}
        rows = [
            row for row in self.rows.values()
            if state in ("all", row.state)
            and all(value in (None, getattr(row, name)) for name, value in wanted.items())
            and (may_approve is None or row.id != "P-5")
            and (queue_of is None or row.zone == "MRO")
        ]  # fmt: skip
        start = cursor_keys(after, 1)[0] if after else 0
        window = tuple(rows[start : start + limit])
        return Page(
            rows=window, next=cursor([start + limit]) if start + limit < len(rows) else None
        )

    def proposal(self, id):
        row = self.rows.get(id if id.startswith("P-") else f"P-{id}")
        if row is None:
            return None
        made = proposal(int(row.id[2:]), Priority(row.priority), row.decide_before)
        closed = row.state != "waiting"
        return ProposalDetail(
            row=row, proposal=made, question={}, verdict="awaiting",
            ruling_text="A person approves each one in this phase.", policy_version=14,
            checks=(
                Check(clause="grants", passed=True, text="your role may approve it in zone MRO"),
                Check(clause="approvals[1]", passed=True, text="cost below your limit"),
                Check(clause="phases[2]", passed=False,
                      text="confidence 72 % is under the limit of 80 %"),
            ),
            evidence=tuple(
                EvidenceLine(
                    reference=f"#{n}", kind="usage_reported", at=NOW, text=f"WO-88{n:02} issued 2"
                )
                for n in range(1, 12)
            ),
            history=(
                HistoryLine(at=NOW, what="proposed", who="mro_replenishment", because="", entry=4),
                HistoryLine(at=NOW, what="ruled: ask a person", who="policy",
                            because="confidence 72 % is under the limit of 80 %", entry=5),
            ),
            orders=(self.order(row.id),) if closed else (),
            outcome=self.outcome() if closed else None,
            changeable=("quantity", "from_location"),
        )  # fmt: skip

    def order(self, id):
        return OrderLine(
            key=f"{id}.1/0", target="floor", state="sent", what="replenishment", reference="T-1",
            attempts=1, last_error="",
        )  # fmt: skip

    def outcome(self):
        return OutcomeLine(
            followed="followed", right=True, worth=Money.of(1420), because="It ran out.",
            expected="empty on 3 Dec", actual="empty on 4 Dec", measured_at=NOW,
        )  # fmt: skip

    def _decide(self, act, id, version, state, text):
        row = self.rows.get(id)
        if row is None:
            return Refusal(code=RefusalCode.UNKNOWN_PROPOSAL, because=f"there is no {id}")
        if version is not None and version != row.version:
            return Refusal(code=RefusalCode.STALE, because=f"it is version {row.version} now")
        if row.state != "waiting":
            return Refusal(code=RefusalCode.NOT_WAITING, because=f"the proposal is {row.state}")
        self.acts.append(act)
        self.rows[id] = replace(row, state=state, version=row.version + (state == "waiting"))
        return Done(proposal=id, version=self.rows[id].version, state=state, text=text)

    def approve(self, id, *, by, justification="", version=None):
        if self.asks_why and len(justification) < 10:
            because = "above € 500.00 an approval needs a justification, of at least ten characters"
            return Refusal(code=RefusalCode.JUSTIFICATION_MISSING, because=because)
        if self.moved_facts:
            because = "the facts have changed since this was proposed: free stock 12 -> 3"
            changed = (Changed(what="free stock", before="12", now="3"),)
            return Stale(code=RefusalCode.STALE, because=because, changed=changed)
        act = ("approve", id, by, justification)
        done = self._decide(act, id, version, "sent", f"{id} is approved; 1 order goes out.")
        return done if isinstance(done, Refusal) else replace(done, undo_until=self.undo_until)

    def reject(self, id, *, by, reason, text="", version=None):
        if reason == "other" and len(text) < 10:
            return Refusal(
                code=RefusalCode.REASON_MISSING, because="with the reason other, say what it is"
            )
        return self._decide(
            ("reject", id, reason, text), id, version, "rejected", f"{id} is rejected."
        )

    def change(self, id, *, by, changes, version=None, approve=False, justification=""):
        act = ("change", id, dict(changes), *(["approve"] if approve else []))
        return self._decide(act, id, version, "waiting", f"{id} is version 2 now and waits again.")

    def move_on(self, id):
        """What happens when the facts change while somebody reads."""
        self.rows[id] = replace(self.rows[id], version=self.rows[id].version + 1)

    def replay(self, id):
        return ReplayReport(proposal=id, identical=True, difference="")

    # the rest

    def decisions(self):
        return tuple((name, f"{title}.", "The declared minimum decides.") for name, title in KINDS)

    def overview(self):
        return Overview(
            enterprise="Plant Halle 3", sites=("KENT",), as_of=NOW,
            phases={"mro_replenishment": "assist", "reorder_parameters": "assist"},
            waiting=sum(row.state == "waiting" for row in self.rows.values()),
            cleared_by_policy=212,
            open_tasks=len(self.open), last_signal_at=None if self.silent else NOW,
            breakers=self.breakers, simulation=self.simulation,
        )  # fmt: skip

    def tasks(self, *, state="open", site=None, zone=None, after=None, limit=100):
        rows = tuple(
            TaskRow(
                key=key, kind=kind, state="open", priority="MEDIUM", site="KENT", zone="MRO",
                material="MRO-VALVE-001", from_location="BULK-RACK-A12",
                to_location=None if kind == "COUNT" else "MRO-PICKFACE-05",
                quantity=None if kind == "COUNT" else Decimal(40), unit="H87",
                target="floor", proposal="P-1", message=None, created_at=NOW,
            )
            for key, kind in self.open.items()
        )  # fmt: skip
        return Page(rows=rows if state == "open" else ())

    def confirm(self, task, *, by, quantity=None, key=None):
        if self.open.pop(task, None) is None:
            refusal = Refusal(code=RefusalCode.TASK_CLOSED, because=f"{task} is closed already")
            return Receipt(source=by, key=key or "", status=Status.REFUSED, refusal=refusal)
        self.acts.append(("confirm", task, quantity))
        return Receipt(source=by, key=key or "", status=Status.ACCEPTED)

    def decline(self, task, *, by, reason, key=None):
        self.open.pop(task)
        self.acts.append(("decline", task, reason))
        return Receipt(source=by, key=key or "", status=Status.ACCEPTED)

    def stock(self, *, site=None, material=None, location=None, after=None, limit=100):
        rows = tuple(
            StockRow(
                site="KENT", zone="MRO", location=f"BULK-A{n:02}", material=part, description=name,
                lot="", disposition="available" if n else "non_conformant",
                on_hand=Decimal("120.50"),
                reserved=Decimal(n), unit="H87",
            )
            for n, (part, name) in enumerate(PARTS)
            if material in (None, part) and location in (None, f"BULK-A{n:02}")
        )  # fmt: skip
        return Page(rows=rows)

    def outcomes(self, *, site=None, after=None, limit=100):
        return Page(rows=tuple(
            OutcomeRow(proposal=row, outcome=self.outcome())
            for row in self.rows.values() if row.state == "sent"
        ))  # fmt: skip

    def journal(self, *, kind=None, key=None, after=None, limit=100):
        top = cursor_keys(after, 1)[0] if after else 10
        numbers = range(min(top, 10) - 1, -1, -1)
        rows = [self._entry(n, "proposal", f"P-{n}") for n in numbers if key in (None, f"P-{n}")]
        return Page(rows=tuple(rows[:limit]))

    def journal_entry(self, number):
        return self._entry(number, "proposal", f"P-{number}") if number < 10 else None

    def _entry(self, number, kind, key):
        return JournalRow(
            number=number, kind=kind, key=key, recorded_at=NOW, occurred_at=None, cause=None,
            actor="mro_replenishment", body={"headline": "<script>alert(1)</script>"},
            leaf="ab" * 32,
        )  # fmt: skip

    def verify(self, progress=None):
        faults = () if self.intact else ("entry 7: its text does not match its hash",)
        return AuditReport(holds=self.intact, entries=10, root="cd" * 32, faults=faults)

    def source_counts(self):
        if self.silent:
            return ()
        return (
            SourceRow(source="erp", kind="material_defined", accepted=312, faulty=0, last_at=NOW),
            SourceRow(source="wms", kind="stock_counted", accepted=1200, faulty=2, last_at=NOW),
        )

    def faults(self, *, source=None, after=None, limit=100):
        row = FaultRow(
            source="wms", key="stock.csv#18", status="unreadable", file="stock.csv", row=18,
            column="quantity", because="'12,5' is not an amount.",
            cure="Write it with a point: 12.5.",
            raw="MRO-VALVE-001;12,5", at=NOW,
        )  # fmt: skip
        return Page(rows=() if self.silent else (row,))

    def stop_automation(self, *, by, reason):
        self.acts.append(("stop", by, reason))
        self.breakers = (
            BreakerRow(
                decision="*", site="*", zone="*", cause="stop",
                because=f"stopped by {by}: {reason or NOT_YET}",
                cure="resume once it is safe", opened_at=NOW,
            ),
        )  # fmt: skip
        return Done(proposal="", version=0, state="stopped", text="all automation is stopped")

    def close_breaker(self, decision, site, zone, *, by, reason):
        if len(reason) < 10:
            because = "say what was looked at, in at least ten characters"
            return Refusal(code=RefusalCode.REASON_MISSING, because=because)
        self.acts.append(("close", decision, site, zone, reason))
        self.breakers = ()
        return Done(proposal="", version=0, state="closed", text=f"closed: {reason}")

    def policy_text(self):
        return 14, demo_policy_text()
