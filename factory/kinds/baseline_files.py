"""The folders in ``baselines/stack-sets/``, and who gets what they hold: as several kinds read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from factory import templates
from factory.aws.records import OwnStacks
from factory.core.address import Address, ancestry, baseline, node
from factory.core.errors import InvalidFiles, Problem
from factory.core.resource import Source
from factory.kinds.baseline_values import accounts_in
from factory.spec import Account, Section, Unit

if TYPE_CHECKING:
    from factory.spec import FileEntry, Organization, Place
    from factory.templates import Template

KIND_OF_FILE = "baseline"
FOLDER = "baselines/stack-sets"
MAIN, TEMPLATE = "baseline.yaml", "template.yaml"
SINGLE = "/accounts"
"""Ends the name of the stack set of a baseline that goes to single accounts."""

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_Name = Annotated[str, Field(min_length=1)]
_Region = Annotated[str, Field(pattern=r"^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$")]
_Percent = Annotated[int, Field(ge=0, le=100)]

BASELINES: Section[tuple[str, ...]] = Section(
    "baselines",
    tuple[_Name, ...],
    (),
    frozenset({"root", "ou", "account"}),
    "Baselines deployed here: names of folders in baselines/stack-sets/. Those of the nodes above come as well.",
)


class OperationKeys(BaseModel):
    """``operation:``, how fast CloudFormation rolls a baseline out, and how many failures stop it."""

    model_config = _STRICT

    max_concurrent_percent: int = Field(default=100, ge=1, le=100, description="Share of the accounts at once.")
    failure_tolerance_percent: _Percent = Field(default=10, description="Share that may fail in a Region.")
    regions: Literal["parallel", "sequential"] = Field(default="parallel", description="All Regions at once, or not.")


class BaselineFile(BaseModel):
    """``baselines/stack-sets/NAME/baseline.yaml``: what a template is for, with which values, in which Regions."""

    model_config = _STRICT

    description: str = Field(min_length=1, max_length=1024, description="What it is for; shown in AWS, too.")
    needs: tuple[_Name, ...] = Field(default=(), description="Baselines that must be there before, by name.")
    regions: Literal["home", "governed"] | Annotated[tuple[_Region, ...], Field(min_length=1)] = Field(
        default="home", description="home (home_region), governed (all regions), or a list of Regions."
    )
    parameters: dict[str, str | int | bool] = Field(
        default={}, description="Values of the template's parameters; {organization.id} and the like are filled in."
    )
    auto_deploy: bool = Field(default=True, description="Let AWS deploy to accounts that enter a unit, and take away.")
    retain_on_removal: bool = Field(default=False, description="Leave the stacks where a baseline is taken away.")
    management_account: bool = Field(
        default=False, description="Also for the management account, which stack sets do not reach: a stack of its own."
    )
    operation: OperationKeys = Field(default=OperationKeys(), description="How fast it is rolled out.")


@dataclass(frozen=True)
class Baseline:
    """One baseline: its files, and the template in them; without a template, what is wrong with it."""

    name: str
    entry: FileEntry
    keys: BaselineFile
    template: Template | None
    problems: tuple[Problem, ...] = ()


def baselines(organization: Organization) -> dict[str, Baseline]:
    """Every baseline by its name; those whose template cannot be read have none."""
    entries: Mapping[str, FileEntry] = organization.files.get(KIND_OF_FILE, {})
    found = {}
    for name, entry in entries.items():
        if isinstance(entry.model, BaselineFile):
            ((file, text),) = entry.texts.items() or (("", ""),)
            template, problems = _read(file, text)
            found[name] = Baseline(name, entry, entry.model, template, problems)
    return found


@lru_cache(maxsize=256)
def _read(file: str, text: str) -> tuple[Template | None, tuple[Problem, ...]]:
    """Reading a template takes long for one that is large, and a run plans several times."""
    try:
        template = templates.read(text, file)
    except InvalidFiles as error:
        return None, error.problems
    return template, tuple(templates.check(template))


def regions(keys: BaselineFile, organization: Organization) -> tuple[str, ...]:
    """The Regions that a baseline goes to, sorted."""
    if keys.regions == "home":
        return (organization.home_region,) if organization.home_region else ()
    return tuple(sorted(set(organization.regions if keys.regions == "governed" else keys.regions)))


@dataclass(frozen=True)
class Use:
    """A baseline named on a node: which, where, and where that is written."""

    name: str
    target: Address
    source: Source

    @property
    def address(self) -> Address:
        """The stack set that carries it: what goes to single accounts has one of its own, without auto-deployment.

        AWS's auto-deployment ignores account filters (CloudFormation User Guide, StackSets and Organizations).
        """
        return baseline(self.name + SINGLE if self.target.kind == "account" else self.name)


def uses(organization: Organization) -> Iterator[Use]:
    """Every baseline that is needed where it is named; what a node above names as well comes from there."""
    for place in _places(organization):
        if not (named := BASELINES.of(place)):
            continue
        seen = {name for each in _above(place, organization) for name in BASELINES.of(each)}
        for position, name in enumerate(named):
            if name not in seen:
                seen.add(name)
                yield Use(name, place.address, place.where("baselines", position))


def _places(organization: Organization) -> Iterator[Place]:
    yield organization.root
    yield from organization.units.values()
    yield from (account for account in organization.accounts.values() if account.state != "closed")


def _above(place: Place, organization: Organization) -> tuple[Place, ...]:
    match place:
        case Account():
            return organization.chain(place.ou)
        case Unit():
            return organization.chain(place.path.rpartition("/")[0])
    return ()


def reaching(account: Account, found: Mapping[Address, list[Use]]) -> Iterator[Use]:
    """The uses, by the node they are on, that reach an account: its own, and those of the nodes above it."""
    for step in (*ancestry(node(account.ou)), account.address):
        yield from found.get(step, ())


def by_target(organization: Organization) -> dict[Address, list[Use]]:
    """The uses by the node that they are on."""
    found: dict[Address, list[Use]] = {}
    for use in uses(organization):
        found.setdefault(use.target, []).append(use)
    return found


def prefix(instance: str) -> str:
    """How the names of all stack sets of an instance begin."""
    return f"factory-{instance}-"


def wanted_stack_sets(organization: Organization) -> tuple[str, str] | None:
    """The Region and the prefix of the stack sets to read; ``None`` where the files hold no baselines."""
    region = organization.home_region if organization.file_names.get(KIND_OF_FILE) else None
    return (region, prefix(organization.instance)) if region else None


def wanted_own_stacks(organization: Organization) -> OwnStacks | None:
    """The management account's stacks to read; ``None`` where the files hold no baselines.

    In every Region that a baseline goes to or may have gone to, also where no baseline is for the management account
    (any more): what was withdrawn has to be seen to be deleted. That costs a page a Region.
    """
    if organization.home_region is None or not organization.file_names.get(KIND_OF_FILE):
        return None
    everywhere, needed = {organization.home_region, *organization.regions}, set[str]()
    for found in baselines(organization).values():
        here = regions(found.keys, organization)
        everywhere.update(here)
        needed.update(here if found.keys.management_account else ())
    return OwnStacks(organization.instance, prefix(organization.instance), frozenset(everywhere), frozenset(needed))


def stack_set_name(of: Address, instance: str) -> str:
    """The name in AWS of the stack set with this address: letters, digits and hyphens only."""
    return prefix(instance) + of.name.replace("/", "-")


def address_of(name: str, instance: str) -> Address:
    """The address of the stack set with this name in AWS."""
    bare = name.removeprefix(prefix(instance))
    single = SINGLE.replace("/", "-")
    return baseline(bare.removesuffix(single) + SINGLE if bare.endswith(single) else bare)


def needs_of(name: str, known: Mapping[str, Baseline], organization: Organization) -> set[str]:
    """The baselines that one needs: those it names, and those of the accounts whose ids its values hold."""
    keys = known[name].keys
    needed = set(keys.needs)
    for value in keys.parameters.values():
        for holder in accounts_in(str(value)):
            if (place := organization.place(holder)) is not None:
                needed |= set(BASELINES.of(place))
    return (needed & known.keys()) - {name}
