"""The policy: show the one in force, check another, and put it in force."""

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
    emit,
    open_plant,
    refused,
    say,
    told,
)
from chargehand.cli.mishaps import of_file
from chargehand.cli.people import Actor, acting, login_name
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.governance.policy import PolicyMistake
    from chargehand.plant.plant import Plant

File = Annotated[Path, Parameter(help="A policy text (TOML).")]

app = App(name="policy", help="Show, check or activate the policy.")


@app.command
def show(*, common: Common = PLAIN) -> int:
    """Print the policy in force, as it was written."""
    with closing(open_plant(common.plant)) as plant:
        number, text = plant.policy_text()
    if common.json:
        emit({"version": number, "text": text}, json=True)
    else:
        say(f"policy version {number}", quiet=common.quiet)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return OK


@app.command
def check(
    file: File,
    /,
    *,
    json: Annotated[bool, Parameter(negative="", help="Print one JSON document.")] = False,
) -> int:
    """Check a policy text without putting it in force; exit code 3 where it has mistakes."""
    from chargehand.governance.policy import Policy, parse_policy

    text = _text(file, json=json)
    if text is None:
        return FAILED
    policy = parse_policy(text)
    if not isinstance(policy, Policy):
        return _mistaken(file, policy, json=json)
    remarks = [str(remark) for remark in policy.remarks]
    emit(
        {"mistakes": [], "remarks": remarks, "people": len(policy.people)},
        json=json,
        table=lambda: "\n".join(
            [f"{file}: no mistakes; {len(policy.people)} people", *(f"  odd: {r}" for r in remarks)]
        ),
    )
    return OK


@app.command
def activate(
    file: File,
    /,
    *,
    as_: Actor = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Check only.")] = False,
    common: Common = PLAIN,
) -> int:
    """Put a policy text in force, as an administrator of the present one."""
    if dry_run:
        return check(file, json=common.json)
    text = _text(file, json=common.json)
    if text is None:
        return FAILED
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        answer = plant.activate_policy(text, by=person)
        if isinstance(answer, Refusal):
            return refused(answer, json=common.json)
        if isinstance(answer, Sequence):
            return _mistaken(file, answer, json=common.json)
        emit(answer, json=common.json, table=lambda: answer.text)
        _warn(plant)
    return OK


def _text(file: Path, *, json: bool) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        told(FAILED, *of_file(error, file), json=json)
    except UnicodeDecodeError:
        told(FAILED, f"{file} is no text in UTF-8", "Name a policy text (TOML).", json=json)
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
