"""Holds: one fact that freezes stock and all that counts on it."""

from __future__ import annotations

from chargehand.record.told import Check, Effect

CHECKS: dict[type, Check] = {}
EFFECTS: dict[type, Effect] = {}
