"""How far decisions have come: demoting at once, promoting with evidence and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chargehand.governance.access import Act, may
from chargehand.governance.approval import makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.demotion import Cause, Demotion
from chargehand.governance.phase import RANK, AutomationLimits, Phase
from chargehand.governance.policy import Policy
from chargehand.governance.promotion import Evidence, shown
from chargehand.governance.raising import Cell, asked, raised, signers
from chargehand.governance.submission import ANY
from chargehand.plant import installed, phase_text, policies
from chargehand.plant.dry_run import dry_run
from chargehand.plant.notices import notice
from chargehand.plant.phase_rows import PhaseRow, phase_rows, unknown_place
from chargehand.plant.reading import Done
from chargehand.plant.said_after import NOT_YET, act_of, say
from chargehand.plant.standing import demotions, said_of
from chargehand.plant.track_record import track_record
from chargehand.storage.docket import Docket
from chargehand.storage.personal import shown as told
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.governance.policy import PolicyMistake
    from chargehand.plant.policy_request_reads import ChangeRequest

SITES = (
    "SELECT DISTINCT site FROM balance WHERE site <> '' UNION SELECT DISTINCT site FROM proposal"
)


def evidence(docket: Docket, before: Policy, after: Policy) -> tuple[Evidence, ...]:
    """What speaks for each phase that a new text raises, or widens, against the text in force.

    Empty where it raises none: then the text is no promotion. A text may only hold where every
    one ``passed``, and with everybody's word that any of them is to be signed by.
    """
    cells = raised(
        before, after, decisions=installed.names(), demotions=demotions(docket.sql),
        sites=[row["site"] for row in docket.sql(SITES)],
    )  # fmt: skip
    return tuple(_evidence(docket, cell, before, after) for cell in cells)


def _evidence(docket: Docket, cell: Cell, before: Policy, after: Policy) -> Evidence:
    # The bars of the text in force: a text cannot lower the bars that it has to pass itself.
    rules = asked(before, cell)
    record = None
    if rules:
        days, count = (max(getattr(r, name) for r in rules) for name in ("days_min", "count_min"))
        record = track_record(docket.sql, cell, docket.now(), days=days, count=count)
    automates = cell.after is Phase.AUTOMATE
    return Evidence(
        decision=cell.decision, site=cell.site, zone=cell.zone, before=cell.before,
        after=cell.after, record=record,
        checks=() if record is None else tuple(c for rule in rules for c in shown(record, rule)),
        dry_run=dry_run(docket.sql, cell, before, after, docket.now()) if automates else None,
        signing=signers(rules), widened=cell.widened,
    )  # fmt: skip


def demote_by(
    docket: Docket,
    *,
    decision: str,
    site: str,
    zone: str,
    to: Phase,
    cause: Cause,
    because: str,
    who: str,
) -> int:
    """Lower a scope (``*`` is any) at once, in a transaction of the caller's; returns its number.

    Where the same cause already lowers that very scope as far, nothing is added. ``because`` goes
    into the journal: free text of people must be passed through ``docket.personal`` before.
    """
    scope = (decision, site, zone)
    before = _held(docket, scope, cause)
    if before is not None:
        if RANK[before.phase] <= RANK[to]:
            return before.number
        _end_row(docket, before.number, who)  # the new entry under its key takes its place
    fields = {
        "decision": decision, "site": site, "zone": zone, "phase": str(to), "cause": cause,
        "because": because,
    }  # fmt: skip
    number = docket.entry("demotion", _key(scope, cause), wire.canonical(fields), actor=who)
    docket.sql(
        "INSERT INTO demotion (number, decision, site, zone, phase, cause, because, who, at, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, *fields.values(), who, written(docket.now()), number),
    )
    policy = policies.within(docket)
    notice(
        docket, "demotion", site=site, roles=sorted(policy.administrators), link="/autonomy",
        text=f"{said_of(scope)} is set back to {to} by {who}: {because}",
    )  # fmt: skip
    return number


def _key(scope: tuple[str, str, str], cause: Cause) -> str:
    return "|".join((*scope, cause))


def _held(docket: Docket, scope: tuple[str, str, str], cause: Cause) -> Demotion | None:
    """The demotion of a cause that is in force for that very scope."""
    for one in demotions(docket.sql):
        if (one.decision, one.site, one.zone, one.cause) == (*scope, cause):
            return one
    return None


def end_demotion(docket: Docket, number: int, *, who: str, because: str) -> bool:
    """End a demotion that was made by its number; False where it is not in force."""
    found = next((one for one in demotions(docket.sql) if one.number == number), None)
    if found is None:
        return False
    key = _key((found.decision, found.site, found.zone), found.cause)
    body = wire.canonical({"ended": number, "because": because})
    docket.entry("demotion", key, body, actor=who)
    _end_row(docket, number, who)
    return True


def _end_row(docket: Docket, number: int, who: str) -> None:
    docket.sql(
        "UPDATE demotion SET ended_at = ?, ended_by = ? WHERE number = ?",
        (written(docket.now()), who, number),
    )


def demotions_by(docket: Docket, cause: Cause, site: str = ANY) -> Sequence[int]:
    """The numbers of the demotions of a cause that are in force (at that very site)."""
    return [
        one.number
        for one in demotions(docket.sql)
        if one.cause == cause and site in (ANY, one.site)
    ]


class Phases:
    """How far decisions have come: demoting at once, promoting with evidence and signatures."""

    store: Store

    def phases(self) -> tuple[PhaseRow, ...]:
        """Every decision at every site and zone that the record knows, with what came of it."""
        policy = policies.in_force(self.store)
        return self.store.look(lambda docket: told(docket.sql, phase_rows(docket, policy)))

    def demote(
        self, decision: str, site: str, zone: str, *, to: str, by: str, reason: str = ""
    ) -> Done | Refusal:
        """Lower a decision at a place at once; ``*`` is any. Raising it again is a promotion.

        Whoever may ask decisions or approve at the site may: lowering is the safe side. The reason
        may come after: it is noted where the place is that low already.
        """

        def work(docket: Docket) -> Done | Refusal:
            policy = policies.within(docket)
            refusal = (
                _may_demote(policy, by, site)
                or _not_lower(to)
                or unknown_place(docket, policy, site, zone)
            )
            if refusal is not None:
                return refusal
            held = _held(docket, (decision, site, zone), "person")
            if held is not None and RANK[held.phase] <= RANK[Phase(to)]:
                text = f"{said_of((decision, site, zone))} is at {held.phase} already"
                before = act_of(docket.sql, "demotion", _key((decision, site, zone), "person"))
                if before is not None and say(docket, before, by=by, reason=reason):
                    text += "; the reason is noted"
                return Done(proposal="", version=held.number, state=str(held.phase), text=text)
            said = docket.personal(reason, person=by) if reason else NOT_YET
            number = demote_by(
                docket, decision=decision, site=site, zone=zone, to=Phase(to), cause="person",
                because=said, who=by,
            )  # fmt: skip
            text = f"{said_of((decision, site, zone))} is set back to {to}"
            return Done(proposal="", version=number, state=to, text=text)

        known = installed.names()
        if decision != ANY and decision not in known:
            because = f"there is no decision {decision}; there are {', '.join(known)}"
            return Refusal(code=RefusalCode.UNKNOWN_DECISION, because=because)
        return self.store.write(work)

    def evidence_for(
        self,
        decision: str,
        site: str,
        zone: str,
        *,
        to: str,
        limits: AutomationLimits | None = None,
    ) -> tuple[Evidence, ...] | Refusal:
        """What would speak for raising a phase, without proposing it."""
        text = self._raised_text(decision, site, zone, to, limits)
        if isinstance(text, Refusal):
            return text
        after = policies.checked(text)
        if not isinstance(after, Policy):
            return Refusal(code=RefusalCode.POLICY_INVALID, because=str(after[0]))
        before = policies.in_force(self.store)
        return self.store.look(lambda docket: evidence(docket, before, after))

    def promote(
        self,
        decision: str,
        site: str,
        zone: str,
        *,
        to: str,
        limits: AutomationLimits | None = None,
        by: str,
        because: str,
    ) -> ChangeRequest | Refusal | list[PolicyMistake]:
        """Propose a policy text that raises a phase; others sign it before it holds.

        ``limits`` are what the policy may clear by itself; None keeps those that the text has.
        """
        if not makes_sense(because):
            said = "say why it may do more, in at least ten characters"
            return Refusal(code=RefusalCode.REASON_MISSING, because=said)
        text = self._raised_text(decision, site, zone, to, limits)
        if isinstance(text, Refusal):
            return text
        return self.propose_policy(text, by=by, because=because)

    def _raised_text(
        self, decision: str, site: str, zone: str, to: str, limits: AutomationLimits | None
    ) -> str | Refusal:
        if to not in RANK:
            return _no_phase(to)
        _, text = policies.text_in_force(self.store)
        held = self.store.look(lambda docket: demotions(docket.sql))
        lifts = max((one.number for one in held), default=0)
        return phase_text.raised_text(text, (decision, site, zone), Phase(to), limits, lifts)

    if TYPE_CHECKING:

        def propose_policy(
            self, text: str, *, by: str, because: str
        ) -> ChangeRequest | Refusal | list[PolicyMistake]:
            """As change requests do it."""


def _no_phase(to: str) -> Refusal:
    because = f"there is no phase {to}; there are {', '.join(Phase)}"
    return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)


def _not_lower(to: str) -> Refusal | None:
    if to not in RANK:
        return _no_phase(to)
    if to == Phase.AUTOMATE:
        because = "automate is the highest phase: nothing is set back to it"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    return None


def _may_demote(policy: Policy, by: str, site: str) -> Refusal | None:
    person = policy.person(by)
    if person is None or not person.active:
        because = f"{by} is not among the people of the policy"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    check = may(person, Act.DECIDE, None if site == ANY else site, policy)
    if check.passed or _approves_at(policy, person, site):
        return None
    if person.service:
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=check.text)
    because = f"{check.text}, nor approve anything there"
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)


def _approves_at(policy: Policy, person: Person, site: str) -> bool:
    if person.service:
        return False
    sites = [grant.sites for grant in policy.grants if grant.role in person.roles]
    return any(ANY in some or site in some for some in sites)
