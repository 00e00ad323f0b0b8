"""Whatever happens in whatever order, the record says what the plainest of ledgers says."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chargehand.plant import intake, policies
from chargehand.plant.auditing import verify
from chargehand.record import reserving
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    HoldPlaced,
    HoldReleased,
    LegReported,
    LotDefined,
    Made,
    MovementReported,
    ProductionReported,
    ReservationPicked,
    ReservationPlaced,
    ReservationVoided,
    Used,
)
from chargehand.storage.balances import Chosen, balances
from chargehand.storage.history import History
from chargehand.storage.holds import hold_of
from chargehand.storage.looking_back import cut
from chargehand.storage.segment import legs_of
from chargehand.storage.stock import key_of
from chargehand.storage.store import Store
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.lot import Disposition, MaterialLot
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import policy_text
from tests.storage.pure_ledger import Spot
from tests.storage.pure_plant import DAY, PurePlant

EXAMPLES = int(os.environ.get("CHARGEHAND_EXAMPLES", "30"))
STEPS = int(os.environ.get("CHARGEHAND_STEPS", "50"))
PERSON, SIGNED = "ada", "I have seen the report"
HOLDS = '[[holds]]\nroles = ["admin"]\nsites = ["*"]\nfour_eyes = false\n'
PLACES = ["A", "B", "C"]
LOTS = {
    "L1": (date(2030, 6, 1), date(2026, 1, 1)),
    "L2": (date(2030, 1, 1), date(2026, 1, 2)),
    "L3": (date(2030, 3, 1), date(2026, 1, 3)),
}
"""Last day of use and arrival: FEFO, FIFO and LIFO each take another one first."""
HOLDS_MAX = 2
TOO_MANY = 6
LONG = 1500
"""Days of life that L2 has not left."""
AT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
NAMES = itertools.count(1)
PIECE = 1_000_000

places, lots = st.sampled_from(PLACES), st.sampled_from(["", *LOTS])
amounts, which = st.integers(1, 6), st.integers(0, 9)
statuses = st.sampled_from(["available", "available", "damaged"])
outsides = st.sampled_from(["~supplier", "~consumed", "~scrapped", "~customer"])


@dataclass
class Ground:
    """One database for all runs on an engine: each has a site, materials and units of its own."""

    place: Any
    store: Store
    minutes: int = 0

    def clock(self) -> datetime:
        return AT + timedelta(minutes=self.minutes)

    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.place, self.clock)


class Machine(RuleBasedStateMachine):
    """Tells a plant and the ledger the same; compares all that they say after each step."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground, self.run = ground, next(NAMES)
        self.site = f"S{self.run}"
        self.materials = [f"M{self.run}", f"N{self.run}"]
        self.units = [f"{kind}{self.run}" for kind in ("PALLET-", "BOX-", "TOTE-")]
        self.pure = PurePlant(LOTS)
        self.keys = itertools.count()
        self.sent: list[tuple[str, Any]] = []

    @initialize(held=st.booleans())
    def define(self, *, held: bool = False) -> None:
        bodies: list[Any] = []
        for material in self.materials:
            known = MaterialDefinition(material=material)
            bodies.append(kinds.MaterialDefined(definition=known))
            for lot, (ends, came) in LOTS.items():
                made = MaterialLot(material=material, lot=lot, expires_on=ends, received_on=came)
                bodies.append(LotDefined(definition=made))
        for place in PLACES:
            where = OperationalLocation(site=self.site, location=place)
            bodies.append(kinds.LocationDefined(definition=where))
        taken = [self.signal(body) for body in bodies]
        answers = intake.take(self.ground.store, taken)
        assert {one.status for one in answers} == {"accepted"}
        self.before = max(one.entry for one in answers)
        for place, lot in itertools.product(PLACES[:2], ["", *LOTS]):
            self.tell(self.receipt(place, lot, 5))
        if held:
            name, first = f"H{self.run}-0", self.materials[0]
            self.tell(
                HoldPlaced(hold=name, site=self.site, reason="dented", material=first, lot="L1")
            )

    # telling

    def signal(self, body: Any, key: str | None = None, source: str | None = None) -> Signal:
        key = key or f"{self.run}-{next(self.keys)}"
        source = source or (f"person:{PERSON}" if isinstance(body, HoldReleased) else "wms")
        return Signal(source=source, key=key, body=body, occurred_at=AT)

    def tell(self, *bodies: Any, key: str | None = None) -> list[str]:
        """Tell both, all at once; they must answer the same."""
        signals = [self.signal(body, key) for body in bodies]
        sender = PERSON if isinstance(bodies[0], HoldReleased) else ""
        answers = intake.take(self.ground.store, signals, sender=sender)
        told = [self.pure.tell(one.key, one.body) for one in signals]
        said = [str(one.status) for one in answers]
        assert said == told, [one.refusal and one.refusal.because for one in answers]
        self.sent += [(one.key, one.body) for one in signals]
        return said

    def receipt(self, place: str, lot: str, n: int) -> kinds.GoodsReceived:
        return kinds.GoodsReceived(
            site=self.site, location=place, material=self.materials[0], lot=lot,
            quantity=Quantity.pieces(n),
        )  # fmt: skip

    def leg(self, spot: Spot, n: int) -> LegReported:
        inside = not spot.place.startswith("~")
        return LegReported(
            material=spot.material, quantity=Quantity.pieces(n), lot=spot.lot,
            handling_unit=spot.unit, disposition=Disposition(spot.status),
            location=spot.place if inside else None,
            outside="adjustment" if inside else spot.place[1:],
        )  # fmt: skip

    def moving(self, *legs: tuple[Spot, int], **more: Any) -> MovementReported:
        told = tuple(self.leg(spot, n) for spot, n in legs)
        return MovementReported(site=self.site, business_step="storing", legs=told, **more)

    def standing(self, at: int, *, unit: bool | None = None) -> Spot:
        """Something that stands in the plant, where there is any."""
        there = [
            spot for spot, n in sorted(self.pure.stock.items())
            if n and spot.place[0] != "~" and unit in {None, bool(spot.unit)}
        ]  # fmt: skip
        return there[at % len(there)] if there else Spot("A", self.materials[0])

    def some(self, spot: Spot, n: int) -> int:
        """So much of it, or all there is; the largest number asks for more than there may be."""
        return n if n >= TOO_MANY else max(1, min(n, self.pure.stock[spot]))

    # what happens

    @rule(place=places, lot=lots, n=amounts)
    def receive(self, place, lot, n):
        self.tell(self.receipt(place, lot, n))

    @rule(at=which, to=st.sampled_from([*PLACES, None]), n=amounts)
    def move(self, at, to, n):
        spot = self.standing(at, unit=False)
        self.tell(
            kinds.StockMoved(
                site=self.site, material=spot.material, lot=spot.lot, from_location=spot.place,
                to_location=to, quantity=Quantity.pieces(self.some(spot, n)),
            )
        )  # fmt: skip

    @rule(
        ends=st.lists(st.tuples(which, places, amounts, statuses), min_size=1, max_size=5),
        off=st.sampled_from([0, 0, 0, 0, 1]),
    )
    def move_in_one(self, ends, off):
        """One movement of many legs, which cancel out unless ``off``."""
        legs = []
        for at, to, n, status in ends:
            spot = self.standing(at)
            some = self.some(spot, n)
            legs += [(spot, -some), (spot._replace(place=to, unit="", status=status), some)]
        legs[0] = (legs[0][0], legs[0][1] - off)
        self.tell(self.moving(*(leg for leg in legs if leg[1])))

    @rule(
        ends=st.lists(st.tuples(which, places, amounts), min_size=2, max_size=12),
        again=st.booleans(),
    )
    def move_by_the_lane(self, ends, again):
        """A batch of plain movements; twice, or with one of them told before."""
        bodies = []
        for at, to, n in ends:
            spot = self.standing(at, unit=False)
            some = self.some(spot, n)
            bodies.append(self.moving((spot, -some), (spot._replace(place=to), some)))
        self.tell(*bodies)
        if again:
            self.repeat(len(self.sent) - 1)

    @rule(at=which, out=outsides, n=amounts, back=st.booleans())
    def cross_the_border(self, at, out, n, back):
        spot = self.standing(at)
        other = spot._replace(place=out, unit="")
        self.tell(self.moving((other, -n if back else n), (spot, n if back else -n)))

    @rule(at=which, place=places, lot=lots, n=st.integers(0, 8), here=st.booleans())
    def count(self, at, place, lot, n, here):
        spot = self.standing(at, unit=False) if here else Spot(place, self.materials[0], lot)
        self.tell(
            kinds.StockCounted(
                site=self.site, location=spot.place, material=spot.material, lot=spot.lot,
                counted=Quantity.pieces(n),
            )
        )  # fmt: skip

    @precondition(lambda self: self.pure.told)
    @rule(at=st.integers(0, 99), n=st.integers(0, 7))
    def correct(self, at, n):
        """Take a movement back, or ``n`` of its first two legs."""
        key = list(self.pure.told)[-1 - at % len(self.pure.told)]
        moved = list(self.pure.moved.get(key, {}).items())
        if not moved:
            spot = self.standing(at)
            moved = [(spot, 1), (spot._replace(place="~supplier", unit=""), -1)]
        if n and len(moved) == 2:
            moved = [(spot, n if delta > 0 else -n) for spot, delta in moved]
        source = "person:ada" if isinstance(self.pure.told[key], HoldReleased) else "wms"
        legs = [(spot, -delta) for spot, delta in moved]
        self.tell(self.moving(*legs, corrects=f"{source}/{key}"))

    @rule(
        n=amounts, place=st.sampled_from([None, None, *PLACES]),
        selection=st.sampled_from(["fefo", "fifo", "lifo"]),
        lot=st.sampled_from([None, None, None, *LOTS]),
        unit=st.sampled_from([None] * 7 + [0, 1]),
        days=st.sampled_from([0] * 7 + [LONG]), to=st.sampled_from([None, *PLACES]),
        minutes=st.sampled_from([None, None, 5, 30]), again=st.booleans(),
    )  # fmt: skip
    def reserve(self, *, n, place, selection, lot, unit, days, to, minutes, again):
        name = f"R{self.run}-{len(self.pure.asides) + (0 if again else 1)}"
        self.tell(
            ReservationPlaced(
                reservation=name, site=self.site, material=self.materials[0], location=place,
                quantity=Quantity.pieces(n), selection=selection, lot=lot, to_location=to,
                handling_unit=None if unit is None else self.units[unit], min_remaining_days=days,
                expires_at=minutes and self.ground.clock() + timedelta(minutes=minutes),
            )
        )  # fmt: skip

    @rule(at=which, n=amounts, to=st.sampled_from([None, *PLACES]))
    def reserve_what_is_free(self, at, n, to):
        spots = [spot for spot in sorted(self.pure.stock) if self.pure.free(spot)]
        spots = [spot for spot in spots if spot.status == "available" and spot.place[0] != "~"]
        if spots:
            spot = spots[at % len(spots)]
            self.tell(
                ReservationPlaced(
                    reservation=f"R{self.run}-{len(self.pure.asides) + 1}", site=self.site,
                    material=spot.material, location=spot.place, lot=spot.lot or None,
                    quantity=Quantity.pieces(n), to_location=to,
                )
            )  # fmt: skip

    @precondition(lambda self: any(one.is_open for one in self.pure.asides.values()))
    @rule(at=which, n=st.integers(0, 3), last=st.booleans())
    def pick(self, at, n, last):
        body = ReservationPicked(
            reservation=self.aside(at), quantity=Quantity.pieces(n), is_last=last
        )
        self.tell(body)

    @precondition(lambda self: self.pure.asides)
    @rule(at=which)
    def void(self, at):
        self.tell(ReservationVoided(reservation=self.aside(at), reason="not needed"))

    def aside(self, at: int) -> str:
        """A reservation, an open one rather than not."""
        names = [name for name, one in self.pure.asides.items() if one.is_open]
        names = names or list(self.pure.asides)
        return names[at % len(names)]

    @rule(minutes=st.sampled_from([1, 10, 40]))
    def wait(self, minutes):
        self.ground.minutes += minutes
        self.ground.store.write(reserving.expire)
        self.pure.expire(self.ground.clock())

    @precondition(lambda self: len(self.pure.holds) < HOLDS_MAX)
    @rule(
        material=st.sampled_from([None, 0, 0, 1]), lot=st.sampled_from([None, *LOTS]),
        place=st.sampled_from([None, *PLACES]), unit=st.sampled_from([None] * 3 + [0, 1, 2]),
        at=which,
    )  # fmt: skip
    def place_hold(self, material, lot, place, unit, at):
        if material is None and place is None and unit is None:
            material = 0
        named = None if material is None else self.materials[material]
        body = HoldPlaced(
            hold=f"H{self.run}-{len(self.pure.holds) + len(self.pure.ended) + bool(at)}",
            site=self.site, reason="cracked", material=named, lot=lot if named else None,
            location=place, handling_unit=None if unit is None else self.units[unit],
        )  # fmt: skip
        self.tell(body)

    @precondition(lambda self: self.pure.holds)
    @rule(at=which)
    def release_hold(self, at):
        self.release(list(self.pure.holds)[at % len(self.pure.holds)])

    @precondition(lambda self: self.pure.holds)
    @rule(at=which, stock=which, n=st.integers(1, 4))
    def release_part(self, at, stock, n):
        name, spot = self.frozen(at, stock)
        self.release(
            name, location=spot.place, material=spot.material, lot=spot.lot or None,
            quantity=Quantity.pieces(n),
        )  # fmt: skip

    def release(self, name: str, **part: Any) -> None:
        self.tell(HoldReleased(hold=name, reason="seen", person=PERSON, signature=SIGNED, **part))

    def frozen(self, at: int, stock: int) -> tuple[str, Spot]:
        """A hold, and something that it freezes, where there is any."""
        name = list(self.pure.holds)[at % len(self.pure.holds)]
        found = [
            spot for spot, there in sorted(self.pure.stock.items())
            if there and name in self.pure.covering(spot)
        ]  # fmt: skip
        return name, found[stock % len(found)] if found else self.standing(stock)

    @precondition(lambda self: self.pure.holds)
    @rule(at=which, stock=which, to=places, n=st.integers(1, 3), many=st.integers(1, 3))
    def take_what_is_frozen(self, at, stock, to, n, many):
        """By the lane, alone and beside others."""
        _, spot = self.frozen(at, stock)
        n = self.some(spot, n)
        took = self.moving((spot, -n), (spot._replace(place=to, unit=""), n))
        brought = spot._replace(place="~supplier", unit="")
        came = self.moving((brought, -n), (spot._replace(place=to, unit=""), n))
        self.tell(*[took, came] * many if many > 1 else [took])

    @precondition(lambda self: self.pure.holds)
    @rule(at=which, stock=which, to=st.one_of(places, outsides), n=st.integers(1, 3))
    def move_under_hold(self, at, stock, to, n):
        name, spot = self.frozen(at, stock)
        self.tell(self.moving((spot, -n), (spot._replace(place=to, unit=""), n), under_hold=name))

    @rule(
        unit=st.integers(0, 2), inner=st.sampled_from([None, None, 0, 1, 2]), place=places,
        ends=st.lists(st.tuples(which, amounts), max_size=2, unique_by=lambda end: end[0]),
    )  # fmt: skip
    def pack(self, unit, inner, place, ends):
        state = self.pure.units.get(self.units[unit])
        place = place if state is None else state.place
        found = [(self.standing(at), n) for at, n in ends]
        chosen = {spot: n for spot, n in found if spot.place == place}
        chosen = {s: n for s, n in chosen.items() if s.unit != self.units[unit]}
        self.tell(
            HandlingUnitPacked(
                site=self.site, location=place, handling_unit=self.units[unit],
                contents=tuple(
                    replace(self.leg(spot, n), location=None) for spot, n in chosen.items()
                ),
                units=() if inner in {None, unit} else (self.units[inner],),
            )
        )  # fmt: skip

    @rule(unit=st.integers(0, 2), at=which, n=amounts, part=st.booleans())
    def unpack(self, unit, at, n, part):
        name = self.units[unit]
        stock = self.pure.contents([name])
        inner = [one for one, state in self.pure.units.items() if state.parent == name]
        contents: tuple[LegReported, ...] = ()
        units: tuple[str, ...] = ()
        if part and stock:
            spot, _ = stock[at % len(stock)]
            contents = (replace(self.leg(spot, n), location=None, handling_unit=""),)
        elif part and inner:
            units = (inner[at % len(inner)],)
        self.tell(HandlingUnitUnpacked(handling_unit=name, contents=contents, units=units))

    @rule(
        unit=st.integers(0, 2), to=st.sampled_from([*PLACES, None]), under=st.booleans(), at=which
    )
    def move_unit(self, unit, to, under, at):
        holds = list(self.pure.holds)
        name = holds[at % len(holds)] if under and holds else None
        known = [one for one in self.units if one in self.pure.units] or self.units
        body = HandlingUnitMoved(
            handling_unit=known[unit % len(known)], to_location=to, under_hold=name
        )
        self.tell(body)

    @rule(
        ends=st.lists(st.tuples(which, st.integers(1, 3)), min_size=1, max_size=2),
        lot=st.sampled_from(["", "L1"]), place=places, n=amounts,
    )  # fmt: skip
    def produce(self, ends, lot, place, n):
        spots = [(self.standing(at), some) for at, some in ends]
        used = tuple(self.used(spot, some) for spot, some in spots if spot.status == "available")
        made = self.made(Spot(place, self.materials[1], lot), n)
        self.tell(self.report("production", used, (made,)))

    @rule(at=which, to=st.sampled_from(list(LOTS)), place=places, n=amounts, kept=st.integers(0, 3))
    def split(self, at, to, place, n, kept):
        spot = self.standing(at)
        if not spot.lot or spot.lot == to:
            return
        made = [self.made(spot._replace(place=place, lot=to, unit=""), n)]
        made += [self.made(spot, kept)] if kept else []
        self.tell(self.report("split", (self.used(spot, n + kept),), tuple(made)))

    @rule(ends=st.lists(st.tuples(which, st.integers(1, 4)), min_size=2, max_size=3), place=places)
    def merge(self, ends, place):
        spots = [(self.standing(at), n) for at, n in ends]
        first = spots[0][0]
        spots = [(s, n) for s, n in spots if s.lot and s.material == first.material]
        if not any(spot.lot != "L3" for spot, _ in spots):
            return
        into = Spot(place, first.material, "L3")
        used = tuple(self.used(spot, n) for spot, n in spots)
        self.tell(self.report("merge", used, (self.made(into, sum(n for _, n in spots)),)))

    @rule(at=which, n=amounts, scrap=st.booleans())
    def rework_or_scrap(self, at, n, scrap):
        spot = self.standing(at)
        after = spot._replace(unit="", status="available")
        made = () if scrap else (self.made(after, n),)
        self.tell(self.report("scrap" if scrap else "rework", (self.used(spot, n),), made))

    @rule(at=which)
    def correct_production(self, at):
        told = self.pure.told
        keys = [key for key, body in told.items() if body.kind == "production_reported"]
        if keys:
            key = keys[at % len(keys)]
            body = replace(told[key], used=(), made=(), corrects=f"wms/{key}")
            self.tell(body)

    def report(self, step: str, used: Any, made: Any) -> ProductionReported:
        return ProductionReported(
            site=self.site, order=f"O{self.run}", step=step, used=used, made=made
        )

    def used(self, spot: Spot, n: int) -> Used:
        return Used(
            material=spot.material, quantity=Quantity.pieces(n), location=spot.place, lot=spot.lot,
            handling_unit=spot.unit, disposition=Disposition(spot.status),
        )  # fmt: skip

    def made(self, spot: Spot, n: int) -> Made:
        return Made(
            material=spot.material, quantity=Quantity.pieces(n), location=spot.place, lot=spot.lot,
            handling_unit=spot.unit, disposition=Disposition(spot.status),
        )  # fmt: skip

    @rule(at=st.integers(0, 99))
    def repeat(self, at):
        """What was accepted counts once; what was refused may be taken now."""
        key, body = self.sent[-1 - at % len(self.sent)]
        self.tell(body, key=key)

    @rule(at=st.integers(0, 99), place=places, n=amounts)
    def reuse_a_key(self, at, place, n):
        key, body = self.sent[-1 - at % len(self.sent)]
        if not isinstance(body, HoldReleased):
            self.tell(self.receipt(place, "", n), key=key)

    @rule(bodies=st.lists(st.tuples(which, places, amounts, st.booleans()), min_size=2, max_size=5))
    def tell_many_at_once(self, bodies):
        """Receipts and movements in one batch; each may rest on the one before."""
        told: list[Any] = []
        for at, place, n, is_receipt in bodies:
            spot = self.standing(at, unit=False)
            some = self.some(spot, n)
            moved = self.moving((spot, -some), (spot._replace(place=place), some))
            told.append(self.receipt(spot.place, spot.lot, n) if is_receipt else moved)
        self.tell(*told)

    @rule()
    def look_back(self):
        """Let the background work make the history that questions about the past rest on."""
        self.ground.store.rest()
        History(self.ground.store, run=4, fan=3, slice=5).catch_up()

    @rule()
    def reopen(self):
        self.ground.reopen()

    # what must hold

    @invariant()
    def agrees(self):
        with self.ground.store.snapshot() as sql:
            rows = sql.execute(
                "SELECT * FROM balance WHERE material IN (?, ?)", self.materials
            ).fetchall()
            found = {self.spot(key_of(row)): row for row in rows}
            self.balances_agree(found)
            self.laws_hold(rows)
            self.journal_agrees(sql, found)
            self.units_agree(sql)

    def spot(self, key: Any) -> Spot:
        place = key.account.removeprefix(f"{self.site}/")
        return Spot(place, key.material, key.lot, key.handling_unit, key.disposition)

    def balances_agree(self, found: dict[Spot, Any]) -> None:
        pure = self.pure
        assert {s: row["scaled"] for s, row in found.items() if row["scaled"]} == {
            spot: n * PIECE for spot, n in pure.stock.items() if n
        }
        for spot, row in found.items():
            if spot.place[0] != "~":
                assert row["reserved"] == pure.reserved(spot) * PIECE, spot
                if row["scaled"]:
                    assert row["frozen"] == len(pure.covering(spot)), spot
                    loose = min(row["released"], row["scaled"]) if row["frozen"] == 1 else 0
                    loose = loose if row["frozen"] else row["scaled"]
                    assert loose == pure.loose(spot) * PIECE, spot

    def laws_hold(self, rows: list[Any]) -> None:
        sums: Counter[str] = Counter()
        for row in rows:
            sums[row["material"]] += row["scaled"]
            if row["account"][0] != "~":
                assert 0 <= row["reserved"] <= row["scaled"]
        assert not any(sums.values())

    def journal_agrees(self, sql: Any, found: dict[Spot, Any]) -> None:
        """Adding up all movements gives the balances; so does stock as of now."""
        rebuilt: Counter[Spot] = Counter()
        for row in sql.execute(
            "SELECT body FROM journal WHERE kind = 'movement' AND number > ?", (self.before,)
        ).fetchall():
            for at, scaled in legs_of(row["body"]):
                account, material, lot, _, unit, status = at
                place = account.removeprefix(f"{self.site}/")
                rebuilt[Spot(place, material, lot, unit, status)] += scaled
        there = {spot: row["scaled"] for spot, row in found.items() if row["scaled"]}
        assert {spot: n for spot, n in rebuilt.items() if n} == there
        at_present = cut(sql, occurred=AT + timedelta(seconds=1), known=None)
        told = {
            self.spot(key_of(row)): n
            for row, n in balances(sql, Chosen(site=self.site), cut=at_present)
        }
        assert told == {spot: n for spot, n in there.items() if spot.place[0] != "~"}

    def units_agree(self, sql: Any) -> None:
        rows = sql.execute(
            "SELECT * FROM handling_unit WHERE unit IN (?, ?, ?) AND state = 'present'", self.units
        ).fetchall()
        found = {row["unit"]: (row["location"], row["parent"] or None) for row in rows}
        assert found == {name: (u.place, u.parent) for name, u in self.pure.units.items()}
        active = sql.execute(
            "SELECT * FROM hold WHERE site = ? AND state = 'active'", (self.site,)
        ).fetchall()
        assert {hold_of(row).key for row in active} == set(self.pure.holds)


def test_the_record_is_what_the_plainest_ledger_is(place):
    ground = Ground(place, None)  # type: ignore[arg-type]
    ground.store = Store(place, ground.clock)
    assert not policies.first(ground.store, policy_text() + HOLDS)
    house = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(lambda: Machine(ground), settings=house)
        ground.store.rest()
        assert verify(ground.store).faults == ()
    finally:
        ground.store.close()
