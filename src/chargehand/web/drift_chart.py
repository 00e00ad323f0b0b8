"""The small chart of how many lines of a system's lists differed, night by night, as one SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from chargehand.plant.reading_reconciliation import ListRow

WIDTH, HEIGHT = 460, 120
LEFT, RIGHT, TOP, BOTTOM = 28, 6, 14, 20
BAR_MAX = 26
LABEL_WIDTH = 46
LISTS_MIN = 2


def drift_chart(lists: Sequence[ListRow]) -> Markup:
    """Draw the lists, the oldest first: filled what nobody can explain, outlined what is known."""
    if len(lists) < LISTS_MIN:
        return Markup("")
    top = max(1, *(one.differing for one in lists))
    step = (WIDTH - LEFT - RIGHT) / len(lists)
    width = min(BAR_MAX, step * 0.6)
    height = HEIGHT - TOP - BOTTOM
    parts = [_scale(value, TOP + height * (1 - value / top)) for value in (0, top)]
    label_every = max(1, -(-LABEL_WIDTH // int(step)) if step >= 1 else len(lists))
    for place, one in enumerate(lists):
        x = LEFT + step * (place + 0.5)
        drift, known = height * one.unexplained / top, height * one.explained / top
        base = TOP + height
        parts.append(_bar("drift", x, width, base - drift, drift))
        parts.append(_bar("known", x, width, base - drift - known, known))
        if place % label_every == 0 or place == len(lists) - 1:
            parts.append(
                f'<text class="day" x="{x:.1f}" y="{HEIGHT - 5}">{one.taken_at:%d %b}</text>'
            )
    words = escape(told(lists))
    return Markup(  # noqa: S704 - numbers, and words that are escaped
        f'<svg class="chart drifts" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{words}"><title>{words}</title>{"".join(parts)}</svg>'
    )


def _scale(value: int, y: float) -> str:
    kind = "grid" if value else "axis"
    line = f'<path class="{kind}" d="M{LEFT},{y:.1f}H{WIDTH - RIGHT}"/>'
    return f'{line}<text class="scale" x="{LEFT - 6}" y="{y + 3.5:.1f}">{value}</text>'


def _bar(kind: str, x: float, width: float, y: float, height: float) -> str:
    if height <= 0:
        return ""
    place = f'x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {place}/>'


def told(lists: Sequence[ListRow]) -> str:
    """Say what the chart shows, for people who cannot see it."""
    first, last = lists[0], lists[-1]
    return (
        f"Lines that differ, list by list: {first.differing} on {first.taken_at:%d %b},"
        f" {last.differing} on {last.taken_at:%d %b}, of which nobody can explain"
        f" {last.unexplained}."
    )
