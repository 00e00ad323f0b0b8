"""The first shape: journal, inbox, record, proposals, rulings, orders, people's keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text()
BIG = sa.BigInteger()
FLAG = sa.Integer()


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null, primary_key=key)


def _number(name: str, *, null: bool = False, default: int | None = None) -> sa.Column[int]:
    start = None if default is None else sa.text(str(default))
    return sa.Column(name, BIG, nullable=null, server_default=start)


def upgrade() -> None:
    """Make every table."""
    _journal()
    _record()
    _forecasts()
    _proposals()
    _orders()
    _people()


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        _text("kind"),
        _text("key"),
        _text("recorded_at"),
        _text("occurred_at", null=True),
        _text("cause", null=True),
        _text("actor"),
        _text("body"),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
    )
    op.create_index("journal_by_kind", "journal", ["kind", "key"])
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        _number("size"),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        _text("recorded_at"),
    )
    op.create_table(
        "inbox",
        _text("source", key=True),
        _text("key", key=True),
        _text("kind"),
        _text("digest"),
        _text("status"),
        _number("entry"),
        _text("code", null=True),
        _text("because", null=True),
        _text("recorded_at"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "inbox_faults", "inbox", ["entry"], sqlite_where=sa.text("status <> 'accepted'")
    )


def _record() -> None:
    op.create_table(
        "master",
        _text("kind", key=True),
        _text("key", key=True),
        _text("site"),
        _text("digest"),
        _text("body"),
        _number("entry"),
    )
    op.create_index("master_by_site", "master", ["kind", "site"])
    op.create_table(
        "balance",
        _text("account", key=True),
        _text("material", key=True),
        _text("lot", key=True),
        _text("disposition", key=True),
        _text("site"),
        _text("location"),
        _number("scaled", default=0),
        _number("reserved", default=0),
        _number("entry"),
        _text("counted_at", null=True),
        sa.CheckConstraint("site = '' OR (scaled >= 0 AND reserved >= 0 AND scaled >= reserved)"),
    )
    op.create_index("balance_by_site", "balance", ["site", "material"])
    op.create_table(
        "leg",
        sa.Column("entry", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        _text("account"),
        _text("material"),
        _text("lot"),
        _text("disposition"),
        _number("scaled"),
    )
    op.create_table(
        "usage",
        sa.Column("entry", sa.Integer(), primary_key=True, autoincrement=False),
        _text("site"),
        _text("material"),
        _text("used_on"),
        _number("scaled"),
        _text("asset", null=True),
        _text("for_order", null=True),
    )
    op.create_index("usage_by_site", "usage", ["site", "used_on", "material"])
    op.create_table(
        "supply",
        _text("key", key=True),
        _text("site"),
        _text("material"),
        _text("supplier", null=True),
        _text("state"),
        _number("scaled"),
        _number("received", default=0),
        _text("promised_on", null=True),
        _text("order_key", null=True),
        _text("for_order", null=True),
        _text("decision", null=True),
        _number("entry"),
    )
    op.create_index("supply_open", "supply", ["site", "state", "material"])
    op.create_table(
        "reservation",
        _text("key", key=True),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        _text("account"),
        _text("material"),
        _text("lot"),
        _text("disposition"),
        _text("site"),
        _text("location"),
        _text("to_site"),
        _text("to_location"),
        _number("scaled"),
        _text("state"),
        _text("for_order", null=True),
        _number("entry"),
    )
    op.create_index(
        "reservation_open", "reservation", ["state", "site"], sqlite_where=sa.text("state = 'open'")
    )


def _forecasts() -> None:
    op.create_table(
        "estimate",
        _text("kind", key=True),
        _text("site", key=True),
        _text("subject", key=True),
        _text("body"),
        _number("entry"),
    )


def _proposals() -> None:
    op.create_table(
        "proposal",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        _number("version"),
        _text("decision"),
        _text("title"),
        _text("site"),
        _text("zone"),
        _text("subject"),
        _text("label"),
        _text("headline"),
        _text("state"),
        _text("priority"),
        _number("rank"),
        _text("cost"),
        _text("inaction"),
        sa.Column("inaction_rank", sa.Float(), nullable=False),
        _text("currency"),
        sa.Column("confidence", sa.Float(), nullable=False),
        _text("basis"),
        _text("decide_before"),
        _text("measure_after"),
        _text("expires_at", null=True),
        _text("as_of"),
        _text("created_at"),
        _text("updated_at"),
        _text("body"),
        _text("question"),
        _text("evidence"),
        _text("action_digest"),
        _text("verdict"),
        _text("clause"),
        _text("ruling_text"),
        _text("checks"),
        _number("policy_version"),
        _number("entry"),
    )
    op.create_index("proposal_list", "proposal", ["state", "rank", "decide_before", "number"])
    op.create_index(
        "proposal_open",
        "proposal",
        ["decision", "site", "subject"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'observed')"),
    )
    op.create_table(
        "transition",
        sa.Column("proposal", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        _text("at"),
        _text("event"),
        _text("state"),
        _text("who"),
        _text("because"),
        _number("entry"),
    )
    op.create_table(
        "refusal",
        _text("decision", key=True),
        _text("site", key=True),
        _text("subject", key=True),
        _text("label"),
        _text("code"),
        _text("because"),
        _text("at"),
    )
    op.create_table(
        "outcome",
        sa.Column("proposal", sa.Integer(), primary_key=True, autoincrement=False),
        _text("followed"),
        sa.Column("is_right", FLAG, nullable=False),
        _text("worth"),
        _text("currency"),
        _text("because"),
        _text("expected"),
        _text("actual"),
        _text("measured_at"),
        _number("entry"),
    )


def _orders() -> None:
    op.create_table(
        "ruling",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        _number("version"),
        _text("verdict"),
        _text("cleared_by"),
        _text("clause"),
        _number("policy_version"),
        _text("justification"),
        _text("action_digests"),
        _text("cost"),
        _text("currency"),
        _text("at"),
        _number("entry"),
    )
    op.create_index("ruling_by_proposal", "ruling", ["proposal", "version"])
    op.create_table(
        "orders",
        _text("key", key=True),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("ruling", sa.Integer(), sa.ForeignKey("ruling.number"), nullable=False),
        _text("target"),
        _text("state"),
        _text("transaction_type"),
        _text("action"),
        _text("site"),
        _text("zone"),
        _number("rank"),
        _text("reference"),
        _number("attempts", default=0),
        _text("next_at", null=True),
        _text("last_error"),
        _text("created_at"),
        _number("entry"),
    )
    op.create_index("orders_by_state", "orders", ["state", "next_at"])
    op.create_index("orders_by_proposal", "orders", ["proposal"])
    op.create_table(
        "breaker",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("decision"),
        _text("site"),
        _text("zone"),
        _text("cause"),
        _text("because"),
        _text("cure"),
        _text("opened_at"),
        _text("closed_at", null=True),
        _number("entry"),
    )
    op.create_table(
        "job",
        _text("kind", key=True),
        _text("site", key=True),
        _text("subject", key=True),
        _text("run_at"),
        _text("lease_until", null=True),
        _number("attempts", default=0),
    )
    op.create_index("job_due", "job", ["run_at"])


def _people() -> None:
    op.create_table(
        "policy",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        _text("text"),
        _text("digest"),
        _text("activated_at"),
        _text("who"),
        _number("entry"),
    )
    op.create_table(
        "credential",
        _text("prefix", key=True),
        _text("kind"),
        _text("hash"),
        _text("person"),
        _text("label"),
        _text("created_at"),
        _text("expires_at"),
        _text("ended_at", null=True),
    )
    op.create_table(
        "answer",
        _text("key", key=True),
        _text("digest"),
        _number("status"),
        _text("body"),
        _text("at"),
    )
