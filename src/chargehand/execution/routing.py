"""Which target carries out an action: the system that owns the work, else the plant's own."""

from __future__ import annotations

from collections.abc import Mapping

from chargehand.vocabulary.work import Action, ParameterChange, Requisition

FLOOR = "floor"
"""The embedded task list that people (and robots) work from."""
PURCHASING = "purchasing"
"""The embedded list of requisition drafts that a buyer works from."""
RECORD = "record"
"""The plant's own record: done as soon as it is cleared."""
EMBEDDED = frozenset({FLOOR, PURCHASING, RECORD})


def target_of(action: Action, owners: Mapping[str, str]) -> str:
    """Name of the target for an action; ``owners`` maps transaction types to outside targets."""
    owner = owners.get(action.transaction.value)
    if owner is not None:
        return owner
    if isinstance(action, Requisition):
        return PURCHASING
    return RECORD if isinstance(action, ParameterChange) else FLOOR
