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
)
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.governance.policy import PolicyMistake

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

    text = _text(file)
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
    text = _text(file)
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
    return OK


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        say(f"error: cannot read {file}: {error}")
        return None


def _mistaken(file: Path, mistakes: Sequence[PolicyMistake], *, json: bool) -> int:
    emit({"mistakes": list(mistakes)}, json=json, table=lambda: "\n".join(map(str, mistakes)))
    say(f"{file}: {len(mistakes)} mistakes; the policy in force is unchanged.")
    return FOUND_PROBLEMS
