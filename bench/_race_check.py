"""Whether a race left a record that cannot be wrong: told from outside, from logs and tables.

The journal is gone through entry by entry with books of our own; what writers were answered is
reckoned up without it; and both are held against the tables.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from _race_acts import MATERIALS, SITE
from _race_read import Key, Logs, Record, Told, read_logs, read_record

SCALE = 1_000_000
EXACT = MATERIALS[0]
CHECKS = (
    "over-reserved", "lost updates", "negative stock", "unbalanced", "held stock picked",
    "acknowledged but missing", "posted twice", "never acknowledged", "wrong answers",
)  # fmt: skip
WRITES = {
    "goods_received": {"movement": (1, 1)},
    "movement_reported": {"movement": (1, 1)},
    "stock_counted": {"movement": (0, 1)},
    "reservation_placed": {"reservation": (1, 1)},
    "reservation_picked": {"reservation_step": (1, 1), "movement": (1, 1)},
    "reservation_voided": {"reservation_step": (1, 1)},
    "hold_placed": {"hold": (1, 1)},
    "hold_released": {"hold": (1, 1)},
}
"""The entries that an accepted act leaves, at least and at most."""
Found = dict[str, list[str]]


def check(place: Path | str, logs: Path) -> Found:
    """Check a race's record; what is wrong, by the name of the check."""
    record, told = read_record(place), read_logs(logs)
    found: Found = {name: [] for name in CHECKS}
    books = _Books(record, found)
    books.go_through()
    books.hold_against_tables()
    _acknowledged(record, told, found)
    _reckoned(record, told, books.counted, found)
    return found


class _Books:
    """The journal gone through in order, with nothing of the product's."""

    def __init__(self, record: Record, found: Found) -> None:
        self._record, self._found = record, found
        self._stock: dict[Key, int] = defaultdict(int)
        self._reserved: dict[Key, int] = defaultdict(int)
        self._kept: dict[str, dict[int, tuple[Key, int]]] = {}
        self._holds: dict[str, dict[str, str]] = {}
        self._let: dict[Key, int] = defaultdict(int)
        self._let_by: dict[str, set[Key]] = defaultdict(set)
        self._touched: set[Key] = set()
        self.counted: dict[Key, int] = defaultdict(int)
        """What counts have changed of each balance of ours."""

    def go_through(self) -> None:
        """Take every entry."""
        by_lane = {entry for *_, entry in self._record.inbox}
        for number, kind, key, _, text in self._record.journal:
            if self._record.is_ordered or not (kind == "movement" and number in by_lane):
                self._settle(number)
            match kind:
                case "movement":
                    self._move(number, json.loads(text))
                case "reservation":
                    self._reserve(number, key, json.loads(text)["legs"])
                case "reservation_step":
                    self._step(json.loads(text))
                case "hold":
                    self._hold(json.loads(text))
        self._settle(-1)

    def hold_against_tables(self) -> None:
        """Hold the outcome against balances and reservations."""
        tables = self._record.balances
        for key in sorted({*tables, *self._stock}):
            scaled, reserved = tables.get(key, (0, 0))
            inside = key[0][0] != "~"
            if scaled != self._stock[key]:
                self._say("lost updates", f"{key}: {scaled}, the journal makes {self._stock[key]}")
            if reserved != self._reserved[key]:
                because = f"{key}: {reserved} reserved, the journal makes {self._reserved[key]}"
                self._say("over-reserved", because)
            if inside and reserved > scaled:
                self._say("over-reserved", f"{key}: {reserved} reserved of {scaled}")
            if reserved != self._record.set_aside.get(key, 0):
                kept = self._record.set_aside.get(key, 0)
                self._say("over-reserved", f"{key}: {reserved} reserved, reservations keep {kept}")
            if inside and scaled < 0:
                self._say("negative stock", f"{key}: {scaled}")
        sums: dict[str, int] = defaultdict(int)
        for (_, material, _), (scaled, _) in tables.items():
            sums[material] += scaled
        for material, total in sums.items():
            if total:
                self._say("unbalanced", f"{material}: all balances together are {total}, not 0")

    def _say(self, name: str, what: str) -> None:
        self._found[name].append(what)

    def _settle(self, number: int) -> None:
        """Look at what changed since the last time."""
        for key in self._touched:
            if self._stock[key] < 0:
                self._say("negative stock", f"{key}: {self._stock[key]} before #{number}")
            elif self._reserved[key] > self._stock[key]:
                over = f"{self._reserved[key]} of {self._stock[key]}"
                self._say("over-reserved", f"{key}: {over} before #{number}")
        self._touched.clear()

    def _move(self, number: int, body: dict[str, Any]) -> None:
        sums: Counter[str] = Counter()
        net: Counter[Key] = Counter()
        taken: Counter[Key] = Counter()
        for leg in body["legs"]:
            key, scaled = _key(leg["key"]), int(leg["scaled"])
            sums[key[1]] += scaled
            net[key] += scaled
            taken[key] -= min(scaled, 0)
        if any(sums.values()):
            self._say("unbalanced", f"#{number}: {dict(sums)}")
        for key, scaled in net.items():
            self._stock[key] += scaled
            if key[0][0] == "~":
                continue
            self._touched.add(key)
            if body["business_step"] == "cycle_counting":
                self.counted[key] += scaled
            elif taken[key]:
                self._take(number, key, taken[key], -scaled)

    def _take(self, number: int, key: Key, taken: int, gone: int) -> None:
        """See whether stock that is taken is free of holds, or was let go."""
        over = self._over(key)
        if not over:
            return
        if len(over) > 1 or self._let[key] < taken:
            self._say("held stock picked", f"#{number} takes {taken} of {key} under {over}")
        self._let[key] -= max(gone, 0)

    def _reserve(self, number: int, name: str, legs: Iterable[Any]) -> None:
        kept = self._kept[name] = {}
        for n, (of, scaled) in enumerate(legs):
            key = _key(of)
            kept[n] = key, int(scaled)
            self._reserved[key] += int(scaled)
            self._touched.add(key)
            over = self._over(key)
            if over and (len(over) > 1 or self._let[key] < self._reserved[key]):
                because = f"#{number} sets {scaled} of {key} aside under {over}"
                self._say("held stock picked", because)

    def _step(self, body: dict[str, Any]) -> None:
        kept, picked = self._kept[body["reservation"]], dict(body["picked"])
        for n, (key, left) in kept.items():
            taken = int(picked.get(n, 0))
            gone = taken if body["state"] == "open" else left
            kept[n] = key, left - gone
            self._reserved[key] -= gone
            if taken > left:
                self._say("over-reserved", f"{body['reservation']}: {taken} picked of {left}")

    def _hold(self, body: dict[str, Any]) -> None:
        name = body["hold"]
        match body["event"]:
            case "place":
                self._holds[name] = body["placed"]
            case "release":
                del self._holds[name]
                for key in self._let_by.pop(name, ()):  # what others let go stays let go
                    self._let[key] = 0
            case "release_part":
                for of, scaled in body["let_go"]:
                    self._let[_key(of)] += int(scaled)
                    self._let_by[name].add(_key(of))

    def _over(self, key: Key) -> list[str]:
        """The active holds that cover a balance."""
        return [name for name, scope in self._holds.items() if _covers(scope, key)]


def _covers(scope: dict[str, str], key: Key) -> bool:
    account, material, lot = key
    wanted = (
        (scope["material"], material), (scope["lot"], lot),
        (scope["location"] and f"{scope['site']}/{scope['location']}", account),
    )  # fmt: skip
    return all(not asked or asked == found for asked, found in wanted)


def _acknowledged(record: Record, logs: Logs, found: Found) -> None:
    """Every act that was accepted is there once, and nothing else is."""
    inbox = Counter(
        (source, key) for source, key, status, _ in record.inbox if status == "accepted"
    )
    left: dict[str, Counter[str]] = defaultdict(Counter)
    for _, kind, key, cause, _ in record.journal:
        left[cause or key][kind] += 1
    for one in logs.told:
        name, taken = f"{one.source}/{one.key}", one.status in {"accepted", "repeated"}
        there = inbox.pop((one.source, one.key), 0)
        if there < taken:
            found["acknowledged but missing"].append(f"{name}: {one.body}")
        if there > taken:
            found["posted twice" if taken else "wrong answers"].append(f"{name}: {there} times")
        for kind, (least, most) in WRITES.get(one.body["kind"], {}).items():
            count = left[name][kind]
            if count < least and taken:
                found["acknowledged but missing"].append(f"{name}: no {kind}")
            if count > (most if taken else 0):
                found["posted twice" if taken else "wrong answers"].append(
                    f"{name} ({one.status}): {count} times {kind}"
                )
    found["never acknowledged"] += [f"{source}/{key}" for source, key in inbox]
    found["wrong answers"] += [f"{one.source}/{one.key}" for one in logs.again if not _fits(one)]


def _fits(one: Told) -> bool:
    """Whether an act that was told again was found out: the same, or another under its key."""
    return one.status == "repeated" or (one.status, one.code) == ("refused", "key_reused")


def _reckoned(record: Record, logs: Logs, counted: dict[Key, int], found: Found) -> None:
    """Add up what writers were told, and hold it against the balances.

    Of one material per balance; of the other, whose lots the plant chooses, the whole.
    """
    sums: dict[Key, int] = defaultdict(int)
    for key, scaled in counted.items():
        sums[_summed(key)] += scaled
    placed = {
        one.body["reservation"]: one.body
        for one in logs.taken
        if one.body["kind"] == "reservation_placed"
    }
    for one in logs.taken:
        for key, pieces in _changes(one.body, placed):
            if key[0][0] != "~":
                sums[_summed(key)] += pieces * SCALE
    tables: dict[Key, int] = defaultdict(int)
    for key, (scaled, _) in record.balances.items():
        if key[0][0] != "~":
            tables[_summed(key)] += scaled
    for key in sorted({*sums, *tables}):
        if sums[key] != tables[key]:
            off = f"{key}: {tables[key]}, acknowledged acts and counts make {sums[key]}"
            found["lost updates"].append(off)


def _changes(body: dict[str, Any], placed: dict[str, dict[str, Any]]) -> Iterable[tuple[Key, int]]:
    """What an accepted act changes of balances (pieces)."""
    match body["kind"]:
        case "goods_received":
            yield _at(body["location"], body["material"], body["lot"]), _pieces(body)
        case "movement_reported":
            for leg in body["legs"]:
                yield _at(leg.get("location"), leg["material"], leg["lot"]), _pieces(leg)
        case "reservation_picked":
            of, pieces = placed[body["reservation"]], _pieces(body)
            material, lot = of["material"], of["lot"] or ""
            yield _at(of["location"] or "?", material, lot), -pieces
            if of["to_location"] is not None:
                yield _at(of["to_location"], material, lot), pieces


def _at(location: str | None, material: str, lot: str) -> Key:
    return ("~" if location is None else f"{SITE}/{location}"), material, lot


def _summed(key: Key) -> Key:
    return key if key[1] == EXACT else ("all", key[1], "")


def _pieces(body: dict[str, Any]) -> int:
    return int(body["quantity"]["amount"])


def _key(of: dict[str, str]) -> Key:
    return of["account"], of["material"], of["lot"]
