"""Management policies on the tree of the files: contradictions on a node, and settings that a lock above forbids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from factory.core.address import Address, ancestry
from factory.core.errors import Problem
from factory.core.policy_types import POLICY_TYPES
from factory.core.resource import Source
from factory.guardrails.lint import Finding
from factory.guardrails.management import Effective, fold
from factory.guardrails.tree import Tree
from factory.kinds.guardrail_files import Guardrail, filled
from factory.kinds.guardrail_tree import tree_of

if TYPE_CHECKING:
    from factory.spec import Organization

CONTRADICTION, OVERRIDDEN = "L09", "L37"


def contradictions(organization: Organization) -> Iterator[Problem]:
    """Policies on one node that disagree about a value, and what is no management policy."""
    files = filled(organization)
    told: set[Problem] = set()
    for node, policy_type, effective in _effective(tree_of(organization)):
        for conflict in effective.conflicts:
            names = [each.policy for each in conflict.sources if each.level == str(node)]
            if names:
                what = (
                    f"{' and '.join(names)} on {node} contradict each other at {'.'.join(conflict.path)}: "
                    f"{conflict.reason}; AWS does not say which of them holds"
                )
                place = _where(files[names[-1]], conflict.path)
                yield Problem(place, what, "merge them, or attach one of them further down", CONTRADICTION)
        for fault in effective.faults:
            each = files.get(fault.source.policy)
            if each is None or fault.source.level != str(node):
                continue
            fix = f"correct it; see the syntax of {policy_type} in AWS's documentation"
            problem = Problem(_where(each, fault.path), fault.reason, fix, "L05")
            if problem not in told:
                told.add(problem)
                yield problem


def overridden(organization: Organization) -> Iterator[Finding]:
    """L37: settings that AWS leaves out, for a policy further up forbids them."""
    files = filled(organization)
    for node, _, effective in _effective(tree_of(organization)):
        for each in effective.notices:
            if each.source.level == str(node) and each.source.policy in files:
                what = (
                    f"{each.operator} at {'.'.join(each.path)} has no effect on {node}: {each.locked_by.policy} on "
                    f"{each.locked_by.level} forbids it to the policies below"
                )
                guardrail = files[each.source.policy]
                place = _where(guardrail, each.path)
                yield Finding(OVERRIDDEN, place, what, "remove it, or loosen the lock there", each.source.policy)


def _effective(tree: Tree) -> Iterator[tuple[Address, str, Effective]]:
    """The effective policy on every node that has one of its type attached."""
    kinds = [name for name, row in POLICY_TYPES.items() if not row.authorizes]
    for node, held in tree.held.items():
        for kind in kinds:
            if any(each.type == kind for each in held):
                chain = (*ancestry(tree.members[node.name].parent), node) if node.kind == "account" else ancestry(node)
                levels = [
                    (str(place), [(each.name, each.document) for each in tree.held.get(place, ()) if each.type == kind])
                    for place in chain
                ]
                yield node, kind, fold(levels, kind)


def _where(guardrail: Guardrail, path: tuple[str, ...]) -> Source:
    return guardrail.where(*path)
