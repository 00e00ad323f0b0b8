"""What deriving a period again comes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from chargehand.plant.replaying import Apart
from chargehand.storage.session import Row
from chargehand.vocabulary.instant import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in the record that does not follow from what was recorded of it."""

    entry: int
    at: datetime
    proposal: str
    what: str
    """proposal, ruling, standing, order, step or policy."""
    field: str
    recorded: str
    now: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often something came up."""

    what: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedPeriod:
    """What deriving a period again came to."""

    since: datetime
    until: datetime | None
    decision: str | None
    identical: bool
    proposals: int
    """Versions of proposals that were derived again."""
    rulings: int
    orders: int
    """Orders that were held against their rulings."""
    first: Difference | None
    """The first difference; None where there is none."""
    others: tuple[Counted, ...]
    """How many more there are, by what differs."""
    as_recorded: tuple[Counted, ...]
    """What cannot be derived and was taken as it was recorded, and how often."""
    probes: int
    """Proposals that were wrong on purpose, and have ended."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What has come up so far."""

    first: Difference | None = None
    others: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)

    def note(self, row: Row, name: str, what: str, apart: Apart) -> None:
        """A difference has come up."""
        kind = "standing" if apart.field.startswith("standing.") else what
        if self.first is not None:
            self.others[kind] += 1
            return
        self.first = Difference(
            entry=row["number"], at=instant(row["recorded_at"]), proposal=name, what=kind,
            field=apart.field, recorded=apart.recorded, now=apart.now, because=apart.because,
        )  # fmt: skip


def report(
    found: Found, since: datetime, until: datetime | None, decision: str | None
) -> ReplayedPeriod:
    """What has come up, as it is told."""

    def counted(counter: Counter[str]) -> tuple[Counted, ...]:
        return tuple(Counted(what=what, count=n) for what, n in sorted(counter.items()))

    return ReplayedPeriod(
        since=since, until=until, decision=decision, identical=found.first is None,
        proposals=found.counts["proposals"], rulings=found.counts["rulings"],
        orders=found.counts["orders"], first=found.first, others=counted(found.others),
        as_recorded=counted(found.taken), probes=found.counts["probes"],
    )  # fmt: skip
