"""How far people can rely on decisions: accuracy, calibration, overrides, latency, questions."""

from __future__ import annotations

from chargehand.storage.store import Store


class Trust:
    """How far people can rely on decisions: accuracy, calibration, overrides, latency, questions."""

    store: Store
