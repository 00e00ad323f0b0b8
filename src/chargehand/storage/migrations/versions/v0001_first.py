"""The first shape: journal, inbox, record, proposals, rulings, orders, people's keys."""

import sqlalchemy as sa
from alembic import op

from chargehand.storage.migrations.columns import column, index

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OPEN = "state IN ('waiting', 'observed')"

TABLES = {
    # what was told, in order, each once
    "journal": "!number# kind key recorded_at occurred_at? cause? actor body leaf&",
    "head": "!id# size# peaks&",
    "checkpoint": "!size# root& recorded_at",
    "inbox": "!source !key kind digest status entry# code? because? recorded_at",
    "sender": "!source account entry#",
    # what is true
    "master": "!kind !key site body entry#",
    "balance": "!account !material !lot !disposition site location scaled#=0 reserved#=0 entry#"
    " counted_at?",
    "leg": "!entry# !n# account material lot disposition scaled#",
    "usage": "!entry# site material used_on scaled# asset? for_order?",
    "supply": "!key site material supplier? state scaled# received#=0 promised_on? order_key?"
    " for_order? decision? entry#",
    "reservation": "!key !n# account material lot disposition site location to_site to_location"
    " scaled# state for_order? entry#",
    "estimate": "!kind !site !subject body entry#",
    # what is proposed, and how it was ruled
    "proposal": "!number# version# decision title site zone subject label headline state priority"
    " rank# cost inaction inaction_rank~ currency confidence~ basis decide_before measure_after"
    " expires_at? as_of created_at updated_at body question evidence action_digest verdict clause"
    " ruling_text checks policy_version# entry#",
    "transition": "!proposal# !n# at event state who because entry#",
    "refusal": "!decision !site !subject label code because at",
    "ruling": "!number# proposal# version# verdict cleared_by clause policy_version#"
    " justification action_digests cost currency at entry#",
    "breaker": "!id# decision site zone cause because cure opened_at closed_at? entry#",
    # what is carried out, and what came of it
    "orders": "!key proposal# ruling# target state transaction_type action site zone rank#"
    " reference attempts#=0 next_at? last_error created_at entry#",
    "outcome": "!proposal# followed is_right# worth currency because expected actual measured_at"
    " entry#",
    "job": "!kind !site !subject run_at lease_until? attempts#=0",
    # who may
    "policy": "!version# text digest activated_at who entry#",
    "credential": "!prefix kind hash person label created_at expires_at ended_at?",
}

RULES: dict[str, tuple[sa.Constraint, ...]] = {
    "balance": (
        # The world outside has no site, and may owe us; a place of ours never does.
        sa.CheckConstraint("site = '' OR (scaled >= 0 AND reserved >= 0 AND scaled >= reserved)"),
    ),
    # No order without a ruling, whoever writes it.
    "orders": (sa.ForeignKeyConstraint(["ruling"], ["ruling.number"]),),
}

INDEXES = (
    ("journal_by_kind", "journal", "kind key", ""),
    ("inbox_faults", "inbox", "entry", "status <> 'accepted'"),
    ("master_by_site", "master", "kind site", ""),
    ("balance_by_site", "balance", "site material", ""),
    ("usage_by_site", "usage", "site used_on material", ""),
    ("supply_open", "supply", "site state material", ""),
    ("supply_by_order", "supply", "order_key", "order_key IS NOT NULL"),
    ("reservation_open", "reservation", "state site", "state = 'open'"),
    ("proposal_list", "proposal", "state rank decide_before number", ""),
    ("proposal_due", "proposal", "measure_after", ""),
    ("proposal_by_subject", "proposal", "decision site subject", ""),
    ("proposal_by_change", "proposal", "updated_at", ""),
    ("ruling_by_time", "ruling", "at", "verdict = 'cleared'"),
    ("ruling_by_proposal", "ruling", "proposal version", ""),
    ("orders_by_state", "orders", "state next_at", ""),
    ("orders_by_proposal", "orders", "proposal", ""),
    ("job_due", "job", "run_at", ""),
)

INTEGERS = "typeof(scaled) = 'integer'"
"""SQLite would make a sum beyond 64 bits a real number, which counts no longer exactly."""


def upgrade() -> None:
    """Make every table."""
    sqlite = op.get_context().dialect.name == "sqlite"
    for name, columns in TABLES.items():
        rules = RULES.get(name, ())
        if sqlite and name in {"balance", "leg"}:
            rules = (*rules, sa.CheckConstraint(INTEGERS))
        op.create_table(name, *(column(text) for text in columns.split()), *rules)
    for name, table, columns, where in INDEXES:
        index(name, table, columns.split(), where, unique=False)
    index("proposal_open", "proposal", ["decision", "site", "subject"], OPEN, unique=True)
