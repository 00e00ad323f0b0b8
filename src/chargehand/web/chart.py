"""The small stock chart of a decision, drawn on the server as one whole SVG.

Expected stock is dashed, because it has not happened; the band lies between the low and the high
curve. Colors come from the style sheet, so the same drawing serves both themes and print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 340, 156
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 24, 24
LABEL_WIDTH = 92
STEPS = (1, 2, 2.5, 5, 10)
DAY_STEPS = (1, 2, 5, 7, 14, 28, 56, 91, 182)
DAY_MARKS_MAX = 6
POINTS_MAX = 240
NOTHING = 1e-6
"""Below the millionth in which stock is kept there is none (units of the material)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Stock by day from now, in the unit of the material."""

    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def days(self) -> int:
        """Number of days shown."""
        return len(self.expected) - 1

    def empty_on(self) -> int | None:
        """First day on which no stock is expected."""
        return _first_empty(self.expected)

    def may_be_empty_on(self) -> int | None:
        """First day on which the low curve has no stock."""
        return _first_empty(self.low)


def _first_empty(curve: Sequence[float]) -> int | None:
    return next((day for day, stock in enumerate(curve) if stock <= 0), None)


def curves_of(series: Sequence[Sequence[float]]) -> Curves | None:
    """Take the three curves of a proposal; None where there is nothing to draw."""
    if not series or len(series[0]) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    length = len(series[0])
    whole = [tuple(curve) for curve in series if len(curve) == length]
    if not all(math.isfinite(value) for curve in whole for value in curve):
        return None
    low = whole[1] if len(whole) > 1 else whole[0]
    high = whole[2] if len(whole) > 2 else whole[0]  # noqa: PLR2004 - the third curve
    return Curves(expected=_real(whole[0]), low=_real(low), high=_real(high))


def _real(curve: tuple[float, ...]) -> tuple[float, ...]:
    """A billionth of a piece is what reckoning left over, and means nothing there."""
    return tuple(0.0 if stock < NOTHING else stock for stock in curve)


def stock_chart(series: Sequence[Sequence[float]], unit: str) -> Markup:
    """Draw expected, low and high stock by day, with the day on which it runs out."""
    curves = curves_of(series)
    if curves is None:
        return Markup("")
    plot = _Plot(curves)
    parts = [
        plot.grid(),
        plot.band(),
        f'<path class="expected" d="{plot.line(curves.expected)}"/>',
        plot.mark(),
    ]
    words = escape(told(curves, unit))
    return Markup(  # noqa: S704 - numbers, and words that are escaped
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{words}">'
        f"<title>{words}</title>{''.join(parts)}</svg>"
    )


def told(curves: Curves, unit: str) -> str:
    """Say what the chart shows, for people who cannot see it.

    >>> told(Curves(expected=(4, 2, 0), low=(4, 0, 0), high=(4, 3, 2)), "pcs")
    'Expected stock: 4 pcs today, none from day 2; in the worse case none from day 1.'
    """
    start = f"Expected stock: {curves.expected[0]:,.4g} {unit} today"
    empty, worse = curves.empty_on(), curves.may_be_empty_on()
    end = f"{curves.expected[-1]:,.3g} {unit} after {curves.days} days"
    first = f"none from day {empty}" if empty is not None else end
    if worse is None or worse == empty:
        return f"{start}, {first}."
    return f"{start}, {first}; in the worse case none from day {worse}."


class _Plot:
    """Places days and amounts on the drawing."""

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        top = max(*curves.high, *curves.expected, 1.0)
        self.step = _nice(top / 3)
        self.top = self.step * math.ceil(top / self.step - 1e-9)

    def x(self, day: float) -> float:
        """Where a day stands."""
        return LEFT + (WIDTH - LEFT - RIGHT) * day / self.curves.days

    def y(self, stock: float) -> float:
        """Where an amount stands."""
        inside = min(max(stock, 0.0), self.top)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - inside / self.top)

    def line(self, curve: Sequence[float]) -> str:
        """The path along a curve."""
        return "M" + " ".join(self._points(curve))

    def _points(self, curve: Sequence[float]) -> list[str]:
        stride = max(1, math.ceil(len(curve) / POINTS_MAX))
        days = [*range(0, len(curve) - 1, stride), len(curve) - 1]
        return [f"{self.x(day):.1f},{self.y(curve[day]):.1f}" for day in days]

    def band(self) -> str:
        """The area between the low and the high curve."""
        low, high = self.curves.low, self.curves.high
        if low == high:
            return ""
        outline = [*self._points(high), *reversed(self._points(low))]
        return f'<polygon class="band" points="{" ".join(outline)}"/>'

    def grid(self) -> str:
        """The scales: amounts at the left, days below."""
        parts = []
        for index in range(round(self.top / self.step) + 1):
            value = index * self.step
            height = self.y(value)
            kind = "axis" if index == 0 else "grid"
            parts.append(f'<path class="{kind}" d="M{LEFT},{height:.1f}H{WIDTH - RIGHT}"/>')
            text = f'<text class="scale" x="{LEFT - 6}" y="{height + 3.5:.1f}">{value:,.4g}</text>'
            parts.append(text)
        apart = next(
            (size for size in DAY_STEPS if self.curves.days / size <= DAY_MARKS_MAX), DAY_STEPS[-1]
        )
        for day in range(0, self.curves.days + 1, apart):
            text = "today" if day == 0 else f"{day} d"
            end = ' text-anchor="start"' if day == 0 else ""
            place = f'x="{self.x(day):.1f}" y="{HEIGHT - 7}"'
            parts.append(f'<text class="day"{end} {place}>{text}</text>')
        return "".join(parts)

    def mark(self) -> str:
        """The day on which it runs out: a shape, a line and words, never color alone."""
        sure, maybe = self.curves.empty_on(), self.curves.may_be_empty_on()
        day = sure if sure is not None else maybe
        if day is None:
            return ""
        kind = "alarm" if sure is not None else "warning"
        days = "today" if day == 0 else f"in {day} d"
        words = f"empty {days}" if sure is not None else f"may be empty {days}"
        x = self.x(day)
        side, shift = ("end", -7) if x > WIDTH - RIGHT - LABEL_WIDTH else ("start", 7)
        return (
            f'<g class="mark {kind}"><path d="M{x:.1f},{TOP - 6}V{self.y(0):.1f}"/>'
            f'<rect x="{x - 3.5:.1f}" y="{TOP - 13}" width="7" height="7"/>'
            f'<text x="{x + shift:.1f}" y="{TOP - 6}" text-anchor="{side}">{words}</text></g>'
        )


def _nice(rough: float) -> float:
    """The next round step above a rough one."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((step * power for step in STEPS if step * power >= rough - 1e-12), 10 * power)
