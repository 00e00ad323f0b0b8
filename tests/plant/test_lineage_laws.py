"""Whatever is reported, amounts are conserved and traces lead back."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.signals.stock_kinds import ProductionReported
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import Teller, master
from tests.plant.line import HOUSING, LINE, PUMP, Line, made, report, used


def reported(
    step: str, lots: tuple[str, str, str], pieces: int, before: tuple[str, str] | None
) -> ProductionReported:
    """A report of any step about some lots; an undoing names what was told before."""
    a, b, fresh = lots
    first = used(HOUSING, a, pieces)
    match step:
        case "split":
            return report(first, made(HOUSING, fresh, pieces, LINE), step="split")
        case "merge":
            into = made(HOUSING, fresh, pieces + 1, LINE)
            return report(first, used(HOUSING, b, 1), into, step="merge")
        case "production":
            return report(first, made(PUMP, fresh, 1), order=f"O{fresh}")
        case "undo" if before is not None:
            return report(corrects=before[0], order=before[1])
        case _:
            return report(first, step="scrap")


steps = st.lists(
    st.tuples(
        st.sampled_from(["split", "merge", "production", "scrap", "undo"]),
        st.integers(0, 30), st.integers(0, 30), st.integers(1, 4),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps)
def test_whatever_is_reported_amounts_are_conserved_and_traces_lead_back(
    make_plant, tmp_path_factory, history
):
    line = Line(make_plant(name=tmp_path_factory.mktemp("law").name))
    Teller(line.plant)(*master())
    line.receive(HOUSING, "L0", 30)
    lots, told = ["L0"], []
    for n, (step, one, two, pieces) in enumerate(history):
        a, b, fresh = lots[one % len(lots)], lots[two % len(lots)], f"N{n}"
        body = reported(step, (a, b, fresh), pieces, told[one % len(told)] if told else None)
        receipt = line.tell(body)
        if receipt.refusal is None and body.corrects is None:
            told.append((f"{receipt.source}/{receipt.key}", body.order))
            lots += [fresh] if step in {"split", "merge"} else []
    for name in lots:
        lot = line.plant.lot(HOUSING, name)
        if getattr(lot, "code", None) is RefusalCode.UNKNOWN_LOT:
            continue
        flow = lot.flow
        came = flow.received + flow.produced + flow.relabeled + flow.counted
        assert came - flow.consumed - flow.scrapped - flow.shipped == lot.on_hand
        ahead = line.plant.trace(HOUSING, name)
        for node in ahead.root.children:
            back = line.plant.trace(node.material, node.lot, forward=False)
            assert name in {child.lot for child in back.root.children}
    whole = [line.plant.lot(HOUSING, name) for name in lots]
    known = [lot for lot in whole if hasattr(lot, "flow")]
    assert sum(lot.flow.relabeled for lot in known) == 0
    line.plant.close()
