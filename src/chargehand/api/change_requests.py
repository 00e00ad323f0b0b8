"""Change requests: another policy text, its checks, and who signs it."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["governance"])
