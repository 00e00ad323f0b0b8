"""What people do with proposals beside one yes or no: batches, undo, standing in."""

from __future__ import annotations

from chargehand.storage.store import Store


class DecidingActs:
    """What people do with proposals beside one yes or no: batches, undo, standing in."""

    store: Store
