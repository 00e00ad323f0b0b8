"""Stop all automation, resume it, and close a breaker that has opened."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    NoPlant,
    emit,
    find_plant,
    open_plant,
    refused,
    say,
    told,
)
from chargehand.cli.people import Actor, acting, login_name
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.plant.reading import Done

DATABASE_S = 5.0
"""How long the database may take to note a stop that already holds (seconds)."""
RECORD = "chargehand.db"
UNCHECKED = "python -O switches off the checks that the record relies on"

Reason = Annotated[str, Parameter(help="Why, in a few words; it is kept.")]
Scope = Annotated[str, Parameter(help="As the breaker names it; * is any.")]


def stop(*, reason: Reason = "", as_: Actor = None, common: Common = PLAIN) -> int:
    """Stop all automation at once. Anybody may: nothing is cleared without a person then.

    It works on a broken installation too: a file STOP in the plant's folder holds everything
    from the first moment, and the database notes it as soon as it can.
    """
    from chargehand.plant import stop_file

    folder = _folder(common.plant)
    who = as_ or login_name() or "somebody"
    because_file = ""
    try:
        stop_file.put(folder, by=who, reason=reason)
    except OSError as error:
        because_file = error.strerror or str(error)
    noting = _Noting(folder=folder, named=as_, who=who, reason=reason)
    # Where the checks of the record are off, it is written only if nothing else would hold.
    is_unchecked = bool(sys.flags.optimize) and not because_file
    because_database = UNCHECKED if is_unchecked else noting.run()
    if because_database is None:
        text = "all automation is stopped"
        emit(_done(text), json=common.json, table=lambda: text)
        return OK
    if because_file and not stop_file.is_there(folder):
        because = (
            f"automation is NOT stopped: the file {folder / stop_file.FILE} cannot be made"
            f" ({because_file}), and the database cannot note it ({because_database})"
        )
        cure = (
            "End the processes of `chargehand up` on every computer: nothing is cleared or sent"
            " while none of them runs. Then mend the folder, and run `chargehand stop` again."
        )
        return told(FAILED, because, cure, json=common.json)
    text = (
        f"all automation is stopped, by the file {folder / stop_file.FILE}: no process that works"
        " in this folder clears anything by itself, or sends what the policy cleared"
    )
    emit(_done(text), json=common.json, table=lambda: text)
    say(f"Not done yet: the database could not note it ({because_database}).")
    say("  It is noted once the database can be used; processes that use the same database from")
    say("  another folder do not know of it before. What was sent already is not called back.")
    say("  Leave the file where it is; `chargehand resume` takes it away.")
    return OK


def resume(
    *,
    reason: Reason,
    decision: Scope = "*",
    site: Scope = "*",
    zone: Scope = "*",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Resume automation after a stop, or close a breaker."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        done = (
            by
            if isinstance(by, Refusal)
            else plant.close_breaker(decision, site, zone, by=by, reason=reason)
        )
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    text = done.text
    emit(done, json=common.json, table=lambda: text)
    return OK


def _done(text: str) -> Done:
    from chargehand.plant.reading import Done as Made

    return Made(proposal="", version=0, state="stopped", text=text)


def _folder(named: Path | None) -> Path:
    """The plant's folder, also where its settings are gone or its record is: one is enough."""
    try:
        return find_plant(named)
    except NoPlant:
        told_by = os.environ.get("CHARGEHAND_PLANT")
        named = named or (Path(told_by) if told_by else None)
        here = (named,) if named is not None else (Path.cwd(), *Path.cwd().parents)
        for place in here:
            if (place / RECORD).is_file():
                return place
        raise


@dataclass(slots=True)
class _Noting:
    """The database is asked to note a stop, and is not waited for any longer than a moment."""

    folder: Path
    named: str | None
    who: str
    reason: str
    because: str | None = "it did not answer in time"

    def run(self) -> str | None:
        """Why it could not be noted; None where it was."""
        asked = threading.Thread(target=self._note, daemon=True)
        asked.start()
        asked.join(DATABASE_S)
        return self.because

    def _note(self) -> None:
        from chargehand.plant import stop_file

        try:
            with closing(open_plant(self.folder)) as plant:
                by = acting(plant, self.named)
                who = self.who if isinstance(by, Refusal) else by
                plant.stop_automation(by=who, reason=self.reason)
            # It goes once the database has what it says.
            self.because = "it did not take it" if stop_file.is_there(self.folder) else None
        except Exception as error:  # noqa: BLE001 - whatever is broken, the file holds
            self.because = str(error).splitlines()[0] if str(error) else type(error).__name__
