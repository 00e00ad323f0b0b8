"""What people are told: an escalation, a breaker, a demotion, a review that is due."""

from __future__ import annotations

from chargehand.storage.store import Store


class Notices:
    """What people are told: an escalation, a breaker, a demotion, a review that is due."""

    store: Store
