"""Say how far decisions have come; promote and demote them."""

from __future__ import annotations

from cyclopts import App

app = App(name="phase", help="Say how far decisions have come; promote and demote them.")
