"""Read what you have been told."""

from __future__ import annotations

from cyclopts import App

app = App(name="notices", help="Read what you have been told.")
