"""Reservations of one transaction in SQL: placed, picked in parts, voided, expired."""

from __future__ import annotations

from chargehand.storage.stock import StockBook


class ReservationBook(StockBook):
    """Reservations of one transaction in SQL: placed, picked in parts, voided, expired."""
