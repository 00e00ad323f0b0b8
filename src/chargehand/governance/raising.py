"""Which phases another policy text raises, cell by cell, and what that has to be shown for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chargehand.governance.demotion import Demotion, lowering
from chargehand.governance.phase import RANK, Phase, PhaseRule, governing, lowest
from chargehand.governance.promotion import PromotionRule, Signing
from chargehand.governance.submission import ANY, Place
from chargehand.governance.terms import Policy
from chargehand.governance.widening import widened

OTHER = "\N{BULLET} any other"
"""Stands for every zone that no text names."""
_Raise = tuple[Phase, Phase, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A decision at a site, in the zones where its phase is raised alike."""

    decision: str
    site: str
    zones: frozenset[str]
    """Named zones; empty: every zone but ``but``."""
    but: frozenset[str]
    before: Phase
    after: Phase
    widened: tuple[str, ...] = ()
    """Limits of automation that become wider; a phase that stays is raised by them."""

    @property
    def zone(self) -> str:
        """The zone in one word; ``*`` for every other one."""
        return min(self.zones) if self.zones else ANY

    def holds(self, decision: str, site: str, zone: str) -> bool:
        """Whether a place lies in the cell."""
        if (decision, site) != (self.decision, self.site):
            return False
        return zone in self.zones if self.zones else zone not in self.but


def raised(
    before: Policy,
    after: Policy,
    *,
    decisions: Iterable[str],
    sites: Iterable[str],
    demotions: Iterable[Demotion] = (),
) -> tuple[Cell, ...]:
    """The cells whose phase another text raises, or in which it lifts a demotion or a limit.

    Automation within wider limits is more automation: what it was shown to be right in does not
    speak for the rest. ``decisions`` and ``sites`` are those that there are; a text may name others
    as well.
    """
    rules = (*before.phases, *after.phases)
    names = sorted({*decisions, *(rule.decision for rule in rules)} - {ANY})
    places = sorted({*sites, *(rule.site for rule in rules)} - {ANY}) or [ANY]
    zones = sorted({rule.zone for rule in rules} - {ANY})
    held = tuple(demotions)
    return tuple(
        cell
        for name in names
        for site in places
        for cell in _cells(before, after, name, site, (*zones, OTHER), held)
    )


def _cells(
    before: Policy,
    after: Policy,
    decision: str,
    site: str,
    zones: tuple[str, ...],
    demotions: tuple[Demotion, ...],
) -> Iterator[Cell]:
    found: dict[str, _Raise] = {}
    for zone in zones:
        place = Place(site, zone)
        was, will = _rule(before, decision, place), _rule(after, decision, place)
        old, new = was.phase, will.phase
        # Also where a demotion holds: it may end by itself, and then the limits of the text hold.
        both = old is new is Phase.AUTOMATE
        wider = widened(was.limits, will.limits) if both else ()
        low = _lowered(before, decision, place, old, demotions)
        high = _lowered(after, decision, place, new, demotions)
        if RANK[new] > RANK[old]:
            found[zone] = (min(old, low, key=RANK.__getitem__), new, ())
        elif RANK[high] > RANK[low]:
            found[zone] = (low, high, wider)
        elif wider:
            found[zone] = (old, new, wider)
    if not found:
        return
    if len(found) == len(zones) and len(set(found.values())) == 1:
        old, new, wider = found[OTHER]
        yield Cell(decision=decision, site=site, zones=frozenset(), but=frozenset(),
                   before=old, after=new, widened=wider)  # fmt: skip
        return
    for zone, (old, new, wider) in found.items():
        is_other = zone == OTHER
        yield Cell(
            decision=decision, site=site, before=old, after=new, widened=wider,
            zones=frozenset() if is_other else frozenset({zone}),
            but=frozenset(zones) - {OTHER} if is_other else frozenset(),
        )  # fmt: skip


def _rule(policy: Policy, decision: str, place: Place) -> PhaseRule:
    return lowest(governing(policy.phases, decision, place))


def _lowered(
    policy: Policy, decision: str, place: Place, phase: Phase, demotions: tuple[Demotion, ...]
) -> Phase:
    lower = lowering(demotions, decision, (place,), phase, lambda at: lifted(policy, decision, at))
    return phase if lower is None else lower.phase


def lifted(policy: Policy, decision: str, place: Place) -> int:
    """Up to which number a text lifts the demotions of a decision at a place."""
    return min(rule.lifts for rule in governing(policy.phases, decision, place))


def asked(policy: Policy, cell: Cell) -> tuple[PromotionRule, ...]:
    """The rules that a raise must keep: those of the text in force, or else the defaults.

    Nothing is asked for a raise to assist that no rule speaks of: a person still approves each one.
    """
    named = tuple(
        rule
        for rule in policy.promotions
        if rule.decisions & {ANY, cell.decision} and rule.sites & {ANY, cell.site}
    )
    if named or cell.after is not Phase.AUTOMATE:
        return named
    return (PromotionRule(),)


def signers(rules: Iterable[PromotionRule]) -> tuple[Signing, ...]:
    """How many people of which roles sign, by each of several rules: every one has to be met.

    Empty where no rule asks for any: then as for any change of the text.
    """
    asked_by: dict[tuple[int, tuple[str, ...]], str] = {}
    for rule in rules:
        if rule.signatures:
            asked_by.setdefault((rule.signatures, tuple(sorted(rule.roles))), rule.clause)
    return tuple(
        Signing(count=count, roles=roles, clause=clause)
        for (count, roles), clause in asked_by.items()
    )
