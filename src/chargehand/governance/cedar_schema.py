"""The vocabulary of a plant's own clauses: what a Cedar policy may speak of here.

A proposal is asked about action by action. What is the same for many proposals is on the
``resource``; what differs from one to the next (value, confidence, who changed it) is in the
``context``. Money is in whole cents and confidence in permille, since Cedar has no fractions.
"""

from __future__ import annotations

from typing import Literal

from chargehand.vocabulary.work import TransactionType

Deciding = Literal["approve", "reject", "change", "automate"]
DECIDING: tuple[Deciding, ...] = ("approve", "reject", "change", "automate")
"""What clauses permit or forbid; ``automate`` is the policy clearing a proposal by itself."""
SITE_ACTS = ("read", "report", "hold", "decide", "export", "audit", "review")
"""Words of ``access.Act`` that a clause may forbid at a site.

Not among them is what changes the policy: nobody could take such a clause back.
"""
POLICY = "policy"
"""The ``Person`` that automates: nobody can have this id."""
CENTS_MAX = 10**15
"""Values are cut off here, so that a clause may calculate with them."""
MIXED = "mixed"
"""Currency of a proposal whose costs are in several; its cost is then ``CENTS_MAX``."""
UNSURE = -1
"""Confidence of a proposal that states none within 0 and 1."""
RESOURCE_TYPES = {
    "decision": "Decision",
    "transaction": "Transaction",
    "site": "Site",
    "zone": "Zone",
    "from_site": "Site",
    "basis": "Basis",
    "risk": "Risk",
    "reversible": "Bool",
    "proposer": "Person",
    "owners": "Set<Person>",
}
CONTEXT_TYPES = {
    "cost": "Long",
    "currency": "String",
    "confidence": "Long",
    "changed_by": "Set<Person>",
}


def _record(types: dict[str, str]) -> str:
    return ", ".join(f"{name}: {kind}" for name, kind in types.items())


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


SCHEMA = f"""
entity Role;
entity Person in [Role];
entity Decision;
entity Site;
entity Zone;
entity Transaction enum [{_quoted(tuple(str(kind) for kind in TransactionType))}];
entity Basis enum ["model", "fallback"];
entity Risk enum ["low", "medium", "high"];
entity Proposal {{ {_record(RESOURCE_TYPES)} }};
type Stated = {{ {_record(CONTEXT_TYPES)} }};
action {", ".join(DECIDING)} appliesTo {{
  principal: [Person], resource: [Proposal], context: Stated
}};
"""
"""In Cedar's own schema language. ``from_site`` is the site itself unless it is a transfer."""
ACTS_SCHEMA = f"""
entity Role;
entity Person in [Role];
entity Site;
action {", ".join(SITE_ACTS)} appliesTo {{ principal: [Person], resource: [Site] }};
"""
"""For clauses that name acts of ``[[access]]``: what they are about is a site."""
