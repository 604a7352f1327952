"""What may be wrong with guardrails though AWS takes them: rules with ids, told with their place and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from factory.core.errors import Problem
from factory.core.listing import some
from factory.core.policy_types import POLICY_TYPES
from factory.core.resource import Source
from factory.guardrails.lint import acting, asking, form, naming
from factory.guardrails.lint.clauses import Clause, Hit, clauses
from factory.guardrails.lint.covering import idle
from factory.guardrails.lint.naming import Names
from factory.guardrails.lint.rules import RULES, WARNINGS, Rule, Severity
from factory.guardrails.tree import Tree
from factory.guardrails.trials import Subject

__all__ = ["RULES", "WARNINGS", "Finding", "Names", "Rule", "Severity", "lint"]

OFFLINE: tuple[tuple[str, Callable[[Clause], Iterator[Hit]]], ...] = (
    ("L05", form.malformed),
    ("L07", form.variables),
    ("L08", form.spaced),
    ("L20", naming.unknown_keys),
    ("L22", acting.global_services),
    ("L23", asking.lacking),
    ("L24", asking.untagged),
    ("L25", asking.without_mfa),
    ("L26", asking.vacuous),
    ("L27", asking.exempts_nobody),
    ("L28", asking.sessions),
    ("L32", acting.beyond_rcps),
    ("L33", acting.no_service_linked_roles),
    ("L34", acting.logged_names),
    ("L36", asking.several),
)
"""The rules on one statement."""

BY_NAMES: tuple[tuple[str, Callable[[Clause, Names], Iterator[Hit]]], ...] = (
    ("L20", naming.unknown),
    ("L21", naming.not_offered),
)
"""Those that need a list of what AWS's services know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found in a guardrail: where, what, the way out; ``sid`` is that of the statement, if it has one."""

    rule: str
    source: Source
    what: str
    fix: str
    guardrail: str
    sid: str | None = None

    @property
    def problem(self) -> Problem:
        """The finding as it is told."""
        return Problem(self.source, self.what, self.fix, self.rule)


def lint(subjects: Iterable[Subject], tree: Tree, names: Names | None = None) -> Iterator[Finding]:
    """Everything that the rules find in these SCPs and RCPs, which AWS would take, and in the tree of them."""
    read = {
        each.name: (each, clauses(each.type, each.document)) for each in subjects if POLICY_TYPES[each.type].authorizes
    }
    for subject, found in read.values():
        for clause in found:
            for rule, hit in _hits(clause, names):
                yield _finding(rule, hit, subject, clause)
    for each in idle(tree, {name: found for name, (_, found) in read.items()}):
        what = f"{asking.titled(each.clause)} does nothing on {some(each.nodes, most=5)}: {each.why}"
        yield _finding("L30", Hit(each.clause.path, what), read[each.guardrail][0], each.clause)


def _hits(clause: Clause, names: Names | None) -> Iterator[tuple[str, Hit]]:
    for rule, check in OFFLINE:
        yield from ((rule, hit) for hit in check(clause))
    if names is not None:
        for rule, by_names in BY_NAMES:
            yield from ((rule, hit) for hit in by_names(clause, names))


def _finding(rule: str, hit: Hit, subject: Subject, clause: Clause) -> Finding:
    way_out = RULES[rule].way_out.removesuffix(".")
    fix = hit.fix or way_out[0].lower() + way_out[1:]
    return Finding(rule, subject.where(*hit.path), hit.what, fix, subject.name, clause.sid)
