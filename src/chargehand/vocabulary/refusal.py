"""Refusals: a "no" is a value with a code and a reason, not an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class RefusalCode(StrEnum):
    """Why the answer is no. Codes are stable: interfaces and reports count them."""

    # signals and record
    UNREADABLE = "unreadable"
    KEY_REUSED = "key_reused"
    UNKNOWN_MATERIAL = "unknown_material"
    UNKNOWN_LOCATION = "unknown_location"
    UNKNOWN_SUPPLIER = "unknown_supplier"
    UNKNOWN_ASSET = "unknown_asset"
    UNIT_MISMATCH = "unit_mismatch"
    CONVERSION_INEXACT = "conversion_inexact"
    CONVERSION_AMBIGUOUS = "conversion_ambiguous"
    UNBALANCED = "unbalanced"
    INSUFFICIENT_STOCK = "insufficient_stock"
    ON_HOLD = "on_hold"
    UNKNOWN_HOLD = "unknown_hold"
    HOLD_INVALID = "hold_invalid"
    UNKNOWN_RESERVATION = "unknown_reservation"
    RESERVATION_CLOSED = "reservation_closed"
    RESERVATION_INVALID = "reservation_invalid"
    UNKNOWN_MOVEMENT = "unknown_movement"
    CORRECTION_TOO_LARGE = "correction_too_large"
    UNKNOWN_LOT = "unknown_lot"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_HANDLING_UNIT = "unknown_handling_unit"
    HANDLING_UNIT_INVALID = "handling_unit_invalid"
    LOT_INVALID = "lot_invalid"
    QUANTITY_INVALID = "quantity_invalid"
    MOMENT_INVALID = "moment_invalid"
    SNAPSHOT_INVALID = "snapshot_invalid"
    # decisions
    STOCK_SUFFICIENT = "stock_sufficient"
    NO_STOCKING_PARAMETERS = "no_stocking_parameters"
    NO_SUPPLIER = "no_supplier"
    NO_DEMAND = "no_demand"
    PARAMETERS_RIGHT = "parameters_right"
    PARTS_COMPLETE = "parts_complete"
    COUNT_NOT_DUE = "count_not_due"
    DECISION_FAILED = "decision_failed"
    RATIONED = "rationed"
    UNKNOWN_DECISION = "unknown_decision"
    UNKNOWN_SITE = "unknown_site"
    # governance
    READ_ONLY = "read_only"
    NOT_AUTHORIZED = "not_authorized"
    NOT_WAITING = "not_waiting"
    STALE = "stale"
    EXPIRED = "expired"
    JUSTIFICATION_MISSING = "justification_missing"
    REASON_MISSING = "reason_missing"
    SIGNATURE_MISSING = "signature_missing"
    SECOND_PERSON_NEEDED = "second_person_needed"
    CHANGE_INVALID = "change_invalid"
    UNKNOWN_PROPOSAL = "unknown_proposal"
    UNKNOWN_PERSON = "unknown_person"
    POLICY_INVALID = "policy_invalid"
    POLICY_TESTS_FAILED = "policy_tests_failed"
    EVIDENCE_MISSING = "evidence_missing"
    UNKNOWN_REQUEST = "unknown_request"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_LOCKED = "sign_in_locked"
    SIGN_IN_OFF = "sign_in_off"
    TOO_GUESSABLE = "too_guessable"
    UNKNOWN_CREDENTIAL = "unknown_credential"
    DELEGATION_INVALID = "delegation_invalid"
    UNKNOWN_DELEGATION = "unknown_delegation"
    WAS_A_PROBE = "was_a_probe"
    UNKNOWN_REVIEW = "unknown_review"
    REVIEW_INVALID = "review_invalid"
    # execution
    NO_RULING = "no_ruling"
    UNKNOWN_TASK = "unknown_task"
    UNKNOWN_ENTRY = "unknown_entry"
    TASK_CLOSED = "task_closed"
    TOO_LATE = "too_late"
    # outcomes
    TOO_EARLY = "too_early"
    # installation
    EXTRA_MISSING = "extra_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal and its reason."""

    code: RefusalCode
    because: str
    transient: bool = False
    """True when the same question may be answered differently later, with nothing changed in it."""


_C = RefusalCode

MEANING: Mapping[RefusalCode, str] = MappingProxyType(
    {
        _C.UNREADABLE: "The text is not a signal; it is kept as it came.",
        _C.KEY_REUSED: "The source used this key before, with another content.",
        _C.UNKNOWN_MATERIAL: "The item master does not know the material.",
        _C.UNKNOWN_LOCATION: "The site does not know the place.",
        _C.UNKNOWN_SUPPLIER: "No such supplier has been defined.",
        _C.UNKNOWN_ASSET: "No such machine has been defined at the site.",
        _C.UNIT_MISMATCH: "No conversion leads from the quantity's unit to the material's.",
        _C.CONVERSION_INEXACT: "The quantity has no exact amount in the material's unit.",
        _C.CONVERSION_AMBIGUOUS: "Two ways from one unit to the other give different amounts.",
        _C.UNBALANCED: "The legs of a movement do not add up to zero.",
        _C.INSUFFICIENT_STOCK: "The place has less free stock than is asked for.",
        _C.ON_HOLD: "A hold keeps the stock where it is until somebody entitled releases it.",
        _C.UNKNOWN_HOLD: "There is no such hold, or it has ended.",
        _C.HOLD_INVALID: "The hold says not clearly what it freezes, or what of it is let go.",
        _C.UNKNOWN_RESERVATION: "There is no such reservation of an order.",
        _C.RESERVATION_CLOSED: "The reservation is picked, voided or expired already.",
        _C.RESERVATION_INVALID: "The reservation contradicts itself, or is past already.",
        _C.UNKNOWN_MOVEMENT: "No movement of that key was posted here.",
        _C.CORRECTION_TOO_LARGE: "More would be taken back than the movement moved.",
        _C.UNKNOWN_ORDER: "Nothing was brought, used or made for the order.",
        _C.UNKNOWN_LOT: "The lot was never received, made or defined here.",
        _C.UNKNOWN_HANDLING_UNIT: "Nothing is known of the handling unit.",
        _C.HANDLING_UNIT_INVALID: "The handling unit is elsewhere, in another, or misnumbered.",
        _C.LOT_INVALID: "The lot's or serial's name holds a sign that parts the record's keys.",
        _C.QUANTITY_INVALID: "The quantity is too small, too fine, too large or above the order.",
        _C.MOMENT_INVALID: "A moment has not come yet, or does not say its offset from UTC.",
        _C.SNAPSHOT_INVALID: "The other system's stock list contradicts itself or has no moment.",
        _C.STOCK_SUFFICIENT: "The stock position is above the reorder point.",
        _C.NO_STOCKING_PARAMETERS: "The part has neither a forecast nor a reorder point.",
        _C.NO_SUPPLIER: "The part is short, and nobody is approved to deliver it.",
        _C.NO_DEMAND: "The part was never used and nothing plans to use it.",
        _C.PARAMETERS_RIGHT: "Other levels would save too little to change the present ones.",
        _C.PARTS_COMPLETE: "All parts of the order are staged, reserved or on order.",
        _C.COUNT_NOT_DUE: "The place need not be counted yet.",
        _C.DECISION_FAILED: "The decision has a fault; the reason holds its traceback.",
        _C.RATIONED: "Enough proposals of this kind wait already; more valuable ones come first.",
        _C.UNKNOWN_DECISION: "No such kind of decision is installed.",
        _C.UNKNOWN_SITE: "Nothing is known of such a site.",
        _C.READ_ONLY: "The decision is in the observe phase: recorded, measured, not done.",
        _C.NOT_AUTHORIZED: "No role of the person covers this transaction, place or value.",
        _C.NOT_WAITING: "The proposal does not wait for anybody any more.",
        _C.STALE: "It was changed since it was read.",
        _C.EXPIRED: "Nobody decided in time.",
        _C.JUSTIFICATION_MISSING: "The value asks for a reason of at least ten characters.",
        _C.REASON_MISSING: "The act needs one of the known reasons, or a text that says something.",
        _C.SIGNATURE_MISSING: "The release needs the person's own words, ten characters or more.",
        _C.SECOND_PERSON_NEEDED: "Two different people have to approve this.",
        _C.CHANGE_INVALID: "The change does not fit what can be changed.",
        _C.UNKNOWN_PROPOSAL: "There is no such proposal.",
        _C.UNKNOWN_PERSON: "The policy in force does not name the person.",
        _C.POLICY_INVALID: "The policy text has mistakes, or is no newer than the one in force.",
        _C.WAS_A_PROBE: "The proposal was wrong on purpose, to see whether people look; no effect.",
        _C.UNKNOWN_REVIEW: "There is no such weekly review, or no such case in it.",
        _C.REVIEW_INVALID: "The answer is none of fine, wrong and unclear, or the review is done.",
        _C.DELEGATION_INVALID: "The policy does not let the person be stood in for like that.",
        _C.UNKNOWN_DELEGATION: "There is no such delegation, or it has ended.",
        _C.SIGN_IN_FAILED: "Neither the secret given nor the provider proves who signs in.",
        _C.SIGN_IN_LOCKED: "Too many tries failed; wait, or let an administrator unlock it.",
        _C.SIGN_IN_OFF: "The plant's settings do not let people sign in this way.",
        _C.TOO_GUESSABLE: "The password, PIN or badge number is too short or too easy to guess.",
        _C.UNKNOWN_CREDENTIAL: "There is no such key, session or badge, or it has ended.",
        _C.POLICY_TESTS_FAILED: "The text rules otherwise than the plant's policy tests expect.",
        _C.EVIDENCE_MISSING: "What was seen so far does not show what raising the phase asks for.",
        _C.UNKNOWN_REQUEST: "There is no such change request.",
        _C.NO_RULING: "No ruling cleared exactly this action; nothing is sent without one.",
        _C.UNKNOWN_TASK: "There is no such task, or it asks for something else.",
        _C.UNKNOWN_ENTRY: "The journal has no such entry, or the text beside it was erased.",
        _C.TASK_CLOSED: "The task is confirmed, declined or cancelled already.",
        _C.TOO_LATE: "It was begun, sent or done already, and cannot be taken back any more.",
        _C.TOO_EARLY: "It cannot be seen yet whether the proposal was right.",
        _C.EXTRA_MISSING: "It needs an optional package that is not installed here.",
    }
)
"""What each code means, in one sentence. What to do about it is the business of each interface."""
