"""Stopping automation, and closing what has opened: each by a person, with a reason."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from chargehand.governance.breaker import may_close
from chargehand.governance.policy import Policy
from chargehand.plant import policies, stop_file
from chargehand.plant.breaker_book import ALL, KIND, STOP, Scope, key_of, states
from chargehand.plant.locked import locked_out
from chargehand.plant.notices import notice
from chargehand.plant.reading import Done
from chargehand.plant.said_after import NOT_YET, act_of, say
from chargehand.plant.standing import open_breakers
from chargehand.storage.docket import Docket
from chargehand.storage.session import StorageFault
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

ANY = ALL
STOPPED = Done(proposal="", version=0, state="stopped", text="all automation is stopped")


def stop(store: Store, folder: Path, by: str, reason: str) -> Done:
    """Stop all automation. Anybody may: stopping is always the safe side.

    Where it is stopped already, a reason is noted that was not given before.

    The file comes first, so that it holds also where the database does not answer; ``OSError``
    is no reason not to try the database.
    """
    with suppress(OSError):
        stop_file.put(folder, by=by, reason=reason)
    try:
        is_noted = store.write(lambda docket: _record_stop(docket, by, reason))
    except StorageFault:
        if not stop_file.is_there(folder):
            raise
        return replace(STOPPED, text=f"{STOPPED.text}; the database could not note it yet")
    with suppress(OSError):
        stop_file.take_away(folder)
    return replace(STOPPED, text=f"{STOPPED.text}; the reason is noted") if is_noted else STOPPED


def _record_stop(docket: Docket, by: str, reason: str) -> bool:
    """Write a stop down; whether it was stopped already, and its reason was noted now."""
    if any(one.cause == STOP for one in open_breakers(docket)):
        # A stop under another key is one that an earlier release wrote.
        before = act_of(docket.sql, KIND, STOP)
        return before is not None and say(docket, before, by=by, reason=reason)
    said = docket.personal(reason, person=by) if reason else NOT_YET
    because = f"stopped by {by}: {said}"
    cure = "resume with 'chargehand resume' or on the Autonomy page, once it is safe"
    at = written(docket.now())
    body = wire.canonical({"cause": STOP, "because": because, "cure": cure})
    entry = docket.entry("breaker", STOP, body, actor=by)
    docket.sql(
        "INSERT INTO breaker (id, decision, site, zone, cause, because, cure, opened_at,"
        " entry) VALUES (?, '*', '*', '*', ?, ?, ?, ?, ?)",
        (entry, STOP, because, cure, at, entry),
    )
    notice(docket, "stop", text=f"All automation is stopped: {because}", link="/autonomy")
    return False


def take_over(store: Store, folder: Path) -> int:
    """Write down a stop that the database does not have yet, and then remove its file."""
    note = stop_file.read(folder)
    if note is None:
        return 0
    store.write(lambda docket: _record_stop(docket, note.by, note.reason))
    stop_file.take_away(folder)
    return 1


def close(store: Store, folder: Path, scope: Scope, by: str, reason: str) -> Done | Refusal:
    """Close an open breaker of a scope; refused unless the person may, and says why.

    Where its rule lets some through on trial first, it is half open until they went well.
    """
    take_over(store, folder)

    def work(docket: Docket) -> Done | Refusal:
        policy = policies.within(docket)
        book = states(docket.sql)
        keys = [
            key
            for key in (key_of(scope), STOP)
            if key in book and book[key].scope == scope and book[key].open
        ]
        found = [book[key] for key in keys]
        person = policy.person(by)
        if person is None:
            because = f"{by} is not among the people of the policy"
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
        if not found:
            because = f"no breaker is open for {' '.join(scope)}"
            return Refusal(code=RefusalCode.NOT_WAITING, because=because)
        for breaker in (one for state in found for one in state.open):
            refusal = may_close(breaker, person, policy.breaker_closers, reason=reason)
            refusal = refusal or locked_out(docket.sql, by)
            if refusal is not None:
                return refusal
        said = docket.personal(reason, person=by)
        trials = _trials(policy, scope) if any(state.is_broken for state in found) else 0
        for key in keys:
            _write_closed(docket, key, scope, by, said, trials)
        text = f"closed: {reason}"
        if trials:
            text = f"half open: {trials} are let through one by one, then it is closed"
        return Done(proposal="", version=0, state="half_open" if trials else "closed", text=text)

    return store.write(work)


def _trials(policy: Policy, scope: Scope) -> int:
    rules = [r for r in policy.breakers if (r.decision, r.site, r.zone) == scope]
    return max((rule.trial_count for rule in rules), default=0)


def _write_closed(docket: Docket, key: str, scope: Scope, by: str, said: str, trials: int) -> None:
    body: dict[str, object] = {"closed": list(scope), "because": said}
    is_stop = key == STOP
    if trials and not is_stop:
        body["trials"] = trials
    docket.entry("breaker", key, wire.canonical(body), actor=by)
    at = written(docket.now())
    if "trials" in body:
        docket.sql(
            "UPDATE breaker SET state = 'half_open', half_open_at = ?, trials = ?"
            " WHERE closed_at IS NULL AND cause <> ? AND decision = ? AND site = ? AND zone = ?",
            (at, trials, STOP, *scope),
        )
        return
    # A stop under the key of its scope is one that an earlier release wrote.
    of = "cause = 'stop'" if is_stop else "(cause <> 'stop' OR ? = '*')"
    docket.sql(
        f"UPDATE breaker SET closed_at = ?, state = 'closed' WHERE closed_at IS NULL AND {of}"
        " AND decision = ? AND site = ? AND zone = ?",
        (at, *(() if is_stop else (scope[0],)), *scope),
    )
