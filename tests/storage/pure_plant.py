"""What each thing that a plant is told must do, in its plainest form."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

from tests.storage.pure_ledger import Aside, No, PureLedger, Spot, Unit, never

DAY = date(2026, 1, 10)
"""The day of everything that is told."""


class PurePlant(PureLedger):
    """One site. ``tell`` takes a signal's body under its key, as a plant does."""

    def __init__(self, lots: dict[str, tuple[date, date]]) -> None:
        super().__init__()
        self.lots = lots
        """Last day of use and arrival of each lot."""
        self.told: dict[str, Any] = {}
        self.now = datetime.min.replace(tzinfo=UTC)
        self.steps = 0

    def tell(self, key: str, body: Any) -> str:
        """What the plant must answer."""
        if key in self.told:
            return "repeated" if self.told[key] == body else "refused"
        names = ("stock", "asides", "holds", "ended", "let", "units", "moved", "back")
        before = {name: deepcopy(getattr(self, name)) for name in names}
        self.steps += 1
        try:
            getattr(self, body.kind)(key, body)
        except No:
            self.__dict__.update(before)
            return "refused"
        self.told[key] = body
        return "accepted"

    def goods_received(self, key: str, body: Any) -> None:
        """From a supplier."""
        self._move(key, body, "~supplier", body.location)

    def stock_moved(self, key: str, body: Any) -> None:
        """From place to place."""
        to = body.to_location or "~consumed"
        never(body.from_location == body.to_location)
        self._move(key, body, body.from_location or "~supplier", to)

    def _move(self, key: str, body: Any, source: str, target: str) -> None:
        n = pieces(body.quantity)
        spots = [Spot(place, body.material, body.lot) for place in (source, target)]
        self.post(key, [(spots[0], -n), (spots[1], n)])

    def movement_reported(self, key: str, body: Any) -> None:
        """Any legs; a correction takes back no more than was moved."""
        legs = [(spot_of(leg), pieces(leg.quantity)) for leg in body.legs]
        if body.corrects is not None:
            original = self.told.get(body.corrects.partition("/")[2])
            never(original is None)
            never(getattr(original, "corrects", None), original.kind == "production_reported")
            of = body.corrects.partition("/")[2]
            never(of not in self.moved)
            back = self.back.setdefault(of, Counter())
            for spot, n in legs:
                back[spot] += n
            for spot in {spot for spot, _ in legs}:
                was = self.moved[of][spot]
                never(not min(0, -was) <= back[spot] <= max(0, -was))
        self.post(key, legs, under=body.under_hold)

    def stock_counted(self, key: str, body: Any) -> None:
        """What is there is there: promises that it cannot keep end, the newest first."""
        spot, counted = Spot(body.location, body.material, body.lot), pieces(body.counted)
        on_it = [a for a in self.asides.values() if any(s == spot and n for s, n in a.left)]
        for aside in sorted(on_it, key=lambda one: -one.changed):
            if self.reserved(spot) > counted:
                self._end(aside)
        if delta := counted - self.stock[spot]:
            other = spot._replace(place="~adjustment")
            self.post(key, [(spot, delta), (other, -delta)], counting=True)

    # reservations

    def reservation_placed(self, key: str, body: Any) -> None:
        """Set aside what the policy takes first."""
        del key
        never(body.reservation in self.asides, body.expires_at and body.expires_at <= self.now)
        rest, legs = pieces(body.quantity), []
        for spot in sorted(self.stock, key=lambda one: self._order(body, one)):
            if self._may(body, spot) and rest and self.free(spot):
                legs.append([spot, min(rest, self.free(spot))])
                rest -= legs[-1][1]
        never(rest)
        aside = Aside(legs, body.to_location, body.expires_at, self.steps)
        self.asides[body.reservation] = aside

    def _order(self, body: Any, spot: Spot) -> tuple[Any, ...]:
        ends, came = self.lots.get(spot.lot, (date.max, date.max))
        key = (spot.place, spot.lot, spot.unit, spot.status)
        named = body.lot is not None or body.handling_unit is not None
        match "specific" if named else body.selection:
            case "fifo":
                return (came, ends, *key)
            case "lifo":
                return (spot.lot not in self.lots, date.max - came, ends, *key)
        return (ends, came, *key)

    def _may(self, body: Any, spot: Spot) -> bool:
        ends, _ = self.lots.get(spot.lot, (None, None))
        lives = not body.min_remaining_days or (
            ends is not None and (ends - DAY).days >= body.min_remaining_days
        )
        asked = (
            (body.location, spot.place), (body.lot, spot.lot), (body.handling_unit, spot.unit),
        )  # fmt: skip
        return (
            lives and spot.place[0] != "~" and spot.status == "available"
            and spot.material == body.material
            and all(want is None or want == there for want, there in asked)
        )  # fmt: skip

    def reservation_picked(self, key: str, body: Any) -> None:
        """Take of it, leg by leg."""
        aside, rest = self._open(body.reservation), pieces(body.quantity)
        kept = sum(n for _, n in aside.left)
        never(rest > kept, rest < 1 and not body.is_last)
        legs: list[tuple[Spot, int]] = []
        is_over = body.is_last or rest == kept
        for leg in aside.left:
            spot, taken = leg[0], min(leg[1], rest)
            rest, leg[1] = rest - taken, leg[1] - taken
            if taken:
                to = spot._replace(place=aside.to or "~consumed", unit="")
                legs += [(spot, -taken), (to, taken)]
        aside.changed = self.steps
        if is_over:
            self._end(aside)
        if legs:
            due = Counter({spot: -n for spot, n in legs if n < 0})
            self.post(key, legs, due=due)

    def reservation_voided(self, key: str, body: Any) -> None:
        """It is not used."""
        del key
        self._end(self._open(body.reservation))

    def expire(self, now: datetime) -> None:
        """Time passes; what was not picked in time is free again."""
        self.now = now
        for aside in self.asides.values():
            if aside.is_open and aside.expires_at is not None and aside.expires_at <= now:
                self._end(aside)

    def _open(self, name: str) -> Aside:
        never(name not in self.asides or not self.asides[name].is_open)
        return self.asides[name]

    def _end(self, aside: Aside) -> None:
        aside.left, aside.is_open = [], False

    # holds

    def hold_placed(self, key: str, body: Any) -> None:
        """Freeze what fits."""
        del key
        never(body.hold in self.holds, body.hold in self.ended)
        self.holds[body.hold] = body

    def hold_released(self, key: str, body: Any) -> None:
        """End a hold, or let some stock go that no other hold is on."""
        del key
        never(body.hold not in self.holds)
        if body.quantity is None:
            del self.holds[body.hold]
            self.ended.add(body.hold)
            return
        hold, rest = self.holds[body.hold], pieces(body.quantity)
        material, lot = body.material or hold.material, hold.lot if body.lot is None else body.lot
        never(not material, hold.material and material != hold.material)
        for spot in sorted(self.stock, key=lambda one: (one.lot, one.unit, one.status)):
            there = spot.place == body.location and spot.material == material
            if there and self.covering(spot) == {hold.hold} and (not lot or lot == spot.lot):
                part = min(rest, self.stock[spot] - self.loose(spot))
                self.let[hold.hold, spot] = self.loose(spot) + part
                rest -= part
        never(rest)

    # handling units

    def handling_unit_packed(self, key: str, body: Any) -> None:
        """Put stock and other units into a unit."""
        name, here = body.handling_unit, body.location
        never(self.units.setdefault(name, Unit(here)).place != here)
        for child in body.units:
            never(child in self.around(name))
            state = self.units.setdefault(child, Unit(here))
            never(state.parent not in {None, name}, state.place != here)
            state.parent = name
        source = [
            (spot_of(leg)._replace(place=here), pieces(leg.quantity)) for leg in body.contents
        ]
        self._transfer(key, [(spot, spot._replace(unit=name), n) for spot, n in source])

    def handling_unit_unpacked(self, key: str, body: Any) -> None:
        """Take stock and units out of it; nothing that a hold keeps."""
        name = body.handling_unit
        never(name not in self.units)
        here = self.units[name].place
        direct = [one for one, state in self.units.items() if state.parent == name]
        never(set(body.units) - set(direct))
        taken = [
            (spot_of(leg)._replace(place=here, unit=name), pieces(leg.quantity))
            for leg in body.contents
        ]
        is_part = body.contents or body.units
        for child in body.units if is_part else direct:
            for spot, n in self.contents([child, *self.within(child)]):
                never(self.covering(spot) and self.loose(spot) < n)
            self.units[child].parent = None
        taken = taken if is_part else self.contents([name])
        self._transfer(key, [(spot, spot._replace(unit=""), n) for spot, n in taken])

    def handling_unit_moved(self, key: str, body: Any) -> None:
        """Take a unit elsewhere, or out, with all that is in it."""
        name, to = body.handling_unit, body.to_location
        never(name not in self.units)
        never(self.units[name].parent, self.units[name].place == to)
        units = [name, *self.within(name)]
        stock = self.contents(units)
        if to is None:
            out = [(s, s._replace(place="~customer", status="available"), n) for s, n in stock]
            self._transfer(key, out, under=body.under_hold)
            for one in units:
                del self.units[one]
            return
        for one in units:
            self.units[one].place = to
        legs = [(spot, spot._replace(place=to), n) for spot, n in stock]
        self._transfer(key, legs, under=body.under_hold)

    def _transfer(
        self, key: str, parts: list[tuple[Spot, Spot, int]], under: str | None = None
    ) -> None:
        if under is None:
            never(*(self.free(spot) < n for spot, _, n in parts))
        legs = [(spot, -n) for spot, _, n in parts] + [(to, n) for _, to, n in parts]
        if legs:
            self.post(key, legs, under=under)

    # production

    def production_reported(self, key: str, body: Any) -> None:
        """What went in is consumed and what came out is made, or it is the same stock told anew."""
        told, sign = body, 1
        if body.corrects is not None:
            of = body.corrects.partition("/")[2]
            told, sign = self.told.get(of), -1
            never(told is None, of in self.back)
            never(told.kind != "production_reported" or told.corrects)
            self.back[of] = Counter()
        used, made = (
            [(spot_of(one), pieces(one.quantity)) for one in side]
            for side in (told.used, told.made)
        )
        taken: Counter[Spot] = Counter()
        for spot, n in used if sign > 0 else made:
            taken[spot] += n
        never(*(self.free(spot) < n for spot, n in taken.items()))
        legs = [(spot, -sign * n) for spot, n in used] + [(spot, sign * n) for spot, n in made]
        if told.step in {"production", "scrap"}:
            away = "~scrapped" if told.step == "scrap" else "~consumed"
            for side, place, way in ((used, away, sign), (made, "~produced", -sign)):
                legs += [(Spot(place, s.material, s.lot), way * n) for s, n in side]
        self.post(key, legs)


def spot_of(leg: Any) -> Spot:
    """What a leg or line is of."""
    place = leg.location or f"~{getattr(leg, 'outside', '')}"
    return Spot(place, leg.material, leg.lot, leg.handling_unit, str(leg.disposition))


def pieces(quantity: Any) -> int:
    """Whole pieces."""
    return int(quantity.amount)
