"""The content of a source transaction as one digest: the same key with another one is refused."""

from __future__ import annotations

from hashlib import sha256

CAUSELESS = frozenset(
    {
        "material_defined", "supplier_defined", "supplier_item_defined", "location_defined",
        "asset_defined", "stocking_defined", "maintenance_order_reported", "stock_counted",
        "stock_moved", "usage_reported", "delivery_reported", "failure_reported", "supply_placed",
        "goods_received", "task_confirmed", "task_declined", "unreadable",
    }
)  # fmt: skip
"""Kinds of the first release, whose digests never took in their cause: a repetition is known."""


def content_digest(kind: str, occurred: str | None, cause: str | None, text: str) -> bytes:
    """Digest of all that was told: when it happened, what made it happen, and the body's text.

    ``text`` is canonical JSON, so that it has no line of its own behind it.
    """
    told = f"{occurred or ''}\n{text}"
    return sha256(
        (f"{told}\n{cause}" if cause and kind not in CAUSELESS else told).encode()
    ).digest()
