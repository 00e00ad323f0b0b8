"""What a person can do about each refusal, and the exit code it ends with."""

from __future__ import annotations

from chargehand.cli.context import FAILED, NOT_ALLOWED
from chargehand.vocabulary.refusal import Refusal, RefusalCode

C = RefusalCode

CURES = {
    C.UNREADABLE: "Mend the row at its source and send it again; see `chargehand doctor`.",
    C.KEY_REUSED: "The key stands for another content already: send it under a key of its own.",
    C.UNKNOWN_MATERIAL: "Import or post the material's definition first.",
    C.UNKNOWN_LOCATION: "Import or post the location first.",
    C.UNKNOWN_SUPPLIER: "Import or post the supplier first.",
    C.UNKNOWN_ASSET: "Import or post the machine first.",
    C.UNIT_MISMATCH: "Send the quantity in the material's own unit, or define how one converts.",
    C.CONVERSION_INEXACT: "Send an amount that comes out even; the message names the nearest ones.",
    C.CONVERSION_AMBIGUOUS: "Define one way between the two units, not several that differ.",
    C.ON_HOLD: "Whoever may release the hold must do so: 'chargehand hold list' shows it.",
    C.UNKNOWN_HOLD: "`chargehand hold list --state all` lists every hold.",
    C.HOLD_INVALID: "Name what it is about: material, lot, unit or place; `--help` has the words.",
    C.SIGNATURE_MISSING: "Say what you sign with --signature, in ten characters or more.",
    C.UNKNOWN_RESERVATION: "Read its name again; the API lists reservations.",
    C.UNKNOWN_ORDER: "Read its number again; name its site with --site.",
    C.UNKNOWN_LOT: "Read the number again; `chargehand stock` lists lots that are there.",
    C.UNKNOWN_HANDLING_UNIT: "Read the number again, or pack it first.",
    C.LOT_INVALID: "Write another sign in its place, such as '-', there and here.",
    C.HANDLING_UNIT_INVALID: "Look where it stands with `chargehand unit show ID`.",
    C.INSUFFICIENT_STOCK: "Count the place; the record may be behind.",
    C.MOMENT_INVALID: "Set the source's clock, and let it say the offset from UTC.",
    C.SNAPSHOT_INVALID: "Correct the list's moment, places and amounts, and send it again.",
    C.QUANTITY_INVALID: "Give a quantity above 0, such as 8 or 12.5.",
    C.NO_STOCKING_PARAMETERS: "Import the stocking levels of the part at this site.",
    C.NO_SUPPLIER: "Import an approved source for the part.",
    C.READ_ONLY: "This decision only observes; `chargehand policy show` says who may change that.",
    C.NOT_AUTHORIZED: "Ask somebody with that authority, or act as another person with --as.",
    C.NOT_WAITING: "See how far it is: `chargehand show ID`, `breaker list`, `request list`.",
    C.STALE: "It has changed since: read it again with `chargehand show ID`.",
    C.EXPIRED: "Ask again with `chargehand decide`.",
    C.JUSTIFICATION_MISSING: "Say why with --justification TEXT.",
    C.REASON_MISSING: "Say why with --reason, in ten characters or more; --help has the words.",
    C.SECOND_PERSON_NEEDED: "Another person has to approve it too.",
    C.CHANGE_INVALID: "`chargehand show ID` lists the fields that can be changed.",
    C.UNKNOWN_PROPOSAL: "`chargehand inbox --state all` lists every proposal.",
    C.UNKNOWN_DECISION: "`chargehand decisions` lists every kind of decision.",
    C.UNKNOWN_SITE: "Import or post something of the site first, or name another one.",
    C.UNKNOWN_PERSON: "Name a person of the policy with --as; `chargehand policy show` lists them.",
    C.SIGN_IN_FAILED: "Try again, or ask an administrator for `chargehand account link PERSON`.",
    C.SIGN_IN_LOCKED: "Wait, or let an administrator run `chargehand account unlock PERSON`.",
    C.SIGN_IN_OFF: "Change [identity] or [oidc] in chargehand.toml, then start again.",
    C.TOO_GUESSABLE: "Choose another one.",
    C.UNKNOWN_CREDENTIAL: "`chargehand key list` and `account sessions` list what is in force.",
    C.POLICY_INVALID: "Mend what is named, then check with `chargehand policy check FILE`.",
    C.POLICY_TESTS_FAILED: "See each one with `chargehand policy test FILE`; mend text or tests.",
    C.EVIDENCE_MISSING: "Let it run longer; `chargehand phase list` shows what was seen so far.",
    C.UNKNOWN_REQUEST: "`chargehand request list --state all` lists every change request.",
    C.WAS_A_PROBE: "Nothing to undo: it had no effect. Read the next one before you approve it.",
    C.UNKNOWN_REVIEW: "`chargehand review list` lists reviews, `review show N` their cases.",
    C.REVIEW_INVALID: "`chargehand review show N` says how far it is; --help has the words.",
    C.UNKNOWN_TASK: "`chargehand tasks` lists the open tasks.",
    C.UNKNOWN_ENTRY: "`chargehand audit log` lists the journal's entries.",
    C.TOO_LATE: "Correct it where it was done: count, move back, or cancel the order there.",
    C.DELEGATION_INVALID: "`chargehand policy show` names who may, for how long and how much.",
    C.UNKNOWN_DELEGATION: "`chargehand delegate list` lists them.",
    C.TASK_CLOSED: "Nothing to do: the task is closed.",
    C.EXTRA_MISSING: "pip install 'chargehand[tables]', or take csv.",
    C.TOO_EARLY: "Ask again after the date that is named.",
}
"""By code; codes that only ever answer a decision's question have none."""

NOT_ALLOWED_CODES = frozenset(
    {C.NOT_AUTHORIZED, C.READ_ONLY, C.SECOND_PERSON_NEEDED, C.UNKNOWN_PERSON}
)


def cure_for(refusal: Refusal) -> str:
    """What to do about a refusal, in one sentence; empty where nothing helps."""
    return CURES.get(refusal.code, "")


def exit_code_for(refusal: Refusal) -> int:
    """4 where somebody else may do it, 1 otherwise."""
    return NOT_ALLOWED if refusal.code in NOT_ALLOWED_CODES else FAILED
