"""Holds of one transaction in SQL."""

from __future__ import annotations

from chargehand.storage.reservations import ReservationBook


class HoldBook(ReservationBook):
    """Holds of one transaction in SQL."""
