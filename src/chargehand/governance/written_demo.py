"""The policy text of the demo plant."""

from __future__ import annotations

DEMO = """\
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

[attention]
questions_per_hour_max = 6.0

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

# --- what else they may do ------------------------------------------------------------------------

[[access]]
role = "planner"
acts = ["read", "report", "hold", "decide", "export", "audit", "review"]
sites = ["*"]

[[access]]
role = "plant_manager"
acts = ["read", "report", "hold", "decide", "export", "audit", "review"]
sites = ["*"]

[[access]]
role = "buyer"
acts = ["read", "report", "hold", "decide", "export"]
sites = ["*"]

[[access]]
role = "maintenance_planner"
acts = ["read", "report", "hold", "decide", "export"]
sites = ["*"]

[[access]]
role = "warehouse_supervisor"
acts = ["read", "report", "hold", "decide", "export", "review"]
sites = ["*"]

# --- who answers for what, and who may stand in ---------------------------------------------------

[[owners]]
decision = "mro_replenishment"
sites = ["*"]
person = "m.weber"

[[owners]]
decision = "reorder_parameters"
sites = ["*"]
person = "m.weber"

[[owners]]
decision = "part_reservation"
sites = ["*"]
person = "s.lindqvist"

[[owners]]
decision = "cycle_count"
sites = ["*"]
person = "j.novak"

[[delegations]]
roles = ["buyer", "planner", "plant_manager"]
days_max = 21
value_max = "EUR 7,500.00"

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

# What must have been seen before a decision may do more, and who signs for it.
[[promotions]]
decisions = ["*"]
sites = ["*"]
days_min = 30
count_min = 50
accuracy_min = 0.95
override_rate_max = 0.20
signatures = 2
roles = ["admin", "plant_manager", "warehouse_supervisor"]

# --- what an approval needs -----------------------------------------------------------------------

[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "EUR 2,500.00"
second_person_above = "EUR 10,000.00"
expires_after = "72 hours"
roster = "planning"
escalate_after = "24 hours"
escalate_to = ["plant_manager"]

[[rosters]]
name = "planning"
sites = ["*"]
time_zone = "Europe/Berlin"

[[rosters.shifts]]
days = ["mon", "tue", "wed", "thu", "fri"]
hours = "06:00-14:00"
people = ["m.weber", "s.lindqvist"]

[[rosters.shifts]]
days = ["mon", "tue", "wed", "thu", "fri"]
hours = "14:00-22:00"
people = ["t.kaya", "j.novak"]

[[rosters.shifts]]
days = ["*"]
hours = "22:00-06:00"
people = ["j.novak"]

[[rosters.shifts]]
days = ["sat", "sun"]
hours = "06:00-22:00"
people = ["a.okafor"]

# --- the weekly review ----------------------------------------------------------------------------

[[reviews]]
sites = ["*"]
roles = ["plant_manager", "planner"]
every_days = 7
due_days = 3
sample = 10

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
