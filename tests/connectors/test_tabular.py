"""Whatever a plant exports, good rows go in and bad rows are told with their place and cure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.connectors.tabular import KINDS, TabularFile, open_tabular
from chargehand.signals.kinds import Unreadable
from chargehand.testing.source import SignalSourceContract
from chargehand.vocabulary.equipment import RequestState
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity, Unit

TODAY = date(2026, 11, 20)
ISSUES = b"material,quantity,used_on\nM1,2,2026-01-05\nM2,3,2026-02-06\n"


@pytest.fixture
def opened(tmp_path):
    def opened(kind, content, *, name="export.csv", mapping=None, site="S1"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        file = None
        if mapping is not None:
            file = tmp_path / "map.toml"
            file.write_text(mapping, encoding="utf-8")
        return open_tabular(kind, path, mapping=file, site=site, today=TODAY)

    return opened


@pytest.fixture
def bodies(opened):
    def bodies(kind, content, **more):
        file = opened(kind, content, **more)
        assert isinstance(file, TabularFile), file
        return [read.signal.body for read in file.stream()]

    return bodies


@pytest.fixture
def fault(bodies):
    def fault(kind, content, **more):
        (only,) = (b for b in bodies(kind, content, **more) if isinstance(b, Unreadable))
        return only

    return fault


def keys(file):
    return [read.signal.key for read in file.stream()]


class TestIssuesFile(SignalSourceContract):
    @pytest.fixture
    def source(self, opened):
        return opened(
            "issues", ISSUES + b"M3,many,2026-02-07\nM1,2,2026-01-05\nM4,1.5,2026-03-01\n"
        )


def test_columns_are_taken_by_their_names_and_usual_aliases(bodies):
    (used,) = bodies("issues", "Item Number;QTY;Issue Date;Uom\nM1;1,5;2026-01-05;kg\n")
    assert used.material == "M1"
    assert used.quantity == Quantity(Decimal("1.5"), Unit.KILOGRAM)
    assert used.used_on == date(2026, 1, 5)
    assert used.site == "S1"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xef\xbb\xbfmaterial,description\nM1,K\xc3\xb6rper\n", "Körper"),
        ("material,description\nM1,Körper\n".encode("utf-16"), "Körper"),
        ("material,description\nM1,Körper\n".encode("cp1252"), "Körper"),
        ("material,description\nM1,Körper \u20ac\n".encode("cp1252"), "Körper \u20ac"),
        (b"material\tdescription\r\nM1\tvalve  \r\n", "valve"),
        (b"material|description\rM1|valve\r", "valve"),
        (b'material,description\nM1,"two\nlines"\n', "two\nlines"),
        (b'sep=;\nmaterial;description\nM1;"a;b"\n', "a;b"),
        (b"material,description,,\nM1,valve,,\n\n,,,\n", "valve"),
        (b"material,description\nM1,=cmd|' /C calc'!A0\n", "=cmd|' /C calc'!A0"),
    ],
    ids=["bom", "utf-16", "cp1252", "euro", "tab", "bar", "newline", "sep", "blanks", "formula"],
)
def test_text_comes_through_as_it_was_meant(bodies, content, name):
    (defined,) = bodies("materials", content, site=None)
    assert defined.definition.material == "M1"
    assert defined.definition.description == name


def test_one_wrong_byte_spoils_no_other_row(bodies):
    good = "material,description\nM1,Dichtung größer\n".encode()
    defined = bodies("materials", good + b"M2,\xe4lter\n", site=None)
    assert [d.definition.description for d in defined] == ["Dichtung größer", "älter"]


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"\x00\x01\x02\x03" * 9, "not text"),
        (b"PK\x03\x04...", "Excel"),
        (b"PAR1 and then nothing", "broken"),
        (b'"material,description\nM1,x\n', "quote"),
    ],
    ids=["empty", "blank", "binary", "xlsx", "parquet", "quote in the header"],
)
def test_what_is_no_table_is_said_in_one_sentence(opened, content, because):
    (mistake,) = opened("materials", content, site=None)
    assert because in mistake.because
    assert mistake.cure


def test_missing_file_is_said(tmp_path):
    (mistake,) = open_tabular("stock", tmp_path / "none.csv", site="S1", today=TODAY)
    assert "there is no such file" in mistake.because


def test_unknown_kind_is_told_with_the_nearest(opened):
    (mistake,) = opened("isues", ISSUES)
    assert "'issues'" in mistake.cure


@pytest.mark.parametrize(
    ("row", "column", "because"),
    [
        ("M9,-4,2026-01-05", "quantity", "negative"),
        ("M9,4-,2026-01-05", "quantity", "negative"),
        ("M9,NaN,2026-01-05", "quantity", "not a number"),
        ("M9,1e400,2026-01-05", "quantity", "beyond"),
        ("M9,inf,2026-01-05", "quantity", "not a number"),
        ("M9,1_000,2026-01-05", "quantity", "not a number"),
        ("M9,0.00000012345,2026-01-05", "quantity", "finer"),
        ('M9,"1,5",2026-01-05', "quantity", "decimal point"),
        ("M9,,2026-01-05", "quantity", "missing"),
        (",4,2026-01-05", "material", "missing"),
        ("M9,4,2026-13-05", "used_on", "not a date"),
        ("M9,4,05.01.2026", "used_on", "not a date"),
        ("M9,4,1926-01-05", "used_on", "before 1950"),
        ("M9,4,2027-01-05", "used_on", "future"),
        ("M9,4", "", "2 cells"),
        ("M9,4,2026-01-05,extra", "", "4 cells"),
        ('M9,"4"x,2026-01-05', "", "closing quote"),
        ('M9,"4,2026-01-05', "", "never closed"),
        ("M" * 99 + ",4,2026-01-05", "material", "longer than 80"),
        ("M\x07,4,2026-01-05", "material", "cannot be printed"),
    ],
)
def test_a_bad_row_is_kept_with_its_place_and_the_good_rows_go_in(bodies, row, column, because):
    read = bodies("issues", ISSUES + f"{row}\nM3,1,2026-03-07\n".encode())
    (bad,) = (b for b in read if isinstance(b, Unreadable))
    assert (bad.row, bad.column, bad.file) == (4, column, "export.csv")
    assert because in bad.because
    assert bad.cure
    assert bad.raw == row
    assert [b.material for b in read if not isinstance(b, Unreadable)] == ["M1", "M2", "M3"]


def test_row_numbers_are_those_of_an_editor(bodies):
    read = bodies("materials", 'material,unit\nM1,"EA"\n\nM2,bucket\n', site=None)
    assert read[1].row == 4
    assert "H87" in read[1].cure


def test_a_number_that_can_be_read_in_two_ways_is_not_guessed(fault, bodies):
    content = "material;quantity;used_on\nM1;1.234;2026-01-05\n"
    assert "two ways" in fault("issues", content).because
    (comma,) = bodies("issues", content, mapping='decimal = "comma"')
    (point,) = bodies("issues", content, mapping='decimal = "point"')
    assert (comma.quantity.amount, point.quantity.amount) == (1234, Decimal("1.234"))


def test_usage_of_nothing_is_counted_and_passed_over(opened):
    file = opened("issues", ISSUES + b"M3,0,2026-01-05\n")
    assert len(list(file.stream())) == 2
    assert (file.counts.rows, file.counts.empty) == (3, 1)


def test_delivery_before_its_order_is_impossible(fault):
    bad = fault("deliveries", "vendor,order date,received\nV,2026-02-01,2026-01-01\n", site=None)
    assert "before it was ordered" in bad.because
    assert bad.column == "delivered_on"


def test_one_id_defined_twice_differently_is_a_contradiction(bodies, fault):
    same = "material,description\nM1,valve\nM1,valve\n"
    assert len(bodies("materials", same, site=None)) == 1
    bad = fault("materials", same + "M1,pump\n", site=None)
    assert "row 2" in bad.because
    assert bad.row == 4


def test_stocking_with_its_levels_crossed_is_refused(fault):
    assert "above" in fault("stocking", "material,min,max\nM1,9,3\n").because


def test_every_field_of_a_source_is_read(bodies):
    text = "vendor,part,price,currency,moq,pack,lead time\nV,M1,2.50,USD,10,5,21\n"
    (source,) = bodies("sources", text, site=None)
    item = source.definition
    assert item.price == Money.of("2.50", "USD")
    assert (item.order_quantity_min, item.pack_size, item.lead_time_days) == (10, 5, 21)


# keys


def test_the_same_file_gives_the_same_keys(opened):
    assert keys(opened("issues", ISSUES)) == keys(opened("issues", ISSUES, name="copy.csv"))


def test_an_overlapping_export_repeats_only_what_is_the_same(opened):
    newer = b"material,quantity,used_on\nM2,3.0,2026-02-06\nM2,3,2026-02-06\nM5,1,2026-03-01\n"
    first, second = keys(opened("issues", ISSUES)), keys(opened("issues", newer))
    assert len(set(second)) == 3
    assert set(first) & set(second) == {first[1]}


def test_rows_with_their_own_id_keep_it(opened, fault):
    text = "id,material,quantity,used_on\n7,M1,2,2026-01-05\n8,M1,2,2026-01-05\n"
    assert keys(opened("issues", text)) == ["7", "8"]
    assert "row 2" in fault("issues", text + "7,M1,3,2026-01-05\n").because


def test_a_new_stock_list_without_dates_counts_again(opened):
    def stock(content):
        return opened("stock", "location,material,quantity\n" + content)

    first, second = keys(stock("A,M1,5\nA,M2,5\n")), keys(stock("A,M1,5\nA,M2,4\n"))
    assert not set(first) & set(second)
    assert first == keys(stock("A,M1,5\nA,M2,5\n"))


def test_the_line_number_of_a_stock_list_is_no_key(opened):
    header = "id,location,material,quantity\n"
    first, second = opened("stock", header + "1,A,M1,5\n"), opened("stock", header + "1,A,M1,4\n")
    assert keys(first) != keys(second)


# maintenance orders


def test_rows_of_an_order_become_one_order_with_its_parts(bodies):
    text = (
        "order,machine,due date,status,component,qty,line\n"
        "W1,P1,2026-12-01,Released,M1,2,10\nW2,P1,2026-12-02,,,,10\n"
        "W1,P1,2026-12-01,Released,M2,1,20\nW1,P1,2026-12-01,Released,M1,3,30\n"
    )
    one, two = (b.definition for b in bodies("maintenance_orders", text))
    assert one.order == "W1"
    assert one.due_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert [(p.material, p.quantity) for p in one.parts] == [("M1", 5), ("M2", 1)]
    assert (two.parts, two.state) == ((), RequestState.RELEASED)


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ("W1,P2,2026-12-01,M2,1", "another machine"),
        ("W1,P1,2026-12-01,M1,2", "word for word"),
        ("W1,P1,2026-12-01,M1,0", "above 0"),
        ("W1,P1,2026-12-01,,1", "no part"),
        ("W1,P1,2099-12-01,M2,1", "10 years ahead"),
    ],
)
def test_a_row_that_contradicts_its_order_is_told(bodies, row, because):
    text = f"order,machine,due date,part,qty\nW1,P1,2026-12-01,M1,2\n{row}\n"
    read = bodies("maintenance_orders", text)
    (bad,) = (b for b in read if isinstance(b, Unreadable))
    assert because in bad.because
    (order,) = (b.definition for b in read if not isinstance(b, Unreadable))
    assert [(p.material, p.quantity) for p in order.parts] == [("M1", 2)]


# Parquet


@pytest.fixture
def parquet(tmp_path):
    import duckdb

    def parquet(query):
        path = tmp_path / "made.parquet"
        with duckdb.connect() as database:
            database.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path

    return parquet


def test_parquet_is_read_with_its_types(parquet):
    path = parquet("SELECT 'M1' material, 2.5::DOUBLE quantity, DATE '2026-01-05' used_on"
                   " UNION ALL SELECT 'M2', 'nan'::DOUBLE, DATE '2026-01-06'")  # fmt: skip
    file = open_tabular("issues", path, site="S1", today=TODAY)
    good, bad = (read.signal.body for read in file.stream())
    assert good.quantity.amount == Decimal("2.5")
    assert (bad.row, bad.column) == (2, "quantity")


def test_numbers_of_parquet_have_points_whatever_the_map_says(parquet, tmp_path):
    path = parquet("SELECT 'M1' material, 1.234::DOUBLE quantity, DATE '2026-01-05' used_on")
    mapping = tmp_path / "map.toml"
    mapping.write_text('decimal = "comma"\n')
    (used,) = open_tabular("issues", path, mapping=mapping, site="S1", today=TODAY).stream()
    assert used.signal.body.quantity.amount == Decimal("1.234")


def test_wide_months_become_usage_on_their_last_day(parquet, tmp_path):
    path = parquet('SELECT \'M1\' part, 3 AS "1996-02", 0 AS "1996-03", -1 AS "1996-04"')
    mapping = tmp_path / "map.toml"
    mapping.write_text('shift_months = 156\n[columns]\nmaterial = "part"\n[wide]\n')
    file = open_tabular("issues", path, mapping=mapping, site="S1", today=TODAY)
    used, bad = (read.signal.body for read in file.stream())
    assert (used.used_on, used.quantity.amount) == (date(2009, 2, 28), 3)
    assert bad.column == "1996-04"
    assert file.counts.empty == 1


# anything at all


@given(st.binary(max_size=300))
def test_no_bytes_break_it(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "noise.csv"
    path.write_bytes(content)
    for kind in ("materials", "stock"):
        file = open_tabular(kind, path, today=TODAY)
        assert file if isinstance(file, list) else list(file.stream()) is not None


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8))
def test_no_row_is_lost(tmp_path_factory, rows):
    import csv

    path = tmp_path_factory.getbasetemp() / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("material", "quantity", "used_on"), *rows])
    file = open_tabular("issues", path, site="S1", today=TODAY)
    told = sum(1 for _ in file.stream())
    said = [row for row in rows if any(cell.strip() for cell in row)]
    assert told + file.counts.empty == file.counts.rows == len(said)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_says_which_columns_it_needs(opened, kind):
    mistakes = opened(kind.name, "nothing,of,use\n1,2,3\n", site=None)
    named = {mistake.where.rpartition(": ")[2] for mistake in mistakes}
    assert named == {field.name for field in kind.fields if field.needed}
    assert all(mistake.cure for mistake in mistakes)
