"""The lint rules: for each, statements in which it finds something, and their likes in which it finds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from factory.core.address import Address, account, unit
from factory.core.policy_types import RCP, SCP
from factory.core.resource import Source
from factory.guardrails.grammar import faults
from factory.guardrails.lint import BY_NAMES, OFFLINE, Finding, lint
from factory.guardrails.tree import Held, Member, Tree
from factory.guardrails.trials import Subject

BUT = {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/break-glass"}}
SHOWN = {"Null": {"aws:PrincipalTag/team": "false"}}
KEYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ec2", "RunInstances"): ("ec2:InstanceType", "aws:RequestTag/${TagKey}", "aws:TagKeys"),
    ("ec2", "StopInstances"): ("ec2:ResourceTag/${TagKey}",),
    ("s3", "GetObject"): ("s3:VersionId",),
    ("sts", "AssumeRoleWithSAML"): ("saml:sub",),
}


class Few:
    """A list of names with two services in it."""

    def services(self) -> set[str]:
        return {service for service, _ in KEYS}

    def actions(self, service: str) -> list[str]:
        return [action for each, action in KEYS if each == service]

    def keys(self, service: str) -> list[str]:
        return [key for (each, _), keys in KEYS.items() if each == service for key in keys]

    def keys_of(self, service: str, action: str) -> tuple[str, ...]:
        return KEYS[service, action]


def deny(
    action: Any = "ec2:RunInstances", resource: Any = "*", *more: dict[str, Any], **written: Any
) -> dict[str, Any]:
    """A denial that exempts break-glass, with more conditions."""
    return statement("Deny", action, resource, BUT, *more, **written)


def statement(effect: str, action: Any, resource: Any, *conditions: dict[str, Any], **written: Any) -> dict[str, Any]:
    block: dict[str, dict[str, Any]] = {}
    for each in conditions:
        for operator, keys in each.items():
            block.setdefault(operator, {}).update(keys)
    found = {"Effect": effect, "Action": action, "Resource": resource, **written}
    return {**found, "Condition": block} if block else found


def bound(*more: dict[str, Any], action: Any = "s3:*") -> dict[str, Any]:
    """A denial in a resource control policy."""
    return statement("Deny", action, "*", *more, Principal="*")


def findings(
    policies: Mapping[str, tuple[str, list[dict[str, Any]]]], tree: Tree | None = None, names: Any = None
) -> list[Finding]:
    """What the rules find in these guardrails; a place in a document is told as if it were a file's."""
    subjects = []
    for name, (kind, statements) in policies.items():
        document = {"Version": "2012-10-17", "Statement": statements}
        assert not list(faults(kind, document)), "a document that AWS refuses is not linted"
        subjects.append(Subject(name, kind, document, lambda *path: Source("/".join(map(str, path)))))
    return list(lint(subjects, tree or Tree(), names))


LOUD: dict[str, tuple[str, str, dict[str, Any], str]] = {
    # rule, where, statement, the beginning of what is said
    "an action without a service": ("L05", "Action", deny("RunInstances"), '"RunInstances" names no service'),
    "a resource that is no ARN": ("L05", "Resource", deny("s3:*", "my-bucket"), '"my-bucket" is no ARN'),
    "an ARN that is too short": (
        "L05",
        "Resource/1",
        deny("s3:*", ["*", "arn:aws:s3:::"[:-1]]),
        '"arn:aws:s3::" is no',
    ),
    "an action without a name": ("L05", "Action", deny("s3:"), '"s3:" names no action'),
    "an action after nothing": ("L05", "Action/1", deny(["s3:*", ":x"]), '":x" names no service'),
    "all of a bucket that is no ARN": ("L05", "Resource", deny("s3:*", "bucket/*"), '"bucket/*" is no ARN'),
    "an ARN without the account": (
        "L05",
        "Resource",
        deny("ec2:*", "arn:aws:ec2:eu-central-1:instance/*"),
        '"arn:aws:ec2:eu-central-1:instance/*" is no ARN',
    ),
    "an ARN without its beginning": ("L05", "Resource", deny("s3:*", ":aws:s3:::a"), '":aws:s3:::a" is no ARN'),
    "another scheme": ("L05", "Resource", deny("s3:*", "urn:aws:s3:::a"), '"urn:aws:s3:::a" is no ARN'),
    "a principal that is no ARN": (
        "L05",
        "Condition/ArnLike/aws:PrincipalArn/1",
        deny("s3:*", "*", {"ArnLike": {"aws:PrincipalArn": ["arn:*:iam::*:role/a", "role/b"]}}),
        '"role/b" is no ARN, so it never is',
    ),
    "a date that is none, negated": (
        "L05",
        "Condition/DateNotEquals/aws:CurrentTime",
        deny("s3:*", "*", {"DateNotEquals": {"aws:CurrentTime": "soon"}}),
        'DateNotEquals cannot read "soon", so it is always met',
    ),
    "a network that is none": (
        "L05",
        "Condition/IpAddress/aws:SourceIp",
        deny("s3:*", "*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}),
        'IpAddress cannot read "10.0.0.0/33", so it never is',
    ),
    "a truth that is none": (
        "L05",
        "Condition/Bool/aws:SecureTransport",
        deny("s3:*", "*", {"Bool": {"aws:SecureTransport": "no"}}),
        'Bool cannot read "no"',
    ),
    "an unclosed variable": (
        "L07",
        "Resource",
        deny("s3:*", "arn:aws:s3:::${aws:PrincipalAccount"),
        '"${aws:PrincipalAccount" is no policy variable',
    ),
    "a default without quotes": (
        "L07",
        "Resource",
        deny("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team, none}"),
        '"${aws:PrincipalTag/team, none}" is no policy variable',
    ),
    "a variable without a prefix": ("L07", "Resource", deny("s3:*", "arn:aws:s3:::${team}"), "${team} names no"),
    "a misspelt variable": (
        "L07",
        "Resource",
        deny("s3:*", "arn:aws:s3:::${aws:PrincipalAcount}"),
        "${aws:PrincipalAcount}: there is no such condition key (did you mean ${aws:PrincipalAccount}?)",
    ),
    "a variable that may have no value": (
        "L07",
        "Resource",
        deny("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team}"),
        "${aws:PrincipalTag/team} has no value in requests without that key, and then the statement denies nothing",
    ),
    "a variable under an operator without any": (
        "L07",
        "Condition/NumericEquals/s3:max-keys",
        deny("s3:*", "*", {"NumericEquals": {"s3:max-keys": "${aws:userid}"}}),
        "NumericEquals takes no variables",
    ),
    "white space": ("L08", "Action/1", deny(["s3:*", "ec2: Run*"]), '"ec2: Run*" has white space in it'),
    "a misspelt global key": (
        "L20",
        "Condition/StringEquals/aws:RequestRegion",
        deny("s3:*", "*", {"StringEquals": {"aws:RequestRegion": "eu-west-1"}}),
        "there is no condition key aws:RequestRegion (did you mean aws:RequestedRegion?)",
    ),
    "a key without a prefix": (
        "L20",
        "Condition/StringEquals/region",
        deny("s3:*", "*", {"StringEquals": {"region": "eu-west-1"}}),
        "region is no condition key",
    ),
    "a tag without a key": (
        "L20",
        "Condition/StringEquals/aws:RequestTag/",
        deny("s3:*", "*", {"StringEquals": {"aws:RequestTag/": "x"}}),
        "there is no condition key aws:RequestTag/",
    ),
    "Regions without global services": (
        "L22",
        "Condition/StringNotEquals/aws:RequestedRegion",
        {
            "Effect": "Deny",
            "NotAction": ["iam:*", "sts:*"],
            "Resource": "*",
            "Condition": {**BUT, "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
        },
        "it stops services that answer in one Region only: account, budgets,",
    ),
    "us-east-1, but not us-west-2": (
        "L22",
        "Condition/StringNotEquals/aws:RequestedRegion",
        deny("*", "*", {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}),
        "it stops services that answer in one Region only: globalaccelerator, networkmanager",
    ),
    "Regions denied by a pattern": (
        "L22",
        "Condition/StringLike/aws:RequestedRegion",
        deny("*", "*", {"StringLike": {"aws:RequestedRegion": ["us-*"]}}),
        "it stops services that answer in one Region only: account, budgets,",
    ),
    "the Region of global services denied": (
        "L22",
        "Condition/StringEquals/aws:RequestedRegion",
        deny("*", "*", {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
        "it stops services that answer in one Region only: account, budgets,",
    ),
    "Regions by two conditions, told once": (
        "L22",
        "Condition/StringNotLike/aws:RequestedRegion",
        deny("*", "*", {"StringNotLike": {"aws:RequestedRegion": "eu-*"}, "StringLike": {"aws:RequestedRegion": "*"}}),
        "it stops services that answer in one Region only: account, budgets,",
    ),
    "Regions allowed without global services": (
        "L22",
        "Condition/StringEquals/aws:RequestedRegion",
        statement("Allow", "*", "*", {"StringEquals": {"aws:RequestedRegion": ["eu-central-1"]}}),
        "it stops services that answer in one Region only: account, budgets,",
    ),
    "a negated operator on a key of some requests": (
        "L23",
        "Condition/StringNotEquals/ec2:InstanceType",
        deny("ec2:*", "*", {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}),
        "StringNotEquals is met where ec2:InstanceType is absent",
    ),
    "a negated operator in an RCP on what anonymous requests lack": (
        "L23",
        "Condition/StringNotEquals/aws:PrincipalOrgID",
        bound({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        "StringNotEquals is met where aws:PrincipalOrgID is absent",
    ),
    "ForAllValues on tags that a request may lack": (
        "L23",
        "Condition/ForAllValues:StringEquals/aws:TagKeys",
        deny("ec2:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
        "ForAllValues:StringEquals is met where aws:TagKeys is absent",
    ),
    "an instance type of more than launches": (
        "L23",
        "Condition/StringNotEquals/ec2:InstanceType",
        deny(
            ["ec2:RunInstances", "ec2:StartInstances"],
            "arn:*:ec2:*:*:instance/*",
            {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}},
        ),
        "StringNotEquals is met where ec2:InstanceType is absent",
    ),
    "an instance type of images": (
        "L23",
        "Condition/StringNotEquals/ec2:InstanceType",
        deny("ec2:RunInstances", "arn:*:ec2:*::image/*", {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}),
        "StringNotEquals is met where ec2:InstanceType is absent",
    ),
    "tags demanded of images": (
        "L24",
        "Condition/Null/aws:RequestTag/team",
        deny("ec2:*", "*", {"Null": {"aws:RequestTag/team": "true"}}),
        "aws:RequestTag/team is asked of an image and a subnet and a security group, which",
    ),
    "a value of a tag demanded of images": (
        "L24",
        "Condition/StringNotEqualsIfExists/aws:RequestTag/team",
        deny("ec2:RunInstances", "*", {"StringNotEqualsIfExists": {"aws:RequestTag/team": ["a", "b"]}}),
        "aws:RequestTag/team is asked of an image and",
    ),
    "tags demanded of all in EC2": (
        "L24",
        "Condition/Null/aws:RequestTag/team",
        deny("ec2:RunInstances", "arn:aws:ec2:*:*:*", {"Null": {"aws:RequestTag/team": "true"}}),
        "aws:RequestTag/team is asked of an image and",
    ),
    "tags demanded of subnets": (
        "L24",
        "Condition/Null/aws:RequestTag/team",
        deny(
            "ec2:RunInstances",
            ["arn:*:ec2:*:*:instance/*", "arn:*:ec2:*:*:subnet/*"],
            {"Null": {"aws:RequestTag/team": "true"}},
        ),
        "aws:RequestTag/team is asked of a subnet, which",
    ),
    "tags demanded of all but images": (
        "L24",
        "Condition/Null/aws:RequestTag/team",
        {
            "Effect": "Deny",
            "Action": "ec2:RunInstances",
            "NotResource": "arn:*:ec2:*:*:image/*",
            "Condition": {**BUT, "Null": {"aws:RequestTag/team": "true"}},
        },
        "aws:RequestTag/team is asked of a subnet and a",
    ),
    "MFA that access keys pass": (
        "L25",
        "Condition/Bool/aws:MultiFactorAuthPresent",
        deny("iam:*", "*", {"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        "Bool is not met by access keys of IAM users",
    ),
    "an allowance without the key": (
        "L26",
        "Condition/ForAllValues:StringEquals/aws:TagKeys",
        statement("Allow", "ec2:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
        "ForAllValues:StringEquals is met where aws:TagKeys is absent",
    ),
    "a denial for everyone": (
        "L27",
        "",
        statement("Deny", "s3:*", "*", Sid="No"),
        "the statement No denies to everyone",
    ),
    "a denial for everyone in a Region": (
        "L27",
        "",
        statement("Deny", "s3:*", "*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        "statement 1 denies to everyone",
    ),
    "a denial for all that are no AWS service": (
        "L27",
        "",
        statement("Deny", "s3:*", "*", {"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        "statement 1 denies to everyone",
    ),
    "a denial for the whole organization": (
        "L27",
        "",
        statement("Deny", "s3:*", "*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        "statement 1 denies to everyone",
    ),
    "a denial for all with an ARN": (
        "L27",
        "",
        statement("Deny", "s3:*", "*", {"Null": {"aws:PrincipalArn": "false"}}),
        "statement 1 denies to everyone",
    ),
    "a denial for every role": (
        "L27",
        "",
        statement("Deny", "s3:*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/*"}}),
        "statement 1 denies to everyone",
    ),
    "a session as a principal": (
        "L28",
        "Condition/StringLike/aws:PrincipalArn",
        deny("s3:*", "*", {"StringLike": {"aws:PrincipalArn": "arn:aws:sts::*:assumed-role/Admin/*"}}),
        "aws:PrincipalArn is never the ARN of a session",
    ),
    "an RCP about EC2": (
        "L32",
        "Action/1",
        bound(action=["s3:*", "ec2:*"]),
        "resource control policies do not bind ec2",
    ),
    "no service-linked roles": (
        "L33",
        "Action",
        deny("iam:Create*"),
        '"iam:Create*" covers iam:CreateServiceLinkedRole',
    ),
    "no service-linked roles by their ARN": (
        "L33",
        "Action",
        deny("iam:*", "arn:aws:iam::${aws:PrincipalAccount}:role/aws-service-role/*"),
        '"iam:*" covers iam:CreateServiceLinkedRole',
    ),
    "an event of CloudTrail": ("L34", "Action", deny("s3:ListBuckets"), '"s3:ListBuckets" is an event of CloudTrail'),
    "a call that another permission is for": ("L34", "Action", deny("bedrock:Converse"), '"bedrock:Converse" is an'),
    "an event with a date": (
        "L34",
        "Action",
        deny("lambda:CreateFunction20150331"),
        '"lambda:CreateFunction20150331" is',
    ),
    "another event with a date": ("L34", "Action", deny("lambda:UpdateFunctionCode20150331v2"), '"lambda:Update'),
    "a key of several values": (
        "L36",
        "Condition/StringEquals/aws:TagKeys",
        deny("ec2:*", "*", {"StringEquals": {"aws:TagKeys": "team"}}),
        "aws:TagKeys may have several values, and then StringEquals is not met",
    ),
}


@pytest.mark.parametrize(("rule", "where", "written", "beginning"), LOUD.values(), ids=LOUD.keys())
def test_what_a_rule_finds(rule: str, where: str, written: dict[str, Any], beginning: str) -> None:
    kind = RCP if "Principal" in written else SCP
    (found,) = [each for each in findings({"g": (kind, [written])}) if each.rule == rule]
    assert found.source.file == (f"Statement/0/{where}" if where else "Statement/0")
    assert found.what.startswith(beginning)
    assert found.fix
    assert found.fix[0].islower()


QUIET: dict[str, tuple[str, dict[str, Any]]] = {
    "all actions": ("L05", deny("*")),
    "all services": ("L05", deny("*:Purchase*")),
    "the ARN of everything in EC2": ("L05", deny("ec2:*", "arn:aws:ec2:*")),
    "the ARN of everything in a Region": ("L05", deny("ec2:*", "arn:aws:ec2:eu-central-1:*")),
    "an ARN of all Regions": ("L05", deny("ec2:*", "arn:aws:ec2:*:instance/*")),
    "a text that a wildcard begins": ("L05", deny("s3:*", "*/secret/*")),
    "an ARN with a slash after a wildcard": ("L05", deny("s3:*", "arn:aws:s3*/secret/*")),
    "an ARN that begins with a wildcard": ("L05", deny("ec2:*", "*:ec2:eu-west-1:*:instance/*")),
    "an ARN in a variable": ("L05", deny("iam:*", "*", {"ArnEquals": {"iam:PolicyARN": "${aws:PrincipalArn}"}})),
    "true in any case of letters": ("L05", deny("s3:*", "*", {"Bool": {"aws:SecureTransport": "True"}})),
    "an address": ("L05", deny("s3:*", "*", {"IpAddress": {"aws:SourceIp": "10.0.0.1"}})),
    "a date": ("L05", deny("s3:*", "*", {"DateLessThan": {"aws:CurrentTime": "2026-12-01"}})),
    "a variable that always has a value": ("L07", deny("s3:*", "arn:aws:s3:::${aws:PrincipalAccount}-*")),
    "a variable with a default": ("L07", deny("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team, 'none'}")),
    "a variable whose key is asked for": ("L07", deny("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team}", SHOWN)),
    "escapes": ("L07", deny("s3:*", "arn:aws:s3:::a${*}${?}${$}")),
    "a key that RCPs always find": (
        "L07",
        bound({"StringNotEqualsIfExists": {"aws:SourceOrgID": "${aws:ResourceOrgID}"}}),
    ),
    "a tag": ("L20", deny("s3:*", "*", {"StringEquals": {"aws:requesttag/team": "x"}})),
    "a key of a service": ("L20", deny("s3:*", "*", {"StringEquals": {"s3:VersionId": "x"}})),
    "Regions with us-east-1 and us-west-2": (
        "L22",
        deny("*", "*", {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1", "us-west-2"]}}),
    ),
    "Regions for EC2": ("L22", deny("ec2:*", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})),
    "one Region denied": ("L22", deny("*", "*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
    "another Region denied": ("L22", deny("*", "*", {"StringEquals": {"aws:RequestedRegion": "us-west-2"}})),
    "Regions allowed with us-east-1 and us-west-2": (
        "L22",
        statement("Allow", "*", "*", {"StringLike": {"aws:RequestedRegion": ["eu-*", "us-east-1", "us-west-2"]}}),
    ),
    "Regions allowed for EC2": (
        "L22",
        statement("Allow", "ec2:*", "*", {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}),
    ),
    "Regions for some": (
        "L22",
        statement(
            "Deny",
            "*",
            "*",
            {
                "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"},
                "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"},
            },
        ),
    ),
    "said openly": ("L23", deny("ec2:*", "*", {"StringNotEqualsIfExists": {"ec2:InstanceType": "t3.micro"}})),
    "the key asked for": (
        "L23",
        deny(
            "ec2:*",
            "*",
            {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}, "Null": {"ec2:InstanceType": "false"}},
        ),
    ),
    "the key asked for by a positive operator": (
        "L23",
        deny("s3:*", "*", {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}, "StringLike": {"aws:SourceVpc": "vpc-*"}}),
    ),
    "ForAllValues, the key asked for": (
        "L23",
        deny("ec2:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}}),
    ),
    "the type of launched instances": (
        "L23",
        deny("ec2:RunInstances", "arn:*:ec2:*:*:instance/*", {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}),
    ),
    "the owner of launched images": (
        "L23",
        deny("ec2:RunInstances", ["arn:*:ec2:*::image/*"], {"StringNotEquals": {"ec2:Owner": "amazon"}}),
    ),
    "a key of all requests": ("L23", deny("ec2:*", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})),
    "an allowance": (
        "L23",
        statement("Allow", "ec2:*", "*", {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}),
    ),
    "tags of instances": (
        "L24",
        deny("ec2:RunInstances", "arn:*:ec2:*:*:instance/*", {"Null": {"aws:RequestTag/team": "true"}}),
    ),
    "tags of instances and volumes": (
        "L24",
        deny(
            "ec2:RunInstances",
            ["arn:*:ec2:*:*:instance/*", "arn:*:ec2:*:*:volume/*"],
            {"Null": {"aws:RequestTag/team": "true"}},
        ),
    ),
    "tags of another call": ("L24", deny("ec2:CreateVpc", "*", {"Null": {"aws:RequestTag/team": "true"}})),
    "tags if there are any": ("L24", deny("ec2:RunInstances", "*", {"Null": {"aws:RequestTag/team": "false"}})),
    "MFA, absent or false": (
        "L25",
        deny("iam:*", "*", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
    ),
    "MFA wanted": ("L25", deny("iam:*", "*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
    "ForAllValues in a denial": ("L26", deny("ec2:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}})),
    "ForAnyValue": ("L26", statement("Allow", "ec2:*", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}})),
    "ForAllValues with the key": (
        "L26",
        statement(
            "Allow", "ec2:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}}
        ),
    ),
    "a denial with an exemption": ("L27", deny()),
    "a denial by a tag of the principal": (
        "L27",
        statement("Deny", "s3:*", "*", {"StringEquals": {"aws:PrincipalTag/team": "x"}}),
    ),
    "a denial for the root user": (
        "L27",
        statement("Deny", "s3:*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}),
    ),
    "a denial for IAM users": ("L27", statement("Deny", "s3:*", "*", {"Null": {"aws:username": "false"}})),
    "a denial for roles without a tag": (
        "L27",
        statement("Deny", "s3:*", "*", {"Null": {"aws:PrincipalTag/team": "true"}}),
    ),
    "a denial that leaves an account out": (
        "L27",
        statement("Deny", "s3:*", "*", {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}),
    ),
    "an allowance for everyone": ("L27", statement("Allow", "s3:*", "*")),
    "a denial in an RCP": ("L27", bound()),
    "a role as a principal": ("L28", deny()),
    "an RCP about parts of S3": ("L32", bound(action="s3:Get*")),
    "an RCP about services by pattern": ("L32", bound(action="*:Get*")),
    "an SCP about EC2": ("L32", deny("ec2:*")),
    "everything": ("L33", deny("*")),
    "other roles": ("L33", deny("iam:CreateRole")),
    "another role's ARN": ("L33", deny("iam:*", "arn:aws:iam::*:role/break-glass")),
    "service-linked roles by the root user": (
        "L33",
        statement("Deny", "iam:Create*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}),
    ),
    "some service-linked roles": (
        "L33",
        deny("iam:CreateServiceLinkedRole", "*", {"StringEquals": {"iam:AWSServiceName": "x.amazonaws.com"}}),
    ),
    "an action": ("L34", deny("s3:ListAllMyBuckets")),
    "a year in another service": ("L34", deny("ec2:Get20150331")),
    "a set of values": ("L36", deny("ec2:*", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}})),
    "whether there are any": ("L36", deny("ec2:*", "*", {"Null": {"aws:TagKeys": "true"}})),
}


@pytest.mark.parametrize(("rule", "written"), QUIET.values(), ids=QUIET.keys())
def test_what_a_rule_leaves_alone(rule: str, written: dict[str, Any]) -> None:
    kind = RCP if "Principal" in written else SCP
    assert [each for each in findings({"g": (kind, [written])}) if each.rule == rule] == []


def test_an_allowance_in_some_regions_beside_one_of_global_services() -> None:
    regions = statement("Allow", "*", "*", {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}})
    everywhere = {"Effect": "Allow", "NotAction": ["ec2:*", "shield:*"], "Resource": "*"}
    (found,) = [each for each in findings({"g": (SCP, [regions, everywhere])}) if each.rule == "L22"]
    assert found.what == "it stops services that answer in one Region only: shield"


NAMED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a service": (deny("ec3:RunInstances"), ["L20 there is no service ec3 (did you mean ec2?)"]),
    "an action": (
        deny("ec2:RunInstance"),
        ['L20 "ec2:RunInstance" is no action of ec2 (did you mean ec2:RunInstances?)'],
    ),
    "a pattern": (deny("s3:Put*"), ['L20 "s3:Put*" matches no action of s3']),
    "under NotAction": (
        {"Effect": "Deny", "NotAction": "s4:*", "Resource": "*", "Condition": BUT},
        ["L20 there is no service s4"],
    ),
    "a key": (
        deny("ec2:RunInstances", "*", {"StringEquals": {"ec2:InstanceTyp": "x"}}),
        [
            "L20 ec2:InstanceTyp is no condition key of ec2 (did you mean ec2:InstanceType?)",
            "L21 none of the actions has ec2:InstanceTyp, so StringEquals is never met",
        ],
    ),
    "the key of another action": (
        deny("ec2:StopInstances", "*", {"StringNotEqualsIfExists": {"ec2:InstanceType": "x"}}),
        ["L21 none of the actions has ec2:InstanceType, so StringNotEqualsIfExists is always met"],
    ),
    "tags of an action without": (
        deny("s3:GetObject", "*", {"Null": {"aws:RequestTag/team": "true"}}),
        ["L21 none of the actions has aws:RequestTag/team, so Null is always met"],
    ),
    "the key of one of the actions": (deny(["ec2:*"], "*", {"StringEquals": {"ec2:InstanceType": "x"}}), []),
    "a key with a part of one's own": (
        deny("ec2:StopInstances", "*", {"StringEquals": {"ec2:ResourceTag/a": "x"}}),
        [],
    ),
    "a key of every service": (deny("s3:GetObject", "*", {"NumericLessThan": {"ec2:RoleDelivery": "2"}}), []),
    "a key with another prefix": (deny("sts:*", "*", {"StringEquals": {"saml:sub": "x"}}), []),
    "a key of an identity provider": (
        deny("sts:*", "*", {"StringEquals": {"token.actions.githubusercontent.com:sub": "x"}}),
        [],
    ),
    "actions in any case of letters": (deny("EC2:runinstances"), []),
    "every service": (deny(["*:Get*", "*"], "*", {"StringEquals": {"ec2:InstanceType": "x"}}), []),
}


@pytest.mark.parametrize(("written", "expected"), NAMED.values(), ids=NAMED.keys())
def test_names(written: dict[str, Any], expected: list[str]) -> None:
    found = findings({"g": (SCP, [written])}, names=Few())
    assert [f"{each.rule} {each.what}" for each in found] == expected


WORK, TEAM, SHOP = unit("work"), unit("work/team"), account("shop")
NO_S3, NO_GET = deny("s3:*"), deny("s3:GetObject", "arn:aws:s3:::a/*", Sid="Get")


def idle(
    held: Mapping[Address, tuple[str, ...]], policies: Mapping[str, tuple[str, list[dict[str, Any]]]], *bare: Address
) -> list[str]:
    """What L30 says of guardrails that are attached so; nodes of ``bare`` are without FullAWSAccess."""
    tree = Tree(
        held={
            node: tuple(
                Held(name, policies[name][0], {"Version": "2012-10-17", "Statement": policies[name][1]})
                for name in names
            )
            for node, names in {Address("root", ""): (), WORK: (), TEAM: (), SHOP: (), **held}.items()
        },
        members={"shop": Member("shop", "111122223333", TEAM)},
        types={SCP, RCP},
        without_full_access=set(bare),
    )
    return [each.what for each in findings(policies, tree) if each.rule == "L30"]


def test_a_denial_below_one_that_covers_it_does_nothing() -> None:
    policies = {"wide": (SCP, [NO_S3]), "narrow": (SCP, [deny("ec2:*"), NO_GET])}
    for above, below in [(WORK, TEAM), (WORK, SHOP), (TEAM, SHOP)]:
        expected = [f"the statement Get does nothing on {below}: wide on {above} denies it already"]
        assert idle({above: ("wide",), below: ("narrow",)}, policies) == expected
        assert idle({above: ("narrow",), below: ("wide",)}, policies) == []
    assert idle({WORK: ("wide", "narrow")}, policies) == []
    policies = {"wide": (SCP, [NO_S3]), "narrow": (SCP, [NO_GET])}
    assert idle({WORK: ("wide",), TEAM: ("narrow",), SHOP: ("narrow",)}, policies) == [
        "the statement Get does nothing on ou:work/team, account:shop: wide on ou:work denies it already"
    ]


@pytest.mark.parametrize(
    "wide",
    [
        pytest.param(deny("s3:*", "*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), id="on a condition"),
        pytest.param(deny("s3:Put*"), id="of other actions"),
        pytest.param(deny("s3:*", "arn:aws:s3:::b/*"), id="of other resources"),
        pytest.param(statement("Allow", "s3:*", "*"), id="no denial"),
        pytest.param({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": BUT}, id="of all but some"),
    ],
)
def test_a_denial_that_does_not_cover_another(wide: dict[str, Any]) -> None:
    assert idle({WORK: ("wide",), TEAM: ("narrow",)}, {"wide": (SCP, [wide]), "narrow": (SCP, [NO_GET])}) == []


def test_the_same_guardrail_twice_on_the_way_down() -> None:
    policies = {"same": (SCP, [{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": BUT}])}
    assert idle({WORK: ("same",), SHOP: ("same",)}, policies) == [
        "statement 1 does nothing on account:shop: same on ou:work denies it already"
    ]


def test_policies_of_different_types_do_not_cover_each_other() -> None:
    assert idle({WORK: ("scp",), TEAM: ("rcp",)}, {"scp": (SCP, [NO_S3]), "rcp": (RCP, [bound()])}) == []


def test_an_allowance_that_nothing_above_lets_through() -> None:
    policies = {
        "few": (SCP, [statement("Allow", ["s3:*", "iam:*"], "*")]),
        "more": (SCP, [statement("Allow", "ec2:RunInstances", "*", Sid="Run")]),
        "some": (SCP, [statement("Allow", ["ec2:RunInstances", "s3:GetObject"], "*")]),
        "never": (SCP, [statement("Deny", "ec2:*", "*")]),
    }
    says = "the statement Run does nothing on ou:work/team: "
    assert idle({WORK: ("few",), TEAM: ("more",)}, policies, WORK) == [
        f"{says}nothing on ou:work allows what it allows"
    ]
    assert idle({WORK: ("few",), TEAM: ("more",)}, policies) == []
    assert idle({WORK: ("few",), TEAM: ("some",)}, policies, WORK) == []
    policies["wide"] = (SCP, [statement("Allow", ["lambda:*", "sqs:Get*"], "*", Sid="Run")])
    assert idle({WORK: ("few",), TEAM: ("wide",)}, policies, WORK) == [
        f"{says}nothing on ou:work allows what it allows"
    ]
    policies["reading"] = (SCP, [statement("Allow", ["*:Get*"], "*")])
    policies["others"] = (SCP, [{"Effect": "Allow", "NotAction": "lambda:*", "Resource": "*"}])
    assert idle({WORK: ("reading",), TEAM: ("wide",)}, policies, WORK) == []
    assert idle({WORK: ("others",), TEAM: ("wide",)}, policies, WORK) == []
    assert idle({WORK: ("few",), TEAM: ("others",)}, policies, WORK) == []
    assert idle({WORK: ("never",), TEAM: ("more",)}, policies) == [f"{says}never on ou:work denies what it allows"]


def test_every_rule_on_statements_is_shown_both_ways() -> None:
    rules = {rule for rule, _ in OFFLINE}
    assert rules <= {rule for rule, *_ in LOUD.values()}
    assert rules - {"L08"} <= {rule for rule, _ in QUIET.values()}
    assert {rule for rule, _ in BY_NAMES} == {text.split()[0] for _, told in NAMED.values() for text in told}
