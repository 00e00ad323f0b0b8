"""The calibration curve as one SVG: what proposals said of themselves against what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from chargehand.outcomes.calibration import Bin, Calibration

WIDTH, HEIGHT = 340, 236
LEFT, RIGHT, TOP, BOTTOM = 38, 12, 10, 62
BARS = 22
"""Height of the bars below the axis, which say how many there were."""
RADIUS_MIN, RADIUS_MAX = 2.5, 8.0
MARKS = (0.0, 0.5, 1.0)
SPLIT = 2
"""A curve needs two points."""


def calibration_chart(found: Calibration) -> Markup:
    """Draw it; nothing where nothing was measured."""
    filled = [one for one in found.bins if one.expected is not None and one.observed is not None]
    if not filled:
        return Markup("")
    most = max(one.count for one in filled)
    parts = [_frame(), f'<path class="ideal" d="M{_x(0)},{_y(0)}L{_x(1)},{_y(1)}"/>']
    if len(filled) >= SPLIT:
        line = "L".join(f"{_x(one.expected or 0)},{_y(one.observed or 0)}" for one in filled)
        parts.append(f'<path class="curve" d="M{line}"/>')
    parts += [_point(one, most) for one in filled]
    parts += [_bar(one, most) for one in filled]
    words = escape(told(found))
    return Markup(  # noqa: S704 - numbers, and words that are escaped
        f'<svg class="chart calibration" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{words}"><title>{words}</title>{"".join(parts)}</svg>'
    )


def told(found: Calibration) -> str:
    """Say what the curve shows, for people who cannot see it."""
    filled: Sequence[Bin] = [one for one in found.bins if one.count]
    said = "; ".join(
        f"said {(one.expected or 0):.0%}, right {(one.observed or 0):.0%} of {one.count}"
        for one in filled
    )
    return f"Stated confidence against what was right, {found.count} measured: {said}."


def _x(share: float) -> str:
    return f"{LEFT + share * (WIDTH - LEFT - RIGHT):.1f}"


def _y(share: float) -> str:
    return f"{TOP + (1 - share) * (HEIGHT - TOP - BOTTOM):.1f}"


def _frame() -> str:
    parts = []
    for mark in MARKS:
        kind = "axis" if mark == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{_x(0)},{_y(mark)}H{_x(1)}"/>')
        parts.append(
            f'<text class="scale" x="{LEFT - 6}" y="{float(_y(mark)) + 3.5:.1f}">{mark:.0%}</text>'
        )
        side = ' text-anchor="end"' if mark == 1 else ""
        parts.append(f'<text class="day"{side} x="{_x(mark)}" y="{HEIGHT - 22}">{mark:.0%}</text>')
    parts.append(f'<text class="day" x="{_x(0.5)}" y="{HEIGHT - 6}">stated confidence</text>')
    return "".join(parts)


def _point(one: Bin, most: int) -> str:
    radius = RADIUS_MIN + (RADIUS_MAX - RADIUS_MIN) * sqrt(one.count / most)
    return (
        f'<circle class="point" cx="{_x(one.expected or 0)}" cy="{_y(one.observed or 0)}"'
        f' r="{radius:.1f}"><title>{one.low:.0%} to {one.high:.0%}: {one.right} of {one.count}'
        " right</title></circle>"
    )


def _bar(one: Bin, most: int) -> str:
    height = max(1.0, BARS * one.count / most)
    base = HEIGHT - BOTTOM + BARS + 4
    wide = (WIDTH - LEFT - RIGHT) / 10 - 3
    return (
        f'<rect class="known" x="{float(_x(one.low)) + 1.5:.1f}" y="{base - height:.1f}"'
        f' width="{wide:.1f}" height="{height:.1f}"/>'
    )
