"""What a step gives or takes at a node, beside what holds there anyway."""

from __future__ import annotations

import pytest

from factory.core.address import Address, attachment, guardrail, unit
from factory.core.change import Action, Change
from factory.core.documents import canonical
from factory.core.policy_types import FULL_ACCESS, RCP, SCP
from factory.core.resource import Resource
from factory.guardrails.reach import Effect, Side, Step, steps, together
from factory.guardrails.statements import FULL_ACCESS_CONTENT, NOTHING, Statements
from tests.kinds.scenes import allow, deny

A, B = unit("a"), unit("b")
NARROW, WIDEN, BOTH, NONE = Effect(narrow=True), Effect(widen=True), Effect(True, True), Effect()


def policy(name: str, content: dict[str, object] | str | None, kind: str = SCP) -> Resource:
    text = canonical(content) if isinstance(content, dict) else content
    return Resource(guardrail(name), {"type": kind, "content": text})


def on(name: str, node: Address, kind: str = SCP) -> Resource:
    attrs = {"policy": name, "target": str(node), "type": kind}
    return Resource(attachment(guardrail(name), node), attrs, part_of=node)


FULL = policy(FULL_ACCESS, FULL_ACCESS_CONTENT)
D, E = policy("d", deny("svc:a")), policy("e", deny("svc:b"))
DE = policy("de", deny("svc:a", "svc:b"))
L, LM = policy("l", allow("svc:a")), policy("lm", allow("svc:a", "svc:b"))


def effect(before: list[Resource], after: list[Resource], name: str = "") -> Effect:
    """The effect at ou:a of the one change (to this policy or attachment) between the two."""
    was, will = {r.address: r for r in before}, {r.address: r for r in after}
    changes = []
    for address in sorted(was.keys() | will.keys()):
        old, new = was.get(address), will.get(address)
        if old != new:
            action = Action.UPDATE if old and new else Action.CREATE if new else Action.DELETE
            changes.append(Change(action, str(action), old, new))
    found = steps(changes, Side.of(was), Side.of(will))
    (step,) = [s for s in found if not name or str(s.address).startswith(name)]
    return step.at([A])


EFFECTS: dict[str, tuple[list[Resource], list[Resource], Effect]] = {
    "a denial comes": ([FULL, D, on(FULL_ACCESS, A)], [FULL, D, on(FULL_ACCESS, A), on("d", A)], NARROW),
    "a denial goes": ([FULL, D, on(FULL_ACCESS, A), on("d", A)], [FULL, D, on(FULL_ACCESS, A)], WIDEN),
    "a denial comes where it holds": ([D, DE, on("de", A)], [D, DE, on("de", A), on("d", A)], NONE),
    "a denial goes where it holds": ([D, DE, on("de", A), on("d", A)], [D, DE, on("de", A)], NONE),
    "a list comes beside a list": ([L, LM, on("l", A)], [L, LM, on("l", A), on("lm", A)], WIDEN),
    "a list goes beside a list": ([L, LM, on("l", A), on("lm", A)], [L, LM, on("l", A)], NARROW),
    "a list goes that another holds": ([L, LM, on("l", A), on("lm", A)], [L, LM, on("lm", A)], NONE),
    "a list comes that another holds": ([L, LM, on("lm", A)], [L, LM, on("lm", A), on("l", A)], NONE),
    "a list comes beside full access": ([FULL, L, on(FULL_ACCESS, A)], [FULL, L, on(FULL_ACCESS, A), on("l", A)], NONE),
    "a list goes beside full access": ([FULL, L, on(FULL_ACCESS, A), on("l", A)], [FULL, L, on(FULL_ACCESS, A)], NONE),
    "full access goes": ([FULL, L, on(FULL_ACCESS, A), on("l", A)], [FULL, L, on("l", A)], NARROW),
    "full access comes": ([FULL, L, on("l", A)], [FULL, L, on(FULL_ACCESS, A), on("l", A)], WIDEN),
    "a text denies more": ([E, on("e", A)], [policy("e", deny("svc:b", "svc:c")), on("e", A)], NARROW),
    "a text denies less": ([policy("e", deny("svc:b", "svc:c")), on("e", A)], [E, on("e", A)], WIDEN),
    "a text denies something else": ([E, on("e", A)], [policy("e", deny("svc:c")), on("e", A)], BOTH),
    "a text allows more": ([L, on("l", A)], [policy("l", allow("svc:a", "svc:b")), on("l", A)], WIDEN),
    "a text allows less": ([policy("l", allow("svc:a", "svc:b")), on("l", A)], [L, on("l", A)], NARROW),
    "a text denies more of what holds": (
        [E, DE, on("e", A), on("de", A)],
        [policy("e", deny("svc:a", "svc:b")), DE, on("e", A), on("de", A)],
        NONE,
    ),
    "a text that is attached elsewhere": ([E, on("e", B)], [policy("e", deny("svc:c")), on("e", B)], NONE),
    "a description": ([E, on("e", A)], [Resource(E.address, {**E.attrs, "description": "x"}), on("e", A)], NONE),
    "a tag policy": (
        [policy("t", {"tags": {}}, "TAG_POLICY")],
        [policy("t", {"tags": {}}, "TAG_POLICY"), on("t", A, "TAG_POLICY")],
        NONE,
    ),
    "a tag policy that looks like another": (
        [policy("t", deny("svc:a"), "TAG_POLICY")],
        [policy("t", deny("svc:a"), "TAG_POLICY"), on("t", A, "TAG_POLICY")],
        NONE,
    ),
    "a type that AWS added later": (
        [policy("t", deny("svc:a"), "LATER_POLICY")],
        [policy("t", deny("svc:a"), "LATER_POLICY"), on("t", A, "LATER_POLICY")],
        NONE,
    ),
    "an unread text comes": ([policy("u", None)], [policy("u", None), on("u", A)], BOTH),
    "an unread text goes": (
        [FULL, policy("u", None), on("u", A), on(FULL_ACCESS, A)],
        [FULL, policy("u", None), on(FULL_ACCESS, A)],
        WIDEN,
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), EFFECTS.values(), ids=EFFECTS.keys())
def test_effect(before: list[Resource], after: list[Resource], expected: Effect) -> None:
    assert effect(before, after) == expected


REWRITTEN: dict[str, tuple[list[Resource], list[Resource], str, Effect]] = {
    "what comes does not lean on what another will only say later": (
        [D, E, on("e", A)],
        [D, policy("e", deny("svc:a", "svc:b")), on("e", A), on("d", A)],
        "attachment",
        NARROW,
    ),
    "what goes does not lean on what another says no more": (
        [D, policy("e", deny("svc:a", "svc:b")), on("e", A), on("d", A)],
        [D, E, on("e", A)],
        "attachment",
        WIDEN,
    ),
    "what goes leans on what another says before and after": (
        [D, policy("e", deny("svc:a", "svc:b")), on("e", A), on("d", A)],
        [D, policy("e", deny("svc:a", "svc:c")), on("e", A)],
        "attachment",
        NONE,
    ),
    "a text leans only on what stays": (
        [D, policy("e", deny("svc:a", "svc:b")), on("e", A), on("d", A)],
        [D, E, on("e", A)],
        "guardrail",
        WIDEN,
    ),
    "a text does not lean on what comes": (
        [D, policy("e", deny("svc:a", "svc:b")), on("e", A)],
        [D, E, on("e", A), on("d", A)],
        "guardrail",
        WIDEN,
    ),
    "what goes leans on what comes": ([D, DE, on("d", A)], [D, DE, on("de", A)], "attachment:d@", NONE),
    "what comes leans on what goes": ([D, DE, on("de", A)], [D, DE, on("d", A)], "attachment:d@", NONE),
    "what goes leans on the new text of what comes": (
        [D, E, on("d", A)],
        [D, policy("e", deny("svc:a")), on("e", A)],
        "attachment:d@",
        NONE,
    ),
    "what comes leans on what goes for good": ([D, DE, on("de", A)], [D, on("d", A)], "attachment:d@", NONE),
    "full access that is yet to come is no excuse": (
        [L, policy("all", allow("svc:c")), on("all", A)],
        [L, policy("all", FULL_ACCESS_CONTENT), on("all", A), on("l", A)],
        "attachment:l",
        WIDEN,
    ),
    "full access that is rewritten away is no excuse": (
        [L, policy("all", FULL_ACCESS_CONTENT), on("all", A)],
        [L, policy("all", allow("svc:c")), on("all", A), on("l", A)],
        "attachment:l",
        WIDEN,
    ),
}


@pytest.mark.parametrize(("before", "after", "name", "expected"), REWRITTEN.values(), ids=REWRITTEN.keys())
def test_effect_beside_other_changes(
    before: list[Resource], after: list[Resource], name: str, expected: Effect
) -> None:
    assert effect(before, after, name) == expected


def test_steps_know_what_they_are() -> None:
    after = {r.address: r for r in (D, on("d", A))}
    attach = Change(Action.CREATE, "attach", None, on("d", A))
    detach = Change(Action.DELETE, "detach", on("d", A), None)
    rewrite = Change(Action.UPDATE, "update", D, D)
    found = steps([attach, detach, rewrite], Side.of(after), Side.of(after))
    assert [(s.attaches, s.detaches, s.rewrites) for s in found] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_other_changes_are_no_steps() -> None:
    none = Side.of({})
    changes = [
        Change(Action.CREATE, "create", None, D),
        Change(Action.DELETE, "delete", D, None),
        Change(Action.CREATE, "create", None, Resource(A)),
    ]
    assert steps(changes, none, none) == []


def test_effects_add_up_over_nodes() -> None:
    step = Step(Change(Action.UPDATE, "update", D, D), D.address, {A: NARROW, B: WIDEN})
    assert (step.at([A]), step.at([B]), step.at([A, B]), step.at([])) == (NARROW, WIDEN, BOTH, NONE)


def test_what_a_node_allows() -> None:
    def allows(*found: Resource) -> frozenset[str] | None:
        return Side.of({r.address: r for r in found}).allows(A)

    assert allows() == frozenset()
    assert allows(FULL, on(FULL_ACCESS, A)) is None
    assert allows(D, on("d", A)) == frozenset()
    assert len(allows(LM, on("lm", A)) or ()) == 2
    assert allows(LM, on("lm", B)) == frozenset()
    assert allows(on("unknown", A)) == frozenset()
    assert allows(policy("r", allow("svc:a"), RCP), on("r", A, RCP)) == frozenset()


def test_what_documents_say_together() -> None:
    one, two = Statements(frozenset("a"), frozenset("x")), Statements(frozenset("b"), frozenset("y"))
    assert together([one, two]) == (frozenset("xy"), frozenset("ab"))
    assert together([one, Statements(everything=True)]) == (frozenset("x"), None)
    assert together([]) == (frozenset(), frozenset())
    assert together([NOTHING]) == together([])
