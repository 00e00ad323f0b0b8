"""The doctor: looks at the installation and the plant, and names a cure for whatever it finds.

Each check stands alone, so that a broken installation is told whole: what cannot be looked at is a
finding like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import FOUND_PROBLEMS, OK, PLAIN, Common, emit, rows_of, say
from chargehand.cli.findings import Finding, Patient, State, note, problem

if TYPE_CHECKING:
    from rich.table import Table


def doctor(
    *,
    full: Annotated[
        bool, Parameter(negative="", help="Check the whole audit chain and every balance.")
    ] = False,
    common: Common = PLAIN,
) -> int:
    """Check installation and plant; each finding has a cure.

    Exit code 3 where there is a problem; warnings and notes do not count.
    """
    findings = list(examine(Patient.found(common.plant, full=full)))
    problems = sum(finding.state is State.PROBLEM for finding in findings)
    warnings = sum(finding.state is State.WARNING for finding in findings)
    answer = {"problems": problems, "warnings": warnings, "findings": findings}
    emit(answer, json=common.json, table=lambda: _table(findings))
    say(
        f"{len(findings)} checks: {problems} problems, {warnings} warnings.",
        quiet=common.quiet or common.json,
    )
    return FOUND_PROBLEMS if problems else OK


def _table(findings: Sequence[Finding]) -> Table:
    return rows_of(
        ("", "Check", "Found", "What to do"),
        ((f.state.upper(), f.check, f.found, f.cure) for f in findings),
    )


def examine(patient: Patient) -> Iterator[Finding]:
    """Make every check; those of the plant only where there is a folder to look at."""
    from chargehand.cli.installation import INSTALLATION
    from chargehand.cli.soundness import DATABASE, PLANT, RECORD, WRITING

    for check in INSTALLATION:
        yield _one(check, patient)
    if patient.folder is None:
        return
    can_write = True
    for check in PLANT:
        finding = _one(check, patient)
        can_write &= finding.check != WRITING or finding.state is not State.PROBLEM
        yield finding
    if not can_write:  # SQLite needs to write even to read: all else would only repeat it
        yield note("record", "not looked at: it cannot be opened without write permission")
        return
    if (missing := _missing(patient)) is not None:
        yield missing
        return
    for check in RECORD:
        finding = _one(check, patient)
        yield finding
        if finding.check == DATABASE and finding.state is State.PROBLEM and patient.is_served:
            yield note("record", "nothing else was looked at: its server could not say")
            return


def _missing(patient: Patient) -> Finding | None:
    from chargehand.settings import SettingsFault

    try:
        database = patient.database
    except SettingsFault:
        return note("record", "not looked at: the settings do not say where it is")
    if isinstance(database, str) or database.is_file():
        return None
    return problem("record", f"{database} is not there", _restore(patient.place))


def _restore(folder: Path) -> str:
    return (
        f"Put the folder {folder} back from a backup, or make a new plant with `chargehand init`."
    )


def _one(check: Callable[[Patient], Finding], patient: Patient) -> Finding:
    try:
        return check(patient)
    except Exception as error:  # noqa: BLE001 - the worst installation needs the doctor most
        return problem(
            check.__name__.replace("_", " "),
            f"could not be checked: {type(error).__name__}: {error}",
            "If the findings above do not explain it, send this output to whoever supports you.",
        )
