"""Any arrangement of baselines, units and accounts into any other: every stack that the files want, no other, no drift.

``FACTORY_SEED`` chooses the worlds, ``FACTORY_EXAMPLES`` how many.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from factory.aws.session import from_session
from factory.core.guard import Consent
from factory.sandbox import Sandbox, Timing
from factory.spec import load_limits
from tests.engine.ground import Ground, Line, changes, told

SEED = int(os.environ.get("FACTORY_SEED", "20261124"))
EXAMPLES = int(os.environ.get("FACTORY_EXAMPLES", "6"))
LIMITS = load_limits()
CONSENT = Consent(allow=frozenset({"mass-change"}))

PATHS = ("a", "b", "a/x", "a/y", "b/z")
STEMS = ("one", "two", "three")
REGIONS = {"home": ("eu-central-1",), "governed": ("eu-central-1", "eu-west-1")}
BASELINES = {"topic": "home", "queue": "governed"}
HEAD = """\
organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}
defaults: {email: "aws+{name}@example.com"}
"""
# What has a name of its own can be had once, so that two stacks of it in an account would collide.
TEMPLATE = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: NAME}}}\n"
Key = tuple[str, str, str]
"""A baseline, an account and a Region."""


@dataclass(frozen=True)
class World:
    """Units, where each account is, and the baselines ``on`` the root, units and ``@STEM``."""

    units: frozenset[str]
    accounts: Mapping[str, str]
    on: Mapping[str, frozenset[str]]

    def files(self) -> dict[str, str]:
        rows = "".join(f"  {path}: {{{self._named(path)}}}\n" for path in sorted(self.units))
        root = f"root: {{{self._named('root')}}}\n"
        found = {"organization": f"{HEAD}{root}organizational_units:\n{rows}"}
        for stem, place in self.accounts.items():
            found[stem] = f"ou: {place}\n{self._named(f'@{stem}')}\n"
        for name, regions in BASELINES.items():
            found[f"baselines/stack-sets/{name}/baseline.yaml"] = f"description: It.\nregions: {regions}\n"
            found[f"baselines/stack-sets/{name}/template.yaml"] = TEMPLATE.replace("NAME", name)
        return found

    def _named(self, place: str) -> str:
        return f"baselines: [{', '.join(sorted(self.on.get(place, ())))}]"

    def wanted(self) -> set[Key]:
        """What the files say, and nothing that the factory made of it."""
        return {
            (name, stem, region)
            for stem, place in self.accounts.items()
            for name, where in BASELINES.items()
            if any(name in self.on.get(step, ()) for step in (f"@{stem}", *above(place)))
            for region in REGIONS[where]
        }

    def full(self, place: str, name: str) -> bool:
        """Whether the files name a baseline on all that is below a node."""
        kids = [unit for unit in self.units if unit != place and above(unit)[-2] == place]
        below = bool(kids) and place not in self.accounts.values() and all(self.full(kid, name) for kid in kids)
        return name in self.on.get(place, ()) or below


def above(place: str) -> tuple[str, ...]:
    """The root, and every unit down to this one."""
    parts = [] if place == "root" else place.split("/")
    return ("root", *("/".join(parts[: depth + 1]) for depth in range(len(parts))))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    chosen = draw(st.frozensets(st.sampled_from(PATHS), min_size=2))
    units = frozenset(step for path in chosen for step in above(path)[1:])
    nodes = ["root", *sorted(units)]
    accounts = {stem: draw(st.sampled_from(nodes[1:] * 3 + nodes[:1])) for stem in STEMS}
    on: dict[str, frozenset[str]] = {}
    for name in BASELINES:
        # Mostly on few nodes, now and then on all units of a level, as people do who have no common parent in mind.
        places = draw(st.frozensets(st.sampled_from([*nodes, *(f"@{stem}" for stem in STEMS)]), max_size=3))
        if draw(st.booleans()):
            top = draw(st.sampled_from(nodes))
            places |= {unit for unit in units if unit != top and above(unit)[-2] == top}
        for place in places:
            on[place] = on.get(place, frozenset()) | {name}
    return World(units, accounts, on)


@dataclass(frozen=True)
class Stack:
    """A stack as it is in AWS: its id, the target that it came by, and whether another target is above that one."""

    id: str
    through: str
    below_another: bool


def stacks(here: Ground) -> dict[Key, Stack]:
    names = {account.id: account.name for account in here.box.state.accounts.values()}
    found: dict[Key, Stack] = {}
    for each in here.box.state.stack_instances.values():
        held = here.box.state.stack_sets[each.stack_set_id]
        assert each.status == "CURRENT", each
        key = (held.name.split("-")[2], names[each.account_id], each.region)
        assert key not in found, f"twice: {key}"
        through = here.where(each.unit_id) if held.automatic else f"@{names[each.account_id]}"
        others = {here.where(unit) for unit in held.targets}
        higher = held.automatic and bool(others & set(above(through)[:-1]))
        found[key] = Stack(each.stack_id, through, higher)
    return found


def become(here: Ground, world: World) -> dict[Key, Stack]:
    """Apply, see that nothing is left to do, and that there is what the files want."""
    here.write(world.files())
    report = here.apply(CONSENT)
    assert report.complete, told(report)
    here.box.clock.sleep(900)
    plan = here.plan()
    assert plan.empty, changes(plan)
    there = stacks(here)
    assert there.keys() == world.wanted()
    return there


def stays(key: Key, was: Stack, old: World, new: World) -> bool:
    """Whether the target by which an account had a stack is its target still, and nothing reached further."""
    name, stem, _ = key
    if was.through.startswith("@"):
        return all(key in world.wanted() and alone(world, stem, name) for world in (old, new))
    below = was.through in above(new.accounts[stem])
    known = was.through == "root" or was.through in old.units & new.units
    return below and known and not was.below_another and all(w.full(was.through, name) for w in (old, new))


def alone(world: World, stem: str, name: str) -> bool:
    return not any(name in world.on.get(step, ()) for step in above(world.accounts[stem]))


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(worlds(), worlds())
def converges(old: World, new: World) -> None:
    with tempfile.TemporaryDirectory() as folder, Sandbox(limits=LIMITS, timing=Timing(), rates=False) as box:
        here = Ground(Path(folder), box, Line(box.clock), from_session(box.session(), LIMITS, box.clock))
        before = become(here, old)
        after = become(here, new)
        for key, was in before.items():
            if stays(key, was, old, new):
                assert after[key].id == was.id, f"{key} came by {was.through} and was made anew"


def test_any_arrangement_of_baselines_into_any_other() -> None:
    print(f"seed {SEED}, {EXAMPLES} examples")
    converges()
