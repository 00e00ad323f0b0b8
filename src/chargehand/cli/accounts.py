"""Accounts: who gets in how; links, passwords, badges, PINs, locks and sessions.

Secrets are typed or piped in, never given as words of the command: those show in process lists.
"""

from __future__ import annotations

import sys
from contextlib import closing
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
from chargehand.cli.keys import login_link, moment
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from chargehand.plant.plant import Plant
    from chargehand.plant.sign_in_accounts import AccountRow
    from chargehand.plant.sign_in_keys import CredentialRow

WhoseAccount = Annotated[str, Parameter(help="Id of a person of the policy.")]
Drop = Annotated[bool, Parameter(negative="", help="End what is set, and set nothing.")]

app = App(name="account", help="People's accounts: links, passwords, badges, locks.")


@app.command(name="list")
def list_(*, as_: Actor = None, common: Common = PLAIN) -> int:
    """List every account, with its ways in and its locks; for administrators."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        rows = by if isinstance(by, Refusal) else plant.accounts(by=by)
    if isinstance(rows, Refusal):
        return refused(rows, json=common.json)
    emit({"accounts": list(rows)}, json=common.json, table=lambda: _accounts(rows))
    return OK


def _accounts(rows: Sequence[AccountRow]) -> RenderableType:
    return rows_of(
        ("Person!", "Name", "?Roles", "Ways in", "Sessions#", "?Last seen!", "Locked"),
        (
            (
                row.person, row.name, ", ".join(row.roles),
                ", ".join(row.ways) or "by link only", row.sessions, moment(row.last_seen),
                _lock(row),
            )
            for row in rows
        ),
    )  # fmt: skip


def _lock(row: AccountRow) -> str:
    if not row.active:
        return "has left"
    if row.locked:
        return "by an administrator"
    return "" if row.locked_until is None else f"until {moment(row.locked_until)}"


@app.command
def link(
    person: WhoseAccount,
    /,
    *,
    url: Annotated[
        str | None, Parameter(help="Address of the running console, if it is another.")
    ] = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Make a one-time link, by which somebody signs in and may set a password."""
    if url is not None and not url.startswith(("http://", "https://")):
        cure = "Write the console's address, such as http://plant.example:8470."
        return wrong_use(f"--url: {url!r} is no address", cure, json=common.json)
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        token = by if isinstance(by, Refusal) else plant.account_link(person, by=by)
        if isinstance(token, Refusal):
            return refused(token, json=common.json)
        server, oidc = plant.settings.server, plant.settings.oidc
        own = f"http://{server.host}:{server.port}{server.root_path}"
        base = url or (oidc.console if oidc is not None else "") or own
        back = "/password" if plant.ways().password else ""
    made = login_link(base, token, back)
    emit({"person": person, "link": made}, json=common.json, table=lambda: made)
    say(f"For {person} alone; works once, within ten minutes.", quiet=common.quiet)
    return OK


@app.command
def password(
    person: WhoseAccount, /, *, drop: Drop = False, as_: Actor = None, common: Common = PLAIN
) -> int:
    """Set your own password, typed twice or piped in; with --drop, end somebody's."""
    if drop:
        return _dropped(person, "password", as_=as_, common=common)
    said = f"The password of {person} is set; other sessions ended."
    return _chosen(
        "password", lambda plant, secret, by: plant.choose_password(person, secret, by=by), said,
        as_=as_, common=common,
    )  # fmt: skip


@app.command
def badge(
    person: WhoseAccount, /, *, drop: Drop = False, as_: Actor = None, common: Common = PLAIN
) -> int:
    """Give somebody a badge: scan it, type its number, or pipe it in."""
    if drop:
        return _dropped(person, "badge_number", as_=as_, common=common)
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        if isinstance(by, Refusal):
            return refused(by, json=common.json)
        refusal = plant.give_badge(person, _typed("Badge number") or "", by=by)
    return _done(refusal, f"The badge is {person}'s; they sign in with it and their PIN.", common)


@app.command
def pin(
    person: WhoseAccount, /, *, drop: Drop = False, as_: Actor = None, common: Common = PLAIN
) -> int:
    """Set the PIN of somebody's badge, 6 to 12 digits, typed twice or piped in."""
    if drop:
        return _dropped(person, "pin", as_=as_, common=common)
    said = f"The PIN of {person} is set."
    return _chosen(
        "PIN", lambda plant, secret, by: plant.set_pin(person, secret, by=by), said,
        as_=as_, common=common,
    )  # fmt: skip


def _chosen(
    what: str,
    act: Callable[[Plant, str, str], Refusal | None],
    said: str,
    *,
    as_: str | None,
    common: Common,
) -> int:
    """Set a secret that somebody types twice."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        if isinstance(by, Refusal):
            return refused(by, json=common.json)
        secret = _typed(f"New {what}", twice=True)
        if secret is None:
            return wrong_use(f"The two {what}s are not the same.", json=common.json)
        refusal = act(plant, secret, by)
    return _done(refusal, said, common)


def _typed(what: str, *, twice: bool = False) -> str | None:
    """A secret that somebody types unseen, or the first line of a pipe; None where two differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    first = getpass(f"{what}: ", stream=sys.stderr)
    if twice and getpass("The same again: ", stream=sys.stderr) != first:
        return None
    return first


def _done(refusal: Refusal | None, said: str, common: Common) -> int:
    if refusal is not None:
        return refused(refusal, json=common.json)
    emit({"done": said}, json=common.json, table=lambda: said)
    return OK


def _dropped(person: str, kind: str, *, as_: str | None, common: Common) -> int:
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        ended = by if isinstance(by, Refusal) else plant.drop_secret(person, kind, by=by)
    if isinstance(ended, Refusal):
        return refused(ended, json=common.json)
    what = kind.replace("_", " ")
    said = f"The {what} of {person} ended." if ended else f"{person} has no {what}."
    emit({"person": person, "ended": ended}, json=common.json, table=lambda: said)
    return OK


@app.command
def lock(
    person: WhoseAccount,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, in a few words; it is kept.")],
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Let nobody in under an id, and end its sessions; its keys open nothing either."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        refusal = by if isinstance(by, Refusal) else (
            plant.lock_account(person, because=reason, by=by)
        )  # fmt: skip
    return _done(refusal, f"The account of {person} is locked.", common)


@app.command
def unlock(person: WhoseAccount, /, *, as_: Actor = None, common: Common = PLAIN) -> int:
    """Let somebody in again, whether failed tries or an administrator locked them out."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        was_locked = by if isinstance(by, Refusal) else plant.unlock_account(person, by=by)
    if isinstance(was_locked, Refusal):
        return refused(was_locked, json=common.json)
    said = f"The account of {person} {'is unlocked' if was_locked else 'was not locked'}."
    emit({"person": person, "unlocked": was_locked}, json=common.json, table=lambda: said)
    return OK


@app.command
def sessions(
    person: Annotated[str | None, Parameter(help="Only sessions of this person.")] = None,
    /,
    *,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """List the sessions in force: your own with your id, all as an administrator."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        rows = by if isinstance(by, Refusal) else plant.sessions(by=by, person=person)
    if isinstance(rows, Refusal):
        return refused(rows, json=common.json)
    emit({"sessions": list(rows)}, json=common.json, table=lambda: _sessions(rows))
    return OK


def _sessions(rows: Sequence[CredentialRow]) -> RenderableType:
    return rows_of(
        ("Prefix!", "Person!", "By", "Since!", "Last act!", "Ends!"),
        (
            (
                row.prefix, row.person, row.label, moment(row.created_at),
                moment(row.last_used_at), moment(row.expires_at),
            )
            for row in rows
        ),
    )  # fmt: skip


@app.command
def end(
    session: Annotated[
        str | None, Parameter(help="Prefix of a session, of `account sessions`.")
    ] = None,
    /,
    *,
    of: Annotated[str | None, Parameter(help="Every session of this person instead.")] = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """End a session, or every session and unused link of somebody."""
    if (session is None) == (of is None):
        return wrong_use("Name one session, or a person with --of.", json=common.json)
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        if isinstance(by, Refusal):
            return refused(by, json=common.json)
        ended = (
            plant.close_session(session, by=by)
            if session is not None
            else plant.close_sessions(of or "", by=by)
        )
    if isinstance(ended, Refusal):
        return refused(ended, json=common.json)
    count = ended if isinstance(ended, int) else 1
    emit({"ended": count}, json=common.json, table=lambda: f"Ended: {count}")
    return OK
