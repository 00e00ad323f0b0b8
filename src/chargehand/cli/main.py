"""The entry point: finds the command, runs it, and turns every ending into an exit code.

Commands are named by import path and imported when called, so that small commands start fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING

from chargehand import __version__
from chargehand.cli.context import (
    CANNOT_REACH,
    FAILED,
    INTERRUPTED,
    OK,
    USAGE,
    NoPlant,
    emit,
    say,
    told,
)

if TYPE_CHECKING:
    from cyclopts import App

HERE = "chargehand.cli."
MENU: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Start": (
        ("demo", "demo:demo", "Try everything on a made-up plant."),
        ("init", "plants:init", "Make a new plant in a folder."),
        ("up", "serving:up", "Serve the console and the API, and do the background work."),
        ("db", "database:app", "Upgrade, back up, restore, compact or verify the database."),
        ("doctor", "doctor:doctor", "Check installation and plant; each finding has a cure."),
        ("login", "keys:login", "Print a one-time link to the console."),
        ("version", "main:version", "Say which version this is."),
    ),
    "Signals": (
        ("import", "importing:import_", "Read the plant's own tables (CSV, Parquet)."),
        ("readiness", "importing:readiness", "Say what the records allow to be decided so far."),
        ("signals", "signals:app", "Post signals."),
        ("epcis", "epcis:app", "Exchange EPCIS 2.0 events with partners."),
        ("faults", "signals:faults", "List what arrived and could not be used, with the cure."),
        ("reconcile", "reconciling:app", "Say how other systems' lists agree with the record."),
        ("stock", "stock:stock", "List what stands, or stood, where."),
        ("movements", "stock:movements", "List movements that touched some stock."),
        ("movement", "stock:movement", "Show one movement whole."),
        ("export", "exporting:export", "Write stock, movements, journal or lots into a file."),
    ),
    "Decisions": (
        ("decide", "deciding:decide", "Ask every decision; write down what it proposes."),
        ("decisions", "deciding:decisions", "List every kind of decision, with what it is for."),
        ("refusals", "deciding:refusals", "List questions that were answered with no, and why."),
        ("inbox", "inbox:inbox", "List proposals, the most pressing first."),
        ("show", "inbox:show", "Show one proposal whole: reasons, cost, alternatives, evidence."),
        ("approve", "inbox:approve", "Approve one proposal, or several together."),
        ("reject", "inbox:reject", "Reject a proposal, with a reason to learn from."),
        ("change", "inbox:change", "Change a proposal; the policy rules on it again."),
        ("undo", "inbox:undo", "Take an approval back before anything of it has begun."),
    ),
    "Floor": (
        ("tasks", "floor:tasks", "List the tasks of the floor."),
        ("confirm", "floor:confirm", "Confirm a task, with the quantity that was really moved."),
        ("decline", "floor:decline", "Say that a task cannot be done."),
        ("lot", "lots:app", "Show a lot, trace it, list whom a recall concerns."),
        ("unit", "units:app", "Show a handling unit with all that is in it."),
        ("order", "production_orders:app", "Show what a production order used and made."),
        ("hold", "holds:app", "Freeze stock, see what is frozen, and release it."),
    ),
    "Trust": (
        ("audit", "audit:app", "Check the record's chain, read it, sign it, prove and export it."),
        ("replay", "replays:replay", "Derive past proposals and rulings again, and compare."),
        ("measure", "outcomes:measure", "Measure what came of the proposals that are due."),
        ("outcomes", "outcomes:outcomes", "List what came of proposals."),
        ("policy", "policy:app", "Show, check, test and propose the policy."),
        ("request", "requests:app", "List, show and sign changes of the policy."),
        ("phase", "phases:app", "Say how far decisions have come; promote and demote them."),
        ("breaker", "breakers:app", "List what has opened, why, and what closes it."),
        ("delegate", "delegations:app", "Let somebody stand in for you."),
        ("review", "reviews:app", "Work through the weekly exception review."),
        ("trust", "trust:trust", "Say how far each decision can be relied on."),
        ("drill", "drills:drill", "See every fallback work, on a copy of the plant."),
        ("notices", "notices:app", "Read what you have been told."),
        ("account", "accounts:app", "People's accounts: links, passwords, badges, locks."),
        ("stop", "stopping:stop", "Stop all automation at once."),
        ("resume", "stopping:resume", "Resume automation after a stop, or close a breaker."),
        ("key", "keys:app", "Create, list, rotate and revoke API keys."),
    ),
}  # fmt: skip
"""Command name, where it lives, and its line in the menu, by group."""

WITHOUT_CHECKS = frozenset({"doctor", "stop"})
"""Commands that work under ``python -O`` too: they write nothing into the record there."""
PURPOSES = {name: purpose for group in MENU.values() for name, _, purpose in group}

ABOUT = """Propose what a plant's spare parts need next, and have it done under your rules.

Every command takes --json; results go to stdout, talk to stderr. Exit codes: 0 done, 1 failed,
2 usage, 3 found problems, 4 not allowed, 5 cannot reach, 130 interrupted."""


def version(*, json: bool = False) -> int:
    """Say which version this is."""
    import platform

    here = {"chargehand": __version__, "python": platform.python_version()}
    emit(here, json=json, table=lambda: f"chargehand {__version__}")
    return OK


def build(called: str | None = None) -> App:
    """Return the command tree: the called command speaks for itself, others by their menu line."""
    from cyclopts import App as Tree
    from cyclopts import Group

    app = Tree(
        name="chargehand",
        help=ABOUT,
        version=__version__,
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    app.register_install_completion_command()
    for place, (group, commands) in enumerate(MENU.items()):
        heading = Group(group, sort_key=place)
        for name, path, purpose in commands:
            line = None if name == called else purpose
            app.command(HERE + path, name=name, help=line, group=heading)
    return app


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal without the letter shows another one
        sys.stdout.reconfigure(errors="replace")
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as in `chargehand inbox | head`
        _forget_output()
        return OK
    except OSError as error:
        _forget_output()
        say(f"error: the answer cannot be written: {error.strerror or error}")
        say("  Make room, or write it elsewhere. What the command had to do is done.")
        return FAILED
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    return code


def _forget_output() -> None:
    """Let what is left in the buffer go nowhere, so that the end of Python does not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(given: list[str]) -> int:
    if given == ["version"]:  # too small to build the tree for
        return version()
    called = next((word for word in given if not word.startswith("-")), None)
    if sys.flags.optimize and called not in WITHOUT_CHECKS:
        return _fault(
            given,
            "python -O switches off the checks that the record relies on",
            "Run without -O, and without PYTHONOPTIMIZE.",
            FAILED,
        )
    if called is not None and called not in PURPOSES:
        return _fault(given, f"there is no command {called!r}", _nearest(called), USAGE)
    from cyclopts import CycloptsError

    try:
        answer = build(called)(
            given, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        cure = f"See `chargehand {called or ''} --help`.".replace("  ", " ")
        return _fault(given, str(error) or type(error).__name__, cure, USAGE)
    except _faults() as error:
        if isinstance(error, OSError) and error.filename is None:
            if isinstance(error, ConnectionError) and not isinstance(error, BrokenPipeError):
                return _fault(given, f"cannot reach: {error}", "Is it running?", CANNOT_REACH)
            raise  # no file of ours: it is the output
        return _fault(given, *_in_words(error), FAILED)
    return answer if isinstance(answer, int) else OK


def _in_words(error: Exception) -> tuple[str, str]:
    """What went wrong, and the cure."""
    from chargehand.cli.mishaps import of_file, of_record
    from chargehand.plant.fault import StorageFault

    if isinstance(error, StorageFault):
        return of_record(error)
    if isinstance(error, OSError):
        return of_file(error)
    return str(error), getattr(error, "cure", "`chargehand doctor` says more.")


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, PURPOSES, n=1)
    return f"Did you mean `chargehand {near[0]}`?" if near else "See `chargehand --help`."


def _faults() -> tuple[type[Exception], ...]:
    from chargehand.plant.fault import PlantFault, StorageFault
    from chargehand.settings import SettingsFault

    return NoPlant, PlantFault, SettingsFault, StorageFault, OSError


def _fault(given: list[str], because: str, cure: str, code: int) -> int:
    return told(code, because, cure, json="--json" in given)


if __name__ == "__main__":
    sys.exit(run())
