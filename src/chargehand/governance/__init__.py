"""Who may say yes: policy, authority, phases, approvals and breakers."""
