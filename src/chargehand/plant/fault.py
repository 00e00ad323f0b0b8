"""Faults of the installation itself, each with its cure."""

from __future__ import annotations

from chargehand.storage.session import StorageFault

__all__ = ["PlantFault", "StorageFault"]


class PlantFault(Exception):
    """The plant cannot be used as it stands."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure
