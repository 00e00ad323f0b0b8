"""The trace on plain values: its laws, and circles, orders and corrections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from chargehand.record.ledger import Account, BalanceKey, Leg, Movement
from chargehand.record.lineage import Link, LotKey, relotted, trace
from chargehand.vocabulary.identifier import LotId, MaterialId, SerialId
from chargehand.vocabulary.quantity import Unit


@dataclass
class Links:
    """Genealogy as a list."""

    rows: Sequence[Link]

    def of_used(self, keys: Sequence[LotKey]) -> list[Link]:
        return [r for r in self.rows if r.used and any(r.used.meets(key) for key in keys)]

    def of_made(self, keys: Sequence[LotKey]) -> list[Link]:
        return [r for r in self.rows if r.made and any(r.made.meets(key) for key in keys)]

    def of_orders(self, orders: Collection[tuple[str, str]], *, only_apart: bool) -> list[Link]:
        return [
            r for r in self.rows
            if (r.site, r.order) in orders and not (only_apart and r.used and r.made)
        ]  # fmt: skip


def lot(name: str, serial: str = "") -> LotKey:
    return LotKey(MaterialId(f"M-{name[:1]}"), LotId(name), SerialId(serial))


def link(entry: int, used: str | None, made: str | None, amount: int = 10, **more) -> Link:
    fields = {"order": f"O{entry}", "kind": "production", "site": "S", "is_backflushed": False}
    return Link(
        **{"entry": entry, "used": used and lot(used), "made": made and lot(made),
           "used_scaled": amount if used else 0, "made_scaled": amount if made else 0,
           "at": f"2026-01-{entry % 28 + 1:02}", **fields, **more},
    )  # fmt: skip


def reach(rows: Sequence[Link], start: str, *, forward: bool = True) -> set[str]:
    found = trace(lot(start), Links(rows), forward=forward)
    return {key.lot for key in found.levels if key != found.start}


graphs = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), st.sampled_from("OPQ"),
        st.sampled_from(["both", "used", "made"]),
    ),
    max_size=25,
)  # fmt: skip


def rows_of(graph) -> list[Link]:
    return [
        link(n, None if side == "made" else one, None if side == "used" else two, order=order)
        for n, (one, two, order, side) in enumerate(graph, start=1)
    ]


def oracle(graph, start: str, *, forward: bool) -> set[str]:
    """Reachability by closing a plain relation, the slow way."""
    pairs = {(one, two) for one, two, _, side in graph if side == "both"}
    by_order = defaultdict(list)
    for n, (one, two, order, side) in enumerate(graph):
        by_order[order].append((n, one, two, side))
    for reports in by_order.values():
        for n, one, _, side in reports:
            for m, _, two, other in reports:
                apart = side == "used" or other == "made"
                if n != m and side != "made" and other != "used" and apart:
                    pairs.add((one, two))
    if not forward:
        pairs = {(two, one) for one, two in pairs}
    found, ahead = set(), {start}
    while ahead:
        ahead = {two for one, two in pairs if one in ahead} - found
        found |= ahead
    return found - {start}


@given(graph=graphs, start=st.sampled_from("abcdefgh"), forward=st.booleans())
def test_a_trace_reaches_what_closing_the_relation_reaches(graph, start, forward):
    assert reach(rows_of(graph), start, forward=forward) == oracle(graph, start, forward=forward)


@given(graph=graphs, start=st.sampled_from("abcdefgh"))
def test_a_trace_back_of_a_trace_forward_contains_the_start(graph, start):
    rows = rows_of(graph)
    for key in reach(rows, start):
        assert start in reach(rows, key, forward=False)


def test_a_circle_of_rework_ends_and_is_shown():
    rows = [link(1, "a", "b"), link(2, "b", "b", kind="rework"), link(3, "b", "a")]
    found = trace(lot("a"), Links(rows), forward=True)
    assert set(found.levels) == {lot("a"), lot("b")}
    assert {(edge.used.lot, edge.made.lot) for edge in found.edges} == {
        ("a", "b"), ("b", "b"), ("b", "a"),
    }  # fmt: skip
    assert not found.is_cut


def test_levels_are_steps_and_a_trace_that_is_cut_says_so():
    rows = [link(n, chr(96 + n), chr(97 + n)) for n in range(1, 9)]
    whole = trace(lot("a"), Links(rows), forward=True)
    assert whole.levels[lot("i")] == 8
    part = trace(lot("a"), Links(rows), forward=True, levels=3)
    assert (max(part.levels.values()), part.is_cut, whole.is_cut) == (3, True, False)


def test_amounts_of_a_pair_add_up_over_reports_and_corrections():
    rows = [
        link(1, "a", "b", 10),
        replace(link(2, "a", "b"), used_scaled=5, made_scaled=3),
        replace(link(3, "a", "b"), used_scaled=-4, made_scaled=0),
    ]
    (edge,) = trace(lot("a"), Links(rows), forward=True).edges
    assert (edge.used_scaled, edge.made_scaled, edge.kinds) == (11, 13, ("production",))


def test_a_pair_whose_use_was_taken_back_whole_is_no_pair():
    rows = [link(1, "a", "b", 10), replace(link(2, "a", "b"), used_scaled=-10, made_scaled=0)]
    assert reach(rows, "a") == set()
    assert reach(rows, "b", forward=False) == set()


def test_use_and_output_told_apart_belong_together_by_their_order_and_site():
    rows = [
        link(1, "a", None, order="O"), link(2, None, "b", 7, order="O"),
        link(3, "c", "d", order="O"), link(4, None, "e", order="P"),
        link(5, None, "f", order="O", site="T"), link(6, "g", None, order="O", kind="scrap"),
    ]  # fmt: skip
    assert reach(rows, "a") == {"b", "d"}
    assert reach(rows, "c") == {"b", "d"}
    assert reach(rows, "b", forward=False) == {"a", "c"}
    assert reach(rows, "g") == set()
    edges = {edge.made.lot: edge for edge in trace(lot("a"), Links(rows), forward=True).edges}
    assert edges["b"].is_by_order
    assert (edges["b"].used_scaled, edges["b"].made_scaled) == (10, 7)


def test_what_is_not_told_apart_is_not_followed():
    bolts = LotKey(MaterialId("BOLT"))
    rows = [
        replace(link(1, "a", "b"), made=bolts),
        replace(link(2, "c", "d"), used=bolts),
    ]
    found = trace(lot("a"), Links(rows), forward=True)
    assert set(found.levels) == {lot("a"), bolts}


def test_a_single_thing_without_a_lot_meets_only_itself():
    one = LotKey(MaterialId("M"), serial=SerialId("S7"))
    assert one.meets(one)
    assert not one.meets(LotKey(MaterialId("M")))
    assert not one.meets(LotKey(MaterialId("M"), serial=SerialId("S8")))


def test_a_serial_meets_its_lot_and_no_other_serial():
    rows = [
        replace(link(1, "a", "b"), used=lot("a", "1")),
        replace(link(2, "a", "c"), used=lot("a", "2")),
        link(3, "a", "d"),
    ]
    assert reach(rows, "a") == {"b", "c", "d"}
    found = trace(lot("a", "1"), Links(rows), forward=True)
    assert {key.lot for key in found.levels} == {"a", "b", "d"}


def test_a_movement_from_lot_to_lot_is_told_from_one_from_place_to_place():
    def at(place: str, name: str) -> BalanceKey:
        return BalanceKey(Account(place), MaterialId("M"), LotId(name))

    moved = Movement(
        key="k", business_step="storing", unit=Unit.PIECE,
        legs=(Leg(at("S/A", "a"), -5), Leg(at("S/B", "a"), 5)),
    )  # fmt: skip
    assert relotted(moved) == ({}, {})
    split = replace(moved, legs=(*moved.legs, Leg(at("S/B", "a"), -2), Leg(at("S/B", "b"), 2)))
    m = MaterialId("M")
    assert relotted(split) == ({LotKey(m, LotId("a")): 2}, {LotKey(m, LotId("b")): 2})
