"""Phases: how far each decision has come, demoting it, and what a promotion would need."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["governance"])
