"""Governance whole: change requests, demotions, delegations, reviews, probes, notices, accounts.

Columns are written as in ``v0001_first``.
"""

import sqlalchemy as sa
from alembic import op

from chargehand.storage.migrations.columns import KINDS, TEXT, column, index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = {
    # who changed the rules, and who agreed
    "change_request": "!number# kind state base_version# new_version# digest text because evidence"
    " proposed_by proposed_at expires_at ended_at? ended_because entry#",
    "signature": "!request# !n# person role verdict because at entry#",
    # how far a decision may go at present, below what the policy says
    "demotion": "!number# decision site zone phase cause because who at ended_at? ended_by? entry#",
    # who stands in for whom
    "delegation": "!number# from_person to_person scope since until because ended_at? entry#",
    # what people are told
    "notice": "!number# topic site roles person text link at seen_at? attempts#=0 next_at? sent_at?"
    " entry#",
    # weekly review, and what reviewers answered
    "review": "!number# site period_from period_to state pack due_at completed_by? completed_at?"
    " entry#",
    "review_answer": "!review# !n# subject verdict text person at entry#",
    # who has what open; struck out with the first act on it
    "look": "!proposal# !person version# opened_at",
    # how long proposals had been open before a yes: counted, beside no proposal, ruling or person
    "reading": "!decision !site !week !bin# approvals#",
    # approved sooner than anybody can read; struck out when a review has looked at what came of it
    "waved_through": "!proposal# site day",
    # proposals known to be wrong, which never have an effect
    "probe_ticket": "!commitment salt entry#",
    "probe": "!proposal# commitment salt wrong state planted_at ended_at? entry#",
    # signing in
    "sign_in_failure": "!subject failures# last_at locked_until?",
    "sign_in_flow": "!state nonce verifier back expires_at",
}
INBOX_ORDER = "rank decide_before loss number"
FIGURES = "cents paid_in permille version"
INDEXES = (
    ("change_request_open", "change_request", "state", "state = 'waiting'"),
    ("demotion_open", "demotion", "decision", "ended_at IS NULL"),
    ("delegation_open", "delegation", "to_person", "ended_at IS NULL"),
    ("notice_unseen", "notice", "site", "seen_at IS NULL"),
    ("notice_to_send", "notice", "next_at", "next_at IS NOT NULL"),
    ("review_open", "review", "site state", ""),
    ("credential_in_force", "credential", "kind person", "ended_at IS NULL"),
    # the inbox in its order, whole and for each kind of question
    ("proposal_inbox", "proposal", f"state {INBOX_ORDER} asked {FIGURES}", ""),
    ("proposal_asked", "proposal", f"state asked {INBOX_ORDER} {FIGURES}", ""),
    ("proposal_to_escalate", "proposal", "escalate_at", "escalate_at IS NOT NULL"),
    # what breakers read each time, also while thousands are being proposed
    (
        "proposal_decided",
        "proposal",
        "updated_at",
        "state IN ('cleared', 'sent', 'confirmed', 'declined', 'failed', 'rejected')",
    ),
    ("transition_undone", "transition", "at", "event = 'undo'"),
    ("outcome_by_time", "outcome", "measured_at", ""),
    ("orders_by_time", "orders", "created_at", ""),
    ("journal_rulings", "journal", "number leaf", "kind = 'ruling'"),
)
ADDED = {
    "proposal": (
        ("seen", KINDS["#"], "0"),  # size of the journal in the snapshot it was made from
        ("escalated", KINDS["#"], "0"),  # how often it was handed on
        ("escalate_at", TEXT, None),
        ("handed_to", TEXT, "''"),  # roles it was handed on to, as |role|role|
        ("undo_until", TEXT, None),
        ("owner", TEXT, "''"),
        # what lists are filtered by: 0 where only the proposal itself tells what it asks for
        ("asked", KINDS["#"], "0"),
        ("cents", KINDS["#"], "0"),
        ("paid_in", TEXT, "''"),
        ("permille", KINDS["#"], "0"),
        ("loss", KINDS["~"], "0"),  # of doing nothing, below zero: the dearest comes first
        ("roster", TEXT, "''"),
        ("elsewhere", TEXT, "''"),  # where it takes effect beside its own place
    ),
    "ruling": (
        ("for_whom", TEXT, "''"),  # JSON: who approved in whose stead
        ("standing", TEXT, "''"),  # canonical: how things stood; with the rest it can be replayed
    ),
    "orders": (("release_at", TEXT, None),),  # not begun before this: the undo window
    "breaker": (
        ("state", TEXT, "'open'"),  # open | half_open | closed
        ("half_open_at", TEXT, None),
        ("trials", KINDS["#"], "0"),  # how many more may be cleared while half open
    ),
    "credential": (
        ("scope", TEXT, "''"),  # JSON: acts and sites that a key is limited to
        ("last_used_at", TEXT, None),
        ("replaced_by", TEXT, None),
    ),
}


POST_ONE = """
CREATE FUNCTION post_one(
  number_ bigint, source_ text, key_ text, kind_ text, digest_ bytea, movement_ text, at_ text,
  occurred_ text, cause_ text, actor_ text, body_ text, leaf_ bytea, taken bigint[],
  brought bigint[], materials text[], lots text[], accounts text[], serials text[], units text[],
  dispositions text[]
) RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE changed bigint := 0;
BEGIN
  INSERT INTO inbox (source, key, kind, digest, status, entry)
    VALUES (source_, key_, kind_, digest_, 'accepted', number_);
  FOR i IN 1 .. cardinality(taken) LOOP
    UPDATE balance b SET scaled = b.scaled + taken[i] + brought[i],
      entry = CASE WHEN number_ > b.entry THEN number_ ELSE b.entry END
    WHERE b.material = materials[i] AND b.lot = lots[i] AND b.account = accounts[i]
      AND b.serial = serials[i] AND b.handling_unit = units[i] AND b.disposition = dispositions[i]
      AND (taken[i] = 0 OR b.site = '' OR (b.frozen = 0 AND b.scaled + taken[i] >= b.reserved));
    IF FOUND THEN changed := changed + 1; END IF;
  END LOOP;
  INSERT INTO journal (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)
    VALUES (number_, 'movement', movement_, at_, occurred_, cause_, actor_, body_, leaf_);
  INSERT INTO outbox (number, topic) VALUES (number_, 'movement');
  RETURN changed;
END $$
"""
"""A movement that comes alone: planned once, where a statement would be planned each time."""

PROBES_STAY = {
    "orders": "SELECT 1 FROM probe WHERE proposal = NEW.proposal",
    "ruling": "SELECT 1 FROM probe WHERE proposal = NEW.proposal AND NEW.verdict = 'cleared'",
}
"""No probe is ever cleared or ordered, whoever writes it."""


def _refuse_probes(*, sqlite: bool) -> None:
    said = "a probe is never cleared, and nothing is ordered for it"
    for table, found in PROBES_STAY.items():
        name = f"no_{table}_of_probe"
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN EXISTS ({found})"
                f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF EXISTS ({found}) THEN RAISE EXCEPTION '{said}' USING ERRCODE = '23514'; END IF;"
            " RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def upgrade() -> None:
    """Add what is new; nothing that was there changes its meaning."""
    for name, added in ADDED.items():
        for column_name, kind, start in added:
            op.add_column(
                name,
                sa.Column(
                    column_name,
                    kind,
                    nullable=start is None,
                    server_default=None if start is None else sa.text(start),
                ),
            )
    if op.get_context().dialect.name == "postgresql":
        op.execute(POST_ONE.replace(":=", r"\:="))
    op.execute("UPDATE proposal SET loss = -inaction_rank")
    op.drop_index("proposal_list", "proposal")
    op.execute("UPDATE breaker SET state = 'closed' WHERE closed_at IS NOT NULL")
    for name, columns in TABLES.items():
        op.create_table(name, *(column(text) for text in columns.split()))
    for name, table, columns, where in INDEXES:
        index(name, table, columns.split(), where, unique=False)
    _refuse_probes(sqlite=op.get_context().dialect.name == "sqlite")
