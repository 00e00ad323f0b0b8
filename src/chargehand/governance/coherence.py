"""Whether a policy makes sense as a whole: nothing contradicts, is without effect or is missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from chargehand.governance.approvers import missing_approvers, missing_second_people
from chargehand.governance.authority import Person
from chargehand.governance.breaker import BreakerRule
from chargehand.governance.coherence_names import misread
from chargehand.governance.coherence_people import unmanned
from chargehand.governance.draft import Draft, Finding
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule, specificity
from chargehand.governance.submission import ANY, within
from chargehand.governance.without_effect import without_effect
from chargehand.vocabulary.money import Money


def contradictions(draft: Draft) -> Iterator[Finding]:
    """Every mistake that shows only when the entries of a text are held against each other."""
    yield from _doubles(draft.policy.people)
    yield from misread(draft)
    yield from _nobody_in_charge(draft)
    yield from _grants_without_effect(draft)
    yield from _overlaps(draft.policy.phases)
    for rule in draft.policy.phases:
        if rule.limits is not None:
            yield from _limits(draft, rule, rule.limits)
        if rule.phase is Phase.AUTOMATE:
            yield from _without_breaker(draft, rule)
    yield from missing_approvers(draft)
    yield from missing_second_people(draft)
    yield from unmanned(draft)


def strangers(draft: Draft) -> Iterator[Finding]:
    """Decisions that the text names and nobody has installed (for the remarks)."""
    if draft.decisions is None:
        return
    policy, known = draft.policy, {ANY, *draft.decisions}
    named = [
        *((rule.clause, "decision", {rule.decision}) for rule in policy.phases),
        *((rule.clause, "decision", {rule.decision}) for rule in policy.breakers),
        *((grant.clause, "decisions", grant.decisions) for grant in policy.grants),
        *((rule.clause, "decisions", rule.decisions) for rule in policy.approvals),
        *((rule.clause, "decisions", rule.decisions) for rule in policy.promotions),
        *((rule.clause, "decisions", rule.decisions) for rule in policy.probes),
        *((rule.clause, "decision", {rule.decision}) for rule in policy.owners),
    ]
    for clause, key, names in named:
        for name in sorted(names - known):
            cure = "Install it again, or leave it out of the next version."
            yield f"{clause}.{key}", f"{name} is not installed; this has no effect.", cure


def _doubles(people: tuple[Person, ...]) -> Iterator[Finding]:
    names: dict[str, str] = {}
    accounts: dict[tuple[str, str], str] = {}
    for number, one in enumerate(people, start=1):
        where = f"people[{number}]"
        # m.weber and M.Weber would look like two people to a machine and like one to a reader.
        folded = one.person.casefold()
        if folded and folded in names:
            what = f"{one.person} is there already ({names[folded]})."
            yield f"{where}.id", what, "Give each person one entry with an id of their own."
        names.setdefault(folded, where)
        for key, account in (("os_user", one.os_user), ("subject", one.subject.casefold())):
            if not account or not one.active:
                continue
            if (key, account) in accounts:
                what = f"account {account} belongs to {accounts[key, account]} already."
                cure = "One account acts as one person: two people, two accounts."
                yield f"{where}.{key}", what, cure
            accounts.setdefault((key, account), str(one.person))


def _nobody_in_charge(draft: Draft) -> Iterator[Finding]:
    policy = draft.policy
    held = {role for one in policy.people if one.active and not one.service for role in one.roles}
    if policy.administrators and not policy.administrators & held:
        cure = "Give one of these roles to an active person."
        yield "administration.policy", "nobody could ever change this policy.", cure
    if policy.breaker_closers and not policy.breaker_closers & held:
        cure = "Give one of these roles to an active person."
        yield "administration.breakers", "nobody could ever close a breaker.", cure


def _grants_without_effect(draft: Draft) -> Iterator[Finding]:
    sound = [grant for grant in draft.policy.grants if grant.clause not in draft.faulty]
    for small, large in without_effect(sound):
        what = f"it has no effect: {large.clause} grants as much or more."
        yield small.clause, what, "Remove one of the two."


def _overlaps(rules: tuple[PhaseRule, ...]) -> Iterator[Finding]:
    scopes = {rule.scope for rule in rules}
    for earlier, later in combinations(rules, 2):
        if earlier.scope == later.scope:
            what = f"it is never reached: {earlier.clause} speaks of {later} already."
            yield later.clause, what, "Keep one of the two."
            continue
        pairs = list(zip(earlier.scope, later.scope, strict=True))
        meet = tuple(one if other == ANY else other for one, other in pairs)
        overlap = all(one == other or ANY in (one, other) for one, other in pairs)
        equal = specificity(earlier.scope) == specificity(later.scope)
        if overlap and equal and meet not in scopes:
            what = f"it and {earlier.clause} are equally specific and both speak of {_said(meet)}."
            yield later.clause, what, "Add a rule for just that, or narrow one of the two."


def _said(scope: tuple[str, ...]) -> str:
    return " × ".join(scope)


def _limits(draft: Draft, rule: PhaseRule, limits: AutomationLimits) -> Iterator[Finding]:
    where = f"{rule.clause}.cost_max"
    for name, bound in _bounds(draft, rule, limits):
        if limits.cost_max.currency != bound.currency:
            what = f"{limits.cost_max} is in another currency than {name} ({bound})."
            yield where, what, "Use one currency for all limits of a decision."
        elif not within(limits.cost_max, bound):
            what = f"{limits.cost_max} can never be reached: {name} is {bound}."
            yield where, what, f"Lower it to {bound} or less, or raise the other limit."
    if rule.decision in draft.transactions_of:
        never = limits.transactions - {ANY, *draft.transactions_of[rule.decision]}
        for kind in sorted(never):
            what = f"{rule.decision} never proposes {kind}."
            yield f"{rule.clause}.transactions", what, "Remove it."


def _bounds(draft: Draft, rule: PhaseRule, limits: AutomationLimits) -> Iterator[tuple[str, Money]]:
    """The other limits that everything which a rule automates must keep as well."""
    yield "its own spend_per_day_max", limits.spend_per_day_max
    for approval in draft.policy.approvals:
        kinds = ANY in approval.transactions or limits.transactions <= approval.transactions
        if kinds and approval.decisions & {ANY, rule.decision}:
            thresholds = {
                "justification_above": approval.justification_above,
                "second_person_above": approval.second_person_above,
            }
            for name, bound in thresholds.items():
                if bound is not None:
                    yield f"{approval.clause}.{name}", bound
    for breaker in draft.policy.breakers:
        for key in ("spend_per_day_max", "spend_per_hour_max") if _holds(breaker, rule) else ():
            spend: Money | None = getattr(breaker, key)
            if spend is not None:
                yield f"{breaker.clause}.{key}", spend


def _holds(breaker: BreakerRule, rule: PhaseRule) -> bool:
    scope = (breaker.decision, breaker.site, breaker.zone)
    return all(theirs in (ANY, ours) for theirs, ours in zip(scope, rule.scope, strict=True))


def _without_breaker(draft: Draft, rule: PhaseRule) -> Iterator[Finding]:
    if not any(_holds(breaker, rule) for breaker in draft.policy.breakers):
        cure = "Add [[breakers]] for its decision, site and zone (or wider)."
        yield f"{rule.clause}.phase", f"{rule} is automated without a circuit breaker.", cure
