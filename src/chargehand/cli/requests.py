"""List, show and sign changes of the policy."""

from __future__ import annotations

from cyclopts import App

app = App(name="request", help="List, show and sign changes of the policy.")
