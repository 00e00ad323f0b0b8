"""What somebody may do, and why not."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["governance"])
