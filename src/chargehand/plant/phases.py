"""How far decisions have come: demoting at once, promoting with evidence and signatures."""

from __future__ import annotations

from chargehand.storage.store import Store


class Phases:
    """How far decisions have come: demoting at once, promoting with evidence and signatures."""

    store: Store
