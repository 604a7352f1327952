"""Any baselines, values and opt-outs on any tree: each account has the stacks and the values that the files say.

What they say is worked out here once more, from the same small picture that the files are written from.
``FACTORY_SEED`` chooses the worlds, ``FACTORY_EXAMPLES`` how many.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from factory.aws.session import from_session
from factory.core.change import Report, Status
from factory.core.guard import Consent
from factory.sandbox import Crash, Faults, Sandbox, Timing
from factory.sandbox.seeding import break_stack
from factory.spec import load_limits
from tests.engine.ground import Ground, Line, changes, told

SEED = int(os.environ.get("FACTORY_SEED", "20261124"))
EXAMPLES = int(os.environ.get("FACTORY_EXAMPLES", "4"))
LIMITS = load_limits()
CONSENT = Consent(allow=frozenset({"mass-change"}))

PATHS = ("a", "b", "a/x", "a/x/p")
STEMS = ("one", "two", "three", "four")
REGIONS = {"home": ("eu-central-1",), "governed": ("eu-central-1", "eu-west-1")}
VALUES = ("low", "high", "{account.name}", "{account.ou}", "{accounts.one.id}", "{organization.id}")
DEFAULT = "none"
TEMPLATE = f"""\
Parameters: {{Level: {{Type: String, Default: {DEFAULT}}}, Size: {{Type: String, Default: {DEFAULT}}}}}
Resources: {{Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Sub "${{Level}} ${{Size}}"}}}}}}
"""
Values = Mapping[str, str]
Key = tuple[str, str, str]
"""A baseline, an account and a Region."""


@dataclass(frozen=True)
class Base:
    """A baseline as its folder describes it."""

    automatic: bool
    optional: bool
    regions: str
    values: Values


@dataclass(frozen=True)
class World:
    """A tree, the baselines, and what nodes say of them: ``root``, paths and ``@STEM`` -> name -> values, or no."""

    units: tuple[str, ...]
    accounts: Mapping[str, str]
    bases: Mapping[str, Base]
    said: Mapping[str, Mapping[str, Values | None]] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        rows = "".join(f"  {path}: {{{self._baselines(path)}}}\n" for path in self.units)
        head = "organization: {home_region: eu-central-1, regions: [eu-central-1, eu-west-1]}\n"
        head += 'defaults: {email: "aws+{name}@example.com"}\n'
        units = f"organizational_units:\n{rows}" if rows else ""
        found = {"organization": f"{head}root: {{{self._baselines('root')}}}\n{units}"}
        for stem, place in self.accounts.items():
            found[stem] = f"ou: {place}\nnew: true\n{self._baselines(f'@{stem}')}\n"
        for name, base in self.bases.items():
            keys = f"auto_deploy: {_yes(base.automatic)}\noptional: {_yes(base.optional)}\nregions: {base.regions}\n"
            keys += f"parameters: {_mapping(base.values)}\n"
            found[f"baselines/stack-sets/{name}/baseline.yaml"] = f"description: It.\n{keys}"
            found[f"baselines/stack-sets/{name}/template.yaml"] = TEMPLATE
        return found

    def _baselines(self, node: str) -> str:
        said = {
            name: "false" if values is None else f"{{parameters: {_mapping(values)}}}"
            for name, values in self.said.get(node, {}).items()
        }
        return f"baselines: {{{', '.join(f'{name}: {text}' for name, text in said.items())}}}"

    def wanted(self, ids: Mapping[str, str]) -> dict[Key, str]:
        """What each stack's topic shall be called, from the root down to the account: the nearest node's word holds."""
        found: dict[Key, str] = {}
        for stem, place in self.accounts.items():
            for name, base in self.bases.items():
                words = [self.said[node][name] for node in above(place, stem) if name in self.said.get(node, {})]
                if not words or None in words:
                    continue
                values = {"Level": DEFAULT, "Size": DEFAULT, **base.values}
                for word in words:
                    values |= word or {}
                for region in REGIONS[base.regions]:
                    texts = (_filled(values[key], stem, place, ids) for key in ("Level", "Size"))
                    found[name, stem, region] = " ".join(texts)
        return found


def above(place: str, stem: str) -> tuple[str, ...]:
    """The root, the units down to an account's own, and the account."""
    parts = [] if place == "root" else place.split("/")
    return ("root", *("/".join(parts[: depth + 1]) for depth in range(len(parts))), f"@{stem}")


def _yes(value: bool) -> str:
    return str(value).lower()


def _mapping(values: Values) -> str:
    return "{" + ", ".join(f'{key}: "{value}"' for key, value in values.items()) + "}"


def _filled(text: str, stem: str, place: str, ids: Mapping[str, str]) -> str:
    known = {"{account.name}": stem, "{account.ou}": place, "{accounts.one.id}": ids["one"]}
    return {**known, "{organization.id}": ids["organization"]}.get(text, text)


values = st.dictionaries(st.sampled_from(("Level", "Size")), st.sampled_from(VALUES), max_size=2)


@st.composite
def bases(draw: st.DrawFn) -> Base:
    return Base(draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from(tuple(REGIONS))), draw(values))


@st.composite
def sayings(draw: st.DrawFn, world: World) -> World:
    """The same tree, accounts and baselines, with a word of some nodes about some baselines."""
    nodes = ["root", *world.units, *(f"@{stem}" for stem in world.accounts)]
    said: dict[str, dict[str, Values | None]] = {}
    for name, base in world.bases.items():
        for node in draw(st.frozensets(st.sampled_from(nodes), min_size=1, max_size=3)):
            # A baseline that others need must not refer to who needs it: the account "one" is left with plain values.
            plain = {key: value for key, value in draw(values).items() if "one" not in value}
            said.setdefault(node, {})[name] = plain if node == "@one" else draw(values)
        for stem, place in world.accounts.items():
            named = any(name in said.get(node, {}) for node in above(place, stem)[:-1])
            if base.optional and named and draw(st.integers(0, 3)) == 0:
                said.setdefault(f"@{stem}", {})[name] = None
    return replace(world, said=said)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    chosen = draw(st.frozensets(st.sampled_from(PATHS)))
    units = sorted({step for path in chosen for step in above(path, "")[1:-1]})
    stems = STEMS[: draw(st.integers(1, len(STEMS)))]
    accounts = {stem: draw(st.sampled_from(["root", *units])) for stem in stems}
    known = {f"base-{number}": draw(bases()) for number in range(draw(st.integers(1, 3)))}
    return draw(sayings(World(tuple(units), accounts, known)))


@contextmanager
def place() -> Iterator[Ground]:
    """A fresh sandbox, and a folder for files."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(limits=LIMITS, timing=Timing(), rates=False) as box:
        yield Ground(Path(folder), box, Line(box.clock), from_session(box.session(), LIMITS, box.clock))


def topics(here: Ground) -> dict[Key, str]:
    """What the topic of every stack that is current is called; there is one in each."""
    names = {account.id: account.name for account in here.box.state.accounts.values()}
    found: dict[Key, str] = {}
    for each in here.box.state.stack_instances.values():
        if each.status == "CURRENT":
            held = here.box.state.stack_sets[each.stack_set_id].name
            (topic,) = (one for one in here.box.resources(each.account_id, each.region) if one.stack_set == held)
            key = (held.removeprefix("factory-main-").removesuffix("-accounts"), names[each.account_id], each.region)
            assert key not in found, f"twice: {key}"
            found[key] = str(topic.properties["DisplayName"])
    return found


def ids(here: Ground) -> dict[str, str]:
    assert here.box.state.organization
    return {name: a.id for name, a in here.members().items()} | {"organization": here.box.state.organization.id}


def become(here: Ground, world: World) -> None:
    """Apply, see that nothing is left to do, and that there is what the files say."""
    report = here.apply(CONSENT)
    assert report.complete, told(report)
    here.box.clock.sleep(900)
    plan = here.plan(CONSENT)
    assert plan.empty, changes(plan)
    assert topics(here) == world.wanted(ids(here))
    assert len(topics(here)) == len(here.box.state.stack_instances)


# Making a world smaller takes minutes, and they are small.
worldly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.generate],
)


@seed(SEED)
@worldly
@given(st.data(), worlds(), st.one_of(st.none(), st.integers(1, 150)), st.booleans())
def converges(data: st.DataObject, world: World, crash: int | None, after: bool) -> None:
    with place() as here:
        here.write(world.files())
        if crash is not None:
            here.box.faults = Faults(crash_at=crash, crash_after=after)
            with contextlib.suppress(Crash):
                here.apply(CONSENT)
            here.box.faults = None
        become(here, world)
        later = data.draw(sayings(world))
        here.write(later.files())
        become(here, later)
        emails = [creation.email for creation in here.box.state.creations.values()]
        assert len(emails) == len(set(emails))


def test_each_account_has_the_stacks_and_values_that_its_files_say() -> None:
    print(f"seed {SEED}, {EXAMPLES} examples")
    converges()


@seed(SEED)
@worldly
@given(st.data(), worlds())
def heals(data: st.DataObject, world: World) -> None:
    # None needs another one, so that a failure holds up nothing else.
    plain = {name: replace(base, values={}) for name, base in world.bases.items()}
    world = replace(world, bases=plain)
    with place() as here:
        here.write(replace(world, said={}).files())
        here.apply(CONSENT)  # the accounts exist, so that stacks in them can be told to fail
        here.write(world.files())
        wanted = world.wanted(ids(here))
        broken = data.draw(st.frozensets(st.sampled_from(sorted(wanted)), max_size=2)) if wanted else frozenset()
        for name, stem, region in broken:
            for of in (name, f"{name}-accounts"):
                break_stack(here.box.state, f"factory-main-{of}", here.members()[stem].id, region, reason="It broke")
        report = here.apply(CONSENT)
        _told_by_name(report, broken)
        held_up = {key for key in wanted if key[:2] in {key[:2] for key in broken}}
        there = topics(here)
        assert not broken & there.keys()
        assert {key: text for key, text in there.items() if key not in held_up} == {
            key: text for key, text in wanted.items() if key not in held_up
        }
        here.box.state.breakages.clear()
        before = len(here.box.calls)
        become(here, world)
        again = {here.members()[stem].id for _, stem, _ in broken}
        for call in here.box.calls[before:]:
            if call.operation.endswith("StackInstances") and not call.operation.startswith("List"):
                targets = call.request["DeploymentTargets"]
                assert set(targets["Accounts"]) <= again, f"{call.operation} in accounts that were current"


def _told_by_name(report: Report, broken: frozenset[Key]) -> None:
    failed = {str(r.change.address): r.error for r in report.results if r.status is Status.FAILED}
    said = " ".join(failed.values())
    assert {address.replace("/accounts", "") for address in failed} == {f"stack:{n}@{stem}" for n, stem, _ in broken}
    for _, stem, region in broken:
        assert re.search(rf"\b{stem} in [a-z0-9, -]*{region}[a-z0-9, -]* is OUTDATED \(It broke\)", said), failed
    others = [r for r in report.results if r.status not in (Status.FAILED, Status.DONE)]
    assert not others, others


def test_what_fails_is_told_by_name_and_tried_again_alone() -> None:
    print(f"seed {SEED}, {EXAMPLES} examples")
    heals()
