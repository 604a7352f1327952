"""The published JSON Schemas of what ``factory guardrails evaluate`` reads and writes, and ``why`` writes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from factory.guardrails.verdicts import Outcome

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_OUTCOME: Schema = {"enum": [str(outcome) for outcome in Outcome]}
_SCALAR: Schema = {"type": ["string", "boolean", "number", "null"]}


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _object(description: str, needed: Collection[str] | None = None, **properties: Schema) -> Schema:
    """An object; without ``needed``, all its keys are always there."""
    required = list(properties) if needed is None else sorted(needed)
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _or_null(schema: Schema, description: str) -> Schema:
    return {"description": description, "anyOf": [schema, {"type": "null"}]}


def _one_or_many(title: str, description: str, name: str, item: Schema, **more: Schema) -> Schema:
    """A document that holds one object, or a list of them."""
    reference: Schema = {"$ref": f"#/$defs/{name}"}
    return {
        "$schema": _DIALECT,
        "title": title,
        "description": description,
        "anyOf": [reference, {"type": "array", "items": reference}],
        "$defs": {name: item, **more},
    }


def evaluation_schema() -> Schema:
    """What ``factory guardrails evaluate`` reads; other keys are left alone."""
    account: Schema = {"type": ["string", "null"], "pattern": "^[0-9]{12}$"}
    resource: Schema = {"type": "string", "pattern": "^(\\*|arn:.*:.*:.*:.*:.*)$"}
    listed: Schema = {"anyOf": [_TEXT, _TEXTS]}
    unknown: Schema = {"enum": ["absent", "depends"]}
    document = {"anyOf": [{"type": "object"}, _said(_TEXT, "The document as JSON in a text.")]}
    policy = _object("One attached policy.", ("document",), name=_TEXT, document=document)
    policies: Schema = {"type": "array", "items": {"$ref": "#/$defs/policy"}}
    level = _object("One node: root, unit or account.", ("policies",), name=_TEXT, policies=policies)
    levels: Schema = {"type": ["array", "null"], "items": {"$ref": "#/$defs/level"}}
    request = _object(
        "Who does what, on what, from where.",
        ("principal", "action"),
        principal=_said(_TEXT, 'An ARN, a service such as s3.amazonaws.com, an account, or "*" for nobody.'),
        principal_account=_said(account, "Default: that of the principal's ARN."),
        management_account=_said(account, "Guardrails do not bind it."),
        action=_said({"type": "string", "pattern": "^[^\\s:*?]+:[^\\s:*?]+$"}, "One action: ec2:RunInstances."),
        resource=_said(resource, "The same as resources with one entry."),
        resources={
            "description": 'ARNs, or "*" for actions without resources, which is the default.',
            "anyOf": [resource, {"type": "array", "items": resource}, {"type": "null"}],
        },
        resource_account=_said(account, "Default: that of each resource's ARN."),
        context={
            "type": ["object", "null"],
            "description": "Context keys and their values; null is an absent key.",
            "additionalProperties": {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]},
        },
        absent=listed,
        unknown_keys=unknown,
        organization_id=_TEXT,
        principal_org_paths=_said(listed, "Where the principal's account is: o-.../r-.../ou-.../"),
        resource_org_paths=_said(listed, "Where the resource's account is."),
        outside_organization=_said({"type": "boolean"}, "The principal is of no account of the organization."),
    )
    case = _object(
        "A request and the policies to judge it by.",
        ("request",),
        scp_levels=_said(levels, "The chain of the principal's account, from the root down."),
        rcp_levels=_said(levels, "The chain of the resource's account, from the root down."),
        request=request,
        absent=_said(listed, "Keys that the request surely lacks; aws:RequestTag/* for all that begin so."),
        unknown_keys=_said(unknown, "absent: every key that is not given is absent. Default: depends."),
        rcp_services=_said(_TEXTS, "Services that RCPs bind, in place of the table that comes with factory."),
    )
    title, description = "Requests for guardrails", "What factory guardrails evaluate reads."
    return _one_or_many(title, description, "case", case, level=level, policy=policy)


def verdicts_schema() -> Schema:
    """What ``factory guardrails evaluate`` writes."""
    condition = _object(
        "A condition of the statement.",
        operator=_TEXT,
        key=_TEXT,
        values=_said(_TEXTS, "As the policy has them."),
        given=_or_null(_TEXTS, "As the request has them; empty if absent, null if unknown."),
    )
    blocker = _object(
        "A statement that blocks, or may; or a level without one that allows, and then policy is null.",
        kind={"enum": ["scp", "rcp"]},
        level=_said(_TEXT, "The name of the node."),
        policy=_or_null(_TEXT, "The policy's name."),
        sid=_or_null(_TEXT, "The statement's Sid."),
        statement=_or_null({"type": "integer", "minimum": 0}, "The statement's place in the document."),
        effect=_or_null({"enum": ["Allow", "Deny"]}, "The statement's effect."),
        conditions={"type": "array", "items": {"$ref": "#/$defs/condition"}},
        resource=_said(_TEXT, "The resource that it is about."),
        unknown_keys=_said(_TEXTS, "Keys on which it depends; empty for what surely blocks."),
        why=_said(_TEXT, "The same in words."),
    )
    blockers: Schema = {"type": "array", "items": {"$ref": "#/$defs/blocker"}}
    finding = _object(
        "The verdict of the policies of one type.",
        verdict=_OUTCOME,
        reason=_or_null(_TEXT, "Why they do not apply."),
        blocked_by=_said(blockers, "All that surely blocks."),
        undecided=_said(blockers, "All that could change the verdict."),
        possible=_said({"type": "array", "items": _OUTCOME}, "The verdicts that are left open."),
        missing_keys=_said(_TEXTS, "Keys that statements about this action and resource ask for, and nobody gave."),
        depends_on=_said(_TEXTS, "Keys on which the verdict depends."),
    )
    verdict = _object(
        "What guardrails say of a request. allow: none forbids it; whether IAM grants it is another matter.",
        verdict=_OUTCOME,
        scp={"$ref": "#/$defs/finding"},
        rcp={"$ref": "#/$defs/finding"},
        missing_keys=_TEXTS,
        depends_on=_said(_TEXTS, "Keys on which the verdict of both depends."),
        notes=_said(_TEXTS, "What is worth knowing of how it was judged."),
    )
    title, description = "Verdicts of guardrails", "What factory guardrails evaluate writes."
    return _one_or_many(title, description, "verdict", verdict, finding=finding, blocker=blocker, condition=condition)


def why_schema() -> Schema:
    """What ``factory guardrails why --format json`` writes: the verdict, the call it is about, every statement."""
    base = verdicts_schema()
    verdict = base["$defs"].pop("verdict")
    statement = _object(
        "A statement about the action, of the policies that bind the call.",
        kind={"enum": ["scp", "rcp"]},
        level=_said(_TEXT, "The address of the node."),
        policy=_said(_TEXT, "The guardrail's name, or FullAWSAccess."),
        sid=_or_null(_TEXT, "The statement's Sid."),
        statement={"type": "integer", "minimum": 0},
        effect={"enum": ["Allow", "Deny"]},
        resource=_said(_TEXT, "The resource that it is judged for."),
        holds=_or_null({"type": "boolean"}, "Whether it holds; null if that depends on unknown_keys."),
        why=_said(_TEXT, "What it hangs on, in words."),
        unknown_keys=_TEXTS,
        file=_or_null(_TEXT, "Where it is written; null for AWS's own."),
        line=_or_null({"type": "integer", "minimum": 1}, "The line in that file."),
    )
    found = _object(
        "What guardrails make of one call in one account, by the tree of the files.",
        account=_said(_TEXT, "The account, by its file."),
        principal=_said(_TEXT, "Who calls; an id that the files do not know is a stand-in."),
        action=_TEXT,
        resources=_TEXTS,
        context=_said({"type": "object"}, "The context keys that are given."),
        absent=_TEXTS,
        **verdict["properties"],
        depends_on_resource=_said({"type": "boolean"}, "No resource is named, and statements are about certain ones."),
        statements={"type": "array", "items": {"$ref": "#/$defs/statement"}},
    )
    return {"$schema": _DIALECT, "title": "Why", **found, "$defs": {**base["$defs"], "statement": statement}}
