"""The policy text that a new plant begins with, and the tests beside it."""

from __future__ import annotations

DEFAULT = """\
# The policy of this plant: who may say yes to what. Every change is a new version of this text.
# Reference: docs/reference/policy.md. Money is written with its currency, such as "EUR 250.00".

version = 1
title = "First policy: everything is observed"

# Every role that this text may speak of.
roles = ["admin", "planner"]

# Roles that may change this text (and issue keys, stop and resume automation), and roles that may
# close a circuit breaker.
# As soon as two active people have one of the policy roles, another one of them signs each change;
# four_eyes = true or false says so expressly.
[administration]
policy = ["admin"]
breakers = ["admin"]

# How many questions the plant wants to put to each person on duty (for the trust figures).
[attention]
questions_per_hour_max = 6.0

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

# What else a role may do, and where. The roles under [administration] policy may see and audit
# everything, propose another text and administer accounts and keys in any case.
[[access]]
role = "planner"
acts = ["read", "report", "hold", "decide", "export", "review"]
sites = ["*"]

# Who answers for a decision; a rule of [[approvals]] may keep owners from approving it.
[[owners]]
decision = "*"
sites = ["*"]
person = {person}

# With a second planner: who may let others stand in, and for how long at most.
# [[delegations]]
# roles = ["planner"]
# days_max = 21

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

# What must have been seen before a decision is raised, and how many people sign. Where nothing is
# said, automating takes 30 days, 50 measured proposals, 95 % right (as a lower bound), at most 20 %
# overruled, and two people beside the proposer. A table here holds for raising to assist as well.
# [[promotions]]
# decisions = ["*"]
# sites = ["*"]
# days_min = 30
# count_min = 50
# accuracy_min = 0.95
# signatures = 2

# What an approval needs. Every table that applies must be kept.
[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "{currency} 2,500.00"
expires_after = "72 hours"
# With a second person among the people:
# second_person_above = "{currency} 4,000.00"

# With shifts: whose queue a proposal waits in (roster = "day" in a rule of [[approvals]]), and to
# whom it is handed on (escalate_after = "4 hours", escalate_to = ["admin"]).
# [[rosters]]
# name = "day"
# sites = ["*"]
# time_zone = "Europe/Berlin"
# [[rosters.shifts]]
# days = ["mon", "tue", "wed", "thu", "fri"]
# hours = "06:00-14:00"
# people = [{person}]

# Who reviews the exceptions of each week; where a review is overdue, automation lapses to assist.
[[reviews]]
sites = ["*"]
roles = ["admin"]

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

TESTS = """\
# Questions that the policy must answer as it says here, whatever its next version changes.
# `chargehand policy test` runs them; a text that fails one of them cannot be proposed.
#   act      automate, approve, reject, change, release, or one of the acts of [[access]]
#   who      a person, or role: anybody who has it
#   expect   cleared, waits, refused, needs two people, may, may not; a list where several are right
#   clause   optional: how the name of the clause begins that must have decided

[[tests]]
what = "Nothing worth {currency} 5,000 is done without a person"
act = "automate"
decision = "mro_replenishment"
transaction = "requisition"
value = "{currency} 5,000.00"
expect = ["waits", "refused"]
"""
