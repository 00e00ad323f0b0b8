"""Who may do what, asked of the policy: for lists, for one act, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from chargehand.governance.access import Act, KeyScope, may, sites_of
from chargehand.governance.authority import Person, grants_of
from chargehand.governance.explaining import Explanation, explain_act, explain_deciding
from chargehand.governance.permission import GrantedAct
from chargehand.governance.policy import Submission
from chargehand.governance.question import Question
from chargehand.governance.question import submission_of as asked_about
from chargehand.governance.submission import ANY, Check
from chargehand.governance.table import MONEY
from chargehand.governance.terms import Policy
from chargehand.plant import policies
from chargehand.plant.approvable import Approver, approver_of
from chargehand.plant.naming import proposal_number, unknown_proposal
from chargehand.plant.rulings import changers_told, submission_of
from chargehand.runtime import clock
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import TransactionType

DECIDING: tuple[GrantedAct, ...] = get_args(GrantedAct)
FREE = KeyScope()
"""A key that is limited to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """One grant that somebody holds."""

    clause: str
    role: str
    transactions: tuple[str, ...]
    decisions: tuple[str, ...]
    sites: tuple[str, ...]
    zones: tuple[str, ...]
    value_max: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """All that somebody may do."""

    person: str
    roles: tuple[str, ...]
    acts: dict[str, tuple[str, ...]]
    """Sites (``*``: all) by act; acts that are allowed nowhere are left out."""
    grants: tuple[GrantRow, ...]
    """What they may decide on, by grants that hold at this moment."""
    stands_in_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is asked about, where it is no proposal that exists."""

    decision: str | None = None
    transaction: str | None = None
    site: str | None = None
    zone: str | None = None
    value: str | None = None
    confidence: float = 1.0


class Permitted:
    """Who may do what, asked of the policy: for lists, for one act, and why not."""

    store: Store

    def may(self, person: Person, act: Act, site: str | None, scope: KeyScope = FREE) -> Check:
        """Whether somebody may do an act at a site (None: at every site), and why not."""
        return may(person, act, site, policies.in_force(self.store), scope)

    def permissions(self, person: Person, scope: KeyScope = FREE) -> Permissions:
        """All that somebody may do at this moment, with a key of a scope."""
        policy, now = policies.in_force(self.store), clock.now()
        known = policy.person(person.person) or person
        with self.store.snapshot() as sql:
            approver = approver_of(sql, policy, known.person, now)
        acts = {act.value: tuple(sorted(sites_of(known, act, policy, scope))) for act in Act}
        return Permissions(
            person=str(known.person),
            roles=known.roles,
            acts={act: sites for act, sites in acts.items() if sites},
            grants=tuple(
                GrantRow(
                    clause=one.clause, role=one.role, transactions=tuple(sorted(one.transactions)),
                    decisions=tuple(sorted(one.decisions)), sites=tuple(sorted(one.sites)),
                    zones=tuple(sorted(one.zones)), value_max=one.value_max,
                )
                for one in grants_of(known, policy.grants)
                if one.holds(now)
            ),
            stands_in_for=tuple(
                one.from_person for one in (approver.delegations if approver else ())
            ),
        )  # fmt: skip

    def explain(
        self,
        who: str,
        what: str,
        *,
        decision: str | None = None,
        transaction: str | None = None,
        site: str | None = None,
        zone: str | None = None,
        value: str | None = None,
        confidence: float = 1.0,
    ) -> Explanation | Refusal:
        """Why a person may do something, or not: every grant and clause that was looked at.

        Parameters
        ----------
        who
            Id of a person of the policy.
        what
            A proposal (``P-12``: may they approve it), one of ``approve``, ``reject`` and
            ``change`` (of what the other parameters say), or a word of ``access.Act``.
        decision, transaction, site, zone
            What is decided on and where; what is left out is any, which only a grant of ``*``
            covers. The transaction has to be said. For an act the site only, None: every site.
        value
            As in the policy text, such as ``EUR 500.00``; left out it is nothing.
        confidence
            How sure the proposal is (fraction).
        """
        about = About(
            decision=decision or None, transaction=transaction or None, site=site or None,
            zone=zone or None, value=value or None, confidence=confidence,
        )  # fmt: skip
        with self.store.snapshot() as sql:
            policy = policies.at(sql)
            approver = approver_of(sql, policy, who, clock.now())
            if approver is None:
                because = f"{who} is not among the people of policy version {policy.version}"
                return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
            if proposal_number(what) is not None:
                return _of_proposal(sql, approver, policy, what)
        return _of_act(approver, policy, what.lower(), about)


def _of_proposal(
    sql: Session, approver: Approver, policy: Policy, what: str
) -> Explanation | Refusal:
    number = proposal_number(what)
    row = sql.execute("SELECT * FROM proposal WHERE number = ?", (number,)).fetchone()
    if row is None:
        return unknown_proposal(what)
    one = submission_of(dict(row), changers_told(sql.execute, row["number"]))
    return _deciding(approver, policy, "approve", f"approve P-{number}", one)


def _of_act(approver: Approver, policy: Policy, what: str, about: About) -> Explanation | Refusal:
    act = next((one for one in DECIDING if one == what), None)
    if act is not None:
        made = _question(act, about)
        if isinstance(made, Refusal):
            return made
        return _deciding(approver, policy, act, _words(act, made), asked_about(made, approver.now))
    if what in set(Act):
        return explain_act(approver.person, policy, Act(what), about.site)
    names = ", ".join((*DECIDING, *Act))
    because = f"nothing is known of {what!r}; ask about a proposal (P-12) or one of {names}"
    return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)


def _deciding(
    approver: Approver, policy: Policy, act: GrantedAct, asked: str, one: Submission
) -> Explanation:
    return explain_deciding(
        approver.person, policy, one, act=act, asked=asked, now=approver.now,
        delegations=approver.delegations,
    )  # fmt: skip


def _question(act: str, about: About) -> Question | Refusal:
    kinds = [str(kind) for kind in TransactionType]
    if about.transaction not in kinds:
        said = f"there is no transaction {about.transaction}" if about.transaction else act
        because = f"{said}: say which transaction it is about, one of {', '.join(kinds)}"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    value = Money.of(0)
    if about.value is not None:
        match = MONEY.fullmatch(about.value.strip())
        if match is None or match[2]:
            because = f"{about.value!r} is no sum of money; write one such as EUR 500.00"
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
        currency, _, whole, cents = match.groups()
        value = Money.of(Decimal(whole.replace(",", "") + (cents or "")), currency)
    return Question(
        decision=about.decision or ANY, transaction=about.transaction, site=about.site or ANY,
        zone=about.zone or ANY, value=value, confidence=about.confidence,
    )  # fmt: skip


def _words(act: str, made: Question) -> str:
    """What is asked, as people say it."""
    of = "" if made.decision == ANY else f" of {made.decision}"
    site = "any site" if made.site == ANY else made.site
    zone = "" if made.zone == ANY else f", zone {made.zone}"
    worth = f" worth {made.value}" if made.value.amount else ""
    return f"{act} {made.transaction}{of} at {site}{zone}{worth}"
