"""From drafts to the organization: defaults filled in, parents declared, tags inherited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from factory.core import address
from factory.core.guard import Thresholds
from factory.spec.draft import AccountDraft, Drafts
from factory.spec.emails import fill
from factory.spec.models import (
    AccountFile,
    DefaultKeys,
    LockKeys,
    Models,
    OrganizationFile,
    OrganizationKeys,
    RootKeys,
    UnitKeys,
    values,
)
from factory.spec.node import Node
from factory.spec.organization import Account, LockPlace, Organization, Place, Unit

UNITS = "organizational_units"


def assemble(drafts: Drafts, models: Models) -> Organization:
    """The organization that the drafts describe; what does not hold together is left out."""
    written = drafts.organization or models.organization()
    units = _units(written, models, drafts.node)
    keys = written.organization
    defaults, root = (
        Place(
            address=address.ROOT,
            sections=values(model, base),
            node=drafts.node.child(key) or Node(drafts.node.source, None),
        )
        for key, model, base in (("defaults", written.defaults, DefaultKeys), ("root", written.root, RootKeys))
    )
    return Organization(
        id=keys.id,
        instance=keys.instance,
        home_region=keys.home_region,
        regions=keys.regions,
        template_bucket=keys.template_bucket,
        policy_types=written.policy_types,
        guardrail_parameters=written.guardrail_parameters,
        safety=Thresholds(**dict(written.safety)),
        lock=_lock(written.lock, keys) if written.lock else None,
        defaults=defaults,
        root=root,
        units=units,
        accounts={draft.stem: _account(draft, draft.model, written, units) for draft in drafts.accounts if draft.model},
        files=drafts.files,
        file_names=drafts.file_names,
        unlisted=drafts.unlisted,
        limits={key: row.model_dump(exclude_unset=True) for key, row in sorted(written.limits.items())},
        node=drafts.node,
    )


def _lock(written: LockKeys, keys: OrganizationKeys) -> LockPlace:
    key = written.key or f"factory/{keys.instance}.lock"
    return LockPlace(bucket=written.bucket, key=key, region=written.region or keys.home_region)


def _units(written: OrganizationFile, models: Models, node: Node) -> dict[str, Unit]:
    """All units by path, parents first; a parent that is not declared stands where its first child does."""
    declared = written.organizational_units
    places = {path: node.nearest([UNITS, path]) for path in sorted(declared)}
    for path in sorted(declared):
        for above in address.ancestry(address.unit(path))[1:-1]:
            places.setdefault(above.name, Node(places[path].source, None))
    plain = models.unit()
    return {path: _unit(path, declared.get(path) or plain, places[path]) for path in sorted(places, key=_segments)}


def _segments(path: str) -> list[str]:
    return path.split("/")


def _unit(path: str, keys: UnitKeys, node: Node) -> Unit:
    return Unit(
        address=address.unit(path),
        sections=values(keys, UnitKeys),
        node=node,
        path=path,
        was=keys.was,
        tags=keys.tags,
        ou_tags=keys.ou_tags,
    )


def _account(draft: AccountDraft, keys: AccountFile, written: OrganizationFile, units: Mapping[str, Unit]) -> Account:
    fields: dict[str, Any] = {name: value for name, value in keys if name in AccountFile.model_fields}
    made = fill(written.defaults.email or "", {"name": draft.stem, "owner": keys.owner or ""})
    fields |= {
        "name": draft.stem,
        "display_name": keys.name or draft.stem,
        "email": keys.email or made,
        "tags": _tags([written.defaults.tags, *_unit_tags(keys.ou, units), keys.tags]),
    }
    return Account(
        address=address.account(draft.stem),
        sections=values(keys, AccountFile),
        node=draft.node,
        **fields,
    )


def _unit_tags(ou: str, units: Mapping[str, Unit]) -> list[Mapping[str, str]]:
    chain = address.ancestry(address.node(ou))
    return [units[step.name].tags for step in chain if step.name in units]


def _tags(layers: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags from the outermost layer in; the nearest value of a key holds."""
    merged: dict[str, str] = {}
    for layer in layers:
        merged |= layer
    return dict(sorted(merged.items()))
