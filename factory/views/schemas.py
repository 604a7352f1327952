"""The published JSON Schemas of what ``--format json`` writes."""

from __future__ import annotations

from typing import Any

from factory.core.change import Action, Cause, Risk, Status
from factory.core.journal import Entry, Fate
from factory.core.policy_types import RCP, SCP
from factory.core.rights import Direction

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string"}
_COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
_VALUE: Schema = {"type": ["string", "integer", "boolean", "null"]}
_DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}


def _object(description: str, **properties: Schema) -> Schema:
    """An object whose keys are all there, always; later minor versions may add some."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
    }


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def _ref(name: str, *, optional: bool = False) -> Schema:
    reference: Schema = {"$ref": f"#/$defs/{name}"}
    return {"anyOf": [reference, {"type": "null"}]} if optional else reference


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


_OPENING: Schema = {
    "format_version": {
        "type": "string",
        "pattern": "^1\\.[0-9]+$",
        "description": "Version of this format; new keys raise the minor part.",
    },
    "tool": _object("What wrote this.", name=_TEXT, version=_TEXT),
    "sandbox": {"type": "boolean", "description": "Whether this is about the sandbox and nothing real."},
    "organization": _object(
        "The organization as AWS knows it, and who asked.",
        id=_TEXT,
        management_account=_TEXT,
        root=_TEXT,
        caller=_TEXT,
    ),
}
_SOURCE = _object(
    "Where a person wrote it; lines and columns count from 1.",
    file=_TEXT,
    line={"type": "integer", "minimum": 1},
    column={"type": "integer", "minimum": 1},
)
_RESOURCE = _object(
    "One thing, wanted or existing.",
    id=_said({"type": ["string", "null"]}, "AWS's id, where it exists."),
    label=_said(_TEXT, "AWS's name for it, where the address is not that."),
    attributes={
        "type": "object",
        "description": "Canonical attributes; a tag is tags.KEY, a policy document its minified JSON.",
        "additionalProperties": _VALUE,
    },
)
_CHANGE = _object(
    "One difference between what exists and what is wanted.",
    address=_said(_TEXT, "KIND:NAME, or root."),
    action={"enum": [str(action) for action in Action]},
    verb=_said(_TEXT, "The word people read for the action, such as attach."),
    risk={"enum": [str(risk) for risk in Risk]},
    reason=_TEXT,
    before=_ref("resource", optional=True),
    after=_ref("resource", optional=True),
    fields=_list(
        _object("One attribute that differs.", name=_TEXT, before=_VALUE, after=_VALUE),
        "The attributes that differ; on creation and deletion, all of them.",
    ),
    effects=_list(_TEXT, "What AWS itself will do because of it."),
    source=_ref("source", optional=True),
    waits_for=_list(_TEXT, "Addresses of the changes that must be done before."),
)
_NOTICE = _object(
    "Something to know that is not a change.",
    code=_TEXT,
    message=_TEXT,
    address=_said({"type": ["string", "null"]}, "What it is about."),
    source=_ref("source", optional=True),
)
_REFUSAL = _object(
    "A safety rule's no.",
    rule=_TEXT,
    message=_TEXT,
    way_out=_TEXT,
    address=_said({"type": ["string", "null"]}, "What it is about."),
    source=_ref("source", optional=True),
)
_BOUND = _object(
    "Where it holds, in one respect.",
    of=_said(_TEXT, "A context key, principal, or resource."),
    values=_list(_TEXT, "Its values, as policies write them; (absent) is an absent key, an empty one any other."),
    outside={"type": "boolean", "description": "It holds where it is none of these."},
)
_SHIFT = _object(
    "Something that is lost or gained.",
    direction={"enum": [str(direction) for direction in Direction]},
    policy_type={"enum": [SCP, RCP], "description": "SCPs bind principals of the accounts, RCPs their resources."},
    accounts=_list(_TEXT, "Addresses."),
    sentence=_said(_TEXT, "All of it in words."),
    actions=_list(_TEXT, "Patterns of actions."),
    but=_list(_TEXT, "Those among them for which it does not hold."),
    bounds=_list(_ref("bound"), "All hold at once."),
    conditional_on=_list(_TEXT, "Context keys on which it depends as well."),
)
_RIGHTS = _object(
    "What follows from the changes for what principals may do; new accounts are not among them.",
    accounts={"type": "integer", "minimum": 0, "description": "For so many accounts the policies in force change."},
    shifts=_list(_ref("shift"), "Losses and gains, by verdicts: texts that say the same make none."),
)
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOST: Schema = {"type": ["integer", "null"], "minimum": 0}
_ROOM = _object(
    "The policies of one type on one node, also those that others attached.",
    node=_said(_TEXT, "Its address."),
    policy_type=_TEXT,
    used=_said(_COUNT, "How many there are, AWS's own among them."),
    limit=_said(_MOST, "How many there may be; null where the limit is not known."),
    left=_said(_MOST, "How many more there may be."),
    characters=_said(_COUNT, "Of all but AWS's own together, as minified; without those that could not be read."),
    largest={
        "anyOf": [_object("The largest of them.", policy=_TEXT, characters=_COUNT), {"type": "null"}],
        "description": "Null where there is none.",
    },
    character_limit=_said(_MOST, "What AWS takes for one; null where that is not known."),
)
_RESULT = _object(
    "What became of one change.",
    address=_TEXT,
    action={"enum": [str(action) for action in Action]},
    verb=_TEXT,
    status={"enum": [str(status) for status in Status]},
    error=_TEXT,
    fix=_said(_TEXT, "The way out."),
    seconds={"type": "number", "minimum": 0},
    note=_said(_TEXT, "What is worth knowing of one that is done."),
    source=_ref("source", optional=True),
)
_PLAN: Schema = {
    "changes": _list(_ref("change"), "In the order in which apply would start them."),
    "notices": _list(_ref("notice"), "Things to know."),
    "refusals": _list(_ref("refusal"), "Safety rules that refuse the plan; apply would not start."),
    "rights": _RIGHTS,
    "room": _list(_ref("room"), "What is left for policies on the nodes where they change, once all is done."),
    "digest": _said(_DIGEST, "Stays the same while the changes and what they touch stay the same."),
    "summary": _said(_COUNTS, "Number of changes for each verb."),
    "complete": {"type": "boolean", "description": "Nothing is refused and everything could be read."},
}
_PARTS: Schema = {
    "source": _SOURCE,
    "resource": _RESOURCE,
    "change": _CHANGE,
    "notice": _NOTICE,
    "refusal": _REFUSAL,
    "shift": _SHIFT,
    "bound": _BOUND,
    "room": _ROOM,
}


_HOLDER = _object(
    "The run that holds the lock, or held it last.",
    run=_said(_TEXT, "Its id; factory lock break wants it."),
    owner=_said(_TEXT, "A person, or the actor of a CI job."),
    host=_TEXT,
    process={"type": "integer", "minimum": 0},
    command=_TEXT,
    link=_said(_TEXT, "The page of the CI job; empty where there is none."),
    commit=_said(_TEXT, "What is checked out; + behind it where files have changed since."),
)
_SECONDS: Schema = {"type": ["number", "null"], "minimum": 0}
_LOCK = _object(
    "One lock.",
    place=_said(_TEXT, "The file in the checkout, or the object in S3."),
    state={"enum": ["held", "free"]},
    available={"type": "boolean", "description": "A run could take it: it is free, or its lease has run out."},
    token={"type": "integer", "minimum": 0, "description": "The fencing number; 0 in the lock of a checkout."},
    since=_said({"type": ["string", "null"]}, "When that run took it, by its own clock."),
    renewed=_said({"type": ["string", "null"]}, "When that run last wrote to it, by its own clock."),
    age_seconds=_said(_SECONDS, "Since it was last written to, by the clock of S3."),
    lease_left_seconds=_said(_SECONDS, "Until the lease runs out; 0 once it has, null where there is none."),
    holder={"anyOf": [_HOLDER, {"type": "null"}]},
)


def lock_schema() -> Schema:
    """What ``factory lock show --format json`` writes."""
    properties: dict[str, Schema] = {
        **{name: schema for name, schema in _OPENING.items() if name != "organization"},
        "locks": _list(_LOCK, "The lock of the checkout, then the one in S3 if the files name one."),
        "available": {"type": "boolean", "description": "A run could begin."},
    }
    title, description = "The locks of factory", "What factory lock show --format json writes."
    return {"$schema": _DIALECT, "title": title, **_object(description, **properties)}


def audit_schema() -> Schema:
    """What ``factory audit show --format json`` writes."""
    record: Schema = {
        "type": "object",
        "description": "A line of the journal, e-mail addresses masked; which keys it has depends on the event.",
        "properties": {
            "event": {"enum": [str(entry) for entry in Entry]},
            "time": _said(_TEXT, "UTC, ISO 8601."),
            "run": _said(_TEXT, "The id of its run."),
            "operation": _said(_TEXT, "SERVICE.Operation, of an intent."),
            "address": _said(_TEXT, "What an intent is about, KIND:NAME."),
            "verb": _TEXT,
            "parameters": _said({"type": "object"}, "Of the request; long texts and e-mail addresses as SHA-256."),
            "principal": _said(_TEXT, "The caller's ARN."),
            "commit": _said(_TEXT, "What was checked out."),
            "digest": _said(_TEXT, "Of the plan."),
            "token": _said({"type": "integer"}, "The fencing number of the lock."),
            "of": _said(_TEXT, "The id of the intent that an outcome belongs to."),
            "fate": _said({"enum": [str(fate) for fate in Fate]}, "What became of the request."),
            "request_id": _said(_TEXT, "AWS's id of the request."),
            "changes": _said(_COUNTS, "At a run's end: number of changes for each status."),
            "previous": _said(_TEXT, "The hash of the line before."),
            "hash": _said(_TEXT, "SHA-256 of this line without it."),
        },
    }
    request = _object(
        "A request that was to change something.",
        intent=_said(_ref("record"), "Written before it went out."),
        outcome=_said(_ref("record", optional=True), "Written after it; null where the run was cut off."),
    )
    run = _object(
        "One run.",
        run=_said(_TEXT, "Its id."),
        begun=_said(_ref("record", optional=True), "Its beginning."),
        requests=_list(_ref("request"), "In their order."),
        ended=_said(_ref("record", optional=True), "Its end; null where it was cut off or is still at work."),
    )
    properties: dict[str, Schema] = {
        **{name: schema for name, schema in _OPENING.items() if name != "organization"},
        "runs": _list(_ref("run"), "The oldest first."),
    }
    title, description = "The journal of factory", "What factory audit show --format json writes."
    return {
        "$schema": _DIALECT,
        "title": title,
        **_object(description, **properties),
        "$defs": {"record": record, "request": request, "run": run},
    }


def plan_schema() -> Schema:
    """What ``factory plan --format json`` writes."""
    return _document("A plan of factory", "What factory plan --format json writes.", _PLAN, _PARTS)


def saved_plan_schema() -> Schema:
    """What ``factory plan --out`` writes."""
    addresses = _list(_TEXT, "Addresses.")
    state = _object(
        "What a thing is at one moment.",
        id=_said({"type": ["string", "null"]}, "AWS's id, where it exists."),
        owned=_said({"type": "boolean"}, "Whether it carries our tag."),
        attributes={
            "type": "object",
            "description": "Canonical attributes; sealed:... is a salted SHA-256 of what holds an e-mail address.",
            "additionalProperties": _VALUE,
        },
    )
    change = _object(
        "One change.",
        address=_said(_TEXT, "KIND:NAME, or root."),
        action={"enum": [str(action) for action in Action]},
        verb=_said(_TEXT, "The word people read for the action, such as attach."),
        before=_said(_ref("state", optional=True), "What was seen; null on creation."),
        after=_said(_ref("state", optional=True), "What the change makes of it; null on deletion."),
        releases=_said(addresses, "What a deletion lets go of."),
    )
    properties = {
        "format_version": _said({"const": "1.1"}, "Version of this format; another one is refused."),
        "kind": {"const": "factory saved plan"},
        "tool": _object("What wrote this; another version is refused.", name=_TEXT, version=_TEXT),
        "organization": _said(_TEXT, "The organization's id."),
        "instance": _said(_TEXT, "The instance named in organization.yaml."),
        "sandbox": {"type": "boolean", "description": "Whether it was made in the sandbox."},
        "made": _said(_TEXT, "When, for people: nothing depends on it."),
        "consent": _object(
            "What was agreed to when it was made.",
            close=_list(_TEXT, "Accounts that may be closed."),
            allow=_list(_TEXT, "Rules that are switched off."),
            allow_gap=_list(_TEXT, "Nodes that may be without full guard for a moment."),
            no_weaken={"type": "boolean", "description": "No account may gain any right."},
        ),
        "digest": _said(_DIGEST, "The plan's digest, as plan prints it."),
        "salt": _said(_TEXT, "Of the sealed values; another one in every file."),
        "changes": _list(_ref("change"), "In the plan's order."),
        "needs": {
            "type": "object",
            "description": "What the changes need and leave alone, by address; null where it did not exist.",
            "additionalProperties": _ref("state", optional=True),
        },
        "checksum": _said(_DIGEST, "SHA-256 over all other keys as minified JSON with sorted keys."),
    }
    return {
        "$schema": _DIALECT,
        "title": "A saved plan of factory",
        **_object("What factory plan --out writes and factory apply FILE reads.", **properties),
        "$defs": {"state": state, "change": change},
    }


def report_schema() -> Schema:
    """What ``factory apply --format json`` writes."""
    properties = {
        "results": _list(_ref("result"), "What became of each change, in the order of the plan."),
        "remaining": _said(_ref("plan", optional=True), "What a fresh read leaves; null if it was not read."),
        "digest": _said(_DIGEST, "The digest of the plan that was applied."),
        "summary": _said(_COUNTS, "Number of changes for each status."),
        "seconds": {"type": "number", "minimum": 0, "description": "How long it took."},
        "complete": {"type": "boolean", "description": "All is done and a fresh read finds nothing to do."},
        "stopped": _said(_ref("stop", optional=True), "What ended the run early; null if it went to its end."),
    }
    stop = _object("Why a run ended early.", cause={"enum": [str(cause) for cause in Cause]}, what=_TEXT, fix=_TEXT)
    parts = {**_PARTS, "stop": stop, "plan": _object("What is still to do.", **_PLAN), "result": _RESULT}
    return _document("A report of factory", "What factory apply --format json writes.", properties, parts)


def _document(title: str, description: str, properties: Schema, parts: Schema) -> Schema:
    return {
        "$schema": _DIALECT,
        "title": title,
        **_object(description, **_OPENING, **properties),
        "$defs": parts,
    }
