"""Reservations: stock set aside, picked in parts, voided, expired."""

from __future__ import annotations

from chargehand.record.told import Check, Effect

CHECKS: dict[type, Check] = {}
EFFECTS: dict[type, Effect] = {}
