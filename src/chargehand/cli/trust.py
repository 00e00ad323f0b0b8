"""Trust figures on the command line."""

from __future__ import annotations

from chargehand.cli.context import OK, PLAIN, Common


def trust(*, common: Common = PLAIN) -> int:
    """Say how far each decision can be relied on."""
    _ = common
    return OK
