"""Declarative AWS accounts, organizational units and guardrails."""

__version__ = "0.1.0"
