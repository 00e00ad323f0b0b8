"""Faults of the installation itself, each with its cure."""

from __future__ import annotations

from chargehand.storage.session import DatabaseBroken, StorageFault

__all__ = ["RESTORE", "DatabaseBroken", "PlantFault", "StorageFault"]

RESTORE = (
    "stop the server, keep this folder as it is, and bring the last backup back into a new one:"
    " `chargehand db restore`"
)
"""What to do about a record that is torn."""


class PlantFault(Exception):
    """The plant cannot be used as it stands."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure
