"""What AWS does about policies and their attachments."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.scene import DENY, FULL, QUOTAS, RCP, SCP, Rule, Scene, api, guide


def _attach(scene: Scene, policy: str, target: str) -> Any:
    return scene.org.attach_policy(PolicyId=policy, TargetId=target)


def _detach(scene: Scene, policy: str, target: str) -> Any:
    return scene.org.detach_policy(PolicyId=policy, TargetId=target)


def _full_access_everywhere(scene: Scene) -> object:
    unit, account = scene.unit(), scene.member_account()
    scene.enable()
    return all(scene.attached(node) == {FULL} for node in (scene.root, unit, account, scene.me))


def _full_access_on_new(scene: Scene) -> object:
    scene.enable()
    return scene.attached(scene.unit()) == scene.attached(scene.member_account()) == {FULL}


def _nothing_before_enabling(scene: Scene) -> object:
    return scene.attached(scene.root, RCP) == set()


def _attach_twice(scene: Scene) -> object:
    scene.enable()
    policy, unit = scene.policy(), scene.unit()
    return _attach(scene, policy, unit), _attach(scene, policy, unit)


def _attach_too_many(scene: Scene) -> object:
    scene.enable()
    unit = scene.unit()
    return [_attach(scene, scene.policy(f"p{number}"), unit) for number in range(5)]


def _detach_last(scene: Scene) -> object:
    scene.enable()
    return _detach(scene, FULL, scene.unit())


def _replace(scene: Scene) -> object:
    scene.enable()
    policy, unit = scene.policy(), scene.unit()
    _attach(scene, policy, unit)
    _detach(scene, FULL, unit)
    return scene.attached(unit) == {policy}


def _detach_absent(scene: Scene) -> object:
    scene.enable()
    return _detach(scene, scene.policy(), scene.unit())


def _detach_rcp_full(scene: Scene) -> object:
    scene.enable(RCP)
    return _detach(scene, "p-RCPFullAWSAccess", scene.root)


def _disable_loses_attachments(scene: Scene) -> object:
    scene.enable()
    policy = scene.policy()
    _attach(scene, policy, scene.root)
    scene.org.disable_policy_type(RootId=scene.root, PolicyType=SCP)
    return scene.org.list_targets_for_policy(PolicyId=policy)["Targets"] == []


def _enable_again_brings_full_only(scene: Scene) -> object:
    scene.enable()
    _attach(scene, scene.policy(), scene.root)
    scene.org.disable_policy_type(RootId=scene.root, PolicyType=SCP)
    scene.enable()
    return scene.attached(scene.root) == {FULL}


def _update_to_taken_name(scene: Scene) -> object:
    scene.policy("a")
    return scene.org.update_policy(PolicyId=scene.policy("b"), Name="a")


def _update_to_own_name(scene: Scene) -> object:
    return scene.org.update_policy(PolicyId=scene.policy("a"), Name="a")["Policy"]["PolicySummary"]["Name"] == "a"


def _one_name_two_types(scene: Scene) -> object:
    return scene.policy("a") != scene.policy("a", "TAG_POLICY", '{"tags":{}}')


def _update_keeps_rest(scene: Scene) -> object:
    policy = scene.policy("a", description="kept")
    scene.org.update_policy(PolicyId=policy, Name="b")
    shown = scene.org.describe_policy(PolicyId=policy)["Policy"]
    return (shown["PolicySummary"]["Description"], shown["Content"]) == ("kept", DENY)


def _in_use(scene: Scene) -> object:
    scene.enable()
    policy = scene.policy()
    _attach(scene, policy, scene.root)
    return scene.org.delete_policy(PolicyId=policy)


def _statement(**changes: Any) -> str:
    statement = {"Effect": "Deny", "Action": "iam:*", "Resource": "*", **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _every_type(scene: Scene) -> object:
    shape = scene.org.meta.service_model.shape_for("PolicyType")
    return [scene.org.list_policies(Filter=name) for name in shape.enum]


def _new_type(scene: Scene) -> object:
    scene.enable("DECLARATIVE_POLICY_EC2")
    return scene.policy("ec2", "DECLARATIVE_POLICY_EC2", '{"ec2_attributes":{}}')


def _backup(scene: Scene) -> object:
    return scene.policy("backup", "BACKUP_POLICY", '{"plans":{}}')


def _direct_only(scene: Scene) -> object:
    scene.enable()
    unit, policy = scene.unit(), scene.policy()
    _attach(scene, policy, scene.root)
    return policy not in scene.attached(unit)


def _targets(scene: Scene) -> object:
    scene.enable()
    unit, policy = scene.unit("named"), scene.policy()
    _attach(scene, policy, unit)
    target = scene.org.list_targets_for_policy(PolicyId=policy)["Targets"][0]
    return (target["TargetId"], target["Name"], target["Type"]) == (unit, "named", "ORGANIZATIONAL_UNIT")


CREATE, UPDATE, ATTACH, DETACH = api("CreatePolicy"), api("UpdatePolicy"), api("AttachPolicy"), api("DetachPolicy")
SYNTAX = guide("SCP syntax")
MISSING = "p-00000000"
MALFORMED = "MalformedPolicyDocumentException"

RULES = (
    Rule("FullAWSAccess on every node once SCPs are on", api("EnablePolicyType"), _full_access_everywhere, moto=True),
    Rule("FullAWSAccess on what is new", guide("SCPs"), _full_access_on_new, moto=True),
    Rule("no RCPFullAWSAccess before RCPs are on", guide("RCPs"), _nothing_before_enabling),
    Rule(
        "attaching while the type is off",
        ATTACH,
        lambda s: _attach(s, s.policy(), s.root),
        "PolicyTypeNotEnabledException",
    ),
    Rule("attaching twice", ATTACH, _attach_twice, "DuplicatePolicyAttachmentException"),
    Rule(
        "attaching more than the quota",
        QUOTAS,
        _attach_too_many,
        "ConstraintViolationException",
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        limits=((f"organizations.attachments.{SCP}", 5),),
    ),
    Rule(
        "attaching a policy that is not there",
        ATTACH,
        lambda s: (s.enable(), _attach(s, MISSING, s.root)),
        "PolicyNotFoundException",
        moto=True,
    ),
    Rule(
        "attaching to what is not there",
        ATTACH,
        lambda s: (s.enable(), _attach(s, s.policy(), "ou-abcd-12345678")),
        "TargetNotFoundException",
    ),
    Rule(
        "detaching a node's last SCP",
        DETACH,
        _detach_last,
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    ),
    Rule("attaching the replacement first, then detaching", DETACH, _replace, moto=True),
    Rule("detaching what is not attached", DETACH, _detach_absent, "PolicyNotAttachedException"),
    Rule(
        "detaching RCPFullAWSAccess", guide("RCPs"), _detach_rcp_full, "InvalidInputException", "NON_DETACHABLE_POLICY"
    ),
    Rule(
        "enabling a type twice",
        api("EnablePolicyType"),
        lambda s: [s.org.enable_policy_type(RootId=s.root, PolicyType=RCP) for _ in range(2)],
        "PolicyTypeAlreadyEnabledException",
        moto=True,
    ),
    Rule(
        "disabling a type that is off",
        api("DisablePolicyType"),
        lambda s: s.org.disable_policy_type(RootId=s.root, PolicyType="TAG_POLICY"),
        "PolicyTypeNotEnabledException",
        moto=True,
    ),
    Rule(
        "enabling a type of another root",
        api("EnablePolicyType"),
        lambda s: s.org.enable_policy_type(RootId="r-none", PolicyType="TAG_POLICY"),
        "RootNotFoundException",
        moto=True,
    ),
    Rule("disabling a type loses its attachments", api("DisablePolicyType"), _disable_loses_attachments),
    Rule("enabling again brings only FullAWSAccess", api("EnablePolicyType"), _enable_again_brings_full_only),
    Rule(
        "two policies with one name",
        CREATE,
        lambda s: (s.policy("a"), s.policy("a")),
        "DuplicatePolicyException",
        moto=True,
    ),
    Rule("one name in two types", CREATE, _one_name_two_types),
    Rule("a policy renamed to a taken name", UPDATE, _update_to_taken_name, "DuplicatePolicyException"),
    Rule("a policy renamed to the name it has", UPDATE, _update_to_own_name, moto=True),
    Rule("an update keeps what it does not name", UPDATE, _update_keeps_rest, moto=True),
    Rule(
        "updating FullAWSAccess",
        UPDATE,
        lambda s: s.org.update_policy(PolicyId=FULL, Content=DENY),
        "InvalidInputException",
        "IMMUTABLE_POLICY",
    ),
    Rule(
        "deleting FullAWSAccess",
        api("DeletePolicy"),
        lambda s: s.org.delete_policy(PolicyId=FULL),
        "InvalidInputException",
        "IMMUTABLE_POLICY",
    ),
    Rule("deleting a policy in use", api("DeletePolicy"), _in_use, "PolicyInUseException", moto=True),
    Rule(
        "deleting a policy that is not there",
        api("DeletePolicy"),
        lambda s: s.org.delete_policy(PolicyId=MISSING),
        "PolicyNotFoundException",
        moto=True,
    ),
    Rule("a document that is no JSON", CREATE, lambda s: s.policy(content="{"), MALFORMED),
    Rule("a document that is no object", CREATE, lambda s: s.policy(content="[]"), MALFORMED),
    Rule("an update with no JSON", UPDATE, lambda s: s.org.update_policy(PolicyId=s.policy(), Content="x"), MALFORMED),
    Rule("an SCP without statements", SYNTAX, lambda s: s.policy(content='{"Version":"2012-10-17"}'), MALFORMED),
    Rule("an SCP without a version", SYNTAX, lambda s: s.policy(content='{"Statement":[]}'), MALFORMED),
    Rule("an SCP with a principal", SYNTAX, lambda s: s.policy(content=_statement(Principal="*")), MALFORMED),
    Rule("an SCP with another effect", SYNTAX, lambda s: s.policy(content=_statement(Effect="Maybe")), MALFORMED),
    Rule("an SCP with two kinds of actions", SYNTAX, lambda s: s.policy(content=_statement(NotAction="*")), MALFORMED),
    Rule(
        "an RCP that allows", guide("RCP syntax"), lambda s: s.policy("r", RCP, _statement(Effect="Allow")), MALFORMED
    ),
    Rule(
        "a document over the size, white space counted",
        QUOTAS,
        lambda s: s.policy(content=DENY + " " * 10240),
        "ConstraintViolationException",
        "POLICY_CONTENT_LIMIT_EXCEEDED",
    ),
    Rule(
        "a policy name of 129 characters",
        CREATE,
        lambda s: s.policy("n" * 129),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule(
        "a description of 513 characters",
        CREATE,
        lambda s: s.policy(description="d" * 513),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule(
        "more policies than the quota",
        QUOTAS,
        lambda s: [s.policy(f"p{number}") for number in range(3)],
        "ConstraintViolationException",
        "POLICY_NUMBER_LIMIT_EXCEEDED",
        limits=((f"organizations.policies.{SCP}", 2),),
    ),
    Rule(
        "a policy type that is none",
        CREATE,
        lambda s: s.policy("x", "WISHFUL_POLICY"),
        "InvalidInputException",
        "INVALID_ENUM_POLICY_TYPE",
    ),
    Rule("every policy type can be listed", api("ListPolicies"), _every_type),
    Rule("a declarative policy", api("CreatePolicy"), _new_type),
    Rule("a backup policy", api("CreatePolicy"), _backup),
    Rule("policies for a target are the direct ones", api("ListPoliciesForTarget"), _direct_only, moto=True),
    Rule("what a target looks like", api("ListTargetsForPolicy"), _targets, moto=True),
)
