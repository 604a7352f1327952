"""How much room guardrails take: the size of each, and the slots used on each node, beside AWS's limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factory.core.documents import canonical
from factory.core.limits import Limits
from factory.core.policy_types import POLICY_TYPES, SCP
from factory.core.room import Room
from factory.kinds.guardrail_files import guardrails
from factory.kinds.guardrail_tree import tree_of

if TYPE_CHECKING:
    from factory.spec import Organization


@dataclass(frozen=True)
class Listed:
    """A guardrail: its type, its size as uploaded, the limit of that if there is one, and where it is attached."""

    name: str
    type: str
    size: int
    limit: int | None
    attached: tuple[str, ...]


def listed(organization: Organization, limits: Limits) -> list[Listed]:
    """Every guardrail of the files, by name."""
    tree = tree_of(organization)
    found = []
    for stem, (_, model) in guardrails(organization).items():
        on = tuple(str(node) for node, held in tree.held.items() if any(each.name == stem for each in held))
        limit = limits.quota(f"organizations.policy_size.{model.type}")
        found.append(Listed(stem, model.type, len(canonical(model.content)), limit, on))
    return found


def rooms(organization: Organization, limits: Limits) -> Iterator[Room]:
    """Each node and type of which a guardrail is attached there, in the order of the tree."""
    tree = tree_of(organization)
    sizes = {each.name: each.size for each in listed(organization, limits)}
    for node, held in tree.held.items():
        for kind, row in POLICY_TYPES.items():
            names = [each.name for each in held if each.type == kind]
            if names:
                own = bool(row.default_policy) and not (kind == SCP and node in tree.without_full_access)
                limit = limits.quota(f"organizations.attachments.{kind}")
                yield Room(node, kind, len(names) + own, limit, sum(sizes[name] for name in names))
