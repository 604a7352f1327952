"""What stands in the sandbox, in numbers."""

from __future__ import annotations

from pathlib import Path

from factory.sandbox.overview import Deployed, deployed
from tests.engine.ground import ground
from tests.engine.test_management import FILES


def test_stack_sets_and_stacks_of_their_own_are_counted(tmp_path: Path) -> None:
    with ground(tmp_path, {name: text for name, text in FILES.items() if text is not None}) as here:
        assert deployed(here.box.state) == ()
        here.ready()
        found = deployed(here.box.state)
        members = len(here.members())
    trail = {each.own: each for each in found if each.name == "factory-main-trail"}
    assert trail[False] == Deployed("factory-main-trail", False, members, 2, {"CURRENT": 2 * members})
    assert trail[True] == Deployed("factory-main-trail", True, 1, 2, {"CREATE_COMPLETE": 2})
