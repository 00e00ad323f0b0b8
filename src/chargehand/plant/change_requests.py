"""Another policy text is put before people, signed by them, and then holds."""

from __future__ import annotations

from chargehand.storage.store import Store


class ChangeRequests:
    """Another policy text is put before people, signed by them, and then holds."""

    store: Store
