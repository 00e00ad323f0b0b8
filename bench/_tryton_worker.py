"""One client of Tryton, run in Tryton's own venv: does what a line of JSON asks, answers with one.

It works inside the process, by Tryton's model methods and as its administrator, without its RPC
layer. As Tryton's dispatcher does, it tries a transaction again, up to five times, when PostgreSQL
refuses it because of another one.

    {"do": "prepare", "lots": 4, "quantity": 100}         tables, company, locations, stock
    {"do": "open"}                                        what another one has prepared
    {"do": "rate", "batch": 100, "seconds": 5}            create + assign_try + do
    {"do": "race", "lots": [0, 1], "seconds": 20, "seed": 1, "together": false}
    {"do": "count", "acknowledged": [[move, quantity]]}   what is true after
"""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from trytond import config

Result = TypeVar("Result")
UPDATE = ("--activate-dependencies", "--update", "stock", "stock_lot")
RETRIES = 5
RACE, PLENTY = "Race", "Plenty"
PRODUCTS = 100
DENIALS = 12


class Client:
    """A database of Tryton's, opened by this process."""

    def __init__(self, uri: str, database: str) -> None:
        config.set("database", "uri", uri)
        from trytond import backend
        from trytond.pool import Pool

        self.database = database
        self.refused: type[Exception] = backend.DatabaseOperationalError
        self.retries = 0
        self.user = 0  # Tryton's own, until there is a person
        self.context: dict[str, object] = {}
        Pool.start()
        self.pool = Pool(database)
        self.pool.init()

    def open(self) -> dict[str, object]:
        """Find what `prepare` made."""
        self.inside(self._find)
        return {"lots": len(self.lots[RACE])}

    def _find(self) -> None:
        [company] = self.pool.get("company.company").search([])
        [self.user] = map(int, self.pool.get("res.user").search([("login", "=", "admin")]))
        self.context = {"company": company.id, "companies": [company.id]}
        location = self.pool.get("stock.location")
        self.source, self.target = (
            location.search([("code", "=", code)])[0].id for code in ("STO", "LINE")
        )
        self.lots: dict[str, list[tuple[int, int, int]]] = {RACE: [], PLENTY: []}
        for lot in self.pool.get("stock.lot").search([], order=[("id", "ASC")]):
            row = (lot.id, lot.product.id, lot.product.default_uom.id)
            self.lots[lot.number.split()[0]].append(row)

    def inside(self, work: Callable[[], Result]) -> Result:
        """Do work in one transaction, again as often as Tryton would; commit it."""
        from trytond.transaction import Transaction, TransactionError

        extras: dict[str, object] = {}
        refusals = 0
        while True:
            if refusals:
                time.sleep(0.02 * refusals)
            with Transaction().start(
                self.database, self.user, context=self.context, **extras
            ) as running:
                try:
                    result = work()
                    running.commit()
                except TransactionError as wish:
                    running.rollback()
                    wish.fix(extras)
                    continue
                except self.refused:
                    running.rollback()
                    self.retries += 1
                    refusals += 1
                    if refusals > RETRIES:
                        raise
                    continue
                return result

    def create(self, lots: list[tuple[int, int, int]], quantity: float, source: int) -> list[Any]:
        """Create draft moves of lots, out of storage or, from elsewhere, into it."""
        target = self.target if source == self.source else self.source
        return self.pool.get("stock.move").create(
            [
                {
                    "product": product,
                    "lot": lot,
                    "unit": unit,
                    "quantity": quantity,
                    "from_location": source,
                    "to_location": target,
                }
                for lot, product, unit in lots
            ]
        )


def make_database(uri: str, database: str) -> None:
    """Create Tryton's tables and activate its modules, as its administrators do."""
    with tempfile.TemporaryDirectory() as folder:
        settings, password = Path(folder, "trytond.conf"), Path(folder, "password")
        settings.write_text(f"[database]\nuri = {uri}\n")
        password.write_text("none that matters")
        admin = str(Path(sys.executable).with_name("trytond-admin"))
        subprocess.run(
            [admin, "-c", str(settings), "-d", database, *UPDATE],
            env={"TRYTONPASSFILE": str(password)},
            input=b"\n",  # no e-mail address
            stdout=sys.stderr,
            check=True,
        )


def prepare(client: Client, *, lots: int, quantity: float) -> dict[str, object]:
    """Make a company, a place beside the line, and stock: few lots to race for, plenty to time."""
    get = client.pool.get

    def masters() -> None:
        [currency] = get("currency.currency").create(
            [{"name": "Euro", "symbol": "E", "code": "EUR", "digits": 2}]
        )
        [party] = get("party.party").create([{"name": "Plant"}])
        [company] = get("company.company").create([{"party": party.id, "currency": currency.id}])
        user = get("res.user")
        admin = user.search([("login", "=", "admin")])
        user.write(admin, {"companies": [("add", [company.id])], "company": company.id})
        get("stock.location").create([{"name": "Line", "code": "LINE", "type": "storage"}])

    def stock() -> None:
        [unit] = get("product.uom").search([("name", "=", "Unit")])
        [outside] = get("stock.location").search([("type", "=", "lost_found")])
        for kind, count, per_lot in ((RACE, lots, quantity), (PLENTY, PRODUCTS, 1e6)):
            for number in range(count):
                name = f"{kind} {number}"
                template = {"name": name, "type": "goods", "default_uom": unit.id}
                [template] = get("product.template").create([template])
                [product] = get("product.product").create([{"template": template.id}])
                [lot] = get("stock.lot").create([{"number": name, "product": product.id}])
                row = (lot.id, product.id, unit.id)
                get("stock.move").do(client.create([row], per_lot, outside.id))

    client.inside(masters)
    client.open()
    client.inside(stock)
    return client.open()


def rate(client: Client, *, batch: int, seconds: float) -> dict[str, object]:
    """Create, assign and do moves of one unit each, `batch` in a transaction, for some seconds."""
    chance = random.Random(7)
    move = client.pool.get("stock.move")

    def work() -> None:
        made = client.create(chance.choices(client.lots[PLENTY], k=batch), 1, client.source)
        assert move.assign_try(made), "there is plenty"
        move.do(made)

    client.inside(work)  # the first one fills its caches
    spans = []
    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until:
        client.inside(work)
        spans.append(time.perf_counter() - started)
    spans.sort()
    return {
        "moves_per_second": batch * len(spans) / sum(spans),
        "seconds_median": spans[len(spans) // 2],
        "seconds_p99": spans[int(len(spans) * 0.99)],
        "transactions": len(spans),
    }


def race(
    client: Client, *, lots: list[int], seconds: float, seed: int, together: bool
) -> dict[str, object]:
    """Reserve moves of the few lots that others reserve at the same time, until they are gone.

    Args:
        client: One of several.
        lots: Numbers of the lots wanted.
        seconds: How long at most; a client that is denied many times in a row ends before.
        seed: Of what is wanted.
        together: Whether a move is created in the transaction that assigns it; else in one
            before, as a person at Tryton's own client does.

    Returns:
        Moves whose assignment was acknowledged, as (identity, quantity), and how others ended.
    """
    chance = random.Random(seed)
    client.retries = 0
    move, few = client.pool.get("stock.move"), [client.lots[RACE][number] for number in lots]
    acknowledged: list[tuple[int, int]] = []
    failed = in_a_row = 0
    spans = []

    def draft() -> int:
        return client.create([chance.choice(few)], quantity, client.source)[0].id

    def assign() -> tuple[bool, int]:
        identity = draft() if drafted is None else drafted
        return move.assign_try(move.browse([identity])), identity

    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until and in_a_row < DENIALS:
        quantity, drafted = chance.randint(1, 3), None
        try:
            drafted = None if together else client.inside(draft)
            granted, identity = client.inside(assign)
        except client.refused:
            failed += 1
            continue
        spans.append(time.perf_counter() - started)
        in_a_row = 0 if granted else in_a_row + 1
        if granted:
            acknowledged.append((identity, quantity))
    return {
        "acknowledged": acknowledged,
        "denied": len(spans) - len(acknowledged),
        "failed": failed,
        "retries": client.retries,
        "seconds": sum(spans),
    }


def count(client: Client, *, acknowledged: list[tuple[int, int]]) -> dict[str, object]:
    """Compare what clients were told with what the database holds; then do all that is assigned.

    A lot is over-reserved if more of it is assigned or done than was ever received, and negative if
    Tryton's own stock of today says so at the end.
    """
    get = client.pool.get

    def work() -> dict[str, object]:
        held = get("stock.move").search(
            [("lot.number", "like", f"{RACE} %"), ("state", "in", ["assigned", "done"])]
        )
        left: Counter[str] = Counter()
        for move in held:
            sign = 1 if move.to_location.id == client.source else -1
            left[move.lot.number] += sign * round(move.quantity)
        quantities = {move.id: move.quantity for move in held}
        over = [-units for units in left.values() if units < 0]
        get("stock.move").do([move for move in held if move.state == "assigned"])
        few = [lot for lot, _, _ in client.lots[RACE]]
        today = date.today()  # noqa: DTZ011 - as Tryton counts
        with Transaction().set_context(locations=[client.source], stock_date_end=today):
            stock = [lot.quantity for lot in get("stock.lot").browse(few)]
        return {
            "lots_over_reserved": len(over),
            "units_over_reserved": sum(over),
            "lost_updates": sum(quantities.get(key) != units for key, units in acknowledged),
            "units_left": sum(left.values()),
            "units_in_stock": round(sum(stock)),
            "negative_lots": sum(units < 0 for units in stock),
        }

    from trytond.transaction import Transaction

    return client.inside(work)


def main() -> None:
    """Answer each line of input by a line of output."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    uri, database = sys.argv[1:]
    works = {"prepare": prepare, "rate": rate, "race": race, "count": count, "open": Client.open}
    client = None
    for line in sys.stdin:
        asked = json.loads(line)
        work = works[asked.pop("do")]
        if work is prepare:
            make_database(uri, database)
        client = client or Client(uri, database)
        print(json.dumps(work(client, **asked)), flush=True)


if __name__ == "__main__":
    main()
