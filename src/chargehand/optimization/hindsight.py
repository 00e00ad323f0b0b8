"""Say what was expected of a part's stock, and what came of it."""

from __future__ import annotations


def fall_expected(stock: float, floor: float, confidence: float, *, is_refill: bool = False) -> str:
    """What was expected: that stock falls to its floor, or that some is used where it had.

    >>> fall_expected(0, 1, 0.9)
    'It was already below the 1 that should always be there; some are used (90% sure).'
    >>> fall_expected(4, 1, 0.5)
    '4 falls to 1 or less (50% sure).'
    """
    if stock > floor:
        return f"{stock:g} falls to {floor:g} or less ({confidence:.0%} sure)."
    if is_refill:
        return f"It was at {stock:g} already, and its minimum is {floor:g}."
    reached = "below" if stock < floor else "down to"
    return (
        f"It was already {reached} the {floor:g} that should always be there; some are used"
        f" ({confidence:.0%} sure)."
    )


def fall_seen(left: float, floor: float, *, is_used: bool) -> str:
    """What came: how much would have been left without the action, against the floor."""
    if left > floor:
        return f"Without it {left:g} would have been left, more than the {floor:g} to keep."
    if not is_used:
        return "Nothing was used since: it could have waited."
    return f"Without it {left:g} would have been left of the {floor:g} that should always be there."
