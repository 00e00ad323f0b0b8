"""Write the API's description: ``python -m chargehand.api > docs/reference/openapi.json``."""

from __future__ import annotations

import sys

from chargehand.api.app import routes
from chargehand.api.openapi import frozen


def description() -> str:
    """Return the text of docs/reference/openapi.json."""
    return frozen(routes())


if __name__ == "__main__":
    sys.stdout.write(description())
