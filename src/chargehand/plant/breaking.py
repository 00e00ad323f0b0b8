"""Stopping automation, and closing what has opened: each by a person, with a reason."""

from __future__ import annotations

from chargehand.governance.breaker import may_close
from chargehand.plant import policies
from chargehand.plant.reading import Done
from chargehand.plant.standing import STOP, open_breakers
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

ANY = ("*", "*", "*")


def stop(store: Store, by: str, reason: str) -> Done:
    """Stop all automation. Anybody may: stopping is always the safe side."""

    def work(docket: Docket) -> Done:
        if not any(one.cause == STOP for one in open_breakers(docket)):
            said = docket.personal(reason, person=by) or "no reason given yet"
            because = f"stopped by {by}: {said}"
            cure = "resume with 'chargehand resume' or on the Autonomy page, once it is safe"
            at = written(docket.now())
            body = wire.canonical({"cause": STOP, "because": because, "cure": cure})
            entry = docket.entry("breaker", "*|*|*", body, actor=by)
            docket.sql(
                "INSERT INTO breaker (id, decision, site, zone, cause, because, cure, opened_at,"
                " entry) VALUES (?, '*', '*', '*', ?, ?, ?, ?, ?)",
                (entry, STOP, because, cure, at, entry),
            )
        return Done(proposal="", version=0, state="stopped", text="all automation is stopped")

    return store.write(work)


def close(store: Store, scope: tuple[str, str, str], by: str, reason: str) -> Done | Refusal:
    """Close an open breaker of a scope; refused unless the person may, and says why."""

    def work(docket: Docket) -> Done | Refusal:
        policy = policies.within(docket)
        found = [
            one for one in open_breakers(docket) if (one.decision, one.site, one.zone) == scope
        ]
        person = policy.person(by)
        if person is None:
            because = f"{by} is not among the people of the policy"
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
        if not found:
            because = f"no breaker is open for {' '.join(scope)}"
            return Refusal(code=RefusalCode.NOT_WAITING, because=because)
        for breaker in found:
            refusal = may_close(breaker, person, policy.breaker_closers, reason=reason)
            if refusal is not None:
                return refusal
        said = docket.personal(reason, person=by)
        body = wire.canonical({"closed": list(scope), "because": said})
        docket.entry("breaker", "|".join(scope), body, actor=by)
        docket.sql(
            "UPDATE breaker SET closed_at = ? WHERE closed_at IS NULL AND decision = ?"
            " AND site = ? AND zone = ?",
            (written(docket.now()), *scope),
        )
        return Done(proposal="", version=0, state="closed", text=f"closed: {reason}")

    return store.write(work)
