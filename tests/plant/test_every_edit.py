"""Whatever is edited behind the plant's back, in any column of any row, the audit finds it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chargehand.plant.measuring import measure_due
from chargehand.runtime import clock
from chargehand.signals import kinds
from chargehand.storage import catalog
from chargehand.storage.session import RuleBroken
from chargehand.vocabulary.quantity import Quantity
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, used
from tests.plant.governing import lay_down

FREE = {
    "job": "*",  # what is to be done next: losing it delays work, and changes no fact
    "refusal": "*",  # the latest answers, written anew by each hearing
    "outbox": "*",  # what is to be looked at next
    "consumer": "*",  # and how far that is
    "head": {"id", "floor"},  # floor: from where on entries without a place are looked for
    "alembic_version": "*",
    "sign_in_failure": "*",  # tries that are counted: losing them gives a few more
    "sign_in_flow": "*",  # sign-ins under way, for ten minutes
    "credential": {"last_used_at"},  # ends idle sessions, and gives nobody more than they had
    "look": "*",  # who has something open at this moment
    "reading": "*",  # counts over many, which no entry keeps
    "waved_through": "*",  # losing one spares a review a case
    # Told by nothing in the journal yet:
    "inbox": {"code", "because"},  # of a refused signal
    "breaker": {"cure"},  # of a stop
    "orders": {"attempts", "next_at"},  # when the outbox tries again
    "personal": {"person", "recorded_at", ""},  # a text may be erased
    "reservation": {"frozen"},  # nothing reads it
    "notice": {"attempts", "next_at", "sent_at"},  # when it is told elsewhere again
}
ROWS_EACH_END = 3


@pytest.fixture
def lived(plant):
    """A plant in which a little of everything has happened."""
    tell = Teller(plant)
    five, two, one = (Quantity.pieces(n) for n in (5, 2, 1))
    tell(
        *(used(month, month % 3) for month in range(1, 13)),
        kinds.SupplyPlaced(
            purchase_order="PO-7", site=SITE, material=VALVE, quantity=five,
            promised_on=date(2026, 3, 1),
        ),
        kinds.GoodsReceived(
            site=SITE, location=BULK, material=VALVE, quantity=two, purchase_order="PO-7"
        ),
        kinds.StockMoved(site=SITE, material=VALVE, quantity=one, from_location=BULK),
        count(BULK, 0),
        count(BULK, 40),
    )  # fmt: skip
    plant.issue_key("cleo", label="handheld")
    lay_down(plant, '[[delegations]]\nroles = ["planner"]\ndays_max = 14\n')
    until = clock.now() + timedelta(days=2)
    lent = plant.delegate(by="ben", to="cleo", until=until, because="on holiday in May")
    plant.delegate(by="ada", to="cleo", until=until, because="on holiday in June")
    plant.end_delegation(lent.id, by="ben")
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    plant.close_breaker("*", "*", "*", by="ada", reason="the aisle is free again")
    name = plant.decide(as_of=AS_OF).proposals[0].id
    key = plant.approve(name, by="ada", justification="the pick face runs empty").orders[0]
    plant.confirm(key, by="ben")
    assert measure_due(plant.store, AS_OF.replace(year=2027))
    tell(count(FACE, 1))
    plant.decide(as_of=AS_OF)
    assert plant.verify().holds
    return plant


def other(value):
    """A value that is almost the same."""
    if value is None:
        return "x"
    return value + (b"x" if isinstance(value, bytes) else "x" if isinstance(value, str) else 1)


def key_of(sql, table):
    """The columns that a row is found by."""
    found = catalog.table(sql, table)
    return found.key or found.columns


def unseen(plant, sql, table):
    """Edits of single values, and losses of single rows, that the audit does not see."""
    key = key_of(sql, table)
    where = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in key)
    whole = sql.execute(f"SELECT * FROM {table} ORDER BY {', '.join(key)}").fetchall()
    # An entry whose number is changed is one without a place, and gets one.
    taken_back = {table, *(("leaf", "head") if sql.engine == "postgres" else ())}
    for one in taken_back:
        sql.execute(f"DROP TABLE IF EXISTS kept_{one}")
        sql.execute(f"CREATE TEMPORARY TABLE kept_{one} AS SELECT * FROM {one}")
    found = set()
    for row in dict.fromkeys(whole[:ROWS_EACH_END] + whole[-ROWS_EACH_END:]):
        for name in (*row.columns, ""):
            if name in FREE.get(table, ()):
                continue
            given = [other(row[name])] if name else []
            change = f"UPDATE {table} SET {name} = ?" if name else f"DELETE FROM {table}"
            try:
                sql.execute(f"{change} WHERE {where}", (*given, *(row[one] for one in key)))
            except RuleBroken:
                continue  # the database itself does not let it
            if plant.verify().holds:
                found.add((table, name or "a row"))
            sql.execute("BEGIN")
            for one in taken_back:
                sql.execute(f"DELETE FROM {one}")
                sql.execute(f"INSERT INTO {one} SELECT * FROM kept_{one}")
            sql.execute("COMMIT")
    return found


@pytest.mark.engines("sqlite", "postgres")
def test_every_value_of_every_row_is_held_against_the_journal(lived):
    with behind_the_back(lived.folder, checks=True) as sql:
        found = set()
        for table in catalog.names(sql):
            if FREE.get(table) != "*":
                found |= unseen(lived, sql, table)
    assert not found
    assert lived.verify().holds, "each edit was taken back"
