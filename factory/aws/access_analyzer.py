"""The gateway to IAM Access Analyzer: what AWS itself says of a policy document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from factory.aws import answers

if TYPE_CHECKING:
    from factory.aws.call import Calls
    from factory.aws.records import PolicyFinding


class AccessAnalyzer:
    """Validation of policy documents: it judges the text of one, and needs no analyzer, no organization and no fee.

    Source: Access Analyzer API reference, ``ValidatePolicy``.
    """

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls = calls
        self._client = client

    def validate_policy(self, policy_type: str, document: str) -> list[PolicyFinding]:
        """Everything that AWS finds in the document of an SCP or RCP; its types are called as in Organizations."""
        found = self._calls.pages(
            "accessanalyzer.ValidatePolicy",
            self._client.validate_policy,
            "findings",
            token="nextToken",
            policyType=policy_type,
            policyDocument=document,
        )
        return [answers.policy_finding(row) for row in found]
