"""The weekly exception review: its pack, its answers, and what follows when it is overdue."""

from __future__ import annotations

from chargehand.storage.store import Store


class Reviews:
    """The weekly exception review: its pack, its answers, and what follows when it is overdue."""

    store: Store
