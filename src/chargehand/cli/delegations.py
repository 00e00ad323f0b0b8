"""Let somebody stand in for you."""

from __future__ import annotations

from cyclopts import App

app = App(name="delegate", help="Let somebody stand in for you.")
