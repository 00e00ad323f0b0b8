"""The record at full width: serials and handling units, holds, genealogy, history, tiles, outbox.

Columns are written as in ``v0001_first``.
"""

import sqlalchemy as sa
from alembic import op

from chargehand.storage.migrations.columns import KINDS, TEXT, column, index

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOST = 2**53
KEY = "account material lot serial handling_unit disposition"
BALANCE = (
    "!material !lot !account !serial !handling_unit !disposition site location scaled#=0"
    " reserved#=0 frozen#=0 released#=0 entry# counted_at?"
)
TABLES = {
    # movements by balance, made from the journal in sorted runs, for looking back
    "slot": f"!id# {KEY}",
    "segment": "!number# first# last# at_max# legs#",
    "history": "!segment# !slot# !entry# !n# scaled# at#",
    "outbox": "!number# topic",
    "consumer": "!name place#",
    # holds, lots and units
    "hold": "!key site material lot serial handling_unit location reason state review_by?"
    " placed_by placed_at ended_by? ended_at? entry#",
    "hold_release": "!entry# !n# hold account material lot serial handling_unit disposition"
    " scaled# released_by",
    "hold_touch": "!hold !kind !key was entry#",
    "handling_unit": "!unit kind parent? site location state entry#",
    "genealogy": "!entry# !n# site order_key kind used_material used_lot used_serial used_scaled#"
    " made_material made_lot made_serial made_scaled# backflushed#=0 at",
    # what other systems say is there
    "snapshot": "!number# system site taken_at lines# differing# entry#",
    "difference": "!snapshot# !n# site location material lot disposition ours# theirs#"
    " explained# because state entry#",
    # the tree, and what must not be in it
    "tile": "!level# !number# hashes&",
    "personal": "!token salt text person recorded_at",
}
INDEXES = (
    ("slot_by_key", "slot", KEY, "", True),
    ("slot_by_lot", "slot", "material lot", "", False),
    ("hold_active", "hold", "site", "state = 'active'", False),
    ("balance_by_site", "balance", "site material", "", False),
    ("balance_by_account", "balance", "account material", "", False),
    ("balance_by_lot", "balance", "lot", "lot <> ''", False),
    ("balance_by_unit", "balance", "handling_unit", "handling_unit <> ''", False),
    ("balance_by_serial", "balance", "serial", "serial <> ''", False),
    ("unit_by_parent", "handling_unit", "parent", "parent IS NOT NULL", False),
    ("genealogy_used", "genealogy", "used_material used_lot used_serial", "", False),
    ("genealogy_made", "genealogy", "made_material made_lot made_serial", "", False),
    ("genealogy_order", "genealogy", "order_key", "order_key <> ''", False),
    ("difference_open", "difference", "state site", "state = 'open'", False),
    ("journal_by_kind", "journal", "kind key", "kind <> 'movement'", False),
    ("reservation_by_order", "reservation", "for_order", "for_order IS NOT NULL", False),
    ("reservation_expiry", "reservation", "expires_at", "state = 'open'", False),
)


TAKE_NUMBERS = """
CREATE FUNCTION take_numbers(many bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE first bigint;
BEGIN
  PERFORM pg_advisory_lock(4711002);
  first := nextval('journal_number');
  IF many > 1 THEN PERFORM setval('journal_number', first + many - 1); END IF;
  PERFORM pg_advisory_unlock(4711002);
  RETURN first;
END $$
"""
"""Numbers in a row, one taker at a time: a plain nextval beside a setval would give one twice."""


def upgrade() -> None:
    """Widen balances and reservations, and make what is new."""
    sqlite = op.get_context().dialect.name == "sqlite"
    op.drop_index("journal_by_kind", "journal")
    op.drop_index("balance_by_site", "balance")
    _widen_balance(sqlite=sqlite)
    op.drop_table("leg")
    _digests_as_bytes(sqlite=sqlite)
    for name, kind in (
        ("serial", TEXT), ("handling_unit", TEXT), ("kind", TEXT), ("frozen", KINDS["#"]),
        ("posted", KINDS["#"]),
    ):  # fmt: skip
        start = sa.text("''" if kind is TEXT else "0")
        op.add_column("reservation", sa.Column(name, kind, nullable=False, server_default=start))
    op.add_column("reservation", sa.Column("expires_at", TEXT))
    op.execute("UPDATE reservation SET kind = 'task'")
    op.add_column("checkpoint", sa.Column("note", TEXT))
    for name, columns in TABLES.items():
        op.create_table(
            name,
            *(column(text) for text in columns.split()),
            sqlite_with_rowid=name not in {"history", "tile"},
        )
    for name, table, columns, where, unique in INDEXES:
        index(name, table, columns.split(), where, unique=unique)
    if sqlite:
        op.execute("CREATE VIEW sequenced AS SELECT number AS place, journal.* FROM journal")
    else:
        _sequence_after_commit()


def _widen_balance(*, sqlite: bool) -> None:
    rules = [
        sa.CheckConstraint(
            "site = '' OR (scaled >= 0 AND reserved >= 0 AND scaled >= reserved"
            " AND released >= 0 AND frozen >= 0)"
        ),
        # Beyond 53 bits not every program counts exactly.
        sa.CheckConstraint(f"scaled BETWEEN -{MOST} AND {MOST}"),
    ]
    if sqlite:
        rules.append(sa.CheckConstraint("typeof(scaled) = 'integer'"))
    op.rename_table("balance", "balance_0001")
    op.create_table(
        "balance",
        # What moves within a site stays in one part of the table, so that a batch touches less.
        *map(column, BALANCE.split()),
        *rules,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO balance (account, material, lot, serial, handling_unit, disposition, site,"
        " location, scaled, reserved, entry, counted_at) SELECT account, material, lot, '', '',"
        " disposition, site, location, scaled, reserved, entry, counted_at FROM balance_0001"
    )
    op.drop_table("balance_0001")
    if not sqlite:
        op.execute("ALTER TABLE balance SET (fillfactor = 80)")


def _digests_as_bytes(*, sqlite: bool) -> None:
    """Keep the digests of source transactions as 32 bytes, in the order of their keys."""
    op.drop_index("inbox_faults", "inbox")
    op.rename_table("inbox", "inbox_0001")
    columns = "!source !key kind digest& status entry# code? because?"
    op.create_table("inbox", *(column(text) for text in columns.split()), sqlite_with_rowid=False)
    digest = "unhex(digest)" if sqlite else "decode(digest, 'hex')"
    op.execute(
        f"INSERT INTO inbox SELECT source, key, kind, {digest}, status, entry, code, because"
        " FROM inbox_0001"
    )
    op.drop_table("inbox_0001")
    index("inbox_faults", "inbox", ["entry"], "status <> 'accepted'", unique=False)


def _sequence_after_commit() -> None:
    """Number entries by a sequence, and give them their place in the tree after the commit."""
    op.execute("CREATE SEQUENCE journal_number MINVALUE 0 START 0")
    op.create_table("leaf", column("!place#"), column("number#"))
    op.create_index("leaf_by_number", "leaf", ["number"], unique=True)
    op.add_column("head", sa.Column("floor", sa.BigInteger(), server_default="0"))
    op.execute(TAKE_NUMBERS)
    op.execute(
        "CREATE VIEW sequenced AS SELECT l.place, j.* FROM leaf l JOIN journal j USING (number)"
    )
    # SQLite's names for reading JSON, so that a statement is written once.
    op.execute(
        "CREATE FUNCTION json_extract(doc text, path text) RETURNS text IMMUTABLE LANGUAGE sql AS"
        " $$ SELECT jsonb_path_query_first(doc::jsonb, path::jsonpath) #>> '{}' $$"
    )
    op.execute(
        "CREATE FUNCTION json_each(doc text, path text) RETURNS TABLE (value text) IMMUTABLE"
        " LANGUAGE sql AS $$ SELECT e::text FROM"
        " jsonb_array_elements(jsonb_path_query_first(doc::jsonb, path::jsonpath)) e $$"
    )
