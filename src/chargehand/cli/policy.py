"""The policy: show the one in force, look at another, and put it before people or in force."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FAILED,
    FOUND_PROBLEMS,
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
from chargehand.cli.explaining import explain
from chargehand.cli.mishaps import of_file
from chargehand.cli.people import Actor, acting, login_name
from chargehand.cli.policy_report import (
    check_report,
    diff_report,
    tests_report,
)
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.governance.policy import PolicyMistake
    from chargehand.plant.plant import Plant
    from chargehand.plant.policy_checks import PolicyCheck

File = Annotated[
    Path | None,
    Parameter(help="A policy text (TOML) [else policy/policy.toml in the plant's folder]."),
]
Because = Annotated[str, Parameter(help="Why it should be changed, in ten characters or more.")]

app = App(name="policy", help="Show, check, test and propose the policy.")
app.command(explain)


@app.command
def show(
    *,
    version: Annotated[
        int | None, Parameter(help="An earlier version [else the one in force].")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Print the policy in force, or an earlier version, as it was written."""
    with closing(open_plant(common.plant)) as plant:
        number, text = plant.policy_text()
        if version is not None:
            earlier = plant.policy_version_text(version)
            if earlier is None:
                cure = f"There are versions up to {number}; `chargehand policy history` lists them."
                return told(FAILED, f"there is no version {version}", cure, json=common.json)
            number, text = version, earlier
    if common.json:
        emit({"version": number, "text": text}, json=True)
    else:
        say(f"policy version {number}", quiet=common.quiet)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return OK


@app.command
def history(*, common: Common = PLAIN) -> int:
    """List every version of the policy: who proposed it, and who signed."""
    from chargehand.cli.context import rows_of

    with closing(open_plant(common.plant)) as plant:
        versions = plant.policy_versions()
    columns = ("version#", "since!", "proposed by", "signed by", "request!", "?title")
    lines = [
        (v.version, f"{v.since:%Y-%m-%d %H:%M}", v.proposed_by, ", ".join(v.signed_by) or "-",
         v.request or "-", v.title)
        for v in versions
    ]  # fmt: skip
    emit(versions, json=common.json, table=lambda: rows_of(columns, lines))
    return OK


@app.command
def check(file: File = None, /, *, common: Common = PLAIN) -> int:
    """Check a policy text and run its tests, without proposing it; exit 3 where anything is wrong.

    Needs no plant where a file is named; beside one, the text is compared with the one in force.
    """
    read = _read(file, common)
    if read is None:
        return FAILED
    path, text = read
    looked = _looked_at(text, common)
    emit(_plain(looked), json=common.json, table=lambda: check_report(str(path), looked))
    if looked.mistakes:
        say(f"{path}: {len(looked.mistakes)} mistakes; the policy in force is unchanged.")
    wrong = looked.mistakes or looked.failed or looked.test_mistakes
    return FOUND_PROBLEMS if wrong else OK


@app.command(name="test")
def run_tests(file: File = None, /, *, common: Common = PLAIN) -> int:
    """Run the plant's policy tests on a text; exit 3 with each one that fails."""
    read = _read(file, common)
    if read is None:
        return FAILED
    path, text = read
    with closing(open_plant(common.plant)) as plant:
        looked = plant.check_policy(text)
    if looked.mistakes:
        return _mistaken(path, looked.mistakes, json=common.json)
    if looked.test_mistakes:
        return _mistaken(Path("policy/tests.toml"), looked.test_mistakes, json=common.json)
    emit(list(looked.tests), json=common.json, table=lambda: tests_report(looked.tests))
    return FOUND_PROBLEMS if looked.failed else OK


@app.command
def diff(
    file: File = None,
    /,
    *,
    days: Annotated[int, Parameter(help="How many days back proposals are ruled on anew.")] = 7,
    common: Common = PLAIN,
) -> int:
    """Say what a text changes, in words and in what the last days would have been ruled."""
    read = _read(file, common)
    if read is None:
        return FAILED
    path, text = read
    with closing(open_plant(common.plant)) as plant:
        found = plant.policy_diff(text, days=max(1, min(days, 366)))
    if isinstance(found, list):
        return _mistaken(path, found, json=common.json)
    emit(found, json=common.json, table=lambda: diff_report(found))
    return OK


@app.command
def propose(
    file: File = None,
    /,
    *,
    because: Because,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Put a policy text before those who sign it; where nobody else has to, it holds at once."""
    read = _read(file, common)
    if read is None:
        return FAILED
    path, text = read
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        answer = plant.propose_policy(text, by=person, because=because)
        if isinstance(answer, Refusal):
            return refused(answer, json=common.json)
        if isinstance(answer, Sequence):
            return _mistaken(path, answer, json=common.json)
        row = answer.row
        holds = row.state == "in_force"
        said = f"policy version {row.new_version} holds from now on" if holds else row.missing
        emit(answer, json=common.json, table=lambda: f"{row.id} ({row.kind}): {said}")
        if holds:
            _warn(plant)
    return OK


@app.command
def activate(
    file: File = None,
    /,
    *,
    because: Annotated[str, Parameter(help="Why it is changed.")] = "",
    as_: Actor = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Check only.")] = False,
    common: Common = PLAIN,
) -> int:
    """Put a policy text in force, as an administrator of the present one.

    Where a second person has to sign it, it is proposed and waits for them.
    """
    if dry_run:
        return check(file, common=common)
    read = _read(file, common)
    if read is None:
        return FAILED
    path, text = read
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        answer = plant.activate_policy(text, by=person, because=because)
        if isinstance(answer, Refusal):
            return refused(answer, json=common.json)
        if isinstance(answer, Sequence):
            return _mistaken(path, answer, json=common.json)
        emit(answer, json=common.json, table=lambda: answer.text)
        if answer.state == "active":
            _warn(plant)
    return OK


def _looked_at(text: str, common: Common) -> PolicyCheck:
    """What can be said of a text: beside a plant, or alone where there is none."""
    from chargehand.plant import policies
    from chargehand.plant.policy_checks import PolicyCheck as Looked

    try:
        find_plant(common.plant)
    except NoPlant:
        if common.plant is not None:
            raise
    else:
        with closing(open_plant(common.plant)) as plant:
            return plant.check_policy(text)
    policy = policies.checked(text)
    if isinstance(policy, tuple):
        return Looked(mistakes=policy)
    return Looked(
        mistakes=(), remarks=policy.remarks, version=policy.version, people=len(policy.people)
    )


def _plain(looked: PolicyCheck) -> dict[str, object]:
    from chargehand.vocabulary.wire import plain

    return {**plain(looked), "remarks": [str(one) for one in looked.remarks]}


def _read(file: Path | None, common: Common) -> tuple[Path, str] | None:
    """The text to look at, and where it stands; None where it cannot be read, which is told."""
    from chargehand.plant.policy_files import policy_file

    path = file if file is not None else policy_file(find_plant(common.plant))
    try:
        return path, path.read_text(encoding="utf-8")
    except OSError as error:
        told(FAILED, *of_file(error, path), json=common.json)
    except UnicodeDecodeError:
        cure = "Name a policy text (TOML)."
        told(FAILED, f"{path} is no text in UTF-8", cure, json=common.json)
    return None


def _warn(plant: Plant) -> None:
    """Say it where the plant's own person is not in the policy: commands act for nobody then."""
    own = plant.settings.plant.person
    if own and plant.person(own) is None:
        say(
            f"warning: {own}, for whom this command line acts, is not in the new policy.\n"
            "  Give --as PERSON with each command, or correct person in chargehand.toml."
        )
    elif not own and isinstance(acting(plant, None), Refusal):
        say(
            f"warning: nobody in the new policy has the login {login_name()!r}.\n"
            "  Give --as PERSON with each command, or name person in chargehand.toml."
        )


def _mistaken(file: Path, mistakes: Sequence[PolicyMistake], *, json: bool) -> int:
    emit({"mistakes": list(mistakes)}, json=json, table=lambda: "\n".join(map(str, mistakes)))
    say(f"{file}: {len(mistakes)} mistakes; the policy in force is unchanged.")
    return FOUND_PROBLEMS
