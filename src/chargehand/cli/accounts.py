"""People's accounts: links, passwords, badges, locks."""

from __future__ import annotations

from cyclopts import App

app = App(name="account", help="People's accounts: links, passwords, badges, locks.")
