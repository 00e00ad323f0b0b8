"""Refusals: a "no" is a value with a code and a reason, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why the answer is no. Codes are stable: interfaces and reports count them."""

    # signals and record
    UNREADABLE = "unreadable"
    KEY_REUSED = "key_reused"
    UNKNOWN_MATERIAL = "unknown_material"
    UNKNOWN_LOCATION = "unknown_location"
    UNKNOWN_SUPPLIER = "unknown_supplier"
    UNKNOWN_ASSET = "unknown_asset"
    UNKNOWN_ORDER = "unknown_order"
    UNIT_MISMATCH = "unit_mismatch"
    UNBALANCED = "unbalanced"
    INSUFFICIENT_STOCK = "insufficient_stock"
    QUANTITY_INVALID = "quantity_invalid"
    OUT_OF_ORDER = "out_of_order"
    # decisions
    STOCK_SUFFICIENT = "stock_sufficient"
    NO_STOCKING_PARAMETERS = "no_stocking_parameters"
    NO_SUPPLIER = "no_supplier"
    NO_DEMAND = "no_demand"
    PARAMETERS_RIGHT = "parameters_right"
    PARTS_COMPLETE = "parts_complete"
    COUNT_NOT_DUE = "count_not_due"
    DECISION_FAILED = "decision_failed"
    # governance
    READ_ONLY = "read_only"
    NOT_AUTHORIZED = "not_authorized"
    NOT_WAITING = "not_waiting"
    STALE = "stale"
    EXPIRED = "expired"
    JUSTIFICATION_MISSING = "justification_missing"
    REASON_MISSING = "reason_missing"
    SECOND_PERSON_NEEDED = "second_person_needed"
    CHANGE_INVALID = "change_invalid"
    UNKNOWN_PROPOSAL = "unknown_proposal"
    UNKNOWN_PERSON = "unknown_person"
    POLICY_INVALID = "policy_invalid"
    # execution
    NO_RULING = "no_ruling"
    NO_TARGET = "no_target"
    UNKNOWN_TASK = "unknown_task"
    TASK_CLOSED = "task_closed"
    # outcomes
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal and its reason."""

    code: RefusalCode
    because: str
    transient: bool = False
    """True when the same question may be answered differently later, with nothing changed in it."""
