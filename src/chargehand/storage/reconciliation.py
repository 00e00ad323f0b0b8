"""Snapshots of other systems, and differences, of one transaction in SQL."""

from __future__ import annotations

from chargehand.storage.lineage import LineageBook


class ReconciliationBook(LineageBook):
    """Snapshots of other systems, and differences, of one transaction in SQL."""
