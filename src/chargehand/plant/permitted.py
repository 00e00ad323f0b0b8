"""Who may do what, asked of the policy: for lists, for one act, and why not."""

from __future__ import annotations

from chargehand.storage.store import Store


class Permitted:
    """Who may do what, asked of the policy: for lists, for one act, and why not."""

    store: Store
