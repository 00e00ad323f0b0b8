"""The policy tests of the demo plant."""

from __future__ import annotations

TESTS = """\
# Questions that the policy must answer as it says here, whatever its next version changes.
# `chargehand policy test` runs them; a text that fails one of them cannot be proposed.

[[tests]]
what = "A small refill in the spares store of hall 3 is cleared by the policy"
act = "automate"
decision = "mro_replenishment"
transaction = "replenishment"
site = "HALLE3"
zone = "MRO"
value = "EUR 249.00"
confidence = 0.95
expect = "cleared"

[[tests]]
what = "A refill that the model is not sure of waits for a person"
act = "automate"
decision = "mro_replenishment"
transaction = "replenishment"
site = "HALLE3"
zone = "MRO"
value = "EUR 249.00"
confidence = 0.80
expect = "waits"
clause = "phases[6].confidence_min"

[[tests]]
what = "A purchase is never cleared without a person"
act = "automate"
decision = "mro_replenishment"
transaction = "requisition"
site = "HALLE3"
zone = "MRO"
value = "EUR 5.00"
expect = ["waits", "refused"]

[[tests]]
what = "A buyer may not order for more than EUR 5,000"
act = "approve"
role = "buyer"
decision = "mro_replenishment"
transaction = "requisition"
site = "WERK2"
zone = "RAW"
value = "EUR 5,001.00"
expect = "may not"

[[tests]]
what = "Above EUR 10,000 two people approve"
act = "approve"
who = "a.okafor"
decision = "mro_replenishment"
transaction = "requisition"
site = "WERK2"
zone = "RAW"
value = "EUR 10,001.00"
expect = "needs two people"
clause = "approvals[1].second_person_above"

[[tests]]
what = "The link to other systems approves nothing"
act = "approve"
who = "erp.link"
decision = "mro_replenishment"
transaction = "replenishment"
site = "HALLE3"
zone = "MRO"
expect = "may not"

[[tests]]
what = "Only who is in charge of the policy proposes another one"
act = "propose_policy"
role = "buyer"
expect = "may not"
"""
