"""What somebody is known by: the kinds of credentials, and what is held in the hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chargehand.governance.access import KeyScope
from chargehand.governance.authority import Person
from chargehand.vocabulary.wire import canonical

KEY, LOGIN, SESSION, HANDHELD = "key", "login", "session", "badge"
"""An API key, a one-time link, a session of the console, and one by badge and PIN."""
PASSWORD, PIN, BADGE = "password", "pin", "badge_number"
"""What somebody signs in with: there is one of each at most, and it opens nothing by itself."""
LINK, PASSWORD_WAY, PROVIDER = "link", "password", "provider"
"""How somebody signed in: the label of a session."""
MARKS = {KEY: "chk", LOGIN: "chl", SESSION: "chs", HANDHELD: "chb"}
LIVES = {
    LOGIN: timedelta(minutes=10),
    SESSION: timedelta(hours=12),
    HANDHELD: timedelta(hours=8),
    PASSWORD: timedelta(days=36500),
    PIN: timedelta(days=36500),
    BADGE: timedelta(days=36500),
}
"""How long each lives; a session's is a setting, a key's is asked for."""
UNLIMITED = KeyScope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A credential in force."""

    prefix: str
    kind: str
    person: str
    label: str
    """What it is for; of a session, how somebody signed in."""
    hash: str
    scope: KeyScope
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    replaced_by: str | None
    """Prefix of the key that takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who stands behind a key or session, and what that key is limited to."""

    person: Person
    scope: KeyScope
    prefix: str
    kind: str = KEY
    label: str = ""
    since: datetime | None = None


def scope_text(scope: KeyScope) -> str:
    """A scope as it is stored; empty where it limits nothing."""
    if not scope.acts and not scope.sites:
        return ""
    return canonical({"acts": sorted(scope.acts), "sites": sorted(scope.sites)})


def scope_read(text: str) -> KeyScope:
    """A scope as it was stored."""
    said = json.loads(text) if text else {}
    return KeyScope(
        acts=frozenset(str(act) for act in said.get("acts", ())),
        sites=frozenset(str(site) for site in said.get("sites", ())),
    )
