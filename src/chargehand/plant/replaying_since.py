"""Every proposal and ruling of a period, derived again from the record."""

from __future__ import annotations

from chargehand.storage.store import Store


class Replays:
    """Every proposal and ruling of a period, derived again from the record."""

    store: Store
