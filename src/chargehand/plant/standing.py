"""How things stand when a ruling is made: what was cleared today, what is open, what is lowered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from chargehand.governance.breaker import CURES, OpenBreaker, evaluate
from chargehand.governance.clauses import Trial
from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import Phase
from chargehand.governance.policy import Policy, Standing
from chargehand.plant import policies
from chargehand.plant.breaker_book import STOP, BreakerState, key_of, states
from chargehand.plant.breaker_readings import (
    ClearedSum,
    cleared_lately,
    counts_use,
    reading,
    use_of,
)
from chargehand.plant.clearings import cleared_since
from chargehand.plant.journalled import backwards, newest_of_each
from chargehand.plant.notices import notice
from chargehand.plant.withdrawing import put_back
from chargehand.storage.docket import Docket
from chargehand.storage.personal import Sql
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.money import ZERO, Money

__all__ = ["STOP", "demotions", "open_breakers", "open_it", "read_breakers", "standing", "trials"]


def standing(docket: Docket, day: datetime, currency: str) -> Standing:
    """How things stand: what policy cleared today, what is open, whether automation is stopped."""
    sums = cleared_lately(docket.sql, day)
    spent = sum(
        (one.spent_today.amount for one in sums if one.spent_today.currency == currency),
        ZERO.amount,
    )
    book = states(docket.sql)
    breakers = [one for state in book.values() for one in state.open]
    rules = policies.within(docket).breakers
    return Standing(
        open_breakers=tuple(one for one in breakers if one.cause != STOP),
        spent_today=Money(spent, currency),
        cleared_today=sum(one.count_today for one in sums),
        stopped=docket.is_halted() or any(one.cause == STOP for one in breakers),
        demotions=demotions(docket.sql),
        trials=trials(docket.sql, book),
        uses=tuple(use_of(rule, sums) for rule in rules if counts_use(rule)),
        as_of=day,
        entries=docket.next_number(),
    )


def demotions(sql: Sql) -> tuple[Demotion, ...]:
    """Every demotion that is in force, as the journal tells it."""
    return tuple(
        Demotion(
            number=row["number"], decision=fact["decision"], site=fact["site"], zone=fact["zone"],
            phase=Phase(fact["phase"]), cause=fact["cause"], because=fact["because"],
        )
        for row, fact in newest_of_each(sql, "demotion")
        if "ended" not in fact
    )  # fmt: skip


def open_breakers(docket: Docket) -> list[OpenBreaker]:
    """Breakers that are open, the stop of all automation included, as the journal tells it."""
    return [one for state in states(docket.sql).values() for one in state.open]


def read_breakers(docket: Docket, policy: Policy) -> list[OpenBreaker]:
    """Read every breaker of the policy, and open those whose readings are beyond their limits.

    A breaker on trial closes once its trials went well, and opens again where one did not.
    """
    book = states(docket.sql)
    opened = _end_trials(docket, book)
    if opened:
        book = states(docket.sql)
    now = docket.now()
    cleared: list[ClearedSum] | None = None
    for rule in policy.breakers:
        scope = (rule.decision, rule.site, rule.zone)
        state = book.get(key_of(scope))
        if state is not None and state.is_broken:
            continue
        if cleared is None:
            cleared = cleared_lately(docket.sql, now)
        closed_at = "" if state is None else state.closed_at
        found = evaluate(rule, reading(docket.sql, rule, now, closed_at, cleared))
        if found is not None:
            if state is not None and state.is_half_open:
                _close(docket, state, "it opened again while on trial")
            open_it(docket, found)
            opened.append(found)
    return opened


def _since(sql: Sql, state: BreakerState) -> Mapping[str, int]:
    """How many proposals that policy cleared since a breaker was closed stand where, by state.

    As the journal tells it: no edited row ends a trial.
    """
    cleared = cleared_since(sql, state.closed_at)
    seen = {one.proposal for one in cleared if one.lies_in(state.scope)}
    return Counter(_state_of(sql, number) for number in seen)


def _state_of(sql: Sql, number: int) -> str:
    _, step = next(backwards(sql, "transition", f"P-{number}"), (None, {}))
    return str(step.get("state", ""))


def trials(sql: Sql, book: Mapping[str, BreakerState]) -> tuple[Trial, ...]:
    """Every breaker that is half open, with how many it still lets through."""
    return tuple(_trial(state, _since(sql, state)) for state in book.values() if state.is_half_open)


def _trial(state: BreakerState, seen: Mapping[str, int]) -> Trial:
    decision, site, zone = state.scope
    return Trial(
        decision=decision, site=site, zone=zone,
        left=max(state.trial_count - sum(seen.values()), 0),
        under_way=sum(n for name, n in seen.items() if name in UNDER_WAY),
    )  # fmt: skip


UNDER_WAY = frozenset({"cleared", "sent"})


def _end_trials(docket: Docket, book: Mapping[str, BreakerState]) -> list[OpenBreaker]:
    """Close what went well on trial, and open again what did not."""
    opened = []
    for state in book.values():
        if not state.is_half_open:
            continue
        seen = _since(docket.sql, state)
        done = seen.get("confirmed", 0)
        bad = sum(seen.values()) - done - sum(seen.get(name, 0) for name in UNDER_WAY)
        if bad:
            _close(docket, state, "a proposal that was cleared on trial did not go well")
            decision, site, zone = state.scope
            again = OpenBreaker(
                decision=decision, site=site, zone=zone, cause="failures",
                because=f"{bad} of the {sum(seen.values())} cleared on trial did not go well",
                cure=CURES["failures"],
            )  # fmt: skip
            open_it(docket, again)
            opened.append(again)
        elif done >= state.trial_count:
            _close(docket, state, f"all {done} that were cleared on trial went well")
    return opened


def _close(docket: Docket, state: BreakerState, because: str) -> None:
    """End a trial."""
    body = wire.canonical({"closed": list(state.scope), "because": because})
    docket.entry("breaker", key_of(state.scope), body, actor="chargehand")
    docket.sql(
        "UPDATE breaker SET closed_at = ?, state = 'closed' WHERE closed_at IS NULL"
        " AND cause <> ? AND decision = ? AND site = ? AND zone = ?",
        (written(docket.now()), STOP, *state.scope),
    )


def open_it(docket: Docket, breaker: OpenBreaker) -> None:
    """Open a breaker: nothing more is cleared in its scope, and what can be is taken back."""
    fields = {
        "decision": breaker.decision, "site": breaker.site, "zone": breaker.zone,
        "cause": breaker.cause, "because": breaker.because, "cure": breaker.cure,
        "opened_at": written(docket.now()),
    }  # fmt: skip
    scope = (breaker.decision, breaker.site, breaker.zone)
    entry = docket.entry("breaker", key_of(scope), wire.canonical(fields), actor="chargehand")
    docket.sql(
        "INSERT INTO breaker (id, decision, site, zone, cause, because, cure, opened_at, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (entry, *fields.values(), entry),
    )
    back = put_back(docket, scope, breaker.cause)
    policy = policies.within(docket)
    said = f" {back} that were cleared before and not begun wait for a person now." if back else ""
    notice(
        docket, "breaker", site=breaker.site, roles=_told(policy), link="/autonomy",
        text=f"The circuit breaker for {said_of(scope)} is open: {breaker.because}.{said}"
        f" {breaker.cure}",
    )  # fmt: skip


def _told(policy: Policy) -> Sequence[str]:
    return sorted(policy.breaker_closers | policy.administrators)


def said_of(scope: tuple[str, str, str]) -> str:
    """A scope in words.

    >>> said_of(("*", "HALLE3", "*"))
    'every decision at HALLE3'
    """
    decision, site, zone = scope
    what = "every decision" if decision == "*" else decision
    at = "every site" if site == "*" else site
    return f"{what} at {at}" + ("" if zone == "*" else f", zone {zone}")
