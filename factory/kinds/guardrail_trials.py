"""From tests as they are written to trials: names resolved, combinations made, what makes no sense told with its place.

Tests in a guardrail's own file judge that guardrail alone, on a made-up member account unless they name one; those of
``baselines/guardrail-tests.yaml`` judge the tree of the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from factory.core.address import ROOT, account
from factory.core.errors import Problem
from factory.core.policy_types import FULL_ACCESS, POLICY_TYPES, RCP, SCP
from factory.guardrails.grammar import faults
from factory.guardrails.levels import Level
from factory.guardrails.tree import FULL, MADE_UP, Member, Tree
from factory.guardrails.trials import DENYING, By, EffectiveTrial, Expected, Subject, Suite, Trial, Written
from factory.kinds.guardrail_callers import Call, Caller, Place, Reader, call, callers, owners, texts
from factory.kinds.guardrail_files import filled, guardrails
from factory.kinds.guardrail_test_files import TESTS_OF_THE_TREE, Blame, GuardrailTest, GuardrailTestsFile
from factory.kinds.guardrail_tree import is_whole, tree_of
from factory.spec import suggest

if TYPE_CHECKING:
    from factory.spec import Organization

_LEVEL = str(account(MADE_UP.name))


@dataclass
class _Found:
    """What has been read so far."""

    trials: list[Trial] = field(default_factory=list)
    effects: list[EffectiveTrial] = field(default_factory=list)


def trials_of(organization: Organization) -> tuple[Suite, list[Problem]]:
    """Everything that the files want tried, and what is wrong with how that is written.

    Guardrails that AWS would refuse are not tried, and the tree only where no guardrail in it is broken: that is told
    elsewhere, and a verdict would mislead.
    """
    files = guardrails(organization)
    shared = organization.files.get(TESTS_OF_THE_TREE, {}).get(TESTS_OF_THE_TREE)
    if shared is None and not any(model.tests for _, model in files.values()):
        return Suite(subjects_of(organization)), []
    tree, subjects, found = tree_of(organization), subjects_of(organization), _Found()
    problems: list[Problem] = []
    sound = {name for name, each in subjects.items() if _is_sound(each)}
    for stem, (entry, model) in files.items():
        for position, test in enumerate(model.tests if stem in sound else ()):
            place = Place(entry, ("tests", position), problems)
            _Test(place, test, tree, subjects, model.type, stem).read(found)
    if shared is not None and isinstance(shared.model, GuardrailTestsFile):
        together = _Found()
        for position, test in enumerate(shared.model.tests):
            _Test(Place(shared, ("tests", position), problems), test, tree, subjects).read(together)
        if is_whole(organization) and len(sound) == len(subjects):
            found.trials += together.trials
            found.effects += together.effects
    return Suite(subjects, tuple(found.trials), tuple(found.effects)), problems


def subjects_of(organization: Organization) -> dict[str, Subject]:
    """Every guardrail of the files, ready to be tested."""
    return {
        stem: Subject(stem, each.model.type, each.model.content, each.where)
        for stem, each in filled(organization).items()
    }


def _is_sound(subject: Subject) -> bool:
    return subject.type not in (SCP, RCP) or not list(faults(subject.type, subject.document))


@dataclass
class _Test:
    """One test; ``guardrail`` is the one in whose own file it stands, of the type ``policy_type``."""

    place: Place
    test: GuardrailTest
    tree: Tree
    subjects: Mapping[str, Subject]
    policy_type: str | None = None
    guardrail: str | None = None

    @property
    def written(self) -> Written:
        return Written(self.test.name, self.place.where(), self.guardrail)

    def read(self, found: _Found) -> None:
        """Add the trials of this test to what was found; or say what is wrong, and then it is not tried."""
        before = len(self.place.problems)
        authorizes = self.policy_type is None or POLICY_TYPES[self.policy_type].authorizes
        if self.test.effective or (self.guardrail is not None and not authorizes):
            effects = list(self.effects())
            found.effects += effects if len(self.place.problems) == before else []
        else:
            trials = list(self.trials())
            found.trials += trials if len(self.place.problems) == before else []

    def trials(self) -> Iterator[Trial]:
        """The calls of a test about SCPs and RCPs."""
        test, place = self.test, self.place
        for key, value in (("type", test.type is not None), ("child_policy", test.child_policy is not None)):
            if value:
                place.wrong(f"{key} goes with effective, which this test has not", "remove it", key)
        for key, fix in _NEEDED.items():
            if not place.has(key):
                place.wrong(f'"{key}" is missing', fix)
        if test.do is None or test.expect is None:
            return
        expected, by = Expected(test.expect), tuple(self.by())
        if by and expected not in DENYING:
            place.wrong("by says who denies, and nothing shall be denied here", "remove it", "by")
        reader = Reader(place, test, self.tree, alone=self.guardrail is not None)
        everyone, everything = callers(reader), owners(reader)
        place.keys(test.given, test.absent)
        regions: tuple[str | None, ...] = texts(test.where) or (None,)
        for caller, action, region, owner in product(everyone, texts(test.do), regions, everything):
            made = call(reader, caller, action, region, owner)
            if made is not None:
                scps, rcps = self.levels(caller, made)
                on_nothing = test.on is None
                yield Trial(self.written, made.words, made.request, scps, rcps, expected, by, on_nothing)

    def levels(self, caller: Caller, made: Call) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """The SCPs that bind the caller and the RCPs that bind the resource: of the tree, or the guardrail alone.

        A guardrail that allows something is judged without FullAWSAccess beside it, for it is there to replace that.
        """
        if self.guardrail is None:
            scps = self.tree.levels(caller.member, SCP) if caller.member else ()
            return scps, self.tree.levels(made.owner, RCP) if made.owner else ()
        policy = self.subjects[self.guardrail].policy
        if self.policy_type == RCP:
            return (), (Level(str(ROOT)), Level(_LEVEL, (policy,)))
        allows = any(not statement.denies for statement in policy.statements)
        own = Level(_LEVEL, (policy,) if allows else (FULL, policy))
        return (Level(str(ROOT), (FULL,)), own) if caller.member else (), ()

    def by(self) -> Iterator[By]:
        """Who shall deny, with names that exist."""
        written = self.test.by
        listed: tuple[Blame, ...] = (written,) if isinstance(written, Blame) else written or ()
        for position, each in enumerate(listed):
            path = ("by",) if isinstance(written, Blame) else ("by", position)
            if each.guardrail is None and each.sid is None and each.level is None:
                self.place.wrong("by is empty", "name a guardrail, a sid or a level, or remove it", *path)
            name = each.guardrail or self.guardrail
            if self.guardrail is not None and name != self.guardrail:
                what = f"this file's tests judge {self.guardrail} alone"
                self.place.wrong(what, "move the test to baselines/guardrail-tests.yaml", *path, "guardrail")
            elif name is not None and name not in self.subjects and name != FULL_ACCESS:
                what = f"unknown guardrail {name!r}{suggest(name, self.subjects)}"
                self.place.wrong(what, "name a file in baselines/guardrails/", *path, "guardrail")
            sids = self._sids(name)
            if each.sid is not None and each.sid not in sids:
                what = f"no statement has the Sid {each.sid!r}{suggest(each.sid, sids)}"
                self.place.wrong(what, f"name one of {', '.join(sorted(sids)) or 'the statements'}", *path, "sid")
            yield By(each.guardrail, each.sid, self._level(each.level, *path))

    def _sids(self, name: str | None) -> set[str]:
        chosen = [each for each in self.subjects.values() if name in (None, each.name) and _is_sound(each)]
        return {str(each.sid) for subject in chosen for each in subject.policy.statements if each.sid}

    def _level(self, level: str | None, *path: str | int) -> str | None:
        """A node as an address; a unit may be written as its path alone."""
        if level is None:
            return None
        if self.guardrail is not None:
            fix = "remove it, or move the test to baselines/guardrail-tests.yaml"
            self.place.wrong("the guardrail is judged alone here, on no level of the tree", fix, *path, "level")
            return None
        known = {str(each) for each in self.tree.held}
        found = level if level in known else f"ou:{level}"
        if found not in known:
            short = [each.removeprefix("ou:") for each in known]
            what = f"no node of the tree is called {level!r}{suggest(level, short)}"
            self.place.wrong(what, "write root, the full path of a unit, or account:NAME", *path, "level")
        return found

    def effects(self) -> Iterator[EffectiveTrial]:
        """What a test about a management policy expects of the effective policy."""
        test, place = self.test, self.place
        for key, value in (
            ("do", test.do),
            ("on", test.on),
            ("of", test.of),
            ("in", test.where),
            ("with", test.given),
            ("absent", test.absent),
            ("expect", test.expect),
            ("by", test.by),
        ):
            if value:
                place.wrong(f"{key} is about calls, and this test is about an effective policy", "remove it", key)
        if not test.effective:
            fix = 'write paths and values, such as effective: {"services.default.opt_out_policy": optOut}'
            place.wrong('"effective" is missing, which is what a test of this policy says', fix)
            return
        reader = Reader(place, test, self.tree, alone=self.guardrail is not None)
        for member, levels in self._chains(reader):
            for path, value in test.effective.items():
                who = "" if self.guardrail else f" in {member.name}"
                yield EffectiveTrial(
                    self.written, f"{path}{who}", str(self._type()), self._with_child(levels), path, value
                )

    def _type(self) -> str | None:
        return self.policy_type or self.test.type

    def _chains(self, reader: Reader) -> Iterator[tuple[Member, Any]]:
        """The accounts whose effective policy is looked at, each with its chain of policies."""
        test, place = self.test, self.place
        if self.guardrail is not None:
            if test.who is not None or test.type is not None:
                what = "the guardrail is looked at alone here, and its type is known"
                place.wrong(what, "remove as and type, or move the test to baselines/guardrail-tests.yaml")
            yield MADE_UP, ((str(ROOT), ((self.guardrail, self.subjects[self.guardrail].document),)),)
            return
        kinds = [name for name, row in POLICY_TYPES.items() if not row.authorizes]
        if test.type not in kinds:
            if test.type is None:
                place.wrong('"type" is missing', f"write the policy type, one of {', '.join(kinds)}")
            else:
                what = f"{test.type} is no type with an effective policy{suggest(test.type, kinds)}"
                place.wrong(what, f"write one of {', '.join(kinds)}", "type")
            return
        for member in reader.members() or ():
            yield member, self.tree.documents(member, test.type)

    def _with_child(self, levels: Any) -> Any:
        child = self.test.child_policy
        return levels if child is None else (*levels, ("below", (("child_policy", child),)))


_NEEDED = {
    "do": "write an action, such as do: ec2:RunInstances",
    "expect": "write expect: allowed or expect: denied",
}
