"""What only the kinds can see in the files: guardrails, where they are attached, and their types."""

from __future__ import annotations

from typing import Any

import pytest

from factory.core.documents import canonical
from factory.core.limits import Limit, Limits
from factory.core.policy_types import FULL_ACCESS, RCP, RCP_FULL_ACCESS, SCP
from factory.kinds import registry
from tests.kinds.scenes import Acc, Ou, Policy, Root, Thing, allow, deny, files, limits

D, E = Policy("d", deny("svc:a")), Policy("e", deny("svc:b"))
LIST = Policy("list", allow("svc:a"))
BOUND = {"Effect": "Deny", "Principal": "*", "Action": "svc:a", "Resource": "*"}
R, S = (Policy(name, {"Version": "2012-10-17", "Statement": [BOUND]}, RCP) for name in "rs")
T, U = (Policy(name, {"tags": {}}, "TAG_POLICY") for name in "tu")
NO_ALLOW = "full_access: false on ou:a, and no guardrail there allows anything"


def problems(kind: str, *things: Thing, known: Limits | None = None, **settings: Any) -> list[str]:
    found = registry()[kind].check(files(*things, **settings), limits(slots=2) if known is None else known)
    return [problem.what for problem in found]


def test_a_guardrail_that_there_is_none_of() -> None:
    assert problems("attachment", D, Ou("a", on=("dd",))) == ["unknown guardrail 'dd' (did you mean \"d\"?)"]


def test_a_guardrail_named_twice_is_counted_once() -> None:
    assert problems("attachment", D, Ou("a", on=("d", "d"))) == ["guardrail 'd' is named twice here"]


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        (FULL_ACCESS, "leave it out: AWS attaches it by itself; full_access: false takes it off"),
        (RCP_FULL_ACCESS, "leave it out: AWS attaches it by itself"),
    ],
)
def test_awss_own_policies_are_not_named(name: str, fix: str) -> None:
    (problem,) = registry()["attachment"].check(files(D, Ou("a", on=("d", name))), limits())
    assert (problem.what, problem.fix) == (f"{name} is AWS's own policy", fix)


@pytest.mark.parametrize(
    "settings", [{"file_names": {"guardrail": frozenset({"x", "d"})}}, {"unlisted": frozenset({"guardrail"})}]
)
def test_a_guardrail_whose_file_cannot_be_used_is_not_unknown_as_well(settings: dict[str, Any]) -> None:
    assert problems("attachment", D, Ou("a", on=("x", "d"), full_access=False), **settings) == []


def test_a_document_that_aws_would_refuse() -> None:
    statement = {"Effect": "Deny", "Action": "svc:a"}
    broken = {"Version": "2012-10-17", "Statement": [statement]}
    assert problems("guardrail", Policy("d", broken)) == ['"Resource" is missing']
    assert problems("guardrail", Policy("d", broken, RCP)) == ['"Principal" is missing', '"Resource" is missing']
    assert problems("guardrail", Policy("d", broken, "TAG_POLICY")) == []


@pytest.mark.parametrize("node", [Root(on=("x",)), Ou("a", on=("x",)), Acc("one", on=("x",))])
def test_every_node_is_looked_at(node: Thing) -> None:
    assert problems("attachment", node) == ["unknown guardrail 'x'"]


def test_an_account_that_is_to_be_closed_is_not() -> None:
    assert problems("attachment", Acc("one", on=("x",), state="closed")) == []


OWN = f"ou:a takes 2 policies of type {SCP}, {FULL_ACCESS} among them; this is one more"
ROOM: dict[str, tuple[Ou, list[str]]] = {
    "full access and one": (Ou("a", on=("d",)), []),
    "full access and two": (Ou("a", on=("d", "e")), [OWN]),
    "said once, not for each one more": (Ou("a", on=("d", "e", "list")), [OWN]),
    "two without full access": (Ou("a", on=("d", "list"), full_access=False), []),
    "three without full access": (
        Ou("a", on=("d", "e", "list"), full_access=False),
        [f"ou:a takes 2 policies of type {SCP}; this is one more"],
    ),
    "AWS's own and two": (
        Ou("a", on=("r", "s")),
        [f"ou:a takes 2 policies of type {RCP}, {RCP_FULL_ACCESS} among them; this is one more"],
    ),
    "AWS's own and two where full access is off": (
        Ou("a", on=("list", "r", "s"), full_access=False),
        [f"ou:a takes 2 policies of type {RCP}, {RCP_FULL_ACCESS} among them; this is one more"],
    ),
    "a type without one of AWS's own": (Ou("a", on=("t", "u")), []),
    "one of each type": (Ou("a", on=("d", "r", "t", "u")), []),
}


@pytest.mark.parametrize(("node", "expected"), ROOM.values(), ids=ROOM.keys())
def test_room_on_a_node(node: Ou, expected: list[str]) -> None:
    assert problems("attachment", D, E, LIST, R, S, T, U, node) == expected


def test_where_no_quota_is_known_there_is_room() -> None:
    assert problems("attachment", D, E, Ou("a", on=("d", "e")), known=Limits({})) == []


ALLOWS: dict[str, tuple[list[Thing], list[str]]] = {
    "a list": ([LIST, Ou("a", on=("list",), full_access=False)], []),
    "full access": ([D, Ou("a", on=("d",))], []),
    "only a denial": ([D, Ou("a", on=("d",), full_access=False)], [NO_ALLOW]),
    "nothing": ([Ou("a", full_access=False)], [NO_ALLOW]),
    "what does not authorize": (
        [Policy("t", allow("svc:a"), RCP), Ou("a", on=("t",), full_access=False)],
        [NO_ALLOW],
    ),
    "a list before a denial": ([D, LIST, Ou("a", on=("list", "d"), full_access=False)], []),
}


@pytest.mark.parametrize(("things", "expected"), ALLOWS.values(), ids=ALLOWS.keys())
def test_a_node_without_full_access_needs_a_list(things: list[Thing], expected: list[str]) -> None:
    assert problems("attachment", *things) == expected


@pytest.mark.parametrize("name", [FULL_ACCESS, RCP_FULL_ACCESS])
def test_the_names_of_aws_own_policies_are_taken(name: str) -> None:
    assert problems("guardrail", Policy(name, deny("svc:a"))) == [f"{name} is the name of AWS's own policy"]


def test_an_empty_document() -> None:
    assert problems("guardrail", Policy("d", {})) == ["the document is empty"]


def test_a_document_has_as_many_characters_as_aws_takes() -> None:
    size = len(canonical(deny("svc:a")))
    document = Policy("d", deny("svc:a"))
    for quota, expected in (
        (size, []),
        (size - 1, [f"the document has {size} characters without white space, AWS takes {size - 1} for a {SCP}"]),
    ):
        key = f"organizations.policy_size.{SCP}"
        assert problems("guardrail", document, known=Limits({key: Limit(key, value=quota)})) == expected


def test_policies_are_counted_by_type_and_told_once() -> None:
    key = f"organizations.policies.{SCP}"
    known = Limits({key: Limit(key, value=2)})
    assert problems("guardrail", D, E, R, T, known=known) == []
    assert problems("guardrail", D, E, LIST, Policy("more", deny("x:y")), known=known) == [
        f"AWS takes 2 policies of type {SCP}"
    ]


def test_policy_types_that_are_named_must_hold_those_in_use() -> None:
    assert problems("policy-type", D, T, policy_types=(SCP,)) == [
        "type TAG_POLICY is not among policy_types in accounts/organization.yaml"
    ]
    assert problems("policy-type", D, T) == []


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("123456789012", ["the file name 123456789012 looks like an account id"]),
        ("12345678901", []),
        ("1234567890123", []),
        ("account-1234", []),
    ],
)
def test_a_file_is_not_named_like_an_account_id(stem: str, expected: list[str]) -> None:
    assert problems("account", Acc(stem)) == expected
