"""cfn-lint has nothing to say about any template, in the Regions of the example and in AWS's first one."""

from __future__ import annotations

import pytest

from tests.baselines.scene import FOLDER, NAMES

pytest.importorskip("cfnlint", reason="cfn-lint is not installed: the extra lint brings it")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")  # cfn-lint's own and its libraries'
def test_no_error_and_no_warning(name: str) -> None:
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    text = (FOLDER / name / "template.yaml").read_text(encoding="utf-8")
    found = lint(text, config=ManualArgs(regions=["eu-central-1", "eu-west-1", "us-east-1"]))
    assert not [f"line {each.linenumber}: {each.rule.id} {each.message}" for each in found]


@pytest.mark.filterwarnings("ignore")
def test_a_mistake_would_be_found() -> None:
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    text = (FOLDER / "cloudtrail" / "template.yaml").read_text(encoding="utf-8").replace("IsLogging", "IsLoging")
    assert lint(text, config=ManualArgs(regions=["eu-central-1"]))
