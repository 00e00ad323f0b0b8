"""A plant's folder: settings, policy and database, made once."""

from __future__ import annotations

import getpass
import re
from pathlib import Path

from chargehand import settings
from chargehand.governance.policy import default_policy_text
from chargehand.plant import policies
from chargehand.runtime.clock import now
from chargehand.storage.store import FILE, Store
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SETTINGS_TEXT = """\
# Settings of this plant. Environment variables win: CHARGEHAND__SERVER__PORT=9000
[plant]
enterprise = "{enterprise}"
person = "{person}"        # for whom the command line acts where --as is not given
simulation = {simulation}

[server]
host = "127.0.0.1"
port = 8470

[run]
nightly_at = "02:00"       # UTC

# A system that owns a kind of work gets its orders; the rest go to Chargehand's own task list.
# [targets.wms]
# kind = "rest"
# url = "https://wms.example/tasks"
# token = "env:WMS_TOKEN"  # secrets are named, never written
# transactions = ["replenishment", "staging"]
"""


def create_plant(
    folder: Path,
    *,
    enterprise: str,
    simulation: bool = False,
    policy_text: str | None = None,
    person: str | None = None,
) -> list[str] | Refusal:
    """Make a plant in a folder and return what was made; refused where there is one already."""
    file = folder / settings.FILE
    if file.exists() or (folder / FILE).exists():
        return Refusal(
            code=RefusalCode.CHANGE_INVALID,
            because=f"{folder} is a plant already; choose another folder, or use it as it is",
        )
    user = _user()
    person = person or user
    text = policy_text or default_policy_text(person=user, name=user, os_user=user)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / FILE, now)
    mistakes = policies.first(store, text)
    store.close()
    if mistakes:
        (folder / FILE).unlink()
        said = "; ".join(str(mistake) for mistake in mistakes)
        return Refusal(code=RefusalCode.POLICY_INVALID, because=said)
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    quoted = re.sub(r'(["\\])', r"\\\1", enterprise)
    file.write_text(
        SETTINGS_TEXT.format(
            enterprise=quoted, person=person, simulation="true" if simulation else "false"
        ),
        encoding="utf-8",
    )
    return [str(file), str(folder / "policy.toml"), str(folder / FILE)]


def _user() -> str:
    """The account of the operating system, as a plain name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "admin"
    return re.sub(r"[^a-z0-9._-]", "-", user.lower()) or "admin"
