"""The database keeps the same law as the ledger in its plainest form."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.record.ledger import CONSUMED, SUPPLIER, Account, BalanceKey, Ledger, transfer
from chargehand.runtime.clock import now
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

PLACES = [SUPPLIER, CONSUMED, Account("S/A"), Account("S/B")]
MATERIALS = [MaterialId("M"), MaterialId("N")]
NAMES = itertools.count()

steps = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from(PLACES),
        st.sampled_from(MATERIALS),
        st.sampled_from(["", "L1"]),
        st.integers(0, 9),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("law")
    Store(made / "empty.db", now).close()
    return made


def balances(store: Store) -> dict[BalanceKey, int]:
    with store.snapshot() as sql:
        rows = sql.execute("SELECT account, material, lot, disposition, scaled FROM balance")
        return {BalanceKey(*tuple(row)[:4]): row["scaled"] for row in rows if row["scaled"]}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=steps, together=st.booleans())
def test_the_database_and_the_ledger_agree_on_every_movement(folder, history, together):
    file = shutil.copy(folder / "empty.db", folder / f"{next(NAMES)}.db")
    store, ledger = Store(file, now), Ledger()
    movements = [
        transfer(
            f"k{n}",
            "storing",
            source=BalanceKey(source, material, LotId(lot)),
            target=BalanceKey(target, material, LotId(lot)),
            scaled=pieces * 1_000_000,
            unit=Unit.PIECE,
        )
        for n, (source, target, material, lot, pieces) in enumerate(history)
    ]

    def post(some) -> list[bool]:
        return store.write(
            lambda docket: [
                isinstance(docket.post(one, actor="t", cause=None, occurred_at=None), Refusal)
                for one in some
            ]
        )

    refused = post(movements) if together else [post([one])[0] for one in movements]
    assert refused == [ledger.post(one) is not None for one in movements]
    assert balances(store) == {key: n for key, n in ledger.balances.items() if n}
    store.close()
