"""Whole lists as files: exact, complete, safe to open, and made while they are read."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chargehand.plant import exporting
from chargehand.plant.export_forms import Kind, arrow_chunks, csv_chunks, parquet_chunks
from chargehand.plant.history import Chosen
from chargehand.signals import kinds
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller

ADA = "ada"
FORMS = ("csv", "parquet", "arrow")


def table(data: bytes, form: str) -> list[dict]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if form == "parquet":
        return pq.read_table(pa.BufferReader(data)).to_pylist()
    return pa.ipc.open_file(pa.BufferReader(data)).read_all().to_pylist()


def exported(plant, what, form, chosen=None, **back) -> list[dict]:
    made = plant.export(what, form, chosen or Chosen(), by=ADA, **back)
    return table(b"".join(made.chunks), form)


def lot_received(lot, amount):
    return kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, lot=LotId(lot),
        quantity=Quantity(Decimal(amount)),
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_stock_comes_whole_and_exact(plant, form):
    Teller(plant)(lot_received("L1", "0.000001"), lot_received("L2", "12345678.9"))
    rows = exported(plant, "stock", form)
    found = [(row["location"], row["lot"], Decimal(row["on_hand"])) for row in rows]
    assert found == [
        (BULK, "", 40), (BULK, "L1", Decimal("0.000001")), (BULK, "L2", Decimal("12345678.9")),
        (FACE, "", 2),
    ]  # fmt: skip
    assert exported(plant, "stock", form, as_of=AS_OF - timedelta(days=1)) == []
    assert len(exported(plant, "stock", form, Chosen(lot="L1"))) == 1


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("form", FORMS)
def test_movements_come_leg_by_leg_and_add_up_to_the_stock(plant, form):
    Teller(plant)(lot_received("L1", "7.25"))
    rows = exported(plant, "movements", form)
    there = sum(Decimal(row["quantity"]) for row in rows if row["site"] == SITE)
    assert there == Decimal("49.25")
    assert sum(Decimal(row["quantity"]) for row in rows) == 0
    only = exported(plant, "movements", form, Chosen(lot="L1"))
    assert [row["account"] for row in only] == ["~supplier", f"{SITE}/{BULK}"]
    assert exported(plant, "movements", form, as_of=AS_OF - timedelta(days=1)) == []


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("form", FORMS)
def test_the_journal_comes_whole_in_the_order_of_the_tree(plant, form):
    rows = exported(plant, "journal", form)
    assert [int(row["place"]) for row in rows] == list(range(len(rows)))
    last = plant.journal_entry(len(rows) - 1)
    assert (rows[-1]["leaf"], rows[-1]["kind"]) == (last.leaf, last.kind)
    assert plant.journal_entry(len(rows)) is None
    assert exported(plant, "journal", form, known_at=datetime(2020, 1, 1, tzinfo=UTC)) == []


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("form", FORMS)
def test_lots_come_with_what_is_known_and_what_is_there(plant, form):
    known = MaterialLot(material=VALVE, lot=LotId("L9"), country="DE", supplier_lot="S-77")
    other = MaterialLot(material=VALVE, lot=LotId("GONE"))
    Teller(plant)(
        lot_received("L9", "3"), lot_received("L5", "1"), kinds.LotDefined(definition=known),
        kinds.LotDefined(definition=other),
    )  # fmt: skip
    rows = exported(plant, "lots", form)
    assert [(r["lot"], Decimal(r["on_hand"]), r["country"] or "") for r in rows] == [
        ("L5", 1, ""), ("L9", 3, "DE"), ("GONE", 0, ""),
    ]  # fmt: skip
    assert len(exported(plant, "lots", form, Chosen(lot="GONE"))) == 1
    assert len(exported(plant, "lots", form, Chosen(site=SITE))) == 2
    assert exported(plant, "lots", form, Chosen(material=MaterialId("OTHER"))) == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1"])
def test_a_text_is_never_a_formula_in_a_spreadsheet(text):
    columns = {"text": Kind.TEXT, "amount": Kind.AMOUNT}
    data = b"".join(csv_chunks(columns, [(text, Decimal("-1.50"))]))
    (row,) = table(data, "csv")
    assert row == {"text": f"'{text}", "amount": "-1.50"}


@pytest.mark.parametrize("chunks", [csv_chunks, parquet_chunks, arrow_chunks])
def test_rows_are_written_while_they_are_read(chunks):
    """Of a list without an end the beginning comes: nobody collects it first."""

    def endless():
        while True:
            yield ("x" * 100, Decimal(1))

    some = chunks({"text": Kind.TEXT, "amount": Kind.AMOUNT}, endless())
    assert sum(len(next(some)) for _ in range(3)) > 0


def test_a_form_that_needs_a_package_is_refused_by_its_name(plant, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    refused = plant.export("stock", "parquet", Chosen(), by=ADA)
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.EXTRA_MISSING
    assert "chargehand[tables]" in refused.because
    assert len(exported(plant, "stock", "csv")) == 2


def test_the_file_says_what_it_is_of(plant):
    made = plant.export("stock", "csv", Chosen(), by=ADA, as_of=AS_OF)
    assert made.name == "stock-2026-01-10-000000.csv"
    assert made.media_type.startswith("text/csv")
