"""List what has opened, why, and what closes it."""

from __future__ import annotations

from cyclopts import App

app = App(name="breaker", help="List what has opened, why, and what closes it.")
