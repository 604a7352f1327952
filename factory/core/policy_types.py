"""The policy types of AWS Organizations, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyType:
    """One Organizations policy type (API reference, ``PolicyType``).

    ``default_policy`` is the AWS-managed policy that AWS attaches to every node by itself; ``authorizes``
    marks the two types that decide on requests, the others shape an effective policy by inheritance.
    """

    name: str
    title: str
    default_policy: str | None = None
    authorizes: bool = False


SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
FULL_ACCESS = "FullAWSAccess"
RCP_FULL_ACCESS = "RCPFullAWSAccess"

POLICY_TYPES: dict[str, PolicyType] = {
    row.name: row
    for row in (
        PolicyType(SCP, "service control policy", FULL_ACCESS, authorizes=True),
        PolicyType(RCP, "resource control policy", RCP_FULL_ACCESS, authorizes=True),
        PolicyType("TAG_POLICY", "tag policy"),
        PolicyType("BACKUP_POLICY", "backup policy"),
        PolicyType("AISERVICES_OPT_OUT_POLICY", "AI services opt-out policy"),
        PolicyType("CHATBOT_POLICY", "chat applications policy"),
        PolicyType("DECLARATIVE_POLICY_EC2", "declarative policy for EC2"),
        PolicyType("SECURITYHUB_POLICY", "Security Hub policy"),
        PolicyType("SECURITYHUB_CSPM_POLICY", "Security Hub CSPM policy"),
        PolicyType("INSPECTOR_POLICY", "Amazon Inspector policy"),
        PolicyType("UPGRADE_ROLLOUT_POLICY", "upgrade rollout policy"),
        PolicyType("BEDROCK_POLICY", "Amazon Bedrock policy"),
        PolicyType("S3_POLICY", "Amazon S3 policy"),
        PolicyType("NETWORK_SECURITY_DIRECTOR_POLICY", "network security director policy"),
        PolicyType("GUARDDUTY_POLICY", "Amazon GuardDuty policy"),
    )
}
