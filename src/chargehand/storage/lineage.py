"""Lots, handling units and genealogy of one transaction in SQL."""

from __future__ import annotations

from chargehand.storage.holds import HoldBook


class LineageBook(HoldBook):
    """Lots, handling units and genealogy of one transaction in SQL."""
