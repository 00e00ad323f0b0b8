"""Breakers: what is open, half open or on trial."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["governance"])
