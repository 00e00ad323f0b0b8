"""Production: what went into what, and the boundary between MES and WMS."""

from __future__ import annotations

from chargehand.record.told import Check, Effect

CHECKS: dict[type, Check] = {}
EFFECTS: dict[type, Effect] = {}
