"""How people sign in: provider, password, badge and PIN; keys of programs."""

from __future__ import annotations

from chargehand.storage.store import Store


class Accounts:
    """How people sign in: provider, password, badge and PIN; keys of programs."""

    store: Store
