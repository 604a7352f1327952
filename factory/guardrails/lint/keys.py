"""The global condition keys: which requests have them, and which have several values.

As of 2026-12-01; source: IAM User Guide, "AWS global condition context keys", "Availability" and "Value type" there.
"""

from __future__ import annotations

from difflib import get_close_matches

from factory.core.policy_types import RCP

_ALWAYS = ("aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:SecureTransport", "aws:ViaAWSService")
_OF_PRINCIPALS = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalType",
    "aws:userid",
)
"""Anonymous requests and AWS services lack some of these; service control policies bind neither of them."""
_OF_RESOURCES = ("aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
"""What resource control policies bind belongs to an account of the organization."""

_SEVERAL = (
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
)
_SOMETIMES = (
    "aws:AssumedRoot",
    "aws:CalledViaAWSMCP",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:FederatedProvider",
    "aws:IsMcpServiceAction",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalServiceName",
    "aws:SignInSessionArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSMCPService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpcSourceIp",
    "aws:referer",
    "aws:username",
)
_BY_TAG = ("aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/")

CROSS_SERVICE = frozenset(
    {
        "codebuild:buildarn",
        "codebuild:projectarn",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "glue:credentialissuingservice",
        "glue:roleassumedby",
        "identitystore:userid",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)
"""Keys with a service's prefix that requests to every service may have, in small letters."""

GLOBAL = "aws:"
KNOWN = {each.lower(): each for each in (*_ALWAYS, *_OF_PRINCIPALS, *_OF_RESOURCES, *_SEVERAL, *_SOMETIMES)}
"""The global keys by their small letters; tags are not among them."""

_OF_SCPS = frozenset(each.lower() for each in (*_ALWAYS, *_OF_PRINCIPALS))
_OF_RCPS = frozenset(each.lower() for each in (*_ALWAYS, *_OF_RESOURCES))
SEVERAL = frozenset(each.lower() for each in _SEVERAL)
"""Keys that may have several values, in small letters."""


def may_lack(key: str, policy_type: str) -> bool:
    """Whether a request that policies of this type bind may be without a key, given in small letters.

    Of services' own keys nothing is known, so they may be absent.
    """
    return key not in (_OF_RCPS if policy_type == RCP else _OF_SCPS)


def is_known(key: str) -> bool:
    """Whether there is a global key of this name, given in small letters; ``aws:RequestTag/KEY`` for every tag."""
    return key in KNOWN or any(key.startswith(each.lower()) and len(key) > len(each) for each in _BY_TAG)


def meant(key: str) -> str:
    """The known key that a text resembles; empty where there is none."""
    known = {**KNOWN, **{each.lower(): f"{each}KEY" for each in _BY_TAG}}
    near = get_close_matches(key.lower(), known, n=1, cutoff=0.8)
    return known[near[0]] if near else ""
