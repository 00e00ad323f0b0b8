"""What a plant's own clauses forbid of the acts in ``[[access]]``: which, to whom, at which site.

Such a clause names its acts in the head and has no conditions: its head says all, so it is read
once and answers for lists of sites as well as for one. It only ever takes away.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from chargehand.governance.authority import Person
from chargehand.governance.cedar_rules import Node, Reach, reach_of, read_clause
from chargehand.governance.cedar_schema import SITE_ACTS
from chargehand.governance.submission import ANY, Check

if TYPE_CHECKING:
    from chargehand.governance.terms import Policy

KEPT_MAX = 4096


def forbidding(person: Person, act: str, policy: Policy) -> Iterator[tuple[str, Check]]:
    """Each site (``*``: every) where a clause forbids somebody an act, and what it says."""
    for clause in policy.clauses:
        found = _read(clause.cedar)
        if found is None:
            continue
        reach, site = found
        if (
            (reach.actions is not None and act in reach.actions)
            and (reach.roles is None or reach.roles & set(person.roles))
            and (reach.people is None or person.person in reach.people)
        ):
            name = f"clauses.{clause.id}"
            yield site, Check(clause=name, passed=False, text=f"{clause.id}: {clause.because}")


def is_about_acts(policy: Node) -> bool:
    """Whether a clause names acts of ``[[access]]`` in its head."""
    return bool(frozenset(SITE_ACTS) & (reach_of(policy).actions or frozenset()))


@lru_cache(maxsize=KEPT_MAX)
def _read(cedar: str) -> tuple[Reach, str] | None:
    """What a clause reaches and at which site; None where it is not about acts."""
    policy = read_clause(cedar)[0]
    if not is_about_acts(policy):
        return None
    head = policy["resource"]
    return reach_of(policy), head["entity"]["id"] if head["op"] == "==" else ANY
