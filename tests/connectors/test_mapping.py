"""A map turns any export into ours, and a wrong map is told whole, with lines and cures."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chargehand.connectors.tabular import TabularFile, open_tabular
from chargehand.signals.kinds import Unreadable

TODAY = date(2026, 11, 20)
SCMS = """\
Nr,Vendor,PO Sent,Promised,Delivered,Via,Pieces
1,ACME,Date Not Captured,02-Jun-06,02-Sept-06,Drop,19
2,ACME,11/13/06,14-Nov-06,14-Nov-06,Drop,1000
3,ACME,11/13/2006,14-Nov-06,15-Nov-06,Depot,5
4,ACME,2006-11-13,14-Nov-06,15-Nov-06,Drop,7
"""
MAP = """\
source = "scms"
missing = ["Date Not Captured"]
[columns]
id = "Nr"
supplier = { column = "Vendor", prefix = "scms-" }
ordered_on = { column = "PO Sent", formats = ["%m/%d/%y", "%m/%d/%Y"] }
promised_on = { column = "Promised", formats = ["%d-%b-%y"] }
delivered_on = { column = "Delivered", formats = "%d-%b-%y" }
purchase_order = { template = "{Vendor}/{Nr}" }
quantity = "Pieces"
[filter]
Via = "Drop"
"""


@pytest.fixture
def opened(tmp_path):
    def opened(kind, table, mapping, **more):
        (tmp_path / "table.csv").write_text(table, encoding="utf-8")
        (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
        return open_tabular(
            kind, tmp_path / "table.csv", mapping=tmp_path / "map.toml", today=TODAY, **more
        )

    return opened


@pytest.fixture
def mistakes(opened):
    def mistakes(kind, table, mapping, **more):
        found = opened(kind, table, mapping, **more)
        assert not isinstance(found, TabularFile), "the map passed"
        assert all(mistake.cure for mistake in found)
        return [(mistake.where.partition(": ")[2], mistake.line, str(mistake)) for mistake in found]

    return mistakes


def test_an_own_export_is_mapped(opened):
    file = opened("deliveries", SCMS, MAP)
    read = [r.signal for r in file.stream()]
    first, second, bad = (signal.body for signal in read)
    assert (read[0].source, read[0].key) == ("scms", "1")
    assert read[0].occurred_at == datetime(2006, 9, 2, tzinfo=UTC)
    assert (first.supplier, first.ordered_on) == ("scms-ACME", None)
    assert (second.ordered_on, second.purchase_order) == (date(2006, 11, 13), "ACME/2")
    assert isinstance(bad, Unreadable)
    assert (bad.row, bad.column) == (5, "PO Sent")
    assert "formats" in bad.cure
    assert file.counts.filtered == 1


def test_every_mistake_is_named_at_once_with_its_line(mistakes):
    wrong = """\
sauce = "x"
decimal = "dot"
timezone = "Mars/Base"
since = "soon"
shift_days = 1.5
[columns]
supplier = "Vender"
deliverd_on = "Delivered"
delivered_on = { column = "Delivered", formats = ["%d.%Q.%Y"], tint = "red" }
quantity = { column = "Pieces", template = "{Nr}" }
[units]
Box = "parsec"
"""
    found = mistakes("deliveries", SCMS, wrong)
    assert [(where, line) for where, line, _ in found] == [
        ("sauce", 1),
        ("decimal", 2),
        ("timezone", 3),
        ("since", 4),
        ("shift_days", 5),
        ("columns.deliverd_on", 8),
        ("columns.delivered_on.tint", 9),
        ("columns.delivered_on.formats", 9),
        ("columns.quantity", 10),
        ("units.Box", 12),
    ]
    assert "did you mean 'source'?" in found[0][2]
    assert "did you mean 'delivered_on'?" in found[5][2]


def test_a_column_that_is_not_there_is_told_with_the_near_ones(mistakes):
    ((where, line, text),) = mistakes("suppliers", SCMS, '[columns]\nsupplier = "Vender"\n')
    assert (where, line) == ("columns.supplier", 2)
    assert "did you mean 'Vendor'?" in text


@pytest.mark.parametrize(
    ("table", "mapping", "because"),
    [
        ("Vendor,Vendor\na,b\n", '[columns]\nsupplier = "Vendor"\n', "2 columns"),
        ("Vendor,Supplier ID\na,b\n", "", "could both be it"),
        ("Vendor\na\n", "[columns]\nname = 'Vendor'\n", "no column says the supplier"),
        ("Vendor\na\n", "[filter]\nVendr = 'a'\n", "did you mean 'Vendor'?"),
        ("Vendor\na\n", "[constants]\nlead_time_days = 'soon'\n", "not a number"),
        ("Vendor\na\n", "[wide]\n", "cannot be wide"),
        ("Vendor\na\n", "since = 2015-01-01\n", "have no time"),
        ("Vendor\na\n", "site = [", "not TOML"),
        ("Vendor\na\n", 'encoding = "klingon"', "not known"),
        ("Vendor\na\n", 'delimiter = "||"', "one character"),
        ("Vendor\na\n", "columns = 3", "not a table"),
    ],
)
def test_a_wrong_map_or_header_is_told(mistakes, table, mapping, because):
    assert because in " ".join(text for _, _, text in mistakes("suppliers", table, mapping))


def test_missing_map_is_told(tmp_path):
    (tmp_path / "t.csv").write_text("Vendor\na\n")
    (mistake,) = open_tabular("suppliers", tmp_path / "t.csv", mapping=tmp_path / "m", today=TODAY)
    assert "no such file" in mistake.because


USES = "part,qty,used\nM1,2,2015-11-30 23:30\nM2,3,2015-12-01 08:00\n"


def test_moved_in_time_and_cut_to_a_period(opened):
    mapping = """\
site = "AZ"
shift_days = 31
until = 2016-01-01
[columns]
material = { column = "part", prefix = "azure-" }
quantity = "qty"
used_on = "used"
"""
    file = opened("issues", USES, mapping)
    (used,) = (r.signal.body for r in file.stream())
    assert (used.material, used.site, used.used_on) == ("azure-M1", "AZ", date(2015, 12, 31))
    assert file.counts.filtered == 1


def test_moments_are_those_of_the_plants_zone(opened):
    mapping = (
        'timezone = "Europe/Berlin"\n[constants]\nasset = "P1"\n[columns]\nfailed_at = "used"\n'
    )
    file = opened("failures", USES, mapping, site="AZ")
    assert next(file.stream()).signal.body.failed_at == datetime(2015, 11, 30, 22, 30, tzinfo=UTC)


def test_their_words_and_units_become_ours(opened):
    table = "order,asset,due,state\nW1,P1,2026-12-01,TECO\n"
    mapping = """\
site = "S"
[columns]
order = "order"
asset = "asset"
due_at = "due"
state = { column = "state", words = { TECO = "completed" } }
"""
    (order,) = (
        r.signal.body.definition for r in opened("maintenance_orders", table, mapping).stream()
    )
    assert order.state == "completed"
    materials = opened("materials", "part,uom\nM1,Box\n", '[units]\nbox = "SET"\n')
    assert next(materials.stream()).signal.body.definition.unit == "SET"


def test_site_comes_from_the_rows_or_the_command_but_not_both(opened, mistakes):
    table = "site,location\nA,X\n"
    assert next(opened("locations", table, "").stream()).signal.body.definition.site == "A"
    assert "leave out --site" in mistakes("locations", table, "", site="B")[0][2]
    assert "belong to no site" in mistakes("suppliers", "vendor\na\n", "", site="B")[0][2]
    named = opened("locations", "location\nX\n", 'site = "C"')
    assert next(named.stream()).signal.body.definition.site == "C"
    assert "--site" in mistakes("locations", "location\nX\n", "")[0][2]
