"""Words of the Core Business Vocabulary 2.0 that events use bare; all others need a URI."""

from __future__ import annotations

from typing import Final

BIZ_STEPS: Final = frozenset(
    {
        "accepting", "arriving", "assembling", "collecting", "commissioning", "consigning",
        "creating_class_instance", "cycle_counting", "decommissioning", "departing", "destroying",
        "disassembling", "dispensing", "encoding", "entering_exiting", "holding", "inspecting",
        "installing", "killing", "loading", "other", "packing", "picking", "receiving", "removing",
        "repackaging", "repairing", "replacing", "reserving", "retail_selling", "sampling",
        "sensor_reporting", "shipping", "staging_outbound", "stock_taking", "stocking", "storing",
        "transporting", "unloading", "unpacking", "void_shipping",
    }
)  # fmt: skip
DISPOSITIONS: Final = frozenset(
    {
        "active", "available", "completeness_inferred", "completeness_verified", "conformant",
        "container_closed", "container_open", "damaged", "destroyed", "dispensed", "disposed",
        "encoded", "expired", "in_progress", "in_transit", "inactive", "mismatch_class",
        "mismatch_instance", "mismatch_quantity", "needs_replacement", "no_pedigree_match",
        "non_conformant", "non_sellable_other", "partially_dispensed", "recalled", "reserved",
        "retail_sold", "returned", "sellable_accessible", "sellable_not_accessible", "stolen",
        "unavailable", "unknown",
    }
)  # fmt: skip
BIZ_STEP_URI: Final = (
    "https://ref.gs1.org/cbv/BizStep-",
    "cbv:BizStep-",
    "urn:epcglobal:cbv:bizstep:",
)
DISP_URI: Final = ("https://ref.gs1.org/cbv/Disp-", "cbv:Disp-", "urn:epcglobal:cbv:disp:")
BTT_URI: Final = ("https://ref.gs1.org/cbv/BTT-", "cbv:BTT-", "urn:epcglobal:cbv:btt:")
SDT_URI: Final = ("https://ref.gs1.org/cbv/SDT-", "cbv:SDT-", "urn:epcglobal:cbv:sdt:")


def word(text: str | None, forms: tuple[str, ...]) -> str:
    """The bare word, in whatever form it came: bare, URI, CURIE or URN.

    >>> word("urn:epcglobal:cbv:bizstep:receiving", BIZ_STEP_URI)
    'receiving'
    """
    for form in forms:
        if text is not None and text.startswith(form):
            return text.removeprefix(form)
    return text or ""
