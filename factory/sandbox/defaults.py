"""The limits of a sandbox that is given no table: AWS's hard quotas, no rates, no account limit."""

from __future__ import annotations

from factory.core.limits import Limit, Limits

_SOURCE = "AWS Organizations quotas"
_QUOTAS = {
    "organizations.organizational_unit_depth": 5,
    "organizations.organizational_units": 2000,
    "organizations.tags": 50,
    "organizations.closures": 250,
    "organizations.policy_size.SERVICE_CONTROL_POLICY": 10240,
    "organizations.policy_size.RESOURCE_CONTROL_POLICY": 5120,
    "organizations.policy_size.TAG_POLICY": 10000,
    "organizations.policy_size.BACKUP_POLICY": 10000,
    "organizations.policy_size.AISERVICES_OPT_OUT_POLICY": 2500,
    "organizations.policy_size.CHATBOT_POLICY": 10000,
    "organizations.policy_size.DECLARATIVE_POLICY_EC2": 10000,
    "organizations.policy_size.SECURITYHUB_POLICY": 10000,
    "organizations.attachments.SERVICE_CONTROL_POLICY": 10,
    "organizations.attachments.RESOURCE_CONTROL_POLICY": 5,
    "organizations.attachments.TAG_POLICY": 10,
    "organizations.attachments.BACKUP_POLICY": 10,
    "organizations.attachments.AISERVICES_OPT_OUT_POLICY": 5,
    "organizations.attachments.CHATBOT_POLICY": 5,
    "organizations.attachments.DECLARATIVE_POLICY_EC2": 10,
    "organizations.attachments.SECURITYHUB_POLICY": 10,
}
_IN_FLIGHT = {"organizations.CreateAccount": 5, "organizations.CloseAccount": 3}

DEFAULT_LIMITS = Limits(
    {
        **{key: Limit(key, value=value, source=_SOURCE) for key, value in _QUOTAS.items()},
        **{key: Limit(key, in_flight=count, source=_SOURCE) for key, count in _IN_FLIGHT.items()},
    }
)
"""The shipped table, ``factory/aws/limits.yaml``, has the same values and more; a test compares them."""
