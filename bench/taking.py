"""The change report: what a plan takes away from 1,000 accounts in 60 units, guarded by the example's guardrails."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from factory import engine
from factory.core.address import ROOT, Address, account, attachment, guardrail, policy_type, unit
from factory.core.change import Action, Change
from factory.core.documents import canonical
from factory.core.guard import Case
from factory.core.policy_types import FULL_ACCESS, RCP, SCP
from factory.core.resource import Identity, Resource, Snapshot
from factory.guardrails.chains import Chains
from factory.guardrails.lock_out import lock_out
from factory.guardrails.statements import FULL_ACCESS_CONTENT
from factory.guardrails.takes import taken
from factory.kinds.guardrail_files import guardrails

ACCOUNTS, UNITS = 1000, 60
EVERYWHERE = ("deny-root-user", "protect-trusted-roles", "require-tls")
NEW, EDITED, SHUT = "deny-regions", "protect-audit-trail", "quarantine"


def taking(root: Path) -> dict[str, Any]:
    """Three plans, from the first look at the chains to the sentences, and the rule against lock-outs."""
    organization, limits = engine.load(root)
    texts: dict[str, tuple[str, str]] = {
        name: (model.type, canonical(model.content))
        for name, (_, model) in guardrails(organization).items()
        if model.type in (SCP, RCP)
    }
    resources = {resource.address: resource for resource in _resources(texts)}
    seconds, sentences, pairs = {}, {}, 0
    for what, changes in _plans(resources, texts).items():
        identity = Identity("o-benchmark00", "999999999999", "r-root")
        case = Case({}, Snapshot(identity, resources), tuple(changes), "main", limits, {})
        began = time.process_time()
        chains = Chains.of(case)
        rights = taken(chains)
        refused = list(lock_out(chains))
        seconds[what] = time.process_time() - began
        if not rights.shifts or refused:
            raise SystemExit(f"not the plan that was to be measured: {rights} {refused}")
        sentences[what] = len(rights.shifts)
        pairs = max(pairs, len(chains.pairs()[0]))
    return {"accounts": ACCOUNTS, "units": UNITS, "pairs": pairs, "seconds": seconds, "sentences": sentences}


def _resources(texts: Mapping[str, tuple[str, str]]) -> Iterator[Resource]:
    """No two units have the same guardrails."""
    for kind in (SCP, RCP):
        yield Resource(policy_type(kind))
    for name, (kind, content) in {**texts, FULL_ACCESS: (SCP, FULL_ACCESS_CONTENT)}.items():
        yield Resource(guardrail(name), {"type": kind, "content": content}, id=f"p-{name}")
    paths = [f"unit-{n // 2:02}" if n % 2 == 0 else f"unit-{n // 2:02}/inner" for n in range(UNITS)]
    others = sorted(name for name in texts if name not in (*EVERYWHERE, NEW, EDITED, SHUT))
    chosen = [names for size in (2, 3, 4) for names in combinations(others, size)]
    random.Random(5).shuffle(chosen)
    nodes: dict[Address, tuple[str, ...]] = {ROOT: EVERYWHERE}
    for path, names in zip(paths, chosen[:UNITS], strict=True):
        yield Resource(unit(path), id=f"ou-{path}")
        nodes[unit(path)] = (*names, EDITED) if "/" not in path else names
    for number in range(ACCOUNTS):
        found = account(f"account-{number:04}")
        yield Resource(found, {"parent": f"ou:{paths[number % UNITS]}"}, id=f"{200000000000 + number}")
        nodes[found] = ()
    for node, names in nodes.items():
        for name in (*names, FULL_ACCESS):
            yield _attached(name, node, SCP if name == FULL_ACCESS else texts[name][0])


def _attached(name: str, node: Address, kind: str) -> Resource:
    address = attachment(guardrail(name), node)
    return Resource(address, {"policy": name, "target": str(node), "type": kind}, part_of=node)


def _plans(resources: Mapping[Address, Resource], texts: Mapping[str, tuple[str, str]]) -> Mapping[str, list[Change]]:
    policy = resources[guardrail(EDITED)]
    edited = replace(policy, attrs={**policy.attrs, "content": texts[EDITED][1].replace("StopLogging", "StopQuery")})
    going = resources[attachment(guardrail("protect-trusted-roles"), ROOT)]
    moving = [resources[account(f"account-{number:04}")] for number in range(0, 10 * UNITS, UNITS)]
    return {
        "Regions are restricted at the root": [
            Change(Action.CREATE, "attach", None, _attached(NEW, ROOT, SCP)),
        ],
        "an edit, a detachment and ten moves": [
            Change(Action.UPDATE, "update", policy, edited),
            Change(Action.DELETE, "detach", going, None),
            *(
                Change(Action.MOVE, "move", each, replace(each, attrs={"parent": f"ou:unit-{n + 5:02}"}))
                for n, each in enumerate(moving)
            ),
        ],
        "everything is denied at the root": [
            Change(Action.CREATE, "attach", None, _attached(SHUT, ROOT, SCP)),
        ],
    }
