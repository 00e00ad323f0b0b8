"""A serial is one thing: no movement leaves it in two places, or more than one piece of it."""

from __future__ import annotations

from collections.abc import Mapping

from chargehand.record.ledger import BalanceKey, is_outside
from chargehand.vocabulary.identifier import MaterialId, SerialId
from chargehand.vocabulary.quantity import SCALE, Unit, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def brought(change: Mapping[BalanceKey, int]) -> list[tuple[MaterialId, SerialId]]:
    """The serials that a movement brings somewhere in the plant (``change`` in millionths).

    One that it only takes away is not among them: so what was told wrong can be put right.
    """
    return sorted(
        {
            (key.material, key.serial)
            for key, delta in change.items()
            if key.serial and delta > 0 and not is_outside(key.account)
        }
    )


def doubled(
    one: tuple[MaterialId, SerialId],
    before: Mapping[BalanceKey, int],
    change: Mapping[BalanceKey, int],
    unit: Unit | None,
) -> Refusal | None:
    """Why a serial cannot be brought where a movement brings it (millionths).

    ``before``: all that stands of it in the plant. What is counted in pieces is one piece under
    one key; of anything else (a reel, a drum) there may be any amount, in one place.
    """
    material, serial = one
    after = dict(before)
    for key, delta in change.items():
        if (key.material, key.serial) == one and not is_outside(key.account):
            after[key] = after.get(key, 0) + delta
    after = {key: scaled for key, scaled in after.items() if scaled > 0}
    is_piece = unit is Unit.PIECE
    most = max(after.values(), default=0)
    if is_piece and most > SCALE:
        because = (
            f"serial {serial} of {material} is one piece, and {amount(most)} would stand at"
            f" {next(key.account for key in after if after[key] == most)}: tell each piece once,"
            " under a serial of its own"
        )
    elif len(after if is_piece else {key.account for key in after}) > 1:
        there = next((key for key in after if key in before), next(iter(after)))
        lot = f" (lot {there.lot})" if there.lot else ""
        because = (
            f"serial {serial} of {material} stands at {there.account}{lot} already: report its way"
            " from there, or count that place first"
        )
    else:
        return None
    return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
