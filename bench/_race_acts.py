"""What a writer of the race does next, by chance of its own and by what it was told so far.

A writer's log has a line for each act that was answered, on the disk before the next act begins.
Chance depends on the seed, the writer and the act's number alone, and whatever else decides stands
in the log: so a writer that was killed repeats the very act that was under way, key and all, and
learns what became of it. When the race is over nothing is in doubt.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SITE = "RACE"
PLACES = ("BULK", "FACE")
MATERIALS = ("EXACT", "FEFO")
"""Of the first, reservations name lot and place, so that each balance can be reckoned from the
logs; of the second, the plant chooses, and the logs tell the material's whole stock."""
LOTS = ("L1", "L2", "L3")
OPENING = 60
"""Pieces of each lot at each place in the beginning."""
SERVICE, PERSON = "wms", "quality"
OPEN_MAX, HOLD_ACTS, REPEAT_EVERY = 3, 2, 17
SIGNED = "I looked at every box of it"
ACTS = {
    "move": 30, "receive": 8, "deliver": 4, "ship": 8, "reserve": 20, "pick": 18, "void": 5,
    "count": 5, "hold": 2,
}  # fmt: skip
"""How often each is done: so many of 100."""
Signal = dict[str, Any]
TAKEN = ("accepted", "repeated")


def source_of(account: str) -> str:
    """The name that an account tells under."""
    return account if account == SERVICE else f"person:{account}"


@dataclass(slots=True)
class Mine:
    """What a writer knows of its own doings, as its log has it."""

    acts: int = 0
    open: dict[str, int] = field(default_factory=dict)
    """Its reservations that are open as far as it knows: pieces that are left of each."""
    hold: str = ""
    hold_at: int = 0
    hold_of: tuple[str, str] = ("", "")
    is_parted: bool = False
    """Part of what it holds was let go already."""
    last: Signal | None = None
    """Its newest act that was accepted."""

    def learn(self, line: dict[str, Any]) -> None:
        """Take in a line of the log."""
        self.acts += 1
        body, taken = line["signal"]["body"], line["status"] in TAKEN
        if taken:
            self.last = line["signal"]
        match body["kind"]:
            case "reservation_placed" if taken:
                self.open[body["reservation"]] = _pieces(body)
            case "reservation_picked" if taken:
                left = self.open.get(body["reservation"], 0) - _pieces(body)
                self.open[body["reservation"]] = left
                if left <= 0 or body["is_last"]:
                    del self.open[body["reservation"]]
            case "reservation_picked" | "reservation_voided":
                if taken or line["code"] in {"reservation_closed", "unknown_reservation"}:
                    self.open.pop(body["reservation"], None)
            case "hold_placed" if taken:
                self.hold, self.hold_at, self.is_parted = body["hold"], self.acts, False
                self.hold_of = body["material"], body["lot"]
            case "hold_released" if body.get("quantity"):
                self.is_parted = True
            case "hold_released" if taken:
                self.hold = ""


class Log:
    """A writer's log: one JSON line for each answered act."""

    def __init__(self, path: Path) -> None:
        self.mine = Mine()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        text = path.read_bytes()
        os.ftruncate(self._file, text.rfind(b"\n") + 1)  # a line that the kill cut off
        for line in read_log(path):
            self._learn(line)

    def write(self, line: dict[str, Any]) -> None:
        """Put a line on the disk."""
        os.write(self._file, (json.dumps(line, separators=(",", ":")) + "\n").encode())
        os.fdatasync(self._file)
        self._learn(line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _learn(self, line: dict[str, Any]) -> None:
        if line["is_again"]:
            self.mine.acts += 1
        else:
            self.mine.learn(line)


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a log."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def beginnings(start: datetime) -> list[Signal]:
    """The definitions and the stock that the race begins with."""
    bodies: list[dict[str, Any]] = [
        {"kind": "material_defined", "definition": {"material": one, "description": one}}
        for one in MATERIALS
    ]
    for place, kind in zip(PLACES, ("bulk", "pick_face"), strict=True):
        definition = {"location": place, "site": SITE, "kind": kind}
        bodies.append({"kind": "location_defined", "definition": definition})
    bodies += [
        {
            "kind": "goods_received", "site": SITE, "location": place, "material": material,
            "lot": lot, "quantity": _quantity(OPENING),
        }
        for material in MATERIALS
        for lot in LOTS
        for place in PLACES
    ]  # fmt: skip
    return [_signal(SERVICE, f"begin-{n}", body, start) for n, body in enumerate(bodies)]


def next_act(seed: int, writer: int, mine: Mine, start: datetime) -> tuple[Signal, str, bool]:
    """The next signal, the account that tells it, and whether it is told a second time on purpose.

    Of those told again, every other one has another content under the same key, which must be
    refused.
    """
    chance = random.Random(f"{seed}/{writer}/{mine.acts}")
    key = f"{writer:02}-{mine.acts:06}"
    moment = start + timedelta(milliseconds=mine.acts)
    if mine.last is not None and mine.acts % REPEAT_EVERY == REPEAT_EVERY - 1:
        again = dict(mine.last)
        if mine.acts % 2 and "quantity" in again["body"]:
            again["body"] = again["body"] | {"quantity": _quantity(999)}
        account = SERVICE if again["source"] == SERVICE else PERSON
        return again, account, True
    if mine.hold and mine.acts - mine.hold_at >= HOLD_ACTS:
        return _signal(PERSON, key, _release(mine, chance), moment), PERSON, False
    return _signal(SERVICE, key, _body(chance, key, mine), moment), SERVICE, False


def _body(chance: random.Random, key: str, mine: Mine) -> dict[str, Any]:
    material, lot, place = (chance.choice(some) for some in (MATERIALS, LOTS, PLACES))
    at = {"site": SITE, "location": place, "material": material, "lot": lot}
    amount = chance.randint(1, 5)
    match _possible(chance.choices(tuple(ACTS), tuple(ACTS.values()))[0], mine):
        case "move":
            other = PLACES[1 - PLACES.index(place)]
            return _moved("storing", material, lot, [(place, -amount), (other, amount)])
        case "receive":
            return _moved("receiving", material, lot, [("~supplier", -amount), (place, amount)])
        case "deliver":
            return {"kind": "goods_received", **at, "quantity": _quantity(amount)}
        case "ship":
            outside = chance.choice(("~customer", "~consumed"))
            return _moved("shipping", material, lot, [(place, -amount), (outside, amount)])
        case "reserve" | "pick" | "void" as act:
            return _set_aside(act, chance, mine, at, key)
        case "hold":
            where = {"location": place if chance.random() < 0.5 else None}
            return {
                "kind": "hold_placed", "hold": f"H-{key}", "reason": "dented boxes", **at, **where,
            }  # fmt: skip
        case _:
            return {
                "kind": "stock_counted", **at, "counted": _quantity(chance.randint(20, OPENING)),
            }  # fmt: skip


def _set_aside(
    act: str, chance: random.Random, mine: Mine, at: dict[str, Any], key: str
) -> dict[str, Any]:
    """Reserve something, or go on with a reservation of one's own."""
    if act == "reserve":
        free = {} if at["material"] == "EXACT" else {"location": None, "lot": None}
        return {
            "kind": "reservation_placed", "reservation": f"R-{key}", **at, **free,
            "quantity": _quantity(2 * chance.randint(1, 5)),
            "to_location": chance.choice((None, *PLACES)),
        }  # fmt: skip
    name = chance.choice(sorted(mine.open))
    if act == "void":
        return {"kind": "reservation_voided", "reservation": name, "reason": "not needed"}
    return {
        "kind": "reservation_picked", "reservation": name,
        "quantity": _quantity(chance.randint(1, mine.open[name])),
        "is_last": chance.random() < 0.2,
    }  # fmt: skip


def _possible(act: str, mine: Mine) -> str:
    """The act itself, or another one where it makes no sense now."""
    if act in {"pick", "void"} and not mine.open:
        return "reserve"
    if act == "reserve" and len(mine.open) >= OPEN_MAX:
        return "pick"
    return "move" if act == "hold" and mine.hold else act


def _release(mine: Mine, chance: random.Random) -> dict[str, Any]:
    """Let a hold go; every third time a part of it before."""
    material, lot = mine.hold_of
    body = {
        "kind": "hold_released", "hold": mine.hold, "reason": "looked at: sound",
        "person": PERSON, "signature": SIGNED,
    }  # fmt: skip
    if mine.is_parted or chance.random() < 0.66:
        return body
    return body | {
        "location": chance.choice(PLACES), "material": material, "lot": lot,
        "quantity": _quantity(chance.randint(1, 4)),
    }  # fmt: skip


def _moved(step: str, material: str, lot: str, legs: list[tuple[str, int]]) -> dict[str, Any]:
    return {
        "kind": "movement_reported", "site": SITE, "business_step": step,
        "legs": [
            {"material": material, "lot": lot, "quantity": _quantity(amount)}
            | ({"outside": place[1:]} if place[0] == "~" else {"location": place})
            for place, amount in legs
        ],
    }  # fmt: skip


def _quantity(pieces: int) -> dict[str, str]:
    return {"amount": str(pieces)}


def _pieces(body: dict[str, Any]) -> int:
    return int(body["quantity"]["amount"])


def _signal(account: str, key: str, body: dict[str, Any], moment: datetime) -> Signal:
    return {
        "source": source_of(account), "key": key,
        "occurred_at": moment.astimezone(UTC).isoformat(), "body": body,
    }  # fmt: skip
