"""Guardrails: policies of any Organizations type, each from one file in ``baselines/guardrails/``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from factory.aws.errors import AwsError
from factory.core.address import Address, guardrail, policy_type
from factory.core.change import Action, Change, Notice, Refusal, Risk
from factory.core.diff import Traits
from factory.core.documents import canonical, canonical_text
from factory.core.errors import Problem
from factory.core.guard import Case
from factory.core.limits import Limits
from factory.core.policy_types import FULL_ACCESS, RCP, RCP_FULL_ACCESS, SCP
from factory.core.resource import OWNER_TAG, Resource, Value
from factory.guardrails.grammar import faults
from factory.guardrails.statements import FULL_ACCESS_CONTENT
from factory.kinds.base import Done, Kind, Outcome, Settled, Site, View
from factory.kinds.guardrail_files import KIND_OF_FILE, GuardrailFile, filled, guardrails
from factory.kinds.guardrail_test_files import TESTS_OF_THE_TREE, GuardrailTestsFile
from factory.kinds.guardrail_trials import trials_of
from factory.kinds.guardrail_values import strangers
from factory.kinds.ownership import owner_of, tag_attrs, tags_of, write_tags
from factory.spec import FileKind

if TYPE_CHECKING:
    from factory.aws.records import PolicyRecord
    from factory.spec import Organization


class GuardrailKind(Kind):
    """A policy, ``guardrail:deny-root-user``; its name in AWS is its file's stem."""

    name = "guardrail"
    plural = "guardrails"
    traits = Traits(tagged=True, removable=True, fixed=frozenset({"type"}))
    files = (
        FileKind(KIND_OF_FILE, "baselines/guardrails", GuardrailFile),
        FileKind(TESTS_OF_THE_TREE, "baselines", GuardrailTestsFile, only=f"{TESTS_OF_THE_TREE}.yaml"),
    )
    reads = frozenset(
        {"organizations:ListPolicies", "organizations:DescribePolicy", "organizations:ListTagsForResource"}
    )
    writes = frozenset(
        {
            "organizations:CreatePolicy",
            "organizations:UpdatePolicy",
            "organizations:DeletePolicy",
            "organizations:TagResource",
        }
    )

    def check(self, organization: Organization, limits: Limits) -> Iterable[Problem]:
        """Names that AWS keeps for itself, documents that it would refuse, and how many there may be."""
        counts: dict[str, int] = {}
        told: set[Problem] = set()
        found = filled(organization)
        for stem, each in found.items():
            entry, model = each.entry, each.model
            counts[model.type] = counts.get(model.type, 0) + 1
            if stem in (FULL_ACCESS, RCP_FULL_ACCESS):
                yield Problem(entry.where(), f"{stem} is the name of AWS's own policy", "choose another file name")
            # A value of organization.yaml is wrong once, however many guardrails take it.
            yield from (problem for problem in each.problems if problem not in told)
            told.update(each.problems)
            size, limit = len(canonical(model.content)), limits.quota(f"organizations.policy_size.{model.type}")
            if limit is not None and size > limit:
                yield Problem(
                    entry.where("content"),
                    f"the document has {size} characters without white space, AWS takes {limit} for a {model.type}",
                    "split it over two guardrails, or shorten it",
                    "L01",
                )
            if not model.content:
                yield Problem(entry.where("content"), "the document is empty", "write what the policy says")
            elif model.type in (SCP, RCP) and not each.problems:
                for fault in faults(model.type, model.content):
                    yield Problem(each.where(*fault.path), fault.what, fault.fix, fault.rule)
            limit = limits.quota(f"organizations.policies.{model.type}")
            if limit is not None and counts[model.type] == limit + 1:
                yield Problem(
                    entry.where(), f"AWS takes {limit} policies of type {model.type}", "merge some guardrails"
                )
        broken = organization.file_names.get(KIND_OF_FILE, frozenset()) - found.keys()
        if not broken and KIND_OF_FILE not in organization.unlisted:
            yield from strangers(organization, (name for each in found.values() for name in each.model.parameters))
        yield from trials_of(organization)[1]

    def desired(self, organization: Organization) -> Iterable[Resource]:
        """Every file, whether it is attached anywhere or not."""
        for stem, (entry, model) in guardrails(organization).items():
            attrs: dict[str, Value] = {
                "type": model.type,
                "description": model.description,
                "content": canonical(model.content),
                **tag_attrs({OWNER_TAG: organization.instance}),
            }
            yield Resource(guardrail(stem), attrs, frozenset({policy_type(model.type)}), source=entry.where())

    def observe(self, view: View) -> None:
        """Every policy under its name; where two types share one, the declared type has it."""
        by_name: dict[str, list[PolicyRecord]] = {}
        for record in view.reading.policies:
            by_name.setdefault(record.name, []).append(record)
        for name, records in by_name.items():
            want = view.desired.get(guardrail(name))
            records.sort(key=lambda r: (not r.aws_managed, want is None or want.attrs["type"] != r.type, r.id))
            for position, record in enumerate(records):
                self._add(record, guardrail(name if position == 0 else f"{name} ({record.type})"), view)

    def _add(self, record: PolicyRecord, address: Address, view: View) -> None:
        tags = view.reading.tags.get(record.id, {})
        owned, owner = owner_of(tags, view.organization.instance)
        content, description = record.content, record.description
        if record.aws_managed and record.name == FULL_ACCESS:
            # AWS's own: the same whether it is here already or comes when the policy type is switched on.
            content, description = FULL_ACCESS_CONTENT, ""
        attrs: dict[str, Value] = {
            "type": record.type,
            "description": description,
            "content": canonical_text(content) if content is not None else None,
            **tag_attrs(tags),
        }
        needs = frozenset({policy_type(record.type)})
        view.add(Resource(address, attrs, needs, id=record.id, owned=owned, owner=owner))

    def settle(self, case: Case) -> Settled:
        """A document that could not be read is not compared: what is ours stays as it is, the rest is not adopted."""
        desired, notices = dict(case.desired), []
        for address, have in case.snapshot.resources.items():
            if address.kind == self.name and have.attrs["content"] is None and address in desired:
                if have.owned:
                    desired[address] = replace(have, source=desired[address].source)
                else:
                    del desired[address]
                notices.append(Notice("unread", f"{address} could not be read, so it is not compared", address))
        return Settled(desired, case.snapshot, tuple(notices))

    def refuse(self, case: Case) -> Iterable[Refusal]:
        """A policy's type is set at creation and stays (CreatePolicy, UpdatePolicy)."""
        for address, want in case.desired.items():
            have = case.snapshot.resources.get(address)
            if address.kind == self.name and have and have.attrs["type"] != want.attrs["type"]:
                yield Refusal(
                    "immutable",
                    f"{address} is a {have.attrs['type']} in AWS and cannot become a {want.attrs['type']}",
                    "give the new policy a file name of its own",
                    address,
                    want.source,
                )

    def risk(self, change: Change) -> Risk:
        """Rewriting or removing a policy acts at once on every account below."""
        rewritten = any(field.name == "content" for field in change.fields())
        return Risk.HIGH if change.before and (rewritten or change.action is Action.DELETE) else Risk.LOW

    def start(self, change: Change, site: Site) -> Outcome:
        """Create, rewrite and tag, or delete; documents go up minified, since AWS counts white space."""
        organizations, want = site.aws.organizations, change.resource
        description, content = str(want.attrs["description"]), str(want.attrs["content"])
        if change.action is Action.CREATE:
            name, kind = want.address.name, str(want.attrs["type"])
            try:
                return Done(organizations.create_policy(name, kind, description, content, tags_of(want)))
            except AwsError as error:
                if error.code != "DuplicatePolicyException":
                    raise
                # Our own first try, whose answer was lost and which botocore repeated, carries our tags.
                for policy in organizations.policies(kind):
                    if policy.name == name and organizations.tags(policy.id) == tags_of(want):
                        return Done(policy.id)
                raise
        policy_id = site.id(change.address)
        if change.action is Action.DELETE:
            organizations.delete_policy(policy_id)
            return Done()
        write_tags(organizations, change, policy_id)
        if {field.name for field in change.fields()} & {"description", "content"}:
            organizations.update_policy(policy_id, description=description, content=content)
        return Done(policy_id)


KIND = GuardrailKind()
