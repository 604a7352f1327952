"""The folders in ``baselines/stack-sets/``, and who gets what they hold: as several kinds read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from factory import templates
from factory.aws.records import Ours
from factory.core.address import Address, ancestry, baseline, deployment, node, stack
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

RETAINS_TAG = "factory:retains"
"""The tag by which what AWS has remembers, also when its folder is gone, whether stacks stay where it is taken away."""

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_Name = Annotated[str, Field(min_length=1)]
_Region = Annotated[str, Field(pattern=r"^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$")]
_Percent = Annotated[int, Field(ge=0, le=100)]

Scalar = str | int | bool
"""A parameter's value as files write it."""


class WishKeys(BaseModel):
    """What a node says of a baseline beyond its name."""

    model_config = _STRICT

    parameters: dict[str, Scalar] = Field(
        default={}, description="Values of the template's parameters here and below, instead of baseline.yaml's."
    )


_Wishes = dict[_Name, WishKeys | bool | None] | tuple[_Name, ...]
BASELINES: Section[_Wishes] = Section(
    "baselines",
    _Wishes,
    (),
    frozenset({"root", "ou", "account"}),
    "Baselines deployed here: names of folders in baselines/stack-sets/, as a list, or as a mapping with values. Those "
    "of the nodes above come as well; an account says NAME: false to one that is optional.",
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
    parameters: dict[str, Scalar] = Field(
        default={}, description="Values of the template's parameters; {organization.id} and the like are filled in."
    )
    auto_deploy: bool = Field(default=True, description="Let AWS deploy to accounts that enter a unit, and take away.")
    retain_on_removal: bool = Field(default=False, description="Leave the stacks where a baseline is taken away.")
    optional: bool = Field(default=False, description="Accounts may opt out of it.")
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
class Wish:
    """What a node says of a baseline: that it is wanted here, or ``out``; the values it has here; where that stands."""

    name: str
    out: bool
    parameters: Mapping[str, Scalar]
    source: Source


def wishes(place: Place) -> Iterator[Wish]:
    """What a node says of baselines, in the order in which it is written."""
    written = BASELINES.of(place)
    if isinstance(written, tuple):
        for position, name in enumerate(written):
            yield Wish(name, False, {}, place.where("baselines", position))
    else:
        for name, keys in written.items():
            parameters = keys.parameters if isinstance(keys, WishKeys) else {}
            yield Wish(name, keys is False, parameters, place.where("baselines", name))


def wanted_at(place: Place) -> set[str]:
    """The baselines that a node names, without those it opts out of."""
    return {wish.name for wish in wishes(place) if not wish.out}


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

    def automatic(self, known: Mapping[str, Baseline]) -> bool:
        """Whether AWS brings it to accounts that enter the target; else we do, account by account."""
        return self.target.kind != "account" and self.name in known and known[self.name].keys.auto_deploy


def uses(organization: Organization) -> Iterator[Use]:
    """Every baseline that is needed where it is named; what a node above names as well comes from there."""
    for place in every_place(organization):
        if not BASELINES.of(place):
            continue
        seen = set().union(*map(wanted_at, above_of(place, organization)))
        for wish in wishes(place):
            if not wish.out and wish.name not in seen:
                seen.add(wish.name)
                yield Use(wish.name, place.address, wish.source)


def every_place(organization: Organization) -> Iterator[Place]:
    """The root, every unit, and every account that is not closed."""
    yield organization.root
    yield from organization.units.values()
    yield from (account for account in organization.accounts.values() if account.state != "closed")


def above_of(place: Place, organization: Organization) -> tuple[Place, ...]:
    """The declared nodes above a place, from the root down."""
    match place:
        case Account():
            return organization.chain(place.ou)
        case Unit():
            return organization.chain(place.path.rpartition("/")[0])
    return ()


def opted_out(account: Account) -> frozenset[str]:
    """The baselines that an account does not want."""
    return frozenset(wish.name for wish in wishes(account) if wish.out) if BASELINES.of(account) else frozenset()


def reaching(account: Account, found: Mapping[Address, list[Use]]) -> Iterator[Use]:
    """The uses, by the node they are on, that reach an account: its own, and those of the nodes above it.

    Those that the account opts out of are among them.
    """
    for step in (*ancestry(node(account.ou)), account.address):
        yield from found.get(step, ())


def members(use: Use, organization: Organization) -> Iterator[Account]:
    """The accounts that a use reaches: neither closed nor opted out."""
    for account in organization.accounts.values():
        here = use.target in (*ancestry(node(account.ou)), account.address)
        if here and account.state != "closed" and use.name not in opted_out(account):
            yield account


def outsiders(use: Use, organization: Organization) -> list[str]:
    """The accounts below a use's target that opt out."""
    return [
        account.name
        for account in organization.accounts.values()
        if account.state != "closed" and use.name in opted_out(account) and use.target in ancestry(node(account.ou))
    ]


def providing(use: Use, known: Mapping[str, Baseline], organization: Organization) -> Iterator[Address]:
    """What has to be done for a baseline to be where this use wants it."""
    if use.automatic(known):
        yield deployment(use.address, use.target)
    else:
        yield from (stack(use.address, account.name) for account in members(use, organization))


def by_target(organization: Organization) -> dict[Address, list[Use]]:
    """The uses by the node that they are on."""
    found: dict[Address, list[Use]] = {}
    for use in uses(organization):
        found.setdefault(use.target, []).append(use)
    return found


def prefix(instance: str) -> str:
    """How the names of all stack sets of an instance begin."""
    return f"factory-{instance}-"


def ours(organization: Organization) -> Ours | None:
    """What to read of CloudFormation; ``None`` where the files name no home Region.

    Also where the files hold no baselines (any more), and the management account's stacks in every Region that a
    baseline goes to or may have gone to, at a page a Region: what was withdrawn has to be seen to be taken away.
    """
    if organization.home_region is None:
        return None
    everywhere, needed = {organization.home_region, *organization.regions}, set[str]()
    for found in baselines(organization).values():
        here = regions(found.keys, organization)
        everywhere.update(here)
        needed.update(here if found.keys.management_account else ())
    return Ours(
        organization.instance,
        prefix(organization.instance),
        organization.home_region,
        frozenset(everywhere),
        frozenset(needed),
        expected=bool(organization.file_names.get(KIND_OF_FILE)),
    )


def stack_set_name(of: Address, instance: str) -> str:
    """The name in AWS of the stack set with this address: letters, digits and hyphens only."""
    return prefix(instance) + of.name.replace("/", "-")


def family(name: str) -> str:
    """The baseline that a stack set with this address's name carries, be it the one for single accounts."""
    return name.removesuffix(SINGLE)


def address_of(name: str, instance: str) -> Address:
    """The address of the stack set with this name in AWS."""
    bare = name.removeprefix(prefix(instance))
    single = SINGLE.replace("/", "-")
    return baseline(bare.removesuffix(single) + SINGLE if bare.endswith(single) else bare)


def needs_of(name: str, known: Mapping[str, Baseline], organization: Organization) -> set[str]:
    """The baselines that one needs: those it names, and those of the accounts whose ids its values hold."""
    keys = known[name].keys
    needed = set(keys.needs)
    for holder in accounts_in(*map(str, keys.parameters.values())):
        if (place := organization.place(holder)) is not None:
            needed |= wanted_at(place)
    return (needed & known.keys()) - {name}
