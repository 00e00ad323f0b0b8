"""A plant's folder: settings, policy and database, made once."""

from __future__ import annotations

import getpass
import re
from contextlib import closing
from pathlib import Path

from chargehand import settings
from chargehand.governance.policy import default_policy_text
from chargehand.governance.written import default_tests_text
from chargehand.plant import policies
from chargehand.plant.database import tables_at
from chargehand.plant.policy_files import POLICY, TESTS
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
    tests_text: str = "",
    person: str | None = None,
    database: str = "",
) -> list[str] | Refusal:
    """Make a plant in a folder and return what was made; refused where there is one already.

    ``database`` is the setting ``[database] url``; empty: the record is a file in the folder.
    """
    file = folder / settings.FILE
    if file.exists() or (folder / FILE).exists():
        return Refusal(
            code=RefusalCode.CHANGE_INVALID,
            because=f"{folder} is a plant already; choose another folder, or use it as it is",
        )
    user = _user()
    person = person or user
    text = policy_text or default_policy_text(person=user, name=user, os_user=user)
    tests_text = tests_text if policy_text else default_tests_text()
    place = _place(folder, database)
    if isinstance(place, Refusal):
        return place
    mistakes = policies.checked(text)
    if isinstance(mistakes, tuple):
        said = "; ".join(str(mistake) for mistake in mistakes)
        return Refusal(code=RefusalCode.POLICY_INVALID, because=said)
    folder.mkdir(parents=True, exist_ok=True)
    with closing(Store(place, now)) as store:
        policies.first(store, text)
        store.rest()
    texts = {POLICY: text, TESTS: tests_text} if tests_text else {POLICY: text}
    (folder / POLICY).parent.mkdir(exist_ok=True)
    for name, one in texts.items():
        (folder / name).write_text(one, encoding="utf-8")
    quoted = re.sub(r'(["\\])', r"\\\1", enterprise)
    written = SETTINGS_TEXT.format(
        enterprise=quoted, person=person, simulation="true" if simulation else "false"
    )
    if database:
        written += f'\n[database]\nurl = "{database}"\n'
    file.write_text(written, encoding="utf-8")
    made = "tables in the PostgreSQL database" if database else str(folder / FILE)
    return [str(file), *(str(folder / name) for name in texts), made]


def _place(folder: Path, database: str) -> Path | str | Refusal:
    """Where the record goes: a file, or an empty database of PostgreSQL."""
    if not database:
        return folder / FILE
    try:
        address = settings.DatabaseSettings(url=database).address()
    except (ValueError, settings.SettingsFault) as error:
        because = str(error).removesuffix(".")
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=f"--database: {because}")
    assert address is not None
    if (there := tables_at(address)) > 0:
        because = f"the database is not empty: it has {there} tables; make a new one"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    return address


def _user() -> str:
    """The account of the operating system, as a plain name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "admin"
    return re.sub(r"[^a-z0-9._-]", "-", user.lower()) or "admin"
