"""Work through the weekly exception review."""

from __future__ import annotations

from cyclopts import App

app = App(name="review", help="Work through the weekly exception review.")
