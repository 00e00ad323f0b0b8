"""What goes into a site's review pack: drawn and gathered from the record of its period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from chargehand.governance.phase import governing, lowest
from chargehand.governance.policy import Policy
from chargehand.governance.submission import Place
from chargehand.outcomes.attention import WAVED_THROUGH_S
from chargehand.outcomes.exceptions import (
    KINDS,
    Case,
    CaseKind,
    drawn,
    luck,
    near_confidence,
    near_limit,
    seed_of,
)
from chargehand.plant import installed, policies
from chargehand.plant.probing import NO_PROBE
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.money import Money

MANY: frozenset[CaseKind] = frozenset({"override", "near_miss"})
"""Kinds that there may be hundreds of: beyond ``MANY_MAX`` they are drawn as the sample is."""
MANY_MAX = 20
PROBE_ENDS = {
    "missed": "approved by somebody, and stopped before any effect",
    "caught": "seen through",
    "unseen": "nobody decided on it in time",
    "withdrawn": "something real took its place before anybody decided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Which pack is made."""

    site: str
    since: datetime
    until: datetime
    size: int
    """Entries of the journal that the draw's root is over."""
    root: str

    @property
    def seed(self) -> str:
        """What is drawn by."""
        return seed_of(self.site, written(self.since), written(self.until), self.size, self.root)

    @property
    def span(self) -> tuple[str, str]:
        """Beginning and end as they are stored."""
        return written(self.since), written(self.until)


def pack(
    sql: Session, period: Period, sample: int, waved: Sequence[Case] | None = None
) -> tuple[Case, ...]:
    """Every case of a pack: all exceptions, and a sample of what was cleared beside them.

    The same record and period give the same pack, as long as no more is measured or undone.
    ``waved`` are the cases that were waved through, where the pack is drawn again: what they were
    found by is struck out with the first draw.
    """
    gathered = _Gathering(sql, period)
    found: list[Case] = []
    for cases in (
        gathered.breakers(), gathered.demotions(),
        gathered.waved_through() if waved is None else waved,
        gathered.overrides(), gathered.near_misses(), gathered.probes(),
    ):  # fmt: skip
        found += cases
    taken = {case.proposal for case in found if case.proposal}
    left = [number for number in gathered.cleared if f"P-{number}" not in taken]
    for number in drawn(left, sample, period.seed):
        row = gathered.cleared[number]
        found.append(_case("sample", number, f"{row['headline']} ({_by(row)}; {_came(row)})"))
    order = list(KINDS)
    return tuple(sorted(_few(found, period), key=lambda case: order.index(case.kind)))


def _few(found: list[Case], period: Period) -> Iterator[Case]:
    for kind in MANY:
        numbers = [n for n, case in enumerate(found) if case.kind == kind]
        kept = set(drawn(numbers, MANY_MAX, period.seed))
        yield from (found[n] for n in sorted(kept))
    yield from (case for case in found if case.kind not in MANY)


class _Gathering:
    """Gathers the cases of a period, one kind after the other."""

    def __init__(self, sql: Session, period: Period) -> None:
        self._sql = sql
        self._period = period
        self._policies: dict[int, Policy | None] = {}

    @cached_property
    def cleared(self) -> dict[int, Any]:
        """What was cleared in the period, by number, with what came of it."""
        rows = self._sql.execute(
            "SELECT p.number, p.headline, p.decision, p.site, p.zone, p.confidence, p.cost,"
            " p.currency, r.policy_version, r.cleared_by, o.is_right FROM ruling r"
            " JOIN proposal p ON p.number = r.proposal"
            " LEFT JOIN outcome o ON o.proposal = p.number"
            " WHERE r.verdict = 'cleared' AND p.site = ? AND r.at >= ? AND r.at < ?"
            f" AND {NO_PROBE.format(number='p.number')} ORDER BY r.number",
            (self._period.site, *self._period.span),
        )
        return {row["number"]: row for row in rows}

    def breakers(self) -> Iterator[Case]:
        """Breakers that opened in the period, stops included."""
        for row in self._of_scope("breaker", "id", "opened_at"):
            text = f"{row['cause']} ({_scope(row)}): {row['because']}"
            yield Case(subject=f"breaker:{row['id']}", kind="breaker", proposal="", text=text)

    def demotions(self) -> Iterator[Case]:
        """What was set back to an earlier phase."""
        for row in self._of_scope("demotion", "number", "at"):
            text = f"{_scope(row)} was set back to {row['phase']}: {row['because']}"
            subject = f"demotion:{row['number']}"
            yield Case(subject=subject, kind="demotion", proposal="", text=text)

    def _of_scope(self, table: str, key: str, at: str) -> list[Any]:
        rows: list[Any] = self._sql.execute(
            f"SELECT * FROM {table} WHERE site IN (?, '*') AND {at} >= ? AND {at} < ?"
            f" ORDER BY {key}",
            (self._period.site, *self._period.span),
        ).fetchall()
        return rows

    def waved_through(self) -> Iterator[Case]:
        """Approved sooner than anybody can read, and undone or wrong in the period."""
        rows = self._sql.execute(
            "SELECT DISTINCT p.number, p.headline, o.is_right FROM waved_through w"
            " JOIN proposal p ON p.number = w.proposal"
            " LEFT JOIN outcome o ON o.proposal = p.number AND o.is_right = 0"
            " AND o.measured_at >= ? AND o.measured_at < ?"
            " LEFT JOIN transition t ON t.proposal = p.number AND t.event = 'undo'"
            " AND t.at >= ? AND t.at < ?"
            " WHERE p.site = ?"
            " AND (o.proposal IS NOT NULL OR t.proposal IS NOT NULL) ORDER BY p.number",
            (*self._period.span, *self._period.span, self._period.site),
        )
        for row in rows.fetchall():
            ended = "turned out wrong" if row["is_right"] == 0 else "was undone"
            text = f"{row['headline']} Approved in under {WAVED_THROUGH_S:g} seconds; it {ended}."
            yield _case("waved_through", row["number"], text)

    def overrides(self) -> Iterator[Case]:
        """What people decided otherwise, and what was measured of it in the period."""
        for row in self._measured("o.followed IN ('overruled', 'changed')"):
            did = "rejected" if row["followed"] == "overruled" else "changed"
            ended = "right" if row["is_right"] else "wrong"
            text = f"{row['headline']} People {did} it; it was {ended}: {row['because']}"
            yield _case("override", row["number"], text)

    def near_misses(self) -> Iterator[Case]:
        """What kept a limit by little, and what its confidence did not let expect."""
        told: dict[int, list[str]] = {}
        for number, row in self.cleared.items():
            told.setdefault(number, []).extend(self._near(row))
        headlines = {number: row["headline"] for number, row in self.cleared.items()}
        for row in self._measured("o.followed NOT IN ('overruled', 'changed')"):
            headlines[row["number"]] = row["headline"]
            said = luck(row["confidence"], right=bool(row["is_right"]))
            told.setdefault(row["number"], []).extend(said)
        for number in sorted(told):
            if told[number]:
                text = f"{headlines[number]} Noted: {'; '.join(told[number])}."
                yield _case("near_miss", number, text)

    def _measured(self, what: str) -> list[Any]:
        rows: list[Any] = self._sql.execute(
            "SELECT p.number, p.headline, p.confidence, o.followed, o.is_right, o.because"
            " FROM outcome o JOIN proposal p ON p.number = o.proposal WHERE p.site = ?"
            f" AND o.measured_at >= ? AND o.measured_at < ? AND {what} ORDER BY p.number",
            (self._period.site, *self._period.span),
        ).fetchall()
        return rows

    def _near(self, row: Any) -> Iterator[str]:
        policy = self._policy(row["policy_version"])
        if policy is None:
            return
        value = Money.of(row["cost"], row["currency"])
        if "policy" in row["cleared_by"]:
            place = Place(row["site"], row["zone"] or None)
            limits = lowest(governing(policy.phases, row["decision"], place)).limits
            if limits is not None:
                yield from near_limit(value, limits.cost_max, "the most it may clear by itself")
                yield from near_confidence(row["confidence"], limits.confidence_min)
            return
        if row["decision"] not in installed.names():
            return
        kinds = [str(kind) for kind in installed.load(row["decision"]).transactions]
        for rule in policy.approvals:
            if rule.applies_to(row["decision"], *kinds):
                limit = rule.second_person_above
                yield from near_limit(value, limit, "the sum above which two people are needed")

    def _policy(self, version: int) -> Policy | None:
        if version not in self._policies:
            row = self._sql.execute(
                "SELECT text FROM policy WHERE version = ?", (version,)
            ).fetchone()
            found = None if row is None else policies.parse(row["text"])
            self._policies[version] = found if isinstance(found, Policy) else None
        return self._policies[version]

    def probes(self) -> Iterator[Case]:
        """Probes that ended in the period."""
        rows = self._sql.execute(
            "SELECT b.proposal, b.wrong, b.state FROM probe b"
            " JOIN proposal p ON p.number = b.proposal"
            " WHERE p.site = ? AND b.ended_at >= ? AND b.ended_at < ? ORDER BY b.proposal",
            (self._period.site, *self._period.span),
        )
        for row in rows.fetchall():
            text = f"{row['wrong']} It was {PROBE_ENDS[row['state']]}."
            yield _case("probe", row["proposal"], text)


def _case(kind: CaseKind, number: int, text: str) -> Case:
    return Case(subject=f"{kind}:P-{number}", kind=kind, proposal=f"P-{number}", text=text)


def _by(row: Any) -> str:
    return "cleared by policy" if "policy" in row["cleared_by"] else "approved"


def _came(row: Any) -> str:
    if row["is_right"] is None:
        return "not measured yet"
    return "right in hindsight" if row["is_right"] else "wrong in hindsight"


def _scope(row: Any) -> str:
    parts = (row["decision"], row["site"], row["zone"])
    return " / ".join("any" if part == "*" else part for part in parts)
