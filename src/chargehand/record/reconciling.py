"""Reconciliation: what another system says is there, against the record."""

from __future__ import annotations

from chargehand.record.told import Check, Effect

CHECKS: dict[type, Check] = {}
EFFECTS: dict[type, Effect] = {}
