"""What a reported movement does: any number of legs that cancel out."""

from __future__ import annotations

from chargehand.record.told import Check, Effect

CHECKS: dict[type, Check] = {}
EFFECTS: dict[type, Effect] = {}
