"""Keys: API keys for systems and people, and the one-time link to the console."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
    wrong_use,
)
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.plant import Plant
    from chargehand.plant.sign_in_keys import CredentialRow

DAYS_MAX = 366
HOURS_MAX = 7 * 24

app = App(name="key", help="Create, list, rotate and revoke API keys.")
Prefix = Annotated[str, Parameter(help="The key's prefix, as in chk_<prefix>_...")]


@app.command
def create(
    person: Annotated[str, Parameter(help="A person or service account of the policy.")],
    /,
    *,
    label: Annotated[str, Parameter(help="What the key is for.")] = "",
    days: Annotated[int, Parameter(help="Days until it expires, 1 to 366.")] = 90,
    act: Annotated[
        list[str] | None, Parameter(help="Only for this act, such as read or report; repeatable.")
    ] = None,
    site: Annotated[list[str] | None, Parameter(help="Only for this site; repeatable.")] = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Create an API key; it is shown this once and never again."""
    if not 1 <= days <= DAYS_MAX:
        return wrong_use(f"--days must be from 1 to {DAYS_MAX}, not {days}.", json=common.json)
    with closing(open_plant(common.plant)) as plant:
        known = acting(plant, person)
        if isinstance(known, Refusal):
            return refused(known, json=common.json)
        by = _maker(plant, known, as_)
        made = by if isinstance(by, Refusal) else plant.make_key(
            known, by=by, label=label or "cli", days=days, acts=act or (), sites=site or ()
        )  # fmt: skip
    if isinstance(made, Refusal):
        return refused(made, json=common.json)
    emit({"person": known, "key": made.key, "days": days, "prefix": made.prefix,
          "acts": sorted(made.scope.acts), "sites": sorted(made.scope.sites)},
         json=common.json, table=lambda: made.key)  # fmt: skip
    say(f"Key of {known}, valid {days} days; it cannot be shown again.", quiet=common.quiet)
    return OK


def _maker(plant: Plant, person: str, named: str | None) -> str | Refusal:
    """Who makes the key: the person named, whoever sits here, else the person it is for."""
    by = acting(plant, named)
    if isinstance(by, Refusal) and named is None:
        return person
    return by


@app.command(name="list")
def list_(
    person: Annotated[str | None, Parameter(help="Only keys of this person.")] = None,
    /,
    *,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """List the keys in force, never the secrets; of others, as an administrator."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        rows = by if isinstance(by, Refusal) else plant.keys(by=by, person=person)
    if isinstance(rows, Refusal):
        return refused(rows, json=common.json)
    emit({"keys": list(rows)}, json=common.json, table=lambda: _table(rows))
    return OK


def _table(rows: Sequence[CredentialRow]) -> RenderableType:
    return rows_of(
        ("Prefix!", "Person!", "For", "Limited to", "Expires!", "?Last used!", "?Replaced by!"),
        (
            (
                row.prefix, row.person, row.label,
                ", ".join((*row.acts, *row.sites)) or "nothing",
                moment(row.expires_at), moment(row.last_used_at), row.replaced_by,
            )
            for row in rows
        ),
    )  # fmt: skip


@app.command
def rotate(
    prefix: Prefix,
    /,
    *,
    overlap: Annotated[
        str, Parameter(help="How long the old key still holds, such as 24h, 0h or 7d.")
    ] = "24h",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Make a key that takes another's place; the old one ends after the overlap."""
    hours = _hours(overlap)
    if hours is None or hours > HOURS_MAX:
        because = f"--overlap: {overlap!r} is none of 0h to 168h, or 0d to 7d"
        return wrong_use(because, "Write it as 24h or 1d.", json=common.json)
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        made = by if isinstance(by, Refusal) else plant.rotate_key(
            _bare(prefix), by=by, overlap=timedelta(hours=hours)
        )  # fmt: skip
    if isinstance(made, Refusal):
        return refused(made, json=common.json)
    emit({"person": made.person, "key": made.key, "prefix": made.prefix,
          "replaces": made.replaces, "replaced_ends_at": str(made.replaced_ends_at)},
         json=common.json, table=lambda: made.key)  # fmt: skip
    ends = moment(made.replaced_ends_at)
    say(f"Key of {made.person}; the old one, {made.replaces}, ends {ends}.", quiet=common.quiet)
    return OK


def _hours(text: str) -> int | None:
    """Hours of a span such as 24h or 7d; None where it is none."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or len(number) > 4 or unit not in {"h", "d"}:  # noqa: PLR2004 - 9999
        return None
    return int(number) * (24 if unit == "d" else 1)


def _bare(prefix: str) -> str:
    parts = prefix.split("_")
    return parts[1] if prefix.startswith("chk_") and len(parts) > 1 else prefix


@app.command
def revoke(
    prefix: Prefix,
    /,
    *,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Revoke an API key; it fails from the next request on."""
    bare = _bare(prefix)
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        ended = by if isinstance(by, Refusal) else plant.end_key(bare, by=by)
    if isinstance(ended, Refusal):
        return refused(ended, json=common.json)
    answer = {"prefix": bare, "person": ended.person, "revoked": True}
    emit(answer, json=common.json, table=lambda: f"{bare} of {ended.person} revoked")
    return OK


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


def login_link(base: str, token: str, back: str = "") -> str:
    """The console's address that redeems a one-time token, and goes on with a page of it."""
    onward = f"&back={back}" if back else ""
    return f"{base.rstrip('/')}/login?token={token}{onward}"


def moment(at: datetime | None) -> str | None:
    """A moment as tables show it (UTC)."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M}"
