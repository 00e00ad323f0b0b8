"""What nobody does whose account an administrator has locked, whichever way they come in.

Locked after too many failed tries is something else: anybody could bring that about for others.
"""

from __future__ import annotations

from chargehand.plant.people import Sql, is_locked
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def locked_out(sql: Sql, person: str) -> Refusal | None:
    """Refuse whoever's account is locked; None where it is not."""
    if not is_locked(sql, person):
        return None
    because = f"the account of {person} is locked: an administrator can unlock it"
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
