"""Keys: API keys for systems and people, and the one-time link to the console."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    say,
    wrong_use,
)
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

DAYS_MAX = 366

app = App(name="key", help="Create and revoke API keys.")


@app.command
def create(
    person: Annotated[str, Parameter(help="A person or service account of the policy.")],
    /,
    *,
    label: Annotated[str, Parameter(help="What the key is for.")] = "",
    days: Annotated[int, Parameter(help="Days until it expires, 1 to 366.")] = 90,
    common: Common = PLAIN,
) -> int:
    """Create an API key; it is shown this once and never again."""
    if not 1 <= days <= DAYS_MAX:
        return wrong_use(f"--days must be from 1 to {DAYS_MAX}, not {days}.", json=common.json)
    with closing(open_plant(common.plant)) as plant:
        known = acting(plant, person)
        if isinstance(known, Refusal):
            return refused(known, json=common.json)
        key = plant.issue_key(known, label=label or "cli", days=days)
    emit({"person": known, "key": key, "days": days}, json=common.json, table=lambda: key)
    say(f"Key of {known}, valid {days} days; it cannot be shown again.", quiet=common.quiet)
    return OK


@app.command
def revoke(
    prefix: Annotated[str, Parameter(help="The key's prefix, as in chk_<prefix>_...")],
    /,
    *,
    common: Common = PLAIN,
) -> int:
    """Revoke an API key; it fails from the next request on."""
    parts = prefix.split("_")
    bare = parts[1] if prefix.startswith("chk_") and len(parts) > 1 else prefix
    with closing(open_plant(common.plant)) as plant:
        found = plant.revoke_key(bare)
    emit({"prefix": bare, "revoked": found}, json=common.json, table=lambda: _said(bare, found))
    return OK if found else FAILED


def _said(prefix: str, found: bool) -> str:  # noqa: FBT001 - a sentence about it
    return f"{prefix} revoked" if found else f"no key {prefix} is in force"


def login(
    *,
    as_: Actor = None,
    url: Annotated[
        str | None, Parameter(help="Address of the running console, if it is another.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Print a one-time link to the console, good for ten minutes."""
    if url is not None and not url.startswith(("http://", "https://")):
        cure = "Write the console's address, such as http://plant.example:8470."
        return wrong_use(f"--url: {url!r} is no address", cure, json=common.json)
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        base = url or f"http://{plant.settings.server.host}:{plant.settings.server.port}"
        link = login_link(base, plant.login_token(person))
    emit({"person": person, "link": link}, json=common.json, table=lambda: link)
    say("Works once, within ten minutes, where `chargehand up` runs.", quiet=common.quiet)
    return OK


def login_link(base: str, token: str) -> str:
    """The console's address that redeems a one-time token."""
    return f"{base.rstrip('/')}/login?token={token}"
