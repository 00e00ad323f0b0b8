"""Policy texts to begin with: one for a new plant, one for the demo plant."""

from __future__ import annotations

import json

from chargehand.vocabulary.identifier import identifier

_DEFAULT = """\
# The policy of this plant: who may say yes to what. Every change is a new version of this text.
# Reference: docs/reference/policy.md. Money is written with its currency, such as "EUR 250.00".

version = 1
title = "First policy: everything is observed"

# Every role that this text may speak of.
roles = ["admin", "planner"]

# Roles that may change this text (and issue keys, stop and resume automation), and roles that may
# close a circuit breaker.
[administration]
policy = ["admin"]
breakers = ["admin"]

# One table for each person. os_user is the account of this machine that acts as the person.
# active = false keeps a person who has left in the history, without any rights.
[[people]]
id = {person}
name = {name}
roles = ["planner", "admin"]
{os_user}

# What a role may approve: everything where there is a "*". value_max is the highest value of one
# proposal; "unlimited" must be said.
[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "{currency} 5,000.00"

# How far each decision has come at each place. The most specific table counts.
#   observe    proposals are recorded and measured; nothing is done
#   assist     a person approves each one
#   automate   within limits it is cleared at once; beyond them a person approves
[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "observe"

# The next step, once proposals have been right for some weeks (without the # signs):
# [[phases]]
# decision = "mro_replenishment"
# site = "*"
# zone = "*"
# phase = "assist"

# What an approval needs. Every table that applies must be kept.
[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "{currency} 2,500.00"
expires_after = "72 hours"
# With a second person among the people:
# second_person_above = "{currency} 4,000.00"

# Who may release stock from a hold, with a signature. four_eyes = true (what holds where nothing
# is said) asks for another person than the one who placed it.
[[holds]]
roles = ["admin"]
sites = ["*"]
four_eyes = false

# When something goes wrong, people are asked again until somebody closes the breaker.
[[breakers]]
decision = "*"
site = "*"
zone = "*"
window_days = 30
rejection_rate_max = 0.30
rejection_count_min = 10
outcome_error_max = 0.20
outcome_count_min = 10
failure_count_max = 2
"""

_DEMO = """\
# The policy of the demo plant. Reference: docs/reference/policy.md.

version = 1
title = "Demo plant: assisted, small refills automated"

roles = [
    "admin",
    "buyer",
    "maintenance_planner",
    "planner",
    "plant_manager",
    "warehouse_supervisor",
]

[administration]
policy = ["admin", "plant_manager"]
breakers = ["admin", "plant_manager"]

# --- people ---------------------------------------------------------------------------------------

[[people]]
id = "m.weber"
name = "Martina Weber"
roles = ["planner", "admin"]
{os_user}

[[people]]
id = "t.kaya"
name = "Tarik Kaya"
roles = ["buyer"]

[[people]]
id = "s.lindqvist"
name = "Sara Lindqvist"
roles = ["maintenance_planner"]

[[people]]
id = "j.novak"
name = "Jan Novák"
roles = ["warehouse_supervisor"]

[[people]]
id = "a.okafor"
name = "Adaeze Okafor"
roles = ["plant_manager"]

[[people]]
id = "erp.link"
name = "Link to ERP, WMS and maintenance"
roles = ["warehouse_supervisor"]
service = true

# --- who may approve what -------------------------------------------------------------------------

[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 25,000.00"

[[grants]]
role = "plant_manager"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "unlimited"

[[grants]]
role = "buyer"
transactions = ["requisition", "transfer"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 5,000.00"

[[grants]]
role = "maintenance_planner"
transactions = ["staging", "transfer"]
decisions = ["part_reservation"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 5,000.00"

[[grants]]
role = "warehouse_supervisor"
transactions = ["replenishment", "staging", "count"]
decisions = ["mro_replenishment", "part_reservation", "cycle_count"]
sites = ["HALLE3"]
zones = ["*"]
value_max = "EUR 1,000.00"

# --- how far each decision has come ---------------------------------------------------------------

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "observe"

[[phases]]
decision = "mro_replenishment"
site = "*"
zone = "*"
phase = "assist"

[[phases]]
decision = "reorder_parameters"
site = "*"
zone = "*"
phase = "assist"

[[phases]]
decision = "part_reservation"
site = "*"
zone = "*"
phase = "assist"

[[phases]]
decision = "cycle_count"
site = "*"
zone = "*"
phase = "assist"

# Refills of pick faces in the spares store of hall 3 are cleared by this policy itself.
[[phases]]
decision = "mro_replenishment"
site = "HALLE3"
zone = "MRO"
phase = "automate"
transactions = ["replenishment"]
cost_max = "EUR 250.00"
confidence_min = 0.90
spend_per_day_max = "EUR 2,000.00"

# --- what an approval needs -----------------------------------------------------------------------

[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "EUR 2,500.00"
second_person_above = "EUR 10,000.00"
expires_after = "72 hours"

# --- holds ----------------------------------------------------------------------------------------

[[holds]]
roles = ["plant_manager", "warehouse_supervisor"]
sites = ["*"]
four_eyes = true

# --- circuit breakers -----------------------------------------------------------------------------

[[breakers]]
decision = "*"
site = "*"
zone = "*"
window_days = 30
rejection_rate_max = 0.30
rejection_count_min = 10
outcome_error_max = 0.20
outcome_count_min = 10
failure_count_max = 2
spend_per_day_max = "EUR 2,000.00"
"""


def default_policy_text(
    *, person: str, name: str, os_user: str | None, currency: str = "EUR"
) -> str:
    """The policy of a new plant: everything is observed, and one person is planner and admin.

    ``ValueError`` where a name is empty, too long or holds characters that cannot be printed.
    """
    return _DEFAULT.format(
        person=_quoted(person, "person"),
        name=_quoted(name, "name"),
        os_user=_account(os_user),
        currency=currency,
    )


def demo_policy_text(*, os_user: str | None = None) -> str:
    """The policy of the demo plant, in which ``m.weber`` approves; ``os_user`` acts as her."""
    return _DEMO.format(os_user=_account(os_user))


def _account(os_user: str | None) -> str:
    if os_user is None:
        return '# os_user = "account"'
    return f"os_user = {_quoted(os_user, 'os_user')}"


def _quoted(text: str, what: str) -> str:
    # A JSON string of printable characters is a TOML string.
    return json.dumps(identifier(text, what), ensure_ascii=False)
