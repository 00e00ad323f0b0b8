"""Fallbacks, declared by each decision and drilled on a copy of the plant."""

from __future__ import annotations

from chargehand.storage.store import Store


class Drills:
    """Fallbacks, declared by each decision and drilled on a copy of the plant."""

    store: Store
