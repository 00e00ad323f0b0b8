"""Whether there is somebody to approve every transaction of every assisted or automated scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from chargehand.governance.cells import reaches_beyond
from chargehand.governance.draft import Cell, Draft, Finding
from chargehand.governance.risk import LEVELS, stakes_of
from chargehand.governance.terms import ApprovalRule
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import TransactionType


def missing_approvers(draft: Draft) -> Iterator[Finding]:
    """Scopes in which nobody may approve some transaction: one finding for each phase rule."""
    for rule in draft.policy.phases:
        alone = [cell for cell in draft.cells(rule) if not any(draft.approvers(cell))]
        if alone:
            more = f" (and {len(alone) - 1} more such cases)" if len(alone) > 1 else ""
            cure = (
                "Grant it to a role that an active person has, or let the decision observe there."
            )
            yield f"{rule.clause}.phase", f"nobody may approve {alone[0]}{more}.", cure


def missing_second_people(draft: Draft) -> Iterator[Finding]:
    """Approval rules that ask for two people where there is only one, or that are never reached."""
    cells = [cell for rule in draft.policy.phases for cell in draft.cells(rule)]
    for approval in draft.policy.approvals:
        above = approval.second_person_above
        if above is not None:
            yield from _alone_above(draft, cells, approval, above)
        for key, asks in _ALWAYS.items():
            alone = (
                (cell, people)
                for cell in cells
                if approval.applies_to(cell.decision, cell.transaction)
                and asks(approval, cell)
                and len(people := {one.person for one, _ in draft.approvers(cell)}) == 1
            )
            if lonely := next(alone, None):
                what = (
                    f"only {min(lonely[1])} may approve {lonely[0]}; a second person never comes."
                )
                cure = "Grant it to a second person, or remove the rule."
                yield f"{approval.clause}.{key}", what, cure


def _alone_above(
    draft: Draft, cells: list[Cell], approval: ApprovalRule, above: Money
) -> Iterator[Finding]:
    where = f"{approval.clause}.second_person_above"
    counted = list(_people_above(draft, cells, approval, above))
    if lonely := next(((cell, who) for cell, who in counted if len(who) == 1), None):
        cell, who = lonely
        what = f"only {min(who)} may approve {cell} above {above}; a second person never comes."
        yield where, what, "Grant it to a second person, or remove the rule."
    elif counted and not any(who for _, who in counted):
        what = f"it is never reached: nobody may approve more than {above}."
        yield where, what, "Raise a value_max above it, or lower or remove the rule."


def _is_risky(approval: ApprovalRule, cell: Cell) -> bool:
    risk = approval.second_person_risk
    of = stakes_of(TransactionType(cell.transaction)).risk
    return risk is not None and LEVELS.index(of) >= LEVELS.index(risk)


def _is_final(approval: ApprovalRule, cell: Cell) -> bool:
    final = not stakes_of(TransactionType(cell.transaction)).reversible
    return approval.second_person_irreversible and final


def _may_be_unsure(approval: ApprovalRule, _: Cell) -> bool:
    return bool(approval.second_person_confidence_below)


_ALWAYS: Mapping[str, Callable[[ApprovalRule, Cell], bool]] = MappingProxyType(
    {
        "second_person_risk": _is_risky,
        "second_person_irreversible": _is_final,
        "second_person_confidence_below": _may_be_unsure,
    }
)
"""Keys that ask for two people whatever the value, and whether they do in a cell."""


def unapprovable(draft: Draft) -> Iterator[Finding]:
    """Values above which nobody may approve, where every approver has a limit (for the remarks)."""
    for rule in draft.policy.phases:
        for cell in draft.cells(rule):
            limits = [grant.value_max for _, grant in draft.approvers(cell)]
            known = [limit for limit in limits if limit is not None]
            if known and len(known) == len(limits):
                highest = max(known, key=lambda limit: limit.amount)
                what = f"nobody may approve {cell} above {highest}."
                cure = "Proposals above it will expire; grant somebody more if that is not meant."
                yield f"{rule.clause}.phase", what, cure
                break


def vacant_roles(draft: Draft) -> Iterator[Finding]:
    """Roles that no active person has (for the remarks)."""
    held = {role for one in draft.policy.people if one.active for role in one.roles}
    for role in draft.policy.roles:
        if role not in held:
            yield "roles", f"nobody has the role {role}.", "Give it to somebody, or remove it."


def _people_above(
    draft: Draft, cells: list[Cell], approval: ApprovalRule, above: Money
) -> Iterator[tuple[Cell, set[str]]]:
    for cell in cells:
        if approval.applies_to(cell.decision, cell.transaction):
            able = {
                str(person.person)
                for person, grant in draft.approvers(cell)
                if reaches_beyond(grant, above)
            }
            yield cell, able
