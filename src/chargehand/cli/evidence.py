"""Commands that hand the record out as evidence, and that erase what stands beside it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    say,
    told,
    wrong_use,
)
from chargehand.cli.mishaps import of_file
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chargehand.plant.checkpointing import Signed

What = Annotated[str, Parameter(help="Journal number, proposal such as P-12, or key of a task.")]
Out = Annotated[Path | None, Parameter(name=["--out", "-o"], help="File to write.")]
LINES = ".jsonl"


def checkpoint(
    *,
    out: Out = None,
    new_key: Annotated[
        bool, Parameter(negative="", help="Go on with another key: the old one is lost.")
    ] = False,
    common: Common = PLAIN,
) -> int:
    """Sign the record as it stands; keep the result where nobody here can change it."""
    with closing(open_plant(common.plant)) as plant:
        signed = plant.sign_checkpoint(new_key=new_key)
    if out is not None and not _written({out: [signed.note]}, json=common.json):
        return FAILED
    note = signed.note if out is None else f"{out}: {_about(signed)}"
    emit(signed, json=common.json, table=lambda: note.rstrip("\n"))
    say(f"key {signed.key}", quiet=common.quiet or common.json)
    return OK


def prove(what: What, /, *, out: Out = None, common: Common = PLAIN) -> int:
    """Prove an entry: of P-12 its last ruling, of a task its order.

    Writes the proof to the file (else `WHAT.tlog-proof`), and the entry beside it (`.jsonl`).
    """
    with closing(open_plant(common.plant)) as plant:
        proven = plant.prove(what)
    if isinstance(proven, Refusal):
        return refused(proven, json=common.json)
    file = out or Path(f"{what.replace('/', '_')}.tlog-proof")
    line = file.with_suffix(LINES)
    if not _written({file: [proven.proof], line: [proven.line]}, json=common.json):
        return FAILED
    said = f"{file}, {line}: {proven.kind} {proven.key}, entry {proven.number}"
    emit(proven, json=common.json, table=lambda: f"{said}, of the first {proven.size}")
    say(f"key {proven.public_key}", quiet=common.quiet or common.json)
    return OK


def export(
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"], help="File of the lines, FILE.jsonl.")],
    since: Annotated[
        int, Parameter(help="Go on after so many entries, which an earlier export has.")
    ] = 0,
    common: Common = PLAIN,
) -> int:
    """Write the record, a line of JSON for each entry, with its signed checkpoint and the key.

    FILE.checkpoint and FILE.vkey come beside FILE.jsonl.
    """
    if since < 0:
        return wrong_use(f"--since {since}: an export goes on after 0 or more entries", json=False)
    with closing(open_plant(common.plant)) as plant:
        signed = plant.sign_checkpoint()
        files: dict[Path, Iterable[str]] = {
            out: plant.export_journal(since=since, until=signed.size),
            out.with_suffix(".checkpoint"): [signed.note],
            out.with_suffix(".vkey"): [signed.key + "\n"],
        }
        if not _written(files, json=common.json):
            return FAILED
    lines = max(0, signed.size - since)
    emit(
        {"lines": lines, "size": signed.size, "files": [str(file) for file in files]},
        json=common.json,
        table=lambda: f"{out}: {lines} entries; {_about(signed)}",
    )
    say("Keep the checkpoint and the key elsewhere too.", quiet=common.quiet or common.json)
    return OK


def erase(
    token: Annotated[str, Parameter(help="Token of one text, as the journal shows it.")] = "",
    /,
    *,
    person: Annotated[
        str, Parameter(help="All that this person wrote, and what they are called.")
    ] = "",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Erase what a person wrote. It cannot be brought back; the chain goes on to hold."""
    if bool(token) == bool(person):
        return wrong_use(
            "name one thing to erase", "A TOKEN, or --person ID.", json=common.json
        )  # fmt: skip
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        done = by if isinstance(by, Refusal) else plant.erase(token=token, person=person, by=by)
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    texts = f"{done.texts} text{'s' if done.texts != 1 else ''}"
    emit(done, json=common.json, table=lambda: f"erased {texts}; entry {done.entry} says so")
    say("Backups made before still hold them.", quiet=common.quiet or common.json)
    return OK


def _about(signed: Signed) -> str:
    return f"the first {signed.size} entries of {signed.origin}, root {signed.root}"


def _written(files: dict[Path, Iterable[str]], *, json: bool) -> bool:
    """Write texts into files as they come; False, and why is said, where one cannot be written."""
    for file, texts in files.items():
        try:
            with file.open("w", encoding="utf-8", newline="") as opened:
                opened.writelines(texts)
        except OSError as error:
            told(FAILED, *of_file(error, file), json=json)
            return False
    return True
