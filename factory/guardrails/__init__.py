"""The judge of policies, without AWS: what statements allow and deny, and the order that keeps guard."""
