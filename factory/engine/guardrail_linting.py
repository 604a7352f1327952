"""The lint rules over the guardrails of the files: what the files suppress is left out, with a reason each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from factory import templates
from factory.core.address import Address
from factory.core.documents import canonical
from factory.core.errors import Problem
from factory.core.listing import some
from factory.core.policy_types import RCP, SCP
from factory.engine.action_names import ActionNames, is_installed
from factory.guardrails.gains_losses import ANY_ACCOUNT
from factory.guardrails.grammar import faults
from factory.guardrails.levels import Level, Policy
from factory.guardrails.lint import BY_NAMES, RULES, Finding, Severity, lint
from factory.guardrails.lock_out import Home, in_words, locked_out, way_out, works
from factory.guardrails.tree import FULL
from factory.guardrails.trials import Subject
from factory.guardrails.verdicts import Blocker
from factory.kinds.baseline_files import baselines, by_target, opted_out, reaching, regions
from factory.kinds.guardrail_files import Suppression, filled
from factory.kinds.guardrail_tree import is_whole, tree_of
from factory.kinds.guardrail_trials import subjects_of
from factory.kinds.management_policies import overridden
from factory.spec import Organization

BY_PLAN = "L31"
"""The rule that only a plan can ask: which account is the management account is not in the files."""


@dataclass
class Told:
    """What the rules say of so many ``guardrails``, and how many findings the files suppress."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    suppressed: int = 0
    guardrails: int = 0


def told(organization: Organization) -> Told:
    """Lint the guardrails of the files. Those that AWS would refuse are left out; they are told elsewhere."""
    subjects = sound(organization)
    found = Told(guardrails=len(subjects))
    names = ActionNames() if is_installed() else None
    tree = tree_of(organization)
    findings = list(lint(subjects.values(), tree, names))
    findings += _locked_out(organization, subjects)
    findings += overridden(organization)
    used: set[tuple[str, int]] = set()
    for each in findings:
        if RULES[each.rule].severity is Severity.ERROR:
            found.errors.append(each.problem)
        elif positions := suppressing(organization, each):
            used.update((each.guardrail, position) for position in positions)
            found.suppressed += 1
        else:
            found.warnings.append(each.problem)
    unasked = {BY_PLAN} if names is not None else {BY_PLAN, *(rule for rule, _ in BY_NAMES)}
    found.warnings += unused(organization, subjects, used, lambda rule: rule in RULES and rule not in unasked)
    return found


def sound(organization: Organization) -> dict[str, Subject]:
    """The guardrails of the files, without those that AWS would refuse for their form."""
    return {
        name: each
        for name, each in subjects_of(organization).items()
        if not filled(organization)[name].problems
        and (each.type not in (SCP, RCP) or not list(faults(each.type, each.document)))
    }


def _suppressions(organization: Organization, guardrail: str) -> tuple[Suppression, ...]:
    each = filled(organization).get(guardrail)
    return each.model.suppress if each is not None else ()


def suppressing(organization: Organization, finding: Finding) -> list[int]:
    """Which suppressions of its guardrail's file let a finding be."""
    return [
        position
        for position, each in enumerate(_suppressions(organization, finding.guardrail))
        if each.rule == finding.rule and each.sid in (None, finding.sid)
    ]


def unused(
    organization: Organization,
    linted: Iterable[str],
    used: Collection[tuple[str, int]],
    asked: Callable[[str], bool],
) -> Iterator[Problem]:
    """L35: suppressions of what no rule finds in these guardrails, of the rules that were ``asked``."""
    for name in linted:
        for position, each in enumerate(_suppressions(organization, name)):
            if (name, position) not in used and asked(each.rule):
                where = filled(organization)[name].entry.where("suppress", position)
                at = f" in the statement {each.sid}" if each.sid else ""
                yield Problem(where, f"{each.rule} finds nothing{at}", "remove this suppression, or correct it", "L35")


def _locked_out(organization: Organization, subjects: Mapping[str, Subject]) -> Iterator[Finding]:
    """L06: roles that must not be locked out and are, told by the statement that does it.

    Denials are certain whatever else is attached; that nothing is allowed is so only if every guardrail can be read.
    """
    tree = tree_of(organization)
    whole = is_whole(organization) and len(subjects) == len(filled(organization))
    texts = "".join(canonical(each.document) for each in subjects.values())
    known, targets = baselines(organization), by_target(organization)

    def template_of(name: str) -> str:
        template = known[name].template
        return templates.canonical(template) if template else ""

    judged: dict[Hashable, list[tuple[str, Blocker]]] = {}
    found: dict[tuple[str, Blocker], tuple[list[str], set[str]]] = {}
    for name, member in tree.members.items():
        scps, rcps = tree.levels(member, SCP), tree.levels(member, RCP)
        declared = organization.accounts[name]
        number = member.id if member.id in texts else ANY_ACCOUNT
        path = tree.path(member) if "orgpaths" in texts.lower() else ""
        home = Home(number, tree.organization_id, path, organization.instance)
        stacks = {
            use.name: regions(known[use.name].keys, organization)
            for use in reaching(declared, targets)
            if use.name in known and use.name not in opted_out(declared)
        }
        for work in works(organization.safety.always_allowed, stacks, template_of):
            key = work, home, _likeness(scps, (FULL,)), _likeness(rcps, ())
            if key not in judged:
                judged[key] = [
                    (action, replace(blocker, resource=""))
                    for (action, _), _, blockers in locked_out(work, scps, rcps, home)
                    for blocker in blockers
                    if blocker.policy in subjects or (blocker.policy is None and whole)
                ]
            for action, blocker in judged[key]:
                names, actions = found.setdefault((work.role, blocker), ([], set()))
                actions.add(action)
                if name not in names[-1:]:
                    names.append(name)
    for (role, blocker), (names, actions) in found.items():
        yield _lock_out(organization, subjects, role, blocker, names, sorted(actions))


def _likeness(levels: Iterable[Level], harmless: tuple[Policy, ...]) -> Hashable:
    """What chains have in common that bind alike: levels with nothing but what AWS attaches make no difference."""
    return tuple((level.name, level.policies) for level in levels if level.policies != harmless)


def _lock_out(
    organization: Organization,
    subjects: Mapping[str, Subject],
    role: str,
    blocker: Blocker,
    names: list[str],
    actions: list[str],
) -> Finding:
    what = (
        f"the role {role} cannot do {some(actions)} in account{'s' * (len(names) > 1)} {some(names)}: "
        f"on {blocker.level}, {in_words(blocker)}"
    )
    fix = way_out(role)
    subject = subjects.get(blocker.policy or "")
    if subject is not None and blocker.statement is not None:
        return Finding("L06", subject.statement(blocker.statement), what, fix, subject.name, blocker.sid)
    place = organization.place(Address.parse(blocker.level))
    return Finding("L06", place.where("full_access") if place else organization.where(), what, fix, "")
